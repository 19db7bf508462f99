/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same rows as table, JSON and CSV, compared to the letter; and what a column remembers. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>

#include "compiled.h"
#include "out/out_int.h"

typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef uint64_t skep_hex_t, skep_time_t, skep_ns_t, skep_us_t, skep_size_t;
typedef uint32_t skep_octal_t, skep_str_t, skep_argv_t, skep_wstatus_t, skep_oflags_t, skep_ipv4_t;
typedef int32_t skep_errno_t, skep_signal_t;
typedef struct { uint8_t bytes[16]; } skep_ipv6_t, skep_ip_t;
typedef struct { uint8_t bytes[16]; uint32_t len; } skep_cidr_t;
typedef struct { uint8_t bytes[6]; } skep_mac_t;
typedef uint16_t skep_port_be_t, skep_family_t;
typedef uint8_t skep_ipproto_t, skep_tcp_state_t;
#define SKEP_TITLE(text)
#define SKEP_UNIT(text)
#define SKEP_WIDTH(n)
#define SKEP_HIDDEN
#define SKEP_SHOWN_BY(option)
#define SKEP_INSTEAD_OF(member)

/* The same text here and in the object. */
#define BOTH(...) __VA_ARGS__ static const char both_text[] = #__VA_ARGS__;

BOTH(
enum color { RED = -1, GREEN = 3 };

struct every {
	skep_time_t time;
	__u32 number;
	int negative;
	double real;
	float single;
	_Bool yes;
	enum color color;
	skep_hex_t hex;
	skep_octal_t mode;
	void *pointer;
	char comm[16];
	skep_str_t text;
	skep_argv_t args;
	__u16 list[3];
	enum color colors[2];
	skep_ns_t ns;
	skep_us_t us;
	skep_size_t size;
	skep_errno_t err;
	skep_signal_t sig;
	skep_wstatus_t status;
	skep_oflags_t flags;
	skep_ipv4_t v4;
	skep_ipv6_t v6;
	skep_ip_t ip;
	skep_cidr_t net;
	skep_mac_t mac;
	skep_port_be_t port;
	skep_ipproto_t proto;
	skep_family_t family;
	skep_tcp_state_t state;
	unsigned int bits : 5;
	int sbits : 3;
};

struct shown {
	int first SKEP_TITLE("ONE") SKEP_UNIT("mm");
	int wide SKEP_WIDTH(9);
	int hidden SKEP_HIDDEN;
	int with SKEP_SHOWN_BY(more);
	skep_errno_t err;
	skep_signal_t sig SKEP_INSTEAD_OF(err);
	struct { int x; int y; } at;
	skep_str_t text;
};

struct slots {
	int key;
	__u32 slots[128];
	__u64 counts[64];
};
)

static const char maps[] =
	"SKEP_TOOL(\"x\", SKEP_ABOUT(\"y\")); SKEP_OPTION(bool, more, \"\", \"more\");"
	"SKEP_STREAM(every_s, struct every, 4); SKEP_STREAM(shown_s, struct shown, 4); SKEP_STREAM(slots_s, struct slots, 4);";

static const struct val_plan *plan_of(const char *stream)
{
	if (!object) {
		char *text = xasprintf("%s%s", both_text, maps);

		opened(skep_head, text);
		free(text);
	}
	for (size_t i = 0; object && i < object->nstreams; i++)
		if (strcmp(object->streams[i].name, stream) == 0)
			return object->streams[i].plan;
	return NULL;
}

static char path[32];
static bool more_is_set;
static struct out_options opts;

static bool option_set(const char *var, void *ctx)
{
	return more_is_set && strcmp(var, "more") == 0;
}

/* Time 0 of the records is 2021-01-02 03:04:05.6 here. */
static struct out *begin(const char *format)
{
	struct out *out;
	int fd;

	setenv("TZ", "UTC", 1);
	strcpy(path, "/tmp/skep-unit-XXXXXX");
	fd = mkstemp(path);
	close(fd);
	opts.format = format;
	opts.file = path;
	opts.option_set = option_set;
	if (out_open(&opts, &out))
		return NULL;
	out->real_offset = 1609556645600000000;
	return out;
}

