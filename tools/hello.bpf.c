/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* hello: the smallest tool. A row for every write(2)-like moment would drown the screen; a row for
 * every command that is started is a greeting one can read. */
#include "skep.bpf.h"

SKEP_TOOL("Say hello from the kernel whenever a command is started",
	SKEP_ABOUT("The smallest tool: one program, one stream, four columns. Read its source first."),
	SKEP_EXAMPLE("hello -- true", "one greeting"));

struct event {
	skep_time_t time;
	pid_t pid;
	char comm[16];
	char greeting[16] SKEP_TITLE("SAYS");
};

SKEP_STREAM(events, struct event, 64);

SEC("raw_tp/sched_process_exec")
int hello(void *ctx)
{
	struct event *e;

	if (!skep_filter())
		return 0;
	e = skep_begin(struct event);
	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	e->pid = skep_pid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	__builtin_memcpy(e->greeting, "hello, kernel", sizeof("hello, kernel"));
	skep_send(&events, e);
	return 0;
}
