/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same event by three means: a loader that attached them all would count it three times. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct event {
	int pid;
	char how[12];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
	__type(value, struct event);
} events SEC(".maps");

static int send(const char *how)
{
	struct event e = {.pid = bpf_get_current_pid_tgid() >> 32};

	bpf_probe_read_kernel_str(e.how, sizeof(e.how), how);
	bpf_ringbuf_output(&events, &e, sizeof(e), 0);
	return 0;
}

SEC("tp/sched/sched_process_exec")
int by_tp(void *ctx)
{
	return send("tp");
}

SEC("raw_tp/sched_process_exec")
int by_raw_tp(void *ctx)
{
	return send("raw_tp");
}

SEC("tp_btf/sched_process_exec")
int by_tp_btf(void *ctx)
{
	return send("tp_btf");
}

char LICENSE[] SEC("license") = "GPL";
