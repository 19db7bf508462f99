# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lib.sh: what a test of tests/host may use. tests/run.sh loads it, then the test's file, then calls
# one test_ function in a process of its own, with `set -eu`, in an empty directory of its own.
#
# Given: $SKEP the binary, $LOAD the workload (`$LOAD` alone lists it), $T the test's directory (and
# the current one), $TESTS this folder, $SKEP_SLOW how many times slower than a usual machine this is.
# Must run under busybox ash with nothing but busybox's commands: no bash, python, jq, bpftool.

# ---- verdicts ------------------------------------------------------------------------------------

fail_test() { # WHY…
	echo "$*" >&2
	exit 1
}

show() { # FILE: its beginning, for a failure's report
	if [ -s "$1" ]; then
		echo "--- $1:" >&2
		head -c 4000 "$1" | head -n 40 >&2
	else
		echo "--- $1 is empty" >&2
	fi
}

skip() { # FEATURE REASON…: accepted only where tests/skips lists the feature
	echo "$*" >"$T/.skip"
	exit 77
}

need() { # FEATURE…: skips the test where one is missing
	for feature in "$@"; do
		has_feature "$feature" || skip "$feature" "$(why_not "$feature")"
	done
}

# Is it here? The first names are the test's own, the rest are those of `skep doctor`.
has_feature() {
	case $1 in
	root) [ "$(id -u)" = 0 ] ;;
	netns) [ "$(id -u)" = 0 ] && [ -e /proc/self/ns/net ] ;;
	cgroup2) [ "$(id -u)" = 0 ] && [ -n "$(cgroup2_mount)" ] ;;
	bash | clang | jq | bpftool | python3) command -v "$1" >/dev/null 2>&1 ;;
	*) doctor_says "$1" | grep -q '"available":true' ;;
	esac
}

why_not() {
	case $1 in root | netns | cgroup2) [ "$(id -u)" = 0 ] || { echo "needs root"; return; } ;; esac
	why=$(doctor_says "$1" | sed -n 's/.*"why_not":"\(.*\)".*/\1/p')
	echo "${why:-not on this machine}"
}

# The row of the feature in `skep doctor --json`; asked once a run.
doctor_says() {
	doctor=${SKEP_DOCTOR:-$T/.doctor}
	[ -s "$doctor" ] || "$SKEP" doctor --json >"$doctor" 2>/dev/null || :
	grep -F "\"feature\":\"$1\"" "$doctor" | head -n 1
}

check_eq() { # GOT WANT WHAT
	[ "$1" = "$2" ] || fail_test "${3:-it} is '$1', not '$2'"
}

check_lines() { # FILE PATTERN COUNT: so many lines match the extended regular expression
	got=$(grep -c -E -e "$2" "$1") || :
	[ "$got" = "$3" ] || {
		show "$1"
		fail_test "$got lines of $1 match '$2', not $3"
	}
}

check_has() { # FILE TEXT: the file contains this very text
	grep -q -F -e "$2" "$1" || {
		show "$1"
		fail_test "$1 does not contain '$2'"
	}
}

check_empty() { # FILE
	[ ! -s "$1" ] || {
		show "$1"
		fail_test "$1 is not empty"
	}
}

check_status() { # WANT CMD…: runs it; stdout and stderr go to the files out and err
	want=$1 status=0
	shift
	"$@" >out 2>err || status=$?
	[ "$status" = "$want" ] || {
		show out
		show err
		fail_test "exit status $status, not $want, of: $*"
	}
}

# ---- what was said -------------------------------------------------------------------------------

value() { # FILE KEY: from the key=value lines of $LOAD
	sed -n "s/^$2=//p" "$1" | head -n 1
}

# Fields of NDJSON. Strings stay escaped as they are in JSON; a missing field is never equal to
# anything. For rows with nested objects the first field of the name counts.
json_program='
function field(line, name,    i, rest, v, c, n) {
	i = index(line, "\"" name "\":")
	if (!i) return "\001"
	rest = substr(line, i + length(name) + 3)
	sub(/^ +/, "", rest)
	if (substr(rest, 1, 1) == "[" && match(rest, /\]/)) return substr(rest, 1, RSTART)
	if (substr(rest, 1, 1) != "\"") {
		match(rest, /[],}]/)
		return substr(rest, 1, RSTART - 1)
	}
	v = ""
	for (n = 2; n <= length(rest); n++) {
		c = substr(rest, n, 1)
		if (c == "\"") break
		if (c == "\\") c = c substr(rest, ++n, 1)
		v = v c
	}
	return v
}'

json_field() { # FILE NAME: the values, one a line
	NAME=$2 awk "$json_program"'
	{ v = field($0, ENVIRON["NAME"]); if (v != "\001") print v }' "$1"
}

