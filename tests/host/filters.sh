# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The filters all tools share, each with a workload that only it lets through.

opens() { # FILTER… -- LOAD…: rows.txt of opensnoop
	$SKEP opensnoop --no-header -o rows.txt "$@" >said
}

test_comm() {
	need bpf
	opens -n wanted -- "$LOAD" comm iswanted open-missing 2
	check_lines rows.txt /nonexistent/skep 2
	opens -n wanted -- "$LOAD" comm other open-missing 2
	check_lines rows.txt /nonexistent/skep 0
}

test_uid() {
	need bpf root
	opens -u 4242 -- "$LOAD" as 4242 open-missing 2
	check_lines rows.txt /nonexistent/skep 2
	opens -u 4242 -- "$LOAD" open-missing 2
	check_lines rows.txt /nonexistent/skep 0
}

test_tid() {
	need bpf
	$SKEP opensnoop -t 1 --no-header -o rows.txt -- "$LOAD" open-missing 2 >said
	check_lines rows.txt . 0
}

test_cgroup() {
	need bpf cgroup2
	make_cgroup
	opens -c "$CGROUP" -- "$LOAD" open-missing 2
	check_lines rows.txt /nonexistent/skep 0
	start $SKEP opensnoop -c "$CGROUP" -o rows.txt
	wait_ready rows.txt PATH
	in_cgroup "$CGROUP" "$LOAD" open-missing 3 >said
	stop "$PID"
	check_lines rows.txt /nonexistent/skep 3
}

test_mount_namespace() {
	need bpf root
	opens --mntns $$ -- "$LOAD" open-missing 2
	check_lines rows.txt /nonexistent/skep 2
	check_status 1 $SKEP opensnoop --mntns 4194305 -d 1
	check_has err mntns
}

test_count_and_duration() {
	need bpf
	opens -N 3 -- "$LOAD" open-missing 100
	check_lines rows.txt . 3
	$SKEP opensnoop -d 200ms -p $$ -o rows.txt
	check_lines rows.txt PATH 1
}

test_columns_and_formats() {
	need bpf
	$SKEP opensnoop --columns pid,path -o rows.txt -- "$LOAD" open-missing 1 >said
	check_lines rows.txt '^ *PID PATH$' 1
	check_lines rows.txt "^ *$(value said pid) /nonexistent/skep\$" 1
	$SKEP opensnoop --csv --columns comm,err,path -o rows.csv -- "$LOAD" open-missing 1 '/nonexistent/a,b"c' >said
	check_lines rows.csv '^comm,err,path$' 1
	check_lines rows.csv '^load,ENOENT,"/nonexistent/a,b""c"$' 1
}

test_control_characters_are_escaped() {
	need bpf
	esc=$(printf '\033')
	opens -- "$LOAD" open-missing 1 "/nonexistent/${esc}[31m"
	check_has rows.txt '/nonexistent/\x1b[31m'
	check_lines rows.txt "$esc" 0
	$SKEP opensnoop -j -o rows.json -- "$LOAD" open-missing 1 "/nonexistent/${esc}" >said
	check_has rows.json '/nonexistent/\u001b'
}
