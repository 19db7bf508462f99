/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Just enough of ELF to find a section and who refers to it; the file was checked before. */
#include <elf.h>
#include <linux/bpf.h>
#include <string.h>

#include "object/object_int.h"

static const Elf64_Ehdr *header(const struct object_source *src)
{
	return src->bytes;
}

static bool section_at(const struct object_source *src, unsigned index, struct elf_section *sec)
{
	const Elf64_Ehdr *eh = header(src);
	const Elf64_Shdr *table = (const void *)((const char *)src->bytes + eh->e_shoff), *sh;

	if (index >= eh->e_shnum)
		return false;
	sh = &table[index];
	*sec = (struct elf_section){
		.name = (const char *)src->bytes + table[eh->e_shstrndx].sh_offset + sh->sh_name,
		.data = (const char *)src->bytes + sh->sh_offset,
		.len = sh->sh_type == SHT_NOBITS ? 0 : sh->sh_size,
		.type = sh->sh_type,
		.link = sh->sh_link,
		.info = sh->sh_info,
		.index = index,
		.flags = sh->sh_flags,
	};
	return true;
}

bool elf_find(const struct object_source *src, const char *name, struct elf_section *sec)
{
	for (unsigned i = 1; section_at(src, i, sec); i++)
		if (strcmp(sec->name, name) == 0)
			return true;
	return false;
}

/* Relocations of one code section against the section `target`. */
static void references_of(const struct object_source *src, const struct elf_section *rel, unsigned target,
			  void (*fn)(uint64_t, void *), void *ctx)
{
	struct elf_section code, symtab;
	const Elf64_Rel *r = rel->data;

	if (!section_at(src, rel->info, &code) || !section_at(src, rel->link, &symtab) ||
	    !(code.flags & SHF_EXECINSTR))
		return;
	for (size_t i = 0; i < rel->len / sizeof(*r); i++) {
		const Elf64_Sym *sym = (const Elf64_Sym *)symtab.data + ELF64_R_SYM(r[i].r_info);
		const struct bpf_insn *insn = (const void *)((const char *)code.data + r[i].r_offset);

		if (ELF64_R_SYM(r[i].r_info) >= symtab.len / sizeof(*sym) || sym->st_shndx != target ||
		    r[i].r_offset + sizeof(*insn) > code.len)
			continue;
		fn(sym->st_value + (ELF64_ST_TYPE(sym->st_info) == STT_SECTION ? (uint32_t)insn->imm : 0), ctx);
	}
}

void elf_references(const struct object_source *src, const char *name, void (*fn)(uint64_t, void *), void *ctx)
{
	struct elf_section target, sec;

	if (!elf_find(src, name, &target))
		return;
	for (unsigned i = 1; section_at(src, i, &sec); i++)
		if (sec.type == SHT_REL)
			references_of(src, &sec, target.index, fn, ctx);
}
