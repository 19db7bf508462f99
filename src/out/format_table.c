/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Table: aligned columns for people. On a terminal a line is cut to its width; in a pipe or a file
 * nothing is. A column grows with the longest value seen, so later rows stay aligned.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/hist.h"
#include "out/out_int.h"

#define GROW_LIMIT 64 /* a column does not grow wider than this for one long value */

/* Characters as a terminal counts them: UTF-8 continuation bytes take no place. */
static size_t display_width(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static void pad(struct buf *b, size_t n)
{
	static const char spaces[] = "                                                                ";

	while (n) {
		size_t k = n < sizeof(spaces) - 1 ? n : sizeof(spaces) - 1;

		buf_add(b, spaces, k);
		n -= k;
	}
}

/* The cell's text was added at `start`; puts it in its place. */
static void align(struct buf *b, struct out_column *c, size_t start, bool last)
{
	size_t width = display_width(b->p + start, b->len - start), gap;

	if (width > c->width && width <= GROW_LIMIT && !last)
		c->width = width;
	gap = width < c->width ? c->width - width : 0;
	if (c->right && gap) {
		size_t len = b->len - start;

		pad(b, gap);
		memmove(b->p + start + gap, b->p + start, len);
		memset(b->p + start, ' ', gap);
	} else if (!last) {
		pad(b, gap);
	}
}

/* Cuts the line begun at `start` to the terminal; the mark shows that something is missing. */
static void cut(struct out *out, size_t start)
{
	struct buf *b = &out->text;
	size_t i = start, seen = 0;

	if (!out->tty_width || display_width(b->p + start, b->len - start) <= out->tty_width)
		return;
	while (i < b->len && seen + 1 < out->tty_width) {
		i++;
		while (i < b->len && ((unsigned char)b->p[i] & 0xc0) == 0x80)
			i++;
		seen++;
	}
	b->len = i;
	buf_puts(b, "\u2026");
}

static void table_header(struct out_stream *s)
{
	struct out *out = s->out;
	size_t line;

	if (out->color)
		buf_puts(&out->text, "\033[1m");
	line = out->text.len;
	for (size_t i = 0; i < s->ncolumns; i++) {
		size_t start;

		if (i)
			buf_putc(&out->text, ' ');
		start = out->text.len;
		buf_puts(&out->text, s->columns[i].title);
		align(&out->text, &s->columns[i], start, i + 1 == s->ncolumns);
	}
	cut(out, line);
	if (out->color)
		buf_puts(&out->text, "\033[0m");
	buf_putc(&out->text, '\n');
	out_line_done(out);
}

static void table_row(struct out_stream *s, const void *rec, size_t len)
{
	struct out *out = s->out;
	struct buf *b = &out->text;
	size_t line = b->len;

	for (size_t i = 0; i < s->ncolumns; i++) {
		struct out_column *c = &s->columns[i];
		struct val v;
		size_t start;

		if (i)
			buf_putc(b, ' ');
		if (memo_recall(c, b, rec, len))
			continue;
		val_get(c->field, rec, len, &v);
		if (c->instead && text_is_empty(&v))
			val_get(c->instead, rec, len, &v);
		start = b->len;
		text_val(out, b, &v);
		align(b, c, start, i + 1 == s->ncolumns);
		memo_keep(c, b, start, rec, len);
	}
	cut(out, line);
	buf_putc(b, '\n');
}

static void table_raw(struct out_stream *s, const void *rec, size_t len)
{
	struct buf *b = &s->out->text;
	const unsigned char *p = rec;
	size_t line = b->len;

	buf_printf(b, "%s: %zu bytes:", s->name, len);
	for (size_t i = 0; i < len; i++)
		buf_printf(b, "%s%02x", i % 4 ? "" : " ", p[i]);
	cut(s->out, line);
	buf_putc(b, '\n');
}

static void table_text(struct out *out, uint64_t time_ns, const char *text, size_t len)
{
	struct buf *b = &out->text;

	if (out->opts.timestamp) {
		text_time_local(out, b, time_ns);
		buf_putc(b, ' ');
	}
	text_escaped(b, text, len);
	buf_putc(b, '\n');
}

static void table_section(struct out *out, const char *title)
{
	struct buf *b = &out->text;

	buf_putc(b, '\n');
	if (out->opts.timestamp) {
		text_time_local(out, b, out_now());
		buf_putc(b, ' ');
	}
	buf_printf(b, "%s\n", title);
	out_line_done(out);
	out_line_done(out);
}

/* What the histogram belongs to: the other fields, "name = value". */
static void hist_key(struct out_stream *s, const void *rec, size_t len)
{
	struct buf *b = &s->out->text;
	size_t line = b->len;

	for (size_t i = 0; i < s->ncolumns; i++) {
		struct val v;

		val_get(s->columns[i].field, rec, len, &v);
		if (b->len != line)
			buf_puts(b, ", ");
		buf_printf(b, "%s = ", s->columns[i].field->name);
		text_val(s->out, b, &v);
	}
	if (b->len != line)
		buf_putc(b, '\n');
}

static void hist_bar(struct buf *b, unsigned slot, uint64_t count, uint64_t most)
{
	unsigned stars = most ? (double)count * 40 / most + 0.5 : 0;

	buf_printf(b, "%10" PRIu64 " -> %-10" PRIu64 " : %-8" PRIu64 " |", hist_low(slot), hist_high(slot), count);
	for (unsigned i = 0; i < 40; i++)
		buf_putc(b, i < stars ? '*' : ' ');
	buf_puts(b, "|\n");
}

static void table_hist(struct out_stream *s, const void *rec, size_t len, const struct val_field *slots)
{
	struct buf *b = &s->out->text;
	uint64_t counts[64] = {0}, total, most = 0;
	unsigned first = 64, last = 0;
	struct val v;

	val_get(slots, rec, len, &v);
	if (v.kind == VAL_NONE)
		return;
	total = hist_read(&v, counts);
	for (unsigned i = 0; i < 64; i++) {
		if (!counts[i])
			continue;
		first = first == 64 ? i : first;
		last = i;
		most = counts[i] > most ? counts[i] : most;
	}
	if (!total)
		return;
	hist_key(s, rec, len);
	buf_printf(b, "%21s%-5s : %-8s distribution\n", "", slots->unit ? slots->unit : "", "count");
	for (unsigned i = first; i <= last; i++)
		hist_bar(b, i, counts[i], most);
	buf_printf(b, "%21s%" PRIu64 " in all; p50 %" PRIu64 ", p90 %" PRIu64 ", p99 %" PRIu64 "\n", "", total,
		   hist_percentile(counts, total, 50), hist_percentile(counts, total, 90),
		   hist_percentile(counts, total, 99));
}

/* The account goes to stderr, so that a table in a file holds rows only. */
static void table_losses(struct out *out, const struct out_loss *losses, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct out_loss *l = &losses[i];

		if (l->lost && l->produced_known)
			warn("%s: %" PRIu64 " events, %" PRIu64 " shown, %" PRIu64 " lost%s", l->stream, l->produced,
			     l->delivered, l->lost, out->error ? "" : " because they came faster than they could "
			     "be written; --buffer SIZE gives more room");
		else if (l->lost)
			warn("%s: %" PRIu64 " shown, %" PRIu64 " lost; --buffer SIZE gives more room", l->stream,
			     l->delivered, l->lost);
		else
			note("%s: %" PRIu64 " events, %s", l->stream, l->delivered,
			     l->lost_known ? "none lost" : "and perhaps more: the program does not count what it loses");
	}
}

const struct out_format out_format_table = {
	.name = "table",
	.header = table_header,
	.row = table_row,
	.raw = table_raw,
	.text = table_text,
	.section = table_section,
	.hist = table_hist,
	.losses = table_losses,
};