static const char *end(struct out *out)
{
	static struct buf text;

	out_close(out);
	buf_free(&text);
	buf_puts(&text, "");
	file_read(path, 1 << 20, &text);
	unlink(path);
	return text.p;
}

static const char *refused(struct out *out)
{
	end(out);
	return "refused";
}

/* A record and the text behind it. */
static struct {
	struct every e;
	char tail[200];
} rec;
static size_t rec_len;

static uint32_t tail(const char *text, size_t len, bool cut)
{
	uint32_t at = rec_len;

	memcpy((char *)&rec + at, text, len);
	rec_len += len;
	return at | len << 16 | (uint32_t)cut << 31;
}

static void fill(void)
{
	static const uint8_t v4_mapped[16] = {[10] = 0xff, 0xff, 10, 1, 2, 3}, v6[16] = {0xfe, 0x80, [15] = 1};

	memset(&rec, 0, sizeof(rec));
	rec_len = sizeof(rec.e);
	rec.e = (struct every){
		.time = 1234567, .number = 4000000000, .negative = -7, .real = 1.5, .single = 0.1f, .yes = 1, .color = RED,
		.hex = 0xbeef, .mode = 0644, .pointer = (void *)0x1000, .comm = "a,\"b\"\n\x1b", .list = {1, 2, 65535},
		.colors = {GREEN, 5}, .ns = 1500000, .us = 2500000, .size = 4096, .err = 2, .sig = 9, .status = 0x8b,
		.flags = O_RDWR | O_CREAT | O_CLOEXEC, .v4 = htonl(0x7f000001), .mac = {{2, 0, 0, 0, 0, 0xff}},
		.port = htons(443), .proto = 6, .family = 10, .state = 10, .bits = 21, .sbits = -3,
	};
	memcpy(&rec.e.v6, v6, 16);
	memcpy(&rec.e.ip, v4_mapped, 16);
	memcpy(&rec.e.net, v4_mapped, 16);
	rec.e.net.len = 104;
	rec.e.text = tail("\xc3\xa9\xff\t.", 5, true); /* é, a byte that is no UTF-8, a tab */
	rec.e.args = tail("sh\0-c\0it's $x\0\0\\", 17, false);
}

/* The text a format makes of the record above. */
static const char *every_as(const char *format)
{
	struct out *out = begin(format);
	struct out_stream *s = out_stream(out, "every", plan_of("every_s"));

	fill();
	if (!s || out_row(s, &rec, rec_len))
		return refused(out);
	return end(out);
}

TEST(every_kind_as_json)
{
	CHECK_STR(every_as("json"),
		  "{\"time\":\"2021-01-02T03:04:05.601234567Z\",\"time_ns\":1609556645601234567,\"number\":4000000000,"
		  "\"negative\":-7,\"real\":1.5,\"single\":0.10000000149011612,\"yes\":true,\"color\":-1,"
		  "\"color_name\":\"RED\",\"hex\":\"0xbeef\",\"mode\":420,\"pointer\":\"0x1000\","
		  "\"comm\":\"a,\\\"b\\\"\\n\\u001b\",\"text\":\"\u00e9\ufffd\\t.\",\"text_hex\":\"c3a9ff092e\","
		  "\"text_truncated\":true,\"args\":[\"sh\",\"-c\",\"it's $x\",\"\",\"\\\\\"],\"list\":[1,2,65535],"
		  "\"colors\":[3,5],\"ns_ns\":1500000,\"us_us\":2500000,\"size\":4096,\"err\":2,\"err_name\":\"ENOENT\","
		  "\"sig\":9,\"sig_name\":\"SIGKILL\",\"status\":139,\"status_name\":\"SIGSEGV (core dumped)\","
		  "\"flags\":524354,\"flags_name\":\"O_RDWR|O_CREAT|O_CLOEXEC\",\"v4\":\"127.0.0.1\",\"v6\":\"fe80::1\","
		  "\"ip\":\"10.1.2.3\",\"net\":\"10.1.2.3/8\",\"mac\":\"02:00:00:00:00:ff\",\"port\":443,\"proto\":6,"
		  "\"proto_name\":\"tcp\",\"family\":10,\"family_name\":\"inet6\",\"state\":10,\"state_name\":\"LISTEN\","
		  "\"bits\":21,\"sbits\":-3}\n");
}

