/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text → the bytes of a variable of a kind; what a user types for an option. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "val/val.h"

static int store_unsigned(const struct val_field *f, uint64_t v, void *out)
{
	if (f->size < 8 && v >> (f->size * 8))
		return -ERANGE;
	memcpy(out, &v, f->size > 8 ? 8 : f->size);
	return 0;
}

static int store_signed(const struct val_field *f, int64_t v, void *out)
{
	int64_t limit = f->size >= 8 ? INT64_MAX : (1ll << (f->size * 8 - 1)) - 1;

	if (v > limit || v < -limit - 1)
		return -ERANGE;
	memcpy(out, &v, f->size > 8 ? 8 : f->size);
	return 0;
}

static int store(const struct val_field *f, const char *text, void *out)
{
	uint64_t u;
	int64_t s;
	int err;

	if (!f->is_signed && *text != '-') {
		err = parse_u64(text, &u);
		return err ? err : store_unsigned(f, u, out);
	}
	err = parse_s64(text, &s);
	if (!err && !f->is_signed)
		err = -ERANGE;
	return err ? err : store_signed(f, s, out);
}

/* A name of the table, else a number. */
static int store_named(const struct val_field *f, const char *text, int number, void *out)
{
	if (number < 0)
		return store(f, text, out);
	return f->is_signed ? store_signed(f, number, out) : store_unsigned(f, number, out);
}

static int parse_bool(const char *text, void *out)
{
	static const char *const yes[] = {"1", "true", "yes", "on", "y"}, *const no[] = {"0", "false", "no", "off", "n"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0)
			return *(uint8_t *)out = 1, 0;
		if (strcasecmp(text, no[i]) == 0)
			return *(uint8_t *)out = 0, 0;
	}
	return -EINVAL;
}

/* A name of the enum; the common prefix of its names may be left out (BPF_TC_INGRESS → ingress). */
static int parse_enum(const struct val_field *f, const char *text, void *out)
{
	size_t len = strlen(text);

	/* Compilers before LLVM 15 keep only half of an 8-byte enum's values. */
	if (f->size == 8 && f->nenums && !f->enum64)
		return store(f, text, out);

	for (size_t i = 0; i < f->nenums; i++) {
		const char *name = f->enums[i].name;
		size_t n = strlen(name);

		if (strcasecmp(name, text) == 0 ||
		    (n > len && name[n - len - 1] == '_' && strcasecmp(name + n - len, text) == 0)) {
			memcpy(out, &f->enums[i].value, f->size > 8 ? 8 : f->size);
			return 0;
		}
	}
	return store(f, text, out);
}

static int parse_ip(const char *text, uint8_t *out)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		memset(out, 0, 10);
		out[10] = out[11] = 0xff;
		memcpy(out + 12, &v4, 4);
		return 0;
	}
	return inet_pton(AF_INET6, text, out) == 1 ? 0 : -EINVAL;
}

/* address[/len] → 16 bytes of the network and its prefix length as of IPv6 (IPv4: 96 more). */
static int parse_cidr(const char *text, uint8_t *out)
{
	const char *slash = strchr(text, '/');
	char *addr = slash ? xstrndup(text, slash - text) : xstrdup(text);
	bool v4 = !strchr(addr, ':');
	uint64_t len = v4 ? 32 : 128;
	uint32_t prefix;
	int err = parse_ip(addr, out);

	free(addr);
	if (!err && slash && (parse_u64(slash + 1, &len) || len > (v4 ? 32 : 128)))
		err = -EINVAL;
	if (err)
		return err;
	prefix = len + (v4 ? 96 : 0);
	for (uint32_t bit = prefix; bit < 128; bit++)
		out[bit / 8] &= ~(0x80 >> bit % 8);
	memcpy(out + 16, &prefix, 4);
	return 0;
}

static int parse_mac(const char *text, uint8_t *out)
{
	unsigned b[6];
	char extra;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", b, b + 1, b + 2, b + 3, b + 4, b + 5, &extra) != 6)
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		out[i] = b[i];
	return 0;
}

static int parse_port_be(const char *text, void *out)
{
	uint64_t v;
	uint16_t be;

	if (parse_u64(text, &v))
		return -EINVAL;
	if (v > 65535)
		return -ERANGE;
	be = htons(v);
	memcpy(out, &be, 2);
	return 0;
}

static int parse_text(const struct val_field *f, const char *text, char *out)
{
	size_t len = strlen(text);

	if (len >= f->size)
		return -ERANGE;
	memset(out, 0, f->size);
	memcpy(out, text, len);
	return 0;
}

static int parse_duration_into(const struct val_field *f, const char *text, uint64_t unit, void *out)
{
	uint64_t ns;
	int err = parse_duration(text, unit, &ns);

	return err ? err : store_unsigned(f, ns / unit, out);
}

static int parse_size_into(const struct val_field *f, const char *text, void *out)
{
	uint64_t bytes;
	int err = parse_size(text, &bytes);

	return err ? err : store_unsigned(f, bytes, out);
}

static int parse_array(const struct val_field *f, const char *text, uint8_t *out)
{
	struct val_field elem = *f;
	char *copy = xstrdup(text), *save = NULL;
	uint32_t i = 0;
	int err = 0;

	elem.kind = f->elem;
	memset(out, 0, (size_t)f->size * f->nelems);
	for (char *w = strtok_r(copy, ",", &save); w && !err; w = strtok_r(NULL, ",", &save), i++)
		err = i < f->nelems ? val_parse(&elem, w, out + (size_t)i * f->size) : -ERANGE;
	free(copy);
	return err;
}

static int parse_float(const struct val_field *f, const char *text, void *out)
{
	char *end;
	double d = strtod(text, &end);
	float single = d;

	if (end == text || *end || (f->size != sizeof(single) && f->size != sizeof(d)))
		return -EINVAL;
	memcpy(out, f->size == sizeof(single) ? (void *)&single : (void *)&d, f->size);
	return 0;
}

int val_parse(const struct val_field *f, const char *text, void *out)
{
	switch (f->kind) {
	case VAL_BOOL:
		return parse_bool(text, out);
	case VAL_ENUM:
		return parse_enum(f, text, out);
	case VAL_FLOAT:
		return parse_float(f, text, out);
	case VAL_CHARS:
		return parse_text(f, text, out);
	case VAL_TIME:
	case VAL_DURATION:
		return parse_duration_into(f, text, 1, out);
	case VAL_DURATION_US:
		return parse_duration_into(f, text, 1000, out);
	case VAL_SIZE:
		return parse_size_into(f, text, out);
	case VAL_ERRNO:
		return store_named(f, text, val_errno_number(text), out);
	case VAL_SIGNAL:
		return store_named(f, text, val_signal_number(text), out);
	case VAL_IPPROTO:
		return store_named(f, text, val_ipproto_number(text), out);
	case VAL_TCP_STATE:
		return store_named(f, text, val_tcp_state_number(text), out);
	case VAL_FAMILY:
		return store_named(f, text, val_family_number(text), out);
	case VAL_IPV4:
		return inet_pton(AF_INET, text, out) == 1 ? 0 : -EINVAL;
	case VAL_IPV6:
		return inet_pton(AF_INET6, text, out) == 1 ? 0 : -EINVAL;
	case VAL_IP:
		return parse_ip(text, out);
	case VAL_CIDR:
		return parse_cidr(text, out);
	case VAL_MAC:
		return parse_mac(text, out);
	case VAL_PORT_BE:
		return parse_port_be(text, out);
	case VAL_ARRAY:
		return parse_array(f, text, out);
	default:
		return store(f, text, out);
	}
}
