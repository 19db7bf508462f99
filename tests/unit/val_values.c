/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text → bytes → value, for every kind an option can have; and plans made from BTF. */
#include <bpf/btf.h>
#include <errno.h>

#include "compiled.h"

static const char variables[] =
	"enum color { COLOR_RED = -1, COLOR_GREEN = 3, COLOR_BLUE = 70000 };\n"
	"enum big { BIG_ONE = 1, BIG_MANY = 0xffffffff };\n"
	"typedef __u16 small_t; typedef const volatile skep_ns_t wrapped_t;\n"
#define V(type, name) "const volatile " #type " " #name ";\n"
	V(bool, flag) V(__s8, i8) V(__u8, n8) V(__s16, i16) V(small_t, n16) V(__s32, i32) V(__u32, n32) V(__s64, i64)
	V(__u64, n64) V(enum color, color) V(enum big, big) V(skep_hex_t, hex) V(skep_octal_t, octal) V(skep_time_t, when)
	V(wrapped_t, ns) V(skep_us_t, us) V(skep_size_t, size) V(skep_errno_t, err) V(skep_signal_t, sig)
	V(skep_ipv4_t, v4) V(skep_ipv6_t, v6) V(skep_ip_t, ip) V(skep_cidr_t, net) V(skep_mac_t, mac)
	V(skep_port_be_t, port) V(skep_ipproto_t, proto) V(skep_family_t, family) V(skep_tcp_state_t, state)
	"const volatile char text[8]; const volatile __s16 list[3];\n"
#undef V
	;

static struct val_field *field(const char *name)
{
	static struct val_field f;
	struct object_option *o;

	if (!object && !opened(skep_head, variables))
		return NULL;
	o = object_option_find(object, name);
	if (!o)
		return NULL;
	f = o->field;
	f.offset = 0;
	return &f;
}

/* "kind number" of the parsed text, or the error's name. */
static const char *parsed(const char *name, const char *text)
{
	static char out[64];
	uint8_t bytes[64];
	struct val_field *f = field(name);
	struct val v;
	int err;

	if (!f)
		return "no such variable";
	memset(bytes, 0xee, sizeof(bytes));
	err = val_parse(f, text, bytes);
	if (err)
		return err == -ERANGE ? "ERANGE" : err == -EINVAL ? "EINVAL" : "another error";
	val_get(f, bytes, sizeof(bytes), &v);
	snprintf(out, sizeof(out), v.is_signed ? "%d %lld" : "%d %llu", v.kind, (unsigned long long)v.u);
	/* nothing behind the variable is touched */
	for (size_t i = (size_t)f->size * (f->nelems ? f->nelems : 1); i < sizeof(bytes); i++)
		if (bytes[i] != 0xee)
			return "wrote too much";
	return out;
}

static const char *number(enum val_kind kind, const char *text)
{
	static char out[64];

	snprintf(out, sizeof(out), "%d %s", kind, text);
	return out;
}

TEST(whole_numbers_and_their_ends)
{
	CHECK_STR(parsed("i8", "-128"), number(VAL_INT, "-128"));
	CHECK_STR(parsed("i8", "127"), number(VAL_INT, "127"));
	CHECK_STR(parsed("i8", "128"), "ERANGE");
	CHECK_STR(parsed("i8", "-129"), "ERANGE");
	CHECK_STR(parsed("n8", "0xff"), number(VAL_UINT, "255"));
	CHECK_STR(parsed("n8", "256"), "ERANGE");
	CHECK_STR(parsed("n8", "-1"), "ERANGE");
	CHECK_STR(parsed("n8", "x"), "EINVAL");
	CHECK_STR(parsed("i16", "-32768"), number(VAL_INT, "-32768"));
	CHECK_STR(parsed("i16", "32768"), "ERANGE");
	CHECK_STR(parsed("n16", "65535"), number(VAL_UINT, "65535"));
	CHECK_STR(parsed("n16", "65536"), "ERANGE");
	CHECK_STR(parsed("i32", "-2147483648"), number(VAL_INT, "-2147483648"));
	CHECK_STR(parsed("i32", "2147483648"), "ERANGE");
	CHECK_STR(parsed("n32", "4294967295"), number(VAL_UINT, "4294967295"));
	CHECK_STR(parsed("n32", "4294967296"), "ERANGE");
	CHECK_STR(parsed("i64", "-9223372036854775808"), number(VAL_INT, "-9223372036854775808"));
	CHECK_STR(parsed("i64", "9223372036854775808"), "ERANGE");
	CHECK_STR(parsed("n64", "18446744073709551615"), number(VAL_UINT, "18446744073709551615"));
	CHECK_STR(parsed("n64", "18446744073709551616"), "ERANGE");
	CHECK_STR(parsed("n64", ""), "EINVAL");
	CHECK_STR(parsed("hex", "0xff"), number(VAL_HEX, "255"));
	CHECK_STR(parsed("octal", "0644"), number(VAL_OCTAL, "420"));
}

