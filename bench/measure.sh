# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# measure.sh: how bench/run.sh measures. Every figure goes as a line into $W/figures:
# TABLE <tab> ROW <tab> key=value key=value …; median() and friends read them back.

say() { echo "bench: $*" >&2; }

figure() { # TABLE ROW KEY=VALUE…
	table=$1 row=$2
	shift 2
	printf '%s\t%s\t%s\n' "$table" "$row" "$*" >>"$W/figures"
}

# All values of KEY in that row, a line for each run, in the order of the runs.
values() { # TABLE ROW KEY
	awk -F'\t' -v t="$1" -v r="$2" -v k="$3" '$1 == t && $2 == r {
		n = split($3, kv, " ")
		for (i = 1; i <= n; i++) if (index(kv[i], k "=") == 1 && length(kv[i]) > length(k) + 1) print substr(kv[i], length(k) + 2)
	}' "$W/figures"
}

middle() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'; }

median() { values "$@" | middle; } # TABLE ROW KEY

# How many times the figure of another row: each run against that row's run of the same round, and of
# these ratios the median. A machine that is slow for a while is so for both.
ratio() { # TABLE ROW OTHER KEY [PRINTF-FORMAT]
	values "$1" "$2" "$4" >"$W/a"
	values "$1" "$3" "$4" >"$W/b"
	paste "$W/a" "$W/b" | awk -v f="${5:-%.2f}\n" 'NF == 2 && $2 + 0 != 0 { printf f, $1 / $2 }' | middle | grep . || echo -
}

# Median, smallest and largest: "14.1 (13.3-21.9)".
spread() { # TABLE ROW KEY [PRINTF-FORMAT]
	values "$1" "$2" "$3" | sort -g | awk -v f="${4:-%.1f}" '{ v[NR] = $1 } END {
		if (!NR) { print "-"; exit }
		printf f, v[int((NR + 1) / 2)]
		if (NR > 1 && v[1] != v[NR]) printf " (" f "-" f ")", v[1], v[NR]
		print ""
	}'
}

over() { # A B [PRINTF-FORMAT]: A / B, "-" when one is missing
	awk -v a="${1:-}" -v b="${2:-}" -v f="${3:-%.2f}" 'BEGIN { if (a == "" || b == "" || b + 0 == 0) print "-"; else printf f "\n", a / b }'
}

value() { sed -n "s/^$2=//p" "$1" | head -n 1; } # FILE KEY

# ---- start-up ------------------------------------------------------------------------------------

startup() { # ROW MARK TIMES CMD…: until attached, until gone
	row=$1 mark=$2 times=$3
	shift 3
	for i in $(seq "$times"); do
		# A tracepoint that was let go a moment ago makes the next to take it wait for the kernel's grace
		# period (some 10 ms), whoever it is: nobody's run is to pay for the one before.
		sleep 0.2
		"$B/ready" -m "$mark" "$@" >"$W/ready" 2>/dev/null || { figure startup "$row" fails=1; return; }
		figure startup "$row" $(cat "$W/ready")
	done
}

# ---- the storm -----------------------------------------------------------------------------------

