# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# sigsnoop: who sends which signal to whom, by which system call, and what fails.

test_a_signal() {
	need bpf
	$SKEP sigsnoop -j -o rows.json -- "$LOAD" kill-child 15 >said
	check_rows rows.json 1 sig=15 sig_name=SIGTERM pid="$(value said pid)" tpid="$(value said child)"
}

test_every_system_call_that_sends() {
	need bpf
	for how in kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo; do
		$SKEP sigsnoop -k -s SIGUSR1 -j -o rows.json -- "$LOAD" kill-child 10 "$how" >said
		check_rows rows.json 1 sig=10 result_name=SENT tpid="$(value said child)" tcomm=load
	done
}

test_failed_attempts() {
	need bpf
	$SKEP sigsnoop -x -j -o rows.json -- "$LOAD" kill-missing 9 >said
	check_rows rows.json 1 sig_name=SIGKILL err_name=ESRCH result_name=FAILED
	$SKEP sigsnoop -x -j -o rows.json -- "$LOAD" kill-child 15 >said
	check_rows rows.json 0 sig=15
}

test_signal_filter() {
	need bpf
	$SKEP sigsnoop -s TERM -j -o rows.json -- "$LOAD" kill-child 15 >said
	check_rows rows.json 0 sig_name=SIGCHLD
	check_rows rows.json 1 sig_name=SIGTERM
}

test_faults_are_seen() {
	need bpf
	$SKEP sigsnoop -j -o rows.json -- "$LOAD" crash segv >said
	check_rows rows.json 1 sig_name=SIGSEGV
}
