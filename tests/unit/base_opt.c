/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The option parser and its help, buffers, vectors, files. */
#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"
#include "test.h"

/* What was set, "name=value;" for each, in order. */
static struct buf seen;

static int set(const struct opt *o, const char *value, void *ctx)
{
	buf_printf(&seen, "%s=%s;", o->name, value ? value : "-");
	return value && strcmp(value, "bad") == 0 ? fail(EINVAL, "--%s: bad", o->name) : 0;
}

static const struct opt first[] = {
	{"pid", 'p', "PID", "a process", set, NULL, 0},
	{"failed", 'x', NULL, "only failed ones", set, NULL, 0},
	{"secret", 0, NULL, NULL, set, NULL, 0},
};

static const struct opt second[] = {
	{"max-args", 0, "N", "how many", set, NULL, 0},
	{"verbose", 'v', NULL, "say more", set, NULL, 0},
	{"pid", 'q', "PID", "shadowed by the first", set, NULL, 0},
	{"a-very-long-option-name", 'a', "METAVARIABLE", "help behind a long name", set, NULL, 0},
};

static const struct opt_group groups[] = {
	{"First", first, ARRAY_SIZE(first), NULL},
	{"Second", second, ARRAY_SIZE(second), "a note under them"},
	{"Empty", NULL, 0, NULL},
};

static struct opt_result result;

/* argv by words; returns what was set. */
static const char *parse(bool stop, const char *line)
{
	static char copy[512], *argv[32];
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	argv[0] = "test";
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	seen.len = 0;
	buf_puts(&seen, "");
	if (opt_parse(argc, argv, 1, groups, ARRAY_SIZE(groups), stop, &result))
		return "refused";
	return seen.p;
}

TEST(spellings)
{
	CHECK_STR(parse(false, ""), "");
	CHECK_STR(parse(false, "--pid 5"), "pid=5;");
	CHECK_STR(parse(false, "--pid=5"), "pid=5;");
	CHECK_STR(parse(false, "--pid="), "pid=;");
	CHECK_STR(parse(false, "-p 5"), "pid=5;");
	CHECK_STR(parse(false, "-p5"), "pid=5;");
	CHECK_STR(parse(false, "-p=5"), "pid=5;");
	CHECK_STR(parse(false, "-q 5"), "pid=5;");
	CHECK_STR(parse(false, "-xv"), "failed=-;verbose=-;");
	CHECK_STR(parse(false, "-xvp5"), "failed=-;verbose=-;pid=5;");
	CHECK_STR(parse(false, "-xp 5 -v"), "failed=-;pid=5;verbose=-;");
	CHECK_STR(parse(false, "--failed --no-failed"), "failed=-;failed=no;");
	CHECK_STR(parse(false, "--failed=yes"), "failed=yes;");
	CHECK_STR(parse(false, "--max-args 1 --max_args 2 --max_args=3"), "max-args=1;max-args=2;max-args=3;");
	CHECK_STR(parse(false, "--pid -5"), "pid=-5;");
	CHECK_STR(stderr_text(), "");
}

TEST(words_and_commands)
{
	CHECK_STR(parse(false, "one --pid 5 two -"), "pid=5;");
	CHECK_INT(result.nargs, 3);
	CHECK_STR(result.args[0], "one");
	CHECK_STR(result.args[2], "-");
	CHECK(!result.dashes);
	free(result.args);
	CHECK_STR(parse(false, "-x -- ls -p 5"), "failed=-;");
	CHECK(result.dashes);
	CHECK_INT(result.next, 3);
	CHECK_INT(result.nargs, 0);
	CHECK_STR(parse(true, "-x run -v"), "failed=-;");
	CHECK_INT(result.next, 2);
	CHECK(!result.dashes);
}

TEST(mistakes)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
		{"--piid 5", "unknown option --piid; did you mean --pid?"},
		{"--zzzzzzz", "unknown option --zzzzzzz; --help lists the options"},
		{"-z", "unknown option -z; --help lists the options"},
		{"-xz", "unknown option -z; --help lists the options"},
		{"--pid", "option --pid needs a value: --pid PID"},
		{"-p", "option -p needs a value: -p PID"},
		{"--no-pid", "unknown option --no-pid"},
		{"--no-failed=1", "unknown option --no-failed"},
		{"--pi=5", "unknown option --pi; did you mean --pid?"},
		{"--pid bad", "--pid: bad"},
		{"one -p bad two", "--pid: bad"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_STR(parse(false, cases[i].line), "refused");
		CHECK_HAS(stderr_text(), cases[i].message);
		CHECK(!result.args);
	}
}

