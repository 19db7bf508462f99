/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's BTF in place: look-ups against libbpf's, and relocations with the reduced and the
 * full one. */
#include "kern_objects.h"

#include "kern/btf.h"

/* Fields, bit-fields, flavours, enums, sizes, anonymous members, arrays, things that do not exist.
 */
static const char relocations[] =
	"#define CORE __attribute__((preserve_access_index))\n"
	"struct qstr { union { struct { unsigned hash, len; }; unsigned long long hash_len; }; "
	"const char *name; } CORE;\n"
	"struct dentry { struct qstr d_name; } CORE;\n"
	"struct rlimit { unsigned long rlim_cur, rlim_max; } CORE;\n"
	"struct signal_struct { struct rlimit rlim[16]; } CORE;\n"
	"struct task_struct { int pid, tgid; char comm[16]; struct task_struct *real_parent;\n"
	"  struct signal_struct *signal; unsigned flags; unsigned sched_reset_on_fork : 1; "
	"unsigned in_execve : 1; } CORE;\n"
	"struct task_struct___old { long state; } CORE;\n"
	"struct task_struct___new { unsigned __state; int nonsense; } CORE;\n"
	"struct tcp_sock { unsigned char repair : 1; unsigned snd_wnd; } CORE;\n"
	"struct in6 { union { unsigned u6_addr32[4]; } in6_u; } CORE;\n"
	"struct in6_addr { union { unsigned char u6_addr8[16]; unsigned u6_addr32[4]; } in6_u; } "
	"CORE;\n"
	"struct sock_common { union { struct { unsigned skc_daddr, skc_rcv_saddr; }; }; unsigned "
	"short skc_family;\n"
	"  struct in6_addr skc_v6_daddr; } CORE;\n"
	"struct sock { struct sock_common __sk_common; unsigned short sk_protocol; } CORE;\n"
	"struct no_such_struct { int a; } CORE;\n"
	"typedef struct { unsigned val; } kuid_t;\n"
	"enum pid_type { PIDTYPE_PID = 7, PIDTYPE_SID = 9, PIDTYPE_NONE_SUCH = 11 };\n"
	"enum no_such_enum { NO_SUCH = 1 };\n"
	"#define S(x) sum += (unsigned long long)(x); sum = sum << 3 | sum >> 61\n"
	"SEC(\"raw_tp/sched_switch\") int fields(unsigned long long *ctx) {\n"
	"  struct task_struct *t = (void *)ctx[1]; struct sock *sk = (void *)ctx[2]; struct dentry "
	"*d = (void *)ctx[2];\n"
	"  unsigned long long sum = 0;\n"
	"  S(BPF_CORE_READ(t, real_parent, tgid)); S(BPF_CORE_READ(t, comm[3])); "
	"S(BPF_CORE_READ(t, signal, rlim[3].rlim_cur));\n"
	"  S(BPF_CORE_READ(d, d_name.name)); S(BPF_CORE_READ(d, d_name.len)); S(BPF_CORE_READ(sk, "
	"sk_protocol));\n"
	"  S(BPF_CORE_READ(sk, __sk_common.skc_daddr)); S(BPF_CORE_READ(sk, "
	"__sk_common.skc_v6_daddr.in6_u.u6_addr32[2]));\n"
	"  hits = sum; return 0; }\n"
	"SEC(\"raw_tp/sched_switch\") int bits(unsigned long long *ctx) {\n"
	"  struct task_struct *t = (void *)ctx[1]; struct tcp_sock *tp = (void *)ctx[2]; unsigned "
	"long long sum = 0;\n"
	"  S(BPF_CORE_READ_BITFIELD_PROBED(t, sched_reset_on_fork)); "
	"S(BPF_CORE_READ_BITFIELD_PROBED(t, in_execve));\n"
	"  S(BPF_CORE_READ_BITFIELD_PROBED(tp, repair)); S(BPF_CORE_READ_BITFIELD_PROBED(tp, "
	"snd_wnd));\n"
	"  hits = sum; return 0; }\n"
	"SEC(\"raw_tp/sched_switch\") int flavours(unsigned long long *ctx) {\n"
	"  struct task_struct___old *o = (void *)ctx[1]; struct task_struct___new *n = (void *)o; "
	"unsigned long long sum = 0;\n"
	"  struct no_such_struct *no = (void *)o;\n"
	"  if (bpf_core_field_exists(o->state)) { S(BPF_CORE_READ(o, state)); } else { "
	"S(BPF_CORE_READ(n, __state)); }\n"
	"  S(bpf_core_field_exists(n->nonsense)); S(bpf_core_field_exists(no->a)); "
	"S(bpf_core_type_exists(struct no_such_struct));\n"
	"  S(bpf_core_type_exists(struct task_struct___old)); S(bpf_core_type_exists(kuid_t)); "
	"hits = sum; return 0; }\n"
	"SEC(\"raw_tp/sched_switch\") int enums(void *ctx) { unsigned long long sum = 0;\n"
	"  S(bpf_core_enum_value(enum pid_type, PIDTYPE_SID)); S(bpf_core_enum_value_exists(enum "
	"pid_type, PIDTYPE_NONE_SUCH));\n"
	"  S(bpf_core_enum_value_exists(enum no_such_enum, NO_SUCH)); S(bpf_core_type_size(enum "
	"pid_type));\n"
	"  hits = sum; return 0; }\n"
	"SEC(\"raw_tp/sched_switch\") int sizes(void *ctx) { struct task_struct *t = 0; unsigned "
	"long long sum = 0;\n"
	"  S(bpf_core_type_size(struct task_struct)); S(bpf_core_type_size(kuid_t)); "
	"S(bpf_core_field_size(t->comm));\n"
	"  S(__builtin_preserve_field_info(t->pid, 3)); S(__builtin_preserve_field_info(t->flags, "
	"3));\n"
	"  S(bpf_core_field_size(t->signal)); hits = sum; return 0; }\n"
	"SEC(\"tp_btf/sched_switch\") int typed(unsigned long long *ctx) { struct task_struct *t = "
	"(void *)ctx[1];\n"
	"  hits = t->pid + t->signal->rlim[2].rlim_max; return 0; }\n"
	"struct bpf_iter__task { void *meta; struct task_struct *task; };\n"
	"SEC(\"iter/task\") int walk(struct bpf_iter__task *ctx) { struct task_struct *t = "
	"ctx->task;\n"
	"  if (t) hits += t->pid; return 0; }\n";

