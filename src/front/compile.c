/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * C source → ELF bytes, with the clang of this machine.
 *
 * clang is given everything it needs by options: carried headers, a vmlinux.h when the source asks
 * for one, and the UAPI headers after the machine's own. It is started without a shell; its messages
 * go straight to the user's terminal; the object comes back through a memory file on its standard
 * output, so nothing is written to disk.
 *
 * When the source sends records of a struct that would be missing in BTF (records.c), clang reads
 * the text from its standard input instead, with a `#line` before it and one pointer to each such
 * struct after it. The pointers stand in a section of their own, which libbpf does not load.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front/front.h"
#include "front/scan.h"

#define OLDEST_CLANG 10
#define INCLUDE_DEPTH 8 /* how deep headers next to the source are searched for vmlinux.h */

#if defined(__x86_64__)
#define TARGET_ARCH "x86"
#define MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define TARGET_ARCH "arm64"
#define MULTIARCH "aarch64-linux-gnu"
#elif defined(__riscv)
#define TARGET_ARCH "riscv"
#define MULTIARCH "riscv64-linux-gnu"
#elif defined(__powerpc64__)
#define TARGET_ARCH "powerpc"
#define MULTIARCH "powerpc64le-linux-gnu"
#elif defined(__s390x__)
#define TARGET_ARCH "s390"
#define MULTIARCH "s390x-linux-gnu"
#elif defined(__loongarch64)
#define TARGET_ARCH "loongarch"
#define MULTIARCH "loongarch64-linux-gnu"
#else
#error "add this machine's name for bpf_tracing.h"
#endif

extern char **environ;

/* A command line that owns its words; always ends with NULL. */
struct words {
	char **items;
	size_t n;
};

static void words_add(struct words *w, char *word)
{
	*vec_push(w->items, w->n) = word;
}

static void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->items[i]);
	free(w->items);
	*w = (struct words){0};
}

/* ---- finding clang ----------------------------------------------------------------------------- */

/* "clang-14" → 14; 0 for any other name. */
static long clang_number(const char *name)
{
	char *end;
	long n;

	if (!str_starts(name, "clang-") || !isdigit((unsigned char)name[6]))
		return 0;
	n = strtol(name + 6, &end, 10);
	return *end ? 0 : n;
}

/* The newest clang-N of one folder, when it is newer than `best`. */
static void newest_in(const char *dir, long *best, char **path)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		long n = clang_number(e->d_name);

		if (n <= *best)
			continue;
		*best = n;
		free(*path);
		*path = xasprintf("%s/%s", dir, e->d_name);
	}
	if (d)
		closedir(d);
}

/* Looks for `name` in PATH, or for the newest clang-N when name is NULL. NULL: not there. */
static char *search_path(const char *name)
{
	const char *env = getenv("PATH");
	char *list = xstrdup(env ? env : "/usr/local/bin:/usr/bin:/bin"), *rest = list, *dir;
	char *found = NULL;
	long best = 0;

	while ((dir = strsep(&rest, ":"))) {
		if (!*dir || (name && found))
			continue;
		if (!name) {
			newest_in(dir, &best, &found);
			continue;
		}
		found = xasprintf("%s/%s", dir, name);
		if (access(found, X_OK)) {
			free(found);
			found = NULL;
		}
	}
	free(list);
	return found;
}

static int find_clang(char **path)
{
	const char *own = getenv("SKEP_CLANG");

	if (own && *own) {
		*path = strchr(own, '/') ? xstrdup(own) : search_path(own);
		if (*path && access(*path, X_OK) == 0)
			return 0;
		free(*path);
		return fail(ENOENT, "SKEP_CLANG=%s cannot be run", own);
	}
	*path = search_path("clang");
	if (!*path)
		*path = search_path(NULL);
	if (*path)
		return 0;
	return fail(ENOENT,
		    "C source needs clang, and there is none in PATH. Install it (Debian, Ubuntu: apt "
		    "install clang; Fedora: dnf install clang; Arch: pacman -S clang) or name it in "
		    "SKEP_CLANG; a compiled .bpf.o runs without it");
}

