/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf_printk lines of the programs being run, in the same terminal. See printk.bpf.c for how they are
 * taken; here is decided whose they are: a frame of the kernel stack lies in the code of one of ours.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_int.h"

struct range {
	uint64_t start, end;
};

struct printk {
	struct object_source src;
	struct unit unit;
	struct ring *ring;
	struct out *out;
	struct range *ranges; /* JITed code of the traced programs; none known: every line is taken */
	size_t nranges;
	const struct val_field *time, *stack, *text;
};

/* bpf_trace_printk is helper 6, bpf_trace_vprintk 177. */
static bool calls_printk(const struct bpf_program *prog)
{
	const struct bpf_insn *insns = bpf_program__insns(prog);

	for (size_t i = 0; i < bpf_program__insn_cnt(prog); i++)
		if (insns[i].code == (BPF_JMP | BPF_CALL) && insns[i].src_reg == 0 &&
		    (insns[i].imm == BPF_FUNC_trace_printk || insns[i].imm == BPF_FUNC_trace_vprintk))
			return true;
	return false;
}

bool printk_used(const struct object *obj)
{
	for (size_t i = 0; i < obj->nprogs; i++)
		if (calls_printk(obj->progs[i].prog))
			return true;
	return false;
}

/* Where the kernel put the program's functions; zero addresses mean that we may not know. */
static void add_ranges(struct printk *p, int fd)
{
	uint64_t addresses[64];
	uint32_t lens[64];
	struct bpf_prog_info info = {
		.nr_jited_ksyms = ARRAY_SIZE(addresses),
		.jited_ksyms = (uintptr_t)addresses,
		.nr_jited_func_lens = ARRAY_SIZE(lens),
		.jited_func_lens = (uintptr_t)lens,
	};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	for (uint32_t i = 0; i < info.nr_jited_ksyms && i < ARRAY_SIZE(addresses); i++)
		if (addresses[i] && i < info.nr_jited_func_lens)
			*vec_push(p->ranges, p->nranges) = (struct range){addresses[i], addresses[i] + lens[i]};
}

/* Packets come in while an unrelated task is running: its name says nothing about the line. */
static bool runs_in_task_context(const struct object *obj)
{
	for (size_t i = 0; i < obj->nprogs; i++) {
		switch (bpf_program__type(obj->progs[i].prog)) {
		case BPF_PROG_TYPE_TRACEPOINT:
		case BPF_PROG_TYPE_RAW_TRACEPOINT:
		case BPF_PROG_TYPE_KPROBE:
		case BPF_PROG_TYPE_TRACING:
		case BPF_PROG_TYPE_LSM:
			break;
		default:
			return false;
		}
	}
	return true;
}

static int start(struct printk *p, const struct unit *traced, const struct configure *configure)
{
	static const struct kern_target none;
	static const struct configure unfiltered;
	struct object_stream *lines;
	struct object *obj;
	int err = object_open(&p->src, &obj);

	if (!err)
		err = unit_load(&p->unit, &p->src, obj, &none,
				runs_in_task_context(traced->obj) ? configure : &unfiltered);
	if (err)
		return err;
	lines = &p->unit.obj->streams[0];
	p->time = val_plan_find(lines->plan, "time");
	p->stack = val_plan_find(lines->plan, "stack");
	p->text = val_plan_find(lines->plan, "text");
	err = ring_open(lines->map, &p->ring);
	for (size_t i = 0; i < traced->obj->nprogs; i++)
		if (bpf_program__fd(traced->obj->progs[i].prog) >= 0)
			add_ranges(p, bpf_program__fd(traced->obj->progs[i].prog));
	return err ? err : unit_attach(&p->unit, &none);
}

int printk_open(const struct unit *traced, const struct configure *configure, struct printk **out)
{
	struct printk *p = xalloc(sizeof(*p));
	int err = unit_part("printk", &p->src);

	if (!err)
		err = start(p, traced, configure);
	if (err) {
		printk_close(p);
		return err;
	}
	*out = p;
	return 0;
}

static bool is_ours(const struct printk *p, const struct val *stack)
{
	for (uint32_t i = 0; i < stack->field->nelems; i++) {
		struct val address;

		val_elem(stack, i, &address);
		for (size_t k = 0; k < p->nranges; k++)
			if (address.u >= p->ranges[k].start && address.u < p->ranges[k].end)
				return true;
	}
	return p->nranges == 0;
}

static bool on_line(void *ctx, const void *rec, size_t len)
{
	struct printk *p = ctx;
	struct val time, stack, text;

	val_get(p->stack, rec, len, &stack);
	if (stack.kind == VAL_NONE || !is_ours(p, &stack))
		return true;
	val_get(p->time, rec, len, &time);
	val_get(p->text, rec, len, &text);
	while (text.len && text.p[text.len - 1] == '\n')
		text.len--;
	out_text(p->out, time.u, text.p, text.len);
	return true;
}

size_t printk_drain(struct printk *p, struct out *out)
{
	p->out = out;
	return ring_drain(p->ring, on_line, p);
}

const struct unit *printk_unit(const struct printk *p)
{
	return &p->unit;
}

void printk_close(struct printk *p)
{
	if (!p)
		return;
	ring_close(p->ring);
	unit_close(&p->unit);
	object_source_free(&p->src);
	free(p->ranges);
	free(p);
}
