/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opensnoop: every open, openat, openat2 and creat when it returns, so that result, flags and path
 * are of the same call; nothing is kept between entry and exit, so nothing can leak or be mixed up.
 */
#include "skep.bpf.h"

SKEP_TOOL("Show files as they are opened, and the opens that fail",
	SKEP_ABOUT("Shows calls of open, openat, openat2 and creat with their result. A path that was given "
		   "relative to a directory is shown with that directory. Calls of 32-bit programs on a 64-bit "
		   "kernel are not shown."),
	SKEP_EXAMPLE("opensnoop -- ls /etc", "the files that one command opens"),
	SKEP_EXAMPLE("opensnoop --failed -n cat -d 10", "opens that fail in commands called cat, for 10 s"),
	SKEP_EXAMPLE("opensnoop --json -p 1", "one JSON object a line, for programs"));

SKEP_OPTION(bool, failed, "x", "only opens that failed");
SKEP_OPTION(bool, extended, "e", "show flags and mode");
SKEP_OPTION(bool, print_uid, "U", "show the user");

struct event {
	skep_time_t time;
	uid_t uid SKEP_SHOWN_BY(print_uid);
	pid_t pid;
	pid_t tid SKEP_HIDDEN;
	char comm[16];
	int fd;
	skep_errno_t err;
	skep_oflags_t flags SKEP_SHOWN_BY(extended);
	skep_octal_t mode SKEP_SHOWN_BY(extended);
	skep_str_t path;
};

SKEP_STREAM(events, struct event, 8192); /* many small ones: a build opens a million a second */

/* What the four system calls have in common. */
struct open_call {
	int dirfd;
	const void *path;
	__u32 flags, mode;
};

static __always_inline void read_open_how(struct open_call *c, unsigned long how)
{
	__u64 flags_mode[2] = {};

	bpf_probe_read_user(flags_mode, sizeof(flags_mode), (void *)how);
	c->flags = flags_mode[0];
	c->mode = flags_mode[1];
}

static __always_inline bool read_call(struct open_call *c, struct pt_regs *regs)
{
	int nr = skep_syscall_nr(regs);

	c->dirfd = SKEP_AT_FDCWD;
	if (nr == SKEP_NR_openat || nr == SKEP_NR_openat2) {
		c->dirfd = skep_syscall_arg1(regs);
		c->path = (void *)skep_syscall_arg2(regs);
		if (nr == SKEP_NR_openat2) {
			read_open_how(c, skep_syscall_arg3(regs));
			return true;
		}
		c->flags = skep_syscall_arg3(regs);
		c->mode = skep_syscall_arg4(regs);
		return true;
	}
	if (nr != SKEP_NR_open && nr != SKEP_NR_creat)
		return false;
	c->path = (void *)skep_syscall_arg1(regs);
	c->flags = nr == SKEP_NR_creat ? 01 | 0100 | 01000 : skep_syscall_arg2(regs); /* O_WRONLY|O_CREAT|O_TRUNC */
	c->mode = nr == SKEP_NR_creat ? skep_syscall_arg2(regs) : skep_syscall_arg3(regs);
	return true;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(opened, struct pt_regs *regs, long ret)
{
	struct open_call call = {};
	struct event *e;
	__u64 id;

	if (!read_call(&call, regs) || (failed && ret >= 0))
		return 0;
	if (skep_is_compat() || !skep_filter())
		return 0;
	e = skep_begin(struct event);
	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	if (print_uid)
		e->uid = skep_uid();
	id = skep_pid_tid();
	e->pid = id >> 32;
	e->tid = (__u32)id;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->fd = ret < 0 ? -1 : ret;
	e->err = ret < 0 ? -ret : 0;
	e->flags = call.flags;
	e->mode = call.flags & 0100 ? call.mode : 0;
	skep_add_user_path(e, &e->path, call.dirfd, call.path);
	skep_send(&events, e);
	return 0;
}
