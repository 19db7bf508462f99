/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The second half of object_check(): .BTF and .BTF.ext. Both are copied, so that they are aligned
 * (old clangs put them anywhere). Format: Documentation/bpf/btf.rst of the kernel.
 */
#include <ctype.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#include "object/check.h"

#define MAX_KCONFIG_SIZE 65536
#define MAX_TYPE_DEPTH 256     /* of types inside types; libbpf recurses as deep */
#define MAX_STRUCT_SIZE (255u << 20) /* libbpf counts bits in an int */
#define HUGE_SIZE (1ull << 40) /* sizes of types stop growing here */
#define NO_SIZE UINT64_MAX

struct btf_check {
	const struct check *elf;
	const char *name; /* of the object, for messages */
	uint8_t *btf, *ext;
	const char *strings;
	size_t strings_len;
	const struct btf_type **types; /* by id; types[0] is not used */
	size_t ntypes;                 /* ids are below this */
	uint16_t *depth;               /* of the graph below each type, twice; see walk_types() */
	const Elf64_Sym **by_name;     /* variables, sorted */
	size_t nby_name;
};

/* ---- types one by one --------------------------------------------------------------------- */

static const char *string_at(const struct btf_check *c, uint32_t offset)
{
	return offset < c->strings_len ? c->strings + offset : NULL;
}

/* Bytes behind the common part, by kind; -1: there is no such kind. */
static int64_t extra_size(const struct btf_type *t)
{
	uint32_t vlen = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * 12;
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	default:
		return -1;
	}
}

static int index_types(struct btf_check *c, const uint8_t *p, const uint8_t *end)
{
	*vec_push(c->types, c->ntypes) = NULL;
	while (p < end) {
		const struct btf_type *t = (const void *)p;
		int64_t extra;

		if ((size_t)(end - p) < sizeof(*t))
			return BAD(c, "BTF type %zu is cut short", c->ntypes);
		extra = extra_size(t);
		if (extra < 0)
			return BAD(c, "BTF type %zu is of unknown kind %u", c->ntypes,
				   BTF_INFO_KIND(t->info));
		if (end - p - (int64_t)sizeof(*t) < extra)
			return BAD(c, "BTF type %zu is cut short", c->ntypes);
		if (!string_at(c, t->name_off))
			return BAD(c, "BTF type %zu has its name outside the strings", c->ntypes);
		*vec_push(c->types, c->ntypes) = t;
		p += sizeof(*t) + extra;
	}
	return 0;
}

static uint32_t kind_of(const struct btf_check *c, uint32_t id)
{
	return id && id < c->ntypes ? BTF_INFO_KIND(c->types[id]->info) : BTF_KIND_UNKN;
}

/* Can something be of this type? Void only when the caller allows it. */
static bool is_type(const struct btf_check *c, uint32_t id, bool or_void)
{
	switch (kind_of(c, id)) {
	case BTF_KIND_UNKN:
		return id == 0 && or_void;
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
	case BTF_KIND_DATASEC:
	case BTF_KIND_DECL_TAG:
		return false;
	default:
		return true;
	}
}

static bool array_is_right(const struct btf_check *c, const struct btf_type *t)
{
	const struct btf_array *a = (const void *)(t + 1);

	return is_type(c, a->type, false) && is_type(c, a->index_type, false);
}

static bool members_are_right(const struct btf_check *c, const struct btf_type *t)
{
	const struct btf_member *m = (const void *)(t + 1);

	if (t->size > MAX_STRUCT_SIZE)
		return false;
	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++)
		if (!is_type(c, m[i].type, false) || !string_at(c, m[i].name_off))
			return false;
	return true;
}

static bool is_power_of_2(uint32_t n)
{
	return n && !(n & (n - 1));
}

static bool values_are_right(const struct btf_check *c, const struct btf_type *t, size_t each)
{
	const uint8_t *p = (const void *)(t + 1);

	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++, p += each)
		if (!string_at(c, *(const uint32_t *)p))
			return false;
	return t->size <= 8 && is_power_of_2(t->size);
}

/* The last parameter may be void: "…". */
static bool params_are_right(const struct btf_check *c, const struct btf_type *t)
{
	const struct btf_param *p = (const void *)(t + 1);
	uint32_t n = BTF_INFO_VLEN(t->info);

	for (uint32_t i = 0; i < n; i++)
		if (!is_type(c, p[i].type, i == n - 1) || !string_at(c, p[i].name_off))
			return false;
	return is_type(c, t->type, true);
}

