/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's BTF cut down to what one object's CO-RE relocations can see.
 *
 * libbpf relocates by comparing local types with kernel types of the same name. What it looks at is
 * little: the candidates for the name; their members of the names that occur in access strings, and
 * anonymous members, which it descends into; the types of those members by value. It never follows
 * a pointer. So this file copies, with sizes, offsets and bit-fields unchanged:
 *   - each kernel type with the name and kind of a relocation's root (flavours "___x" do not
 * count),
 *   - of structs and unions only members whose name is wanted by some relocation, or anonymous ones
 *     with such members inside,
 *   - members' types, modifiers and typedefs stripped, pointers as `void *`,
 *   - enums without values, unless a relocation asks for a value: then whole.
 * Wherever that reasoning does not hold (type ids wanted, types matched structurally, externs,
 * a root in a module, a typedef of a pointer), libbpf gets the full BTF.
 *
 * Attach targets need not be in it: programs get the kernel's own ids when they are loaded
 * (sections.c), libbpf is not asked.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kern/attach.h"
#include "kern/btf.h"
#include "object/object.h"

#define MAX_DEPTH 64 /* of nested types; the kernel's limit for resolving is 32 */
#define MAP_BITS  10
#define NAME_BITS 10

/* Kinds of relocations, as in the uapi's enum bpf_core_relo_kind. */
enum relo_kind {
	RELO_FIELD_LAST = 5,
	RELO_TYPE_ID_LOCAL = 6,
	RELO_TYPE_EXISTS = 8,
	RELO_TYPE_SIZE = 9,
	RELO_ENUMVAL_EXISTS = 10,
	RELO_ENUMVAL_VALUE = 11,
};

struct relo {
	uint32_t insn_off, type_id, access_str_off, kind;
};

/* Member names some access string passes through; chained hash. */
struct name_set {
	struct name_link {
		const char *name;
		struct name_link *next;
	} * heads[1 << NAME_BITS];
};

struct id_pair {
	uint32_t real, reduced, next;
};

struct reduce {
	const struct btf *local;
	struct kern_btf_image *image;
	struct name_set names;
	struct kern_btf_query *roots;
	size_t nroots;
	struct buf types, strs;
	uint32_t ntypes;
	uint32_t void_ptr; /* reduced id of `void *` */
	uint32_t map[1 << MAP_BITS];
	struct id_pair *pairs;
	size_t npairs;
};

static struct {
	struct buf blob; /* empty: libbpf gets the full BTF */
	bool in_use;	 /* libbpf has got it */
} prepared;

/* ---- what the relocations want
 * ------------------------------------------------------------------- */

static struct name_link **name_slot(struct name_set *set, const char *name)
{
	uint32_t h = 2166136261u;