# CPU seconds all threads of a process have used.
cpu_s() { cat /proc/"$1"/task/*/schedstat 2>/dev/null | awk '{ s += $1 } END { printf "%.3f", s / 1e9 }'; }

calls_per_s() { "$LOAD" storm "$1" "$2" $3 | sed -n 's/^calls_per_s=//p'; } # THREADS SECONDS CPUS

# What the tracer says it lost, whatever its words: "Lost 5 events", "lost=5", "5 lost", "\"lost\":5".
lost_of() {
	grep -ahE '[Ll]ost' "$@" 2>/dev/null | awk '{
		l = tolower($0)
		if (match(l, /"lost":[0-9]+/)) n = substr(l, RSTART + 7, RLENGTH - 7)
		else if (match(l, /[0-9]+ lost/)) n = substr(l, RSTART, RLENGTH)
		else if (match(l, /lost[ =]+[0-9]+/)) { n = substr(l, RSTART + 4, RLENGTH - 4); sub(/^[ =]+/, "", n) }
		else n = 0
		sum += n
	} END { printf "%d\n", sum }'
}

# Waits until a process holds something attached, and a little longer.
attached() { # PID
	for i in $(seq 500); do
		ls -l "/proc/$1/fd" 2>/dev/null | grep -q -E 'bpf.link|raw-tracepoint|perf_event' && break
		sleep 0.02
	done
	sleep 0.4
}

# One storm under a tracer. In the command @PID stands for the storm's process.
# split: one thread on CPU 0, the tracer on CPU 1; shared: a thread a CPU, the tracer where it likes.
# sink: file, null, slow (a pipe read at 1 MB/s).
storm() { # ROW MODE SINK CMD…
	row=$1 mode=$2 sink=$3
	shift 3
	threads=$(nproc) cpus= pin=
	[ "$mode" = shared ] || { threads=1 cpus=0 pin="taskset -c 1"; }
	rm -f "$W/gate" "$W/truth" "$W/out" "$W/err" "$W/account"
	mkfifo "$W/gate"
	before=$(calls_per_s "$threads" 0.5 "$cpus")
	"$LOAD" -w storm "$threads" "$SECONDS_OF_STORM" $cpus <"$W/gate" >"$W/truth" &
	storm_pid=$!
	exec 3>"$W/gate"
	until grep -q ^uid= "$W/truth" 2>/dev/null; do sleep 0.01; done
	set -- $(printf '%s\n' "$@" | sed "s/@PID/$storm_pid/")
	case $sink in
	file) $pin "$B/ready" -r "$W/account" "$@" >"$W/out" 2>"$W/err" & ;;
	null) $pin "$B/ready" -r "$W/account" "$@" >/dev/null 2>"$W/err" & ;;
	slow)
		rm -f "$W/pipe"
		mkfifo "$W/pipe"
		"$LOAD" drain 1000000 "$W/out" <"$W/pipe" >"$W/drained" &
		drain_pid=$!
		$pin "$B/ready" -r "$W/account" "$@" >"$W/pipe" 2>"$W/err" &
		;;
	esac
	ready_pid=$!
	until [ -s "$W/account" ]; do sleep 0.01; done
	tracer=$(value "$W/account" pid)
	attached "$tracer"
	cpu_before=$(cpu_s "$tracer")
	echo >&3
	wait "$storm_pid"
	exec 3>&-
	cpu_after=$(cpu_s "$tracer")
	sleep 0.2
	kill -INT "$ready_pid" 2>/dev/null
	wait "$ready_pid"
	[ "$sink" != slow ] || wait "$drain_pid"
	after=$(calls_per_s "$threads" 0.5 "$cpus")
	calls=$(value "$W/truth" calls)
	lines=
	[ "$sink" = null ] || lines=$(grep -a -c -e nonexistent -e 'load .*sys_enter_openat' "$W/out")
	lost=$(lost_of "$W/err" $([ "$sink" = null ] || echo "$W/out"))
	case "$sink $*" in "null "*--json*) lost= ;; esac # it was said to /dev/null
	if [ "$(value "$W/account" status)" != 0 ] && [ "${lines:-1}" = 0 ]; then
		figure "storm-$mode-$sink" "$row" fails=1
		return
	fi
	traced=$(value "$W/truth" calls_per_s)
	figure "storm-$mode-$sink" "$row" calls="$calls" lines="$lines" lost="$lost" \
		rate="$traced" line_rate="$(echo "$lines $calls $traced" | awk 'NF == 3 && $2 { printf "%.0f", $1 / $2 * $3 }')" \
		slowdown="$(echo "$before $after $traced" | awk '{ printf "%.2f", ($1 + $2) / 2 / $3 }')" \
		cpu_per_line="$(echo "$cpu_before $cpu_after $lines" | awk 'NF == 3 && $3 { printf "%.4f", ($2 - $1) * 1e6 / $3 }')" \
		added="$(echo "$before $after $traced $threads" | awk '{ printf "%.0f", (1 / $3 - 2 / ($1 + $2)) * $4 * 1e9 }')" \
		rss_kb="$(value "$W/account" rss_kb)" stop_ms="$(value "$W/account" stop_ms)"
}

# What the kernel side of a tracer costs by the kernel's own account (bpf_stats, which adds some 50 ns
# itself): ns of its programs for each call of a storm, and their size.
kernel_side() { # ROW CMD…
	row=$1
	shift
	rm -f "$W/gate" "$W/truth" "$W/account"
	mkfifo "$W/gate"
	"$LOAD" -w storm 1 0.5 0 <"$W/gate" >"$W/truth" &
	storm_pid=$!
	exec 3>"$W/gate"
	until grep -q ^uid= "$W/truth" 2>/dev/null; do sleep 0.01; done
	set -- $(printf '%s\n' "$@" | sed "s/@PID/$storm_pid/")
	taskset -c 1 "$B/ready" -r "$W/account" "$@" >/dev/null 2>&1 &
	ready_pid=$!
	until [ -s "$W/account" ]; do sleep 0.01; done
	tracer=$(value "$W/account" pid)
	attached "$tracer"
	echo >&3
	wait "$storm_pid"
	exec 3>&-
	ids=$(cat /proc/"$tracer"/fdinfo/* 2>/dev/null | sed -n 's/^prog_id:[ 	]*//p' | sort -u)
	for id in $ids; do bpftool prog show id "$id"; done >"$W/progs"
	kill -INT "$ready_pid" 2>/dev/null
	wait "$ready_pid"
	figure kernel "$row" $(awk -v calls="$(value "$W/truth" calls)" '{
		for (i = 1; i < NF; i++) {
			if ($i == "run_time_ns") ns += $(i + 1)
			if ($i == "run_cnt") runs += $(i + 1)
			if ($i == "xlated") xlated += $(i + 1)
			if ($i == "jited") jited += $(i + 1)
		}
	} END { if (calls && runs) printf "ns=%.0f runs=%.1f xlated=%d jited=%d", ns / calls, runs / calls, xlated / 8, jited }' "$W/progs")
}

