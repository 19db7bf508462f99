/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who sends which signal to whom, with kill(2): a hash map carries what is known at entry to the exit. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define MAX_ENTRIES 10240
#define TASK_COMM_LEN 16

struct event {
	unsigned int pid;
	unsigned int tpid;
	int sig;
	int ret;
	char comm[TASK_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENTRIES);
	__type(key, __u32);
	__type(value, struct event);
} values SEC(".maps");

static int probe_entry(pid_t tpid, int sig)
{
	struct event event = {};
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 tid = (__u32)pid_tgid;

	event.pid = pid_tgid >> 32;
	event.tpid = tpid;
	event.sig = sig;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_map_update_elem(&values, &tid, &event, BPF_ANY);
	return 0;
}

static int probe_exit(int ret)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct event *event = bpf_map_lookup_elem(&values, &tid);

	if (!event)
		return 0;
	event->ret = ret;
	bpf_printk("PID %d (%s) sent signal %d ", event->pid, event->comm, event->sig);
	bpf_printk("to PID %d, ret = %d", event->tpid, ret);
	bpf_map_delete_elem(&values, &tid);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_kill")
int kill_entry(struct trace_event_raw_sys_enter *ctx)
{
	return probe_entry((pid_t)ctx->args[0], (int)ctx->args[1]);
}

SEC("tracepoint/syscalls/sys_exit_kill")
int kill_exit(struct trace_event_raw_sys_exit *ctx)
{
	return probe_exit(ctx->ret);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
