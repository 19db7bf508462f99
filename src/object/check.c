/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * object_check(): walks an untrusted BPF object before anything else reads it.
 *
 * libbpf trusts what a compiler made: it follows type ids without asking whether they end, adds
 * offsets in 32 bits, relocates the second half of an instruction that is not there. So each header,
 * section, symbol, relocation, type and record is looked at first, in this order:
 *
 *	ELF header → section headers → names → symbols → programs → relocations       (here)
 *	.BTF header → types one by one → the graph of types → members → variables     (check_btf.c)
 *	.BTF.ext → records                                                            (check_btf.c)
 *
 * What is read is cast only after its bounds are known. All memory used is a small multiple of the
 * file's size. Format: the ELF specification.
 */
#include <linux/bpf.h>
#include <string.h>

#include "object/check.h"
#include "object/object.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif
#ifndef SHF_COMPRESSED
#define SHF_COMPRESSED (1 << 11)
#endif

#define MAX_SECTIONS 16384
#define MAX_PROGS 8192                /* libbpf keeps some 400 bytes for each */
#define MAX_PROG_SIZE (8u << 20)      /* a million instructions, the kernel's own limit */
#define MAX_BSS_SIZE (1ull << 30)     /* only address space until it is written */

static const char *section_name(const struct check *c, size_t i)
{
	return c->sh_names + c->sh[i].sh_name;
}

size_t check_section(const struct check *c, const char *name)
{
	for (size_t i = 1; i < c->nsh; i++)
		if (strcmp(section_name(c, i), name) == 0)
			return i;
	return 0;
}

static bool is_code(const Elf64_Shdr *sh)
{
	return sh->sh_type == SHT_PROGBITS && (sh->sh_flags & SHF_EXECINSTR) && sh->sh_size;
}

static int check_ident(const struct check *c, const Elf64_Ehdr *eh)
{
	const unsigned char host = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

	if (c->len < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return BAD(c, "it does not begin with an ELF header");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64)
		return BAD(c, "it is not a 64-bit ELF file");
	if (eh->e_ident[EI_DATA] != host)
		return fail(EINVAL, "%s: the object has the other byte order than this machine", c->name);
	if (eh->e_machine != EM_BPF && eh->e_machine != EM_NONE)
		return fail(EINVAL, "%s: the object is for machine %u, not BPF", c->name, eh->e_machine);
	if (eh->e_type != ET_REL)
		return BAD(c, "it is no relocatable file (ELF type %u)", eh->e_type);
	if (eh->e_ident[EI_VERSION] != EV_CURRENT || eh->e_version != EV_CURRENT)
		return BAD(c, "unknown ELF version %u", eh->e_version);
	return 0;
}

static int check_header(struct check *c)
{
	const Elf64_Ehdr *eh = (const void *)c->p;
	int err = check_ident(c, eh);

	if (err)
		return err;
	if (eh->e_shentsize != sizeof(Elf64_Shdr) || eh->e_ehsize != sizeof(*eh))
		return BAD(c, "headers of %u and %u bytes", eh->e_ehsize, eh->e_shentsize);
	if (eh->e_shnum == 0 || eh->e_shnum > MAX_SECTIONS)
		return BAD(c, "%u sections", eh->e_shnum);
	if (eh->e_shoff % 8 || eh->e_shoff > c->len ||
	    eh->e_shnum * sizeof(Elf64_Shdr) > c->len - eh->e_shoff)
		return BAD(c, "the section table is not inside the file");
	if (eh->e_shstrndx == 0 || eh->e_shstrndx >= eh->e_shnum)
		return BAD(c, "section %u should hold the names of sections", eh->e_shstrndx);
	c->sh = (const void *)(c->p + eh->e_shoff);
	c->nsh = eh->e_shnum;
	return 0;
}