	for (const char *s = name; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return &set->heads[(h * 0x9e3779b1u) >> (32 - NAME_BITS)];
}

static bool name_has(struct name_set *set, const char *name)
{
	for (struct name_link *l = *name_slot(set, name); l; l = l->next)
		if (strcmp(l->name, name) == 0)
			return true;
	return false;
}

static void name_add(struct name_set *set, const char *name)
{
	struct name_link **slot = name_slot(set, name), *link;

	if (!*name || name_has(set, name))
		return;
	link = xalloc(sizeof(*link));
	*link = (struct name_link){name, *slot};
	*slot = link;
}

static const struct btf_type *local_skip(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	for (int depth = 0; t && depth < MAX_DEPTH; depth++) {
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return t;
		t = btf__type_by_id(btf, t->type);
	}
	return NULL;
}

/* One step of an access path: into member or element `index`. */
static int path_step(struct reduce *r, const struct btf_type **t, unsigned long index)
{
	uint32_t next;

	if (btf_is_composite(*t)) {
		const struct btf_member *m = btf_members(*t) + index;

		if (index >= btf_vlen(*t))
			return -EINVAL;
		name_add(&r->names, btf__name_by_offset(r->local, m->name_off));
		next = m->type;
	} else if (btf_is_array(*t)) {
		next = btf_array(*t)->type;
	} else {
		return -EINVAL;
	}
	*t = local_skip(r->local, next);
	return *t ? 0 : -EINVAL;
}

/* "0:1:2": the first number indexes the root like an array, the others walk down from it. */
static int path_collect(struct reduce *r, uint32_t type_id, const char *path)
{
	const struct btf_type *t = local_skip(r->local, type_id);
	char *end;

	if (!t || !path || !*path)
		return -EINVAL;
	strtoul(path, &end, 10);
	while (*end == ':') {
		unsigned long index = strtoul(end + 1, &end, 10);

		if (path_step(r, &t, index))
			return -EINVAL;
	}
	return *end ? -EINVAL : 0;
}

static struct kern_btf_query *root_get(struct reduce *r, const char *name, uint32_t len,
				       uint32_t kinds)
{
	struct kern_btf_query *q;

	for (size_t i = 0; i < r->nroots; i++) {
		q = &r->roots[i];
		if (q->kinds == kinds && q->len == len && memcmp(q->name, name, len) == 0)
			return q;
	}
	q = vec_push(r->roots, r->nroots);
	*q = (struct kern_btf_query){.name = name, .len = len, .kinds = kinds, .flavours = true};
	return q;
}

/* Kinds libbpf takes for compatible with the local one; 0: this file does not handle it. */
static uint32_t root_kinds(unsigned int kind)
{
	switch (kind) {
	case BTF_KIND_ENUM:
	case KERN_BTF_KIND_ENUM64:
		return 1u << BTF_KIND_ENUM | 1u << KERN_BTF_KIND_ENUM64;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
		return 1u << kind;
	default:
		return 0;
	}
}

static int relo_collect(struct reduce *r, const struct relo *relo)
{
	const struct btf_type *t = btf__type_by_id(r->local, relo->type_id);
	const char *path = btf__name_by_offset(r->local, relo->access_str_off), *name;
	struct kern_btf_query *root;
	uint32_t kinds;

	if (relo->kind == RELO_TYPE_ID_LOCAL)
		return 0;
	if (!t || !path)
		return -EINVAL;
	name = btf__name_by_offset(r->local, t->name_off);
	kinds = root_kinds(btf_kind(t));
	if (!kinds || !name || !*name)
		return -EOPNOTSUPP;
	root = root_get(r, name, kern_btf_essential_len(name), kinds);
	switch (relo->kind) {
	case 0 ... RELO_FIELD_LAST:
		return path_collect(r, relo->type_id, path);
	case RELO_ENUMVAL_EXISTS:
	case RELO_ENUMVAL_VALUE:
		root->whole = true;
		return 0;
	case RELO_TYPE_EXISTS:
	case RELO_TYPE_SIZE:
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* One section's relocations at p: its header says how many. Returns its length or -errno. */
static long section_collect(struct reduce *r, const uint8_t *p, size_t len, uint32_t rec_size)
{
	uint32_t h[2]; /* name, number of records */
	size_t need;

	if (len < sizeof(h))
		return -EINVAL;
	memcpy(h, p, sizeof(h));
	need = sizeof(h) + (size_t)h[1] * rec_size;
	if (need > len)
		return -EINVAL;
	for (uint32_t i = 0; i < h[1]; i++) {
		struct relo relo;
		int err;

		memcpy(&relo, p + sizeof(h) + (size_t)i * rec_size, sizeof(relo));
		err = relo_collect(r, &relo);
		if (err)
			return err;
	}
	return need;
}

/* .BTF.ext: a header that tells where the relocations are, then a record size and the sections. */
static int relos_collect(struct reduce *r, const uint8_t *p, size_t len)
{
	struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t hdr_len, func_off, func_len, line_off, line_len, relo_off, relo_len;
	} h = {0};
	uint32_t rec_size;
	size_t off, end;

	if (len < 8)
		return 0;
	memcpy(&h, p, len < sizeof(h) ? len : sizeof(h));
	if (h.magic != BTF_MAGIC || h.hdr_len < sizeof(h) || !h.relo_len)
		return h.magic == BTF_MAGIC ? 0 : -EINVAL;
	off = (size_t)h.hdr_len + h.relo_off;
	end = off + h.relo_len;
	if (end > len || h.relo_len < sizeof(rec_size))
		return -EINVAL;
	memcpy(&rec_size, p + off, sizeof(rec_size));
	if (rec_size < sizeof(struct relo))
		return -EINVAL;
	for (off += sizeof(rec_size); off < end;) {
		long n = section_collect(r, p + off, end - off, rec_size);

		if (n < 0)
			return n;
		off += n;
	}
	return 0;
}

/* ---- writing BTF
 * ---------------------------------------------------------------------------------- */

static uint32_t *map_head(struct reduce *r, uint32_t real)
{
	return &r->map[(real * 0x9e3779b1u) >> (32 - MAP_BITS)];
}

static uint32_t map_get(struct reduce *r, uint32_t real)
{
	for (uint32_t i = *map_head(r, real); i; i = r->pairs[i - 1].next)
		if (r->pairs[i - 1].real == real)
			return r->pairs[i - 1].reduced;
	return 0;
}

static void map_put(struct reduce *r, uint32_t real, uint32_t reduced)
{
	struct id_pair *pair = vec_push(r->pairs, r->npairs);

	*pair = (struct id_pair){real, reduced, *map_head(r, real)};
	*map_head(r, real) = r->npairs;
}

static uint32_t add_string(struct reduce *r, const char *s)
{
	uint32_t off = r->strs.len;

	if (!*s)
		return 0;
	buf_add(&r->strs, s, strlen(s) + 1);
	return off;
}

/* Writes a record with `more` bytes behind it; its name is copied from the kernel's strings. */
static uint32_t add_type(struct reduce *r, const struct btf_type *t, const void *more, size_t len)
{
	struct btf_type copy = *t;

	copy.name_off = add_string(r, kern_btf_string(r->image, t->name_off));
	buf_add(&r->types, &copy, sizeof(copy));
	if (len)
		buf_add(&r->types, more, len);
	return ++r->ntypes;
}

static int reduce_type(struct reduce *r, uint32_t real, int depth);

static const struct btf_type *real_skip(struct reduce *r, uint32_t *id)
{
	const struct btf_type *t = kern_btf_type(r->image, *id);

	for (int depth = 0; t && depth < MAX_DEPTH; depth++) {
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return t;
		*id = t->type;
		t = kern_btf_type(r->image, *id);
	}
	return NULL;
}

/* Does the type (an anonymous struct or union) have a wanted member at any depth? */
static bool has_wanted(struct reduce *r, uint32_t id, int depth)
{
	const struct btf_type *t = real_skip(r, &id);

	if (!t || !btf_is_composite(t) || depth > MAX_DEPTH)
		return false;
	for (unsigned int i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		const char *name = kern_btf_string(r->image, m->name_off);

		if (*name ? name_has(&r->names, name) : has_wanted(r, m->type, depth + 1))
			return true;
	}
	return false;
}

static bool member_wanted(struct reduce *r, const struct btf_member *m, int depth)
{
	const char *name = kern_btf_string(r->image, m->name_off);

	return *name ? name_has(&r->names, name) : has_wanted(r, m->type, depth);
}

static int reduce_struct(struct reduce *r, const struct btf_type *t, int depth)
{
	struct btf_type copy = *t;
	struct buf members = {0};
	unsigned int n = 0;
	int id = 0;

	for (unsigned int i = 0; i < btf_vlen(t) && id >= 0; i++) {
		struct btf_member m = btf_members(t)[i];

		if (!member_wanted(r, &m, depth))
			continue;
		id = reduce_type(r, m.type, depth + 1);
		m.type = id;
		m.name_off = add_string(r, kern_btf_string(r->image, m.name_off));
		buf_add(&members, &m, sizeof(m));
		n++;
	}
	copy.info = (t->info & ~0xffffu) | n;
	if (id >= 0)
		id = add_type(r, &copy, members.p, members.len);
	buf_free(&members);
	return id;
}

static int reduce_array(struct reduce *r, const struct btf_type *t, int depth)
{
	struct btf_array array = *btf_array(t);
	int elem = reduce_type(r, array.type, depth + 1), index;

	if (elem < 0)
		return elem;
	index = reduce_type(r, array.index_type, depth + 1);
	if (index < 0)
		return index;
	array.type = elem;
	array.index_type = index;
	return add_type(r, t, &array, sizeof(array));
}

static int reduce_enum(struct reduce *r, const struct btf_type *t)
{
	struct btf_type copy = *t;

	copy.info &= ~0xffffu;
	return add_type(r, &copy, NULL, 0);
}

static int reduce_record(struct reduce *r, const struct btf_type *t, int depth)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return reduce_struct(r, t, depth);
	case BTF_KIND_ARRAY:
		return reduce_array(r, t, depth);
	case BTF_KIND_ENUM:
	case KERN_BTF_KIND_ENUM64:
		return reduce_enum(r, t);
	case BTF_KIND_PTR:
		return r->void_ptr;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
		return add_type(r, t, t + 1, kern_btf_type_len(t) - sizeof(*t));
	default:
		return -EOPNOTSUPP;
	}
}

