/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every line typed into any bash: a probe on the return of one of its functions. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define TASK_COMM_LEN 16
#define LINE_SIZE 80

SEC("uretprobe//bin/bash:readline")
int BPF_KRETPROBE(readline_exit, const void *line)
{
	char text[LINE_SIZE], comm[TASK_COMM_LEN];
	pid_t pid = bpf_get_current_pid_tgid() >> 32;

	if (!line)
		return 0;
	bpf_get_current_comm(comm, sizeof(comm));
	bpf_probe_read_user_str(text, sizeof(text), line);
	bpf_printk("PID %d (%s) read: %s", pid, comm, text);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