TEST(yes_and_no)
{
	static const char *const yes[] = {"1", "true", "YES", "on", "y"}, *const no[] = {"0", "False", "no", "off", "n"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		CHECK_STR(parsed("flag", yes[i]), number(VAL_BOOL, "1"));
		CHECK_STR(parsed("flag", no[i]), number(VAL_BOOL, "0"));
	}
	CHECK_STR(parsed("flag", "maybe"), "EINVAL");
	CHECK_STR(parsed("flag", "2"), "EINVAL");
}

TEST(enums_by_name)
{
	CHECK_STR(parsed("color", "COLOR_GREEN"), number(VAL_ENUM, "3"));
	CHECK_STR(parsed("color", "green"), number(VAL_ENUM, "3"));
	CHECK_STR(parsed("color", "red"), number(VAL_ENUM, "-1"));
	CHECK_STR(parsed("color", "een"), "EINVAL");
	CHECK_STR(parsed("color", "70000"), number(VAL_ENUM, "70000"));
	CHECK_STR(parsed("color", "-1"), number(VAL_ENUM, "-1"));
	CHECK_STR(parsed("color", "purple"), "EINVAL");
	CHECK_INT(field("color")->nenums, 3);
	CHECK_INT(field("color")->enums[0].value, -1);
}

TEST(units)
{
	CHECK_STR(parsed("ns", "1.5us"), number(VAL_DURATION, "1500"));
	CHECK_STR(parsed("ns", "5"), number(VAL_DURATION, "5"));
	CHECK_STR(parsed("us", "5"), number(VAL_DURATION_US, "5"));
	CHECK_STR(parsed("us", "2ms"), number(VAL_DURATION_US, "2000"));
	CHECK_STR(parsed("us", "0x10"), number(VAL_DURATION_US, "16"));
	CHECK_STR(parsed("us", "1x"), "EINVAL");
	CHECK_STR(parsed("ns", "1000000d"), "ERANGE");
	CHECK_STR(parsed("when", "1s"), number(VAL_TIME, "1000000000"));
	CHECK_STR(parsed("size", "64K"), number(VAL_SIZE, "65536"));
	CHECK_STR(parsed("size", "1.5MiB"), number(VAL_SIZE, "1572864"));
}

TEST(names_of_numbers)
{
	CHECK_STR(parsed("err", "ENOENT"), number(VAL_ERRNO, "2"));
	CHECK_STR(parsed("err", "enoent"), number(VAL_ERRNO, "2"));
	CHECK_STR(parsed("err", "ERESTARTSYS"), number(VAL_ERRNO, "512"));
	CHECK_STR(parsed("err", "13"), number(VAL_ERRNO, "13"));
	CHECK_STR(parsed("err", "ENOPE"), "EINVAL");
	CHECK_STR(parsed("sig", "SIGKILL"), number(VAL_SIGNAL, "9"));
	CHECK_STR(parsed("sig", "term"), number(VAL_SIGNAL, "15"));
	CHECK_STR(parsed("proto", "tcp"), number(VAL_IPPROTO, "6"));
	CHECK_STR(parsed("proto", "sctp"), number(VAL_IPPROTO, "132"));
	CHECK_STR(parsed("proto", "raw"), number(VAL_IPPROTO, "255"));
	CHECK_STR(parsed("proto", "mptcp"), "ERANGE"); /* 262, in a byte */
	CHECK_STR(parsed("family", "inet6"), number(VAL_FAMILY, "10"));
	CHECK_STR(parsed("state", "listen"), number(VAL_TCP_STATE, "10"));
	CHECK_STR(parsed("state", "open"), "EINVAL");
}

