/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sigsnoop: signals as they are sent. The tracepoint signal_generate sees every one, also those the
 * kernel makes; with --kill or --failed the system calls that send signals are watched instead, and
 * there the attempts that failed are seen too.
 */
#include "skep.bpf.h"

SKEP_TOOL("Show signals as they are sent: who, which, to whom, and whether it arrived",
	SKEP_ABOUT("PID and COMM are the task that was running when the signal was made: the sender, or, for "
		   "signals the kernel makes (timers, faults), whoever was interrupted. RESULT of a sent signal "
		   "is 0, or why it was not queued: ignored, already pending, lost info. With --kill or --failed "
		   "rows come from kill, tkill, tgkill, pidfd_send_signal, rt_sigqueueinfo and "
		   "rt_tgsigqueueinfo, with the error of a failed one."),
	SKEP_EXAMPLE("sigsnoop -- sh -c 'sleep 9 & kill $!'", "one signal"),
	SKEP_EXAMPLE("sigsnoop --signal SIGKILL -d 60", "who kills whom"),
	SKEP_EXAMPLE("sigsnoop --failed -- sh -c 'kill -9 4194303'", "a signal to nobody"));

SKEP_OPTION(bool, kill, "k", "only signals sent by system calls");
SKEP_OPTION(bool, failed, "x", "only system calls that failed to send one");
SKEP_OPTION(skep_signal_t, signal, "s", "only this signal, by name or number");

enum result { DELIVERED, IGNORED, ALREADY_PENDING, OVERFLOW_FAIL, LOSE_INFO, SENT, FAILED };

struct event {
	skep_time_t time;
	uid_t uid SKEP_HIDDEN;
	pid_t pid;
	char comm[16];
	skep_signal_t sig;
	pid_t tpid;
	char tcomm[16];
	enum result result SKEP_WIDTH(9);
	skep_errno_t err;
};

SKEP_STREAM(events, struct event, 256);

static __always_inline struct event *begin(int sig)
{
	struct event *e;

	if ((signal && sig != signal) || !skep_filter())
		return NULL;
	e = skep_begin(struct event);
	if (!e)
		return NULL;
	e->time = bpf_ktime_get_ns();
	e->uid = skep_uid();
	e->pid = skep_pid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->sig = sig;
	return e;
}

/* signal_generate(sig, info, task, group, result) */
static __always_inline int generated(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *to = (void *)ctx->args[2];
	struct event *e = begin(ctx->args[0]);

	if (!e)
		return 0;
	e->tpid = skep_pid_of(to);
	bpf_core_read_str(e->tcomm, sizeof(e->tcomm), &to->comm);
	e->result = ctx->args[4];
	skep_send(&events, e);
	return 0;
}

/* With --kill the row is made when the system call returns; whom it hit is remembered until then. */
struct target {
	pid_t pid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct target);
} targets SEC(".maps");

static __always_inline int remember(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *to = (void *)ctx->args[2];
	__u64 id = bpf_get_current_pid_tgid();
	struct target t = {.pid = skep_pid_of(to)};

	bpf_core_read_str(t.comm, sizeof(t.comm), &to->comm);
	if (skep_filter())
		bpf_map_update_elem(&targets, &id, &t, BPF_ANY);
	return 0;
}

SEC("raw_tp/signal_generate")
int made(struct bpf_raw_tracepoint_args *ctx)
{
	return kill || failed ? remember(ctx) : generated(ctx);
}

/* Which argument of the call is the signal, and does the one before it name the target? */
static __always_inline bool read_call(struct pt_regs *regs, int *sig, pid_t *to)
{
	int nr = skep_syscall_nr(regs);

	if (nr == SKEP_NR_kill || nr == SKEP_NR_tkill || nr == SKEP_NR_rt_sigqueueinfo) {
		*to = skep_syscall_arg1(regs);
		*sig = skep_syscall_arg2(regs);
	} else if (nr == SKEP_NR_tgkill || nr == SKEP_NR_rt_tgsigqueueinfo) {
		*to = skep_syscall_arg2(regs);
		*sig = skep_syscall_arg3(regs);
	} else if (nr == SKEP_NR_pidfd_send_signal) {
		*to = 0; /* only the kernel knows whose fd it is */
		*sig = skep_syscall_arg2(regs);
	} else {
		return false;
	}
	return true;
}

SEC("tp_btf/sys_exit")
SKEP_WHEN(kill, failed)
int BPF_PROG(sent, struct pt_regs *regs, long ret)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct target *t;
	struct event *e;
	pid_t to;
	int sig;

	if (!read_call(regs, &sig, &to) || (failed && ret >= 0) || skep_is_compat())
		return 0;
	e = begin(sig);
	if (!e)
		return 0;
	e->tpid = to;
	e->result = ret < 0 ? FAILED : SENT;
	e->err = ret < 0 ? -ret : 0;
	t = bpf_map_lookup_elem(&targets, &id);
	if (t) {
		e->tpid = t->pid;
		__builtin_memcpy(e->tcomm, t->comm, sizeof(e->tcomm));
		bpf_map_delete_elem(&targets, &id);
	}
	skep_send(&events, e);
	return 0;
}
