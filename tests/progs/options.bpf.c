/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every kind of option that needs nothing of skep; a row at each exec tells what they were set to. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

enum color { COLOR_RED = -1, COLOR_GREEN = 3, COLOR_BLUE = 70000 };
typedef __u16 small_t;

const volatile bool flag = false;
const volatile bool on = true;
const volatile __s8 i8 = -1;
const volatile __u8 n8 = 1;
const volatile __s16 i16 = -2;
const volatile small_t n16 = 2;
const volatile __s32 i32 = -3;
const volatile __u32 n32 = 3;
const volatile __s64 i64 = -4;
const volatile __u64 n64 = 4;
const volatile enum color color = COLOR_GREEN;
const volatile char text[8] = "none";
const volatile __u16 list[3];
const volatile int folded = 5; /* nothing reads it */

struct seen {
	int pid;
	bool flag, on;
	__s8 i8;
	__u8 n8;
	__s16 i16;
	__u16 n16;
	__s32 i32;
	__u32 n32;
	__s64 i64;
	__u64 n64;
	enum color color;
	char text[8];
	__u16 list[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
	__type(value, struct seen);
} seen SEC(".maps");

SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	struct seen *s = bpf_ringbuf_reserve(&seen, sizeof(*s), 0);

	if (!s)
		return 0;
	s->pid = bpf_get_current_pid_tgid() >> 32;
	s->flag = flag;
	s->on = on;
	s->i8 = i8;
	s->n8 = n8;
	s->i16 = i16;
	s->n16 = n16;
	s->i32 = i32;
	s->n32 = n32;
	s->i64 = i64;
	s->n64 = n64;
	s->color = color;
	for (int i = 0; i < 8; i++)
		s->text[i] = text[i];
	for (int i = 0; i < 3; i++)
		s->list[i] = list[i];
	bpf_ringbuf_submit(s, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
