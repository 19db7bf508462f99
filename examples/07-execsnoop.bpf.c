/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* New programs as they start: one event each, through a perf event array. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define TASK_COMM_LEN 16

struct event {
	int pid;
	int ppid;
	int uid;
	char comm[TASK_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} events SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_execve")
int trace_execve(struct trace_event_raw_sys_enter *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct event event = {};

	event.pid = bpf_get_current_pid_tgid() >> 32;
	event.uid = (u32)bpf_get_current_uid_gid();
	event.ppid = BPF_CORE_READ(task, real_parent, tgid);
	bpf_probe_read_user_str(event.comm, sizeof(event.comm), (const char *)ctx->args[0]);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