/* The reduced id of a kernel type used by value, its modifiers and typedefs stripped; or -errno. */
static int reduce_type(struct reduce *r, uint32_t real, int depth)
{
	const struct btf_type *t = real_skip(r, &real);
	int id;

	if (!t || depth > MAX_DEPTH)
		return -EOPNOTSUPP;
	id = map_get(r, real);
	if (id)
		return id;
	id = reduce_record(r, t, depth);
	if (id > 0)
		map_put(r, real, id);
	return id;
}

static int reduce_whole_enum(struct reduce *r, const struct btf_type *t)
{
	size_t len = kern_btf_type_len(t) - sizeof(*t),
	       each = len / (btf_vlen(t) ? btf_vlen(t) : 1);
	char *values = xalloc(len + 1);
	int id;

	memcpy(values, t + 1, len);
	for (size_t off = 0; off < len; off += each) {
		uint32_t name;

		memcpy(&name, values + off, sizeof(name));
		name = add_string(r, kern_btf_string(r->image, name));
		memcpy(values + off, &name, sizeof(name));
	}
	id = add_type(r, t, values, len);
	free(values);
	return id;
}

/* The type a root stands for: an enum with its values, or by value as a member would be. */
static int reduce_target(struct reduce *r, const struct btf_type *t, uint32_t real, bool whole)
{
	int id = map_get(r, real);

	if (id || !whole)
		return id ? id : reduce_type(r, real, 0);
	if (!btf_is_any_enum(t))
		return -EOPNOTSUPP;
	id = reduce_whole_enum(r, t);
	map_put(r, real, id);
	return id;
}

