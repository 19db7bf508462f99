/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names → type ids, by one pass over the strings and one over the types of a BTF image.
 *
 * The kernel's BTF has some 130 000 strings and as many types; an index of them would cost more
 * than what a tool ever asks. So all names a tool needs are looked for together: strings: eight
 * bytes at a time are searched for NULs; the first four bytes of each string are tested against a
 * bit set, and only strings that pass are compared with names. types: each record's name_off is
 * tested against a second bit set.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "kern/btf.h"

#define FILTER_BITS 16
#define TABLE_BITS  10

struct filter {
	uint8_t bits[1 << (FILTER_BITS - 3)];
};

/* A chained hash table of small numbers (keys) to query indexes. */
struct table {
	uint32_t heads[1 << TABLE_BITS]; /* index into links + 1 */
	struct {
		uint32_t key, query, next;
	} * links;
	size_t n;
};

static inline uint32_t hash32(uint32_t v)
{
	return v * 0x9e3779b1u;
}

static void filter_add(struct filter *f, uint32_t key)
{
	uint32_t h = hash32(key) >> (32 - FILTER_BITS);

	f->bits[h >> 3] |= 1u << (h & 7);
}

static inline bool filter_has(const struct filter *f, uint32_t key)
{
	uint32_t h = hash32(key) >> (32 - FILTER_BITS);

	return f->bits[h >> 3] & (1u << (h & 7));
}

static void table_add(struct table *t, uint32_t key, uint32_t query)
{
	uint32_t *head = &t->heads[hash32(key) >> (32 - TABLE_BITS)];

	vec_push(t->links, t->n);
	t->links[t->n - 1].key = key;
	t->links[t->n - 1].query = query;
	t->links[t->n - 1].next = *head;
	*head = t->n;
}

static uint32_t table_first(const struct table *t, uint32_t key)
{
	return t->heads[hash32(key) >> (32 - TABLE_BITS)];
}

/* ---- strings ------------------------------------------------------------------------------------
 */

/* The first four bytes of a name, padded; `flavoured` with the underscores that would follow. */
static uint32_t name_key(const char *s, size_t len, char pad)
{
	unsigned char b[4];
	uint32_t v;

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = i < len ? s[i] : pad;
	memcpy(&v, b, sizeof(v));
	return v;
}

/* As libbpf does it: the last "___" with a name before and a character other than '_' on each side.
 */
size_t kern_btf_essential_len(const char *name)
{
	size_t n = strlen(name);

	for (long i = (long)n - 5; i >= 0; i--)
		if (name[i] != '_' && memcmp(name + i + 1, "___", 3) == 0 && name[i + 4] != '_')
			return i + 1;
	return n;
}

static bool query_matches(const struct kern_btf_query *q, const char *s, size_t len)
{
	if (len < q->len || memcmp(s, q->name, q->len) != 0)
		return false;
	if (len == q->len)
		return true;
	return q->flavours && s[q->len] == '_' && kern_btf_essential_len(s) == q->len;
}

struct strings_scan {
	struct kern_btf_query *queries;
	uint32_t first_str;
	struct filter filter;
	struct table table;
};

static __attribute__((noinline)) void string_found(struct strings_scan *scan, uint32_t key,
						   const char *s, size_t len, uint32_t off)
{
	for (uint32_t i = table_first(&scan->table, key); i; i = scan->table.links[i - 1].next) {
		struct kern_btf_query *q = &scan->queries[scan->table.links[i - 1].query];

		if (scan->table.links[i - 1].key == key && query_matches(q, s, len))
			*vec_push(q->offs, q->noffs) = scan->first_str + off;
	}
}

/* The string at s, of which the end is known, so that bytes behind it do not get into the key. */
static inline void string_try(struct strings_scan *scan, const char *strs, uint32_t start,
			      uint32_t end)
{
	uint32_t len = end - start, key;

	if (len >= 4)
		memcpy(&key, strs + start, sizeof(key));
	else
		key = name_key(strs + start, len, '\0');
	if (filter_has(&scan->filter, key))
		string_found(scan, key, strs + start, len, start);
}

/* A bit at the top of each byte of v that is zero; exact, byte 0 lowest on every machine. */
static inline uint64_t zero_bytes(uint64_t v)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7full;

	v = le64toh(v);
	return ~(((v & low) + low) | v | low);
}

static void strings_walk(struct strings_scan *scan, const struct kern_btf_image *image)
{
	const uint32_t len = image->strs_len, words = len & ~7u;
	const char *strs = image->strs;
	uint32_t start = 0, i;

	for (i = 0; i < words; i += 8) {
		uint64_t v, zeros;

		memcpy(&v, strs + i, sizeof(v));
		for (zeros = zero_bytes(v); zeros; zeros &= zeros - 1) {
			uint32_t end = i + __builtin_ctzll(zeros) / 8;

			string_try(scan, strs, start, end);
			start = end + 1;
		}
	}
	for (; i < len; i++) {
		if (strs[i])
			continue;
		string_try(scan, strs, start, i);
		start = i + 1;
	}
}

