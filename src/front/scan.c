/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* C text → tokens. No preprocessing: directives and triple-slash comments are tokens themselves. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "front/scan.h"

struct scanner {
	struct front_text *text;
	const char *p, *end;
	size_t line;
	bool line_start; /* only blanks so far on this line */
};

static void push(struct scanner *s, enum front_token_kind kind, const char *from, const char *to,
		 size_t line)
{
	struct front_text *t = s->text;

	*vec_push(t->tokens, t->n) = (struct front_token){kind, from, to - from, line};
}

static const char *line_end(const struct scanner *s, const char *p)
{
	const char *nl = memchr(p, '\n', s->end - p);

	return nl ? nl : s->end;
}

static void scan_block_comment(struct scanner *s)
{
	s->p += 2;
	while (s->p < s->end) {
		if (s->end - s->p >= 2 && s->p[0] == '*' && s->p[1] == '/') {
			s->p += 2;
			return;
		}
		s->line += *s->p++ == '\n';
	}
}

/* Three slashes make a doc comment; four make a ruler. */
static void scan_line_comment(struct scanner *s)
{
	const char *end = line_end(s, s->p);

	if (end - s->p >= 3 && s->p[2] == '/' && !(end - s->p > 3 && s->p[3] == '/'))
		push(s, TOKEN_DOC, s->p + 3, end, s->line);
	s->p = end;
}

static void scan_directive(struct scanner *s)
{
	const char *from = s->p, *end = line_end(s, s->p);
	size_t line = s->line;

	while (end < s->end && end > from && end[-1] == '\\') {
		s->line++;
		end = line_end(s, end + 1);
	}
	push(s, TOKEN_DIRECTIVE, from, end, line);
	s->p = end;
}

/* A constant that is not closed ends with its line. */
static void scan_quoted(struct scanner *s)
{
	const char *from = s->p, quote = *s->p++;

	while (s->p < s->end && *s->p != quote && *s->p != '\n')
		s->p += *s->p == '\\' && s->end - s->p > 1 && s->p[1] != '\n' ? 2 : 1;
	if (s->p < s->end && *s->p == quote)
		s->p++;
	push(s, TOKEN_VALUE, from, s->p, s->line);
}

static void scan_word(struct scanner *s)
{
	const char *from = s->p;

	while (s->p < s->end && (isalnum((unsigned char)*s->p) || *s->p == '_'))
		s->p++;
	push(s, isdigit((unsigned char)*from) ? TOKEN_VALUE : TOKEN_NAME, from, s->p, s->line);
}

static void scan_token(struct scanner *s)
{
	char c = *s->p, next = s->end - s->p > 1 ? s->p[1] : '\0';

	if (c == '/' && next == '*')
		scan_block_comment(s);
	else if (c == '/' && next == '/')
		scan_line_comment(s);
	else if (c == '#' && s->line_start)
		scan_directive(s);
	else if (c == '"' || c == '\'')
		scan_quoted(s);
	else if (isalnum((unsigned char)c) || c == '_')
		scan_word(s);
	else
		push(s, TOKEN_MARK, s->p, s->p + 1, s->line), s->p++;
	s->line_start = false;
}

int front_scan(const char *path, struct front_text *text)
{
	struct scanner s = {.text = text, .line = 1, .line_start = true};
	int err;

	*text = (struct front_text){0};
	err = file_read(path, FRONT_SOURCE_MAX, &text->source);
	if (err) {
		front_scan_free(text);
		return err;
	}
	s.p = text->source.p;
	s.end = s.p + text->source.len;
	while (s.p < s.end) {
		if (*s.p == '\n') {
			s.line++;
			s.line_start = true;
			s.p++;
		} else if (isspace((unsigned char)*s.p)) {
			s.p++;
		} else {
			scan_token(&s);
		}
	}
	return 0;
}

void front_scan_free(struct front_text *text)
{
	buf_free(&text->source);
	free(text->tokens);
	*text = (struct front_text){0};
}

bool front_token_is(const struct front_token *t, const char *s)
{
	return t->len == strlen(s) && memcmp(t->p, s, t->len) == 0;
}

size_t front_skip_group(const struct front_text *text, size_t i)
{
	size_t depth = 0;

	for (; i < text->n; i++) {
		const struct front_token *t = &text->tokens[i];

		if (t->kind != TOKEN_MARK)
			continue;
		if (*t->p && strchr("([{", *t->p))
			depth++;
		else if (*t->p && strchr(")]}", *t->p) && depth && --depth == 0)
			return i + 1;
	}
	return i;
}

char *front_dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, slash - path);
}
