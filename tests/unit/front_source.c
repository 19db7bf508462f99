/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the front reads off C text: tokens, annotations, types of records. */
#include <errno.h>

#include "front/front.h"
#include "front/json.h"
#include "front/scan.h"
#include "test.h"

static char path[32];

static bool write_source(const char *text, size_t len)
{
	int fd;
	bool ok;

	strcpy(path, "/tmp/skep-unit-XXXXXX");
	fd = mkstemp(path);
	ok = fd >= 0 && write(fd, text, len) == (ssize_t)len;
	close(fd);
	return ok;
}

static struct object_notes notes;

/* NULL when reading failed or there is no such note. */
static const char *noted(enum object_on on, const char *name, const char *key)
{
	return notes_get(&notes, on, name, NULL, key);
}

static int annotate(const char *text)
{
	int err;

	notes_free(&notes);
	if (!write_source(text, strlen(text)))
		return -EIO;
	err = front_annotations(path, &notes);
	unlink(path);
	return err;
}

static void each_member(void *ctx, const char *key, const char *value)
{
	buf_printf(ctx, "%s=%s;", key, value);
}

static const char *members(const char *json)
{
	static struct buf out;

	out.len = 0;
	buf_puts(&out, "");
	return front_json_object(&json, each_member, &out) ? "malformed" : out.p;
}

TEST(json_objects)
{
	CHECK_STR(members("{}"), "");
	CHECK_STR(members(" { \"a\" : 1, \"b\":\"x\\n\\\"\\u00e9\", \"c\":true}"), "a=1;b=x\n\"\xc3\xa9;c=true;");
	CHECK_STR(members("{\"skip\":{\"deep\":[1,{\"x\":[]}]},\"n\":-1.5e3}"), "n=-1.5e3;");
	CHECK_STR(members("{\"a\":1"), "malformed");
	CHECK_STR(members("{\"a\""), "malformed");
	CHECK_STR(members("{\"a\":\"open"), "malformed");
	CHECK_STR(members("{\"a\":\"\\q\"}"), "malformed");
	CHECK_STR(members("{\"a\":1,}"), "malformed");
	CHECK_STR(members("[1]"), "malformed");
	CHECK_STR(members("{\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}"), "malformed");
}

TEST(options)
{
	CHECK_INT(annotate("/// @description \"Process ID to trace\"\n"
			   "/// @cmdarg {\"short\": \"p\", \"long\": \"pid\", \"default\": 7}\n"
			   "const volatile int pid_target = 0;\n"
			   "/// plain text\n"
			   "/// of two lines\n"
			   "const volatile bool failed SEC(\".rodata\") = false;\n"),
		  0);
	CHECK_STR(noted(ON_VAR, "pid_target", "help"), "Process ID to trace");
	CHECK_STR(noted(ON_VAR, "pid_target", "option"), "p");
	CHECK_STR(noted(ON_VAR, "pid_target", "long"), "pid");
	CHECK_STR(noted(ON_VAR, "pid_target", "default"), "7");
	CHECK_STR(noted(ON_VAR, "failed", "help"), "plain text\nof two lines");
}

TEST(maps)
{
	CHECK_INT(annotate("/// @sample {\"interval\": 1000, \"type\" : \"log2_hist\",\n"
			   "///          \"unit\": \"us\", \"clear_map\": false}\n"
			   "struct {\n\t__uint(type, BPF_MAP_TYPE_HASH);\n} hists SEC(\".maps\");\n"
			   "struct { int x; } other SEC(\".maps\");\n"),
		  0);
	CHECK_STR(noted(ON_MAP, "hists", "table"), "");
	CHECK_STR(noted(ON_MAP, "hists", "interval"), "1000ms");
	CHECK_STR(noted(ON_MAP, "hists", "hist"), "");
	CHECK_STR(noted(ON_MAP, "hists", "unit"), "us");
	CHECK_STR(noted(ON_MAP, "hists", "clear"), "false");
	CHECK(!noted(ON_MAP, "other", "table"));
	CHECK_INT(annotate("/// @sample {\"interval\": 5, \"type\": \"default_kv\"}\n"
				 "struct { int x; } kv SEC(\".maps\");\n"),
		  0);
	CHECK_STR(noted(ON_MAP, "kv", "interval"), "5ms");
	CHECK(!noted(ON_MAP, "kv", "hist"));
}

TEST(programs)
{
	CHECK_INT(annotate("/// @tchook {\"ifindex\":1, \"attach_point\":\"BPF_TC_EGRESS\"}\n"
			   "/// @tcopts {\"handle\":3, \"priority\":2}\n"
			   "SEC(\"tc\")\nint tc_out(struct __sk_buff *ctx)\n{\n\treturn 0;\n}\n"
			   "/// @ifindex 2\n/// @flags 4\n/// @xdpopts {\"old_prog_fd\":0}\n"
			   "SEC(\"xdp\") int BPF_PROG(pass, struct xdp_md *ctx) { return 2; }\n"),
		  0);
	CHECK_STR(noted(ON_PROG, "tc_out", "ifindex"), "1");
	CHECK_STR(noted(ON_PROG, "tc_out", "direction"), "egress");
	CHECK_STR(noted(ON_PROG, "tc_out", "tc_handle"), "3");
	CHECK_STR(noted(ON_PROG, "tc_out", "tc_priority"), "2");
	CHECK_STR(noted(ON_PROG, "pass", "ifindex"), "2");
	CHECK_STR(noted(ON_PROG, "pass", "xdp_flags"), "4");
}

