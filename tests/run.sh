#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run.sh [GROUP | GROUP/FILE | GROUP/FILE/TEST]…: runs the tests and ends with one line
# "N passed, N failed, N skipped". Without arguments: everything this machine can do.
#
# Groups: lint unit golden fuzz host guests asan; asan:GROUP runs one of them with the sanitizers;
# `golden --update` writes what came out as what is expected; guests/6.1/FILE is one file in one guest. How to write a test: tests/README.md.
# The same script runs `host` inside a guest (SKEP_TEST_ENV=guest-…), under busybox.
set -u
TOP=$(cd "$(dirname "$0")/.." && pwd)
TESTS=$TOP/tests
export TESTS LC_ALL=C
umask 022
cd "$TOP" || exit 1
unset SKEP_CACHE SKEP_BTF SKEP_FAIL_BPF COLUMNS NO_COLOR

passed=0 failed=0 skipped=0
work=$(mktemp -d "${TMPDIR:-/tmp}/skep-tests.XXXXXX") || exit 1
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
helpers=$TOP/build/tests
export SKEP_SLOW="${SKEP_SLOW:-1}" LOAD="$helpers/load" SKEP_DOCTOR="$work/doctor.json"
update=

# Which environment of tests/skips this is, by facts.
environment() {
	case $(uname -r) in
	6.18.*-fc*) [ "$(id -u)" = 0 ] && [ ! -e /sys/bus/event_source/devices/kprobe ] && echo host-6.18-microvm && return ;;
	esac
	echo other
}
SKEP_TEST_ENV=${SKEP_TEST_ENV:-$(environment)}

# ---- reporting -----------------------------------------------------------------------------------

ok() { # NAME [SECONDS]
	passed=$((passed + 1))
	echo "ok   $prefix$1${2:+ (${2}s)}"
}

cut_long() { # FILE: its first and last lines
	awk '{ line[NR] = $0 } END {
		for (i = 1; i <= NR; i++) {
			if (NR > 120 && i == 81) { print "[" NR - 120 " lines]"; i = NR - 39 }
			print line[i]
		}
	}' "$1"
}

bad() { # NAME [FILE]: the file is what it said
	failed=$((failed + 1))
	echo "FAIL $prefix$1"
	[ -z "${2:-}" ] || cut_long "$2" | sed 's/^/     /'
}

skip() { # NAME FEATURE REASON…
	skip_name=$1 feature=$2
	shift 2
	if skip_expected "$feature"; then
		skipped=$((skipped + 1))
		echo "skip $prefix$skip_name: $feature: $*"
	else
		echo "$feature: $* -- not listed in tests/skips for $SKEP_TEST_ENV, or it is there" >"$work/why"
		bad "$skip_name (unexpected skip)" "$work/why"
	fi
}

# Listed for this environment and not there; on other machines: really not there.
skip_expected() { # FEATURE
	if [ "$SKEP_TEST_ENV" != other ]; then
		grep -q -E "^$SKEP_TEST_ENV +$1( |\$)" "$TESTS/skips" || return 1
	fi
	! (T=$work && . "$TESTS/lib.sh" && has_feature "$1")
}

wanted() { # FILE [TEST]: asked for by the argument GROUP/FILE/TEST?
	case $only in
	"" | "$1" | "$1/${2:-}") return 0 ;;
	"$1"/*) [ -z "${2:-}" ] ;;
	*) return 1 ;;
	esac
}

# Builds what a group needs; in a guest everything is there already.
build() { # GROUP TARGET…
	case $SKEP_TEST_ENV in guest-*) return 0 ;; esac
	build_of=$1
	shift
	make --no-print-directory -s -C "$TOP" -j"$(nproc)" ${san:+SAN=1} "$@" >"$work/make.log" 2>&1 && return
	tail -n 40 "$work/make.log" >"$work/make.tail"
	bad "$build_of: build" "$work/make.tail"
	return 1
}

words() { echo "$1" | tr _ ' '; }

# ---- groups --------------------------------------------------------------------------------------

group_lint() {
	for check in $(sed -n 's/^lint_\([a-z_]*\)().*/\1/p' tests/lint.sh); do
		wanted "$check" || continue
		if tests/lint.sh "$check" >"$work/log" 2>&1; then ok "lint: $(words "$check")"; else bad "lint: $(words "$check")" "$work/log"; fi
	done
}

