/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hardware interrupts by handler: how many, or how their times are distributed. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#define MAX_ENTRIES 256
#define MAX_SLOTS 20

struct irq_key {
	char name[32];
};

struct info {
	__u64 count;
	__u32 slots[MAX_SLOTS];
};

const volatile bool filter_cg = false;
const volatile bool targ_dist = false;
const volatile bool targ_ns = false;
const volatile bool do_count = false;

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 1);
} cgroup_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} start SEC(".maps");

/// @sample {"interval": 1000, "type" : "log2_hist"}
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENTRIES);
	__type(key, struct irq_key);
	__type(value, struct info);
} infos SEC(".maps");

static struct info zero;

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

static struct info *info_of(struct irqaction *action)
{
	struct irq_key key = {};
	struct info *info;

	bpf_probe_read_kernel_str(&key.name, sizeof(key.name), BPF_CORE_READ(action, name));
	info = bpf_map_lookup_elem(&infos, &key);
	if (info)
		return info;
	bpf_map_update_elem(&infos, &key, &zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&infos, &key);
}

static int handle_entry(int irq, struct irqaction *action)
{
	u64 now = bpf_ktime_get_ns();
	struct info *info;
	u32 key = 0;

	if (filter_cg && !bpf_current_task_under_cgroup(&cgroup_map, 0))
		return 0;
	if (!do_count) {
		bpf_map_update_elem(&start, &key, &now, BPF_ANY);
		return 0;
	}
	info = info_of(action);
	if (info)
		__sync_fetch_and_add(&info->count, 1);
	return 0;
}

static int handle_exit(int irq, struct irqaction *action)
{
	u64 *began, delta;
	struct info *info;
	u32 key = 0, slot;

	if (filter_cg && !bpf_current_task_under_cgroup(&cgroup_map, 0))
		return 0;
	began = bpf_map_lookup_elem(&start, &key);
	if (!began || !*began)
		return 0;
	delta = bpf_ktime_get_ns() - *began;
	if (!targ_ns)
		delta /= 1000;
	info = info_of(action);
	if (!info)
		return 0;
	if (!targ_dist) {
		__sync_fetch_and_add(&info->count, delta);
		return 0;
	}
	slot = log2l(delta);
	if (slot >= MAX_SLOTS)
		slot = MAX_SLOTS - 1;
	__sync_fetch_and_add(&info->slots[slot], 1);
	return 0;
}

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(irq_handler_entry_btf, int irq, struct irqaction *action)
{
	return handle_entry(irq, action);
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(irq_handler_exit_btf, int irq, struct irqaction *action)
{
	return do_count ? 0 : handle_exit(irq, action);
}

SEC("raw_tp/irq_handler_entry")
int BPF_PROG(irq_handler_entry, int irq, struct irqaction *action)
{
	return handle_entry(irq, action);
}

SEC("raw_tp/irq_handler_exit")
int BPF_PROG(irq_handler_exit, int irq, struct irqaction *action)
{
	return do_count ? 0 : handle_exit(irq, action);
}

char LICENSE[] SEC("license") = "GPL";
