/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers as people write them, units, globs, and the closest word. */
#include <errno.h>

#include "base/base.h"
#include "test.h"

struct number {
	const char *text;
	int err;
	uint64_t value;
};

TEST(unsigned_numbers)
{
	static const struct number cases[] = {
		{"0", 0, 0}, {"7", 0, 7}, {"0x10", 0, 16}, {"0XfF", 0, 255}, {"010", 0, 8}, {"0b101", 0, 5},
		{"1_000_000", 0, 1000000}, {"0xdead_beef", 0, 0xdeadbeef},
		{"18446744073709551615", 0, UINT64_MAX}, {"0xffffffffffffffff", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0}, {"0x10000000000000000", -ERANGE, 0},
		{"", -EINVAL, 0}, {"-1", -EINVAL, 0}, {"+1", -EINVAL, 0}, {" 1", -EINVAL, 0}, {"1 ", -EINVAL, 0},
		{"1.5", -EINVAL, 0}, {"a", -EINVAL, 0}, {"12a", -EINVAL, 0}, {"08", -EINVAL, 0}, {"0x", -EINVAL, 0},
		{"0xg", -EINVAL, 0}, {"0b2", -EINVAL, 0}, {"_1", -EINVAL, 0}, {"1_", -EINVAL, 0}, {"1__0", -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t v = 0;

		fprintf(stderr, "%s\n", cases[i].text);
		CHECK_INT(parse_u64(cases[i].text, &v), cases[i].err);
		CHECK_INT(v, cases[i].value);
	}
}

TEST(signed_numbers)
{
	int64_t v;

	CHECK_INT(parse_s64("-1", &v), 0);
	CHECK_INT(v, -1);
	CHECK_INT(parse_s64("+5", &v), 0);
	CHECK_INT(v, 5);
	CHECK_INT(parse_s64("-0x10", &v), 0);
	CHECK_INT(v, -16);
	CHECK_INT(parse_s64("9223372036854775807", &v), 0);
	CHECK_INT(v, INT64_MAX);
	CHECK_INT(parse_s64("-9223372036854775808", &v), 0);
	CHECK_INT(v, INT64_MIN);
	CHECK_INT(parse_s64("9223372036854775808", &v), -ERANGE);
	CHECK_INT(parse_s64("-9223372036854775809", &v), -ERANGE);
	CHECK_INT(parse_s64("--1", &v), -EINVAL);
	CHECK_INT(parse_s64("-", &v), -EINVAL);
}

TEST(durations)
{
	static const struct number cases[] = {
		{"5", 0, 5000000000}, {"5s", 0, 5000000000}, {"1.5s", 0, 1500000000}, {"200ms", 0, 200000000},
		{"3us", 0, 3000}, {"7ns", 0, 7}, {"2m", 0, 120000000000}, {"2min", 0, 120000000000},
		{"1h", 0, 3600000000000}, {"1d", 0, 86400000000000}, {".5s", 0, 500000000}, {"1.5MS", 0, 1500000},
		{"0x5", 0, 5000000000}, {"0", 0, 0}, {"0.4ns", 0, 0}, {"0.5ns", 0, 1},
		{"", -EINVAL, 0}, {"s", -EINVAL, 0}, {"-1s", -EINVAL, 0}, {"5x", -EINVAL, 0}, {"5 s", -EINVAL, 0},
		{".", -EINVAL, 0}, {"inf", -EINVAL, 0}, {"1000000d", -ERANGE, 0}, {"1e30", -ERANGE, 0},
		{"0xffffffffffffffff", -ERANGE, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t ns = 0;

		fprintf(stderr, "%s\n", cases[i].text);
		CHECK_INT(parse_duration(cases[i].text, 1000000000, &ns), cases[i].err);
		CHECK(cases[i].err || ns == cases[i].value);
	}
}

TEST(a_bare_number_is_in_the_unit_that_is_meant)
{
	uint64_t ns;

	CHECK_INT(parse_duration("250", 1000, &ns), 0);
	CHECK_INT(ns, 250000);
	CHECK_INT(parse_duration("0x10", 1000, &ns), 0);
	CHECK_INT(ns, 16000);
	CHECK_INT(parse_duration("250ns", 1000, &ns), 0);
	CHECK_INT(ns, 250);
}

TEST(sizes)
{
	static const struct number cases[] = {
		{"4096", 0, 4096}, {"64K", 0, 65536}, {"64k", 0, 65536}, {"64KB", 0, 65536}, {"64KiB", 0, 65536},
		{"1.5M", 0, 1572864}, {"2G", 0, 2147483648}, {"1T", 0, 1099511627776}, {"10b", 0, 10},
		{"9223372036854775809", 0, 9223372036854775809ull}, {"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0}, {"1Q", -EINVAL, 0}, {"-1K", -EINVAL, 0}, {"K", -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 0;

		fprintf(stderr, "%s\n", cases[i].text);
		CHECK_INT(parse_size(cases[i].text, &bytes), cases[i].err);
		CHECK_INT(bytes, cases[i].value);
	}
}

TEST(globs)
{
	static const struct {
		const char *pattern, *s;
		bool match;
	} cases[] = {
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*", "a", true},
		{"a*c", "abbc", true}, {"a*c", "abbcd", false}, {"*b*", "abc", true}, {"?", "a", true}, {"?", "", false},
		{"a?c", "abc", true}, {"*aab", "aaaab", true}, {"a*b*c", "a-b-b-c", true}, {"abc", "abd", false},
		{"**", "x", true}, {"tcp_*", "tcp_sendmsg", true}, {"*?", "", false}, {"*?", "x", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fprintf(stderr, "%s %s\n", cases[i].pattern, cases[i].s);
		CHECK_INT(str_glob(cases[i].pattern, cases[i].s), cases[i].match);
	}
}

TEST(the_closest_word)
{
	static const char *const words[] = {"opensnoop", "execsnoop", "exitsnoop", "pid"};
	char lengthy[100];

	CHECK_STR(str_closest("opensnop", words, 4), "opensnoop");
	CHECK_STR(str_closest("exesnoop", words, 4), "execsnoop");
	CHECK_STR(str_closest("pdi", words, 4), "pid");
	CHECK(!str_closest("zzzzzz", words, 4));
	CHECK(!str_closest("x", words, 0));
	memset(lengthy, 'x', 99);
	lengthy[99] = 0;
	CHECK(!str_closest(lengthy, words, 4));
}

TEST(beginnings_and_ends)
{
	CHECK(str_starts("abc", "ab"));
	CHECK(str_starts("abc", ""));
	CHECK(!str_starts("ab", "abc"));
	CHECK(str_ends("a.bpf.c", ".bpf.c"));
	CHECK(!str_ends("c", ".bpf.c"));
}
