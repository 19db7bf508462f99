/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Strings, and numbers with the units people write. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

/* Iterative: on a mismatch behind a '*', let the star eat one more character and try again. */
bool str_glob(const char *pattern, const char *s)
{
	const char *star = NULL, *from = NULL;

	while (*s) {
		if (*pattern == '*') {
			star = ++pattern;
			from = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star;
			s = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* Levenshtein distance, one row at a time; words longer than the row count as far away. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[64], n = strlen(b);

	if (n >= ARRAY_SIZE(row))
		return UINT_MAX;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const char *str_closest(const char *s, const char *const *candidates, size_t n)
{
	unsigned limit = strlen(s) / 3 + 1, best = limit + 1;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned d = edit_distance(s, candidates[i]);

		if (d < best) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}

static int digit_of(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (isalpha((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return 99;
}

static unsigned base_of(const char **s)
{
	if ((*s)[0] != '0' || !(*s)[1])
		return 10;
	if (strchr("xX", (*s)[1])) {
		*s += 2;
		return 16;
	}
	if (strchr("bB", (*s)[1])) {
		*s += 2;
		return 2;
	}
	*s += 1;
	return 8;
}

int parse_u64(const char *s, uint64_t *out)
{
	unsigned base = base_of(&s);
	uint64_t v = 0;

	if (!isxdigit((unsigned char)*s))
		return -EINVAL;
	for (; *s; s++) {
		unsigned d = digit_of(*s);

		if (*s == '_' && s[1] && s[1] != '_')
			continue;
		if (d >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v))
			return -ERANGE;
	}
	*out = v;
	return 0;
}

int parse_s64(const char *s, int64_t *out)
{
	bool negative = *s == '-';
	uint64_t v;
	int err = parse_u64(s + (*s == '-' || *s == '+'), &v);

	if (err)
		return err;
	if (v > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*out = negative ? (int64_t)-v : (int64_t)v;
	return 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* A number (with a fraction) and one of the units; a bare number is in units of `bare`. */
static int parse_with_unit(const char *s, const struct unit *units, size_t n, uint64_t bare,
			   uint64_t *out)
{
	uint64_t factor = bare, whole;
	long double v;
	char *end;

	if (!isdigit((unsigned char)*s) && *s != '.')
		return -EINVAL;
	if (str_starts(s, "0x")) {
		int err = parse_u64(s, &whole);

		return err ? err : __builtin_mul_overflow(whole, bare, out) ? -ERANGE : 0;
	}
	v = strtold(s, &end);
	if (*end) {
		factor = 0;
		for (size_t i = 0; i < n; i++)
			if (strcasecmp(end, units[i].name) == 0)
				factor = units[i].factor;
		if (!factor)
			return -EINVAL;
	}
	v *= factor;
	if (v > 18446744073709551615.0L)
		return -ERANGE;
	whole = (uint64_t)v;
	*out = whole + (v - whole >= 0.5L);
	return 0;
}

int parse_duration(const char *s, uint64_t unit_ns, uint64_t *ns)
{
	static const struct unit units[] = {
		{"ns", 1},		     {"us", 1000},
		{"ms", 1000000},	     {"s", 1000000000},
		{"sec", 1000000000},	     {"m", 60000000000ull},
		{"min", 60000000000ull},     {"h", 3600000000000ull},
		{"d", 24 * 3600000000000ull},
	};

	return parse_with_unit(s, units, ARRAY_SIZE(units), unit_ns, ns);
}

int parse_size(const char *s, uint64_t *bytes)
{
	static const struct unit units[] = {
		{"b", 1},	  {"k", 1024},	     {"kb", 1024},      {"kib", 1024},
		{"m", 1048576},	  {"mb", 1048576},   {"mib", 1048576},  {"g", 1ull << 30},
		{"gb", 1ull << 30}, {"gib", 1ull << 30}, {"t", 1ull << 40}, {"tib", 1ull << 40},
	};

	return parse_with_unit(s, units, ARRAY_SIZE(units), 1, bytes);
}
