/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Annotations: eunomia's triple-slash comments in the main source → notes.
 *
 *	/// @sample {"interval": 1000, "type" : "log2_hist"}
 *	struct { … } hists SEC(".maps");
 *
 * A block of such lines belongs to the declaration right below it (`///<` to the one before). In it
 * `@word rest` begins an entry and plain text is the entry "description". Where eunomia keeps only
 * the last line of an entry, we keep all of them; and text behind a complete JSON value is the
 * description. Words we have no use for are passed over, as eunomia does.
 *
 * What is sent to ring buffers and perf arrays (records.c) becomes notes here too.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "front/front.h"
#include "front/json.h"
#include "front/scan.h"

/* ---- a block of comment lines ------------------------------------------------------------------ */

struct entry {
	char *word;
	struct buf text;
};

struct block {
	struct entry *entries;
	size_t n;
};

static void ignore_member(void *ctx, const char *key, const char *value)
{
}

static bool is_whole_json(const struct buf *text)
{
	const char *p = text->p;

	return p && front_json_object(&p, ignore_member, NULL) == 0;
}

static struct entry *add_entry(struct block *b, const char *word, size_t len)
{
	struct entry *e = vec_push(b->entries, b->n);

	e->word = xstrndup(word, len);
	return e;
}

static void add_line(struct block *b, const char *p, size_t len)
{
	const char *end = p + len;
	struct entry *e = b->n ? &b->entries[b->n - 1] : NULL;

	while (p < end && (isspace((unsigned char)*p) || *p == '<'))
		p++;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	if (end - p > 1 && *p == '@' && isalpha((unsigned char)p[1])) {
		const char *word = ++p;

		while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
			p++;
		e = add_entry(b, word, p - word);
		while (p < end && isspace((unsigned char)*p))
			p++;
	} else if (p < end && (!e || is_whole_json(&e->text))) {
		e = add_entry(b, "description", 11);
	}
	if (p == end || !e)
		return;
	if (e->text.len)
		buf_putc(&e->text, '\n');
	buf_add(&e->text, p, end - p);
}

static void block_free(struct block *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->entries[i].word);
		buf_free(&b->entries[i].text);
	}
	free(b->entries);
	*b = (struct block){0};
}

/* ---- the declaration it stands over ------------------------------------------------------------ */

struct declared {
	const struct front_token *name; /* the last name of the declarator */
	const struct front_token *tag;  /* of a struct with a body */
	bool is_call, is_map, has_body, assigned, is_typedef;
};

static bool is_one_of(const struct front_token *t, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (front_token_is(t, words[i]))
			return true;
	return false;
}

/* Names that stand behind a declarator, or in front, and are no part of it. */
static bool is_attribute(const struct front_token *t)
{
	static const char *const words[] = {
		"SEC", "__attribute__", "__attribute", "__section", "__aligned", "__weak", "__hidden",
		"__ksym", "__kconfig", "__always_inline", "__noinline", "__arena", "const", "volatile",
		"static", "extern", "inline",
	};

	return is_one_of(t, words, ARRAY_SIZE(words)) || (t->len > 5 && !memcmp(t->p, "SKEP_", 5));
}

static bool is_record_word(const struct front_token *t)
{
	static const char *const words[] = {"struct", "union", "enum"};

	return is_one_of(t, words, ARRAY_SIZE(words));
}

static bool group_says(const struct front_text *text, size_t from, size_t to, const char *s)
{
	for (size_t i = from; i < to && i < text->n; i++)
		if (front_token_is(&text->tokens[i], s))
			return true;
	return false;
}

/* tokens[i] is "(": arguments of an attribute, or the parameters of a function. */
static size_t declare_parens(const struct front_text *text, size_t i, struct declared *d)
{
	size_t end = front_skip_group(text, i);
	const struct front_token *before = i ? &text->tokens[i - 1] : NULL;

	if (before && before->kind == TOKEN_NAME && is_attribute(before)) {
		d->is_map |= group_says(text, i, end, "\".maps\"");
	} else if (before && before->kind == TOKEN_NAME && !d->assigned) {
		/* BPF_KPROBE(name, …) and its like: the function's name is the first argument. */
		if (before->len > 4 && memcmp(before->p, "BPF_", 4) == 0 && i + 1 < text->n)
			d->name = &text->tokens[i + 1];
		d->is_call = true;
	}
	return end;
}

