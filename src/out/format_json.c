/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * JSON: one object a line. Keys are the members' names as declared. A value is raw under its own
 * name; what has a name of its own (an error, a signal, a state, an enum) is given again in words
 * under NAME_name. "time" is RFC 3339 with nanoseconds, "time_ns" the same as ns since 1970. Text
 * that is no UTF-8 is shown with U+FFFD and given whole as hex under NAME_hex.
 */
#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#include "out/hist.h"
#include "out/out_int.h"

/* Bytes that stand for themselves in a JSON string. */
static const unsigned char plain[256] = {
	[0x20 ... 0x21] = 1, [0x23 ... 0x5b] = 1, [0x5d ... 0x7e] = 1,
};

static void escape_one(struct buf *b, unsigned char c)
{
	static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";

	for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
		if (letters[i] == c) {
			buf_putc(b, '\\');
			buf_putc(b, letters[i + 1]);
			return;
		}
	}
	buf_printf(b, "\\u%04x", c);
}

/* Returns false when something had to be replaced. */
static bool add_string(struct buf *b, const char *s, size_t len)
{
	bool exact = true;
	size_t i = 0;

	buf_putc(b, '"');
	while (i < len) {
		size_t run = i, n;

		while (run < len && plain[(unsigned char)s[run]])
			run++;
		buf_add(b, s + i, run - i);
		i = run;
		if (i >= len)
			break;
		n = text_utf8_len(s + i, len - i);
		if (n == 2 && (unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] < 0xa0) { /* C1 controls */
			buf_printf(b, "\\u%04x", (unsigned char)s[i + 1]);
			i += n;
			continue;
		}
		if (n) {
			buf_add(b, s + i, n);
			i += n;
			continue;
		}
		if ((unsigned char)s[i] < 0x80) {
			escape_one(b, s[i]);
		} else {
			buf_puts(b, "\xef\xbf\xbd");
			exact = false;
		}
		i++;
	}
	buf_putc(b, '"');
	return exact;
}

void out_escape_json(struct buf *b, const char *s, size_t len)
{
	add_string(b, s, len);
}

/* A second key made from a column's: ,"NAMEsuffix": */
static void second_key(struct buf *b, const char *key, const char *suffix)
{
	buf_add(b, key, strlen(key) - 2);
	buf_puts(b, suffix);
	buf_add(b, "\":", 2);
}

static void add_text(struct buf *b, const char *key, const struct val *v)
{
	if (add_string(b, v->p, v->len))
		return;
	second_key(b, key, "_hex");
	buf_putc(b, '"');
	for (uint32_t i = 0; i < v->len; i++)
		buf_printf(b, "%02x", (unsigned char)v->p[i]);
	buf_putc(b, '"');
}

static void add_words(struct buf *b, const struct val *v)
{
	const char *s = v->p, *end = s + v->len;

	buf_putc(b, '[');
	while (s < end) {
		size_t n = strnlen(s, end - s);

		if (s != v->p)
			buf_putc(b, ',');
		add_string(b, s, n);
		s += n + 1;
	}
	buf_putc(b, ']');
}

static void add_value(struct out *out, struct buf *b, const struct val *v);

static void add_array(struct out *out, struct buf *b, const struct val *v)
{
	buf_putc(b, '[');
	for (uint32_t i = 0; i < v->field->nelems; i++) {
		struct val e;

		val_elem(v, i, &e);
		if (i)
			buf_putc(b, ',');
		add_value(out, b, &e);
	}
	buf_putc(b, ']');
}

static void add_number(struct buf *b, const struct val *v)
{
	if (v->is_signed)
		text_s64(b, v->s);
	else
		text_u64(b, v->u);
}

/* Values that are text for people but have no quotes of their own: addresses, hex. */
static void add_quoted(struct out *out, struct buf *b, const struct val *v)
{
	buf_putc(b, '"');
	text_val(out, b, v);
	buf_putc(b, '"');
}

static void add_value(struct out *out, struct buf *b, const struct val *v)
{
	switch (v->kind) {
	case VAL_NONE:
		buf_puts(b, "null");
		break;
	case VAL_CHARS:
	case VAL_STR:
		add_string(b, v->p, v->len);
		break;
	case VAL_ARGV:
		add_words(b, v);
		break;
	case VAL_BOOL:
		buf_puts(b, v->u ? "true" : "false");
		break;
	case VAL_FLOAT:
		buf_printf(b, isfinite(v->f) ? "%.17g" : "null", v->f);
		break;
	case VAL_PORT_BE:
		text_u64(b, ntohs(v->u));
		break;
	case VAL_TIME:
		buf_putc(b, '"');
		text_time_utc(out, b, v->u);
		buf_putc(b, '"');
		break;
	case VAL_HEX:
	case VAL_POINTER:
	case VAL_IPV4:
	case VAL_IPV6:
	case VAL_IP:
	case VAL_CIDR:
	case VAL_MAC:
	case VAL_BYTES:
		add_quoted(out, b, v);
		break;
	case VAL_ARRAY:
	case VAL_SLOTS:
		add_array(out, b, v);
		break;
	default:
		add_number(b, v);
	}
}

static bool is_named(enum val_kind kind)
{
	return kind == VAL_ENUM || kind == VAL_ERRNO || kind == VAL_SIGNAL || kind == VAL_WSTATUS ||
	       kind == VAL_OFLAGS || kind == VAL_IPPROTO || kind == VAL_FAMILY || kind == VAL_TCP_STATE;
}

