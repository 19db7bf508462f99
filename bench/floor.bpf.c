/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * floor: the least a tracer of openat can do on this kernel and still print real text: one ring
 * buffer, no wake-up per record. What skep's opensnoop is measured against.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "floor.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

const volatile int target;
unsigned long long lost;

static int record(const char *path)
{
	struct floor_event *e;
	int pid = bpf_get_current_pid_tgid() >> 32;

	if (target && pid != target)
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	e->pid = pid;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_probe_read_user_str(e->path, sizeof(e->path), path);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

/* The record of tracepoint syscalls/sys_enter_openat: 8 common bytes, the number, the arguments. */
struct sys_enter_openat {
	unsigned long long common;
	long nr, dfd;
	const char *path;
};

SEC("?tracepoint/syscalls/sys_enter_openat")
int floor_tracepoint(struct sys_enter_openat *ctx)
{
	return record(ctx->path);
}

SEC("?raw_tp/sys_enter")
int floor_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (void *)ctx->args[0];
	const char *path;

	if (ctx->args[1] != 257) /* openat */
		return 0;
	bpf_probe_read_kernel(&path, sizeof(path), &PT_REGS_PARM2_SYSCALL(regs));
	return record(path);
}

char _license[] SEC("license") = "GPL";
