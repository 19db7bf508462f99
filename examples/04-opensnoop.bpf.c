/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which processes open files; an option chooses one of them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/// @description "Process ID to trace"
const volatile int pid_target = 0;

SEC("tracepoint/syscalls/sys_enter_openat")
int trace_openat(struct trace_event_raw_sys_enter *ctx)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;

	if (pid_target && pid_target != pid)
		return 0;
	bpf_printk("Process ID: %d enter sys openat", pid);
	return 0;
}

/// "Trace open family syscalls."
char LICENSE[] SEC("license") = "GPL";
