/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long tasks wait for a CPU once they could run, as histograms of powers of two. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#define MAX_ENTRIES 10240
#define MAX_SLOTS 32 /* a power of two, so that a mask keeps the index inside */
#define TASK_COMM_LEN 16
#define TASK_RUNNING 0

struct hist {
	__u32 slots[MAX_SLOTS];
	char comm[TASK_COMM_LEN];
};

/* before Linux 5.14 */
struct task_struct___old {
	long state;
} __attribute__((preserve_access_index));

const volatile bool targ_per_process = false;
const volatile bool targ_per_thread = false;
const volatile bool targ_per_pidns = false;
const volatile bool targ_ms = false;
const volatile pid_t targ_tgid = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENTRIES);
	__type(key, u32);
	__type(value, u64);
} start SEC(".maps");

/// @sample {"interval": 1000, "type" : "log2_hist"}
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENTRIES);
	__type(key, u32);
	__type(value, struct hist);
} hists SEC(".maps");

static struct hist zero;

static __always_inline u32 log2(u32 v)
{
	u32 shift, r;

	r = (v > 0xffff) << 4;
	v >>= r;
	shift = (v > 0xff) << 3;
	v >>= shift;
	r |= shift;
	shift = (v > 0xf) << 2;
	v >>= shift;
	r |= shift;
	shift = (v > 0x3) << 1;
	v >>= shift;
	r |= shift;
	return r | (v >> 1);
}

static __always_inline u32 log2l(u64 v)
{
	u32 high = v >> 32;

	return high ? log2(high) + 32 : log2(v);
}

static __always_inline long task_state(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return BPF_CORE_READ(task, __state);
	return BPF_CORE_READ((struct task_struct___old *)task, state);
}

static __always_inline u32 hist_key(struct task_struct *task)
{
	if (targ_per_process)
		return BPF_CORE_READ(task, tgid);
	if (targ_per_thread)
		return BPF_CORE_READ(task, pid);
	if (targ_per_pidns)
		return BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum);
	return -1;
}

static int task_waits(u32 tgid, u32 pid)
{
	u64 now = bpf_ktime_get_ns();

	if (!pid || (targ_tgid && targ_tgid != tgid))
		return 0;
	bpf_map_update_elem(&start, &pid, &now, BPF_ANY);
	return 0;
}

static int task_runs(struct task_struct *task)
{
	u32 pid = BPF_CORE_READ(task, pid), key, slot;
	u64 *began = bpf_map_lookup_elem(&start, &pid);
	struct hist *hist;
	s64 delta;

	if (!began)
		return 0;
	delta = bpf_ktime_get_ns() - *began;
	bpf_map_delete_elem(&start, &pid);
	if (delta < 0)
		return 0;
	key = hist_key(task);
	hist = bpf_map_lookup_elem(&hists, &key);
	if (!hist) {
		bpf_map_update_elem(&hists, &key, &zero, BPF_NOEXIST);
		hist = bpf_map_lookup_elem(&hists, &key);
		if (!hist)
			return 0;
		BPF_CORE_READ_STR_INTO(&hist->comm, task, comm);
	}
	slot = log2l(targ_ms ? delta / 1000000 : delta / 1000);
	__sync_fetch_and_add(&hist->slots[slot & (MAX_SLOTS - 1)], 1);
	return 0;
}

SEC("raw_tp/sched_wakeup")
int BPF_PROG(handle_sched_wakeup, struct task_struct *p)
{
	return task_waits(BPF_CORE_READ(p, tgid), BPF_CORE_READ(p, pid));
}

SEC("raw_tp/sched_wakeup_new")
int BPF_PROG(handle_sched_wakeup_new, struct task_struct *p)
{
	return task_waits(BPF_CORE_READ(p, tgid), BPF_CORE_READ(p, pid));
}

SEC("raw_tp/sched_switch")
int BPF_PROG(handle_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	/* one that was pushed off the CPU waits from now on */
	if (task_state(prev) == TASK_RUNNING)
		task_waits(BPF_CORE_READ(prev, tgid), BPF_CORE_READ(prev, pid));
	return task_runs(next);
}

char LICENSE[] SEC("license") = "GPL";