TEST(object_and_types)
{
	CHECK_INT(annotate("/// @brief Trace opens\n/// @details long\n/// text\n/// @version 1.2\n"
			   "char LICENSE[] SEC(\"license\") = \"GPL\";\n"
			   "/// @export\nstruct event { int pid; };\n"),
		  0);
	CHECK_STR(noted(ON_OBJECT, NULL, "brief"), "Trace opens");
	CHECK_STR(noted(ON_OBJECT, NULL, "about"), "long\ntext");
	CHECK_STR(noted(ON_OBJECT, NULL, "version"), "1.2");
	CHECK_STR(noted(ON_TYPE, "event", "export"), "");
}

TEST(what_a_comment_belongs_to)
{
	CHECK_INT(annotate("/// of nothing\n\n/// of a\nint a;\n"
			   "/// lost\n#define X 1\nint b;\n"
			   "int c; ///< behind c\nint d;\n"
			   "//// a ruler\nint e;\n"
			   "const char *s = \"/// no comment\"; int f;\n"
			   "/* /// neither */ int g;\n"),
		  0);
	CHECK_STR(noted(ON_VAR, "a", "help"), "of a");
	CHECK(!noted(ON_VAR, "b", "help"));
	CHECK_STR(noted(ON_VAR, "c", "help"), "behind c");
	CHECK(!noted(ON_VAR, "d", "help"));
	CHECK(!noted(ON_VAR, "e", "help"));
	CHECK(!noted(ON_VAR, "f", "help"));
	CHECK(!noted(ON_VAR, "g", "help"));
}

TEST(bad_json_is_said)
{
	CHECK_INT(annotate("/// @sample {\"interval\": }\nstruct { int x; } m SEC(\".maps\");\n"), 0);
	CHECK_HAS(stderr_text(), ":1: the value of @sample is not JSON");
}

/* Each spelling of the call, and the type it tells. */
TEST(types_of_records)
{
	static const struct {
		const char *text, *type;
	} cases[] = {
		{"struct e *x = bpf_ringbuf_reserve(&m, sizeof(*x), 0);", "e"},
		{"struct e *x; x = bpf_ringbuf_reserve(&m, sizeof(struct e), 0);", "e"},
		{"struct e *x; x = (struct e *)bpf_ringbuf_reserve(&m, sizeof *x, 0);", "e"},
		{"void *p = bpf_ringbuf_reserve(&m, sizeof(struct e), 0);", "e"},
		{"event_t *x = bpf_ringbuf_reserve(&m, sizeof(event_t), 0);", "event_t"},
		{"struct e x = {}; bpf_ringbuf_output(&m, &x, sizeof(x), 0);", "e"},
		{"struct e x; bpf_perf_event_output(ctx, &m, BPF_F_CURRENT_CPU, &x, sizeof(x));", "e"},
		{"f(struct e *x) { bpf_perf_event_output(ctx, &m, 0, x, sizeof(*x)); }", "e"},
		{"bpf_perf_event_output(ctx, &m, g(1, 2), &ev.inner, sizeof(struct e));", "e"},
		{"char *x; { struct e *x = bpf_ringbuf_reserve(&m, sizeof(*x), 0); }", "e"},
		{"bpf_ringbuf_output(&m, data, 16, 0);", NULL},
		{"bpf_ringbuf_output(m, &x, sizeof(x), 0);", NULL},
		{"bpf_ringbuf_reserve(", NULL},
		{"x = bpf_ringbuf_reserve(&m", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_INT(annotate(cases[i].text), 0);
		CHECK_STR(noted(ON_MAP, "m", "type"), cases[i].type);
	}
}

TEST(two_types_in_one_map)
{
	CHECK_INT(annotate("struct a *x = bpf_ringbuf_reserve(&m, sizeof(*x), 0);"
			   "struct b *y = bpf_ringbuf_reserve(&m, sizeof(*y), 0);"
			   "struct b *z = bpf_ringbuf_reserve(&n, sizeof(*z), 0);"
			   "struct b *v = bpf_ringbuf_reserve(&n, sizeof(*v), 0);"),
		  0);
	CHECK(!noted(ON_MAP, "m", "type"));
	CHECK_STR(noted(ON_MAP, "n", "type"), "b");
}

TEST(any_bytes_are_tokens)
{
	struct front_text text;
	char bytes[256 * 3];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 7;
	CHECK(write_source(bytes, sizeof(bytes)));
	CHECK_INT(front_scan(path, &text), 0);
	unlink(path);
	CHECK(text.n > 0);
	CHECK_INT(front_skip_group(&text, text.n), text.n);
	front_scan_free(&text);
	notes_free(&notes);
}
