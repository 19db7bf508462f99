/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets of an interface by length: one program for each way to see them, XDP and TC. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} by_length SEC(".maps");

SEC("tc")
int seen(struct __sk_buff *skb)
{
	__u32 len = skb->len;
	__u64 one = 1, *n = bpf_map_lookup_elem(&by_length, &len);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&by_length, &len, &one, BPF_NOEXIST);
	return -1; /* TC_ACT_UNSPEC: the next program decides */
}

char LICENSE[] SEC("license") = "GPL";
