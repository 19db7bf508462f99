/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * check: what the two halves of object_check() share: check.c walks the ELF file and calls
 * check_btf.c for .BTF and .BTF.ext. Inside src/object only.
 */
#ifndef SKEP_OBJECT_CHECK_H
#define SKEP_OBJECT_CHECK_H

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

#define CHECK_MAX_WORK (1ull << 28)   /* steps of libbpf's nested searches by name */
#define CHECK_MAX_COPIED (1ull << 30) /* each program gets a copy of the functions it calls */

struct check {
	const char *name;
	const uint8_t *p;
	size_t len;
	const Elf64_Shdr *sh;
	size_t nsh;
	const char *sh_names;
	size_t symtab; /* section number, 0: none */
	const Elf64_Sym *syms;
	size_t nsyms;
	const char *sym_names;
	size_t nprogs;
};

/* Prints the one message and yields -EINVAL. */
#define BAD(c, fmt, ...) fail(EINVAL, "%s: broken object: " fmt, (c)->name, ##__VA_ARGS__)

/* Number of the section with this name, 0 when there is none. */
size_t check_section(const struct check *c, const char *name);
/* Checks .BTF and .BTF.ext, when they are there, against the ELF file that holds them. */
int check_btf(const struct check *c);

#endif