TEST(every_name_leads_back)
{
	for (int i = 1; i < 134; i++)
		if (val_errno_name(i))
			CHECK_INT(val_errno_number(val_errno_name(i)), i);
	for (int i = 1; i <= 64; i++)
		CHECK_INT(val_signal_number(val_signal_name(i)), i);
	for (int i = 1; i <= 13; i++)
		CHECK_INT(val_tcp_state_number(val_tcp_state_name(i)), i);
	for (int i = 0; i < 256; i++)
		if (val_ipproto_name(i))
			CHECK_INT(val_ipproto_number(val_ipproto_name(i)), i);
	CHECK_STR(val_signal_name(32), "SIGRT0");
	CHECK(!val_errno_name(0) && !val_errno_name(-2) && !val_errno_name(100000));
	CHECK(!val_signal_name(0) && !val_signal_name(65) && !val_signal_name(-1));
}

static uint8_t bytes[64];

static int fill(const char *name, const char *text)
{
	memset(bytes, 0xee, sizeof(bytes));
	return val_parse(field(name), text, bytes);
}

TEST(addresses)
{
	static const uint8_t one[16] = {[15] = 1};
	uint32_t len;

	CHECK_INT(fill("v4", "10.1.2.3"), 0);
	CHECK_MEM(bytes, "\x0a\x01\x02\x03\xee", 5);
	CHECK_INT(fill("v4", "10.1.2"), -EINVAL);
	CHECK_INT(fill("v4", "::1"), -EINVAL);
	CHECK_INT(fill("v6", "::1"), 0);
	CHECK_MEM(bytes, one, 16);
	CHECK_INT(fill("v6", "1.2.3.4"), -EINVAL);
	CHECK_INT(fill("ip", "1.2.3.4"), 0);
	CHECK_MEM(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04\xee", 17);
	CHECK_INT(fill("ip", "::1"), 0);
	CHECK_MEM(bytes, one, 16);
	CHECK_INT(fill("ip", "host"), -EINVAL);
	CHECK_INT(fill("mac", "02:00:00:00:00:fF"), 0);
	CHECK_MEM(bytes, "\x02\0\0\0\0\xff\xee", 7);
	CHECK_INT(fill("mac", "02:00:00:00:00"), -EINVAL);
	CHECK_INT(fill("mac", "02:00:00:00:00:00:00"), -EINVAL);
	CHECK_INT(fill("port", "443"), 0);
	CHECK_MEM(bytes, "\x01\xbb\xee", 3);
	CHECK_INT(fill("port", "65536"), -ERANGE);
	CHECK_INT(fill("port", "http"), -EINVAL);
	CHECK_INT(fill("net", "10.255.255.255/9"), 0);
	CHECK_MEM(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x80\0\0", 16);
	memcpy(&len, bytes + 16, 4);
	CHECK_INT(len, 105);
	CHECK_INT(fill("net", "fd77::1"), 0);
	memcpy(&len, bytes + 16, 4);
	CHECK_INT(len, 128);
	CHECK_INT(fill("net", "0.0.0.0/0"), 0);
	CHECK_MEM(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\0\x60\0\0\0", 20);
	CHECK_INT(fill("net", "10.0.0.0/33"), -EINVAL);
	CHECK_INT(fill("net", "fd77::/129"), -EINVAL);
	CHECK_INT(fill("net", "/8"), -EINVAL);
	CHECK_INT(fill("net", "10.0.0.0/"), -EINVAL);
}

TEST(text_and_arrays)
{
	CHECK_INT(fill("text", "1234567"), 0);
	CHECK_MEM(bytes, "1234567\0\xee", 9);
	CHECK_INT(fill("text", ""), 0);
	CHECK_MEM(bytes, "\0\0\0\0\0\0\0\0\xee", 9);
	CHECK_INT(fill("text", "12345678"), -ERANGE);
	CHECK_INT(fill("list", "-1,2,3"), 0);
	CHECK_MEM(bytes, "\xff\xff\x02\0\x03\0\xee", 7);
	CHECK_INT(fill("list", "5"), 0);
	CHECK_MEM(bytes, "\x05\0\0\0\0\0\xee", 7);
	CHECK_INT(fill("list", "1,2,3,4"), -ERANGE);
	CHECK_INT(fill("list", "40000"), -ERANGE);
	CHECK_INT(fill("list", "1,x"), -EINVAL);
}

/* ---- plans ---------------------------------------------------------------------------------------- */

/* The same text here and there; bit-fields are laid out alike. */
#define BOTH(...) __VA_ARGS__ static const char both_text[] = #__VA_ARGS__;

BOTH(
struct inner {
	unsigned char a;
	union {
		int b;
		unsigned char c;
	};
};

struct bits {
	unsigned int one : 1;
	int three : 3;
	unsigned int over : 7; /* over the border of a byte */
	int minus : 21;
	unsigned long long wide : 60;
	long long rest : 4;
	struct inner in;
	struct inner many[2];
	_Bool yes : 1;
	unsigned char raw[3];
	int *pointer;
};
)

static const struct val_plan *bits_plan(void)
{
	static const char more[] = "struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096);"
				   "__type(value, struct bits); } rb SEC(\".maps\");";
	char *text = xasprintf("%s%s", both_text, more);
	struct object *o = opened(plain_head, text);

	free(text);
	return o && o->nstreams ? o->streams[0].plan : NULL;
}

static struct val got(const struct val_plan *plan, const char *name, const void *rec, size_t len)
{
	struct val v = {0};

	if (val_plan_find(plan, name))
		val_get(val_plan_find(plan, name), rec, len, &v);
	return v;
}

TEST(bit_fields)
{
	const struct val_plan *plan = bits_plan();
	struct bits b = {.one = 1, .three = -4, .over = 93, .minus = -1048576, .wide = 0xfedcba987654321, .rest = -8,
			 .yes = 1};

	CHECK(plan);
	CHECK_INT(plan->size, sizeof(b));
	CHECK_INT(got(plan, "one", &b, sizeof(b)).u, 1);
	CHECK_INT(got(plan, "three", &b, sizeof(b)).s, -4);
	CHECK_INT(got(plan, "over", &b, sizeof(b)).u, 93);
	CHECK_INT(got(plan, "minus", &b, sizeof(b)).s, -1048576);
	CHECK(got(plan, "wide", &b, sizeof(b)).u == 0xfedcba987654321);
	CHECK_INT(got(plan, "rest", &b, sizeof(b)).s, -8);
	CHECK_INT(got(plan, "yes", &b, sizeof(b)).u, 1);
	CHECK_INT(got(plan, "yes", &b, sizeof(b)).kind, VAL_BOOL);
	memset(&b, 0xff, sizeof(b));
	b.over = 0;
	b.three = 3;
	CHECK_INT(got(plan, "over", &b, sizeof(b)).u, 0);
	CHECK_INT(got(plan, "three", &b, sizeof(b)).s, 3);
	CHECK_INT(got(plan, "minus", &b, sizeof(b)).s, -1);
}

TEST(structs_within_structs)
{
	const struct val_plan *plan = bits_plan();
	struct bits b = {.in = {.a = 7, .b = 0x01020304}, .raw = {1, 2, 3}};

	CHECK(plan);
	CHECK_STR(plan->type_name, "bits");
	CHECK_INT(got(plan, "in.a", &b, sizeof(b)).u, 7);
	CHECK_INT(got(plan, "in.b", &b, sizeof(b)).s, 0x01020304);
	CHECK_INT(got(plan, "in.c", &b, sizeof(b)).u, 4);
	CHECK_INT(got(plan, "many", &b, sizeof(b)).kind, VAL_ARRAY);
	CHECK_INT(val_plan_find(plan, "many")->elem, VAL_BYTES);
	CHECK_INT(got(plan, "raw", &b, sizeof(b)).kind, VAL_ARRAY);
	CHECK_INT(got(plan, "pointer", &b, sizeof(b)).kind, VAL_POINTER);
	CHECK_INT(val_plan_find(plan, "in.c")->member, val_plan_find(plan, "in.a")->member);
	CHECK(!val_plan_find(plan, "in"));
}

/* Whatever a record lacks is absent; nothing behind its end is read (the sanitizers watch). */
TEST(short_records)
{
	const struct val_plan *plan = bits_plan();

	CHECK(plan);
	for (size_t len = 0; len <= sizeof(struct bits); len++) {
		uint8_t *rec = malloc(len ? len : 1);

		memset(rec, 0xff, len ? len : 1);
		for (size_t i = 0; i < plan->nfields; i++) {
			const struct val_field *f = &plan->fields[i];
			struct val v;

			val_get(f, rec, len, &v);
			CHECK_INT(v.kind == VAL_NONE, f->offset + f->size * (f->nelems ? f->nelems : 1) > len);
		}
		free(rec);
	}
}

TEST(text_behind_the_record)
{
	static const uint32_t places[] = {4 | 3u << 16, 4 | 100u << 16, 0xffff | 0x7fffu << 16, 4 | 3u << 16 | 1u << 31};
	struct val_field f = {.kind = VAL_STR, .size = 4};
	char rec[9] = "....text";
	struct val v;

	memcpy(rec, &places[0], 4);
	val_get(&f, rec, 8, &v);
	CHECK_INT(v.len, 3);
	CHECK_MEM(v.p, "tex", 3);
	CHECK(!v.truncated);
	memcpy(rec, &places[1], 4); /* longer than the record */
	val_get(&f, rec, 8, &v);
	CHECK_INT(v.len, 4);
	CHECK(v.truncated);
	memcpy(rec, &places[2], 4); /* begins behind it */
	val_get(&f, rec, 8, &v);
	CHECK_INT(v.len, 0);
	CHECK(v.truncated);
	memcpy(rec, &places[3], 4); /* cut by the program */
	val_get(&f, rec, 8, &v);
	CHECK_INT(v.len, 3);
	CHECK(v.truncated);
}

TEST(kinds_of_typedefs)
{
	static const struct {
		const char *name;
		enum val_kind kind;
	} typedefs[] = {
#define VAL_TYPEDEF(name, id) {name, VAL_##id},
#include "val/val_kinds.def"
	};

	for (size_t i = 0; i < ARRAY_SIZE(typedefs); i++)
		CHECK_INT(val_kind_of_typedef(typedefs[i].name), typedefs[i].kind);
	CHECK_INT(val_kind_of_typedef("pid_t"), VAL_NONE);
	CHECK_STR(val_kind_name(VAL_NONE), "nothing");
	CHECK_STR(val_kind_name(VAL_DURATION), "a duration in ns");
	CHECK_STR(val_kind_name(VAL_KIND_COUNT), "unknown");
}

TEST(no_such_type)
{
	struct val_plan *plan;

	CHECK(opened(plain_head, "int x;"));
	CHECK_INT(val_plan_new(object->btf, 100000, "x", &plan), -EINVAL);
	CHECK_INT(val_plan_new(object->btf, 0, "x", &plan), -EINVAL); /* void */
}

/* A struct of more members than a plan may have is shown as bytes. */
TEST(too_many_members)
{
	struct buf text = {0};
	struct val_plan *plan;

	buf_puts(&text, "struct four { int a, b, c, d; }; struct many {");
	for (int i = 0; i < 257; i++)
		buf_printf(&text, "struct four m%d;", i);
	buf_puts(&text, "}; struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096);"
			"__type(value, struct many); } rb SEC(\".maps\");");
	CHECK(opened(plain_head, text.p));
	CHECK(!object->streams[0].plan);
	CHECK_INT(val_plan_new(object->btf, btf__find_by_name(object->btf, "many"), "x", &plan), -E2BIG);
	CHECK_INT(val_plan_new(object->btf, btf__find_by_name(object->btf, "four"), "x", &plan), 0);
	CHECK_INT(plan->nfields, 4);
	val_plan_free(plan);
	buf_free(&text);
}
