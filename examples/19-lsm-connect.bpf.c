/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refuses IPv4 connections to one address: a security decision made by BPF. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EPERM 1
#define AF_INET 2

const __u32 blockme = 16843009; /* 1.1.1.1 */

SEC("lsm/socket_connect")
int BPF_PROG(restrict_connect, struct socket *sock, struct sockaddr *address, int addrlen, int ret)
{
	struct sockaddr_in *addr = (struct sockaddr_in *)address;
	__u32 dest;

	/* another program has refused already */
	if (ret != 0)
		return ret;
	if (address->sa_family != AF_INET)
		return 0;
	dest = addr->sin_addr.s_addr;
	bpf_printk("lsm: found connect to %d", dest);
	if (dest == blockme) {
		bpf_printk("lsm: blocking %d", dest);
		return -EPERM;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
