/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets and bytes that leave a cgroup. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

__u64 packets = 0, bytes = 0;

SEC("cgroup_skb/egress")
int out(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&packets, 1);
	__sync_fetch_and_add(&bytes, skb->len);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