TEST(every_kind_as_csv)
{
	CHECK_STR(every_as("csv"),
		  "time,number,negative,real,single,yes,color,hex,mode,pointer,comm,text,args,list,colors,ns_ns,us_us,"
		  "size,err,sig,status,flags,v4,v6,ip,net,mac,port,proto,family,state,bits,sbits\n"
		  "2021-01-02T03:04:05.601234567Z,4000000000,-7,1.5,0.1,true,RED,0xbeef,0644,0x1000,"
		  "\"a,\"\"b\"\"\\n\\x1b\",\u00e9\\xff\\t....,sh -c 'it'\\''s $x' '' '\\',[1 2 65535],[GREEN 5],1500000,"
		  "2500000,4096,ENOENT,SIGKILL,SIGSEGV (core dumped),O_RDWR|O_CREAT|O_CLOEXEC,127.0.0.1,fe80::1,10.1.2.3,"
		  "10.1.2.3/8,02:00:00:00:00:ff,443,tcp,inet6,LISTEN,21,-3\n");
}

TEST(every_kind_as_a_table)
{
	opts.timestamp = true;
	CHECK_STR(every_as("table"),
		  "TIME          NUMBER NEGATIVE       REAL  SINGLE YES   COLOR        HEX        MODE POINTER            "
		  "COMM             TEXT             ARGS             LIST  COLORS        NS       US       SIZE ERR     "
		  "SIG       STATUS   FLAGS                V4              V6                        IP              NET  "
		  "      MAC                PORT PROTO FAMILY STATE       BITS SBITS\n"
		  "03:04:05.601 4000000000       -7        1.5     0.1 true  RED          0xbeef     0644 0x1000           "
		  "  a,\"b\"\\n\\x1b      \u00e9\\xff\\t....      sh -c 'it'\\''s $x' '' '\\' [1 2 65535] [GREEN 5]   1.50ms"
		  "    2.50s       4096 ENOENT  SIGKILL   SIGSEGV (core dumped) O_RDWR|O_CREAT|O_CLOEXEC 127.0.0.1       "
		  "fe80::1                   10.1.2.3        10.1.2.3/8 02:00:00:00:00:ff   443 tcp   inet6  LISTEN      "
		  "  21    -3\n");
}

/* A record cut off behind `number`: what is missing is absent, not zero. */
TEST(short_records)
{
	struct out *out = begin("json");
	struct out_stream *s;

	opts.columns = NULL;
	s = out_stream(out, "every", plan_of("every_s"));
	fill();
	out_row(s, &rec, rec_len); /* its values must not be remembered for the next */
	out_row(s, &rec, 12);
	CHECK_HAS(end(out), "\n{\"time\":\"2021-01-02T03:04:05.601234567Z\",\"time_ns\":1609556645601234567,"
			    "\"number\":4000000000,\"negative\":null,\"real\":null,\"single\":null,\"yes\":null,"
			    "\"color\":null,\"hex\":null,\"mode\":null,\"pointer\":null,\"comm\":null,\"text\":null");
}

/* ---- text that is not harmless ------------------------------------------------------------------------ */

static struct {
	struct shown e;
	char tail[200];
} row;

static size_t shown_row(int first, int err, int sig, const char *text, size_t len)
{
	memset(&row, 0, sizeof(row));
	row.e.first = first;
	row.e.wide = 5;
	row.e.hidden = 6;
	row.e.with = 7;
	row.e.err = err;
	row.e.sig = sig;
	row.e.at.x = -1;
	row.e.at.y = 2;
	memcpy(row.tail, text, len);
	row.e.text = sizeof(row.e) | len << 16;
	return sizeof(row.e) + len;
}