/* A typedef keeps its name, as that is what libbpf looks for. */
static int reduce_root(struct reduce *r, const struct kern_btf_query *q, uint32_t real)
{
	const struct btf_type *t = kern_btf_type(r->image, real), *end = real_skip(r, &real);
	struct btf_type copy;
	int id;

	if (!t || !end || btf_is_ptr(end) || btf_is_array(end) || btf_is_func_proto(end))
		return -EOPNOTSUPP;
	id = reduce_target(r, end, real, q->whole);
	if (id < 0 || !btf_is_typedef(t))
		return id;
	copy = *t;
	copy.type = id;
	return add_type(r, &copy, NULL, 0);
}

/* Roots whose values are wanted go first: an enum copied as a member's type would have none. */
static int reduce_roots(struct reduce *r)
{
	for (int whole = 1; whole >= 0; whole--) {
		for (size_t i = 0; i < r->nroots; i++) {
			const struct kern_btf_query *q = &r->roots[i];

			if (q->whole != whole)
				continue;
			if (q->module)
				return -EOPNOTSUPP;
			for (size_t j = 0; j < q->nids; j++) {
				int err = reduce_root(r, q, q->ids[j]);

				if (err < 0)
					return err;
			}
		}
	}
	return 0;
}

static void blob_write(struct reduce *r, struct buf *blob)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};

	h.type_len = r->types.len;
	h.str_off = r->types.len;
	h.str_len = r->strs.len;
	buf_add(blob, &h, sizeof(h));
	buf_add(blob, r->types.p, r->types.len);
	buf_add(blob, r->strs.p, r->strs.len);
}

