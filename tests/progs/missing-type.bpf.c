/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a member that no kernel has. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct task_struct___other {
	int skep_no_such_member;
} __attribute__((preserve_access_index));

int seen = 0;

SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	struct task_struct___other *task = (void *)bpf_get_current_task();

	seen = BPF_CORE_READ(task, skep_no_such_member);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
