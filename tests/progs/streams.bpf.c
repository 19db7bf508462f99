/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two ring buffers and a perf event array, a struct in each. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct begun {
	int pid;
	char comm[16];
};

struct ended {
	int pid;
	int code;
	__u64 when;
};

struct forked {
	int pid;
	int child;
	__u32 nothing;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
	__type(value, struct begun);
} begun SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
	__type(value, struct ended);
} ended SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, int);
	__type(value, struct forked);
} forks SEC(".maps");

SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	struct begun b = {.pid = bpf_get_current_pid_tgid() >> 32};

	bpf_get_current_comm(b.comm, sizeof(b.comm));
	bpf_ringbuf_output(&begun, &b, sizeof(b), 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct ended e = {.pid = bpf_get_current_pid_tgid() >> 32, .when = 1};

	e.code = task->exit_code >> 8;
	bpf_ringbuf_output(&ended, &e, sizeof(e), 0);
	return 0;
}

SEC("tp/sched/sched_process_fork")
int on_fork(struct trace_event_raw_sched_process_fork *ctx)
{
	struct forked f = {.pid = bpf_get_current_pid_tgid() >> 32, .child = ctx->child_pid};

	bpf_perf_event_output(ctx, &forks, BPF_F_CURRENT_CPU, &f, sizeof(f));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
