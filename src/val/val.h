/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * val: bytes + a BTF type → typed values.
 *
 * A plan is compiled once from the BTF of a record's struct (and the notes its author left on the
 * members); after that a record is decoded field by field without looking at BTF again.
 * What a value means follows from the typedef it was declared with (val_kinds.def): skep_ns_t is a
 * duration, skep_errno_t an error number, pid_t a number … This table is the only place where
 * typedef names are known.
 *
 * Owner: a plan owns its names and belongs to the caller (val_plan_free). A struct val borrows from
 * the record it was read from.
 * Failure: val_plan_new returns -errno without a message; val_get never fails: what a short record
 * does not hold reads as VAL_NONE.
 * Must not know: libbpf objects, where records come from, how values are printed.
 */
#ifndef SKEP_VAL_H
#define SKEP_VAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

/* What a value is, for whoever prints it. VAL_UINT, VAL_INT and VAL_FLOAT are plain numbers. */
enum val_kind {
	VAL_NONE, /* absent: the record was too short */
#define VAL_KIND(id, what) VAL_##id,
#include "val/val_kinds.def"
	VAL_KIND_COUNT
};

const char *val_kind_name(enum val_kind kind); /* "a duration in ns", for help and docs */

struct val {
	enum val_kind kind;
	bool truncated;     /* a string the program had to cut */
	bool is_signed;
	uint8_t size;       /* of the number, in bytes */
	union {
		uint64_t u;
		int64_t s;
		double f;
	};
	const char *p;      /* strings, addresses, byte arrays: the bytes (not NUL-terminated) */
	uint32_t len;
	const struct val_field *field; /* where it came from: enum names, element type */
};

/* The names of an enum type, sorted as declared. */
struct val_enum {
	int64_t value;
	const char *name;
};

/* One leaf of a record; nested structs are flattened to "outer.inner". */
struct val_field {
	char *name;         /* as declared, "a.b" when nested */
	enum val_kind kind;
	uint32_t offset;    /* bytes from the record's start */
	uint32_t size;      /* bytes; of one element for VAL_ARRAY */
	uint8_t bit_offset, bit_size; /* bit-field within the bytes at offset; bit_size 0: none */
	bool is_signed;
	uint32_t nelems;    /* VAL_ARRAY */
	enum val_kind elem; /* VAL_ARRAY: kind of the elements */
	struct val_enum *enums;
	size_t nenums;
	bool enum64;        /* its values are known whole */
	/* what the author said, all NULL or false when nothing */
	char *title;        /* column heading */
	char *unit;
	char *shown_by;     /* hidden unless this option (a bool global) is set */
	char *instead_of;   /* shares that field's column, shown when that one is empty */
	bool hidden;
	uint32_t width;     /* wanted column width, 0: by kind */
	uint32_t btf_id;    /* type as declared */
	uint32_t member;    /* index of the top-level member it belongs to */
};

struct val_plan {
	char *type_name;
	uint32_t size;      /* of the struct; a record may be longer (its strings) or shorter */
	struct val_field *fields;
	size_t nfields;
};

/* type_id may be any type: a struct gives a field per leaf, a scalar gives one field called `name`.
 * -EINVAL: no type of known size; -E2BIG: more than VAL_MAX_FIELDS leaves. */
#define VAL_MAX_FIELDS 1024
int val_plan_new(const struct btf *btf, uint32_t type_id, const char *name, struct val_plan **plan);
/* Puts the fields of `more` behind those of `plan`, their offsets raised by `offset`; frees `more`. */
void val_plan_append(struct val_plan *plan, struct val_plan *more, uint32_t offset);
void val_plan_free(struct val_plan *plan);
struct val_field *val_plan_find(const struct val_plan *plan, const char *name);

void val_get(const struct val_field *f, const void *rec, size_t len, struct val *v);
/* Element i of a VAL_ARRAY. */
void val_elem(const struct val *array, uint32_t i, struct val *v);

/* The kind a typedef or base type name stands for, VAL_NONE when it has no meaning of its own. */
enum val_kind val_kind_of_typedef(const char *name);

/* ---- names of numbers (val_names.c): NULL when unknown ---------------------------------------- */
const char *val_errno_name(int err);    /* "ENOENT" */
const char *val_signal_name(int sig);   /* "SIGKILL" */
const char *val_tcp_state_name(int st); /* "ESTABLISHED" as ss prints it */
const char *val_ipproto_name(int proto);/* "tcp" */
const char *val_family_name(int af);    /* "inet6" */
int val_errno_number(const char *name), val_signal_number(const char *name); /* -1: unknown */
int val_ipproto_number(const char *name), val_tcp_state_number(const char *name), val_family_number(const char *name);

/* ---- text → bytes: the reverse, for options (val_parse.c) -------------------------------------- */
/* Parses text for a variable of this kind into `size` bytes at `out`. Returns 0, -EINVAL (not a
 * value of this kind), -ERANGE (does not fit `size`/signedness). */
int val_parse(const struct val_field *f, const char *text, void *out);

#endif
