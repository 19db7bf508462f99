/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps that are shown: read in batches (one call a key where the map type has none), values of
 * several CPUs added up, sorted, given to the presenter as rows: key, then value.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_int.h"

#define BATCH 4096

struct reader {
	struct object_table *t;
	int fd;
	uint32_t key_size, value_size, row_size;
	int ncpus;             /* 0: one value for all */
	size_t raw_size;       /* of what a lookup gives */
	char *rows;
	size_t n, cap;
};

static bool is_per_cpu(enum bpf_map_type type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static void reader_init(struct reader *r, struct object_table *t)
{
	*r = (struct reader){
		.t = t,
		.fd = bpf_map__fd(t->map),
		.key_size = bpf_map__key_size(t->map),
		.value_size = bpf_map__value_size(t->map),
		.ncpus = is_per_cpu(bpf_map__type(t->map)) ? libbpf_num_possible_cpus() : 0,
	};
	r->row_size = t->value_offset + r->value_size;
	r->raw_size = r->ncpus ? ((r->value_size + 7) & ~7u) * r->ncpus : r->value_size;
}

static void add_number(char *sum, const char *more, uint32_t size)
{
	uint64_t a = 0, b = 0;

	memcpy(&a, sum, size);
	memcpy(&b, more, size);
	a += b;
	memcpy(sum, &a, size);
}

/* Counts add up; what is no count (a name, an address) is the same on every CPU that has it. */
static void merge_field(const struct val_field *f, char *sum, const char *more)
{
	static const char zero[64];
	uint32_t n = f->kind == VAL_SLOTS || f->kind == VAL_ARRAY ? f->nelems : 1;
	uint32_t size = f->size;

	switch (f->kind) {
	case VAL_UINT:
	case VAL_INT:
	case VAL_SIZE:
	case VAL_DURATION:
	case VAL_DURATION_US:
	case VAL_SLOTS:
	case VAL_ARRAY:
		for (uint32_t i = 0; i < n && size <= 8; i++)
			add_number(sum + i * size, more + i * size, size);
		break;
	default:
		if (size <= sizeof(zero) && memcmp(sum, zero, size) == 0)
			memcpy(sum, more, size);
	}
}

static void merge_cpus(const struct reader *r, char *value, const char *raw)
{
	size_t stride = r->raw_size / r->ncpus;

	memcpy(value, raw, r->value_size);
	for (int cpu = 1; cpu < r->ncpus; cpu++) {
		for (size_t i = r->t->key_fields; i < r->t->plan->nfields; i++) {
			const struct val_field *f = &r->t->plan->fields[i];
			uint32_t at = f->offset - r->t->value_offset;

			merge_field(f, value + at, raw + cpu * stride + at);
		}
	}
}

static void add_row(struct reader *r, const char *key, const char *raw)
{
	char *row;

	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 256;
		r->rows = xrealloc(r->rows, r->cap * r->row_size);
	}
	row = r->rows + r->n++ * r->row_size;
	memset(row, 0, r->t->value_offset);
	memcpy(row, key, r->key_size);
	if (r->ncpus)
		merge_cpus(r, row + r->t->value_offset, raw);
	else
		memcpy(row + r->t->value_offset, raw, r->value_size);
}

/* -ENOTSUP: this map type has no batches. */
static int read_batches(struct reader *r)
{
	char *keys = xalloc((size_t)BATCH * r->key_size), *values = xalloc(BATCH * r->raw_size);
	char *cursor = xalloc(r->key_size < 8 ? 8 : r->key_size);
	bool first = true;
	int err = 0;

	while (!err) {
		uint32_t n = BATCH;

		err = bpf_map_lookup_batch(r->fd, first ? NULL : cursor, cursor, keys, values, &n, NULL);
		if (err && errno != ENOENT)
			break;
		for (uint32_t i = 0; i < n; i++)
			add_row(r, keys + (size_t)i * r->key_size, values + i * r->raw_size);
		first = false;
	}
	err = err && errno != ENOENT ? -errno : 0;
	free(keys);
	free(values);
	free(cursor);
	return first && err ? -ENOTSUP : err;
}

static void read_one_by_one(struct reader *r)
{
	char *key = xalloc(r->key_size), *raw = xalloc(r->raw_size);
	void *previous = NULL;

	/* A key deleted meanwhile starts the walk again from the first: bounded by the map's size. */
	for (uint32_t i = 0; i < bpf_map__max_entries(r->t->map); i++) {
		if (bpf_map_get_next_key(r->fd, previous, key))
			break;
		if (bpf_map_lookup_elem(r->fd, key, raw) == 0)
			add_row(r, key, raw);
		previous = key;
	}
	free(key);
	free(raw);
}