/* A table of names: not empty, and its last name ends. */
static bool is_string_table(const struct check *c, size_t i)
{
	const Elf64_Shdr *sh = &c->sh[i];

	return sh->sh_type == SHT_STRTAB && sh->sh_size && !(sh->sh_flags & SHF_COMPRESSED) &&
	       c->p[sh->sh_offset + sh->sh_size - 1] == '\0';
}

static int check_extents(struct check *c)
{
	uint64_t zeroes = 0;

	for (size_t i = 1; i < c->nsh; i++) {
		const Elf64_Shdr *sh = &c->sh[i];

		if (sh->sh_type == SHT_NULL)
			return BAD(c, "section %zu has no type", i);
		if (sh->sh_offset > c->len ||
		    (sh->sh_type != SHT_NOBITS && sh->sh_size > c->len - sh->sh_offset))
			return BAD(c, "section %zu is not inside the file", i);
		if (sh->sh_type == SHT_NOBITS && (sh->sh_size > MAX_BSS_SIZE ||
						  (zeroes += sh->sh_size) > MAX_BSS_SIZE))
			return BAD(c, "section %zu wants %llu bytes of zeroes", i,
				   (unsigned long long)sh->sh_size);
	}
	return 0;
}

static int check_names(struct check *c)
{
	size_t names = ((const Elf64_Ehdr *)c->p)->e_shstrndx;

	if (!is_string_table(c, names))
		return BAD(c, "section %zu is no table of names", names);
	c->sh_names = (const char *)c->p + c->sh[names].sh_offset;
	for (size_t i = 0; i < c->nsh; i++)
		if (c->sh[i].sh_name >= c->sh[names].sh_size)
			return BAD(c, "section %zu has no name", i);
	return 0;
}

/* Sections that libbpf reads whole must hold bytes, and be there once. */
static int check_special(struct check *c)
{
	static const char *const once[] = {"license", "version", ".maps", ".BTF", ".BTF.ext",
					   ".struct_ops", ".text"};

	for (size_t k = 0; k < ARRAY_SIZE(once); k++) {
		size_t first = 0;

		for (size_t i = 1; i < c->nsh; i++) {
			const Elf64_Shdr *sh = &c->sh[i];

			if (strcmp(section_name(c, i), once[k]) != 0)
				continue;
			if (sh->sh_type != SHT_PROGBITS || (sh->sh_flags & SHF_COMPRESSED))
				return BAD(c, "section %s has type %u", once[k], sh->sh_type);
			if (first)
				return BAD(c, "section %s is there twice", once[k]);
			first = i;
		}
	}
	return 0;
}

static int check_license(const struct check *c)
{
	size_t i = check_section(c, "license");

	if (i && (!c->sh[i].sh_size || !memchr(c->p + c->sh[i].sh_offset, '\0', c->sh[i].sh_size)))
		return BAD(c, "the license is no text that ends");
	return 0;
}

static int find_symbols(struct check *c)
{
	for (size_t i = 1; i < c->nsh; i++) {
		if (c->sh[i].sh_type != SHT_SYMTAB)
			continue;
		if (c->symtab)
			return BAD(c, "two symbol tables");
		c->symtab = i;
	}
	if (!c->symtab)
		return fail(EINVAL, "%s: the object has no symbols; strip it with `llvm-strip -g` at most",
			    c->name);
	return 0;
}

static int check_symbol(const struct check *c, size_t i)
{
	const Elf64_Sym *s = &c->syms[i];
	const Elf64_Shdr *names = &c->sh[c->sh[c->symtab].sh_link];
	uint64_t size;

	if (s->st_name >= names->sh_size)
		return BAD(c, "symbol %zu has no name", i);
	if (s->st_shndx == SHN_UNDEF || s->st_shndx >= SHN_LORESERVE)
		return 0;
	if (s->st_shndx >= c->nsh)
		return BAD(c, "symbol %zu is in section %u, which is not there", i, s->st_shndx);
	size = c->sh[s->st_shndx].sh_size;
	if (s->st_value > size || s->st_size > size - s->st_value)
		return BAD(c, "symbol %zu (%.64s) ends outside its section", i, c->sym_names + s->st_name);
	return 0;
}

