#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run.sh: measures skep beside Debian's libbpf-tools, bpfcc-tools, bpftrace and strace, in one run on
# this machine, and writes bench/RESULTS.md. `make bench` calls it; it needs root and some minutes.
#
# Every storm is filtered by the process id of the storm, so that nobody else's files are recorded.
# tracefs and debugfs are mounted in a mount namespace of this script's own; the peers need them.
set -u
cd "$(dirname "$0")/.." || exit 1
[ "$(id -u)" = 0 ] || { echo "bench: needs root" >&2; exit 1; }
if [ -z "${SKEP_BENCH_NS:-}" ]; then
	SKEP_BENCH_NS=1 exec unshare -m sh -c 'mount -t tracefs tracefs /sys/kernel/tracing; mount -t debugfs debugfs /sys/kernel/debug; exec sh "$0"' bench/run.sh
fi
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C PATH
B=build/bench SKEP=build/skep LOAD=build/tests/load
SECONDS_OF_STORM=1.5 RUNS=${RUNS:-5}
W=$(mktemp -d /dev/shm/skep-bench.XXXXXX) # in memory: the disk's speed is not the question
trap 'rm -rf "$W"' EXIT
trap 'exit 130' INT TERM
. bench/measure.sh
: >"$W/figures"
began=$(date +%s)
load_at_start=$(cut -d' ' -f1 /proc/loadavg)
programs_at_start=$(bpftool prog show 2>/dev/null | grep -c '^[0-9]')
[ "$programs_at_start" = 0 ] || say "BPF programs of others are loaded; what they trace is slowed too"

# ---- what is measured ----------------------------------------------------------------------------

build() {
	mkdir -p "$B"
	make --no-print-directory -s test-load
	gcc -std=gnu11 -O2 -static -o "$B/ready" bench/ready.c
	gcc -std=gnu11 -O2 -static -o "$B/floor" bench/floor.c -lbpf -lelf -lz
	clang -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -idirafter "/usr/include/$(uname -m)-linux-gnu" -c -o "$B/floor.bpf.o" bench/floor.bpf.c
}

