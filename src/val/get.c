/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decoding: one field of one record. On the path of every row, so it looks at the plan only, and
 * copies nothing: strings and byte arrays point into the record.
 */
#include <string.h>

#include "val/val.h"

static uint64_t read_uint(const void *p, uint32_t size)
{
	uint64_t v = 0;

	switch (size) {
	case 1:
		return *(const uint8_t *)p;
	case 2: {
		uint16_t h;

		memcpy(&h, p, 2);
		return h;
	}
	case 4: {
		uint32_t w;

		memcpy(&w, p, 4);
		return w;
	}
	default:
		memcpy(&v, p, size < 8 ? size : 8);
		return v;
	}
}

static int64_t sign_extend(uint64_t v, unsigned bits)
{
	return bits >= 64 ? (int64_t)v : (int64_t)(v << (64 - bits)) >> (64 - bits);
}

/* A bit-field may begin in the middle of a byte and be spread over nine of them. */
static void get_bits(const struct val_field *f, const uint8_t *p, struct val *v)
{
	uint64_t bits = read_uint(p, f->size) >> f->bit_offset;

	if (f->size > 8)
		bits |= (uint64_t)p[8] << (64 - f->bit_offset);
	if (f->bit_size < 64)
		bits &= (1ull << f->bit_size) - 1;
	v->u = bits;
	if (f->is_signed)
		v->s = sign_extend(bits, f->bit_size);
}

static void get_number(const struct val_field *f, const void *p, struct val *v)
{
	v->size = f->size;
	if (f->bit_size) {
		get_bits(f, p, v);
		return;
	}
	v->u = read_uint(p, f->size);
	if (f->is_signed && f->size < 8)
		v->s = sign_extend(v->u, f->size * 8);
}

static void get_float(const struct val_field *f, const void *p, struct val *v)
{
	float single;

	if (f->size == sizeof(single)) {
		memcpy(&single, p, sizeof(single));
		v->f = single;
	} else {
		memcpy(&v->f, p, sizeof(v->f));
	}
}

/* The text lies behind the record: offset | length << 16 | cut << 31. Not trusted. */
static void get_tail(const void *rec, size_t len, const void *p, struct val *v)
{
	uint32_t where = read_uint(p, 4), at = where & 0xffff, n = where >> 16 & 0x7fff;

	v->truncated = where >> 31;
	if (at > len)
		at = len;
	if (n > len - at) {
		n = len - at;
		v->truncated = true;
	}
	v->p = (const char *)rec + at;
	v->len = n;
}

void val_get(const struct val_field *f, const void *rec, size_t len, struct val *v)
{
	const char *p = (const char *)rec + f->offset;
	uint64_t need = f->kind == VAL_ARRAY || f->kind == VAL_SLOTS ? (uint64_t)f->size * f->nelems : f->size;

	v->kind = VAL_NONE;
	v->field = f;
	v->truncated = false;
	v->is_signed = f->is_signed;
	v->u = 0;
	v->p = NULL;
	v->len = 0;
	if (f->offset + need > len)
		return;
	v->kind = f->kind;
	switch (f->kind) {
	case VAL_STR:
	case VAL_ARGV:
		get_tail(rec, len, p, v);
		break;
	case VAL_CHARS:
		v->p = p;
		v->len = strnlen(p, f->size);
		break;
	case VAL_FLOAT:
		get_float(f, p, v);
		break;
	case VAL_BYTES:
	case VAL_ARRAY:
	case VAL_SLOTS:
	case VAL_IPV6:
	case VAL_IP:
	case VAL_CIDR:
	case VAL_MAC:
		v->p = p;
		v->len = need;
		break;
	default:
		get_number(f, p, v);
	}
}

void val_elem(const struct val *array, uint32_t i, struct val *v)
{
	struct val_field elem = *array->field;

	elem.kind = elem.elem;
	elem.nelems = 0;
	elem.offset = i * elem.size;
	val_get(&elem, array->p, array->len, v);
	v->field = array->field;
}
