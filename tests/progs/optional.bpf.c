/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that may be missing ("?"), because this kernel has no such hook, beside one that may not. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct event {
	int pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
	__type(value, struct event);
} events SEC(".maps");

SEC("?raw_tp/skep_no_such_event")
int no_event(void *ctx)
{
	return 0;
}

SEC("?kprobe/skep_no_such_function")
int no_function(void *ctx)
{
	return 0;
}

SEC("?tp/skep_no_such/event")
int no_tracepoint(void *ctx)
{
	return 0;
}

SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	struct event e = {.pid = bpf_get_current_pid_tgid() >> 32};

	bpf_ringbuf_output(&events, &e, sizeof(e), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