static void reduce_fini(struct reduce *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->names.heads); i++) {
		for (struct name_link *l = r->names.heads[i], *next; l; l = next) {
			next = l->next;
			free(l);
		}
	}
	for (size_t i = 0; i < r->nroots; i++)
		kern_btf_query_fini(&r->roots[i]);
	free(r->roots);
	free(r->pairs);
	buf_free(&r->types);
	buf_free(&r->strs);
	free(r);
}

/* Names of relocations and of attach targets go into one look-up, whatever the former turn out to
 * be. */
static int reduce_build(struct reduce *r, const struct object *obj, struct buf *blob)
{
	struct btf_type ptr = {.info = BTF_KIND_PTR << 24};
	int err = relos_collect(r, obj->btf_ext, obj->btf_ext ? obj->btf_ext_len : 0);

	kern_sections_prefetch(obj, r->roots, r->nroots);
	if (err)
		return err;
	buf_putc(&r->strs, '\0');
	r->void_ptr = add_type(r, &ptr, NULL, 0);
	err = reduce_roots(r);
	if (!err)
		blob_write(r, blob);
	return err;
}

/* ---- what libbpf gets
 * ------------------------------------------------------------------------------ */

void kern_btf_reduced_done(void)
{
	buf_free(&prepared.blob);
	prepared.in_use = false;
}

bool kern_btf_reduced_in_use(void)
{
	return prepared.in_use;
}

int kern_btf_prepare(const struct object *obj)
{
	struct reduce *r;
	int err;

	kern_btf_reduced_done();
	if (!obj || kern_btf_cache_load(obj, &prepared.blob) || !kern_btf_available())
		return 0;
	if (!obj->btf || obj->needs_full_btf) {
		kern_sections_prefetch(obj, NULL, 0);
		return 0;
	}
	r = xalloc(sizeof(*r));
	r->local = obj->btf;
	r->image = kern_btf_image();
	err = reduce_build(r, obj, &prepared.blob);
	if (err)
		note("%s: its relocations want the kernel's whole BTF",
		     obj->src ? obj->src->name : "object");
	else
		kern_btf_cache_store(obj, &prepared.blob);
	reduce_fini(r);
	kern_btf_image_release();
	return 0;
}

struct btf *__real_btf__load_vmlinux_btf(void);
struct btf *__wrap_btf__load_vmlinux_btf(void);

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	struct btf *btf;
	const void *raw;
	size_t len;

	if (prepared.blob.len) {
		btf = btf__new(prepared.blob.p, prepared.blob.len);
		if (btf) {
			prepared.in_use = true;
			btf__set_pointer_size(btf, sizeof(void *));
			return btf;
		}
	}
	raw = kern_btf_raw(&len);
	return raw ? btf__new(raw, len) : __real_btf__load_vmlinux_btf();
}
