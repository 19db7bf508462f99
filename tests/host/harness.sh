# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests' own tools, tested: what they say about the world has to be true.

test_the_workload_tells_the_truth() {
	$LOAD open-missing 3 >said
	check_eq "$(value said calls)" 3 calls
	check_eq "$(value said failed)" 3 failed
	check_eq "$(value said errno)" 2 errno
	$LOAD open /proc/version 2 >said
	check_eq "$(value said opens)" 2 opens
}

test_a_background_command_gets_ctrl_c() {
	start "$LOAD" sleep-ms 100000 >said
	wait_ready said '^pid='
	check_eq "$(value said pid)" "$PID" "the pid"
	stop "$PID"
	check_eq "$STATUS" 130 "its status"
}

test_rows_of_json_are_found() {
	cat >rows.json <<'END'
{"pid":12,"comm":"a \"b\" c","list":[1,2],"ok":true}
{"pid":123,"comm":"x","path":"/tmp/\"pid\":12","ok":false}
END
	check_rows rows.json 1 pid=12
	check_rows rows.json 1 pid=123 comm=x ok=false
	check_rows rows.json 0 pid=12 comm=x
	check_rows rows.json 0 none=12
	check_eq "$(json_field rows.json comm | head -n 1)" 'a \"b\" c' "the escaped string"
	check_eq "$(json_field rows.json list)" '[1,2]' "the list"
}

test_namespaces_reach_each_other() {
	make_netns
	in_a cat /proc/net/dev >a
	in_b cat /proc/net/dev >b
	check_lines a '^ *va:' 1
	check_lines b '^ *vb:' 1
	check_lines a '^ *vb:' 0
}

test_a_cgroup_holds_a_command() {
	make_cgroup
	in_cgroup "$CGROUP" cat /proc/self/cgroup >said
	check_has said "${CGROUP##*/}"
}