/* Map descriptors differ from load to load: they are left out. */
static void instructions(struct kern_object *o, struct buf *out)
{
	for (size_t i = 0; i < o->obj.nprogs; i++) {
		const struct bpf_insn *insns = bpf_program__insns(o->obj.progs[i].prog);
		size_t n = bpf_program__insn_cnt(o->obj.progs[i].prog);

		for (size_t j = 0; j < n; j++) {
			struct bpf_insn insn = insns[j];

			if (insn.code == (BPF_LD | BPF_IMM | BPF_DW) && insn.src_reg)
				insn.imm = 0;
			buf_add(out, &insn, sizeof(insn));
		}
	}
}

static int load(struct kern_object *o, bool full, struct buf *insns)
{
	int err = kern_open_bytes(o, NULL);

	if (err)
		return err;
	o->obj.needs_full_btf = full;
	kern_btf_prepare(&o->obj);
	err = bpf_object__load(o->obj.bpf);
	if (!err && kern_btf_reduced_in_use() == full)
		err = -EDOM;
	if (!err)
		instructions(o, insns);
	kern_object_close(o);
	return err;
}

TEST(relocations_with_the_reduced_BTF_are_those_with_the_full_one)
{
	struct buf reduced = {0}, full = {0};
	struct kern_object o = {0};

	if (!kern_can_load() || !kern_btf_available())
		return;
	CHECK_INT(kern_compile(relocations, &o.elf), 0);
	CHECK_INT(load(&o, false, &reduced), 0);
	CHECK_INT(load(&o, true, &full), 0);
	CHECK(full.len > 1000);
	CHECK_INT(reduced.len, full.len);
	CHECK_MEM(reduced.p, full.p, full.len);
	buf_free(&reduced);
	buf_free(&full);
	buf_free(&o.elf);
}

TEST(damaged_relocations_are_left_to_libbpf)
{
	struct kern_object o = {0};
	const void *good;
	size_t len;
	char *bad;

	if (!kern_btf_available())
		return;
	CHECK_INT(kern_compile(relocations, &o.elf), 0);
	CHECK_INT(kern_open_bytes(&o, NULL), 0);
	good = o.obj.btf_ext;
	len = o.obj.btf_ext_len;
	bad = xalloc(len);
	o.obj.btf_ext = bad;
	for (size_t i = 0; i < len; i += 43) {
		memcpy(bad, good, len);
		bad[i] ^= 0xa5;
		CHECK_INT(kern_btf_prepare(&o.obj), 0);
	}
	o.obj.btf_ext = good;
	for (o.obj.btf_ext_len = 0; o.obj.btf_ext_len < len; o.obj.btf_ext_len += 97)
		CHECK_INT(kern_btf_prepare(&o.obj), 0);
	kern_btf_prepare(NULL);
	free(bad);
	kern_object_close(&o);
	buf_free(&o.elf);
}