# A unit program says "ok NAME" or "not ok NAME: file:line: text" for each TEST, and after the latter
# what the test said, as "# " lines.
group_unit() {
	build unit test-unit || return
	for src in tests/unit/*.c; do
		[ -e "$src" ] || continue
		name=$(basename "$src" .c)
		wanted "$name" || continue
		status=0
		"$helpers/within" $((60 * SKEP_SLOW)) "$B/tests/unit/$name" >"$work/log" 2>"$work/err" || status=$?
		told=$failed
		while IFS= read -r line; do
			case $line in
			"ok "*) ok "unit/$name: ${line#ok }" ;;
			"not ok "*) bad "unit/$name: ${line#not ok }" ;;
			"# "*) echo "     ${line#??}" ;;
			"skip "*)
				what=${line#skip } why=${line#*: }
				skip "unit/$name: ${what%%: *}" "${why%%: *}" "${why#*: }"
				;;
			esac
		done <"$work/log"
		[ "$status" = 0 ] || [ "$failed" -gt "$told" ] || bad "unit/$name: exit status $status" "$work/err"
	done
}

# NAME.cmd is a shell text using $SKEP; NAME.out its stdout and stderr, then "[status N]".
group_golden() {
	for cmd in tests/golden/*.cmd; do
		[ -e "$cmd" ] || continue
		name=$(basename "$cmd" .cmd)
		wanted "$name" || continue
		fresh_dir
		(cd "$T" && "$helpers/within" -t "$work/secs" $((60 * SKEP_SLOW)) sh "$TOP/$cmd" >"$work/got" 2>&1 </dev/null
			echo "[status $?]" >>"$work/got")
		expected=tests/golden/$name.out
		if [ -n "$update" ]; then
			cmp -s "$work/got" "$expected" || { cp "$work/got" "$expected" && echo "     wrote $expected"; }
		fi
		if diff -u "$expected" "$work/got" >"$work/log" 2>&1; then
			ok "golden/$name" "$(cat "$work/secs")"
		else
			bad "golden/$name" "$work/log"
		fi
	done
}

# Each target with its corpus: tests/fuzz/corpus/TARGET/*.
group_fuzz() {
	build fuzz test-fuzz || return
	for src in tests/fuzz/*.c; do
		[ -e "$src" ] || continue
		name=$(basename "$src" .c)
		[ -d "tests/fuzz/corpus/$name" ] && wanted "$name" || continue
		n=$(find "tests/fuzz/corpus/$name" -type f | wc -l)
		if "$helpers/within" -t "$work/secs" $((300 * SKEP_SLOW)) "$B/tests/fuzz/$name" "tests/fuzz/corpus/$name"/* >"$work/log" 2>&1; then
			ok "fuzz/$name: $n inputs" "$(cat "$work/secs")"
		else
			tail -n 60 "$work/log" >"$work/tail"
			bad "fuzz/$name: $n inputs" "$work/tail"
		fi
	done
}

fresh_dir() {
	rm -rf "$work/t"
	mkdir "$work/t"
	T=$work/t
	export T
}

# What a test could leave in the system: BPF programs and links nobody holds, probe events, mounts.
traces() { # FILE
	{
		"$helpers/leftovers"
		cat /sys/kernel/tracing/kprobe_events /sys/kernel/tracing/uprobe_events 2>/dev/null
		grep -E ' (bpf|tracefs|debugfs|cgroup2) ' /proc/mounts
	} | sort >"$1"
}

# Freeing is deferred in the kernel: a little patience.
left_behind() { # prints what is new since traces "$work/before"; status 0 when there is something
	tries=$((30 * SKEP_SLOW))
	while :; do
		traces "$work/after"
		new=$(awk 'NR == FNR { had[$0] = 1; next } !($0 in had)' "$work/before" "$work/after")
		[ -n "$new" ] || return 1
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || break
		sleep 0.1
	done
	echo "left behind:"
	echo "$new"
}

# On machines with jq every JSON file the test left must be JSON.
bad_json() {
	command -v jq >/dev/null 2>&1 || return 1
	for json in "$T"/*.json "$T"/*.ndjson; do
		[ -f "$json" ] || continue
		jq . <"$json" >/dev/null 2>"$work/jq" || { echo "$(basename "$json") is not JSON:"; cat "$work/jq"; return 0; }
	done
	return 1
}

host_test() { # FILE FUNCTION
	name="host/$(basename "$1" .sh): $(words "${2#test_}")"
	fresh_dir
	status=0
	(cd "$T" && exec "$helpers/within" -t "$work/secs" ${SKEP_TEST_LIMIT:-$((60 * SKEP_SLOW))} \
		sh -c '. "$TESTS/lib.sh"; run_one "$1" "$2"' sh "$TOP/$1" "$2" >"$work/log" 2>&1 </dev/null) || status=$?
	left_behind >>"$work/log" && [ "$status" = 0 ] && status=left
	[ "$status" != 0 ] || { bad_json >>"$work/log" && status=json; }
	traces "$work/before"
	case $status in
	0) ok "$name" "$(cat "$work/secs")" ;;
	77) read -r feature reason <"$T/.skip" && skip "$name" "$feature" "$reason" ;;
	*) bad "$name" "$work/log" ;;
	esac
}

# Tests run copies in a place that every user can reach, whatever folder the tree is in.
reachable() {
	mkdir -p "$work/bin"
	cp "$helpers/load" "$B/skep" "$work/bin/" || return 1
	LOAD=$work/bin/load SKEP=$work/bin/skep
}

group_host() {
	build host all test-load && reachable || return
	traces "$work/before"
	for file in tests/host/*.sh; do
		[ -e "$file" ] || continue
		base=$(basename "$file" .sh)
		wanted "$base" || continue
		for func in $(sed -n 's/^\(test_[a-zA-Z0-9_]*\) *().*/\1/p' "$file"); do
			wanted "$base" "${func#test_}" && host_test "$file" "$func"
		done
	done
}

