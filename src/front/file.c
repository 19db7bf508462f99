/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file the user named → an object: C source is compiled, anything else has to be a BPF ELF file. */
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "front/front.h"

/* "dir/opensnoop.bpf.o" → "opensnoop" */
static char *object_name(const char *path)
{
	static const char *const suffixes[] = {".o", ".c", ".bpf"};
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t len = strlen(base);

	if (strcmp(path, "-") == 0)
		return xstrdup("stdin");
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (len > n && memcmp(base + len - n, suffixes[i], n) == 0)
			len -= n;
	}
	return xstrndup(base, len);
}

static bool is_text(const struct buf *b)
{
	size_t n = b->len < 512 ? b->len : 512;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = b->p[i];

		if (c < ' ' && !isspace(c))
			return false;
	}
	return true;
}

/* What a file that is no ELF file seems to be, from its first bytes. */
static const char *looks_like(const struct buf *b)
{
	static const struct {
		const char *magic, *what;
	} known[] = {
		{"#!", "a script"},
		{"\x1f\x8b", "gzip-compressed; unpack it first"},
		{"\xfd" "7zXZ", "xz-compressed; unpack it first"},
		{"\x28\xb5\x2f\xfd", "zstd-compressed; unpack it first"},
		{"PK\x03\x04", "a zip archive"},
		{"!<arch>", "an archive of objects (.a)"},
		{"BC\xc0\xde", "LLVM bitcode; finish it with `llc -march=bpf -filetype=obj`"},
		{"\x9f\xeb", "raw BTF without programs"},
		{"\xeb\x9f", "raw BTF without programs"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (b->len >= strlen(known[i].magic) &&
		    memcmp(b->p, known[i].magic, strlen(known[i].magic)) == 0)
			return known[i].what;
	if (b->len >= 4 && memcmp(b->p, "\0asm", 4) == 0)
		return "a WebAssembly module";
	return is_text(b) ? "text; C source must have a name that ends in .c" : "some other data";
}

/* For which machine an ELF file is, when it is not for BPF. */
static const char *machine_name(unsigned int machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86-64";
	case EM_AARCH64:
		return "arm64";
	case EM_386:
		return "i386";
	case EM_ARM:
		return "arm";
	case EM_RISCV:
		return "riscv";
	case EM_S390:
		return "s390";
	case EM_PPC64:
		return "powerpc64";
	default:
		return "another machine";
	}
}

static int check_elf(const char *path, const struct buf *b)
{
	Elf64_Ehdr eh;

	if (b->len == 0)
		return fail(ENODATA, "%s is empty", path);
	if (b->len < SELFMAG || memcmp(b->p, ELFMAG, SELFMAG) != 0)
		return fail(ENOEXEC, "%s is not a BPF object: it is %s", path, looks_like(b));
	if (b->len < sizeof(eh))
		return fail(ENOEXEC, "%s is an ELF file cut short after %zu bytes", path, b->len);
	memcpy(&eh, b->p, sizeof(eh));
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || (eh.e_machine != EM_BPF && eh.e_machine != EM_NONE))
		return fail(ENOEXEC, "%s is an ELF file for %s, not a BPF object", path,
			    eh.e_ident[EI_CLASS] == ELFCLASS64 ? machine_name(eh.e_machine) :
								 "a 32-bit machine");
	return 0;
}

static int read_file(const char *path, size_t limit, struct buf *out)
{
	int err = file_read(path, limit, out);

	switch (-err) {
	case 0:
		return 0;
	case ENOENT:
		return fail(ENOENT, "%s: there is no such file", path);
	case EISDIR:
		return fail(EISDIR, "%s is a directory; name a .bpf.c or .bpf.o file in it", path);
	case EFBIG:
		return fail(EFBIG, "%s is larger than %zu MiB", path, limit >> 20);
	default:
		return fail(-err, "%s cannot be read: %s", path, strerror(-err));
	}
}

static int open_c(const char *path, struct object_source *src, struct buf *elf)
{
	int err = front_compile(path, elf);

	if (err)
		return err;
	src->from_c = true;
	return front_annotations(path, &src->notes);
}

static int open_elf(const char *path, struct buf *elf)
{
	int err = read_file(path, OBJECT_MAX_SIZE, elf);

	return err ? err : check_elf(strcmp(path, "-") == 0 ? "standard input" : path, elf);
}

int front_open_file(const char *path, struct object_source *src)
{
	struct buf elf = {0};
	int err;

	*src = (struct object_source){0};
	err = str_ends(path, ".c") ? open_c(path, src, &elf) : open_elf(path, &elf);
	if (err) {
		buf_free(&elf);
		notes_free(&src->notes);
		*src = (struct object_source){0};
		return err;
	}
	src->name = object_name(path);
	src->bytes = src->to_free = elf.p;
	src->len = elf.len;
	return 0;
}
