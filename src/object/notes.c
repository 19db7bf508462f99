/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Notes: what an author said about a variable, map, program, type or the object. From BTF they come
 * as decl tags "skep:KEY=VALUE"; other sources add theirs to the same list.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/object_int.h"

static char *copy_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

void notes_add(struct object_notes *notes, enum object_on on, const char *name, const char *member,
	       const char *key, const char *value)
{
	*vec_push(notes->items, notes->n) = (struct object_note){
		.on = on,
		.name = copy_or_null(name),
		.member = copy_or_null(member),
		.key = xstrdup(key),
		.value = xstrdup(value),
	};
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

const char *notes_get(const struct object_notes *notes, enum object_on on, const char *name,
		      const char *member, const char *key)
{
	for (size_t i = notes->n; i > 0; i--) {
		const struct object_note *note = &notes->items[i - 1];

		if (note->on == on && strcmp(note->key, key) == 0 && same(note->name, name) &&
		    same(note->member, member))
			return note->value;
	}
	return NULL;
}

void notes_free(struct object_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		free(notes->items[i].name);
		free(notes->items[i].member);
		free(notes->items[i].key);
		free(notes->items[i].value);
	}
	free(notes->items);
	*notes = (struct object_notes){0};
}

void notes_copy(struct object_notes *to, const struct object_notes *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct object_note *n = &from->items[i];

		notes_add(to, n->on, n->name, n->member, n->key, n->value);
	}
}

/* One decl tag: find what it stands on. */
static void read_tag(struct object *obj, const struct btf_type *tag, const char *text)
{
	const struct btf_type *on = btf__type_by_id(obj->btf, tag->type);
	const char *name = on ? btf__name_by_offset(obj->btf, on->name_off) : NULL;
	int component = btf_decl_tag(tag)->component_idx;
	const char *eq = strchr(text, '='), *member = NULL;
	char *key = eq ? xstrndup(text, eq - text) : xstrdup(text);
	enum object_on where = ON_TYPE;

	if (!name) {
		free(key);
		return;
	}
	if (btf_is_func(on))
		where = ON_PROG;
	else if (btf_is_var(on))
		where = bpf_object__find_map_by_name(obj->bpf, name) ? ON_MAP : ON_VAR;
	if (where == ON_VAR && (strcasecmp(name, "LICENSE") == 0 || strcasecmp(name, "_license") == 0)) {
		where = ON_OBJECT;
		name = NULL;
	}
	if (where == ON_TYPE && btf_is_composite(on) && component >= 0 && component < btf_vlen(on))
		member = btf__name_by_offset(obj->btf, btf_members(on)[component].name_off);
	notes_add(&obj->notes, where, name, member, key, eq ? eq + 1 : "");
	free(key);
}

void notes_read_btf(struct object *obj)
{
	for (uint32_t id = 1; id < btf__type_cnt(obj->btf); id++) {
		const struct btf_type *t = btf__type_by_id(obj->btf, id);
		const char *text;

		if (!btf_is_decl_tag(t))
			continue;
		text = btf__name_by_offset(obj->btf, t->name_off);
		if (text && str_starts(text, "skep:"))
			read_tag(obj, t, text + 5);
	}
}
