/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which struct goes into which ring buffer or perf array, read off the C text.
 *
 * A struct that is only used through a local variable is not in the object's BTF, yet "nothing but
 * the kernel side" is how lessons are written. So the calls that send records are looked at:
 *
 *	struct event *e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);     type of the variable assigned
 *	e = bpf_ringbuf_reserve(&rb, sizeof(struct event), 0);         type inside sizeof
 *	bpf_ringbuf_output(&rb, &e, sizeof(e), 0);                     type of the argument
 *	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e));
 *
 * and so are comments that name a struct (@export above it, @type NAME above a map).
 * A variable's type is that of its nearest declaration above. What cannot be read off is left out:
 * the records are then shown as bytes, nothing worse.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "front/scan.h"

/* Which arguments of a sending helper are the map and the record (reserve: its size). */
static const struct sender {
	const char *name;
	unsigned int map, record, size;
} senders[] = {
	{"bpf_ringbuf_reserve", 0, 1, 1},
	{"bpf_ringbuf_output", 0, 1, 2},
	{"bpf_perf_event_output", 1, 3, 4},
	{"bpf_skb_output", 1, 3, 4},
	{"bpf_xdp_output", 1, 3, 4},
};

struct type_name {
	const struct front_token *name;
	bool is_struct;
};

/* A run of tokens [from, to). */
struct span {
	size_t from, to;
};

static bool is_mark(const struct front_text *t, size_t i, char c)
{
	return i < t->n && t->tokens[i].kind == TOKEN_MARK && *t->tokens[i].p == c;
}

static bool is_name(const struct front_text *t, size_t i)
{
	return i < t->n && t->tokens[i].kind == TOKEN_NAME;
}

/* The n-th argument of the call whose "(" is at `open`; empty when there are fewer. */
static struct span argument(const struct front_text *t, size_t open, unsigned int n)
{
	size_t i = open + 1;
	struct span arg = {i, i};

	while (i < t->n) {
		if (is_mark(t, i, ',') || is_mark(t, i, ')')) {
			arg.to = i;
			if (n-- == 0)
				return arg;
			if (is_mark(t, i, ')'))
				break;
			arg.from = ++i;
		} else if (is_mark(t, i, '(') || is_mark(t, i, '[') || is_mark(t, i, '{')) {
			i = front_skip_group(t, i);
		} else {
			i++;
		}
	}
	return (struct span){i, i};
}

