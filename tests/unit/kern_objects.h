/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For the tests of src/kern: C text → BPF object in memory → programs loaded and attached. */
#ifndef SKEP_KERN_OBJECTS_H
#define SKEP_KERN_OBJECTS_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <elf.h>
#include <errno.h>
#include <sys/utsname.h>

#include "kern/kern.h"
#include "object/object.h"
#include "test.h"

struct kern_object {
	struct buf elf;
	struct object_source source;
	struct object obj; /* only what kern looks at */
};

static const char kern_head[] = "#include <linux/bpf.h>\n"
				"#include <bpf/bpf_helpers.h>\n"
				"#include <bpf/bpf_core_read.h>\n"
				"char LICENSE[] SEC(\"license\") = \"GPL\";\n"
				"volatile unsigned long long hits;\n";

/* The compiler is a part of the build, so it is there. */
static int kern_compile(const char *text, struct buf *elf)
{
	char path[] = "/tmp/skep-kern-XXXXXX", *command;
	struct utsname u;
	int fd = mkstemp(path), err;
	FILE *cc;

	uname(&u);
	command = xasprintf("clang -g -O2 -target bpf -mcpu=v3 -Wno-everything "
#ifdef __aarch64__
			    "-D__TARGET_ARCH_arm64 "
#else
			    "-D__TARGET_ARCH_x86 "
#endif
			    "-idirafter /usr/include/%s-linux-gnu -x c -c -o %s -",
			    u.machine, path);
	cc = popen(command, "w");
	fputs(kern_head, cc);
	fputs(text, cc);
	err = pclose(cc) ? -EINVAL : file_read(path, OBJECT_MAX_SIZE, elf);
	unlink(path);
	close(fd);
	free(command);
	return err;
}

static void kern_find_btf_ext(struct kern_object *o)
{
	const Elf64_Ehdr *e = (const void *)o->elf.p;
	const Elf64_Shdr *sh = (const void *)(o->elf.p + e->e_shoff);
	const char *names = o->elf.p + sh[e->e_shstrndx].sh_offset;

	for (int i = 0; i < e->e_shnum; i++) {
		if (strcmp(names + sh[i].sh_name, ".BTF.ext") != 0)
			continue;
		o->obj.btf_ext = o->elf.p + sh[i].sh_offset;
		o->obj.btf_ext_len = sh[i].sh_size;
	}
}

/* Opens; with `only`, that program alone will be loaded. */
static int kern_open_bytes(struct kern_object *o, const char *only)
{
	struct bpf_program *p;

	kern_register_sections();
	o->source.name = "test";
	o->obj.src = &o->source;
	o->obj.bpf = bpf_object__open_mem(o->elf.p, o->elf.len, NULL);
	if (!o->obj.bpf)
		return -errno;
	o->obj.btf = bpf_object__btf(o->obj.bpf);
	kern_find_btf_ext(o);
	bpf_object__for_each_program(p, o->obj.bpf)
	{
		struct object_prog *op = vec_push(o->obj.progs, o->obj.nprogs);

		*op = (struct object_prog){.prog = p,
					   .name = bpf_program__name(p),
					   .sec = bpf_program__section_name(p)};
		if (only)
			bpf_program__set_autoload(p, strcmp(op->name, only) == 0);
	}
	return 0;
}

static void kern_object_close(struct kern_object *o)
{
	bpf_object__close(o->obj.bpf);
	free(o->obj.progs);
	memset(&o->obj, 0, sizeof(o->obj));
}

__attribute__((unused)) static uint64_t kern_hits(struct kern_object *o)
{
	struct bpf_map *bss = bpf_object__find_map_by_name(o->obj.bpf, ".bss");
	uint64_t hits = 0;
	int zero = 0;

	bpf_map__lookup_elem(bss, &zero, sizeof(zero), &hits, sizeof(hits), 0);
	return hits;
}

#endif
