/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A column's memory of its last value: see struct out_memo. */
#include <string.h>

#include "out/out_int.h"

/* The bytes that decide the text; NULL when there is no use in remembering. */
static const char *deciding(const struct out_column *c, const void *rec, size_t len, uint32_t *n)
{
	const struct val_field *f = c->field;
	struct val v;

	if (f->kind == VAL_TIME || f->kind == VAL_ARRAY || f->kind == VAL_SLOTS || c->instead || f->offset + f->size > len)
		return NULL;
	if (f->kind != VAL_STR && f->kind != VAL_ARGV) {
		*n = f->size;
		return f->size <= MEMO_MAX ? (const char *)rec + f->offset : NULL;
	}
	val_get(f, rec, len, &v);
	*n = v.len;
	return v.len <= MEMO_MAX && !v.truncated ? v.p : NULL;
}

bool memo_recall(struct out_column *c, struct buf *b, const void *rec, size_t len)
{
	uint32_t n;
	const char *p = c->memo.valid ? deciding(c, rec, len, &n) : NULL;

	if (!p || n != c->memo.len || memcmp(p, c->memo.bytes, n) != 0)
		return false;
	buf_add(b, c->memo.text.p, c->memo.text.len);
	return true;
}

void memo_keep(struct out_column *c, const struct buf *b, size_t start, const void *rec, size_t len)
{
	uint32_t n;
	const char *p = deciding(c, rec, len, &n);

	c->memo.valid = p != NULL;
	if (!p)
		return;
	c->memo.len = n;
	memcpy(c->memo.bytes, p, n);
	c->memo.text.len = 0;
	buf_add(&c->memo.text, b->p + start, b->len - start);
}