/* Words that stand before a name without being its type. */
static bool is_no_type(const struct front_token *t)
{
	static const char *const words[] = {"return", "goto", "else", "const", "volatile", "struct",
					    "sizeof", "case", "static", "do", "union", "enum"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (front_token_is(t, words[i]))
			return true;
	return false;
}

/* Is tokens[i] declared here: `struct T *x`, `T x`, followed by what ends a declarator? */
static bool declared_at(const struct front_text *t, size_t i, struct type_name *type)
{
	size_t k = i;

	if (i + 1 >= t->n || t->tokens[i + 1].kind != TOKEN_MARK || !*t->tokens[i + 1].p ||
	    !strchr("=;,)", *t->tokens[i + 1].p))
		return false;
	while (k > 0 && is_mark(t, k - 1, '*'))
		k--;
	if (k == 0 || !is_name(t, k - 1) || is_no_type(&t->tokens[k - 1]))
		return false;
	type->name = &t->tokens[k - 1];
	type->is_struct = k > 1 && is_name(t, k - 2) && front_token_is(&t->tokens[k - 2], "struct");
	/* `a * b` is no declaration; `a *b` after the start of a statement is. */
	return type->is_struct || k < 2 || t->tokens[k - 2].kind == TOKEN_NAME ||
	       is_mark(t, k - 2, ';') || is_mark(t, k - 2, '{') || is_mark(t, k - 2, '}') ||
	       is_mark(t, k - 2, '(') || is_mark(t, k - 2, ',');
}

static bool same_text(const struct front_token *a, const struct front_token *b)
{
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

static bool type_of_variable(const struct front_text *t, size_t var, struct type_name *type)
{
	for (size_t i = var + 1; i-- > 0;)
		if (is_name(t, i) && same_text(&t->tokens[i], &t->tokens[var]) &&
		    declared_at(t, i, type))
			return true;
	return false;
}

/* `sizeof(struct T)`, `sizeof(T)` or `sizeof(*x)` in the span. */
static bool type_of_sizeof(const struct front_text *t, struct span s, struct type_name *type)
{
	for (size_t i = s.from; i < s.to; i++) {
		size_t k = i + 1;

		if (!is_name(t, i) || !front_token_is(&t->tokens[i], "sizeof"))
			continue;
		while (is_mark(t, k, '(') || is_mark(t, k, '*'))
			k++;
		if (!is_name(t, k))
			return false;
		if (type_of_variable(t, k, type))
			return true;
		type->is_struct = front_token_is(&t->tokens[k], "struct");
		type->name = &t->tokens[k + type->is_struct];
		return is_name(t, k + type->is_struct);
	}
	return false;
}

/* `&x`, `x` or `(void *)x`: the last name of the argument, when it is no member of something. */
static bool type_of_argument(const struct front_text *t, struct span s, struct type_name *type)
{
	if (s.to == s.from || !is_name(t, s.to - 1))
		return false;
	if (s.to - s.from > 1 && (is_mark(t, s.to - 2, '.') || is_mark(t, s.to - 2, '>')))
		return false;
	return type_of_variable(t, s.to - 1, type);
}

/* `x = bpf_ringbuf_reserve(`, perhaps with a cast between: what is x? */
static bool type_of_assigned(const struct front_text *t, size_t call, struct type_name *type)
{
	size_t i = call;

	while (i > 0 && call - i < 8 && !is_mark(t, i, '='))
		i--;
	return i > 0 && is_mark(t, i, '=') && is_name(t, i - 1) && type_of_variable(t, i - 1, type);
}

static void add(struct front_records *out, const struct front_token *map,
		const struct type_name *type)
{
	for (size_t i = 0; i < out->n; i++)
		if (front_token_is(map, out->items[i].map) &&
		    front_token_is(type->name, out->items[i].type))
			return;
	*vec_push(out->items, out->n) = (struct front_record){
		.map = xstrndup(map->p, map->len),
		.type = xstrndup(type->name->p, type->name->len),
		.is_struct = type->is_struct,
	};
}

static void look_at_call(const struct front_text *t, size_t call, const struct sender *s,
			 struct front_records *out)
{
	struct span map = argument(t, call + 1, s->map);
	struct span size = argument(t, call + 1, s->size);
	struct type_name type;
	bool found;

	if (map.to - map.from != 2 || !is_mark(t, map.from, '&') || !is_name(t, map.from + 1))
		return;
	if (s->record == s->size)
		found = type_of_assigned(t, call, &type);
	else
		found = type_of_argument(t, argument(t, call + 1, s->record), &type);
	if (found && front_token_is(type.name, "void"))
		found = false;
	if (found || type_of_sizeof(t, size, &type))
		add(out, &t->tokens[map.from + 1], &type);
}

/* Behind `@WORD` at the beginning of a comment's line; NULL when another word stands there. */
static const char *behind_word(const struct front_token *t, const char *word)
{
	const char *p = t->p, *end = t->p + t->len;
	size_t n = strlen(word);

	while (p < end && isspace((unsigned char)*p))
		p++;
	if (end - p <= (ptrdiff_t)n || *p != '@' || strncmp(p + 1, word, n) != 0)
		return NULL;
	p += n + 1;
	return p == end || isspace((unsigned char)*p) ? p : NULL;
}

/* A comment that names a type: `@export` above a struct, `@type NAME` above a map. No map is named. */
static void look_at_comment(const struct front_text *t, size_t i, struct front_records *out)
{
	const char *end = t->tokens[i].p + t->tokens[i].len, *p = behind_word(&t->tokens[i], "type");
	size_t len = 0;

	if (p) {
		while (p < end && isspace((unsigned char)*p))
			p++;
		if (end - p > 7 && strncmp(p, "struct ", 7) == 0)
			p += 7;
		while (p + len < end && (isalnum((unsigned char)p[len]) || p[len] == '_'))
			len++;
	} else if (behind_word(&t->tokens[i], "export")) {
		while (i < t->n && t->tokens[i].kind == TOKEN_DOC)
			i++;
		if (!is_name(t, i) || !front_token_is(&t->tokens[i], "struct") || !is_name(t, i + 1))
			return;
		p = t->tokens[i + 1].p;
		len = t->tokens[i + 1].len;
	}
	if (len)
		*vec_push(out->items, out->n) = (struct front_record){
			.map = xstrdup(""), .type = xstrndup(p, len), .is_struct = true,
		};
}

void front_find_records(const struct front_text *t, struct front_records *out)
{
	*out = (struct front_records){0};
	for (size_t i = 0; i < t->n; i++) {
		if (t->tokens[i].kind == TOKEN_DOC)
			look_at_comment(t, i, out);
		if (!is_name(t, i) || !is_mark(t, i + 1, '('))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(senders); k++)
			if (front_token_is(&t->tokens[i], senders[k].name))
				look_at_call(t, i, &senders[k], out);
	}
}

void front_records_free(struct front_records *records)
{
	for (size_t i = 0; i < records->n; i++) {
		free(records->items[i].map);
		free(records->items[i].type);
	}
	free(records->items);
	*records = (struct front_records){0};
}
