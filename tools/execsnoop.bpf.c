/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * execsnoop: commands as they are started. A success is taken from sched_process_exec, where the new
 * program's arguments lie in its memory, complete and as it will see them, whichever system call it
 * was (execve, execveat, fexecve). Failures are taken from the system call's return, with --fails.
 */
#include "skep.bpf.h"

SKEP_TOOL("Show commands as they are started, with their arguments",
	SKEP_ABOUT("Shows successful execve and execveat calls, with --fails also those that failed. Arguments "
		   "are read from the new program's memory, up to 8 KiB; a longer list is marked."),
	SKEP_EXAMPLE("execsnoop -- sh -c 'ls / | wc -l'", "what a shell line starts"),
	SKEP_EXAMPLE("execsnoop --fails -- sh -c nonexistent-command", "and what it tries in vain"),
	SKEP_EXAMPLE("execsnoop -T -U -d 60", "everything, with time and user, for a minute"));

SKEP_OPTION(bool, fails, "x", "also those that failed");
SKEP_OPTION(bool, print_uid, "U", "show the user");
SKEP_OPTION(__u32, max_args, "", "at most so many arguments of a failed call, 60 or fewer") = 20;

struct event {
	skep_time_t time;
	uid_t uid SKEP_SHOWN_BY(print_uid);
	char comm[16] SKEP_TITLE("PCOMM");
	pid_t pid;
	pid_t ppid;
	skep_errno_t err SKEP_SHOWN_BY(fails);
	skep_str_t path SKEP_HIDDEN;
	skep_argv_t args;
};

SKEP_STREAM(events, struct event, 512);

static __always_inline struct event *begin(void)
{
	struct event *e;

	if (!skep_filter())
		return NULL;
	e = skep_begin(struct event);
	if (!e)
		return NULL;
	e->time = bpf_ktime_get_ns();
	e->uid = skep_uid();
	e->pid = skep_pid();
	e->ppid = skep_ppid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	return e;
}

SEC("raw_tp/sched_process_exec")
int started(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	struct linux_binprm *bprm = (void *)ctx->args[2];
	struct mm_struct *mm;
	struct event *e = begin();
	__u64 from;

	if (!e)
		return 0;
	mm = BPF_CORE_READ(task, mm);
	from = BPF_CORE_READ(mm, arg_start);
	skep_add_str(e, &e->path, BPF_CORE_READ(bprm, filename));
	skep_add_user_words(e, &e->args, (void *)from, BPF_CORE_READ(mm, arg_end) - from);
	skep_send(&events, e);
	return 0;
}

SEC("tp_btf/sys_exit")
SKEP_WHEN(fails)
int BPF_PROG(failed, struct pt_regs *regs, long ret)
{
	int nr = skep_syscall_nr(regs);
	bool at = nr == SKEP_NR_execveat;
	struct event *e;

	if (ret >= 0 || (nr != SKEP_NR_execve && !at) || skep_is_compat())
		return 0;
	e = begin();
	if (!e)
		return 0;
	e->err = -ret;
	if (at)
		skep_add_user_path(e, &e->path, skep_syscall_arg1(regs), (void *)skep_syscall_arg2(regs));
	else
		skep_add_user_path(e, &e->path, SKEP_AT_FDCWD, (void *)skep_syscall_arg1(regs));
	skep_add_user_argv(e, &e->args, (void *)(at ? skep_syscall_arg3(regs) : skep_syscall_arg2(regs)),
			   max_args > 60 ? 60 : max_args);
	skep_send(&events, e);
	return 0;
}
