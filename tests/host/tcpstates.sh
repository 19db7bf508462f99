# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tcpstates: the states of one connection, both ends, with their owner.


test_one_connection() {
	need bpf
	$SKEP tcpstates -j -o rows.json -- "$LOAD" tcp4 >said
	check_rows rows.json 1 oldstate_name=CLOSE newstate_name=LISTEN laddr=127.0.0.1 lport="$(value said port)" pid="$(value said pid)"
	check_rows rows.json 1 newstate_name=SYN_SENT raddr=127.0.0.1 rport="$(value said port)" pid="$(value said pid)"
	check_rows rows.json 2 newstate_name=ESTABLISHED comm=load
	check_rows rows.json 3 newstate_name=CLOSE
}

test_ipv6() {
	need bpf
	$SKEP tcpstates -6 -j -o rows.json -- "$LOAD" tcp6 >said
	check_rows rows.json 2 newstate_name=ESTABLISHED family_name=inet6 laddr=::1 raddr=::1
	$SKEP tcpstates -4 -j -o rows.json -- "$LOAD" tcp6 >said
	check_rows rows.json 0 family_name=inet6
}

test_refused() {
	need bpf
	$SKEP tcpstates -j -o rows.json -- "$LOAD" connect-refused >said
	check_rows rows.json 1 oldstate_name=SYN_SENT newstate_name=CLOSE
	check_rows rows.json 0 newstate_name=ESTABLISHED
}

test_ports_filter() {
	need bpf
	$SKEP tcpstates -L 1 -j -o rows.json -- "$LOAD" tcp4 >said
	check_rows rows.json 0 comm=load
}

test_time_in_a_state() {
	need bpf
	$SKEP tcpstates -j -o rows.json -- "$LOAD" tcp4 >said
	check_rows rows.json 0 oldstate_name=SYN_SENT duration_ns=0
}
