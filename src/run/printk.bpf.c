/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lines of bpf_printk, taken where they are made: the kernel calls the tracepoint bpf_trace_printk for
 * each. trace_pipe is left alone, so no other reader loses lines, and tracefs is not needed. The
 * kernel stack tells whose line it is: the session compares it with the addresses of its programs.
 */
#include "skep.bpf.h"

SKEP_TOOL("Lines of bpf_printk", SKEP_ABOUT("A part of skep."));

struct line {
	skep_time_t time;
	__u64 stack[24];
	skep_str_t text;
};

SKEP_STREAM(lines, struct line, 1024);

SEC("raw_tp/bpf_trace_printk")
int printed(struct bpf_raw_tracepoint_args *ctx)
{
	struct line *l;

	if (!skep_filter())
		return 0;
	l = skep_begin(struct line);
	if (!l)
		return 0;
	l->time = bpf_ktime_get_ns();
	bpf_get_stack(ctx, l->stack, sizeof(l->stack), 0);
	skep_add_str(l, &l->text, (void *)ctx->args[0]);
	skep_send(&lines, l);
	return 0;
}