/* The one value holds an array whose elements are the rows. */
static void split_array(struct reader *r)
{
	const struct object_table *t = r->t;
	uint32_t size = t->value_offset + t->elem_size;
	char *rows;

	if (!r->n || t->elem_offset + (uint64_t)t->nelems * t->elem_size > r->value_size) {
		r->n = 0;
		return;
	}
	rows = xalloc((size_t)t->nelems * size);
	for (uint32_t i = 0; i < t->nelems; i++) {
		char *row = rows + (size_t)i * size;

		memcpy(row, &i, sizeof(i));
		memcpy(row + t->value_offset, r->rows + t->value_offset + t->elem_offset + (size_t)i * t->elem_size,
		       t->elem_size);
	}
	free(r->rows);
	r->rows = rows;
	r->row_size = size;
	r->n = r->cap = t->nelems;
}

static bool row_is_zero(const struct reader *r, const char *row)
{
	for (uint32_t i = r->t->value_offset; i < r->row_size; i++)
		if (row[i])
			return false;
	return true;
}

static int compare_values(const struct val *a, const struct val *b)
{
	if (a->p && b->p) {
		int c = memcmp(a->p, b->p, a->len < b->len ? a->len : b->len);

		return c ? c : (int)a->len - (int)b->len;
	}
	if (a->is_signed)
		return (a->s > b->s) - (a->s < b->s);
	return (a->u > b->u) - (a->u < b->u);
}

/* By the sort field, largest first; else by the key's fields. */
static int compare_rows(const void *x, const void *y, void *ctx)
{
	const struct reader *r = ctx;
	const struct val_field *by = r->t->sort ? val_plan_find(r->t->plan, r->t->sort) : NULL;
	struct val a, b;
	int c = 0;

	if (by) {
		val_get(by, x, r->row_size, &a);
		val_get(by, y, r->row_size, &b);
		c = compare_values(&b, &a);
	}
	for (uint32_t i = 0; !c && i < r->t->key_fields; i++) {
		val_get(&r->t->plan->fields[i], x, r->row_size, &a);
		val_get(&r->t->plan->fields[i], y, r->row_size, &b);
		c = compare_values(&a, &b);
	}
	return c;
}

static void clear_row(const struct reader *r, const char *row)
{
	if (bpf_map_delete_elem(r->fd, row)) { /* arrays cannot be deleted from */
		char *zero = xalloc(r->raw_size);

		bpf_map_update_elem(r->fd, row, zero, BPF_ANY);
		free(zero);
	}
}

/* A histogram in which nothing was counted is shown by what stands beside it. */
static bool has_counts(const struct val_field *slots, const void *row, size_t len)
{
	struct val v, e;

	val_get(slots, row, len, &v);
	for (uint32_t i = 0; v.kind != VAL_NONE && i < slots->nelems; i++) {
		val_elem(&v, i, &e);
		if (e.u)
			return true;
	}
	return false;
}

static const struct val_field *find_slots(const struct val_plan *plan)
{
	for (size_t i = 0; i < plan->nfields; i++)
		if (plan->fields[i].kind == VAL_SLOTS)
			return &plan->fields[i];
	return NULL;
}

int tables_show(struct object *obj, struct object_table *t, struct out *out, struct out_stream *stream,
		const struct row_filter *filter, uint64_t limit, bool clear)
{
	const struct val_field *slots = find_slots(t->plan);
	bool is_array = bpf_map__type(t->map) == BPF_MAP_TYPE_ARRAY ||
			bpf_map__type(t->map) == BPF_MAP_TYPE_PERCPU_ARRAY;
	struct reader r;
	int err = 0;
	uint64_t shown = 0;

	reader_init(&r, t);
	if (read_batches(&r))
		read_one_by_one(&r);
	if (t->nelems)
		split_array(&r);
	qsort_r(r.rows, r.n, r.row_size, compare_rows, &r);
	out_section(out, t->title);
	for (size_t i = 0; i < r.n && !err; i++) {
		const char *row = r.rows + i * r.row_size;

		if ((is_array && row_is_zero(&r, row)) || (filter && !row_filter_pass(filter, row, r.row_size)))
			continue;
		if (!limit || shown++ < limit)
			err = slots && has_counts(slots, row, r.row_size) ? out_hist(stream, row, r.row_size, slots)
									  : out_row(stream, row, r.row_size);
		if (clear)
			clear_row(&r, row);
	}
	free(r.rows);
	return err;
}
