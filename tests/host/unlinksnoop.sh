# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# unlinksnoop: the same rows from whichever of its three ways this kernel allows.

test_unlink_and_unlinkat() {
	need bpf
	$SKEP unlinksnoop -j -o rows.json -- "$LOAD" unlink 3 "$PWD" >said
	check_rows rows.json 3 err=0 pid="$(value said pid)"
	$SKEP unlinksnoop -j -o rows.json -- "$LOAD" unlinkat 3 "$PWD" >said
	check_rows rows.json 3 err=0
	check_eq "$(json_field rows.json path | grep -c "^$PWD/")" 3 "paths in $PWD"
}

test_directories_are_no_files() {
	need bpf
	$SKEP unlinksnoop -j -o rows.json -- "$LOAD" rmdir 2 "$PWD" >said
	check_rows rows.json 0 comm=load
}

test_failures() {
	need bpf
	$SKEP unlinksnoop -x -j -o rows.json -- "$LOAD" unlink-missing 4 /nonexistent/u >said
	check_rows rows.json 4 err_name=ENOENT path=/nonexistent/u
}

test_one_way_only() {
	need bpf
	$SKEP unlinksnoop -v -o rows.txt -- "$LOAD" unlink 1 "$PWD" >said 2>err
	n=$(grep -c 'unlinksnoop: attached' err)
	# the tree's two, and either the pair on the function or the one system call tracepoint
	[ "$n" = 4 ] || [ "$n" = 3 ] || fail_test "$n programs attached: $(cat err)"
	check_lines rows.txt "$PWD/" 1
}