TEST(names_are_found_where_libbpf_finds_them)
{
	static const struct kern_btf_name names[] = {
		{"task_struct", BTF_KIND_STRUCT},
		{"file", BTF_KIND_STRUCT},
		{"sk", BTF_KIND_STRUCT},
		{"u8", BTF_KIND_TYPEDEF},
		{"int", BTF_KIND_INT},
		{"btf_trace_sched_switch", BTF_KIND_TYPEDEF},
		{"vfs_read", BTF_KIND_FUNC},
		{"bpf_attr", BTF_KIND_UNION},
		{"pid_type", BTF_KIND_ENUM},
		{"no_such_thing_at_all", BTF_KIND_STRUCT},
		{"task_struct", BTF_KIND_UNION},
		{"key", BTF_KIND_STRUCT},
	};
	struct btf *btf;

	if (!kern_btf_available())
		return;
	btf = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	CHECK(btf);
	kern_btf_prefetch(names, 4, NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int want = btf__find_by_name_kind(btf, names[i].name, names[i].kind);

		CHECK_INT(kern_btf_find(names[i].name, names[i].kind), want < 0 ? 0 : want);
	}
	btf__free(btf);
}

TEST(types_are_found_by_id)
{
	struct kern_btf_image *image = kern_btf_image();
	struct btf *btf;

	if (!image)
		return;
	btf = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	CHECK(btf);
	for (uint32_t id = 1; id < btf__type_cnt(btf); id += 61) {
		const struct btf_type *a = btf__type_by_id(btf, id), *b = kern_btf_type(image, id);

		CHECK(b);
		CHECK_INT(b->info, a->info);
		CHECK_STR(kern_btf_string(image, b->name_off),
			  btf__name_by_offset(btf, a->name_off));
	}
	CHECK(!kern_btf_type(image, btf__type_cnt(btf)));
	CHECK(!kern_btf_type(image, 0));
	btf__free(btf);
}

TEST(flavours_are_cut_off_as_libbpf_does)
{
	CHECK_INT(kern_btf_essential_len("task_struct"), 11);
	CHECK_INT(kern_btf_essential_len("task_struct___old"), 11);
	CHECK_INT(kern_btf_essential_len("a___b___c"), 5);
	CHECK_INT(kern_btf_essential_len("___x"), 4);
	CHECK_INT(kern_btf_essential_len("a____x"), 6);
	CHECK_INT(kern_btf_essential_len(""), 0);
}

static void write_btf(const char *path, const void *data, size_t len)
{
	CHECK_INT(file_write_atomic(path, data, len), 0);
	setenv("SKEP_BTF", path, 1);
}

TEST(a_file_that_is_no_BTF_is_none)
{
	char path[] = "/tmp/skep-kern-btf";

	write_btf(path, "no BTF at all, but longer than its header would be", 50);
	CHECK(!kern_btf_available());
	CHECK_INT(kern_btf_find("task_struct", BTF_KIND_STRUCT), 0);
	CHECK_HAS(kern_why_not(KERN_BTF), "BTF");
	unlink(path);
}

TEST(a_BTF_file_takes_the_place_of_the_kernels)
{
	struct btf *btf = btf__new_empty();
	char path[] = "/tmp/skep-kern-btf";
	uint32_t len;
	const void *raw;

	btf__add_int(btf, "odd_int", 4, 0);
	btf__add_struct(btf, "odd_struct", 8);
	raw = btf__raw_data(btf, &len);
	write_btf(path, raw, len);
	CHECK_INT(kern_btf_find("odd_struct", BTF_KIND_STRUCT), 2);
	CHECK_INT(kern_btf_find("task_struct", BTF_KIND_STRUCT), 0);
	unlink(path);
	btf__free(btf);
}

TEST(the_build_id_is_stable)
{
	const char *id = kern_build_id();

	CHECK(strlen(id) >= 16);
	CHECK_STR(kern_build_id(), id);
}