static bool int_is_right(const struct btf_type *t)
{
	uint32_t v = *(const uint32_t *)(t + 1);

	return t->size <= 16 && is_power_of_2(t->size) && BTF_INT_BITS(v) <= 128 &&
	       BTF_INT_BITS(v) + BTF_INT_OFFSET(v) <= t->size * 8;
}

/* Externs may be functions, but only in .ksyms. */
static bool variables_are_right(const struct btf_check *c, const struct btf_type *t)
{
	const struct btf_var_secinfo *v = (const void *)(t + 1);
	bool ksyms = strcmp(string_at(c, t->name_off), ".ksyms") == 0;

	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		uint32_t kind = kind_of(c, v[i].type);

		if (kind != BTF_KIND_VAR && !(kind == BTF_KIND_FUNC && ksyms))
			return false;
	}
	return true;
}

/* What a tag may be on; component −1 is the thing itself, else its n-th member or argument. */
static bool tag_is_right(const struct btf_check *c, const struct btf_type *t)
{
	int32_t component = *(const int32_t *)(t + 1);
	uint32_t id = t->type, kind = kind_of(c, id);

	if (kind == BTF_KIND_FUNC)
		id = c->types[id]->type;
	if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION && kind != BTF_KIND_FUNC &&
	    kind != BTF_KIND_VAR && kind != BTF_KIND_TYPEDEF)
		return false;
	if (component == -1)
		return true;
	return kind != BTF_KIND_VAR && kind != BTF_KIND_TYPEDEF && kind_of(c, id) && component >= 0 &&
	       (uint32_t)component < BTF_INFO_VLEN(c->types[id]->info);
}

static bool type_is_right(const struct btf_check *c, const struct btf_type *t)
{
	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
		return int_is_right(t);
	case BTF_KIND_ARRAY:
		return array_is_right(c, t);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return members_are_right(c, t);
	case BTF_KIND_ENUM:
		return values_are_right(c, t, sizeof(struct btf_enum));
	case BTF_KIND_ENUM64:
		return values_are_right(c, t, 12);
	case BTF_KIND_FUNC_PROTO:
		return params_are_right(c, t);
	case BTF_KIND_FUNC:
		return kind_of(c, t->type) == BTF_KIND_FUNC_PROTO && BTF_INFO_VLEN(t->info) <= 2;
	case BTF_KIND_VAR:
		return is_type(c, t->type, true) && *(const uint32_t *)(t + 1) <= 2;
	case BTF_KIND_DATASEC:
		return variables_are_right(c, t);
	case BTF_KIND_DECL_TAG:
		return tag_is_right(c, t);
	case BTF_KIND_FLOAT:
		return t->size == 4 || t->size == 8; /* all that compilers have for BPF */
	case BTF_KIND_FWD:
		return true;
	default:
		return is_type(c, t->type, true);
	}
}

/* ---- the graph of types ------------------------------------------------------------------- */

/*
 * Where following types must end. Real types form cycles only through a pointer to a named struct
 * or union, and that is where libbpf stops as well; so a walk that goes no further there must meet
 * no type twice. A place in the walk is a type and whether a pointer led to it.
 */
struct step {
	uint32_t id, next; /* the edge to follow next */
	bool by_pointer;
};

static bool step_members(const struct btf_check *c, const struct step *at, struct step *to)
{
	const struct btf_type *t = c->types[at->id];
	const struct btf_member *m = (const void *)(t + 1);

	if (at->by_pointer && *string_at(c, t->name_off))
		return false;
	if (at->next >= BTF_INFO_VLEN(t->info))
		return false;
	to->id = m[at->next].type;
	return true;
}

static bool step_params(const struct btf_check *c, const struct step *at, struct step *to)
{
	const struct btf_type *t = c->types[at->id];
	const struct btf_param *p = (const void *)(t + 1);

	if (at->next > BTF_INFO_VLEN(t->info))
		return false;
	to->id = at->next ? p[at->next - 1].type : t->type;
	to->by_pointer = true;
	return true;
}

