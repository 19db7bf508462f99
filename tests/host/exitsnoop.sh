# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# exitsnoop and bootstrap: how processes ended, and how long they lived.

test_codes_and_signals() {
	need bpf
	$SKEP exitsnoop -j -o rows.json -- "$LOAD" exit 7 >said
	check_rows rows.json 1 exit=1792 exit_name="code 7"
	$SKEP exitsnoop -j -o rows.json -- "$LOAD" kill-child 9 >said
	check_rows rows.json 1 exit=9 exit_name=SIGKILL
	$SKEP exitsnoop -j -o rows.json -- "$LOAD" exit 0 >said
	check_rows rows.json 2 exit_name=0
}

test_only_failed() {
	need bpf
	$SKEP exitsnoop -x -j -o rows.json -- "$LOAD" exit 3 >said
	check_rows rows.json 1 exit_name="code 3"
	check_rows rows.json 0 exit=0
}

test_age_is_that_of_the_process() {
	need bpf
	$SKEP exitsnoop -x -j -o rows.json -- "$LOAD" exit 3 300 >said
	age=$(json_rows rows.json exit_name="code 3" >r; json_field r age_ns)
	[ "$age" -ge 300000000 ] || fail_test "a child of 300 ms was $age ns old"
}

test_processes_and_threads() {
	need bpf
	$SKEP exitsnoop -j -o rows.json -- "$LOAD" exit-threads 5 >said
	check_rows rows.json 1 comm=load
	$SKEP exitsnoop --threads -j -o rows.json -- "$LOAD" exit-threads 5 >said
	check_rows rows.json 6 comm=load
}

test_bootstrap_pairs_exec_and_exit() {
	need bpf
	$SKEP bootstrap -j -o rows.json -- "$LOAD" exit 4 50 >said
	check_rows rows.json 1 event_name=EXEC file="$LOAD"
	check_rows rows.json 2 event_name=EXIT
	check_rows rows.json 1 event_name=EXIT exit_name="code 4"
}

test_bootstrap_min_duration() {
	need bpf
	$SKEP bootstrap --min-duration 100ms -j -o rows.json -- "$LOAD" exit 4 200 >said
	check_rows rows.json 0 event_name=EXEC
	check_rows rows.json 1 exit_name="code 4"
	$SKEP bootstrap --min-duration 1h -j -o rows.json -- "$LOAD" exit 4 >said
	check_rows rows.json 0 event_name=EXIT
}

test_hello_says_hello() {
	need bpf
	$SKEP hello -j -o rows.json -- "$LOAD" exec "$LOAD" nothing >said
	check_rows rows.json 2 greeting="hello, kernel" comm=load
}