static size_t declare_name(const struct front_text *text, size_t i, struct declared *d)
{
	const struct front_token *t = &text->tokens[i];

	if (d->assigned || d->is_call || is_attribute(t))
		return i + 1;
	if (front_token_is(t, "typedef")) {
		d->is_typedef = true;
		return i + 1;
	}
	if (is_record_word(t)) {
		if (i + 1 < text->n && text->tokens[i + 1].kind == TOKEN_NAME) {
			d->tag = &text->tokens[i + 1];
			return i + 2;
		}
		return i + 1;
	}
	d->name = t;
	return i + 1;
}

/* declaration = … ";" | … "(" … ")" "{" body "}"; returns the index behind it. */
static size_t declare(const struct front_text *text, size_t i, struct declared *d)
{
	*d = (struct declared){0};
	while (i < text->n) {
		const struct front_token *t = &text->tokens[i];

		if (t->kind == TOKEN_NAME) {
			i = declare_name(text, i, d);
		} else if (t->kind != TOKEN_MARK) {
			i++;
		} else if (*t->p == ';') {
			return i + 1;
		} else if (*t->p == '{') {
			i = front_skip_group(text, i);
			if (d->is_call && !d->assigned)
				return i;
			d->has_body |= !d->assigned;
		} else if (*t->p == '(') {
			i = declare_parens(text, i, d);
		} else if (*t->p == '[') {
			i = front_skip_group(text, i);
		} else {
			d->assigned |= *t->p == '=';
			i++;
		}
	}
	return i;
}

static enum object_on declared_kind(const struct declared *d)
{
	if (d->is_call)
		return ON_PROG;
	if (d->is_map)
		return ON_MAP;
	if (d->is_typedef || (d->has_body && !d->name))
		return ON_TYPE;
	if (d->name && front_token_is(d->name, "LICENSE"))
		return ON_OBJECT;
	return ON_VAR;
}

/* ---- words → notes ----------------------------------------------------------------------------- */

/* Each changes the value in place; false: there is nothing to note. */
static bool as_ms(struct buf *value)
{
	buf_puts(value, "ms");
	return true;
}

static bool if_log2(struct buf *value)
{
	bool is = value->p && strcmp(value->p, "log2_hist") == 0;

	value->len = 0;
	buf_puts(value, "");
	return is;
}

static bool as_direction(struct buf *value)
{
	const char *s = value->p && strcmp(value->p, "BPF_TC_EGRESS") == 0    ? "egress" :
			value->p && strcmp(value->p, "BPF_TC_INGRESS") == 0 ? "ingress" :
									      NULL;

	value->len = 0;
	buf_puts(value, s ? s : "");
	return s != NULL;
}

static bool as_nothing(struct buf *value)
{
	value->len = 0;
	buf_puts(value, "");
	return true;
}

/* In this order, so that a later row overrides an earlier one with the same key. */
static const struct rule {
	enum object_on on;
	const char *word, *member; /* member of the JSON object, NULL: the value itself */
	const char *key;
	bool (*change)(struct buf *value);
} rules[] = {
	{ON_OBJECT, "description", NULL, "brief", NULL},
	{ON_OBJECT, "brief", NULL, "brief", NULL},
	{ON_OBJECT, "details", NULL, "about", NULL},
	{ON_OBJECT, "version", NULL, "version", NULL},
	{ON_VAR, "description", NULL, "help", NULL},
	{ON_VAR, "cmdarg", "help", "help", NULL},
	{ON_VAR, "cmdarg", "short", "option", NULL},
	{ON_VAR, "cmdarg", "long", "long", NULL},
	{ON_VAR, "cmdarg", "default", "default", NULL},
	{ON_MAP, "sample", NULL, "table", as_nothing},
	{ON_MAP, "sample", "interval", "interval", as_ms},
	{ON_MAP, "sample", "type", "hist", if_log2},
	{ON_MAP, "sample", "clear_map", "clear", NULL},
	{ON_MAP, "sample", "unit", "unit", NULL},
	{ON_MAP, "type", NULL, "type", NULL},
	{ON_PROG, "ifindex", NULL, "ifindex", NULL},
	{ON_PROG, "flags", NULL, "xdp_flags", NULL},
	{ON_PROG, "xdpopts", "flags", "xdp_flags", NULL},
	{ON_PROG, "tchook", "ifindex", "ifindex", NULL},
	{ON_PROG, "tchook", "attach_point", "direction", as_direction},
	{ON_PROG, "tcopts", "handle", "tc_handle", NULL},
	{ON_PROG, "tcopts", "priority", "tc_priority", NULL},
	{ON_TYPE, "description", NULL, "help", NULL},
	{ON_TYPE, "export", NULL, "export", as_nothing},
};

