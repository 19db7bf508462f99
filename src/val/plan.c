/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A struct's BTF → a plan: the flat list of its leaves, each with offset, size and meaning. Walked
 * once a record type; decoding (get.c) only reads the list.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "val/val.h"

#define MAX_DEPTH 16 /* structs within structs */

struct builder {
	const struct btf *btf;
	struct val_plan *plan;
	uint32_t member; /* top-level member being walked */
	int err;
};

static const struct {
	const char *name;
	enum val_kind kind;
} typedefs[] = {
#define VAL_TYPEDEF(name, id) {name, VAL_##id},
#include "val/val_kinds.def"
};

static const char *const kind_names[] = {
	"nothing",
#define VAL_KIND(id, what) what,
#include "val/val_kinds.def"
};

const char *val_kind_name(enum val_kind kind)
{
	return kind < VAL_KIND_COUNT ? kind_names[kind] : "unknown";
}

enum val_kind val_kind_of_typedef(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(typedefs); i++)
		if (strcmp(name, typedefs[i].name) == 0)
			return typedefs[i].kind;
	return VAL_NONE;
}

/* Skips const, volatile and the like; a typedef (or struct) with a meaning of its own ends the walk. */
static const struct btf_type *resolve(const struct btf *btf, uint32_t id, enum val_kind *kind)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	*kind = VAL_NONE;
	for (int depth = 0; t && depth < 32; depth++) {
		const char *name = btf__name_by_offset(btf, t->name_off);

		if ((btf_is_typedef(t) || btf_is_struct(t)) && name && *kind == VAL_NONE)
			*kind = val_kind_of_typedef(name);
		if (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_type_tag(t))
			return t;
		t = btf__type_by_id(btf, t->type);
	}
	return NULL;
}

static struct val_field *add_field(struct builder *b, const char *name, uint32_t offset, uint32_t size,
				   enum val_kind kind, uint32_t btf_id)
{
	struct val_field *f;

	if (b->plan->nfields >= VAL_MAX_FIELDS) {
		b->err = -E2BIG;
		return NULL;
	}
	f = vec_push(b->plan->fields, b->plan->nfields);
	f->name = xstrdup(name);
	f->kind = kind;
	f->offset = offset;
	f->size = size;
	f->btf_id = btf_id;
	f->member = b->member;
	return f;
}

/* Compilers before LLVM 15 do not say that an enum is signed: one with small negative names is. */
static bool enum_is_signed(const struct btf_type *t)
{
	if (btf_kflag(t) || !btf_is_enum(t))
		return btf_kflag(t);
	for (int i = 0; i < btf_vlen(t); i++)
		if (btf_enum(t)[i].val < 0 && btf_enum(t)[i].val > -65536)
			return true;
	return false;
}

static void set_enum(struct builder *b, struct val_field *f, const struct btf_type *t)
{
	f->nenums = btf_vlen(t);
	f->enum64 = btf_is_enum64(t);
	f->enums = xalloc(f->nenums * sizeof(*f->enums));
	for (size_t i = 0; i < f->nenums; i++) {
		if (btf_is_enum64(t)) {
			const struct btf_enum64 *e = &btf_enum64(t)[i];

			f->enums[i].value = btf_enum64_value(e);
			f->enums[i].name = btf__name_by_offset(b->btf, e->name_off);
		} else {
			const struct btf_enum *e = &btf_enum(t)[i];

			f->enums[i].value = enum_is_signed(t) ? e->val : (int64_t)(uint32_t)e->val;
			f->enums[i].name = btf__name_by_offset(b->btf, e->name_off);
		}
	}
}

static enum val_kind scalar_kind(const struct btf_type *t, bool *is_signed)
{
	if (btf_is_int(t)) {
		uint8_t encoding = btf_int_encoding(t);

		*is_signed = encoding & BTF_INT_SIGNED;
		if (encoding & BTF_INT_BOOL)
			return VAL_BOOL;
		return *is_signed ? VAL_INT : VAL_UINT;
	}
	if (btf_is_any_enum(t)) {
		*is_signed = enum_is_signed(t);
		return VAL_ENUM;
	}
	if (btf_is_float(t))
		return VAL_FLOAT;
	if (btf_is_ptr(t))
		return VAL_POINTER;
	return VAL_NONE;
}

static bool is_char(const struct btf *btf, const struct btf_type *t)
{
	const char *name = btf__name_by_offset(btf, t->name_off);

	return btf_is_int(t) && t->size == 1 &&
	       ((btf_int_encoding(t) & BTF_INT_CHAR) || (name && strcmp(name, "char") == 0));
}

static void walk(struct builder *b, const char *name, uint32_t id, uint32_t bits, int depth);