static const char *text_as(const char *format, const char *text, size_t len)
{
	struct out *out;
	struct out_stream *s;

	opts = (struct out_options){.columns = "text", .no_header = true};
	out = begin(format);
	s = out_stream(out, "shown", plan_of("shown_s"));
	if (!s)
		return refused(out);
	out_row(s, &row, shown_row(1, 0, 0, text, len));
	return end(out);
}

static const char *json_text(const char *text, size_t len)
{
	static char only[600];
	const char *all = text_as("json", text, len), *p = strstr(all, "\"text\":");

	snprintf(only, sizeof(only), "%s", p ? p + 7 : all);
	only[strcspn(only, "\n")] = 0;
	return only;
}

TEST(control_characters_and_broken_text)
{
	CHECK_STR(text_as("table", "a\nb\r\t\x01\x7f", 7), "a\\nb\\r\\t\\x01\\x7f\n");
	CHECK_STR(text_as("table", "\033[2J", 4), "\\x1b[2J\n");
	CHECK_STR(text_as("table", "\0x", 2), "\\x00x\n");
	CHECK_STR(text_as("table", "\xc2\x9b" "2J", 4), "\\xc2\\x9b2J\n"); /* a C1 control */
	CHECK_STR(text_as("table", "\x9b" "2J", 3), "\\x9b2J\n");
	CHECK_STR(text_as("table", "\xc2\xa0\xe2\x82\xac\xf0\x9f\x90\x9d", 9), "\xc2\xa0\xe2\x82\xac\xf0\x9f\x90\x9d\n");
	CHECK_STR(text_as("table", "\xe2\x82", 2), "\\xe2\\x82\n");
	CHECK_STR(text_as("table", "\xc0\xaf", 2), "\\xc0\\xaf\n");	   /* overlong */
	CHECK_STR(text_as("table", "\xed\xa0\x80", 3), "\\xed\\xa0\\x80\n"); /* a surrogate */
	CHECK_STR(text_as("csv", "a,b", 3), "\"a,b\"\n");
	CHECK_STR(text_as("csv", "say \"it\"", 8), "\"say \"\"it\"\"\"\n");
	CHECK_STR(text_as("csv", "a\nb", 3), "a\\nb\n");
	CHECK_STR(json_text("\b\f\n\r\t\"\\/\x01", 9), "\"\\b\\f\\n\\r\\t\\\"\\\\/\\u0001\"}");
	CHECK_STR(json_text("\0x", 2), "\"\\u0000x\"}");
	CHECK_STR(json_text("\xc2\x9b\x7f", 3), "\"\\u009b\\u007f\"}");
	CHECK_STR(json_text("\xf0\x9f\x90\x9d", 4), "\"\xf0\x9f\x90\x9d\"}");
	CHECK_STR(json_text("a\xff", 2), "\"a\xef\xbf\xbd\",\"text_hex\":\"61ff\"}");
	CHECK_STR(json_text("\xf5\x80\x80\x80", 4),
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"text_hex\":\"f5808080\"}");
	CHECK_STR(json_text("", 0), "\"\"}");
}

/* ---- columns ---------------------------------------------------------------------------------------------- */

static const char *two_rows(const char *format)
{
	struct out *out = begin(format);
	struct out_stream *s = out_stream(out, "shown", plan_of("shown_s"));

	if (!s)
		return refused(out);
	out_row(s, &row, shown_row(1, 2, 9, "one", 3));
	out_row(s, &row, shown_row(12345678, 0, 9, "two", 3));
	return end(out);
}

TEST(columns_of_a_table)
{
	CHECK_STR(two_rows("table"), "ONE(mm)      WIDE ERR           X       Y TEXT\n"
				     "      1         5 ENOENT       -1       2 one\n"
				     "12345678         5 SIGKILL      -1       2 two\n");
	more_is_set = true;
	CHECK_STR(two_rows("table"), "ONE(mm)      WIDE    WITH ERR           X       Y TEXT\n"
				     "      1         5       7 ENOENT       -1       2 one\n"
				     "12345678         5       7 SIGKILL      -1       2 two\n");
	opts.no_header = true;
	opts.columns = "text,HIDDEN,one,at.y";
	CHECK_STR(two_rows("table"), "one                    6       1       2\n"
				     "two                    6 12345678       2\n");
}