/* The place that edge number at->next leads to; false when there are no more edges. */
static bool step_next(const struct btf_check *c, const struct step *at, struct step *to)
{
	const struct btf_type *t = c->types[at->id];
	const struct btf_array *a = (const void *)(t + 1);

	*to = (struct step){.id = t->type, .by_pointer = at->by_pointer};
	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return step_members(c, at, to);
	case BTF_KIND_FUNC_PROTO:
		return step_params(c, at, to);
	case BTF_KIND_ARRAY:
		to->id = at->next ? a->index_type : a->type;
		return at->next < 2;
	case BTF_KIND_PTR:
		to->by_pointer = true;
		return at->next == 0;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_VAR:
	case BTF_KIND_FUNC:
	case BTF_KIND_DECL_TAG:
		return at->next == 0;
	default:
		return false;
	}
}

/* depth[] holds 0: not seen, WALKING: on the way, else the depth below plus one. */
#define WALKING UINT16_MAX

static uint16_t *depth_at(const struct btf_check *c, const struct step *at)
{
	return &c->depth[at->id * 2 + at->by_pointer];
}

static int walk_from(struct btf_check *c, uint32_t id)
{
	struct step way[MAX_TYPE_DEPTH] = {{.id = id}}, to;
	uint16_t below[MAX_TYPE_DEPTH] = {0};
	size_t n = 1;

	*depth_at(c, &way[0]) = WALKING;
	while (n) {
		struct step *at = &way[n - 1];
		uint16_t *depth;

		if (!step_next(c, at, &to)) {
			*depth_at(c, at) = below[n - 1] + 1;
			n--;
			if (n && below[n - 1] < below[n] + 1)
				below[n - 1] = below[n] + 1;
			continue;
		}
		at->next++;
		depth = depth_at(c, &to);
		if (to.id == 0)
			continue;
		if (*depth == WALKING)
			return BAD(c, "BTF type %u contains itself", to.id);
		if (*depth && below[n - 1] < *depth)
			below[n - 1] = *depth;
		if (n == MAX_TYPE_DEPTH || n + *depth > MAX_TYPE_DEPTH)
			return BAD(c, "BTF type %u is nested more than %d deep", id, MAX_TYPE_DEPTH);
		if (*depth)
			continue;
		*depth = WALKING;
		below[n] = 0;
		way[n++] = to;
	}
	return 0;
}

static int walk_types(struct btf_check *c)
{
	int err = 0;

	c->depth = xalloc(c->ntypes * 2 * sizeof(*c->depth));
	for (size_t id = 1; id < c->ntypes && !err; id++)
		if (!c->depth[id * 2])
			err = walk_from(c, id);
	return err;
}

/* ---- sizes -------------------------------------------------------------------------------- */

static uint64_t times(uint64_t a, uint64_t b)
{
	return b && a > HUGE_SIZE / b ? HUGE_SIZE : a * b;
}

/* Bytes of a value of the type, NO_SIZE for void, functions and declarations. That it ends was
 * seen by walk_types(). */
static uint64_t size_of(const struct btf_check *c, uint32_t id)
{
	uint64_t n = 1;

	while (id) {
		const struct btf_type *t = c->types[id];
		const struct btf_array *a = (const void *)(t + 1);

		switch (BTF_INFO_KIND(t->info)) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_FLOAT:
			return times(n, t->size);
		case BTF_KIND_PTR:
			return times(n, 8);
		case BTF_KIND_ARRAY:
			n = times(n, a->nelems);
			id = a->type;
			break;
		case BTF_KIND_FWD:
		case BTF_KIND_FUNC_PROTO:
			return NO_SIZE;
		default:
			id = t->type;
		}
	}
	return NO_SIZE;
}

/* Bits a member takes: of a bit field, by the member or by an old-style int, else of its type. */
static uint64_t member_bits(const struct btf_check *c, const struct btf_type *t, const struct btf_member *m)
{
	uint32_t id = m->type;

	if (BTF_INFO_KFLAG(t->info) && BTF_MEMBER_BITFIELD_SIZE(m->offset))
		return BTF_MEMBER_BITFIELD_SIZE(m->offset);
	if (kind_of(c, id) == BTF_KIND_INT) {
		uint32_t v = *(const uint32_t *)(c->types[id] + 1);

		return BTF_INT_OFFSET(v) + BTF_INT_BITS(v);
	}
	return times(size_of(c, id), 8);
}

static int check_members(const struct btf_check *c, uint32_t id)
{
	const struct btf_type *t = c->types[id];
	const struct btf_member *m = (const void *)(t + 1);

	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		uint64_t at = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset;

		if (size_of(c, m[i].type) == NO_SIZE)
			return BAD(c, "member %u of BTF type %u (%.64s) is no value", i, id,
				   string_at(c, t->name_off));
		if (at + member_bits(c, t, &m[i]) > (uint64_t)t->size * 8)
			return BAD(c, "member %u of BTF type %u (%.64s) ends outside it", i, id,
				   string_at(c, t->name_off));
	}
	return 0;
}

