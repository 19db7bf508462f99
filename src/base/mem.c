/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Memory that is there or the process ends, growable buffers and vectors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static void *or_die(void *p)
{
	if (p)
		return p;
	fail(0, "out of memory");
	exit(EXIT_FAILED);
}

void *xalloc(size_t size)
{
	return or_die(calloc(1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
	return or_die(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return or_die(strndup(s, n));
}

char *xasprintf(const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return b.p ? b.p : xstrdup("");
}

void buf_grow_(struct buf *b, size_t more)
{
	size_t want = b->len + more + 1;

	b->cap = b->cap * 2 > want ? b->cap * 2 : want + 64;
	b->p = xrealloc(b->p, b->cap);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	buf_reserve(b, n);
	vsnprintf(b->p + b->len, n + 1, fmt, ap);
	b->len += n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}

/* Capacity is the next power of two of n, so it need not be stored. */
void vec_grow_(void **items, size_t n, size_t size)
{
	if (n == 0 || (n & (n - 1)) == 0) {
		*items = xrealloc(*items, (n ? n * 2 : 1) * size);
		memset((char *)*items + n * size, 0, (n ? n : 1) * size);
	}
}