# strace starts its command itself.
storm_strace() { # MODE
	threads=$(nproc) cpus=
	[ "$1" = shared ] || { threads=1 cpus=0; }
	before=$(calls_per_s "$threads" 0.5 "$cpus")
	"$B/ready" -r "$W/account" strace -f --seccomp-bpf -e trace=openat -o "$W/out" "$LOAD" storm "$threads" 1 $cpus >"$W/truth" 2>"$W/err"
	figure "storm-$1-file" strace calls="$(value "$W/truth" calls)" lines="$(grep -c nonexistent "$W/out")" lost=0 \
		rate="$(value "$W/truth" calls_per_s)" line_rate="$(value "$W/truth" calls_per_s)" \
		slowdown="$(echo "$before $(value "$W/truth" calls_per_s)" | awk '{ printf "%.2f", $1 / $2 }')" \
		added="$(echo "$before $(value "$W/truth" calls_per_s) $threads" | awk '{ printf "%.0f", (1 / $2 - 1 / $1) * $3 * 1e9 }')" \
		rss_kb="$(value "$W/account" rss_kb)"
}

# ---- whole processes -----------------------------------------------------------------------------

whole() { # ROW CMD…: from exec to exit, by hyperfine
	row=$1
	shift
	hyperfine -N --warmup 1 --runs 8 -i --export-csv "$W/hyperfine" "$(printf '%s ' "$@")" >/dev/null 2>&1 || { figure whole "$row" fails=1; return; }
	tail -n 1 "$W/hyperfine" | awk -F, '{ n = NF; printf "ms=%.2f cpu_ms=%.2f\n", $(n - 4) * 1e3, ($(n - 3) + $(n - 2)) * 1e3 }' >"$W/whole"
	figure whole "$row" $(cat "$W/whole")
}
