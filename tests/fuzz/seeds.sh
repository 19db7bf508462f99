#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# seeds.sh: makes the well-formed inputs of tests/fuzz/corpus/object again, with this machine's clang:
# each a few hundred bytes to 4 KB that reaches another part of the readers.
set -eu
cd "$(dirname "$0")/corpus/object"
common='
typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long long u64;
#define SEC(s) __attribute__((section(s), used))
#define __uint(n, v) int (*n)[v]
#define __type(n, v) typeof(v) *n
#define __array(n, v) typeof(v) *n[]
static long (*trace)(const char *, u32, ...) = (void *)6;
static void *(*lookup)(void *, const void *) = (void *)1;
static long (*update)(void *, const void *, const void *, u64) = (void *)2;
char LICENSE[] SEC("license") = "GPL";
'

seed() { # NAME, source on standard input
	{ echo "$common"; cat; } | clang -g -O2 -target bpf -mcpu=v3 -xc -c -o "$1.o" -
	[ "${2:-}" = dwarf ] || llvm-strip -g "$1.o"
}

seed minimal <<'C'
SEC("tp/syscalls/sys_enter_write") int hello(void *ctx) { return 0; }
C
seed printk <<'C'
SEC("tp/syscalls/sys_enter_write") int hello(void *ctx) { trace("hi %d", 6, 1); return 0; }
C
seed options <<'C'
const volatile u32 pid = 7; const volatile _Bool failed; const volatile char comm[16] = "bash";
enum state { ONE = 1, TWO } ; const volatile enum state state = TWO; u64 seen; int data = 3;
SEC("tp/a/b") int f(void *ctx) { seen += pid + failed + comm[1] + state; data++; return 0; }
C
seed maps <<'C'
struct value { u64 n; u32 slots[8]; char comm[16]; };
struct { __uint(type, 1); __uint(max_entries, 64); __type(key, u32); __type(value, struct value); } counts SEC(".maps");
struct { __uint(type, 27); __uint(max_entries, 4096); } rb SEC(".maps");
SEC("kprobe/do_unlinkat") int f(void *ctx) { u32 k = 1; struct value *v = lookup(&counts, &k); if (v) v->n++; return 0; }
C
seed inner_maps <<'C'
struct inner { __uint(type, 2); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } a SEC(".maps"), b SEC(".maps");
struct { __uint(type, 12); __uint(max_entries, 2); __type(key, u32); __array(values, struct inner); } outer SEC(".maps") = { .values = { &a, &b } };
SEC("xdp") int f(void *ctx) { u32 k = 0; return lookup(&outer, &k) ? 1 : 2; }
C
seed tail_calls <<'C'
SEC("tc") int one(void *ctx) { return 0; }
struct { __uint(type, 3); __uint(max_entries, 2); __uint(key_size, 4); __array(values, int(void *)); } jumps SEC(".maps") = { .values = { [1] = (void *)&one } };
SEC("tc") int two(void *ctx) { return lookup(&jumps, ctx) != 0; }
C
seed functions <<'C'
__attribute__((noinline)) int add(int a, int b) { return a * b + 1; }
static __attribute__((noinline)) int twice(int a) { return add(a, a) + add(a, 2); }
SEC("raw_tp/sched_switch") int f(u64 *ctx) { return twice(ctx[0]) + add(ctx[1], 3); }
SEC("raw_tp/sched_wakeup") int g(u64 *ctx) { return twice(ctx[1]); }
C
seed core <<'C'
struct task_struct { int pid; int tgid; } __attribute__((preserve_access_index));
enum state { ONE = 1 };
SEC("tp_btf/sched_switch") int f(u64 *ctx) {
	struct task_struct *t = (void *)ctx[1];
	return t->tgid + __builtin_preserve_field_info(t->pid, 2) + __builtin_preserve_type_info(*(struct task_struct *)0, 0)
		+ __builtin_preserve_enum_value(*(enum state *)ONE, 0) + __builtin_btf_type_id(*(struct task_struct *)0, 1);
}
C
seed externs <<'C'
extern int LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));
extern _Bool CONFIG_BPF __attribute__((section(".kconfig"), weak));
extern const int bpf_prog_active __attribute__((section(".ksyms")));
extern int bpf_kfunc(int a) __attribute__((section(".ksyms"), weak));
SEC("fentry/do_unlinkat") int f(u64 *ctx) { return LINUX_KERNEL_VERSION + CONFIG_BPF + (bpf_prog_active != 0) + bpf_kfunc(1); }
C
seed struct_ops <<'C'
struct ops { int (*init)(u64 *); int (*done)(u64 *); u32 flags; char name[16]; };
SEC("struct_ops/init") int init(u64 *ctx) { return 0; }
SEC("struct_ops/done") int done(u64 *ctx) { return 1; }
struct ops my_ops __attribute__((section(".struct_ops"), used)) = { .init = (void *)init, .done = (void *)done, .flags = 3, .name = "mine" };
C
seed tags <<'C'
#define TAG(s) __attribute__((btf_decl_tag("skep:" s)))
struct event { u32 pid TAG("title=PID"); char comm[16]; u64 delta_ns TAG("unit=ns"); } TAG("export=");
const volatile u32 opt_pid TAG("option=p") TAG("help=only this process");
struct { __uint(type, 27); __uint(max_entries, 4096); __type(value, struct event); } events SEC(".maps") TAG("stream=");
SEC("?tp/a/b") int f(void *ctx) TAG("group=x") TAG("choice=1") { return opt_pid + lookup(&events, ctx) != 0; }
C
seed types <<'C'
typedef struct { u32 a : 3, b : 29; u64 c : 60; union { u8 x; u64 y; }; struct { int z[4][2]; } in; } packed_t;
enum big { BIG = 0x100000000ull, SMALL = 1 };
struct node { struct node *next; const volatile packed_t *p; int (*call)(struct node *, ...); enum big e; void *restrict v; float f; double d; };
struct node *list; packed_t all;
SEC("iter/task") int f(struct node *n) { return n->next != list; }
C
seed dwarf dwarf <<'C'
SEC("uprobe//bin/bash:readline") int f(u64 *ctx) { u64 local = ctx[1]; trace("x%d", 4, local); return 0; }
C
ls -l
