/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * out: typed values → text: table, JSON, CSV; one file a format.
 *
 * Nothing else in skep prints results or knows a format. A writer is opened on a file descriptor,
 * streams (record types) are declared to it, rows are given as raw records with the plan that
 * decodes them. Text is gathered and written when the buffer is full or out_flush() is called.
 *
 * Owner: the caller owns the writer (out_close). Plans are borrowed and must outlive it.
 * Failure: a write that fails (disk full, closed pipe) is told once by out_flush()/out_row() as
 * -errno; rows not written are counted (out_stats), never silently dropped.
 * Must not know: BPF, where records come from.
 */
#ifndef SKEP_OUT_H
#define SKEP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "val/val.h"

struct out_options {
	const char *format;      /* "table", "json", "csv"; NULL: table */
	const char *file;        /* -o: NULL is standard output */
	const char *columns;     /* --columns a,b,c; NULL: as the author chose */
	bool timestamp;          /* -T */
	bool no_header;
	bool wide;               /* never cut to the terminal's width */
	bool tag_rows;           /* more than one stream: rows say which one they belong to */
	/* Is the option with this variable name set? For columns shown by an option. */
	bool (*option_set)(const char *var, void *ctx);
	void *ctx;
};

struct out;
struct out_stream;

/* Writes rows of one kind of record. plan NULL: records are shown as hex. */
int out_open(const struct out_options *opts, struct out **out);
/* Everything is ready: what was in the file until now goes. A run that fails before keeps it. */
int out_begin(struct out *out);
struct out_stream *out_stream(struct out *out, const char *name, const struct val_plan *plan);

/* The headings of a stream, now rather than with its first row (a table on a quiet system). */
void out_header(struct out_stream *s);
/* Set by a second Ctrl-C: a write that blocks is given up, its rows counted as dropped. */
extern volatile int out_give_up;

/* One record. 0 or -errno once when the output is gone (-EPIPE, -ENOSPC). */
int out_row(struct out_stream *s, const void *rec, size_t len);
/* A line of text from a program (bpf_printk, an iterator), with the time it was made (CLOCK_MONOTONIC
 * ns, 0: now). */
int out_text(struct out *out, uint64_t time_ns, const char *text, size_t len);
/* A section of rows belonging together: an interval's print of a table, with its title. */
int out_section(struct out *out, const char *title);
/* A log2 histogram: what it belongs to (may be empty), unit (may be NULL), slot counts. */
int out_hist(struct out_stream *s, const void *rec, size_t len, const struct val_field *slots);
/* The closing account: what was produced, delivered and lost, by stream. Table: to stderr, and only
 * when something was lost or -v. JSON: one object {"summary":…}. */
struct out_loss {
	const char *stream;
	uint64_t produced, delivered, lost;
	bool produced_known;
	bool lost_known; /* else `lost` is only what we could not write; the program may have lost more */
};
int out_losses(struct out *out, const struct out_loss *losses, size_t n);

int out_flush(struct out *out);
/* Rows whose text reached the file descriptor, and rows that could not be written. */
void out_stats(const struct out *out, uint64_t *written, uint64_t *dropped);
int out_close(struct out *out);

uint64_t out_now(void); /* CLOCK_MONOTONIC, ns */

/* Names of the formats, for help and completion. */
const char *const *out_formats(size_t *n);
/* Makes text safe for a terminal or a JSON string. */
void out_escape_json(struct buf *b, const char *s, size_t len);

#endif
