# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Rows as table, JSON and CSV from end to end, and what is said when something is wrong with the
# machine, the rights or the output. (Command lines and files that are wrong: tests/golden.)

nasty=$(printf '/nonexistent/a,"b" c\033\377\303\251')

test_the_same_rows_in_every_format() {
	need bpf
	for format in --json --csv --wide; do
		$SKEP opensnoop $format -o "rows$format" -- "$LOAD" open-missing 3 /nonexistent/a >said
	done
	check_rows rows--json 3 path=/nonexistent/a err=2 err_name=ENOENT comm=load fd=-1
	check_lines rows--csv '^[0-9T:.Z-]+,[0-9]+,[0-9]+,load,-1,ENOENT,/nonexistent/a$' 3
	check_lines rows--wide '^ *[0-9]+ load +-1 +ENOENT +/nonexistent/a$' 3
}

test_nasty_text() {
	need bpf
	$SKEP opensnoop -j -o rows.json -- "$LOAD" open-missing 1 "$nasty" >said
	check_has rows.json '"path":"/nonexistent/a,\"b\" c\u001b'
	check_has rows.json "\"path_hex\":\"2f6e6f6e6578697374656e742f612c22622220631bffc3a9\""
	$SKEP opensnoop --csv -o rows.csv -- "$LOAD" open-missing 1 "$nasty" >said
	check_has rows.csv ',"/nonexistent/a,""b"" c\x1b\xffé"'
	$SKEP opensnoop -o rows -- "$LOAD" open-missing 1 "$nasty" >said
	check_has rows ' /nonexistent/a,"b" c\x1b\xffé'
}

test_text_that_was_cut_is_marked() {
	need bpf
	$SKEP opensnoop -j -o rows.json -- "$LOAD" open-long 5000 >said
	check_lines rows.json '"path_truncated":true' 1
	$SKEP opensnoop -o rows -- "$LOAD" open-long 5000 >said
	check_lines rows '[a-z]\.\.\.$' 1
}

test_times_agree() {
	need bpf
	$SKEP opensnoop -j -o rows.json -- "$LOAD" open-missing 1 >said
	time=$(json_field rows.json time | sed 's/.*\.\([0-9]*\)Z/\1/')
	check_eq "$(json_field rows.json time_ns | sed 's/.*\(.........\)$/\1/')" "$time" "the nanoseconds"
	now=$(date +%s) row=$(json_field rows.json time_ns | sed 's/.........$//')
	[ $((now - row)) -le 60 ] && [ $((row - now)) -le 2 ] || fail_test "the row is of $row, and it is $now"
	check_lines rows.json "\"time\":\"$(date -u +%Y-%m-)" 1
}

test_columns() {
	need bpf
	$SKEP opensnoop --columns path,PID -o rows -- "$LOAD" open-missing 1 >said
	check_lines rows '^PATH +PID$' 1
	check_lines rows "^/nonexistent/skep +$(value said pid)\$" 1
	$SKEP opensnoop --columns path --no-header --csv -o rows -- "$LOAD" open-missing 2 >said
	check_eq "$(sort -u rows)" /nonexistent/skep "the rows"
	"$SKEP" opensnoop --columns nothing -d 1 >out 2>err && fail_test "a column that is not there was accepted"
	check_has err "--columns: events has no column 'nothing'; it has time,"
	check_lines err . 1
}

test_colour_only_on_a_terminal() {
	need bpf
	esc=$(printf '\033')
	$SKEP opensnoop -o rows -- "$LOAD" open-missing 1 >said
	check_lines rows "$esc" 0
	"$LOAD" pty 80x24 $SKEP opensnoop -- "$LOAD" open-missing 1 >screen
	check_lines screen "^$esc\\[1m *PID" 1
	NO_COLOR=1 "$LOAD" pty 80x24 $SKEP opensnoop -- "$LOAD" open-missing 1 >screen
	check_lines screen "$esc" 0
	TERM=dumb "$LOAD" pty 80x24 $SKEP opensnoop -- "$LOAD" open-missing 1 >screen
	check_lines screen "$esc" 0
}

test_a_file_that_cannot_be_written() {
	need bpf
	check_status 1 $SKEP opensnoop -o /nonexistent/dir/rows -d 1
	check_has err 'cannot write to /nonexistent/dir/rows: No such file or directory'
	check_lines err . 1
	check_status 1 $SKEP opensnoop -o . -d 1
	check_lines err . 1
}

# ---- what the machine does not have --------------------------------------------------------------

test_no_privileges() {
	need bpf root
	"$LOAD" as 4242 exec "$SKEP" opensnoop -d 1 >out 2>err
	check_lines out '^status=3$' 1
	check_has err 'CAP_BPF'
	check_lines err . 1
	# what needs none still works
	"$LOAD" as 4242 exec "$SKEP" opensnoop --help >out 2>err
	check_lines out '^status=0$' 1
	"$LOAD" as 4242 exec "$SKEP" opensnoop --jsn >out 2>err
	check_lines out '^status=2$' 1
}

test_no_types_of_the_kernel() {
	need bpf
	check_status 2 $SKEP opensnoop --btf /nonexistent/btf -d 1
	check_has err '/nonexistent/btf: No such file'
	check_lines err . 1
	check_status 3 $SKEP opensnoop --btf /etc/passwd -d 1 # a file that holds none
	check_has err BTF
	check_lines err . 1
}

test_no_compiler() {
	need bpf
	echo 'int x;' >x.bpf.c
	status=0
	PATH=/nonexistent "$SKEP" run x.bpf.c >out 2>err || status=$?
	check_eq "$status" 1 "the status"
	check_has err clang
	check_has err 'a compiled .bpf.o runs without it'
	check_lines err . 1
}

test_namespaces_and_cgroups_that_are_not_there() {
	need bpf
	check_status 1 $SKEP opensnoop --mntns 4194305 -d 1
	check_lines err . 1
	check_status 1 $SKEP opensnoop --pidns 4194305 -d 1
	check_lines err . 1
	check_status 1 $SKEP opensnoop -c /nonexistent/cgroup -d 1
	check_has err /nonexistent/cgroup
	check_lines err . 1
}

test_installed_names() {
	mkdir names
	$SKEP --install names >out
	names/opensnoop --help >help
	check_has help 'opensnoop: Show files as they are opened'
	status=0
	names/opensnoop --jsn 2>err || status=$?
	check_eq "$status" 2 "the status"
	check_lines err '^opensnoop: unknown option --jsn; did you mean --json\?$' 1
	echo mine >names/other
	rm names/execsnoop && echo mine >names/execsnoop
	$SKEP --install names >out 2>err
	check_has err 'names/execsnoop is there already'
	check_eq "$(cat names/execsnoop)" mine "the file of somebody else"
}

test_completion_and_man_page() {
	for shell in bash zsh fish; do
		$SKEP completion $shell >out
		check_has out 'skep completion words'
	done
	$SKEP man >page
	for tool in $($SKEP list | awk '{ print $1 }'); do
		check_lines page "^\\.SS $tool\$" 1
	done
	check_has page '.SH EXIT STATUS'
}