static void scan_add_key(struct strings_scan *scan, uint32_t key, uint32_t query)
{
	filter_add(&scan->filter, key);
	table_add(&scan->table, key, query);
}

static void strings_scan(const struct kern_btf_image *image, struct kern_btf_query *queries,
			 size_t n)
{
	struct strings_scan *scan = xalloc(sizeof(*scan));

	scan->queries = queries;
	scan->first_str = image->first_str;
	for (size_t i = 0; i < n; i++) {
		scan_add_key(scan, name_key(queries[i].name, queries[i].len, '\0'), i);
		if (queries[i].flavours && queries[i].len < 4)
			scan_add_key(scan, name_key(queries[i].name, queries[i].len, '_'), i);
	}
	strings_walk(scan, image);
	free(scan->table.links);
	free(scan);
}

/* ---- types --------------------------------------------------------------------------------------
 */

/* Bytes of a record with what is behind it: fixed, and for each of its vlen parts; by kind. */
static const struct {
	uint8_t fixed, each;
} type_sizes[32] = {
	[BTF_KIND_INT] = {16, 0},	   [BTF_KIND_PTR] = {12, 0},
	[BTF_KIND_ARRAY] = {24, 0},	   [BTF_KIND_STRUCT] = {12, 12},
	[BTF_KIND_UNION] = {12, 12},	   [BTF_KIND_ENUM] = {12, 8},
	[BTF_KIND_FWD] = {12, 0},	   [BTF_KIND_TYPEDEF] = {12, 0},
	[BTF_KIND_VOLATILE] = {12, 0},	   [BTF_KIND_CONST] = {12, 0},
	[BTF_KIND_RESTRICT] = {12, 0},	   [BTF_KIND_FUNC] = {12, 0},
	[BTF_KIND_FUNC_PROTO] = {12, 8},   [BTF_KIND_VAR] = {16, 0},
	[BTF_KIND_DATASEC] = {12, 12},	   [BTF_KIND_FLOAT] = {12, 0},
	[BTF_KIND_DECL_TAG] = {16, 0},	   [BTF_KIND_TYPE_TAG] = {12, 0},
	[KERN_BTF_KIND_ENUM64] = {12, 12},
};

static inline size_t type_len(uint32_t info)
{
	return type_sizes[BTF_INFO_KIND(info)].fixed +
	       (size_t)type_sizes[BTF_INFO_KIND(info)].each * BTF_INFO_VLEN(info);
}

size_t kern_btf_type_len(const struct btf_type *t)
{
	return type_len(t->info);
}

struct types_scan {
	struct kern_btf_query *queries;
	struct filter filter;
	struct table table;
};

static __attribute__((noinline)) void type_found(struct types_scan *scan, const struct btf_type *t,
						 uint32_t id)
{
	uint32_t kind = BTF_INFO_KIND(t->info);

	for (uint32_t i = table_first(&scan->table, t->name_off); i;
	     i = scan->table.links[i - 1].next) {
		struct kern_btf_query *q = &scan->queries[scan->table.links[i - 1].query];

		if (scan->table.links[i - 1].key == t->name_off && (q->kinds & (1u << kind)))
			*vec_push(q->ids, q->nids) = id;
	}
}

/* Walks all records; the first walk also counts them and sets the marks. */
static void types_walk(struct types_scan *scan, struct kern_btf_image *image)
{
	const uint8_t *types = image->types;
	const uint32_t end = image->types_len;
	bool mark = !image->marks;
	uint32_t off = 0, n = 0;
	size_t nmarks = 0;

	while (end - off >= sizeof(struct btf_type)) {
		const struct btf_type *t = (const void *)(types + off);
		size_t len = type_len(t->info);

		if (!len || len > end - off)
			break;
		if (mark && n % KERN_BTF_MARK == 0)
			*vec_push(image->marks, nmarks) = off;
		if (filter_has(&scan->filter, t->name_off))
			type_found(scan, t, image->first_id + n);
		off += len;
		n++;
	}
	image->ntypes = n;
}

static void types_scan(struct kern_btf_image *image, struct kern_btf_query *queries, size_t n)
{
	struct types_scan *scan = xalloc(sizeof(*scan));

	scan->queries = queries;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < queries[i].noffs; j++) {
			filter_add(&scan->filter, queries[i].offs[j]);
			table_add(&scan->table, queries[i].offs[j], i);
		}
	}
	types_walk(scan, image);
	free(scan->table.links);
	free(scan);
}

void kern_btf_scan(struct kern_btf_image *image, struct kern_btf_query *queries, size_t n)
{
	strings_scan(image, queries, n);
	types_scan(image, queries, n);
}