static void add_column_value(struct out *out, struct buf *b, const char *key, const struct val *v)
{
	char scratch[256];
	const char *name;

	buf_puts(b, key);
	if (v->kind == VAL_STR || v->kind == VAL_CHARS)
		add_text(b, key, v);
	else
		add_value(out, b, v);
	if (v->truncated) {
		second_key(b, key, "_truncated");
		buf_puts(b, "true");
	}
	if (v->kind == VAL_TIME) {
		second_key(b, key, "_ns");
		text_s64(b, text_unix_ns(out, v->u));
	}
	if (!is_named(v->kind))
		return;
	name = text_name(v, scratch, sizeof(scratch));
	if (name) {
		second_key(b, key, "_name");
		add_string(b, name, strlen(name));
	}
}

/* Opens the object; the comma that every key brings is overwritten by the brace. */
static size_t begin(struct out_stream *s)
{
	struct out *out = s->out;
	size_t start = out->text.len;

	if (out->opts.tag_rows || out->section) {
		buf_puts(&out->text, ",\"stream\":");
		add_string(&out->text, s->name, strlen(s->name));
	}
	if (!s->time) {
		buf_puts(&out->text, ",\"time\":\"");
		text_time_utc(out, &out->text, out_now());
		buf_putc(&out->text, '"');
	}
	return start;
}

static void end(struct out *out, size_t start)
{
	out->text.p[start] = '{';
	buf_add(&out->text, "}\n", 2);
}

static void json_row(struct out_stream *s, const void *rec, size_t len)
{
	struct out *out = s->out;
	size_t start = begin(s);

	for (size_t i = 0; i < s->ncolumns; i++) {
		struct out_column *c = &s->columns[i];
		size_t at = out->text.len;
		struct val v;

		if (memo_recall(c, &out->text, rec, len))
			continue;
		val_get(c->field, rec, len, &v);
		add_column_value(out, &out->text, c->key, &v);
		memo_keep(c, &out->text, at, rec, len);
	}
	if (out->text.len == start)
		buf_putc(&out->text, '{');
	end(out, start);
}

static void json_raw(struct out_stream *s, const void *rec, size_t len)
{
	struct buf *b = &s->out->text;
	size_t start = begin(s);

	buf_printf(b, ",\"size\":%zu,\"hex\":\"", len);
	for (size_t i = 0; i < len; i++)
		buf_printf(b, "%02x", ((const unsigned char *)rec)[i]);
	buf_putc(b, '"');
	end(s->out, start);
}

static void json_text(struct out *out, uint64_t time_ns, const char *text, size_t len)
{
	struct buf *b = &out->text;

	buf_puts(b, "{\"time\":\"");
	text_time_utc(out, b, time_ns);
	buf_puts(b, "\",\"text\":");
	add_string(b, text, len);
	buf_puts(b, "}\n");
}

static void json_hist(struct out_stream *s, const void *rec, size_t len, const struct val_field *slots)
{
	struct buf *b = &s->out->text;
	uint64_t counts[64] = {0}, total;
	size_t start = begin(s);
	bool any = false;
	struct val v;

	for (size_t i = 0; i < s->ncolumns; i++) {
		val_get(s->columns[i].field, rec, len, &v);
		add_column_value(s->out, b, s->columns[i].key, &v);
	}
	val_get(slots, rec, len, &v);
	total = v.kind == VAL_NONE ? 0 : hist_read(&v, counts);
	buf_puts(b, ",\"hist\":{\"unit\":");
	add_string(b, slots->unit ? slots->unit : "", slots->unit ? strlen(slots->unit) : 0);
	buf_printf(b, ",\"count\":%llu,\"p50\":%llu,\"p90\":%llu,\"p99\":%llu,\"buckets\":[",
		   (unsigned long long)total, (unsigned long long)hist_percentile(counts, total, 50),
		   (unsigned long long)hist_percentile(counts, total, 90),
		   (unsigned long long)hist_percentile(counts, total, 99));
	for (unsigned i = 0; i < 64; i++) {
		if (!counts[i])
			continue;
		buf_printf(b, "%s{\"lo\":%llu,\"hi\":%llu,\"count\":%llu}", any ? "," : "",
			   (unsigned long long)hist_low(i), (unsigned long long)hist_high(i),
			   (unsigned long long)counts[i]);
		any = true;
	}
	buf_puts(b, "]}");
	end(s->out, start);
}

static void json_losses(struct out *out, const struct out_loss *losses, size_t n)
{
	struct buf *b = &out->text;

	buf_puts(b, "{\"summary\":[");
	for (size_t i = 0; i < n; i++) {
		const struct out_loss *l = &losses[i];

		buf_printf(b, "%s{\"stream\":", i ? "," : "");
		add_string(b, l->stream, strlen(l->stream));
		if (l->produced_known)
			buf_printf(b, ",\"produced\":%llu", (unsigned long long)l->produced);
		buf_printf(b, ",\"delivered\":%llu", (unsigned long long)l->delivered);
		if (l->lost_known || l->lost)
			buf_printf(b, ",\"lost\":%llu}", (unsigned long long)l->lost);
		else
			buf_puts(b, ",\"lost\":null}"); /* a program of its own, that does not count */
	}
	buf_puts(b, "]}\n");
	out_line_done(out);
}

const struct out_format out_format_json = {
	.name = "json",
	.all_columns = true,
	.row = json_row,
	.raw = json_raw,
	.text = json_text,
	.hist = json_hist,
	.losses = json_losses,
};
