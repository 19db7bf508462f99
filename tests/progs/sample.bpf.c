/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is on the CPU, sampled. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct who {
	__u32 pid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct who);
	__type(value, __u64);
} samples SEC(".maps");

SEC("perf_event")
int sample(struct bpf_perf_event_data *ctx)
{
	struct who who = {.pid = bpf_get_current_pid_tgid() >> 32};
	__u64 one = 1, *n;

	bpf_get_current_comm(who.comm, sizeof(who.comm));
	n = bpf_map_lookup_elem(&samples, &who);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&samples, &who, &one, BPF_NOEXIST);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
