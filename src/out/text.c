/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Values as people read them; the words are the same in tables and CSV, and JSON's _name keys come
 * from here too. On the path of every row: numbers are formatted by hand, and the date is made once a
 * second.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "out/out_int.h"

/* ---- numbers ------------------------------------------------------------------------------------------- */

static const char two_digits[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
				 "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
				 "8081828384858687888990919293949596979899";

void text_u64(struct buf *b, uint64_t v)
{
	char digits[20], *p = digits + sizeof(digits);

	while (v >= 100) {
		p -= 2;
		memcpy(p, two_digits + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		p -= 2;
		memcpy(p, two_digits + v * 2, 2);
	} else {
		*--p = '0' + v;
	}
	buf_add(b, p, digits + sizeof(digits) - p);
}

void text_s64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_putc(b, '-');
	text_u64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static void text_int(struct buf *b, const struct val *v)
{
	if (v->is_signed)
		text_s64(b, v->s);
	else
		text_u64(b, v->u);
}

/* ---- time ----------------------------------------------------------------------------------------------- */

uint64_t out_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

int64_t text_unix_ns(const struct out *out, uint64_t mono_ns)
{
	return (int64_t)mono_ns + out->real_offset;
}

/* The date of this second in both forms, made when the second changes. */
static void cache_second(struct out *out, int64_t second)
{
	time_t t = second;
	struct tm tm;

	if (second == out->cached_second)
		return;
	out->cached_second = second;
	gmtime_r(&t, &tm);
	strftime(out->cached_utc, sizeof(out->cached_utc), "%Y-%m-%dT%H:%M:%S", &tm);
	localtime_r(&t, &tm);
	strftime(out->cached_local, sizeof(out->cached_local), "%H:%M:%S", &tm);
}

static void add_fraction(struct buf *b, uint64_t fraction, int digits)
{
	char text[10];
	int i = digits;

	text[0] = '.';
	for (; i > 1; i -= 2) {
		memcpy(text + i - 1, two_digits + fraction % 100 * 2, 2);
		fraction /= 100;
	}
	if (i)
		text[1] = '0' + fraction % 10;
	buf_add(b, text, digits + 1);
}

void text_time_utc(struct out *out, struct buf *b, uint64_t mono_ns)
{
	int64_t ns = text_unix_ns(out, mono_ns);

	cache_second(out, ns / 1000000000);
	buf_add(b, out->cached_utc, 19);
	add_fraction(b, ns % 1000000000, 9);
	buf_putc(b, 'Z');
}

void text_time_local(struct out *out, struct buf *b, uint64_t mono_ns)
{
	int64_t ns = text_unix_ns(out, mono_ns);

	cache_second(out, ns / 1000000000);
	buf_add(b, out->cached_local, 8);
	add_fraction(b, ns % 1000000000 / 1000000, 3);
}

/* Three significant digits and the unit that fits: 1.23ms. */
static void text_duration(struct buf *b, uint64_t ns)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = {{3600000000000ull, "h"}, {60000000000ull, "m"}, {1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
	size_t i = 0;

	if (!ns) {
		buf_puts(b, "0s");
		return;
	}
	while (ns < units[i].unit)
		i++;
	if (units[i].unit == 1)
		buf_printf(b, "%lluns", (unsigned long long)ns);
	else
		buf_printf(b, "%.*f%s", ns / units[i].unit >= 100 ? 0 : ns / units[i].unit >= 10 ? 1 : 2,
			   (double)ns / units[i].unit, units[i].name);
}

/* ---- text ------------------------------------------------------------------------------------------------ */

/* Length of the well-formed UTF-8 sequence at text, 0 when there is none (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). */
size_t text_utf8_len(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	if (!n || n > len)
		return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void escape_byte(struct buf *b, unsigned char c)
{
	if (c == '\n')
		buf_add(b, "\\n", 2);
	else if (c == '\t')
		buf_add(b, "\\t", 2);
	else if (c == '\r')
		buf_add(b, "\\r", 2);
	else
		buf_printf(b, "\\x%02x", c);
}

/* Bytes that would move a terminal's cursor or break a line, and those that are no UTF-8, are shown as C
 * escapes. 0xc2 0x80…0x9f are the C1 controls in UTF-8. */
void text_escaped(struct buf *b, const char *s, size_t len)
{
	size_t done = 0, i = 0, n;

	while (i < len) {
		unsigned char c = s[i];

		if (c >= 0x20 && c < 0x7f) {
			i++;
			continue;
		}
		n = c < 0x80 ? 0 : text_utf8_len(s + i, len - i);
		if (n && (c != 0xc2 || (unsigned char)s[i + 1] >= 0xa0)) {
			i += n;
			continue;
		}
		buf_add(b, s + done, i - done);
		for (n = n ? n : 1; n; n--)
			escape_byte(b, s[i++]);
		done = i;
	}
	buf_add(b, s + done, len - done);
}

static bool needs_quotes(const char *s, size_t len)
{
	if (!len)
		return true;
	for (size_t i = 0; i < len; i++)
		if (memchr(" \t\n'\"\\$`&|;<>()*?[]#~{}!", s[i], 24))
			return true;
	return false;
}

static void text_quoted(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len, *quote;

	buf_putc(b, '\'');
	while ((quote = memchr(s, '\'', end - s))) {
		text_escaped(b, s, quote - s);
		buf_puts(b, "'\\''");
		s = quote + 1;
	}
	text_escaped(b, s, end - s);
	buf_putc(b, '\'');
}

/* Words as a shell would take them back. */
static void text_words(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		size_t n = strnlen(s, end - s);

		if (needs_quotes(s, n)) {
			text_quoted(b, s, n);
		} else {
			text_escaped(b, s, n);
		}
		s += n + 1;
		if (s < end)
			buf_putc(b, ' ');
	}
}

/* ---- names ------------------------------------------------------------------------------------------------ */

static const char *enum_name(const struct val *v)
{
	for (size_t i = 0; i < v->field->nenums; i++)
		if (v->field->enums[i].value == v->s)
			return v->field->enums[i].name;
	return NULL;
}

static const char *wstatus_name(uint32_t status, char *out, size_t size)
{
	const char *sig = val_signal_name(WTERMSIG(status));

	if (status == 0)
		return "0";
	if (WIFEXITED(status))
		snprintf(out, size, "code %d", WEXITSTATUS(status));
	else
		snprintf(out, size, "%s%s", sig ? sig : "signal", WCOREDUMP(status) ? " (core dumped)" : "");
	return out;
}

static const char *oflags_name(uint32_t flags, char *out, size_t size)
{
	static const struct {
		uint32_t bits;
		const char *name;
	} names[] = {
		{O_CREAT, "O_CREAT"}, {O_EXCL, "O_EXCL"}, {O_NOCTTY, "O_NOCTTY"}, {O_TRUNC, "O_TRUNC"},
		{O_APPEND, "O_APPEND"}, {O_NONBLOCK, "O_NONBLOCK"}, {O_SYNC, "O_SYNC"}, {O_DSYNC, "O_DSYNC"},
		{O_ASYNC, "O_ASYNC"}, {O_DIRECT, "O_DIRECT"}, {0100000, "O_LARGEFILE"},
		{__O_TMPFILE | O_DIRECTORY, "O_TMPFILE"}, {O_DIRECTORY, "O_DIRECTORY"},
		{O_NOFOLLOW, "O_NOFOLLOW"}, {O_NOATIME, "O_NOATIME"}, {O_CLOEXEC, "O_CLOEXEC"}, {O_PATH, "O_PATH"},
	};
	static const char *const access[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
	size_t n = snprintf(out, size, "%s", access[flags & O_ACCMODE]);

	flags &= ~O_ACCMODE;
	for (size_t i = 0; i < ARRAY_SIZE(names) && n < size; i++) {
		if (!names[i].bits || (flags & names[i].bits) != names[i].bits)
			continue;
		flags &= ~names[i].bits;
		n += snprintf(out + n, size - n, "|%s", names[i].name);
	}
	if (flags && n < size)
		snprintf(out + n, size - n, "|0x%x", flags);
	return out;
}

const char *text_name(const struct val *v, char *scratch, size_t size)
{
	switch (v->kind) {
	case VAL_ENUM:
		return enum_name(v);
	case VAL_ERRNO:
		return val_errno_name(v->s < 0 ? -v->s : v->s);
	case VAL_SIGNAL:
		return val_signal_name(v->s);
	case VAL_WSTATUS:
		return wstatus_name(v->u, scratch, size);
	case VAL_OFLAGS:
		return oflags_name(v->u, scratch, size);
	case VAL_IPPROTO:
		return val_ipproto_name(v->u);
	case VAL_FAMILY:
		return val_family_name(v->u);
	case VAL_TCP_STATE:
		return val_tcp_state_name(v->u);
	default:
		return NULL;
	}
}

/* ---- one value ---------------------------------------------------------------------------------------------- */

static void text_ip6(struct buf *b, const void *p)
{
	char text[INET6_ADDRSTRLEN];

	buf_puts(b, inet_ntop(AF_INET6, p, text, sizeof(text)));
}

static void text_ip4(struct buf *b, const void *p)
{
	char text[INET_ADDRSTRLEN];

	buf_puts(b, inet_ntop(AF_INET, p, text, sizeof(text)));
}

static void text_ip(struct buf *b, const char *p)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (memcmp(p, mapped, sizeof(mapped)) == 0)
		text_ip4(b, p + 12);
	else
		text_ip6(b, p);
}

static void text_cidr(struct buf *b, const char *p)
{
	uint32_t len;

	memcpy(&len, p + 16, sizeof(len));
	text_ip(b, p);
	buf_printf(b, "/%u", len >= 96 && memcmp(p, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0 ? len - 96 : len);
}

static void text_bytes(struct buf *b, const char *p, uint32_t len, const char *between)
{
	for (uint32_t i = 0; i < len; i++)
		buf_printf(b, "%s%02x", i ? between : "", (unsigned char)p[i]);
}

static void text_array(struct out *out, struct buf *b, const struct val *v)
{
	struct val e;

	buf_putc(b, '[');
	for (uint32_t i = 0; i < v->field->nelems; i++) {
		val_elem(v, i, &e);
		if (i)
			buf_putc(b, ' ');
		text_val(out, b, &e);
	}
	buf_putc(b, ']');
}

bool text_is_empty(const struct val *v)
{
	static const char zero[20];

	switch (v->kind) {
	case VAL_NONE:
		return true;
	case VAL_STR:
	case VAL_ARGV:
	case VAL_CHARS:
		return v->len == 0;
	case VAL_IP:
	case VAL_IPV6:
	case VAL_CIDR:
	case VAL_MAC:
		return memcmp(v->p, zero, v->len) == 0;
	case VAL_BYTES:
	case VAL_ARRAY:
	case VAL_SLOTS:
		return false;
	default:
		return v->u == 0;
	}
}

static void text_named(struct buf *b, const struct val *v)
{
	char scratch[256];
	const char *name = text_name(v, scratch, sizeof(scratch));

	if (name)
		buf_puts(b, name);
	else if (v->u || v->kind == VAL_ENUM)
		text_int(b, v);
}

void text_val(struct out *out, struct buf *b, const struct val *v)
{
	switch (v->kind) {
	case VAL_UINT:
	case VAL_INT:
	case VAL_SIZE:
	case VAL_UID:
		text_int(b, v);
		break;
	case VAL_FLOAT:
		buf_printf(b, "%g", v->f);
		break;
	case VAL_BOOL:
		buf_puts(b, v->u ? "true" : "false");
		break;
	case VAL_HEX:
	case VAL_POINTER:
		buf_printf(b, "0x%llx", (unsigned long long)v->u);
		break;
	case VAL_OCTAL:
		buf_printf(b, "%04llo", (unsigned long long)v->u);
		break;
	case VAL_CHARS:
	case VAL_STR:
		text_escaped(b, v->p, v->len);
		break;
	case VAL_ARGV:
		text_words(b, v->p, v->len);
		break;
	case VAL_TIME:
		text_time_local(out, b, v->u);
		break;
	case VAL_DURATION:
		text_duration(b, v->u);
		break;
	case VAL_DURATION_US:
		text_duration(b, v->u * 1000);
		break;
	case VAL_IPV4:
		text_ip4(b, &v->u);
		break;
	case VAL_IPV6:
		text_ip6(b, v->p);
		break;
	case VAL_IP:
		text_ip(b, v->p);
		break;
	case VAL_CIDR:
		text_cidr(b, v->p);
		break;
	case VAL_MAC:
		text_bytes(b, v->p, 6, ":");
		break;
	case VAL_PORT_BE:
		text_u64(b, ntohs(v->u));
		break;
	case VAL_ARRAY:
	case VAL_SLOTS:
		text_array(out, b, v);
		break;
	case VAL_BYTES:
		text_bytes(b, v->p, v->len, "");
		break;
	case VAL_NONE:
	case VAL_KIND_COUNT:
		break;
	default:
		text_named(b, v);
	}
	if (v->truncated)
		buf_puts(b, "...");
}
