/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Says hello whenever a process writes to a file. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* Only this process; 0: all. */
const volatile pid_t pid_filter = 0;

SEC("tp/syscalls/sys_enter_write")
int handle_write(void *ctx)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;

	if (pid_filter && pid != pid_filter)
		return 0;
	bpf_printk("BPF triggered sys_enter_write from PID %d.", pid);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