/* ---- variables ---------------------------------------------------------------------------- */

static const char *symbol_name(const struct btf_check *c, const Elf64_Sym *s)
{
	return c->elf->sym_names + s->st_name;
}

static int by_symbol_name(const void *a, const void *b, void *ctx)
{
	const Elf64_Sym *const *x = a, *const *y = b;

	return strcmp(symbol_name(ctx, *x), symbol_name(ctx, *y));
}

static void sort_symbols(struct btf_check *c)
{
	c->by_name = xalloc(c->elf->nsyms * sizeof(*c->by_name));
	for (size_t i = 0; i < c->elf->nsyms; i++)
		if (ELF64_ST_TYPE(c->elf->syms[i].st_info) == STT_OBJECT)
			c->by_name[c->nby_name++] = &c->elf->syms[i];
	qsort_r(c->by_name, c->nby_name, sizeof(*c->by_name), by_symbol_name, c);
}

/* The first of the sorted symbols that is not before the name. */
static size_t lower_bound(const struct btf_check *c, const char *name)
{
	size_t from = 0, to = c->nby_name;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(symbol_name(c, c->by_name[mid]), name) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/* libbpf takes a variable's place from the symbol of that name, whichever section it is in. */
static bool symbols_fit(const struct btf_check *c, const char *name, uint64_t size, uint64_t section_size)
{
	for (size_t i = lower_bound(c, name); i < c->nby_name; i++) {
		const Elf64_Sym *s = c->by_name[i];

		if (strcmp(symbol_name(c, s), name) != 0)
			break;
		if (ELF64_ST_BIND(s->st_info) == STB_LOCAL || s->st_shndx == SHN_UNDEF)
			continue;
		if (s->st_value > section_size || size > section_size - s->st_value)
			return false;
	}
	return true;
}

/* The type below typedefs, const and the like. */
static uint32_t plain_type(const struct btf_check *c, uint32_t id)
{
	for (;;) {
		switch (kind_of(c, id)) {
		case BTF_KIND_VAR:
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			id = c->types[id]->type;
			break;
		default:
			return id;
		}
	}
}

/* N of a member declared by __uint(name, N): a pointer to an array of N; 0 for any other type. */
static uint32_t uint_of(const struct btf_check *c, uint32_t id)
{
	const struct btf_array *a;

	id = plain_type(c, id);
	if (kind_of(c, id) != BTF_KIND_PTR)
		return 0;
	id = plain_type(c, c->types[id]->type);
	a = kind_of(c, id) == BTF_KIND_ARRAY ? (const void *)(c->types[id] + 1) : NULL;
	return a ? a->nelems : 0;
}

/* A map that says it is a struct_ops without being one is taken at its word by libbpf. */
static bool is_false_struct_ops(const struct btf_check *c, uint32_t id)
{
	const struct btf_member *m;

	id = plain_type(c, id);
	if (kind_of(c, id) != BTF_KIND_STRUCT)
		return false;
	m = (const void *)(c->types[id] + 1);
	for (uint32_t i = 0; i < BTF_INFO_VLEN(c->types[id]->info); i++)
		if (strcmp(string_at(c, m[i].name_off), "type") == 0 &&
		    uint_of(c, m[i].type) == BPF_MAP_TYPE_STRUCT_OPS)
			return true;
	return false;
}

static int check_variable(const struct btf_check *c, const char *section, size_t shndx,
			  const struct btf_var_secinfo *v)
{
	const struct btf_type *t = c->types[v->type];
	const char *name = string_at(c, t->name_off);
	uint64_t size = kind_of(c, v->type) == BTF_KIND_VAR ? size_of(c, v->type) : NO_SIZE, room;

	if (size == NO_SIZE)
		size = 0;
	if (strcmp(section, ".kconfig") == 0 && size > MAX_KCONFIG_SIZE)
		return BAD(c, "variable %.64s of .kconfig has %llu bytes", name, (unsigned long long)size);
	if (strcmp(section, ".maps") == 0 && is_false_struct_ops(c, v->type))
		return BAD(c, "map %.64s has the type of a struct_ops", name);
	if (!shndx)
		return 0;
	room = c->elf->sh[shndx].sh_size;
	if (size < v->size)
		size = v->size;
	if (v->offset > room || size > room - v->offset || !symbols_fit(c, name, size, room))
		return BAD(c, "variable %.64s ends outside section %.64s", name, section);
	return 0;
}

static int check_datasec(const struct btf_check *c, uint32_t id, uint64_t *work)
{
	const struct btf_type *t = c->types[id];
	const struct btf_var_secinfo *v = (const void *)(t + 1);
	const char *name = string_at(c, t->name_off);
	size_t shndx = check_section(c->elf, name);
	int err = 0;

	if (shndx && t->size > c->elf->sh[shndx].sh_size)
		return BAD(c, "BTF says section %.64s has %u bytes", name, t->size);
	*work += c->elf->nsh + (uint64_t)BTF_INFO_VLEN(t->info) * c->elf->nsyms;
	if (*work > CHECK_MAX_WORK)
		return BAD(c, "too many variables for %zu symbols", c->elf->nsyms);
	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info) && !err; i++)
		err = check_variable(c, name, shndx, &v[i]);
	return err;
}

