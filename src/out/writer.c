/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The writer: columns are chosen once a stream, formats append text, and here it is written, in large
 * pieces. When a write fails, the rows that did not get out are counted.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "out/out_int.h"

#define WRITE_AT (128u << 10) /* bytes gathered before they are written without being asked */

#define FORMAT(name) extern const struct out_format out_format_##name;
#include "formats.def"
#undef FORMAT

static const struct out_format *const formats[] = {
#define FORMAT(name) &out_format_##name,
#include "formats.def"
#undef FORMAT
};

const char *const *out_formats(size_t *n)
{
	static const char *names[ARRAY_SIZE(formats)];

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		names[i] = formats[i]->name;
	*n = ARRAY_SIZE(formats);
	return names;
}

static const struct out_format *find_format(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

static void set_clock(struct out *out)
{
	struct timespec real, mono;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	out->real_offset = (real.tv_sec - mono.tv_sec) * 1000000000ll + real.tv_nsec - mono.tv_nsec;
}

static void look_at_terminal(struct out *out)
{
	struct winsize ws;

	if (!out->tty)
		return;
	out->tty_width = !out->opts.wide && ioctl(out->fd, TIOCGWINSZ, &ws) == 0 ? ws.ws_col : 0;
}

int out_open(const struct out_options *opts, struct out **result)
{
	const struct out_format *format = find_format(opts->format ? opts->format : "table");
	const char *term = getenv("TERM");
	struct out *out;

	if (!format)
		return fail(EINVAL, "there is no output format '%s'", opts->format);
	out = xalloc(sizeof(*out));
	out->opts = *opts;
	out->format = format;
	out->fd = STDOUT_FILENO;
	out->cached_second = -1;
	if (opts->file) {
		out->fd = open(opts->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (out->fd < 0) {
			int err = fail(errno, "cannot write to %s: %s", opts->file, strerror(errno));

			free(out);
			return err;
		}
		out->own_fd = true;
	}
	out->tty = isatty(out->fd);
	out->color = out->tty && !getenv("NO_COLOR") && !(term && strcmp(term, "dumb") == 0);
	set_clock(out);
	look_at_terminal(out);
	*result = out;
	return 0;
}

int out_begin(struct out *out)
{
	/* A device or pipe cannot be cut, and need not be. */
	if (out->own_fd && ftruncate(out->fd, 0) && errno != EINVAL)
		return fail(errno, "cannot write to %s: %s", out->opts.file, strerror(errno));
	return 0;
}

/* ---- columns --------------------------------------------------------------------------------------------- */

static char *upper(const char *s)
{
	const char *dot = strrchr(s, '.');
	char *t = xstrdup(dot ? dot + 1 : s);

	for (char *p = t; *p; p++)
		*p = toupper((unsigned char)*p);
	return t;
}

/* "key": in lower case, with the unit in the name of a duration, so that a program need not guess. */
static char *json_key(const struct val_field *f)
{
	const char *suffix = f->kind == VAL_DURATION ? "_ns" : f->kind == VAL_DURATION_US ? "_us" : "";
	char *key = xasprintf(",\"%s%s\":", f->name, str_ends(f->name, suffix) ? "" : suffix);

	for (char *p = key; *p; p++)
		*p = tolower((unsigned char)*p);
	return key;
}

static uint32_t default_width(const struct val_field *f)
{
	static const struct {
		enum val_kind kind;
		uint32_t width;
	} widths[] = {
		{VAL_TIME, 12}, {VAL_DURATION, 8}, {VAL_DURATION_US, 8}, {VAL_ERRNO, 7},  {VAL_SIGNAL, 9},
		{VAL_WSTATUS, 8}, {VAL_IPV4, 15}, {VAL_IPV6, 25}, {VAL_IP, 15}, {VAL_PORT_BE, 5}, {VAL_MAC, 17},
		{VAL_TCP_STATE, 11}, {VAL_IPPROTO, 5}, {VAL_POINTER, 18}, {VAL_HEX, 10}, {VAL_OCTAL, 4},
		{VAL_BOOL, 5}, {VAL_STR, 16}, {VAL_ARGV, 16}, {VAL_SIZE, 10}, {VAL_OFLAGS, 20}, {VAL_ENUM, 12},
	};

	if (f->width)
		return f->width;
	if (f->kind == VAL_CHARS)
		return f->size > 24 ? 24 : f->size;
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		if (widths[i].kind == f->kind)
			return widths[i].width;
	return f->size <= 1 ? 3 : f->size <= 2 ? 5 : f->size <= 4 ? 7 : 10;
}

static bool stands_right(enum val_kind kind)
{
	return kind == VAL_UINT || kind == VAL_INT || kind == VAL_FLOAT || kind == VAL_DURATION ||
	       kind == VAL_DURATION_US || kind == VAL_SIZE || kind == VAL_PORT_BE || kind == VAL_OCTAL;
}

static void add_column(struct out_stream *s, const struct val_field *f)
{
	struct out_column *c = vec_push(s->columns, s->ncolumns);

	c->field = f;
	c->title = f->title ? xstrdup(f->title) : upper(f->name);
	if (f->unit && f->kind != VAL_SLOTS) {
		char *t = xasprintf("%s(%s)", c->title, f->unit);

		free(c->title);
		c->title = t;
	}
	c->key = json_key(f);
	c->width = default_width(f);
	if (strlen(c->title) > c->width)
		c->width = strlen(c->title);
	c->right = stands_right(f->kind);
}

/* Shown without being named? Those that belong to an option with that option; in a table times only
 * with -T. */
static bool shown(const struct out *out, const struct val_field *f)
{
	if (f->shown_by && out->opts.option_set)
		return out->opts.option_set(f->shown_by, out->opts.ctx);
	if (out->format->all_columns)
		return true;
	if (f->instead_of)
		return false;
	if (f->kind == VAL_TIME && !f->title)
		return out->opts.timestamp;
	return !f->hidden;
}

static void choose_columns(struct out_stream *s)
{
	for (size_t i = 0; i < s->plan->nfields; i++) {
		const struct val_field *f = &s->plan->fields[i];

		if (f->kind != VAL_SLOTS && shown(s->out, f))
			add_column(s, f);
	}
	for (size_t i = 0; i < s->plan->nfields && !s->out->format->all_columns; i++)
		for (size_t c = 0; s->plan->fields[i].instead_of && c < s->ncolumns; c++)
			if (strcmp(s->columns[c].field->name, s->plan->fields[i].instead_of) == 0)
				s->columns[c].instead = &s->plan->fields[i];
}

static const struct val_field *column_by_name(const struct val_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->nfields; i++) {
		const struct val_field *f = &plan->fields[i];

		if (strcasecmp(f->name, name) == 0 || (f->title && strcasecmp(f->title, name) == 0))
			return f;
	}
	return NULL;
}

static int named_columns(struct out_stream *s, const char *list)
{
	char *copy = xstrdup(list), *save = NULL;
	int err = 0;

	for (char *w = strtok_r(copy, ", ", &save); w && !err; w = strtok_r(NULL, ", ", &save)) {
		const struct val_field *f = column_by_name(s->plan, w);
		struct buf names = {0};

		if (f) {
			add_column(s, f);
			continue;
		}
		for (size_t i = 0; i < s->plan->nfields; i++)
			buf_printf(&names, "%s%s", i ? ", " : "", s->plan->fields[i].name);
		err = fail(EINVAL, "--columns: %s has no column '%s'; it has %s", s->name, w, names.p);
		buf_free(&names);
	}
	free(copy);
	return err;
}

static void stream_free(struct out_stream *s)
{
	for (size_t i = 0; i < s->ncolumns; i++) {
		free(s->columns[i].title);
		free(s->columns[i].key);
		buf_free(&s->columns[i].memo.text);
	}
	free(s->columns);
	free(s);
}

struct out_stream *out_stream(struct out *out, const char *name, const struct val_plan *plan)
{
	struct out_stream *s = xalloc(sizeof(*s));

	s->out = out;
	s->name = name;
	s->plan = plan;
	for (size_t i = 0; plan && i < plan->nfields && !s->time; i++)
		if (plan->fields[i].kind == VAL_TIME)
			s->time = &plan->fields[i];
	if (plan && out->opts.columns) {
		if (named_columns(s, out->opts.columns)) {
			stream_free(s);
			return NULL;
		}
	} else if (plan) {
		choose_columns(s);
	}
	s->next = out->streams;
	out->streams = s;
	return s;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

void out_line_done(struct out *out)
{
	out->extra_lines_pending++;
}

/* Headings come with the first row of a stream, and again when the stream changes. */
static void begin_row(struct out_stream *s)
{
	struct out *out = s->out;

	if (out->last == s)
		return;
	out->last = s;
	if (!out->opts.no_header && out->format->header && s->plan)
		out->format->header(s);
}

int out_row(struct out_stream *s, const void *rec, size_t len)
{
	struct out *out = s->out;

	if (out->error) {
		out->rows_dropped++;
		return out->error;
	}
	begin_row(s);
	if (s->plan)
		out->format->row(s, rec, len);
	else
		out->format->raw(s, rec, len);
	out->rows_pending++;
	return out->text.len >= WRITE_AT ? out_flush(out) : 0;
}

void out_header(struct out_stream *s)
{
	begin_row(s);
}

int out_text(struct out *out, uint64_t time_ns, const char *text, size_t len)
{
	if (out->error) {
		out->rows_dropped++;
		return out->error;
	}
	out->format->text(out, time_ns ? time_ns : out_now(), text, len);
	out->rows_pending++;
	return out->text.len >= WRITE_AT ? out_flush(out) : 0;
}

int out_section(struct out *out, const char *title)
{
	free(out->section);
	out->section = xstrdup(title);
	out->last = NULL; /* headings again */
	if (out->format->section && !out->error)
		out->format->section(out, title);
	return out->error;
}

int out_hist(struct out_stream *s, const void *rec, size_t len, const struct val_field *slots)
{
	if (!s->out->error)
		s->out->format->hist(s, rec, len, slots);
	return s->out->error;
}

int out_losses(struct out *out, const struct out_loss *losses, size_t n)
{
	if (!out->error)
		out->format->losses(out, losses, n);
	else if (out->error != -EPIPE) /* there is nowhere else to say it */
		out_format_table.losses(out, losses, n);
	return out->error;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

volatile int out_give_up;

static size_t count_lines(const char *p, size_t len)
{
	size_t n = 0;

	for (const char *end = p + len; (p = memchr(p, '\n', end - p)); p++)
		n++;
	return n;
}

/* Headings stand in front of rows, so of the lines that got out the first are theirs. */
static void account_partial(struct out *out, size_t written)
{
	uint64_t lines = count_lines(out->text.p, written), extra = out->extra_lines_pending;
	uint64_t rows = lines > extra ? lines - extra : 0;

	if (rows > out->rows_pending)
		rows = out->rows_pending;
	out->rows_written += rows;
	out->rows_dropped += out->rows_pending - rows;
}

static int write_failed(struct out *out, int err, size_t written)
{
	account_partial(out, written);
	out->error = -err;
	/* A reader that went away (head, less) is no error to shout about. */
	if (err != EPIPE && err != EINTR)
		fail(err, "cannot write to %s: %s", out->opts.file ? out->opts.file : "standard output",
		     strerror(err));
	return -err;
}

int out_flush(struct out *out)
{
	size_t done = 0;
	int err = 0;

	if (out->error)
		return out->error;
	while (done < out->text.len && !err) {
		ssize_t n = write(out->fd, out->text.p + done, out->text.len - done);

		if (n >= 0)
			done += n;
		else if (errno != EINTR || out_give_up)
			err = write_failed(out, errno, done);
	}
	if (!err)
		out->rows_written += out->rows_pending;
	out->rows_pending = out->extra_lines_pending = 0;
	out->text.len = 0;
	set_clock(out);
	look_at_terminal(out);
	return err;
}

void out_stats(const struct out *out, uint64_t *written, uint64_t *dropped)
{
	*written = out->rows_written;
	*dropped = out->rows_dropped;
}

int out_close(struct out *out)
{
	int err;

	if (!out)
		return 0;
	err = out_flush(out);
	if (out->own_fd && close(out->fd) && !err)
		err = fail(errno, "cannot write to %s: %s", out->opts.file, strerror(errno));
	while (out->streams) {
		struct out_stream *next = out->streams->next;

		stream_free(out->streams);
		out->streams = next;
	}
	buf_free(&out->text);
	free(out->section);
	free(out);
	return err;
}
