/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Soft interrupts by kind: how many, how long, how distributed; in arrays that are plain globals. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define MAX_SLOTS 20
#define NR_SOFTIRQS 10

struct hist {
	__u32 slots[MAX_SLOTS];
};

const volatile bool targ_dist = false;
const volatile bool targ_ns = false;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} start SEC(".maps");

__u64 counts[NR_SOFTIRQS] = {};
__u64 time[NR_SOFTIRQS] = {};
struct hist hists[NR_SOFTIRQS] = {};

static __always_inline u32 log2l(u64 v)
{
	u32 r = 0;

#pragma unroll
	for (int shift = 32; shift; shift /= 2) {
		if (v >> shift) {
			v >>= shift;
			r += shift;
		}
	}
	return r;
}

static int handle_entry(unsigned int vec_nr)
{
	u64 now = bpf_ktime_get_ns();
	u32 key = 0;

	bpf_map_update_elem(&start, &key, &now, BPF_ANY);
	return 0;
}

static int handle_exit(unsigned int vec_nr)
{
	u64 *began, delta;
	u32 key = 0, slot;

	if (vec_nr >= NR_SOFTIRQS)
		return 0;
	began = bpf_map_lookup_elem(&start, &key);
	if (!began || !*began)
		return 0;
	delta = bpf_ktime_get_ns() - *began;
	if (!targ_ns)
		delta /= 1000;
	if (!targ_dist) {
		__sync_fetch_and_add(&counts[vec_nr], 1);
		__sync_fetch_and_add(&time[vec_nr], delta);
		return 0;
	}
	slot = log2l(delta);
	if (slot >= MAX_SLOTS)
		slot = MAX_SLOTS - 1;
	__sync_fetch_and_add(&hists[vec_nr].slots[slot], 1);
	return 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(softirq_entry_btf, unsigned int vec_nr)
{
	return handle_entry(vec_nr);
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(softirq_exit_btf, unsigned int vec_nr)
{
	return handle_exit(vec_nr);
}

SEC("raw_tp/softirq_entry")
int BPF_PROG(softirq_entry, unsigned int vec_nr)
{
	return handle_entry(vec_nr);
}

SEC("raw_tp/softirq_exit")
int BPF_PROG(softirq_exit, unsigned int vec_nr)
{
	return handle_exit(vec_nr);
}

char LICENSE[] SEC("license") = "GPL";
