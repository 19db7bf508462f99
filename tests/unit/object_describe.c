/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an object says of itself: notes, options, programs and twins, streams, tables. */
#include <bpf/libbpf.h>

#include "compiled.h"

static const struct object_prog *prog(const char *name)
{
	for (size_t i = 0; object && i < object->nprogs; i++)
		if (strcmp(object->progs[i].name, name) == 0)
			return &object->progs[i];
	return NULL;
}

static const struct object_stream *stream(const char *name)
{
	for (size_t i = 0; object && i < object->nstreams; i++)
		if (strcmp(object->streams[i].name, name) == 0)
			return &object->streams[i];
	return NULL;
}

#define PROG(sec, name) "SEC(\"" sec "\") int " name "(void *ctx) { return 0; }\n"

TEST(what_a_tool_says)
{
	CHECK(opened(skep_head,
		     "SKEP_TOOL(\"one line\", SKEP_ABOUT(\"more, with = in it\"), SKEP_EXAMPLE(\"x -a\", \"why\"),"
		     "SKEP_EXAMPLE(\"x -b\", \"because\"));"
		     "SKEP_OPTION(bool, all_of_them, \"a\", \"every one\") = true;"
		     "SKEP_OPTION(skep_ns_t, longer, \"\", \"a time\");"
		     "SKEP_TARGET(file, \"f\", \"binary\", \"which file\");"
		     "struct event { int a SKEP_TITLE(\"A A\") SKEP_UNIT(\"mm\") SKEP_WIDTH(12); int b SKEP_HIDDEN;"
		     "int c SKEP_SHOWN_BY(all_of_them); int d SKEP_INSTEAD_OF(a); };"
		     "SKEP_STREAM(events, struct event, 64);"
		     PROG("raw_tp/x\") SKEP_CHOICE(\"way\", 2) SKEP_WHEN(all_of_them) SEC(\"raw_tp/x", "second")
		     PROG("raw_tp/y\") SKEP_CHOICE(\"way\", 1) SKEP_UNLESS(all_of_them, longer) SEC(\"raw_tp/y", "first")));
	CHECK(object->has_contract);
	CHECK_STR(object->brief, "one line");
	CHECK_STR(object->about, "more, with = in it");
	CHECK_INT(object->nexamples, 2);
	CHECK_STR(object->examples[1].command, "x -b");
	CHECK_STR(object->examples[1].text, "because");
	CHECK_INT(object->noptions, 3);
	CHECK_STR(object_option_find(object, "all_of_them")->name, "all-of-them");
	CHECK(object_option_find(object, "all-of-them") == object_option_find(object, "all_of_them"));
	CHECK_INT(object_option_find(object, "all_of_them")->letter, 'a');
	CHECK_INT(object_option_find(object, "longer")->letter, 0);
	CHECK_STR(object_option_find(object, "longer")->help, "a time");
	CHECK_STR(object_option_find(object, "longer")->arg, "TIME");
	CHECK_STR(object_option_find(object, "file")->target, "binary");
	CHECK(!object_option_find(object, "file")->folded);	   /* skep reads it */
	CHECK(!object_option_find(object, "all_of_them")->folded); /* it chooses programs */
	CHECK_STR(prog("second")->group, "way");
	CHECK_INT(prog("second")->choice, 2);
	CHECK_STR(prog("second")->when, "all_of_them");
	CHECK_STR(prog("first")->unless, "all_of_them, longer");
	CHECK(prog("skep_tree_fork")->internal && prog("skep_tree_fork")->optional && !prog("skep_tree_fork")->group);
}

TEST(what_is_said_of_columns)
{
	struct val_plan *plan;

	CHECK(opened(skep_head,
		     "SKEP_TOOL(\"x\", SKEP_ABOUT(\"y\"));"
		     "struct event { int a SKEP_TITLE(\"A A\") SKEP_UNIT(\"mm\") SKEP_WIDTH(12); int b SKEP_HIDDEN;"
		     "int c SKEP_SHOWN_BY(opt); int d SKEP_INSTEAD_OF(a); };"
		     "SKEP_STREAM(events, struct event, 64);"));
	CHECK(stream("events") && stream("events")->plan);
	plan = stream("events")->plan;
	CHECK_STR(stream("events")->how, "the map's declared value type");
	CHECK_STR(plan->type_name, "event");
	CHECK_INT(plan->nfields, 4);
	CHECK_STR(plan->fields[0].title, "A A");
	CHECK_STR(plan->fields[0].unit, "mm");
	CHECK_INT(plan->fields[0].width, 12);
	CHECK(!plan->fields[0].hidden && plan->fields[1].hidden);
	CHECK_STR(plan->fields[2].shown_by, "opt");
	CHECK_STR(plan->fields[3].instead_of, "a");
	CHECK_INT(bpf_map__max_entries(stream("events")->map), 65536);
}

