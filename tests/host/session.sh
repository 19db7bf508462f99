# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A session's life: Ctrl-C, a reader that is slow or goes away, a full disk, injected failures.

summary() { # FILE NAME: a number of the closing account
	grep summary "$1" | sed "s/.*\"$2\":\([0-9]*\).*/\1/"
}

test_ctrl_c_ends_well() {
	need bpf
	start $SKEP opensnoop -p $$ -o rows.txt
	wait_ready rows.txt PATH
	stop "$PID"
	check_eq "$STATUS" 0 "the status"
}

test_a_line_comes_at_once() {
	need bpf
	mkfifo go
	exec 9<>go
	"$LOAD" -w open-missing 1 <&9 >said &
	load=$!
	wait_ready said '^pid='
	start $SKEP opensnoop -p "$(value said pid)" -o rows.txt
	wait_ready rows.txt PATH
	echo go >&9
	wait_ready rows.txt /nonexistent/skep
	stop "$PID"
	finish "$load"
}

test_slow_reader_is_accounted_for() {
	need bpf
	($SKEP opensnoop -j --buffer 64K -- sh -c '"$LOAD" storm 1 1 >&2'; echo "status=$?" >status) 2>err | "$LOAD" drain 1000000 copy.json >drained
	check_eq "$(cat status)" status=0 "skep's end"
	produced=$(summary copy.json produced) delivered=$(summary copy.json delivered) lost=$(summary copy.json lost)
	check_eq "$((delivered + lost))" "$produced" "delivered + lost"
	check_eq "$(grep -c '"time_ns"' copy.json)" "$delivered" "rows that came out"
	[ "$lost" -gt 0 ] || fail_test "a slow reader lost nothing"
}

test_closed_pipe() {
	need bpf
	($SKEP opensnoop -- "$LOAD" open-missing 100000; echo "status=$?" >status) 2>err | "$LOAD" head 2 >said
	check_eq "$(cat status)" status=0 "skep's end"
	check_empty err
}

test_full_disk() {
	need bpf
	check_status 1 $SKEP opensnoop -o /dev/full -- "$LOAD" open-missing 10
	check_has err "No space left on device"
}

test_child_that_cannot_start() {
	need bpf
	check_status 1 $SKEP opensnoop -- /nonexistent/command
	check_has err "cannot start /nonexistent/command"
	check_status 1 $SKEP opensnoop -- /proc/version
	check_has err "cannot start /proc/version"
}

test_on_a_terminal() {
	need bpf
	"$LOAD" pty 40x10 $SKEP opensnoop -- "$LOAD" open-missing 1 /nonexistent/quite/a/long/path/that/is/wider/than/forty >screen
	check_has screen "…"
	check_lines screen wider 0
	"$LOAD" pty 40x10 $SKEP opensnoop --wide -- "$LOAD" open-missing 1 /nonexistent/quite/a/long/path/that/is/wider/than/forty >screen
	check_has screen wider/than/forty
}

# Every bpf(2) call of a start fails once: one message, no crash, nothing left (the runner looks).
test_every_failing_call_is_survived() {
	need bpf
	n=1
	while [ "$n" -lt 60 ]; do
		status=0
		SKEP_FAIL_BPF=$n:ENOMEM $SKEP opensnoop -o rows.txt -- "$LOAD" nothing >said 2>err || status=$?
		[ "$status" -le 3 ] || fail_test "call $n: status $status: $(cat err)"
		if [ "$status" != 0 ] && [ ! -s err ]; then
			fail_test "call $n: failed without a word"
		fi
		n=$((n + 1))
	done
}
