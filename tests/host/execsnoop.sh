# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# execsnoop: commands with their real arguments, and attempts that failed.

exec_rows() {
	$SKEP execsnoop --fails -j -o rows.json -- "$LOAD" "$@" >said
}

test_arguments_are_whole() {
	need bpf
	exec_rows exec "$LOAD" nothing one 'two words' ''
	check_rows rows.json 1 args="[\"$LOAD\",\"nothing\",\"one\",\"two words\",\"\"]" err=0 path="$LOAD"
}

test_execveat() {
	need bpf
	exec_rows execveat "$LOAD" nothing by-descriptor
	check_eq "$(grep -c by-descriptor rows.json)" 2 "rows with that argument: load's own and its child's"
}

test_failed_attempts() {
	need bpf
	exec_rows exec-missing /nonexistent/command
	check_rows rows.json 1 path=/nonexistent/command err_name=ENOENT ppid="$(value said pid)"
	$SKEP execsnoop -j -o rows.json -- "$LOAD" exec-missing /nonexistent/command >said
	check_rows rows.json 0 path=/nonexistent/command
}

test_many_arguments_are_marked_when_cut() {
	need bpf
	exec_rows exec-args 50 100
	check_rows rows.json 0 args_truncated=true
	exec_rows exec-args 200 100
	check_rows rows.json 1 args_truncated=true
}

test_exec_by_a_thread() {
	need bpf
	exec_rows exec-thread
	check_eq "$(grep -c '"args":\[' rows.json)" 2 "execs: load's own and the thread's"
}

test_user_and_parent() {
	need bpf root
	$SKEP execsnoop -U -j -o rows.json -- "$LOAD" as 12345 exec "$LOAD" nothing >said
	check_rows rows.json 1 uid=12345
	check_rows rows.json 1 ppid="$(value said pid)"
}

test_table_quotes_words() {
	need bpf
	$SKEP execsnoop -o rows.txt -- "$LOAD" exec "$LOAD" nothing 'a b' "it's" '$x' >said
	check_has rows.txt "nothing 'a b' 'it'\\''s' '\$x'"
}
