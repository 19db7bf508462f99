/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks at every IPv4 packet that comes in on an interface and lets it pass. */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TC_ACT_OK 0
#define ETH_P_IP 0x0800

/// @tchook {"ifindex":1, "attach_point":"BPF_TC_INGRESS"}
/// @tcopts {"handle":1, "priority":1}
SEC("tc")
int tc_ingress(struct __sk_buff *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct ethhdr *l2 = data;
	struct iphdr *l3 = (struct iphdr *)(l2 + 1);

	if (ctx->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	/* the verifier wants to see that nothing behind the packet is read */
	if ((void *)(l3 + 1) > data_end)
		return TC_ACT_OK;
	bpf_printk("Got IP packet: tot_len: %d, ttl: %d", bpf_ntohs(l3->tot_len), l3->ttl);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
