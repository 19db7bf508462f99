/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared inside out/ only: the writer, its streams, and what a format is made of.
 *
 * A format is one file format_NAME.c with `const struct out_format out_format_NAME`; the build finds
 * it. Formats append text to out->text; writer.c sends it on. One row ends with one newline: that is
 * how rows that reached the file are counted when a write fails half way.
 */
#ifndef SKEP_OUT_INT_H
#define SKEP_OUT_INT_H

#include "out/out.h"

/*
 * What a column showed last, as bytes of the record and as the text made of them. Rows of a busy
 * system repeat themselves (the same process, user, result), and comparing a few bytes is cheaper than
 * making their text again.
 */
#define MEMO_MAX 64
struct out_memo {
	bool valid;
	uint32_t len;
	char bytes[MEMO_MAX];
	struct buf text;
};

/* A field chosen for output. */
struct out_column {
	const struct val_field *field;
	const struct val_field *instead; /* shown when `field` is empty */
	char *title;                     /* table heading */
	char *key;                       /* JSON key with quotes, colon and a comma in front */
	uint32_t width;                  /* table: grows with what was shown */
	bool right;                      /* table: numbers stand right */
	struct out_memo memo;
};

struct out_stream {
	struct out *out;
	const char *name;
	const struct val_plan *plan;
	struct out_column *columns;
	size_t ncolumns;
	const struct val_field *time;    /* the field that says when, NULL: none */
	struct out_stream *next;
};

struct out_format {
	const char *name;
	bool all_columns;  /* hidden columns too */
	void (*header)(struct out_stream *s);
	void (*row)(struct out_stream *s, const void *rec, size_t len);
	void (*raw)(struct out_stream *s, const void *rec, size_t len); /* type unknown */
	void (*text)(struct out *out, uint64_t time_ns, const char *text, size_t len);
	void (*section)(struct out *out, const char *title);
	void (*hist)(struct out_stream *s, const void *rec, size_t len, const struct val_field *slots);
	void (*losses)(struct out *out, const struct out_loss *losses, size_t n);
};

struct out {
	struct out_options opts;
	const struct out_format *format;
	int fd;
	bool own_fd, tty, color;
	unsigned tty_width;       /* columns; 0: do not cut */
	struct buf text;          /* not yet written */
	uint64_t rows_pending, extra_lines_pending; /* rows and other lines in text */
	uint64_t rows_written, rows_dropped;
	int error;                /* of the write that failed */
	struct out_stream *streams, *last; /* all of them; the one of the last row */
	char *section;            /* title of the section, for JSON */
	/* clock: CLOCK_REALTIME - CLOCK_MONOTONIC, and the last second as text */
	int64_t real_offset;
	int64_t cached_second;
	char cached_utc[24], cached_local[12];
};

/* text.c: a value as people read it. */
void text_val(struct out *out, struct buf *b, const struct val *v);
bool text_is_empty(const struct val *v); /* zero, "", no error */
void text_escaped(struct buf *b, const char *s, size_t len); /* control characters as \n, \x1b */
size_t text_utf8_len(const char *text, size_t len);
void text_u64(struct buf *b, uint64_t v);
void text_s64(struct buf *b, int64_t v);
void text_time_utc(struct out *out, struct buf *b, uint64_t mono_ns);   /* RFC 3339, ns */
void text_time_local(struct out *out, struct buf *b, uint64_t mono_ns); /* HH:MM:SS.mmm */
int64_t text_unix_ns(const struct out *out, uint64_t mono_ns);
/* The name of a number of a named kind, NULL when it has none; may use `scratch`. */
const char *text_name(const struct val *v, char *scratch, size_t size);
/* memo.c. Adds the text the column's value had last time when it is the same now. */
bool memo_recall(struct out_column *c, struct buf *b, const void *rec, size_t len);
/* Remembers what was added behind `start` for this value. */
void memo_keep(struct out_column *c, const struct buf *b, size_t start, const void *rec, size_t len);
void out_line_done(struct out *out); /* a line that is no row was added */

#endif