/* ---- options ------------------------------------------------------------------------------------------ */

static const char variables[] =
	"#include <stdbool.h>\n"
	"const volatile int read_one = 5; const volatile int never_read = 6; const int plain = 7;\n"
	"int counter = 1; static int hidden; const volatile struct { int a; int b; } pair;\n"
	"const volatile bool flag = true; const volatile char name[8] = \"abc\"; const volatile unsigned char small;\n"
	"const volatile float ratio = 0.5; const volatile unsigned long long large = 1ull << 40;\n"
	"SEC(\"raw_tp/x\") int p(void *ctx) { return read_one + counter++ + hidden++ + pair.b + flag + name[1] + small; }\n";

TEST(which_globals_are_options)
{
	static const char *const options[] = {"read_one", "never_read", "counter", "flag", "name", "small", "ratio"};
	static const char *const others[] = {"hidden", "pair", "LICENSE"};

	CHECK(opened(plain_head, variables));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		fprintf(stderr, "%s\n", options[i]);
		CHECK(object_option_find(object, options[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		fprintf(stderr, "%s\n", others[i]);
		CHECK(!object_option_find(object, others[i]));
	}
	CHECK(!object_option_find(object, "read_one")->folded);
	CHECK(object_option_find(object, "never_read")->folded);
	CHECK(!object_option_find(object, "counter")->folded);
	CHECK(!object_option_find(object, "name")->folded);
}

static const char *value(const char *name)
{
	static char out[64];

	object_option_default(object_option_find(object, name), out, sizeof(out));
	return out;
}

static int set(const char *name, const char *text)
{
	return object_option_set(object, object_option_find(object, name), text);
}

TEST(setting_options)
{
	CHECK(opened(plain_head, variables));
	CHECK_STR(value("read_one"), "5");
	CHECK_STR(value("name"), "abc");
	CHECK_STR(value("flag"), "1");
	CHECK_STR(value("ratio"), "0.5");
	CHECK_STR(value("large"), "1099511627776");
	CHECK_INT(set("read_one", "-9"), 0);
	CHECK_STR(value("read_one"), "-9");
	CHECK(object_option_find(object, "read_one")->given);
	CHECK_INT(set("name", "1234567"), 0);
	CHECK_STR(value("name"), "1234567");
	CHECK_INT(set("flag", "no"), 0);
	CHECK_STR(value("flag"), "");
	CHECK_INT(set("counter", "8"), 0);
	CHECK_STR(value("counter"), "8");
	CHECK_STR(stderr_text(), "");
	CHECK(set("name", "12345678") < 0);
	CHECK_STR(stderr_text(), "skep: --name: '12345678' does not fit; it takes at most 7 characters\n");
	CHECK_STR(value("name"), "1234567");
	CHECK(set("small", "256") < 0);
	CHECK_STR(stderr_text(), "skep: --small: '256' does not fit; it takes a number from 0 to 255\n");
	CHECK(set("read_one", "five") < 0);
	CHECK_STR(stderr_text(),
		  "skep: --read-one: 'five' is no such value; it takes a number from -2147483648 to 2147483647\n");
	CHECK_INT(set("never_read", "1"), 0);
	CHECK_INT(set("ratio", "2.25"), 0);
	CHECK_STR(value("ratio"), "2.25");
	CHECK_HAS(stderr_text(), "--never-read has no effect: the compiler folded never_read");
}

TEST(variables_by_name)
{
	int five = 5;
	char byte = 1;

	CHECK(opened(plain_head, variables));
	CHECK(object_var_write(object, "pair", "b", &five, sizeof(five)));
	CHECK(object_var_write(object, "counter", NULL, &five, sizeof(five)));
	CHECK(!object_var_write(object, "pair", "c", &five, sizeof(five)));
	CHECK(!object_var_write(object, "pair", "b", &byte, sizeof(byte)));
	CHECK(!object_var_write(object, "nothing", NULL, &five, sizeof(five)));
}

TEST(lists_of_names)
{
	const char *list = " one, two,three ";
	char name[16];

	CHECK_STR(object_next_name(&list, name, sizeof(name)), "one");
	CHECK_STR(object_next_name(&list, name, sizeof(name)), "two");
	CHECK_STR(object_next_name(&list, name, sizeof(name)), "three");
	CHECK(!object_next_name(&list, name, sizeof(name)));
}

TEST(the_last_note_counts)
{
	struct object_notes notes = {0};

	notes_add(&notes, ON_VAR, "x", NULL, "help", "first");
	notes_add(&notes, ON_VAR, "x", NULL, "help", "second");
	notes_add(&notes, ON_TYPE, "x", "member", "help", "of a member");
	notes_add(&notes, ON_OBJECT, NULL, NULL, "brief", "of all");
	CHECK_STR(notes_get(&notes, ON_VAR, "x", NULL, "help"), "second");
	CHECK_STR(notes_get(&notes, ON_TYPE, "x", "member", "help"), "of a member");
	CHECK_STR(notes_get(&notes, ON_OBJECT, NULL, NULL, "brief"), "of all");
	CHECK(!notes_get(&notes, ON_TYPE, "x", NULL, "help"));
	CHECK(!notes_get(&notes, ON_VAR, "y", NULL, "help"));
	notes_free(&notes);
	CHECK_INT(notes.n, 0);
}

/* ---- twins ---------------------------------------------------------------------------------------------- */

TEST(twins)
{
	CHECK(opened(plain_head,
		     PROG("tp_btf/sched_switch", "a") PROG("raw_tp/sched_switch", "b") PROG("tp/sched/sched_switch", "c")
		     PROG("raw_tp/sched_wakeup", "d") PROG("fentry/vfs_read", "e") PROG("kprobe/vfs_read", "f")
		     PROG("fexit/vfs_read", "g") PROG("kretprobe/vfs_read", "h") PROG("?tracepoint/syscalls/sys_enter_read", "i")
		     PROG("xdp", "j") PROG("raw_tracepoint/sched_switch", "k")));
	CHECK_STR(prog("a")->group, "event sched_switch");
	CHECK_STR(prog("b")->group, "event sched_switch");
	CHECK_STR(prog("c")->group, "event sched_switch");
	CHECK_STR(prog("k")->group, "event sched_switch");
	CHECK_INT(prog("a")->choice, 0);
	CHECK_INT(prog("b")->choice, 1);
	CHECK_INT(prog("k")->choice, 1);
	CHECK_INT(prog("c")->choice, 2);
	CHECK_STR(prog("d")->group, "event sched_wakeup");
	CHECK_STR(prog("e")->group, "entry vfs_read");
	CHECK_STR(prog("f")->group, "entry vfs_read");
	CHECK_STR(prog("g")->group, "return vfs_read");
	CHECK_STR(prog("h")->group, "return vfs_read");
	CHECK(prog("i")->optional && !prog("a")->optional);
	CHECK(!prog("j")->group);
	CHECK(!object->has_contract);
}

/* ---- streams -------------------------------------------------------------------------------------------- */

#define RING(name, more) \
	"struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); " more "} " name " SEC(\".maps\")"
#define PERF(name, more) "struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); " more "} " name " SEC(\".maps\")"

TEST(types_of_streams)
{
	CHECK(opened(plain_head,
		     "struct one { int a; }; struct two { int b; long c; }; struct three { int d[5]; };"
		     RING("declared", "__type(value, struct one);") ";"
		     RING("tagged", "") " __attribute__((btf_decl_tag(\"skep:type=two\")));"
		     RING("bare", "") ";"
		     PERF("perf_declared", "__type(key, int); __type(value, struct three);") ";"
		     PERF("perf_bare", "__type(key, int); __type(value, int);") ";"
		     "struct two *x; struct three *y;"));
	CHECK_STR(stream("declared")->plan->type_name, "one");
	CHECK_STR(stream("tagged")->plan->type_name, "two");
	CHECK_STR(stream("tagged")->how, "a note on the map");
	CHECK(!stream("bare")->plan && !stream("bare")->how);
	CHECK_STR(stream("perf_declared")->plan->type_name, "three");
	CHECK(stream("perf_declared")->is_perf);
	CHECK(!stream("perf_bare")->plan);
	/* the kernel wants no types there */
	CHECK_INT(bpf_map__value_size(stream("declared")->map), 0);
	CHECK_INT(bpf_map__value_size(stream("perf_declared")->map), 4);
}

TEST(one_pointer_names_the_type)
{
	CHECK(opened(plain_head, "struct one { int a; }; " RING("bare", "") "; const struct one *unused;"));
	CHECK_STR(stream("bare")->plan->type_name, "one");
	CHECK_STR(stream("bare")->how, "a global pointer to the struct");
}

TEST(types_by_length)
{
	struct object_stream *bare, *perf;

	CHECK(opened(plain_head,
		     "struct one { int a[3]; }; struct two { int b[4]; }; struct also_two { int c[4]; }; struct seven { char c[7]; }; struct six { int d[6]; } *v;"
		     "struct one *w; struct two *x; struct also_two *y; struct seven *z;"
		     RING("bare", "") ";" PERF("perf", "__type(key, int); __type(value, int);") ";"));
	bare = (struct object_stream *)stream("bare");
	perf = (struct object_stream *)stream("perf");
	CHECK(bare && !bare->plan);
	CHECK_STR(object_stream_guess(object, bare, 12)->type_name, "one");
	CHECK(!object_stream_guess(object, bare, 16)); /* two of this size */
	CHECK(!object_stream_guess(object, bare, 20));
	CHECK_STR(object_stream_guess(object, bare, 7)->type_name, "seven");
	/* perf pads what it carries, with 4 bytes in front, to a multiple of 8 */
	CHECK_STR(object_stream_guess(object, perf, 28)->type_name, "six");
	CHECK(!object_stream_guess(object, perf, 12)); /* one, or seven with its padding */
}

/* ---- tables ---------------------------------------------------------------------------------------------- */

#define HASH(name, key, value) \
	"struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, " key "); __type(value, " value ");} " \
	name " SEC(\".maps\")"

TEST(tables)
{
	CHECK(opened(skep_head,
		     "SKEP_TOOL(\"x\", SKEP_ABOUT(\"y\")); struct key { char comm[12]; }; struct sum { __u64 n; skep_size_t bytes; };"
		     HASH("sums", "struct key", "struct sum") " SKEP_TABLE(\"Sums\") SKEP_SORT(bytes) SKEP_INTERVAL(\"2s\");"
		     HASH("kept", "__u32", "__u64") " SKEP_TABLE(\"\") SKEP_TAG(\"clear=false\");"
		     HASH("inner", "__u32", "__u64") ";"
		     "SKEP_HIST(sizes, __u32, 16, \"Sizes\", \"bytes\");"));
	CHECK_INT(object->ntables, 3);
	CHECK_STR(object->tables[0].title, "Sums");
	CHECK_STR(object->tables[0].sort, "bytes");
	CHECK(object->tables[0].interval_ns == 2000000000);
	CHECK(object->tables[0].clear);
	CHECK_INT(object->tables[0].key_fields, 1);
	CHECK_INT(object->tables[0].value_offset, 16); /* the key, up to a multiple of 8 */
	CHECK_INT(object->tables[0].plan->fields[2].offset, 24);
	CHECK_STR(object->tables[1].title, "kept");
	CHECK(!object->tables[1].clear);
	CHECK_STR(object->tables[2].title, "Sizes");
	CHECK_INT(object->tables[2].plan->fields[1].kind, VAL_SLOTS);
	CHECK_STR(object->tables[2].plan->fields[1].unit, "bytes");
}

TEST(an_object_that_would_show_nothing_shows_its_maps)
{
	CHECK(opened(plain_head, HASH("map", "__u32", "__u64") ";"
				 "struct h { unsigned int slots[8]; }; struct h hists[3]; long long count; static long long own;"
				 PROG("xdp\") __attribute__((used)) SEC(\"xdp", "p")
				 "SEC(\"xdp\") int q(void *ctx) { count++; own++; hists[1].slots[2]++; return 0; }"));
	CHECK_INT(object->ntables, 0);
	object_tables_all(object);
	CHECK_INT(object->ntables, 3);
	CHECK_STR(object->tables[0].name, "map");
	CHECK(!object->tables[0].clear);
	CHECK_STR(object->tables[1].name, "hists");
	CHECK_INT(object->tables[1].nelems, 3);
	CHECK_INT(object->tables[1].elem_size, 32);
	CHECK_STR(object->tables[1].plan->fields[0].name, "index");
	CHECK_INT(object->tables[1].plan->fields[1].kind, VAL_SLOTS);
	CHECK_STR(object->tables[2].name, "globals");
	CHECK_INT(object->tables[2].plan->nfields, 1);
	CHECK_STR(object->tables[2].plan->fields[0].name, "count");
}
