# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The programs of a beginner's lessons (examples/), which know nothing of skep: each shows what a
# workload of known answer does. Where there is no compiler, the objects made of them.

example() { # NAME [OPTION…] [-- COMMAND…]
	file=$(program "$1")
	shift
	$SKEP run "$file" "$@"
}

# Beside the test, on interface lo of a network namespace, until it is attached. $PID
on_lo() { # NAME HOW
	make_netns
	start nsenter -t "$netns_a" -n $SKEP run "$(program "$1")" -I lo -v -o lines >out 2>err
	wait_ready err "attached $2"
}

test_01_hello() {
	need bpf tracepoint
	example 01-hello -o lines -- "$LOAD" open-missing 1 >said
	# $LOAD writes a line for each thing it says
	check_lines lines "^BPF triggered sys_enter_write from PID $(value said pid)\.\$" "$(grep -c = said)"
	check_eq "$(grep -c . lines)" "$(grep -c = said)" "all lines"
}

test_01_hello_by_its_own_option() {
	need bpf tracepoint
	"$LOAD" -w open-missing 1 <&- >said || : # a pid that is gone
	example 01-hello --pid_filter "$(value said pid)" -o lines -- "$LOAD" open-missing 1 >other
	check_empty lines
}

test_02_kprobe_unlink() {
	need bpf kprobe
	example 02-kprobe-unlink -o lines -- "$LOAD" unlink 3 "$PWD" >said
	pid=$(value said pid)
	check_lines lines "^KPROBE ENTRY pid = $pid, filename = $PWD/" 3
	check_lines lines "^KPROBE EXIT: pid = $pid, ret = 0\$" 3
}

test_03_fentry_unlink() {
	need bpf fentry
	example 03-fentry-unlink -o lines -- "$LOAD" unlink 3 "$PWD" >said
	pid=$(value said pid)
	check_lines lines "^fentry: pid = $pid, filename = $PWD/" 3
	check_lines lines "^fexit: pid = $pid, filename = $PWD/.*, ret = 0\$" 3
}

test_04_opensnoop() {
	need bpf tracepoint
	example 04-opensnoop -o lines -- "$LOAD" open-missing 5 >said
	check_lines lines "^Process ID: $(value said pid) enter sys openat\$" 5
	example 04-opensnoop --pid_target 1 -o lines -- "$LOAD" open-missing 5 >said
	check_lines lines "$(value said pid)" 0
}

test_04_help_tells_its_description() {
	need bpf clang
	example 04-opensnoop --help >help
	check_has help "Trace open family syscalls."
	check_has help "--pid-target"
	check_has help "Process ID to trace"
}

test_05_bashreadline() {
	need bpf uprobe
	example 05-bashreadline --binary "$LOAD" --symbol readline -o lines -- "$LOAD" readline 'echo  hi' 2 >said
	check_lines lines "^PID $(value said pid) \(load\) read: echo  hi\$" 2
}

test_05_bashreadline_in_bash() {
	need bpf uprobe bash
	nm -D /bin/bash 2>/dev/null | grep -q ' readline$' || return 0 # linked to a library
	printf 'echo typed by nobody\nexit\n' >typed
	example 05-bashreadline -o lines -- sh -c 'bash --norc -i <typed' >said 2>&1
	check_lines lines '^PID [0-9]+ \(bash\) read: echo typed by nobody$' 1
}

test_06_sigsnoop() {
	need bpf tracepoint
	example 06-sigsnoop -o lines -- "$LOAD" kill-child 10 >said
	check_has lines "PID $(value said pid) (load) sent signal 10"
	check_has lines "to PID $(value said child), ret = 0"
}

test_07_execsnoop() {
	need bpf tracepoint
	example 07-execsnoop -j -o rows.json -- "$LOAD" exec /proc/self/exe nothing >said
	check_rows rows.json 1 pid="$(value said child)" ppid="$(value said pid)" comm=/proc/self/exe uid=0
	check_rows rows.json 1 pid="$(value said pid)"
	check_has rows.json '"delivered":2,"lost":0'
}