TEST(columns_of_csv_and_json)
{
	CHECK_STR(two_rows("csv"), "first,wide,hidden,err,sig,at.x,at.y,text\n"
				   "1,5,6,ENOENT,SIGKILL,-1,2,one\n"
				   "12345678,5,6,,SIGKILL,-1,2,two\n");
	more_is_set = true;
	CHECK_HAS(two_rows("json"), "Z\",\"first\":12345678,\"wide\":5,\"hidden\":6,\"with\":7,\"err\":0,\"sig\":9,"
				    "\"sig_name\":\"SIGKILL\",\"at.x\":-1,\"at.y\":2,\"text\":\"two\"}\n");
	opts.columns = "text, first";
	CHECK_STR(two_rows("csv"), "text,first\none,1\ntwo,12345678\n");
	CHECK_HAS(two_rows("json"), "Z\",\"text\":\"one\",\"first\":1}\n");
}

TEST(a_column_that_is_not_there)
{
	opts.columns = "first,nothing";
	CHECK_STR(two_rows("table"), "refused");
	CHECK_HAS(stderr_text(), "--columns: shown has no column 'nothing'; it has first, wide, hidden, with, err, sig, "
				 "at.x, at.y, text");
}

TEST(no_such_format)
{
	struct out *out;

	opts.format = "xml";
	CHECK_INT(out_open(&opts, &out), -EINVAL);
	CHECK_HAS(stderr_text(), "there is no output format 'xml'");
}

/* ---- what a column remembers -------------------------------------------------------------------------------- */

/* Every row made alone must be the row made in a sequence where values change and repeat. */
static void same_in_sequence(const char *format)
{
	static const struct {
		int first, err, sig;
		const char *text;
	} rows[] = {
		{1, 2, 9, "same"}, {1, 2, 9, "same"}, {1, 0, 9, "same"}, {1, 0, 15, "same"}, {1, 2, 9, "sam"},
		{-1, 2, 9, "same"}, {1, 2, 9, ""}, {1, 0, 0, ""}, {1, 2, 9, "same"}, {123456789, 13, 0, "\xff"}, {1, 2, 9, "same"},
		{2, 2, 9, "0123456789012345678901234567890123456789012345678901234567890123456789"},
		{2, 2, 9, "0123456789012345678901234567890123456789012345678901234567890123456789"}, {2, 2, 9, "01"},
	};
	struct buf alone = {0};
	struct out *out;
	struct out_stream *s;

	opts.columns = "first,err,sig,at.x,text";
	opts.no_header = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		out = begin(format);
		s = out_stream(out, "shown", plan_of("shown_s"));
		CHECK(s);
		s->columns[0].width = 10; /* as it will have grown */
		out_row(s, &row, shown_row(rows[i].first, rows[i].err, rows[i].sig, rows[i].text, strlen(rows[i].text)));
		buf_puts(&alone, end(out));
	}
	out = begin(format);
	s = out_stream(out, "shown", plan_of("shown_s"));
	CHECK(s);
	s->columns[0].width = 10;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		out_row(s, &row, shown_row(rows[i].first, rows[i].err, rows[i].sig, rows[i].text, strlen(rows[i].text)));
	CHECK_STR(end(out), alone.p);
	buf_free(&alone);
}

TEST(values_that_change_and_repeat_in_a_table)
{
	same_in_sequence("table");
}

TEST(values_that_change_and_repeat_in_csv)
{
	same_in_sequence("csv");
}

/* Bit-fields share bytes: a change of one is no repetition of the other. */
TEST(bit_fields_that_change)
{
	struct out *out;
	struct out_stream *s;

	opts.columns = "bits,sbits";
	opts.no_header = true;
	out = begin("table");
	s = out_stream(out, "every", plan_of("every_s"));
	CHECK(s);
	for (int i = 0; i < 4; i++) {
		fill();
		rec.e.bits = i / 2;
		rec.e.sbits = i % 2 ? -4 : 3;
		out_row(s, &rec, rec_len);
	}
	CHECK_STR(end(out), "   0     3\n   0    -4\n   1     3\n   1    -4\n");
}