static void walk_members(struct builder *b, const char *name, const struct btf_type *t, uint32_t bits,
			 int depth)
{
	for (int i = 0; i < btf_vlen(t) && !b->err; i++) {
		const struct btf_member *m = btf_members(t) + i;
		const char *mname = btf__name_by_offset(b->btf, m->name_off);
		uint32_t at = bits + btf_member_bit_offset(t, i), width = btf_member_bitfield_size(t, i);
		size_t before = b->plan->nfields;
		char *full;

		if (depth == 0)
			b->member = i;
		if (!mname || !*mname)
			full = xstrdup(name);
		else
			full = *name ? xasprintf("%s.%s", name, mname) : xstrdup(mname);
		walk(b, full, m->type, width ? at / 8 * 8 : at, depth + 1);
		if (width && b->plan->nfields == before + 1) {
			struct val_field *f = &b->plan->fields[before];

			/* The bytes that hold the bits: from the first one, as many as needed. */
			f->bit_offset = at % 8;
			f->bit_size = width;
			f->size = (f->bit_offset + width + 7) / 8;
		}
		free(full);
	}
}

static void walk_array(struct builder *b, const char *name, uint32_t id, const struct btf_type *t,
		       uint32_t bits, enum val_kind kind)
{
	const struct btf_array *a = btf_array(t);
	enum val_kind elem_kind;
	const struct btf_type *elem = resolve(b->btf, a->type, &elem_kind);
	int64_t size = btf__resolve_size(b->btf, a->type);
	struct val_field *f;
	bool is_signed = false;

	if (!elem || size < 0 || (uint64_t)size * a->nelems > UINT32_MAX / 16) {
		b->err = -EINVAL;
		return;
	}
	if (kind == VAL_NONE && is_char(b->btf, elem))
		kind = VAL_CHARS;
	if (kind != VAL_NONE && kind != VAL_SLOTS) {
		add_field(b, name, bits / 8, size * a->nelems, kind, id);
		return;
	}
	if (elem_kind == VAL_NONE)
		elem_kind = scalar_kind(elem, &is_signed);
	f = add_field(b, name, bits / 8, size, kind == VAL_SLOTS ? VAL_SLOTS : VAL_ARRAY, id);
	if (!f)
		return;
	f->nelems = a->nelems;
	f->elem = elem_kind == VAL_NONE ? VAL_BYTES : elem_kind;
	f->is_signed = is_signed;
	if (f->elem == VAL_ENUM)
		set_enum(b, f, elem);
}

static void walk(struct builder *b, const char *name, uint32_t id, uint32_t bits, int depth)
{
	enum val_kind kind, plain;
	const struct btf_type *t = resolve(b->btf, id, &kind);
	int64_t size = btf__resolve_size(b->btf, id);
	struct val_field *f;
	bool is_signed = false;

	if (!t || size < 0 || size > UINT32_MAX / 16 || depth > MAX_DEPTH) {
		b->err = -EINVAL;
		return;
	}
	if (btf_is_array(t)) {
		walk_array(b, name, id, t, bits, kind);
		return;
	}
	if (btf_is_composite(t) && kind == VAL_NONE) {
		walk_members(b, name, t, bits, depth);
		return;
	}
	plain = scalar_kind(t, &is_signed);
	if (kind == VAL_NONE)
		kind = plain == VAL_NONE ? VAL_BYTES : plain;
	f = add_field(b, name, bits / 8, size, kind, id);
	if (!f)
		return;
	f->is_signed = is_signed;
	if (btf_is_any_enum(t))
		set_enum(b, f, t);
}

int val_plan_new(const struct btf *btf, uint32_t type_id, const char *name, struct val_plan **plan)
{
	struct builder b = {.btf = btf};
	const struct btf_type *t = btf__type_by_id(btf, type_id);
	int64_t size = t ? btf__resolve_size(btf, type_id) : -1;
	enum val_kind kind;

	if (!t || size < 0 || size > UINT32_MAX / 16)
		return -EINVAL;
	t = resolve(btf, type_id, &kind);
	b.plan = xalloc(sizeof(*b.plan));
	b.plan->type_name = xstrdup(t ? btf__name_by_offset(btf, t->name_off) : "");
	b.plan->size = size;
	walk(&b, t && btf_is_composite(t) && kind == VAL_NONE ? "" : name, type_id, 0, 0);
	if (b.err) {
		val_plan_free(b.plan);
		return b.err;
	}
	*plan = b.plan;
	return 0;
}

static void field_fini(struct val_field *f)
{
	free(f->name);
	free(f->enums);
	free(f->title);
	free(f->unit);
	free(f->shown_by);
	free(f->instead_of);
}

void val_plan_append(struct val_plan *plan, struct val_plan *more, uint32_t offset)
{
	for (size_t i = 0; i < more->nfields; i++) {
		struct val_field *f = vec_push(plan->fields, plan->nfields);

		*f = more->fields[i];
		f->offset += offset;
	}
	if (offset + more->size > plan->size)
		plan->size = offset + more->size;
	free(more->fields);
	free(more->type_name);
	free(more);
}

void val_plan_free(struct val_plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->nfields; i++)
		field_fini(&plan->fields[i]);
	free(plan->fields);
	free(plan->type_name);
	free(plan);
}

struct val_field *val_plan_find(const struct val_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->nfields; i++)
		if (strcmp(plan->fields[i].name, name) == 0)
			return &plan->fields[i];
	return NULL;
}
