/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Streams: every ring buffer and perf event array, and the type of its records. Looked for, in this
 * order: the map's declared value type (skep.bpf.h does that), a note "type" (decl tag or comment), a
 * struct marked @export, a global pointer that is there only to keep a struct in BTF, and, when the
 * first record comes, the one struct of its size (object_stream_guess).
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/object_int.h"

void plan_annotate(const struct object *obj, struct val_plan *plan)
{
	static const struct {
		const char *key;
		size_t offset;
	} texts[] = {
		{"title", offsetof(struct val_field, title)},
		{"unit", offsetof(struct val_field, unit)},
		{"shown_by", offsetof(struct val_field, shown_by)},
		{"instead_of", offsetof(struct val_field, instead_of)},
	};

	for (size_t i = 0; i < plan->nfields; i++) {
		struct val_field *f = &plan->fields[i];
		const char *v;

		for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
			v = notes_get(&obj->notes, ON_TYPE, plan->type_name, f->name, texts[k].key);
			if (v)
				*(char **)((char *)f + texts[k].offset) = xstrdup(v);
		}
		f->hidden = notes_get(&obj->notes, ON_TYPE, plan->type_name, f->name, "hidden") != NULL;
		v = notes_get(&obj->notes, ON_TYPE, plan->type_name, f->name, "width");
		f->width = v ? strtoul(v, NULL, 10) : 0;
	}
}

static struct val_plan *plan_of(const struct object *obj, uint32_t type_id)
{
	struct val_plan *plan;

	if (!type_id || val_plan_new(obj->btf, type_id, "value", &plan))
		return NULL;
	plan_annotate(obj, plan);
	return plan;
}

static uint32_t struct_by_name(const struct object *obj, const char *name)
{
	int id;

	if (str_starts(name, "struct "))
		name += 7;
	id = btf__find_by_name_kind(obj->btf, name, BTF_KIND_STRUCT);
	if (id < 0)
		id = btf__find_by_name_kind(obj->btf, name, BTF_KIND_TYPEDEF);
	return id > 0 ? id : 0;
}

/* Perf event arrays declare an int or u32 that only holds an fd. */
static uint32_t declared_type(const struct object *obj, struct bpf_map *map, bool is_perf)
{
	uint32_t id = bpf_map__btf_value_type_id(map);

	if (!id || (is_perf && btf__resolve_size(obj->btf, id) <= 4))
		return 0;
	return id;
}

/* Several such types say nothing of one stream: then the length of a record tells. */
static uint32_t exported_type(const struct object *obj)
{
	uint32_t found = 0, id;

	for (size_t i = 0; i < obj->notes.n; i++) {
		if (obj->notes.items[i].on != ON_TYPE || strcmp(obj->notes.items[i].key, "export") != 0)
			continue;
		id = struct_by_name(obj, obj->notes.items[i].name);
		if (found && id != found)
			return 0;
		found = id;
	}
	return found;
}

/* `struct event *unused;`: the usual way to keep a type that no map names in BTF. The front's own
 * pointers (skep_record_N) are there for all the structs that are sent anywhere. */
static uint32_t dummy_type(const struct object *obj)
{
	uint32_t found = 0;

	for (uint32_t id = 1; id < btf__type_cnt(obj->btf); id++) {
		const struct btf_type *t = btf__type_by_id(obj->btf, id);
		uint32_t to;

		if (!btf_is_var(t) || str_starts(btf__name_by_offset(obj->btf, t->name_off), "skep_record_"))
			continue;
		t = btf__type_by_id(obj->btf, t->type);
		while (t && btf_is_mod(t))
			t = btf__type_by_id(obj->btf, t->type);
		if (!t || !btf_is_ptr(t))
			continue;
		to = t->type;
		t = btf__type_by_id(obj->btf, to);
		while (t && btf_is_mod(t)) {
			to = t->type;
			t = btf__type_by_id(obj->btf, to);
		}
		if (!t || !btf_is_struct(t) || !btf_vlen(t))
			continue;
		if (found && to != found)
			return 0;
		found = to;
	}
	return found;
}

static void find_type(struct object *obj, struct object_stream *s)
{
	const char *named = notes_get(&obj->notes, ON_MAP, s->name, NULL, "type");
	const struct {
		uint32_t id;
		const char *how;
	} ways[] = {
		{declared_type(obj, s->map, s->is_perf), "the map's declared value type"},
		{named ? struct_by_name(obj, named) : 0, "a note on the map"},
		{exported_type(obj), "a struct marked for export"},
		{dummy_type(obj), "a global pointer to the struct"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways) && !s->plan; i++) {
		s->plan = plan_of(obj, ways[i].id);
		s->how = ways[i].how;
	}
	if (!s->plan)
		s->how = NULL;
}

void streams_find(struct object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj->bpf) {
		enum bpf_map_type type = bpf_map__type(map);
		struct object_stream *s;

		if (type != BPF_MAP_TYPE_RINGBUF && type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
			continue;
		s = vec_push(obj->streams, obj->nstreams);
		s->map = map;
		s->name = bpf_map__name(map);
		s->is_perf = type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
		if (obj->btf)
			find_type(obj, s);
		/* The type was for us: the kernel wants a ring buffer without sizes, and fds in the other. */
		bpf_map__set_key_size(map, s->is_perf ? sizeof(uint32_t) : 0);
		bpf_map__set_value_size(map, s->is_perf ? sizeof(uint32_t) : 0);
	}
}

/* `skep build` and `skep run` add a pointer skep_record_N to each struct that the source sends. */
static bool is_kept_as_record(const struct object *obj, uint32_t struct_id)
{
	for (uint32_t id = 1; id < btf__type_cnt(obj->btf); id++) {
		const struct btf_type *t = btf__type_by_id(obj->btf, id);

		if (!btf_is_var(t) || !str_starts(btf__name_by_offset(obj->btf, t->name_off), "skep_record_"))
			continue;
		t = btf__type_by_id(obj->btf, t->type);
		if (t && btf_is_ptr(t) && t->type == struct_id)
			return true;
	}
	return false;
}

/* Is it a struct of the author's own? Types of the kernel are read with CO-RE and only name members. */
static bool could_be_record(const struct object *obj, const struct btf_type *t, size_t len, bool is_perf)
{
	const char *name = btf__name_by_offset(obj->btf, t->name_off);

	if (!btf_is_struct(t) || !name || !*name || str_starts(name, "bpf_") || strstr(name, "___") ||
	    str_starts(name, "trace_event") || str_starts(name, "skep_"))
		return false;
	/* perf pads the record so that it ends, with its 4-byte size in front, on 8 bytes */
	return t->size == len || (is_perf && t->size <= len && len < t->size + 8 && (len + 4) % 8 == 0);
}

const struct val_plan *object_stream_guess(struct object *obj, struct object_stream *s, size_t len)
{
	struct val_plan *plan;
	uint32_t found = 0;
	int candidates = 0;

	for (uint32_t id = 1; obj->btf && id < btf__type_cnt(obj->btf); id++) {
		const struct btf_type *t = btf__type_by_id(obj->btf, id);

		if (!could_be_record(obj, t, len, s->is_perf))
			continue;
		found = id;
		candidates++;
		if (is_kept_as_record(obj, id)) {
			candidates = 1;
			break;
		}
	}
	plan = candidates == 1 ? plan_of(obj, found) : NULL;
	if (plan)
		*vec_push(s->guessed, s->nguessed) = plan;
	return plan;
}
