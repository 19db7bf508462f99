# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# report.sh: the figures of bench/run.sh → the tables of bench/RESULTS.md.

rows() { awk -F'\t' -v t="$1" '$1 == t && !($2 in seen) { seen[$2] = 1; print $2 }' "$W/figures"; } # TABLE

failed() { awk -F'\t' -v t="$1" -v r="$2" '$1 == t && $2 == r && $3 == "fails=1" { f = 1 } END { exit !f }' "$W/figures"; }

mb() { over "$1" 1000000 "%.${2:-2}f"; }

version() { # PACKAGE
	dpkg-query -W -f '${Version}' "$1" 2>/dev/null || echo unknown
}

report_head() {
	cat <<END
# Side by side

Written by \`make bench\` on $(date -u +%Y-%m-%d): Linux $(uname -r), $(nproc) CPUs ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), skep $($SKEP --version 2>/dev/null | head -n 1 | grep -o '[0-9][0-9.]*' | head -n 1).
Peers of Debian: bpftrace $(version bpftrace), libbpf-tools $(version libbpf-tools), bpfcc-tools $(version bpfcc-tools), strace $(version strace).
Load average at the start $load_at_start; BPF programs of others loaded: $programs_at_start. The machine is shared and noisy: figures are medians (smallest-largest),
ratios are medians of the ratios of neighbouring runs; ratios travel to other machines, times do not.
BCC, strace and the slow reader are one run each. "floor" is \`bench/floor.c\`: the least a libbpf program can do here and still print real text.

END
}

report_footprint() {
	echo "## What has to be there"
	echo
	echo "| | binary MB | shared libraries | MB of them |"
	echo "|---|---|---|---|"
	rows footprint | while read -r row; do
		libs=$(median footprint "$row" libs)
		[ "$libs" != 0 ] || libs=none
		echo "| $row | $(mb "$(median footprint "$row" bytes)") | $libs | $(mb "$(median footprint "$row" lib_bytes)" 1) |"
	done
	echo
}

# What to compare a row with: skep's tool of the same job.
ours() {
	case $1 in
	*exec*) echo "skep execsnoop" ;;
	*) echo "skep opensnoop" ;;
	esac
}

report_startup() {
	cat <<END
## Start-up and end

On a terminal: from exec to the first output of an attached tracer, and from Ctrl-C to the end of the process. "× skep": how many times skep's figure.
"kernel memory": maps (by their fdinfo) and mapped perf buffers.

| | ready ms | × skep | Ctrl-C to gone ms | × skep | CPU ms | peak RSS MB | kernel memory kB |
|---|---|---|---|---|---|---|---|
END
	rows startup | while read -r row; do
		failed startup "$row" && echo "| $row | does not start on this kernel | | | | | | |" && continue
		us=$(ours "$row")
		echo "| $row | $(spread startup "$row" ready_ms) | $(over "$(median startup "$row" ready_ms)" "$(median startup "$us" ready_ms)" %.1f) | $(spread startup "$row" stop_ms) | $(over "$(median startup "$row" stop_ms)" "$(median startup "$us" stop_ms)" %.1f) | $(spread startup "$row" cpu_ms) | $(over "$(median startup "$row" rss_kb)" 1000 %.1f) | $(($(median startup "$row" maps_kb) + $(median startup "$row" perf_kb))) |"
	done
	echo
}

report_whole() {
	cat <<END
## Whole processes

hyperfine, exec to exit, mean of 8.

| | wall ms | CPU ms |
|---|---|---|
END
	rows whole | while read -r row; do
		failed whole "$row" && echo "| $row | fails | |" && continue
		echo "| $row | $(median whole "$row" ms) | $(median whole "$row" cpu_ms) |"
	done
	echo
}

report_storm() { # MODE SINK TITLE TEXT
	table=storm-$1-$2
	cat <<END
## $3

$4

| | calls/s while traced | slowdown | ns added to a call | lines/s | × floor | × bpftrace | lost | unaccounted | CPU µs per line | × floor | peak RSS MB |
|---|---|---|---|---|---|---|---|---|---|---|---|
END
	floor="floor raw_tp"
	rows "$table" | while read -r row; do
		failed "$table" "$row" && echo "| $row | does not work here | | | | | | | | | |" && continue
		report_storm_row "$row"
	done
	echo
}

# Calls made - lines printed - lost reported, of each run.
unaccounted() { # ROW
	awk -F'\t' -v t="$table" -v r="$1" '$1 == t && $2 == r {
		n = split($3, kv, " "); v["lines"] = ""
		for (i = 1; i <= n; i++) { split(kv[i], p, "="); v[p[1]] = p[2] }
		if (v["lines"] != "") { printf "%s%d", sep, v["calls"] - v["lines"] - v["lost"]; sep = ", " }
	}' "$W/figures"
}

report_storm_row() { # ROW
	lost=$(unaccounted "$1")
	echo "| $1 | $(spread "$table" "$1" rate %.0f) | $(spread "$table" "$1" slowdown %.2f) | $(spread "$table" "$1" added %.0f) | $(spread "$table" "$1" line_rate %.0f) | $(ratio "$table" "$1" "$floor" line_rate) | $(ratio "$table" "$1" bpftrace line_rate %.1f) | $(spread "$table" "$1" lost %.0f) | ${lost:--} | $(spread "$table" "$1" cpu_per_line %.2f) | $(ratio "$table" "$1" "$floor" cpu_per_line) | $(over "$(median "$table" "$1" rss_kb)" 1000 %.1f) |"
}

report_kernel() {
	cat <<END
## The kernel side

By the kernel's own account (bpf_stats, which adds some 50 ns a run itself): time of the tracer's programs for each call of the storm.

| | ns per call | × floor | runs per call | instructions | bytes of machine code |
|---|---|---|---|---|---|
END
	rows kernel | while read -r row; do
		echo "| $row | $(spread kernel "$row" ns %.0f) | $(ratio kernel "$row" "floor raw_tp" ns) | $(median kernel "$row" runs) | $(median kernel "$row" xlated) | $(median kernel "$row" jited) |"
	done
	echo
}

aim() { # WHAT VALUE <=|>= LIMIT
	verdict=$(awk -v v="$2" -v op="$3" -v l="$4" 'BEGIN {
		if (v == "" || v == "-") print "not measured"
		else print (op == "<=" ? v + 0 <= l + 0 : v + 0 >= l + 0) ? "reached" : "**missed**"
	}')
	echo "| $1 | $3 $4 | ${2:--} | $verdict |"
}

aim_startup() { # TOOL
	us="skep $1"
	ready=$(median startup "$us" ready_ms)
	aim "$1: until attached, of libbpf-tools'" "$(over "$ready" "$(median startup "libbpf-tools $1" ready_ms)")" "<=" 1.0
	aim "$1: times faster to attach than bpftrace's script" "$(over "$(median startup "bpftrace $1.bt" ready_ms)" "$ready" %.1f)" ">=" 10
	aim "$1: Ctrl-C to gone, ms" "$(median startup "$us" stop_ms)" "<=" 50
	aim "$1: peak RSS, MB" "$(over "$(median startup "$us" rss_kb)" 1000 %.1f)" "<=" 4
}

aim_storm() { # ROW
	table=storm-split-file
	aim "$1, storm: slowdown" "$(median "$table" "$1" slowdown)" "<=" 1.6
	aim "$1, storm: slowdown, of the floor's" "$(ratio "$table" "$1" "$floor" slowdown)" "<=" 1.2
	aim "$1, storm: lines a second, of the floor's" "$(ratio "$table" "$1" "$floor" line_rate)" ">=" 0.8
	aim "$1, storm: lines a second, of bpftrace's" "$(ratio "$table" "$1" bpftrace line_rate %.1f)" ">=" 5
	aim "$1, storm: CPU per line, of the floor's" "$(ratio "$table" "$1" "$floor" cpu_per_line)" "<=" 2
	aim "$1, storm: peak RSS with the ring, MB" "$(over "$(median "$table" "$1" rss_kb)" 1000 %.1f)" "<=" 12
	aim "$1, storm: lost" "$(median "$table" "$1" lost)" "<=" 0
}

report_aims() {
	floor="floor raw_tp"
	echo "## What was aimed at"
	echo
	echo "| | aim | measured | |"
	echo "|---|---|---|---|"
	aim "the binary with all tools, MB" "$(mb "$(median footprint skep bytes)")" "<=" 3
	aim "shared libraries" "$(median footprint skep libs)" "<=" 0
	aim_startup opensnoop
	aim_startup execsnoop
	aim_storm "skep opensnoop"
	aim_storm "skep opensnoop --json"
	table=storm-split-slow
	for row in "skep opensnoop" "skep opensnoop --json"; do
		aim "$row, slow reader: unaccounted" "$(unaccounted "$row")" "<=" 0
	done
	echo
}

# An untraced call, from what the storm did under the floor.
untraced_ns() {
	paste_of="$(median storm-split-file "floor raw_tp" rate) $(median storm-split-file "floor raw_tp" added)"
	echo "$paste_of" | awk 'NF == 2 { printf "%.0f", 1e9 / $1 - $2 }'
}

report() {
	report_head
	report_aims
	report_footprint
	report_startup
	report_whole
	report_storm split file "The storm, beside the tracer" "One thread calls openat() of a missing file in a loop on CPU 0 for $SECONDS_OF_STORM s; the tracer runs on CPU 1 and writes to a file (in memory). Slowdown: calls
a second untraced (before and after) over traced; it depends on how dear the untraced call is (here $(untraced_ns) ns), what is added to a call less so. Unaccounted: calls made - lines printed - lost reported, for each run."
	report_storm shared file "The storm on all CPUs" "The same with one thread for each CPU and nothing pinned: the tracer has to compete."
	report_storm split null "The storm to /dev/null" "What does not depend on writing."
	report_storm split slow "A slow reader" "Through a pipe that is read at 1 MB/s. What cannot be delivered has to be counted."
	report_kernel
}
