/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bashreadline: lines typed into bash, taken where its readline() returns them. */
#include "skep.bpf.h"

SKEP_TOOL("Show lines typed into bash, in every bash of the machine",
	SKEP_ABOUT("Probes readline() in /bin/bash or, where bash is built so, in libreadline. Lines are shown "
		   "whole, up to 4 KiB, as they are entered and whether or not they can be run. Another bash "
		   "(a container's) is named with --shared."),
	SKEP_EXAMPLE("bashreadline -d 60", "what is typed within a minute"),
	SKEP_EXAMPLE("bashreadline --shared /proc/1234/root/bin/bash", "the bash of a container"));

SKEP_TARGET(shared, "s", "binary", "the bash or libreadline to probe");

struct event {
	skep_time_t time;
	uid_t uid SKEP_HIDDEN;
	pid_t pid;
	char comm[16] SKEP_HIDDEN;
	skep_str_t command;
};

SKEP_STREAM(events, struct event, 128);

static __always_inline int entered(const void *line)
{
	struct event *e;

	if (!line || !skep_filter()) /* NULL: end of input */
		return 0;
	e = skep_begin(struct event);
	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	e->uid = skep_uid();
	e->pid = skep_pid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	skep_add_user_str(e, &e->command, line);
	skep_send(&events, e);
	return 0;
}

/* One link for it where the kernel has that (6.6): it goes in a moment, and needs no CAP_SYS_ADMIN. */
SEC("uretprobe.multi//bin/bash:readline")
SKEP_CHOICE("readline", 1)
int BPF_KRETPROBE(entered_multi, const void *line)
{
	return entered(line);
}

SEC("uretprobe//bin/bash:readline")
SKEP_CHOICE("readline", 2)
int BPF_KRETPROBE(entered_perf, const void *line)
{
	return entered(line);
}
