/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Uses the result of a lookup without a look at it: the verifier must refuse this. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	__u32 key = 0;
	__u64 *n = bpf_map_lookup_elem(&counts, &key);

	*n += 1; /* may be NULL */
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
