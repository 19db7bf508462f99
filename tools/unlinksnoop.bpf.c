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
		   "from fentry and fexit of do_unlinkat where the kernel allows, else from kprobes, else "
		   "from the system calls' return."),
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

/* ---- 1 and 2: the kernel's function --------------------------------------------------------------- */

/*
 * When do_unlinkat returns it has freed the name it was given, so neither fexit nor a kretprobe may
 * read it: the entry keeps where the caller's text is, and the return reads that. An entry whose
 * return is missed is pushed out by later ones.
 */
struct call {
	const void *text;
	int dirfd;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline int entered(int dirfd, struct filename *name)
{
	struct call call = {.dirfd = dirfd, .text = BPF_CORE_READ(name, uptr)};
	__u64 id = bpf_get_current_pid_tgid();

	if (skep_filter())
		bpf_map_update_elem(&calls, &id, &call, BPF_ANY);
	return 0;
}

static __always_inline int returned(long ret)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &id);
	struct event *e;

	if (!call)
		return 0;
	e = begin(ret);
	if (e) {
		skep_add_user_path(e, &e->path, call->dirfd, call->text);
		skep_send(&events, e);
	}
	bpf_map_delete_elem(&calls, &id);
	return 0;
}

SEC("fentry/do_unlinkat")
SKEP_CHOICE("unlink", 1)
int BPF_PROG(unlink_fentry, int dirfd, struct filename *name)
{
	return entered(dirfd, name);
}

SEC("fexit/do_unlinkat")
SKEP_CHOICE("unlink", 1)
int BPF_PROG(unlink_fexit, int dirfd, struct filename *name, int ret)
{
	return returned(ret);
}

SEC("kprobe/do_unlinkat")
SKEP_CHOICE("unlink", 2)
int BPF_KPROBE(unlink_kprobe, int dirfd, struct filename *name)
{
	return entered(dirfd, name);
}

SEC("kretprobe/do_unlinkat")
SKEP_CHOICE("unlink", 2)
int BPF_KRETPROBE(unlink_kretprobe, int ret)
{
	return returned(ret);
}

/* ---- 3: the system calls' return --------------------------------------------------------------------- */

SEC("tp_btf/sys_exit")
SKEP_CHOICE("unlink", 3)
int BPF_PROG(unlink_syscall, struct pt_regs *regs, long ret)
{
	int nr = skep_syscall_nr(regs), dirfd = SKEP_AT_FDCWD;
	const void *text;
	struct event *e;

	if (nr == SKEP_NR_unlink) {
		text = (void *)skep_syscall_arg1(regs);
	} else if (nr == SKEP_NR_unlinkat && !(skep_syscall_arg3(regs) & AT_REMOVEDIR)) {
		dirfd = skep_syscall_arg1(regs);
		text = (void *)skep_syscall_arg2(regs);
	} else {
		return 0;
	}
	if (skep_is_compat())
		return 0;
	e = begin(ret);
	if (!e)
		return 0;
	skep_add_user_path(e, &e->path, dirfd, text);
	skep_send(&events, e);
	return 0;
}