static int check_symbols(struct check *c)
{
	const Elf64_Shdr *sh;
	int err = find_symbols(c);

	if (err)
		return err;
	sh = &c->sh[c->symtab];
	if (sh->sh_entsize != sizeof(Elf64_Sym) || sh->sh_size % sizeof(Elf64_Sym) || sh->sh_offset % 8 ||
	    (sh->sh_flags & SHF_COMPRESSED))
		return BAD(c, "the symbol table has entries of %llu bytes",
			   (unsigned long long)sh->sh_entsize);
	if (sh->sh_link == 0 || sh->sh_link >= c->nsh || !is_string_table(c, sh->sh_link))
		return BAD(c, "the symbol table has no names");
	c->syms = (const void *)(c->p + sh->sh_offset);
	c->nsyms = sh->sh_size / sizeof(Elf64_Sym);
	c->sym_names = (const char *)c->p + c->sh[sh->sh_link].sh_offset;
	if (sh->sh_info > c->nsyms)
		return BAD(c, "%u of %zu symbols are local", sh->sh_info, c->nsyms);
	for (size_t i = 0; i < c->nsyms && !err; i++)
		err = check_symbol(c, i);
	return err;
}

static int check_relocation(const struct check *c, size_t section, const Elf64_Rel *r)
{
	const Elf64_Shdr *to = &c->sh[c->sh[section].sh_info];
	const char *name = section_name(c, section);

	if (ELF64_R_SYM(r->r_info) >= c->nsyms)
		return BAD(c, "%s names symbol %llu, which is not there", name,
			   (unsigned long long)ELF64_R_SYM(r->r_info));
	if (r->r_offset >= to->sh_size)
		return BAD(c, "%s points outside its section", name);
	if (is_code(to) && (r->r_offset % 8 || to->sh_size - r->r_offset < 8))
		return BAD(c, "%s points between two instructions", name);
	return 0;
}

static int check_relocations(const struct check *c, size_t section)
{
	const Elf64_Shdr *sh = &c->sh[section];
	const Elf64_Rel *r = (const void *)(c->p + sh->sh_offset);
	const char *name = section_name(c, section);
	int err = 0;

	if (sh->sh_entsize != sizeof(*r) || sh->sh_size % sizeof(*r) || sh->sh_offset % 8 ||
	    (sh->sh_flags & SHF_COMPRESSED))
		return BAD(c, "%s has entries of %llu bytes", name, (unsigned long long)sh->sh_entsize);
	if (sh->sh_info == 0 || sh->sh_info >= c->nsh)
		return BAD(c, "%s is for section %u, which is not there", name, sh->sh_info);
	if (sh->sh_link != c->symtab)
		return BAD(c, "%s uses other symbols", name);
	for (size_t i = 0; i < sh->sh_size / sizeof(*r) && !err; i++)
		err = check_relocation(c, section, &r[i]);
	return err;
}

/* Is it what libbpf takes for a program or a function of programs? */
static bool is_function(const struct check *c, const Elf64_Sym *s)
{
	return ELF64_ST_TYPE(s->st_info) == STT_FUNC && s->st_shndx != SHN_UNDEF &&
	       s->st_shndx < SHN_LORESERVE && is_code(&c->sh[s->st_shndx]);
}