TEST(arrays_that_change)
{
	struct slots slots = {.key = 1};
	struct out *out;
	struct out_stream *s;
	const char *text;

	opts.columns = "slots,counts";
	opts.no_header = true;
	out = begin("json");
	s = out_stream(out, "slots", plan_of("slots_s"));
	CHECK(s);
	out_row(s, &slots, sizeof(slots));
	slots.slots[127] = 7;
	slots.counts[63] = UINT64_MAX;
	out_row(s, &slots, sizeof(slots));
	text = end(out);
	CHECK_HAS(strchr(text, '\n'), ",0,7],\"counts\":[0,0");
	CHECK_HAS(strchr(text, '\n'), ",18446744073709551615]}");
	CHECK(!strstr(text, ",7]") || strstr(text, ",7]") > strchr(text, '\n'));
}

/* A histogram named as a column changes in any of its slots. */
TEST(histograms_that_change)
{
	struct slots slots = {.key = 1};
	struct out *out;
	struct out_stream *s;

	CHECK(plan_of("slots_s"));
	val_plan_find(plan_of("slots_s"), "counts")->kind = VAL_SLOTS;
	opts.columns = "counts";
	opts.no_header = true;
	out = begin("csv");
	s = out_stream(out, "slots", plan_of("slots_s"));
	CHECK(s);
	out_row(s, &slots, sizeof(slots));
	slots.counts[1] = 7;
	out_row(s, &slots, sizeof(slots));
	CHECK_HAS(end(out), "]\n[0 7 0 0");
	out = begin("table");
	s = out_stream(out, "slots", plan_of("slots_s"));
	out_row(s, &slots, sizeof(slots));
	slots.counts[1] = 8;
	out_row(s, &slots, sizeof(slots));
	CHECK_HAS(end(out), "]\n[0 8 0 0");
}

/* ---- histograms, sections, text, raw, the account -------------------------------------------------------------- */

static struct val_field *as_slots(const char *name)
{
	struct val_field *f = val_plan_find(plan_of("slots_s"), name);

	if (f)
		f->kind = VAL_SLOTS;
	return f;
}

static const char *hist_as(const char *format, const struct slots *slots, const char *name)
{
	struct val_field *f = as_slots(name);
	struct out *out;
	struct out_stream *s;

	opts.columns = "key";
	out = begin(format);
	s = out_stream(out, "slots", plan_of("slots_s"));
	if (!s || !f || out_hist(s, slots, sizeof(*slots), f))
		return refused(out);
	return end(out);
}

TEST(histograms)
{
	struct slots slots = {.key = 5, .counts = {[0] = 1, [3] = 8, [4] = 1}};

	CHECK_STR(hist_as("table", &slots, "counts"),
		  "key = 5\n"
		  "                           : count    distribution\n"
		  "         0 -> 1          : 1        |*****                                   |\n"
		  "         2 -> 3          : 0        |                                        |\n"
		  "         4 -> 7          : 0        |                                        |\n"
		  "         8 -> 15         : 8        |****************************************|\n"
		  "        16 -> 31         : 1        |*****                                   |\n"
		  "                     10 in all; p50 11, p90 15, p99 31\n");
	CHECK_STR(hist_as("csv", &slots, "counts"), "5,0,1,1\n5,8,15,8\n5,16,31,1\n");
	CHECK_HAS(hist_as("json", &slots, "counts"),
		  ",\"key\":5,\"hist\":{\"unit\":\"\",\"count\":10,\"p50\":11,\"p90\":15,\"p99\":31,\"buckets\":["
		  "{\"lo\":0,\"hi\":1,\"count\":1},{\"lo\":8,\"hi\":15,\"count\":8},{\"lo\":16,\"hi\":31,\"count\":1}]}}\n");
}