static int check_sizes(struct btf_check *c)
{
	uint64_t work = 0;
	int err = 0;

	sort_symbols(c);
	for (uint32_t id = 1; id < c->ntypes && !err; id++) {
		uint32_t kind = kind_of(c, id);

		if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION)
			err = check_members(c, id);
		else if (kind == BTF_KIND_DATASEC)
			err = check_datasec(c, id, &work);
	}
	return err;
}

/* ---- the section -------------------------------------------------------------------------- */

static uint8_t *copy_section(const struct btf_check *c, size_t i)
{
	uint8_t *copy = xalloc(c->elf->sh[i].sh_size);

	memcpy(copy, c->elf->p + c->elf->sh[i].sh_offset, c->elf->sh[i].sh_size);
	return copy;
}

static int check_btf_header(const struct btf_check *c, const struct btf_header *h, size_t len)
{
	uint64_t room;

	if (len < sizeof(*h) || h->magic != BTF_MAGIC)
		return BAD(c, ".BTF does not begin with a BTF header");
	if (h->version != BTF_VERSION)
		return BAD(c, "BTF of version %u", h->version);
	if (h->hdr_len < sizeof(*h) || h->hdr_len > len || h->hdr_len % 4)
		return BAD(c, "a BTF header of %u bytes", h->hdr_len);
	room = len - h->hdr_len;
	if (h->type_off % 4 || (uint64_t)h->type_off + h->type_len > h->str_off)
		return BAD(c, "BTF types and strings overlap");
	if ((uint64_t)h->str_off + h->str_len > room || h->str_len == 0)
		return BAD(c, "BTF strings are not inside .BTF");
	return 0;
}

static int check_types(struct btf_check *c, size_t section)
{
	const struct btf_header *h;
	const uint8_t *types;
	int err;

	c->btf = copy_section(c, section);
	h = (const void *)c->btf;
	err = check_btf_header(c, h, c->elf->sh[section].sh_size);
	if (err)
		return err;
	c->strings = (const char *)c->btf + h->hdr_len + h->str_off;
	c->strings_len = h->str_len;
	if (c->strings[0] != '\0' || c->strings[c->strings_len - 1] != '\0')
		return BAD(c, "BTF strings do not begin and end with NUL");
	types = c->btf + h->hdr_len + h->type_off;
	err = index_types(c, types, types + h->type_len);
	for (size_t id = 1; id < c->ntypes && !err; id++)
		if (!type_is_right(c, c->types[id]))
			err = BAD(c, "BTF type %zu (kind %u) is malformed or refers to nothing", id,
				  BTF_INFO_KIND(c->types[id]->info));
	if (!err)
		err = walk_types(c);
	return err ? err : check_sizes(c);
}

/* ---- .BTF.ext ---------------------------------------------------------------------------------- */

/* The header is in no UAPI file: libbpf's btf.h keeps it to itself. */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len;
	struct ext_part {
		uint32_t off, len;
	} func, line, core; /* core only when hdr_len reaches it */
};