/* One function: whole instructions, and the last one is not the first half of a wide load. */
static int check_function(const struct check *c, const Elf64_Sym *s)
{
	const Elf64_Shdr *sh = &c->sh[s->st_shndx];
	const char *name = c->sym_names + s->st_name;
	const struct bpf_insn *insns = (const void *)(c->p + sh->sh_offset + s->st_value);

	if (s->st_value % 8 || s->st_size % 8 || s->st_size == 0)
		return BAD(c, "program %.64s is %llu bytes at %llu", name, (unsigned long long)s->st_size,
			   (unsigned long long)s->st_value);
	if (s->st_size > MAX_PROG_SIZE)
		return fail(EINVAL, "%s: program %.64s is larger than the million instructions of the kernel",
			    c->name, name);
	if (insns[s->st_size / 8 - 1].code == (BPF_LD | BPF_IMM | BPF_DW))
		return BAD(c, "program %.64s ends inside an instruction", name);
	return 0;
}

/* What libbpf copies for each program that calls functions of .text: code and its relocations. */
static uint64_t called_size(const struct check *c, size_t text)
{
	uint64_t size = text ? c->sh[text].sh_size : 0;

	for (size_t i = 1; i < c->nsh && text; i++)
		if (c->sh[i].sh_type == SHT_REL && c->sh[i].sh_info == text)
			size += 2 * c->sh[i].sh_size;
	return size;
}

/* Sums up what libbpf will copy, and bounds it. */
static int check_functions(struct check *c)
{
	size_t text = check_section(c, ".text");
	uint64_t copied = 0, called = called_size(c, text);
	int err = 0;

	for (size_t i = 0; i < c->nsyms && !err; i++) {
		const Elf64_Sym *s = &c->syms[i];

		if (!is_function(c, s))
			continue;
		err = check_function(c, s);
		copied += s->st_size + (s->st_shndx == text ? 0 : called);
		if (!err && (++c->nprogs > MAX_PROGS || copied > CHECK_MAX_COPIED))
			return BAD(c, "more than %u functions or %llu bytes of them", MAX_PROGS,
				   CHECK_MAX_COPIED);
	}
	return err;
}

/* libbpf looks into the kernel's BTF for struct_ops without asking whether it was loaded; it is
 * loaded when there is a program of that kind. */
static int check_struct_ops(const struct check *c)
{
	if (!check_section(c, ".struct_ops"))
		return 0;
	for (size_t i = 0; i < c->nsyms; i++) {
		const Elf64_Sym *s = &c->syms[i];

		if (is_function(c, s) && str_starts(section_name(c, s->st_shndx), "struct_ops"))
			return 0;
	}
	return BAD(c, "struct_ops, but no program of such a struct");
}

static int check_code(struct check *c)
{
	size_t ncode = 0;
	int err;

	for (size_t i = 1; i < c->nsh; i++) {
		const Elf64_Shdr *sh = &c->sh[i];

		if (!is_code(sh))
			continue;
		ncode++;
		if (sh->sh_size % 8 || sh->sh_offset % 8 || (sh->sh_flags & SHF_COMPRESSED))
			return BAD(c, "section %.64s holds no whole instructions", section_name(c, i));
	}
	if (ncode * c->nsyms > CHECK_MAX_WORK)
		return BAD(c, "%zu sections of programs and %zu symbols", ncode, c->nsyms);
	err = check_functions(c);
	return err ? err : check_struct_ops(c);
}

static int check_elf(struct check *c)
{
	int err = check_header(c);

	if (!err)
		err = check_extents(c);
	if (!err)
		err = check_names(c);
	if (!err)
		err = check_special(c);
	if (!err)
		err = check_license(c);
	if (!err)
		err = check_symbols(c);
	if (!err)
		err = check_code(c);
	for (size_t i = 1; i < c->nsh && !err; i++)
		if (c->sh[i].sh_type == SHT_REL)
			err = check_relocations(c, i);
	return err;
}

int object_check(const char *name, const void *bytes, size_t len)
{
	struct check c = {.name = name, .p = bytes, .len = len};
	int err;

	if (len > OBJECT_MAX_SIZE)
		return fail(EFBIG, "%s: the object is larger than %u MiB", name, OBJECT_MAX_SIZE >> 20);
	err = check_elf(&c);
	return err ? err : check_btf(&c);
}
