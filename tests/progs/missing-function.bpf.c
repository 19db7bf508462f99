/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* On a function that no kernel has. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("kprobe/skep_no_such_function")
int never(void *ctx)
{
	bpf_printk("this cannot be");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