/* Access path of a CO-RE relocation: "0:1:2". */
static bool is_access_path(const char *s)
{
	if (!s || !isdigit((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!isdigit((unsigned char)*s) && !(*s == ':' && isdigit((unsigned char)s[1])))
			return false;
	return true;
}

static bool func_is_right(const struct btf_check *c, const uint32_t *r)
{
	return kind_of(c, r[1]) == BTF_KIND_FUNC;
}

static bool line_is_right(const struct btf_check *c, const uint32_t *r)
{
	return string_at(c, r[1]) && string_at(c, r[2]);
}

static bool core_is_right(const struct btf_check *c, const uint32_t *r)
{
	return is_type(c, r[1], false) && is_access_path(string_at(c, r[2]));
}

static const struct ext_kind {
	const char *what;
	uint32_t min_size;
	bool (*is_right)(const struct btf_check *c, const uint32_t *record);
} ext_kinds[] = {
	{"function", sizeof(struct bpf_func_info), func_is_right},
	{"line", sizeof(struct bpf_line_info), line_is_right},
	{"CO-RE", sizeof(struct bpf_core_relo), core_is_right},
};

/* The records of one code section. */
static int check_records(const struct btf_check *c, const struct ext_kind *kind, const char *section,
			 const uint8_t *p, uint32_t n, uint32_t size)
{
	size_t shndx = check_section(c->elf, section);

	for (uint32_t i = 0; i < n; i++, p += size) {
		const uint32_t *r = (const void *)p;

		if (r[0] % 8 || (shndx && r[0] >= c->elf->sh[shndx].sh_size))
			return BAD(c, "%s record %u of section %.64s is for no instruction", kind->what, i,
				   section);
		if (!kind->is_right(c, r))
			return BAD(c, "%s record %u of section %.64s refers to what is not there",
				   kind->what, i, section);
	}
	return 0;
}

/* part = record size, { section name, number of records, records } */
static int check_ext_part(const struct btf_check *c, const struct ext_kind *kind, const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	uint32_t size = 0;
	uint64_t work = 0;
	int err = 0;

	if (len >= 4)
		size = *(const uint32_t *)p;
	if (size < kind->min_size || size % 4)
		return BAD(c, "%s records of %u bytes", kind->what, size);
	for (p += 4; p < end && !err;) {
		const uint32_t *head = (const void *)p;
		const char *section;

		if (end - p < 8 || head[1] == 0 || head[1] > (size_t)(end - p - 8) / size)
			return BAD(c, "%s records do not fit into .BTF.ext", kind->what);
		section = string_at(c, head[0]);
		if (!section || !*section)
			return BAD(c, "%s records of a section without name", kind->what);
		if ((work += c->elf->nsh) > CHECK_MAX_WORK)
			return BAD(c, "too many sections of %s records", kind->what);
		err = check_records(c, kind, section, p + 8, head[1], size);
		p += 8 + (size_t)head[1] * size;
	}
	return err;
}

static int check_ext(struct btf_check *c, size_t section)
{
	const struct ext_header *h;
	const struct ext_part *parts;
	size_t nparts, len = c->elf->sh[section].sh_size;
	int err = 0;

	c->ext = copy_section(c, section);
	h = (const void *)c->ext;
	if (len < offsetof(struct ext_header, core) || h->magic != BTF_MAGIC ||
	    h->version != BTF_VERSION)
		return BAD(c, ".BTF.ext does not begin with its header");
	if (h->hdr_len < offsetof(struct ext_header, core) || h->hdr_len > len || h->hdr_len % 4)
		return BAD(c, "a .BTF.ext header of %u bytes", h->hdr_len);
	if ((uint64_t)len * c->elf->nprogs > 4 * CHECK_MAX_COPIED)
		return BAD(c, ".BTF.ext of %zu bytes for %zu programs", len, c->elf->nprogs);
	nparts = h->hdr_len >= sizeof(*h) ? 3 : 2;
	parts = &h->func;
	for (size_t i = 0; i < nparts && !err; i++) {
		size_t room = len - h->hdr_len;

		if (parts[i].len == 0)
			continue;
		if (parts[i].off % 4 || parts[i].off > room || parts[i].len > room - parts[i].off)
			return BAD(c, "%s records are not inside .BTF.ext", ext_kinds[i].what);
		err = check_ext_part(c, &ext_kinds[i], c->ext + h->hdr_len + parts[i].off, parts[i].len);
	}
	return err;
}

int check_btf(const struct check *elf)
{
	struct btf_check c = {.elf = elf, .name = elf->name};
	size_t btf = check_section(elf, ".BTF"), ext = check_section(elf, ".BTF.ext");
	int err = btf ? check_types(&c, btf) : 0;

	if (!err && btf && ext)
		err = check_ext(&c, ext);
	free(c.by_name);
	free(c.depth);
	free(c.types);
	free(c.ext);
	free(c.btf);
	return err;
}