TEST(help_page)
{
	struct buf out = {0};

	opt_help(&out, groups, ARRAY_SIZE(groups));
	CHECK_STR(out.p, "\nFirst:\n"
			 "  -p, --pid PID             a process\n"
			 "  -x, --failed              only failed ones\n"
			 "\nSecond:\n"
			 "      --max-args N          how many\n"
			 "  -v, --verbose             say more\n"
			 "  -q, --pid PID             shadowed by the first\n"
			 "  -a, --a-very-long-option-name METAVARIABLE help behind a long name\n"
			 "  a note under them\n");
	buf_free(&out);
}

TEST(buffers)
{
	struct buf b = {0};

	buf_puts(&b, "");
	CHECK_STR(b.p, "");
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "%d,", i % 10);
	CHECK_INT(b.len, 20000);
	CHECK_INT(strlen(b.p), 20000);
	CHECK_MEM(b.p + 19990, "5,6,7,8,9,", 10);
	b.len = 0;
	buf_add(&b, "a\0b", 3);
	buf_putc(&b, 'c');
	CHECK_INT(b.len, 4);
	CHECK_MEM(b.p, "a\0bc\0", 5);
	buf_add(&b, NULL, 0);
	CHECK_INT(b.len, 4);
	buf_free(&b);
	CHECK(!b.p && !b.len && !b.cap);
}

TEST(vectors)
{
	int *items = NULL;
	size_t n = 0;

	for (int i = 0; i < 1000; i++) {
		int *p = vec_push(items, n);

		CHECK_INT(*p, 0);
		*p = i;
	}
	CHECK_INT(n, 1000);
	for (int i = 0; i < 1000; i++)
		CHECK_INT(items[i], i);
	free(items);
}

TEST(messages)
{
	CHECK_INT(fail(ENOENT, "no %s", "file"), -ENOENT);
	CHECK_STR(stderr_text(), "skep: no file\n");
	warn("careful");
	CHECK_STR(stderr_text(), "skep: warning: careful\n");
	note("quiet");
	CHECK_STR(stderr_text(), "");
	base_verbosity = 1;
	note("told");
	CHECK_STR(stderr_text(), "skep: told\n");
	CHECK_INT(base_complaints(), 2);
}

TEST(files)
{
	char dir[] = "/tmp/skep-unit-XXXXXX", *path, *deep;
	struct buf b = {0};
	struct stat st;

	CHECK(mkdtemp(dir));
	path = xasprintf("%s/file", dir);
	CHECK_INT(file_write_atomic(path, "text", 4), 0);
	CHECK_INT(file_read(path, 100, &b), 0);
	CHECK_STR(b.p, "text");
	CHECK_INT(file_read(path, 3, &b), -EFBIG);
	CHECK_INT(file_read("/nonexistent/file", 100, &b), -ENOENT);
	CHECK_INT(file_write_atomic("/nonexistent/dir/file", "x", 1), -ENOENT);
	deep = xasprintf("%s/a/b/c", dir);
	CHECK_INT(dir_make(deep), 0);
	CHECK_INT(dir_make(deep), 0);
	CHECK(stat(deep, &st) == 0 && S_ISDIR(st.st_mode));
	for (int i = 0; i < 3; i++) {
		rmdir(deep);
		*strrchr(deep, '/') = 0;
	}
	unlink(path);
	CHECK_INT(rmdir(dir), 0);
	buf_free(&b);
	free(path);
	free(deep);
}

TEST(cache_folder_of_somebody_else)
{
	char dir[] = "/tmp/skep-unit-XXXXXX", *path;

	CHECK(mkdtemp(dir));
	setenv("SKEP_CACHE", dir, 1);
	CHECK_INT(cache_dir(&path), 0);
	CHECK_STR(path, dir);
	free(path);
	CHECK_INT(chmod(dir, 0777), 0);
	CHECK_INT(cache_dir(&path), -EPERM);
	rmdir(dir);
}
