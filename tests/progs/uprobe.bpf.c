/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A function of a program, its argument: which one is for the command line to say. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct call {
	int pid;
	char text[32];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
	__type(value, struct call);
} calls SEC(".maps");

SEC("uprobe")
int BPF_KPROBE(called, const char *text)
{
	struct call c = {.pid = bpf_get_current_pid_tgid() >> 32};

	bpf_probe_read_user_str(c.text, sizeof(c.text), text);
	bpf_ringbuf_output(&calls, &c, sizeof(c), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
