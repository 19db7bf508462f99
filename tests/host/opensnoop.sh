# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# opensnoop: every call that opens, with its result and the whole path.

open_rows() { # ARG…: what load opens, as rows.json, what it says in `said`
	$SKEP opensnoop -e -j -o rows.json -- "$LOAD" "$@" >said
}

test_counts_failed_opens() {
	need bpf
	open_rows open-missing 5 /nonexistent/a
	check_rows rows.json 5 pid="$(value said pid)" path=/nonexistent/a fd=-1 err=2 err_name=ENOENT
}

test_shows_fd_and_flags() {
	need bpf
	open_rows open /proc/version 3
	check_rows rows.json 3 path=/proc/version err=0 flags_name=O_RDONLY
	check_rows rows.json 0 path=/proc/version fd=-1
}

test_all_four_system_calls() {
	need bpf
	: >file
	open_rows openat2 "$PWD/file" 2
	check_rows rows.json 2 path="$PWD/file"
	open_rows open-legacy "$PWD/file" 2
	check_rows rows.json 2 path="$PWD/file"
	open_rows creat "$PWD/made" 2
	check_rows rows.json 2 path="$PWD/made" 'flags_name=O_WRONLY|O_CREAT|O_TRUNC'
}

test_mode_of_a_created_file() {
	need bpf
	open_rows open-flags "$PWD/new" 0101 0640
	check_rows rows.json 1 path="$PWD/new" mode=416
}

test_relative_paths_have_their_directory() {
	need bpf
	mkdir -p a/b
	: >a/b/file
	open_rows openat-rel "$PWD/a/b" file
	check_rows rows.json 1 path="$PWD/a/b/file"
	open_rows open-cwd "$PWD/a" b/file
	check_rows rows.json 1 path="$PWD/a/b/file"
}

test_long_paths_are_whole() {
	need bpf
	open_rows open-long 3000
	check_eq "$(json_field rows.json path | awk 'length > 2900' | wc -l | tr -d ' ')" 1 "paths of 3000 bytes"
	check_rows rows.json 0 path_truncated=true
}

test_unreadable_path_is_a_row() {
	need bpf
	open_rows open-fault
	check_rows rows.json 1 err_name=EFAULT path=
}

test_only_failed() {
	need bpf
	$SKEP opensnoop -x -j -o rows.json -- "$LOAD" open /proc/version 3 >said
	check_rows rows.json 0 path=/proc/version
	$SKEP opensnoop --failed -j -o rows.json -- "$LOAD" open-missing 2 >said
	check_rows rows.json 2 pid="$(value said pid)"
}

test_threads() {
	need bpf
	open_rows open-threads 4 /nonexistent/thread
	check_rows rows.json 4 pid="$(value said pid)" path=/nonexistent/thread
	check_eq "$(json_rows rows.json path=/nonexistent/thread >t; json_field t tid | sort -u | wc -l | tr -d ' ')" 4 threads
}

test_children_and_orphans_belong_to_the_tree() {
	need bpf
	open_rows spawn-tree 4
	check_rows rows.json "$(value said opens)" err_name=ENOENT comm=load
	open_rows spawn-orphan
	check_rows rows.json 1 pid="$(value said orphan)" path=/nonexistent/level-1
}

test_pid_filter() {
	need bpf
	mkfifo go
	exec 9<>go
	"$LOAD" -w open-missing 3 /nonexistent/pid <&9 >said &
	load=$!
	wait_ready said '^pid='
	start $SKEP opensnoop -p "$(value said pid)" -o rows.txt
	skep=$PID
	wait_ready rows.txt PATH
	"$LOAD" open-missing 2 /nonexistent/other >/dev/null
	echo go >&9
	finish "$load"
	stop "$skep"
	check_eq "$STATUS" 0 "the status after Ctrl-C"
	check_lines rows.txt /nonexistent/pid 3
	check_lines rows.txt /nonexistent/other 0
}

test_account_is_even() {
	need bpf
	open_rows open-missing 1000
	check_rows rows.json 1000 path=/nonexistent/skep
	grep summary rows.json >s
	produced=$(sed 's/.*"produced":\([0-9]*\).*/\1/' s) delivered=$(sed 's/.*"delivered":\([0-9]*\).*/\1/' s) lost=$(sed 's/.*"lost":\([0-9]*\).*/\1/' s)
	check_eq "$((delivered + lost))" "$produced" "delivered + lost"
}