struct target {
	struct object_notes *notes;
	enum object_on on;
	const char *name;
	const struct rule *rule;
};

static void note_value(struct target *t, const char *text)
{
	struct buf value = {0};

	buf_puts(&value, text);
	if (!t->rule->change || t->rule->change(&value))
		notes_add(t->notes, t->on, t->name, NULL, t->rule->key, value.p);
	buf_free(&value);
}

static void note_member(void *ctx, const char *key, const char *value)
{
	struct target *t = ctx;

	if (strcmp(key, t->rule->member) == 0)
		note_value(t, value);
}

/* A value in quotes is a JSON string; anything else is text as it stands. */
static void note_text(struct target *t, const char *text)
{
	struct buf plain = {0};
	const char *p = text;

	if (*p == '"' && front_json_scalar(&p, &plain) == 0 && *p == '\0')
		note_value(t, plain.p);
	else
		note_value(t, text);
	buf_free(&plain);
}

static void apply_rule(struct target *t, const struct block *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->entries[i];
		const char *text = e->text.p ? e->text.p : "";

		if (strcmp(e->word, t->rule->word) != 0)
			continue;
		if (t->rule->member)
			front_json_object(&text, note_member, t);
		else
			note_text(t, text);
	}
}

static void warn_bad_json(const char *path, const struct block *b, size_t line)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->entries[i];

		if (e->text.p && *e->text.p == '{' && !is_whole_json(&e->text))
			warn("%s:%zu: the value of @%s is not JSON, it is passed over", path, line,
			     e->word);
	}
}

static void apply(const char *path, const struct block *b, const struct declared *d, size_t line,
		  struct object_notes *notes)
{
	enum object_on on = declared_kind(d);
	const struct front_token *who = on == ON_TYPE && d->tag ? d->tag : d->name;
	char *name = who && on != ON_OBJECT ? xstrndup(who->p, who->len) : NULL;
	struct target t = {.notes = notes, .on = on, .name = name};

	warn_bad_json(path, b, line);
	for (size_t i = 0; (name || on == ON_OBJECT) && i < ARRAY_SIZE(rules); i++) {
		t.rule = &rules[i];
		if (t.rule->on == on)
			apply_rule(&t, b);
	}
	free(name);
}

/* ---- the source -------------------------------------------------------------------------------- */

/* Lines from tokens[i] on that follow each other; the index behind them. */
static size_t read_block(const struct front_text *text, size_t i, struct block *b)
{
	for (;; i++) {
		const struct front_token *t = &text->tokens[i];

		add_line(b, t->p, t->len);
		if (i + 1 >= text->n || t[1].kind != TOKEN_DOC || t[1].line != t->line + 1)
			return i + 1;
	}
}

static void read_declarations(const char *path, const struct front_text *text,
			      struct object_notes *notes)
{
	struct block block = {0};
	struct declared d = {0};
	size_t i = 0, line = 0;

	while (i < text->n) {
		const struct front_token *t = &text->tokens[i];
		bool trailing = t->kind == TOKEN_DOC && t->len && *t->p == '<';

		if (t->kind == TOKEN_DOC) {
			block_free(&block);
			line = t->line;
			i = read_block(text, i, &block);
		} else if (t->kind == TOKEN_DIRECTIVE) {
			i++;
		} else {
			i = declare(text, i, &d);
		}
		if (block.n && (t->kind != TOKEN_DOC || trailing)) {
			if (t->kind != TOKEN_DIRECTIVE)
				apply(path, &block, &d, line, notes);
			block_free(&block);
		}
	}
	block_free(&block);
}

/* One type for a map: say so. Several: nothing is said, each record must tell by its size. */
static void note_records(const struct front_text *text, struct object_notes *notes)
{
	struct front_records records;

	front_find_records(text, &records);
	for (size_t i = 0; i < records.n; i++) {
		size_t same = 0;

		for (size_t k = 0; k < records.n; k++)
			same += strcmp(records.items[i].map, records.items[k].map) == 0;
		if (same == 1 && *records.items[i].map)
			notes_add(notes, ON_MAP, records.items[i].map, NULL, "type",
				  records.items[i].type);
	}
	front_records_free(&records);
}

int front_annotations(const char *path, struct object_notes *notes)
{
	struct front_text text;
	int err = front_scan(path, &text);

	if (err)
		return fail(-err, "%s cannot be read: %s", path, strerror(-err));
	read_declarations(path, &text, notes);
	note_records(&text, notes);
	front_scan_free(&text);
	return 0;
}