/* ---- running it -------------------------------------------------------------------------------- */

/* Runs the command, its input from in_fd (-1: none) and its output to out_fd; the wait status. */
static int run(const struct words *w, int in_fd, int out_fd, int *status)
{
	posix_spawn_file_actions_t files;
	pid_t pid;
	int err;

	posix_spawn_file_actions_init(&files);
	if (in_fd >= 0)
		posix_spawn_file_actions_adddup2(&files, in_fd, STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out_fd, STDOUT_FILENO);
	err = posix_spawn(&pid, w->items[0], &files, NULL, w->items, environ);
	posix_spawn_file_actions_destroy(&files);
	if (err)
		return fail(err, "%s cannot be started: %s", w->items[0], strerror(err));
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return fail(errno, "%s: lost: %s", w->items[0], strerror(errno));
	return 0;
}

static int memory_file(const void *data, size_t len)
{
	int fd = memfd_create("skep", MFD_CLOEXEC);

	if (fd < 0)
		return fail(errno, "no memory file for clang: %s", strerror(errno));
	if (write(fd, data, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return fail(ENOSPC, "no room for the source in memory");
	}
	return fd;
}

static int read_back(int fd, struct buf *out)
{
	struct stat st;

	if (fstat(fd, &st))
		return fail(errno, "clang's output is lost: %s", strerror(errno));
	if ((size_t)st.st_size > OBJECT_MAX_SIZE)
		return fail(EFBIG, "the object is larger than %u MiB", OBJECT_MAX_SIZE >> 20);
	buf_reserve(out, st.st_size);
	if (pread(fd, out->p, st.st_size, 0) != st.st_size)
		return fail(EIO, "clang's output is cut short");
	out->len = st.st_size;
	out->p[out->len] = '\0';
	return 0;
}

/* "Debian clang version 14.0.6" → 14; 0 when it does not say. */
static long clang_version(const char *path)
{
	struct words w = {0};
	struct buf text = {0};
	const char *at;
	long version = 0;
	int status, fd = memory_file("", 0);

	words_add(&w, xstrdup(path));
	words_add(&w, xstrdup("--version"));
	words_add(&w, NULL);
	if (fd >= 0 && run(&w, -1, fd, &status) == 0 && read_back(fd, &text) == 0 && text.len) {
		at = strstr(text.p, "version ");
		version = at ? strtol(at + 8, NULL, 10) : 0;
	}
	if (fd >= 0)
		close(fd);
	buf_free(&text);
	words_free(&w);
	return version;
}

/* After clang's own messages; only what they do not say. */
static int explain(const char *clang, const char *path, int status)
{
	long version;

	if (WIFSIGNALED(status))
		return fail(ENOEXEC, "%s was killed by signal %d (%s) while it compiled %s", clang,
			    WTERMSIG(status), strsignal(WTERMSIG(status)), path);
	version = clang_version(clang);
	if (version && version < OLDEST_CLANG)
		return fail(ENOEXEC, "%s is version %ld; BPF programs need clang %d or newer", clang,
			    version, OLDEST_CLANG);
	return -ENOEXEC;
}

/* ---- what clang is given ----------------------------------------------------------------------- */

/* The name in an #include line of quotes: `#include "x.h"` → x.h; NULL for any other directive. */
static char *quoted_include(const struct front_token *t)
{
	const char *end = t->p + t->len, *p = t->p + 1, *close;

	while (p < end && isblank((unsigned char)*p))
		p++;
	if (end - p < 7 || memcmp(p, "include", 7) != 0)
		return NULL;
	for (p += 7; p < end && isblank((unsigned char)*p); p++)
		;
	if (p == end || *p != '"')
		return NULL;
	close = memchr(p + 1, '"', end - p - 1);
	return close ? xstrndup(p + 1, close - p - 1) : NULL;
}

static bool wants_vmlinux(const char *dir, const struct front_text *text, int depth);

static bool header_wants_vmlinux(const char *dir, const char *name, int depth)
{
	char *path = xasprintf("%s/%s", dir, name), *below = front_dir_of(path);
	struct front_text text;
	bool wants = false;

	if (depth < INCLUDE_DEPTH && front_scan(path, &text) == 0) {
		wants = wants_vmlinux(below, &text, depth + 1);
		front_scan_free(&text);
	}
	free(below);
	free(path);
	return wants;
}

/* Does the text, or a header next to it that it includes, include a vmlinux.h that is not there? */
static bool wants_vmlinux(const char *dir, const struct front_text *text, int depth)
{
	char *there = xasprintf("%s/vmlinux.h", dir);
	bool wants = false, have = access(there, R_OK) == 0;

	free(there);
	for (size_t i = 0; i < text->n && !wants && !have; i++) {
		const struct front_token *t = &text->tokens[i];
		char *name;

		if (t->kind != TOKEN_DIRECTIVE)
			continue;
		wants = memmem(t->p, t->len, "vmlinux.h", 9) != NULL;
		name = wants ? NULL : quoted_include(t);
		if (name)
			wants = header_wants_vmlinux(dir, name, depth);
		free(name);
	}
	return wants;
}

static int add_vmlinux(struct words *w)
{
	char *path;
	int err = front_vmlinux_h(&path);

	if (err)
		return err;
	words_add(w, xstrdup("-isystem"));
	words_add(w, front_dir_of(path));
	free(path);
	return 0;
}

static int add_includes(struct words *w, const char *dir, const struct front_text *text)
{
	char *headers;
	int err = front_headers(&headers);

	if (err)
		return err;
	words_add(w, xasprintf("-I%s", dir));
	words_add(w, xstrdup("-isystem"));
	words_add(w, xstrdup(headers));
	if (wants_vmlinux(dir, text, 0))
		err = add_vmlinux(w);
	/* Where Debian keeps the half of its headers that clang does not search for BPF. */
	words_add(w, xstrdup("-idirafter"));
	words_add(w, xstrdup("/usr/include/" MULTIARCH));
	words_add(w, xstrdup("-idirafter"));
	words_add(w, xasprintf("%s/uapi", headers));
	free(headers);
	return err;
}

static void add_flags(struct words *w)
{
	static const char *const flags[] = {
		"-g", "-O2", "-target", "bpf", "-mcpu=v3", "-D__TARGET_ARCH_" TARGET_ARCH,
		/* Distributions turn it on for everything; BPF has nothing to call. */
		"-fno-stack-protector",
		/* Kernels of 6.19 and later embed named structs without a member name. */
		"-fms-extensions", "-Wno-microsoft-anon-tag",
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		words_add(w, xstrdup(flags[i]));
	if (isatty(STDERR_FILENO))
		words_add(w, xstrdup("-fcolor-diagnostics"));
}

/* Words of $SKEP_CFLAGS, separated by blanks. */
static void add_own_flags(struct words *w)
{
	const char *env = getenv("SKEP_CFLAGS");
	char *list = xstrdup(env ? env : ""), *rest = list, *word;

	while ((word = strsep(&rest, " \t")))
		if (*word)
			words_add(w, xstrdup(word));
	free(list);
}

/* Is a typedef of this name closed at the outermost level: `typedef … NAME;`? */
static bool has_typedef(const struct front_text *text, const char *name)
{
	for (size_t i = 0; i < text->n; i++) {
		const struct front_token *t = &text->tokens[i];

		if (t->kind == TOKEN_MARK && *t->p == '{') {
			i = front_skip_group(text, i) - 1;
			continue;
		}
		if (t->kind != TOKEN_NAME || !front_token_is(t, "typedef"))
			continue;
		while (i + 1 < text->n && !front_token_is(&text->tokens[i + 1], ";")) {
			t = &text->tokens[i + 1];
			i = *t->p == '{' ? front_skip_group(text, i + 1) - 1 : i + 1;
		}
		if (front_token_is(&text->tokens[i], name))
			return true;
	}
	return false;
}

/* `#line 1 "path"`, the path as a C string. */
static void add_line_directive(struct buf *out, const char *path)
{
	buf_puts(out, "#line 1 \"");
	for (; *path; path++) {
		if (*path == '"' || *path == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *path);
	}
	buf_puts(out, "\"\n");
}

/* The source for clang's standard input, when types must be added to it; else empty. */
static void with_types(const char *path, const struct front_text *text, struct buf *out)
{
	struct front_records records;

	front_find_records(text, &records);
	for (size_t i = 0; i < records.n; i++) {
		const struct front_record *r = &records.items[i];

		bool is_typedef = has_typedef(text, r->type);

		if (!r->is_struct && !is_typedef)
			continue;
		if (!out->len) {
			add_line_directive(out, path);
			buf_add(out, text->source.p, text->source.len);
			buf_puts(out, "\n#line 1 \"types of records\"\n");
		}
		buf_printf(out, "%s%s *skep_record_%zu __attribute__((section(\"skep_records\"), used));\n",
			   r->is_struct && (*r->map || !is_typedef) ? "struct " : "", r->type, i);
	}
	front_records_free(&records);
}

static int compile(const struct words *w, const char *path, int in_fd, struct buf *elf)
{
	int status, err, out_fd = memory_file("", 0);

	if (out_fd < 0)
		return out_fd;
	err = run(w, in_fd, out_fd, &status);
	if (!err && status)
		err = explain(w->items[0], path, status);
	if (!err)
		err = read_back(out_fd, elf);
	close(out_fd);
	return err;
}

/* The source file itself, or "-" and the text with types added. */
static int compile_text(struct words *w, const char *path, const struct front_text *text,
			struct buf *elf)
{
	struct buf input = {0};
	int err, fd = -1;

	with_types(path, text, &input);
	if (input.len) {
		fd = memory_file(input.p, input.len);
		if (fd < 0) {
			buf_free(&input);
			return fd;
		}
	}
	words_add(w, xstrdup("-c"));
	words_add(w, xstrdup("-o"));
	words_add(w, xstrdup("-"));
	words_add(w, xstrdup("-xc"));
	words_add(w, input.len ? xstrdup("-") : xasprintf("%s%s", *path == '-' ? "./" : "", path));
	words_add(w, NULL);
	err = compile(w, path, fd, elf);
	if (fd >= 0)
		close(fd);
	buf_free(&input);
	return err;
}

static int read_source(const char *path, struct front_text *text)
{
	int err = front_scan(path, text);

	switch (-err) {
	case 0:
		return 0;
	case ENOENT:
		return fail(ENOENT, "%s: there is no such file", path);
	case EFBIG:
		return fail(EFBIG, "%s is larger than %u MiB; is it C source?", path,
			    FRONT_SOURCE_MAX >> 20);
	default:
		return fail(-err, "%s cannot be read: %s", path, strerror(-err));
	}
}

int front_compile(const char *path, struct buf *elf)
{
	struct words w = {0};
	struct front_text text;
	char *clang, *dir;
	int err = read_source(path, &text);

	if (err)
		return err;
	dir = front_dir_of(path);
	err = find_clang(&clang);
	if (!err) {
		words_add(&w, clang);
		add_flags(&w);
		err = add_includes(&w, dir, &text);
	}
	if (!err) {
		add_own_flags(&w);
		err = compile_text(&w, path, &text, elf);
	}
	words_free(&w);
	free(dir);
	front_scan_free(&text);
	return err;
}
