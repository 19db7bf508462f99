/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test.h: everything a unit test needs. A file of tests/unit is one program, linked with all of
 * skep but main(). A failed check ends its TEST, not the program.
 *
 *	TEST(hex_numbers)
 *	{
 *		uint64_t v;
 *
 *		CHECK_INT(parse_u64("0x10", &v), 0);
 *		CHECK_INT(v, 16);
 *	}
 *
 * NAME of TEST is shown with spaces for underscores. What the tested code writes to stderr goes to
 * a buffer: stderr_text() is what was written since the last call.
 */
#ifndef SKEP_TEST_H
#define SKEP_TEST_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEST_SKIPPED 77

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

static struct test *test_first, **test_last = &test_first;
static int test_stderr = -1; /* where fd 2 of a test goes */
static char *test_verdict;   /* shared with the test's process: "" or what failed, where */
static bool test_over;

/* Runs the function when `name` was declared with TEST; the order is that of the file. */
#define TEST(name)                                                                                 \
	static void test_##name(void);                                                             \
	__attribute__((constructor)) static void test_add_##name(void)                             \
	{                                                                                          \
		static struct test t = { #name, test_##name, NULL };                               \
		*test_last = &t;                                                                   \
		test_last = &t.next;                                                               \
	}                                                                                          \
	static void test_##name(void)

#define TEST_FAIL_(...)                                                                            \
	do {                                                                                       \
		int n_ = snprintf(test_verdict, 256, "%s:%d: ", __FILE__, __LINE__);               \
		snprintf(test_verdict + n_, 4096 - n_, __VA_ARGS__);                               \
		test_over = true;                                                                  \
		return;                                                                            \
	} while (0)

/* In functions called by a TEST (void ones), the checks return from that function only: look at
 * TEST_OVER() after the call. */
#define TEST_OVER() test_over

/* Ends the TEST: this machine cannot. The feature is a name of `skep doctor` or "root"; whether it may be
 * missing here is for tests/skips to say. */
#define SKIP(feature, reason)                                                                      \
	do {                                                                                       \
		snprintf(test_verdict, 4096, "%s: %s", feature, reason);                           \
		fflush(stdout);                                                                    \
		_exit(TEST_SKIPPED);                                                               \
	} while (0)

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (TEST_OVER())                                                                   \
			return;                                                                    \
		if (!(cond))                                                                       \
			TEST_FAIL_("%s", #cond);                                                   \
	} while (0)

#define CHECK_INT(got, want)                                                                       \
	do {                                                                                       \
		long long got_ = (long long)(got), want_ = (long long)(want);                      \
		if (TEST_OVER())                                                                   \
			return;                                                                    \
		if (got_ != want_)                                                                 \
			TEST_FAIL_("%s is %lld, not %lld", #got, got_, want_);                     \
	} while (0)

#define CHECK_STR(got, want)                                                                       \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		if (TEST_OVER())                                                                   \
			return;                                                                    \
		if (!got_ || !want_ ? got_ != want_ : strcmp(got_, want_) != 0)                    \
			TEST_FAIL_("%s is \"%s\", not \"%s\"", #got, got_ ? got_ : "(null)",       \
				   want_ ? want_ : "(null)");                                      \
	} while (0)

/* `text` contains `part`. */
#define CHECK_HAS(text, part)                                                                      \
	do {                                                                                       \
		const char *text_1 = (text), *part_ = (part);                                      \
		if (TEST_OVER())                                                                   \
			return;                                                                    \
		if (!text_1 || !strstr(text_1, part_))                                             \
			TEST_FAIL_("%s is \"%s\", without \"%s\"", #text, text_1 ? text_1 : "(null)", \
				   part_);                                                         \
	} while (0)

#define CHECK_MEM(got, want, len)                                                                  \
	do {                                                                                       \
		if (TEST_OVER())                                                                   \
			return;                                                                    \
		if (memcmp((got), (want), (len)) != 0)                                             \
			TEST_FAIL_("%s differs from %s", #got, #want);                             \
	} while (0)

/* What was written to stderr since the last call; valid until the next. */
__attribute__((unused)) static const char *stderr_text(void)
{
	static char text[65536];
	ssize_t n;

	fflush(stderr);
	n = pread(test_stderr, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = 0;
	if (ftruncate(test_stderr, 0))
		text[0] = 0;
	lseek(test_stderr, 0, SEEK_SET);
	return text;
}

/* "WORD NAME", with ": WHY" when there is one; the name with blanks for underscores. */
static void test_say(const char *word, const char *name, const char *why)
{
	printf("%s ", word);
	for (const char *p = name; *p; p++)
		putchar(*p == '_' ? ' ' : *p);
	printf(why[0] ? ": %s\n" : "%s\n", why);
	fflush(stdout);
}

/* After a failure comes what the test wrote to stderr. */
static bool test_report(const struct test *t)
{
	bool ok = !test_verdict[0];
	char *line, *rest = NULL;

	test_say(ok ? "ok" : "not ok", t->name, test_verdict);
	if (!ok) {
		static char text[65536];

		snprintf(text, sizeof(text), "%s", stderr_text());
		for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			printf("# %s\n", line);
	}
	fflush(stdout);
	return ok;
}

/* One test in a process of its own: what it remembers, leaks or breaks is its own too. */
static bool test_fork(const struct test *t)
{
	int status;
	pid_t pid;
	bool ok;

	test_verdict[0] = 0;
	test_stderr = memfd_create("stderr", MFD_CLOEXEC);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(test_stderr, 2);
		t->run();
		exit(test_verdict[0] != 0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_SKIPPED) {
		close(test_stderr);
		test_say("skip", t->name, test_verdict);
		return true;
	}
	if (status && !test_verdict[0])
		snprintf(test_verdict, 4096, WIFSIGNALED(status) ? "ended by signal %d" : "exit status %d",
			 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	ok = test_report(t);
	close(test_stderr);
	return ok;
}

/* Without arguments every test; with the name of one, that one, in this process (for a debugger). */
int main(int argc, char **argv)
{
	bool failed = false;

	test_verdict = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (struct test *t = test_first; t; t = t->next) {
		if (argc < 2) {
			failed |= !test_fork(t);
		} else if (!strcmp(argv[1], t->name)) {
			test_stderr = memfd_create("stderr", MFD_CLOEXEC);
			t->run();
			failed |= !test_report(t);
		}
	}
	return failed;
}

#endif