/* Slots past 64 are not of a log2 histogram of 64 bits; the last one ends at the largest number. */
TEST(histograms_of_too_many_slots)
{
	struct slots slots = {.key = 5, .slots = {[63] = 2, [64] = 3, [127] = 4}};

	CHECK_STR(hist_as("csv", &slots, "slots"), "5,9223372036854775808,18446744073709551615,2\n");
}

TEST(sections_text_and_raw_records)
{
	struct out *out = begin("table");
	struct out_stream *s = out_stream(out, "ring", NULL);

	out_row(s, "\x01\x02\x03\x04\x05", 5);
	out_section(out, "A title");
	out_text(out, 1, "a\tline", 6);
	CHECK_STR(end(out), "ring: 5 bytes: 01020304 05\n\nA title\na\\tline\n");
	out = begin("csv");
	s = out_stream(out, "ring", NULL);
	out_row(s, "\x01\x02", 2);
	out_text(out, 1000000, "x,y", 3);
	CHECK_STR(end(out), "ring,0102\n2021-01-02T03:04:05.601000000Z,\"x,y\"\n");
	opts.tag_rows = true;
	out = begin("json");
	s = out_stream(out, "ring", NULL);
	out_row(s, "\x01\x02", 2);
	out_text(out, 1000000, "\"", 1);
	CHECK_HAS(end(out), ",\"size\":2,\"hex\":\"0102\"}\n{\"time\":\"2021-01-02T03:04:05.601000000Z\",\"text\":\"\\\"\"}\n");
}

TEST(the_account)
{
	static const struct out_loss losses[] = {
		{"one", 10, 7, 3, true, true}, {"two", 0, 5, 1, false, true}, {"three", 0, 4, 0, false, true},
		{"four", 0, 3, 0, false, false},
	};
	struct out *out = begin("json");

	CHECK_INT(out_losses(out, losses, 4), 0);
	CHECK_STR(end(out), "{\"summary\":[{\"stream\":\"one\",\"produced\":10,\"delivered\":7,\"lost\":3},"
			    "{\"stream\":\"two\",\"delivered\":5,\"lost\":1},{\"stream\":\"three\",\"delivered\":4,\"lost\":0},"
			    "{\"stream\":\"four\",\"delivered\":3,\"lost\":null}]}\n");
	CHECK_STR(stderr_text(), "");
	out = begin("table");
	CHECK_INT(out_losses(out, losses, 4), 0);
	CHECK_STR(end(out), "");
	CHECK_STR(stderr_text(), "skep: warning: one: 10 events, 7 shown, 3 lost because they came faster than they could be "
				 "written; --buffer SIZE gives more room\n"
				 "skep: warning: two: 5 shown, 1 lost; --buffer SIZE gives more room\n");
}

TEST(a_full_disk_is_told_once_and_counted)
{
	struct out_options full = {.file = "/dev/full", .no_header = true};
	uint64_t written, dropped;
	struct out_stream *s;
	struct out *out;

	CHECK_INT(out_open(&full, &out), 0);
	s = out_stream(out, "shown", plan_of("shown_s"));
	CHECK_INT(out_row(s, &row, shown_row(1, 0, 0, "", 0)), 0);
	CHECK_INT(out_row(s, &row, shown_row(1, 0, 0, "", 0)), 0);
	CHECK_INT(out_flush(out), -ENOSPC);
	CHECK_STR(stderr_text(), "skep: cannot write to /dev/full: No space left on device\n");
	CHECK_INT(out_row(s, &row, shown_row(1, 0, 0, "", 0)), -ENOSPC);
	CHECK_INT(out_flush(out), -ENOSPC);
	CHECK_STR(stderr_text(), "");
	out_stats(out, &written, &dropped);
	CHECK_INT(written, 0);
	CHECK_INT(dropped, 3);
	out_close(out);
}

TEST(a_file_that_cannot_be_made)
{
	struct out_options nowhere = {.file = "/nonexistent/dir/rows"};
	struct out *out;

	CHECK_INT(out_open(&nowhere, &out), -ENOENT);
	CHECK_STR(stderr_text(), "skep: cannot write to /nonexistent/dir/rows: No such file or directory\n");
}