json_rows() { # FILE NAME=VALUE…: the rows where all of them hold
	rows_of=$1
	shift
	WANT=$(printf '%s\n' "$@") awk "$json_program"'
	BEGIN { n = split(ENVIRON["WANT"], want, "\n") }
	{
		for (i = 1; i <= n; i++) {
			if (want[i] == "") continue
			at = index(want[i], "=")
			if (field($0, substr(want[i], 1, at - 1)) != substr(want[i], at + 1)) next
		}
		print
	}' "$rows_of"
}

check_rows() { # FILE COUNT NAME=VALUE…: so many rows of the NDJSON file have these values
	rows_file=$1 rows_want=$2
	shift 2
	rows_got=$(json_rows "$rows_file" "$@" | grep -c .) || :
	[ "$rows_got" = "$rows_want" ] || {
		show "$rows_file"
		fail_test "$rows_got rows of $rows_file have $*, not $rows_want"
	}
}

program() { # NAME: the path of its source, or of its object where there is no compiler
	places="tests/progs/$1.bpf.c examples/$1.bpf.c"
	has_feature clang || places="build/tests/progs/$1.bpf.o build/examples/$1.bpf.o"
	for place in $places; do
		[ ! -e "$TESTS/../$place" ] || { echo "$TESTS/../$place"; return; }
	done
	fail_test "no program is called $1"
}

# ---- things running beside the test --------------------------------------------------------------

started= beside=

start() { # CMD…: in the background; $PID is its id. Redirect as usual: start $SKEP … >out 2>err
	"$LOAD" fresh "$@" &
	PID=$!
	started="$started $PID"
	beside=$PID
}

stop() { # PID [SIGNAL]: INT unless said; waits for its end; $STATUS is its exit status
	kill -"${2:-INT}" "$1" 2>/dev/null || :
	finish "$1"
}

finish() { # PID: waits for its end; $STATUS is its exit status
	STATUS=0
	wait "$1" || STATUS=$?
	[ "$beside" != "$1" ] || beside=
}

ended() { # PID: is it gone, or waiting for its status to be read?
	! grep -q '^State:.*[RSDTt] ' "/proc/$1/status" 2>/dev/null
}

# Until the command succeeds; at most 15 s, and no longer than what was started last is alive.
wait_for() { # COMMAND…
	tries=$((300 * ${SKEP_SLOW:-1}))
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail_test "never happened: $*"
		if [ -n "$beside" ] && ended "$beside"; then
			"$@" >/dev/null 2>&1 || fail_test "never happened, and $beside had ended: $*"
			return 0
		fi
		sleep 0.05
	done
}

wait_ready() { # FILE [PATTERN]: until something (a line with PATTERN) is in it
	if [ $# -gt 1 ]; then
		wait_for grep -q -E -e "$2" "$1"
	else
		wait_for test -s "$1"
	fi
}

# ---- places of the test's own --------------------------------------------------------------------

# Two network namespaces joined by a veth pair; they end with the test. Interface va, 10.77.0.1 and
# fd77::1 in the first; vb, 10.77.0.2 and fd77::2 in the second.
make_netns() {
	need netns
	start "$LOAD" netpair >"$T/.netpair" 2>&1
	wait_for grep -q -e '^ready=' -e '^load:' "$T/.netpair"
	netns_a=$(value "$T/.netpair" a)
	netns_b=$(value "$T/.netpair" b)
	[ -n "$netns_b" ] || skip netns "$(head -n 1 "$T/.netpair")"
}

in_a() { # CMD…: in the first namespace
	nsenter -t "$netns_a" -n "$@"
}

in_b() { # CMD…: in the second namespace
	nsenter -t "$netns_b" -n "$@"
}

cgroup2_mount() {
	awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts
}

made_cgroups=

make_cgroup() { # sets $CGROUP, the path of a new cgroup (v2)
	need cgroup2
	CGROUP=$(cgroup2_mount)/skep-test-$$-$(echo "$made_cgroups" | wc -w)
	mkdir "$CGROUP"
	made_cgroups="$made_cgroups $CGROUP"
}

in_cgroup() { # CGROUP CMD…
	(
		sh -c 'echo $PPID' >"$1/cgroup.procs"
		shift
		exec "$@"
	)
}

# ---- one test, from run.sh -----------------------------------------------------------------------

clean_up() {
	verdict=$?
	trap - EXIT
	case $verdict in 0 | 77) ;; *) echo "the test ended with status $verdict" >&2 ;; esac
	for pid in $started; do kill -TERM "$pid" 2>/dev/null || :; done
	for pid in $started; do wait "$pid" 2>/dev/null || :; done
	for dir in $made_cgroups; do
		tries=50
		while [ -d "$dir" ] && ! rmdir "$dir" 2>/dev/null && [ "$tries" -gt 0 ]; do
			tries=$((tries - 1))
			sleep 0.1
		done
		[ ! -d "$dir" ] || echo "cgroup $dir is left behind" >&2
	done
	exit "$verdict"
}

run_one() { # FILE FUNCTION
	trap clean_up EXIT
	trap 'exit 143' TERM INT HUP
	set -eu
	. "$1"
	"$2"
}