# Both guests at once; each prints the lines of its own run of this script.
group_guests() {
	if ! tests/guest/fetch.sh --can >"$work/log" 2>&1; then
		skip guests qemu "$(tail -n 1 "$work/log")"
		return
	fi
	build guests all test-load test-examples || return
	guests=
	for version in 6.12 6.1; do
		wanted "$version" || continue
		guests="$guests $version"
		case $only in */*) part=host/${only#*/} ;; *) part=host ;; esac
		tests/guest/boot.sh "$version" "$work/guest-$version" "$part" >"$work/guest-$version.log" 2>&1 &
	done
	wait
	for version in $guests; do guest_results "guest-$version" "$work/guest-$version" "$work/guest-$version.log"; done
}

guest_results() { # NAME RESULTS LOG
	closing= seen=0 report=
	[ -e "$2" ] || : >"$2"
	while IFS= read -r line; do
		case $line in
		"ok   "*) passed=$((passed + 1)) seen=$((seen + 1)) report=1 ;;
		"FAIL "*) failed=$((failed + 1)) seen=$((seen + 1)) report=1 ;;
		"skip "*) skipped=$((skipped + 1)) seen=$((seen + 1)) report=1 ;;
		"     "*) [ -z "$report" ] || echo "$line" && continue ;;
		*" passed, "*" failed, "*" skipped") closing=$line && continue ;;
		*) report= && continue ;;
		esac
		echo "$(echo "$line" | cut -c1-5)$1 $(echo "$line" | cut -c6-)"
	done <"$2"
	total=$(echo "$closing" | awk '{ print $1 + $3 + $5 }')
	if [ -z "$closing" ] || [ "$total" != "$seen" ]; then
		bad "$1: the guest did not come to its end ($seen tests told, closing line '$closing')" "$3"
	elif ! grep -q 'boot.sh: .* status 0 ' "$3" || grep -q 'the guest.s kernel complained' "$3"; then
		bad "$1: the guest's kernel complained" "$3"
	fi
}

group_asan() {
	san=1 B=$TOP/build/asan SKEP=$TOP/build/asan/skep
	export SKEP SKEP_SLOW=$((SKEP_SLOW * 3))
	export ASAN_OPTIONS="exitcode=99:detect_leaks=1:abort_on_error=0" UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
	prefix="asan "
	if build asan all; then
		rm -f "$SKEP_DOCTOR"
		for g in ${1:-unit golden fuzz host}; do "group_$g"; done
	fi
	unset ASAN_OPTIONS UBSAN_OPTIONS
	prefix= san= B=$TOP/build SKEP=$TOP/build/skep SKEP_SLOW=$((SKEP_SLOW / 3))
	rm -f "$SKEP_DOCTOR"
}

# ---- main ----------------------------------------------------------------------------------------

prefix= san= only= B=$TOP/build
export SKEP="$TOP/build/skep"
[ $# -gt 0 ] || set -- lint unit golden fuzz host guests asan
build "test programs" test-load || exit 1
for arg in "$@"; do
	only=
	case $arg in */*) only=${arg#*/} ;; esac
	case ${arg%%/*} in
	--update) update=1 && group_golden ;;
	asan:*) san_group=${arg%%/*} && group_asan "${san_group#asan:}" ;;
	lint | unit | golden | fuzz | host | guests | asan)
		case " $* " in *" golden --update "*) [ "$arg" = golden ] && continue ;; esac
		"group_${arg%%/*}"
		;;
	*)
		echo "run.sh: no group is called '$arg' (lint unit golden fuzz host guests asan)" >&2
		exit 2
		;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
