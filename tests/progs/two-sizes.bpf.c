/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of two structs through one ring buffer: their length tells which. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct begun {
	int pid;
	char comm[16];
};

struct ended {
	int pid;
	int code;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct begun);
} place_begun SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ended);
} place_ended SEC(".maps");

SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	__u32 zero = 0;
	void *p = bpf_map_lookup_elem(&place_begun, &zero);

	if (!p)
		return 0;
	*(int *)p = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(p + 4, 16);
	bpf_ringbuf_output(&events, p, sizeof(struct begun), 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(void *ctx)
{
	__u32 zero = 0;
	void *p = bpf_map_lookup_elem(&place_ended, &zero);

	if (!p)
		return 0;
	*(int *)p = bpf_get_current_pid_tgid() >> 32;
	((int *)p)[1] = 42;
	bpf_ringbuf_output(&events, p, sizeof(struct ended), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