test_08_exitsnoop() {
	need bpf tracepoint
	example 08-exitsnoop -j -o rows.json -- "$LOAD" exit 7 20 >said
	check_rows rows.json 1 pid="$(value said child)" ppid="$(value said pid)" exit_code=7 comm=load
	check_rows rows.json 1 pid="$(value said pid)" exit_code=0
	ns=$(json_rows rows.json pid="$(value said child)" | sed 's/.*"duration_ns":\([0-9]*\).*/\1/')
	[ "$ns" -ge 20000000 ] || fail_test "a child of 20 ms lived $ns ns"
}

test_08_exitsnoop_as_a_table() {
	need bpf tracepoint
	example 08-exitsnoop -o rows -- "$LOAD" exit 7 >said
	check_lines rows '^ *PID +PPID +EXIT_CODE +DURATION_NS +COMM$' 1
	check_lines rows "^ *$(value said child) +$(value said pid) +7 +[0-9]+ load\$" 1
}

test_09_runqlat() {
	need bpf raw_tp
	mkfifo go
	exec 9<>go
	"$LOAD" -w open-every 2 50 <&9 >said &
	load=$!
	wait_ready said '^pid='
	pid=$(value said pid)
	start $SKEP run "$(program 09-runqlat)" --targ_per_process --targ-tgid "$pid" -i 1h -j -o rows.json -v 2>err
	wait_ready err 'attached .*sched_switch'
	echo go >&9
	finish "$load"
	stop "$PID"
	# it slept fifty times
	check_rows rows.json 1 stream=hists key="$pid" comm=load
	count=$(json_rows rows.json key="$pid" | sed 's/.*"hist":{"unit":"[^"]*","count":\([0-9]*\).*/\1/')
	[ "$count" -ge 50 ] || fail_test "$count waits for a CPU, and it slept 50 times"
}

test_10_softirqs() {
	need bpf raw_tp
	example 10-softirqs -j -o rows.json -- "$LOAD" udp 0 100 >said
	counts=$(json_rows rows.json stream=globals | sed 's/.*"counts":\[\([^]]*\)\].*/\1/')
	received=$(echo "$counts" | cut -d, -f4) # NET_RX
	[ "$received" -gt 0 ] || fail_test "no NET_RX among $counts"
}

test_10_softirqs_distribution() {
	need bpf raw_tp
	example 10-softirqs --targ-dist -o rows -- "$LOAD" udp 0 100 >said
	check_has rows "distribution"
}

# Interrupts come from whatever this machine has: its disk, its serial line.
interrupt() {
	dd if=/dev/zero of=blocks bs=4096 count=8 conv=fsync 2>/dev/null
	case ${SKEP_TEST_ENV:-} in guest-*) echo . >/dev/ttyS0 ;; esac
	[ "$(json_field rows.json "$1" | awk '{ n += $1 } END { print n + 0 }')" -gt 0 ]
}

hardirqs() { # FIELD OPTION…
	need bpf raw_tp
	field=$1
	shift
	start $SKEP run "$(program 10-hardirqs)" "$@" -i 100ms -j -o rows.json -v 2>err
	wait_ready err 'attached .*irq_handler_entry'
	wait_for interrupt "$field"
	stop "$PID"
	check_eq "$STATUS" 0 "the status"
	# the better of the twins and no other
	check_lines err 'attached .*irq_handler_(entry|exit)$' 2
}

test_10_hardirqs_counts() {
	hardirqs count --do_count
}

test_10_hardirqs_distribution() {
	hardirqs p50 --targ-dist --targ-ns
	check_has rows.json '"buckets":[{"lo":'
}

test_19_lsm_connect() {
	need bpf lsm
	example 19-lsm-connect -o lines -- "$LOAD" connect-refused >said
	check_lines lines '^lsm: found connect to 16777343$' 1 # 127.0.0.1
	check_eq "$(value said errno)" 111 "connect's errno"
}

test_20_tc() {
	need bpf tc
	on_lo 20-tc 'tc'
	in_a "$LOAD" udp 0 10 100 >said
	stop "$PID"
	check_eq "$STATUS" 0 "the status"
	check_lines lines '^Got IP packet: tot_len: 128, ttl: 64$' 10
	check_eq "$(grep -c . lines)" 10 "all lines"
}

test_21_xdp() {
	need bpf xdp_generic
	on_lo 21-xdp 'xdp on lo'
	in_a "$LOAD" udp 0 10 100 >said
	stop "$PID"
	check_eq "$STATUS" 0 "the status"
	check_lines lines '^packet size is 142$' 10
	check_eq "$(grep -c . lines)" 10 "all lines"
}
