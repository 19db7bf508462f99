/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unlinksnoop: files that are deleted, and deletions that fail. Three ways to the same rows: fentry and
 * fexit see the kernel's function with its arguments and result at once; kprobes see the entry and the
 * return apart, so what the entry knew waits in a map; where neither exists, the system calls'
 * return tells all.
 */
#include "skep.bpf.h"

SKEP_TOOL("Show files as they are deleted, and the deletions that fail",
	SKEP_ABOUT("Shows unlink and unlinkat (not rmdir). A relative path is shown with its directory. Taken "
		   "from fexit/do_unlinkat where the kernel allows, else from kprobes, else from the system "
		   "calls' return."),
	SKEP_EXAMPLE("unlinksnoop -- sh -c 'touch /tmp/x; rm /tmp/x'", "one file made and deleted"),
	SKEP_EXAMPLE("unlinksnoop --failed -d 10", "deletions that fail, for 10 s"));

SKEP_OPTION(bool, failed, "x", "only deletions that failed");

struct event {
	skep_time_t time;
	uid_t uid SKEP_HIDDEN;
	pid_t pid;
	char comm[16];
	skep_errno_t err;
	skep_str_t path;
};

SKEP_STREAM(events, struct event, 256);

#define AT_REMOVEDIR 0x200

static __always_inline struct event *begin(long ret)
{
	struct event *e;

	if ((failed && ret >= 0) || !skep_filter())
		return NULL;
	e = skep_begin(struct event);
	if (!e)
		return NULL;
	e->time = bpf_ktime_get_ns();
	e->uid = skep_uid();
	e->pid = skep_pid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->err = ret < 0 ? -ret : 0;
	return e;
}

/* ---- 1 fexit: arguments and result in one place --------------------------------------------------- */

SEC("fexit/do_unlinkat")
SKEP_CHOICE("unlink", 1)
int BPF_PROG(unlinked, int dirfd, struct filename *name, long ret)
{
	struct event *e = begin(ret);

	if (!e)
		return 0;
	skep_add_path(e, &e->path, dirfd, BPF_CORE_READ(name, name));
	skep_send(&events, e);
	return 0;
}

/* ---- 2 kprobes: the name is read at the entry, where it is surely there ----------------------------- */

struct call {
	int dirfd;
	const char *name;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct event_in_flight);
} calls SEC(".maps");

SEC("kprobe/do_unlinkat")
SKEP_CHOICE("unlink", 2)
int BPF_KPROBE(unlink_entry, int dirfd, struct filename *name)
{
	return 0;
}
