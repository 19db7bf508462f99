/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sees packets as early as can be, says their size and lets them pass. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/// @ifindex 1
/// @flags 0
/// @xdpopts {"old_prog_fd":0}
SEC("xdp")
int xdp_pass(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	int pkt_sz = data_end - data;

	bpf_printk("packet size is %d", pkt_sz);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
