/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * base: what every folder needs and the C library lacks: diagnostics, growable buffers, vectors,
 * numbers with units, option tables, whole-file input.
 *
 * Owner: a buffer or vector belongs to the struct it is embedded in, freed with buf_free()/free().
 * Failure: functions return 0 or -errno. The place that knows what went wrong writes the one message
 * (fail()) and returns; callers only unwind. Running out of memory ends the process.
 * Must not know: BPF, libbpf, the kernel, output formats.
 */
#ifndef SKEP_BASE_H
#define SKEP_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Exit statuses of the binary; documented in the man page. */
enum base_exit {
	EXIT_OK = 0,      /* done, Ctrl-C included */
	EXIT_FAILED = 1,  /* it was understood but could not be done */
	EXIT_USAGE = 2,   /* the command line or an option's value is wrong */
	EXIT_CANNOT = 3,  /* this kernel or these privileges do not allow it */
};

/* ---- diagnostics: stderr, one line, "NAME: text" ---------------------------------------------- */

extern int base_verbosity;       /* -v: 1 shows note(), 2 shows libbpf's own log */
extern const char *base_progname; /* "skep", or the name the binary was called by */

/* Prints the message and returns -err (err > 0), so that `return fail(ENOENT, ...)` reads well. */
int fail(int err, const char *fmt, ...) PRINTF(2, 3);
void warn(const char *fmt, ...) PRINTF(1, 2);
void note(const char *fmt, ...) PRINTF(1, 2);
/* How many warnings and errors were printed so far. */
unsigned base_complaints(void);

/* ---- memory ----------------------------------------------------------------------------------- */

void *xalloc(size_t size); /* zeroed; ends the process when there is no memory */
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF(1, 2);

/* A growable byte buffer; p is always NUL-terminated once anything was added. */
struct buf {
	char *p;
	size_t len, cap;
};

void buf_grow_(struct buf *b, size_t more);

/* Room for `more` bytes and the NUL. */
static inline void buf_reserve(struct buf *b, size_t more)
{
	if (b->len + more >= b->cap)
		buf_grow_(b, more);
}

static inline void buf_add(struct buf *b, const void *data, size_t len)
{
	buf_reserve(b, len);
	if (len)
		memcpy(b->p + b->len, data, len);
	b->len += len;
	b->p[b->len] = '\0';
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void buf_putc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->p[b->len++] = c;
	b->p[b->len] = '\0';
}

void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
void buf_free(struct buf *b);

/* vec_push(items, n): room for one more in `items`, a pointer with n elements; yields its address. */
#define vec_push(items, n) \
	(vec_grow_((void **)&(items), (n), sizeof(*(items))), &(items)[(n)++])
void vec_grow_(void **items, size_t n, size_t size);

/* ---- strings and numbers ---------------------------------------------------------------------- */

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* Shell glob without character classes: '*' and '?'. */
bool str_glob(const char *pattern, const char *s);
/* The candidate closest to s by edit distance, NULL when none is close; for "did you mean". */
const char *str_closest(const char *s, const char *const *candidates, size_t n);

/* Each parses the whole string; -EINVAL when it is no number, -ERANGE when it does not fit.
 * Decimal, 0x hex, 0 octal and 0b binary; '_' may group digits. */
int parse_u64(const char *s, uint64_t *out);
int parse_s64(const char *s, int64_t *out);
/* Duration in ns: "5", "5s", "200ms", "1.5h"; a bare number is in units of `unit_ns`. */
int parse_duration(const char *s, uint64_t unit_ns, uint64_t *ns);
/* Size in bytes: "4096", "64K", "1.5MiB", "2G"; powers of 1024. */
int parse_size(const char *s, uint64_t *bytes);

/* ---- files ------------------------------------------------------------------------------------ */

/* Reads a whole file (or "-" for stdin) of at most `limit` bytes into `out`. Says nothing itself. */
int file_read(const char *path, size_t limit, struct buf *out);
/* Writes a file by a temporary beside it and rename, so that readers never see half of it. */
int file_write_atomic(const char *path, const void *data, size_t len);
/* mkdir -p */
int dir_make(const char *path);
/* Directory for things that can be made again: $SKEP_CACHE, else $XDG_CACHE_HOME/skep, else
 * ~/.cache/skep, else /tmp/skep-UID; created 0700 and refused when somebody else owns it.
 * -errno when there is none. Returns a heap string in *path. */
int cache_dir(char **path);

/* ---- option tables ---------------------------------------------------------------------------- */

/*
 * One option. Options of the command, of the session and of the object being run are all rows of
 * this table; parsing, --help, completion and the man page come from the same rows.
 */
struct opt {
	const char *name;  /* long name with dashes */
	char letter;       /* short name, 0 when it has none */
	const char *arg;   /* metavariable; NULL for a flag */
	const char *help;  /* one line */
	/* Stores the value (NULL for a flag given without one; "no" for --no-NAME). Prints its own message. */
	int (*set)(const struct opt *o, const char *value, void *ctx);
	void *ctx;         /* what set() writes to */
	long data;         /* for set(): an offset, an enum … */
};

struct opt_group {
	const char *title; /* heading in --help */
	const struct opt *opts;
	size_t n;
	const char *note;  /* printed under the rows, may be NULL */
};

/* Where parsing stopped: argv[next] is the first word not consumed. */
struct opt_result {
	int next;          /* index of the word after "--", or argc */
	bool dashes;       /* "--" was seen: argv[next…] is a command */
	const char **args; /* positional words, borrowed from argv; free() the array */
	size_t nargs;
};

/* Parses argv[first…] against the groups (first match wins for a long name or a letter).
 * stop_at_arg: end at the first positional word. Returns 0, or -EINVAL after one message. */
int opt_parse(int argc, char **argv, int first, const struct opt_group *groups, size_t ngroups,
	      bool stop_at_arg, struct opt_result *res);
void opt_help(struct buf *out, const struct opt_group *groups, size_t ngroups);

#endif
