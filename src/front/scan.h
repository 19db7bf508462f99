/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * scan: C text → tokens, for the two things the front wants to know of a source without compiling
 * it: what its comments say (annotations.c) and which struct goes into which output map
 * (records.c). Inside src/front only.
 *
 * Owner: tokens point into text->source, freed together by front_scan_free().
 * Failure: -errno of reading; any bytes scan to some tokens.
 * Limits: FRONT_SOURCE_MAX bytes of source.
 */
#ifndef SKEP_FRONT_SCAN_H
#define SKEP_FRONT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"

#define FRONT_SOURCE_MAX (16u << 20)

enum front_token_kind {
	TOKEN_NAME,      /* identifier or keyword */
	TOKEN_VALUE,     /* number, string or character constant */
	TOKEN_MARK,      /* one character of punctuation */
	TOKEN_DOC,       /* one line of a triple-slash comment, without the slashes */
	TOKEN_DIRECTIVE, /* a preprocessor line, continuations included */
};

struct front_token {
	enum front_token_kind kind;
	const char *p;
	size_t len;
	size_t line; /* counted from 1 */
};

struct front_text {
	struct buf source;
	struct front_token *tokens;
	size_t n;
};

int front_scan(const char *path, struct front_text *text);
void front_scan_free(struct front_text *text);
bool front_token_is(const struct front_token *t, const char *s);
/* Index after the group that opens at tokens[i] with (, [ or {; text->n when it never closes. */
size_t front_skip_group(const struct front_text *text, size_t i);

/* ---- records.c --------------------------------------------------------------------------------- */

/* "Records of map MAP have type TYPE", read off the call that sends them. */
struct front_record {
	char *map, *type; /* map "": of none that is named */
	bool is_struct; /* struct TYPE; else a typedef name */
};

struct front_records {
	struct front_record *items;
	size_t n;
};

void front_find_records(const struct front_text *text, struct front_records *out);
void front_records_free(struct front_records *records);

/* "dir/x.c" → "dir"; "x.c" → "." */
char *front_dir_of(const char *path);

/* The directories compile.c gives to clang; see headers.c. */
extern const unsigned char embed_headers[], embed_headers_end[];

#endif
