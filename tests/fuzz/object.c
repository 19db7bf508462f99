/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzz target: bytes → object_check(), and whatever it accepts must not hurt libbpf nor skep: the
 * object is opened, described and walked, each type is resolved and printed as C, and each option is
 * set.
 *
 * `make test` links this with all of skep and replays the corpus. tests/fuzz/run.sh builds it as a
 * libFuzzer target without the engines (FUZZING) and loads the object as well: then bpf(2) is
 * answered by a stub, so that relocation and CO-RE run but no program ever reaches the kernel.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "object/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void swallow(void *ctx, const char *fmt, va_list ap)
{
}

/* A gap in a struct is printed as one line for each 8 bytes: that only takes time. */
static bool is_printable(const struct btf_type *t)
{
	return !btf_is_composite(t) || t->size < 65536;
}

/* Answers are of no interest; that each question is answered is. */
static void walk_types(const struct btf *btf)
{
	struct btf_dump *dump = btf_dump__new(btf, swallow, NULL, NULL);

	for (unsigned int id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		btf__name_by_offset(btf, t->name_off);
		btf__resolve_size(btf, id);
		btf__resolve_type(btf, id);
		btf__align_of(btf, id);
		if (dump && is_printable(t))
			btf_dump__dump_type(dump, id);
	}
	btf_dump__free(dump);
}

static unsigned int sum;

static void walk_object(struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_program(prog, obj) {
		const struct bpf_insn *insns = bpf_program__insns(prog);

		for (size_t i = 0; i < bpf_program__insn_cnt(prog); i++)
			sum += insns[i].code;
	}
	bpf_object__for_each_map(map, obj) {
		size_t len = 0;
		const uint8_t *p = bpf_map__initial_value(map, &len);

		for (size_t i = 0; p && i < len && i < 4096; i++)
			sum += p[i];
	}
	if (bpf_object__btf(obj))
		walk_types(bpf_object__btf(obj));
}

#ifdef FUZZING
/* ---- bpf(2), answered without a kernel ---------------------------------------------------------- */

long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f);
long __real_syscall(long nr, long a, long b, long c, long d, long e, long f);
struct btf *__wrap_btf__load_vmlinux_btf(void);

long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr != __NR_bpf)
		return __real_syscall(nr, a, b, c, d, e, f);
	switch (a) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_FREEZE:
		return 0;
	default:
		errno = EINVAL;
		return -1;
	}
}

/* A kernel of a few types. */
static struct btf *small_kernel(void)
{
	struct btf *btf = btf__new_empty();
	int i32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int task = btf__add_struct(btf, "task_struct", 64), ptr, proto;

	btf__add_field(btf, "pid", i32, 0, 0);
	btf__add_field(btf, "tgid", i32, 64, 0);
	ptr = btf__add_ptr(btf, task);
	btf__add_struct(btf, "event", 16);
	btf__add_field(btf, "a", ptr, 0, 0);
	btf__add_enum(btf, "state", 4);
	btf__add_enum_value(btf, "ONE", 1);
	proto = btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, "task", ptr);
	btf__add_func(btf, "do_unlinkat", BTF_FUNC_GLOBAL, proto);
	btf__add_typedef(btf, "btf_trace_sched_switch", btf__add_ptr(btf, proto));
	return btf;
}

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return small_kernel();
}

/* Where CO-RE relocations find the small kernel: a memory file with its BTF. */
static const char *small_kernel_path(void)
{
	static char path[32];
	struct btf *btf;
	const void *raw;
	__u32 len;
	int fd;

	if (path[0])
		return path;
	btf = small_kernel();
	raw = btf__raw_data(btf, &len);
	fd = memfd_create("btf", 0);
	if (fd < 0 || write(fd, raw, len) != (ssize_t)len)
		abort();
	btf__free(btf);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static void load(struct bpf_object *obj)
{
	bpf_object__load(obj);
}

#else
static const char *small_kernel_path(void)
{
	return NULL;
}

static void load(struct bpf_object *obj)
{
}
#endif

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return 0;
}

static void try_libbpf(const uint8_t *data, size_t len)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "fuzz",
		    .btf_custom_path = small_kernel_path());
	struct bpf_object *obj;

	libbpf_set_print(quiet);
	obj = bpf_object__open_mem(data, len, &opts);
	if (!obj)
		return;
	walk_object(obj);
	load(obj);
	bpf_object__close(obj);
}

static void try_skep(const uint8_t *data, size_t len)
{
	struct object_source src = {.name = "fuzz", .bytes = data, .len = len};
	struct object *obj;
	char text[256];

	if (object_open(&src, &obj))
		return;
	for (size_t i = 0; i < obj->noptions; i++) {
		object_option_default(&obj->options[i], text, sizeof(text));
		object_option_set(obj, &obj->options[i], "1");
	}
	object_close(obj);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* As a file is held in memory: aligned, and no byte longer than it is. */
	uint8_t *copy = xalloc(len);

	if (len)
		memcpy(copy, data, len);
	if (object_check("fuzz", copy, len) == 0) {
		try_libbpf(copy, len);
		try_skep(copy, len);
	}
	free(copy);
	return 0;
}

#ifndef FUZZING
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct buf b = {0};

		if (file_read(argv[i], OBJECT_MAX_SIZE, &b) == 0)
			LLVMFuzzerTestOneInput((void *)b.p, b.len);
		buf_free(&b);
	}
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
#endif
