/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The little JSON that stands in annotations: scalars, and objects of scalars. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "front/json.h"

#define JSON_DEPTH 16

static void skip_blanks(const char **p)
{
	while (isspace((unsigned char)**p))
		++*p;
}

static bool take(const char **p, char c)
{
	skip_blanks(p);
	if (**p != c)
		return false;
	++*p;
	return true;
}

static void add_utf8(struct buf *out, unsigned int c)
{
	if (c < 0x80) {
		buf_putc(out, c);
	} else if (c < 0x800) {
		buf_putc(out, 0xc0 | c >> 6);
		buf_putc(out, 0x80 | (c & 0x3f));
	} else {
		buf_putc(out, 0xe0 | c >> 12);
		buf_putc(out, 0x80 | (c >> 6 & 0x3f));
		buf_putc(out, 0x80 | (c & 0x3f));
	}
}

/* What stands after a backslash. */
static int escape(const char **p, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = **p ? strchr(from, **p) : NULL;
	char hex[5] = "";

	if (at) {
		buf_putc(out, to[at - from]);
		++*p;
		return 0;
	}
	if (**p != 'u')
		return -EINVAL;
	++*p;
	for (int i = 0; i < 4; i++) {
		if (!isxdigit((unsigned char)**p))
			return -EINVAL;
		hex[i] = *(*p)++;
	}
	if (strcmp(hex, "0000") == 0)
		return -EINVAL;
	add_utf8(out, strtoul(hex, NULL, 16));
	return 0;
}

/* string = '"' { character | escape } '"' */
static int string(const char **p, struct buf *out)
{
	if (!take(p, '"'))
		return -EINVAL;
	buf_puts(out, "");
	while (**p && **p != '"') {
		char c = *(*p)++;

		if (c != '\\')
			buf_putc(out, c);
		else if (escape(p, out))
			return -EINVAL;
	}
	if (**p != '"')
		return -EINVAL;
	++*p;
	return 0;
}

/* scalar = string | number | "true" | "false" | "null" */
int front_json_scalar(const char **p, struct buf *out)
{
	const char *from;

	skip_blanks(p);
	if (**p == '"')
		return string(p, out);
	for (from = *p; isalnum((unsigned char)**p) || (**p && strchr("+-.", **p)); ++*p)
		;
	buf_add(out, from, *p - from);
	return *p > from ? 0 : -EINVAL;
}

/* Steps over an object or array, whatever is in it. */
static int skip_value(const char **p)
{
	struct buf ignored = {0};
	int depth = 0, err = 0;

	do {
		skip_blanks(p);
		if (**p == '{' || **p == '[')
			depth++, ++*p;
		else if (**p == '}' || **p == ']')
			depth--, ++*p;
		else if (**p == ',' || **p == ':')
			++*p;
		else
			err = front_json_scalar(p, &ignored);
	} while (!err && depth > 0 && depth < JSON_DEPTH);
	buf_free(&ignored);
	return err ? err : depth ? -EINVAL : 0;
}

/* member = string ":" value */
static int member(const char **p, void (*each)(void *, const char *, const char *), void *ctx)
{
	struct buf key = {0}, value = {0};
	int err = string(p, &key);

	if (!err && !take(p, ':'))
		err = -EINVAL;
	skip_blanks(p);
	if (!err && (**p == '{' || **p == '['))
		err = skip_value(p);
	else if (!err && (err = front_json_scalar(p, &value)) == 0)
		each(ctx, key.p, value.p);
	buf_free(&key);
	buf_free(&value);
	return err;
}

/* object = "{" [ member { "," member } ] "}" */
int front_json_object(const char **p, void (*each)(void *ctx, const char *key, const char *value),
		      void *ctx)
{
	int err = 0;

	if (!take(p, '{'))
		return -EINVAL;
	if (take(p, '}'))
		return 0;
	do
		err = member(p, each, ctx);
	while (!err && take(p, ','));
	return err ? err : take(p, '}') ? 0 : -EINVAL;
}
