/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared inside object/ only. */
#ifndef SKEP_OBJECT_INT_H
#define SKEP_OBJECT_INT_H

#include "base/base.h"
#include "object/object.h"

/* elf.c: sections of a file that object_check() accepted. */
struct elf_section {
	const char *name;
	const void *data;
	size_t len;
	uint32_t type, link, info, index;
	uint64_t flags;
};

/* NULL when there is none of this name. */
bool elf_find(const struct object_source *src, const char *name, struct elf_section *sec);
/* Calls fn with every offset in section `name` that an instruction refers to. */
void elf_references(const struct object_source *src, const char *name,
		    void (*fn)(uint64_t offset, void *ctx), void *ctx);

void notes_copy(struct object_notes *to, const struct object_notes *from);
void notes_read_btf(struct object *obj);

void options_find(struct object *obj);  /* option.c */
void options_free(struct object *obj);
void streams_find(struct object *obj);  /* stream.c */
void tables_find(struct object *obj);   /* table.c */
void progs_find(struct object *obj);    /* prog.c */

/* What the author said about the members of a struct → the plan's fields. */
void plan_annotate(const struct object *obj, struct val_plan *plan);

#endif
