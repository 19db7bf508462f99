/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* exitsnoop: processes as they end: how long they lived and how they ended. */
#include "skep.bpf.h"

SKEP_TOOL("Show processes as they end: age, exit code or signal",
	SKEP_ABOUT("A process is shown when its last thread ends. EXIT is 0, the code, or the signal that killed "
		   "it. With --threads every thread is shown."),
	SKEP_EXAMPLE("exitsnoop -- sh -c 'sleep 0.1; exit 3'", "two processes, one of them failing"),
	SKEP_EXAMPLE("exitsnoop --failed -d 60", "what fails within a minute"));

SKEP_OPTION(bool, failed, "x", "only what did not end with 0");
SKEP_OPTION(bool, threads, "", "every thread, not only whole processes");

struct event {
	skep_time_t time;
	uid_t uid SKEP_HIDDEN;
	char comm[16] SKEP_TITLE("PCOMM");
	pid_t pid;
	pid_t ppid;
	pid_t tid SKEP_SHOWN_BY(threads);
	skep_ns_t age;
	skep_wstatus_t exit;
};

SKEP_STREAM(events, struct event, 256);
SKEP_PROCESS_END();

SEC("raw_tp/sched_process_exit")
int ended(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	__u32 code = BPF_CORE_READ(task, exit_code);
	struct event *e;

	if ((failed && !code) || !skep_filter())
		return 0;
	if (!threads && !skep_process_ended(task))
		return 0;
	e = skep_begin(struct event);
	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	e->uid = skep_uid();
	e->pid = skep_pid();
	e->tid = skep_tid();
	e->ppid = skep_ppid();
	e->age = e->time - (threads ? BPF_CORE_READ(task, start_time)
				    : BPF_CORE_READ(task, group_leader, start_time));
	e->exit = code;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	skep_send(&events, e);
	return 0;
}
