/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CSV (RFC 4180): one line a row, names as first line, quotes only where needed. Numbers are raw
 * (durations in the unit their name says), times RFC 3339; what has a name is given by name.
 */
#include <stdlib.h>
#include <string.h>

#include "out/hist.h"
#include "out/out_int.h"

/* Text added at `start` becomes a field: quoted when it holds what CSV gives a meaning to. */
static void quote(struct buf *b, size_t start)
{
	size_t len = b->len - start;
	char *copy;

	if (!memchr(b->p + start, ',', len) && !memchr(b->p + start, '"', len))
		return;
	copy = xstrndup(b->p + start, len);
	b->len = start;
	buf_putc(b, '"');
	for (size_t i = 0; i < len; i++) {
		if (copy[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, copy[i]);
	}
	buf_putc(b, '"');
	free(copy);
}

/* The JSON key without its comma, quotes and colon. */
static void add_name(struct buf *b, const struct out_column *c)
{
	buf_add(b, c->key + 2, strlen(c->key) - 4);
}

static void csv_header(struct out_stream *s)
{
	struct buf *b = &s->out->text;

	for (size_t i = 0; i < s->ncolumns; i++) {
		if (i)
			buf_putc(b, ',');
		add_name(b, &s->columns[i]);
	}
	buf_putc(b, '\n');
	out_line_done(s->out);
}

static void csv_value(struct out *out, struct buf *b, const struct val *v)
{
	size_t start = b->len;

	switch (v->kind) {
	case VAL_TIME:
		text_time_utc(out, b, v->u);
		return;
	case VAL_DURATION:
	case VAL_DURATION_US:
		text_u64(b, v->u);
		return;
	default:
		text_val(out, b, v);
		quote(b, start);
	}
}

static void csv_row(struct out_stream *s, const void *rec, size_t len)
{
	struct buf *b = &s->out->text;

	for (size_t i = 0; i < s->ncolumns; i++) {
		struct val v;

		if (i)
			buf_putc(b, ',');
		val_get(s->columns[i].field, rec, len, &v);
		csv_value(s->out, b, &v);
	}
	buf_putc(b, '\n');
}

static void csv_raw(struct out_stream *s, const void *rec, size_t len)
{
	struct buf *b = &s->out->text;

	buf_printf(b, "%s,", s->name);
	for (size_t i = 0; i < len; i++)
		buf_printf(b, "%02x", ((const unsigned char *)rec)[i]);
	buf_putc(b, '\n');
}

static void csv_text(struct out *out, uint64_t time_ns, const char *text, size_t len)
{
	struct buf *b = &out->text;
	size_t start;

	text_time_utc(out, b, time_ns);
	buf_putc(b, ',');
	start = b->len;
	text_escaped(b, text, len);
	quote(b, start);
	buf_putc(b, '\n');
}

/* A histogram is a row a slot: key columns, low, high, count. */
static void csv_hist(struct out_stream *s, const void *rec, size_t len, const struct val_field *slots)
{
	struct buf *b = &s->out->text;
	uint64_t counts[64] = {0};
	struct val v;

	val_get(slots, rec, len, &v);
	if (v.kind == VAL_NONE || !hist_read(&v, counts))
		return;
	for (unsigned i = 0; i < 64; i++) {
		if (!counts[i])
			continue;
		for (size_t c = 0; c < s->ncolumns; c++) {
			struct val key;

			val_get(s->columns[c].field, rec, len, &key);
			csv_value(s->out, b, &key);
			buf_putc(b, ',');
		}
		buf_printf(b, "%llu,%llu,%llu\n", (unsigned long long)hist_low(i),
			   (unsigned long long)hist_high(i), (unsigned long long)counts[i]);
	}
}

static void csv_losses(struct out *out, const struct out_loss *losses, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (losses[i].lost)
			warn("%s: %llu shown, %llu lost", losses[i].stream, (unsigned long long)losses[i].delivered,
			     (unsigned long long)losses[i].lost);
}

const struct out_format out_format_csv = {
	.name = "csv",
	.all_columns = true,
	.header = csv_header,
	.row = csv_row,
	.raw = csv_raw,
	.text = csv_text,
	.hist = csv_hist,
	.losses = csv_losses,
};
