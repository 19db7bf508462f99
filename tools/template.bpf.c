/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * template: copy this file to tools/NAME.bpf.c, change it, run make: that is a new tool. It works as it
 * stands: it shows system calls that fail. docs/writing-a-tool.md explains each part.
 */
#include "skep.bpf.h"

SKEP_TOOL("Show system calls that fail", /* the line of `skep list` */
	SKEP_ABOUT("What one should know before using it: what is shown, what is not, and what it costs."),
	SKEP_EXAMPLE("template -- ls /nonexistent", "an example is run by the tests, so it must work"),
	SKEP_EXAMPLE("template --error ENOENT -d 5", "one error only, for 5 seconds"));

/* An option: type, name, letter ("" for none), help. Its initial value is the default. */
SKEP_OPTION(skep_errno_t, error, "e", "only this error");

/* A row. Types tell how a member is shown; the order is the order of the columns. */
struct event {
	skep_time_t time;             /* shown with -T */
	pid_t pid;
	pid_t tid SKEP_HIDDEN;        /* only when named by --columns, and in JSON */
	char comm[16];
	int syscall SKEP_TITLE("NR"); /* another heading than the member's name */
	skep_errno_t err;             /* shown as ENOENT */
};

/* Rows go through a ring buffer of 256 KiB. */
SKEP_STREAM(events, struct event, 256);

SEC("tp_btf/sys_exit")
int BPF_PROG(failed, struct pt_regs *regs, long ret)
{
	struct event *e;

	if (ret >= 0 || ret < -4095 || (error && ret != -error))
		return 0;
	if (!skep_filter()) /* -p, -u, -n, -c, -- COMMAND: the filters of every tool */
		return 0;
	e = skep_begin(struct event);
	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	e->pid = skep_pid();
	e->tid = skep_tid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->syscall = skep_syscall_nr(regs);
	e->err = -ret;
	skep_send(&events, e); /* or skep_drop(e): one of the two, on every path */
	return 0;
}
