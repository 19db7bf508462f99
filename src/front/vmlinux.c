/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vmlinux.h: every type of the running kernel in C, made from its BTF and kept in the cache under
 * the kernel's build id.
 *
 * All records are marked preserve_access_index, so that a program compiled with this file runs on
 * other kernels too: libbpf moves each access to where the member is there.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/front.h"
#include "kern/kern.h"

static const char head[] = "#ifndef __VMLINUX_H__\n"
			   "#define __VMLINUX_H__\n\n"
			   "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
			   "#pragma clang attribute push (__attribute__((preserve_access_index)), "
			   "apply_to = record)\n"
			   "#endif\n\n";
static const char tail[] = "\n#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
			   "#pragma clang attribute pop\n"
			   "#endif\n\n"
			   "#endif /* __VMLINUX_H__ */\n";

/* btf_dump prints a few words at a time; room is made seldom so that each costs one vsnprintf(). */
static void add_text(void *ctx, const char *fmt, va_list ap)
{
	struct buf *out = ctx;
	va_list again;
	int n;

	if (out->cap - out->len < 4096)
		buf_reserve(out, 1 << 20);
	va_copy(again, ap);
	n = vsnprintf(out->p + out->len, out->cap - out->len, fmt, ap);
	if (n > 0 && (size_t)n < out->cap - out->len)
		out->len += n;
	else if (n > 0)
		buf_vprintf(out, fmt, again);
	va_end(again);
}

static int dump_types(const struct btf *btf, struct buf *out)
{
	struct btf_dump *dump = btf_dump__new(btf, add_text, out, NULL);
	unsigned int n = btf__type_cnt(btf);
	int err = 0;

	if (!dump)
		return -errno;
	for (unsigned int id = 1; id < n && !err; id++)
		err = btf_dump__dump_type(dump, id);
	btf_dump__free(dump);
	return err;
}

static int no_btf(void)
{
	return fail(ENOENT, "this kernel has no BTF (/sys/kernel/btf/vmlinux) to make vmlinux.h of; "
			    "put a vmlinux.h next to the source, or name a BTF file with --btf");
}

static int make(struct buf *out)
{
	size_t len;
	const void *raw = kern_btf_raw(&len);
	struct btf *btf;
	int err;

	if (!raw)
		return no_btf();
	btf = btf__new(raw, len);
	if (!btf)
		return fail(errno, "the kernel's BTF cannot be read: %s", strerror(errno));
	buf_puts(out, head);
	err = dump_types(btf, out);
	buf_puts(out, tail);
	btf__free(btf);
	if (err)
		return fail(-err, "vmlinux.h cannot be made from the kernel's BTF: %s", strerror(-err));
	return 0;
}

static int make_file(const char *dir, const char *path)
{
	struct buf text = {0};
	int err = make(&text);

	if (!err) {
		err = dir_make(dir);
		if (!err)
			err = file_write_atomic(path, text.p, text.len);
		if (err)
			fail(-err, "%s cannot be written: %s", path, strerror(-err));
	}
	buf_free(&text);
	return err;
}

int front_vmlinux_h(char **path)
{
	const char *id = kern_build_id();
	char *cache, *dir;
	int err;

	if (!id)
		return no_btf();
	err = cache_dir(&cache);
	if (err)
		return fail(-err, "no folder for vmlinux.h (%s); set SKEP_CACHE to one of yours",
			    strerror(-err));
	dir = xasprintf("%s/vmlinux-%s", cache, id);
	*path = xasprintf("%s/vmlinux.h", dir);
	err = access(*path, R_OK) == 0 ? 0 : make_file(dir, *path);
	if (err)
		free(*path);
	free(dir);
	free(cache);
	return err;
}
