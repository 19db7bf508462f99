/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bootstrap: exec and exit of processes side by side, the exit with the time since the exec (lesson 11). */
#include "skep.bpf.h"

SKEP_TOOL("Show processes starting and ending, with how long each ran",
	SKEP_ABOUT("EXEC rows show the file that is run, EXIT rows how the process ended and how long after its "
		   "exec. A process that was not seen starting has the time since its birth."),
	SKEP_EXAMPLE("bootstrap -- sh -c 'sleep 0.1; true'", "a shell, and what it starts"),
	SKEP_EXAMPLE("bootstrap --min-duration 50ms -- sh -c 'sleep 0.1; true'", "only what ran for 50 ms or more"));

SKEP_OPTION(skep_ns_t, min_duration, "m", "only exits of processes that ran at least this long");

enum what { EXEC, EXIT };

struct event {
	skep_time_t time;
	enum what event SKEP_WIDTH(5);
	char comm[16];
	pid_t pid;
	pid_t ppid;
	skep_ns_t duration;
	skep_wstatus_t exit SKEP_INSTEAD_OF(file);
	skep_str_t file SKEP_TITLE("FILE/EXIT");
};

SKEP_STREAM(events, struct event, 256);
SKEP_PROCESS_END();

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u64);
} started SEC(".maps");

static __always_inline struct event *begin(__u64 now, enum what what)
{
	struct event *e = skep_begin(struct event);

	if (!e)
		return NULL;
	e->time = now;
	e->event = what;
	e->pid = skep_pid();
	e->ppid = skep_ppid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	return e;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct linux_binprm *bprm = (void *)ctx->args[2];
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	__u64 now = bpf_ktime_get_ns();
	struct event *e;

	if (!skep_filter())
		return 0;
	bpf_map_update_elem(&started, &pid, &now, BPF_ANY);
	if (min_duration)
		return 0;
	e = begin(now, EXEC);
	if (!e)
		return 0;
	skep_add_str(e, &e->file, BPF_CORE_READ(bprm, filename));
	skep_send(&events, e);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	__u64 now = bpf_ktime_get_ns(), duration, *at;
	struct event *e;

	if (!skep_filter() || !skep_process_ended(task))
		return 0;
	at = bpf_map_lookup_elem(&started, &pid);
	duration = now - (at ? *at : BPF_CORE_READ(task, group_leader, start_time));
	bpf_map_delete_elem(&started, &pid);
	if (duration < min_duration)
		return 0;
	e = begin(now, EXIT);
	if (!e)
		return 0;
	e->duration = duration;
	e->exit = BPF_CORE_READ(task, exit_code);
	skep_send(&events, e);
	return 0;
}