# BCC compiles against kernel headers; where the running kernel has none, Debian's are taken, kept
# outside the tree.
kernel_headers() {
	export BCC_KERNEL_SOURCE="${BCC_KERNEL_SOURCE:-${XDG_CACHE_HOME:-$HOME/.cache}/skep/bench/headers}"
	[ ! -e "/lib/modules/$(uname -r)/build" ] || { unset BCC_KERNEL_SOURCE; return; }
	[ ! -e "$BCC_KERNEL_SOURCE" ] || return 0
	headers=$(apt-cache pkgnames linux-headers-6.1.0 | grep -E '^linux-headers-6\.1\.0-[0-9]+-cloud-amd64$' | sort -V | tail -n 1)
	[ -n "$headers" ] || return 0
	mkdir -p "$BCC_KERNEL_SOURCE"
	(cd "$W" && apt-get -qq download "$headers" "${headers%-cloud-amd64}-common" && for deb in *.deb; do dpkg-deb -x "$deb" headers; done) >/dev/null 2>&1
	cp -r "$W"/headers/usr/src/*-common/. "$BCC_KERNEL_SOURCE/"
	cp -r "$W"/headers/usr/src/*-cloud-amd64/. "$BCC_KERNEL_SOURCE/"
	rm -rf "$W/headers" "$W"/*.deb
}

have() { command -v "$1" >/dev/null 2>&1; }

libraries() { # PATH: number and bytes of the shared libraries it loads
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | sort -u | xargs -r stat -L -c %s | awk '{ s += $1 } END { printf "libs=%d lib_bytes=%d", NR, s }'
}

footprint() {
	for each in "skep|$SKEP" "libbpf-tools opensnoop|/usr/sbin/opensnoop" "libbpf-tools execsnoop|/usr/sbin/execsnoop" \
		"bpftrace|$(command -v bpftrace)" "BCC (libbcc)|$(find /usr/lib -name 'libbcc.so.0' | head -n 1)" "strace|$(command -v strace)" "floor (static libbpf program)|$B/floor"; do
		file=${each#*|}
		[ -e "$file" ] && figure footprint "${each%%|*}" bytes="$(stat -L -c %s "$file")" $(libraries "$file")
	done
}

startups() {
	say "start-up"
	startup "skep opensnoop" "" 15 "$SKEP" opensnoop
	startup "skep execsnoop" "" 15 "$SKEP" execsnoop
	startup "libbpf-tools opensnoop" "" 15 /usr/sbin/opensnoop
	startup "libbpf-tools execsnoop" "" 15 /usr/sbin/execsnoop
	startup "bpftrace opensnoop.bt" Tracing 5 bpftrace /usr/sbin/opensnoop.bt
	startup "bpftrace execsnoop.bt" TIME 5 bpftrace /usr/sbin/execsnoop.bt
	startup "bpftrace one-liner, its first output" Attaching 5 bpftrace -e "$one_liner"
	startup "BCC trace-bpfcc (openat)" PID 2 trace-bpfcc 't:syscalls:sys_enter_openat "%s", args->filename'
	startup "BCC opensnoop-bpfcc" PID 1 opensnoop-bpfcc
	startup "BCC execsnoop-bpfcc" PCOMM 1 execsnoop-bpfcc
	startup "floor raw_tp" "" 15 "$B/floor" "$B/floor.bpf.o" raw_tp
	startup "floor tracepoint" "" 15 "$B/floor" "$B/floor.bpf.o" tracepoint
}

wholes() {
	say "whole processes"
	whole "/bin/true" /bin/true
	whole "skep --version" "$SKEP" --version
	whole "skep list" "$SKEP" list
	whole "skep doctor" "$SKEP" doctor
	whole "skep opensnoop -- /bin/true" "$SKEP" opensnoop -- /bin/true
	whole "skep execsnoop -- /bin/true" "$SKEP" execsnoop -- /bin/true
	whole "bpftrace --version" bpftrace --version
	whole "bpftrace openat one-liner -c /bin/true" bpftrace -e "'$one_liner'" -c /bin/true
	whole "strace -f /bin/true" strace -f -o /dev/null /bin/true
	whole "bpftool prog show" bpftool prog show
}

one_liner='tracepoint:syscalls:sys_enter_openat { printf("%d %s %s\n", pid, comm, str(args->filename)); }'

# bpftrace's own arguments contain blanks; storm() splits at them, so it goes through a script.
write_bpftrace_script() {
	printf '%s\n' 'tracepoint:syscalls:sys_enter_openat /pid == $1/ { printf("%d %s %s\n", pid, comm, str(args->filename)); }' >"$W/openat.bt"
	printf '#!/bin/sh\nexec trace-bpfcc -p "$1" %s\n' "'t:syscalls:sys_enter_openat \"%s\", args->filename'" >"$W/bcc.sh"
}

# One round after the other, so that what disturbs the machine disturbs all of them.
storms() { # MODE RUNS
	say "storm, $1"
	for i in $(seq "$2"); do
		storm "skep opensnoop" "$1" file "$SKEP" opensnoop -p @PID
		storm "floor raw_tp" "$1" file "$B/floor" "$B/floor.bpf.o" raw_tp @PID
		storm "skep opensnoop --json" "$1" file "$SKEP" opensnoop --json -p @PID
		storm "floor tracepoint" "$1" file "$B/floor" "$B/floor.bpf.o" tracepoint @PID
		storm "bpftrace" "$1" file bpftrace "$W/openat.bt" @PID
		storm "libbpf-tools opensnoop" "$1" file /usr/sbin/opensnoop -p @PID
	done
	storm "BCC trace-bpfcc" "$1" file sh "$W/bcc.sh" @PID
	storm_strace "$1"
}

sinks() { # RUNS
	say "storm to /dev/null, and to a slow reader"
	for i in $(seq "$1"); do
		storm "skep opensnoop" split null "$SKEP" opensnoop -p @PID
		storm "floor raw_tp" split null "$B/floor" "$B/floor.bpf.o" raw_tp @PID
		storm "skep opensnoop --json" split null "$SKEP" opensnoop --json -p @PID
		storm "bpftrace" split null bpftrace "$W/openat.bt" @PID
		storm "libbpf-tools opensnoop" split null /usr/sbin/opensnoop -p @PID
	done
	storm "skep opensnoop" split slow "$SKEP" opensnoop -p @PID
	storm "skep opensnoop --json" split slow "$SKEP" opensnoop --json -p @PID
	storm "libbpf-tools opensnoop" split slow /usr/sbin/opensnoop -p @PID
	storm "bpftrace" split slow bpftrace "$W/openat.bt" @PID
}

kernel_sides() {
	say "kernel side"
	stats=/proc/sys/kernel/bpf_stats_enabled
	stats_before=$(cat $stats)
	trap 'echo $stats_before >$stats; rm -rf "$W"' EXIT
	echo 1 >$stats
	for i in 1 2 3; do
		kernel_side "skep opensnoop" "$SKEP" opensnoop -p @PID
		kernel_side "floor raw_tp" "$B/floor" "$B/floor.bpf.o" raw_tp @PID
		kernel_side "floor tracepoint" "$B/floor" "$B/floor.bpf.o" tracepoint @PID
		kernel_side "bpftrace" bpftrace "$W/openat.bt" @PID
		kernel_side "libbpf-tools opensnoop" /usr/sbin/opensnoop -p @PID
	done
	echo "$stats_before" >$stats
}

have hyperfine && have bpftrace && have strace || { echo "bench: run it by 'make bench', which installs the peers" >&2; exit 1; }
build
kernel_headers
write_bpftrace_script
footprint
startups
wholes
few=$(((RUNS + 1) / 2))
storms split "$RUNS"
storms shared "$few"
sinks "$few"
kernel_sides
. bench/report.sh
report >bench/RESULTS.md
say "bench/RESULTS.md is written, after $(($(date +%s) - began)) s"
