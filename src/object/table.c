/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables: maps whose content is shown. Marked by the author (SKEP_TABLE, SKEP_HIST, eunomia's @sample);
 * in an object that would otherwise show nothing, every map with types.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/object_int.h"

static bool can_be_shown(struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
		return bpf_map__btf_key_type_id(map) && bpf_map__btf_value_type_id(map);
	default:
		return false;
	}
}

/* eunomia's histograms: a value with an array of counts called `slots`. */
static void mark_slots(struct val_plan *plan)
{
	for (size_t i = 0; i < plan->nfields; i++) {
		struct val_field *f = &plan->fields[i];

		if (f->kind == VAL_ARRAY && strcmp(f->name, "slots") == 0 && f->nelems <= 64)
			f->kind = VAL_SLOTS;
	}
}

static bool is_marked(const struct object *obj, struct bpf_map *map)
{
	const char *name = bpf_map__name(map);

	return notes_get(&obj->notes, ON_MAP, name, NULL, "table") ||
	       notes_get(&obj->notes, ON_MAP, name, NULL, "hist");
}

static void add_table(struct object *obj, struct bpf_map *map)
{
	const char *name = bpf_map__name(map), *note;
	struct val_plan *key, *value;
	struct object_table *t;
	uint64_t ns = 0;

	if (val_plan_new(obj->btf, bpf_map__btf_key_type_id(map), "key", &key))
		return;
	if (val_plan_new(obj->btf, bpf_map__btf_value_type_id(map), "value", &value)) {
		val_plan_free(key);
		return;
	}
	plan_annotate(obj, key);
	plan_annotate(obj, value);
	mark_slots(value);
	t = vec_push(obj->tables, obj->ntables);
	t->map = map;
	t->name = name;
	note = notes_get(&obj->notes, ON_MAP, name, NULL, "table");
	t->title = note && *note ? note : name;
	t->key_fields = key->nfields;
	t->value_offset = (bpf_map__key_size(map) + 7) & ~7u;
	val_plan_append(key, value, t->value_offset);
	t->plan = key;
	note = notes_get(&obj->notes, ON_MAP, name, NULL, "interval");
	if (note && !parse_duration(note, 1000000000, &ns))
		t->interval_ns = ns;
	note = notes_get(&obj->notes, ON_MAP, name, NULL, "clear");
	t->clear = is_marked(obj, map) && !(note && strcmp(note, "false") == 0);
	note = notes_get(&obj->notes, ON_MAP, name, NULL, "sort");
	t->sort = note ? xstrdup(note) : NULL;
	note = notes_get(&obj->notes, ON_MAP, name, NULL, "unit");
	for (size_t i = 0; note && i < t->plan->nfields; i++)
		if (t->plan->fields[i].kind == VAL_SLOTS && !t->plan->fields[i].unit)
			t->plan->fields[i].unit = xstrdup(note);
}

void tables_find(struct object *obj)
{
	struct bpf_map *map;

	if (!obj->btf)
		return;
	bpf_object__for_each_map(map, obj->bpf)
		if (can_be_shown(map) && is_marked(obj, map))
			add_table(obj, map);
}

/* Arrays of structs say nothing as bytes. */
static bool is_readable(const struct val_plan *plan)
{
	for (size_t i = 0; i < plan->nfields; i++)
		if (plan->fields[i].kind == VAL_ARRAY && plan->fields[i].elem == VAL_BYTES)
			return false;
	return true;
}

/* A global array of structs: a row for each element, its index as key. */
static void add_array(struct object *obj, struct bpf_map *map, const char *name, uint32_t type_id, uint32_t offset)
{
	int id = btf__resolve_type(obj->btf, type_id);
	const struct btf_type *t = id > 0 ? btf__type_by_id(obj->btf, id) : NULL;
	int64_t size = t && btf_is_array(t) ? btf__resolve_size(obj->btf, btf_array(t)->type) : 0;
	struct val_plan *key, *value;
	struct object_table *table;

	if (size <= 0 || val_plan_new(obj->btf, btf_array(t)->type, "value", &value))
		return;
	if (!is_readable(value)) {
		val_plan_free(value);
		return;
	}
	plan_annotate(obj, value);
	mark_slots(value);
	key = xalloc(sizeof(*key));
	key->type_name = xstrdup("index");
	*vec_push(key->fields, key->nfields) = (struct val_field){
		.name = xstrdup("index"), .kind = VAL_UINT, .size = sizeof(uint32_t),
	};
	val_plan_append(key, value, 8);
	table = vec_push(obj->tables, obj->ntables);
	table->map = map;
	table->name = table->title = name;
	table->plan = key;
	table->key_fields = 1;
	table->value_offset = 8;
	table->nelems = btf_array(t)->nelems;
	table->elem_offset = offset;
	table->elem_size = size;
}

/* Global variables as one row: programs that count in them have no map to show. */
static void add_globals(struct object *obj)
{
	int id = btf__find_by_name_kind(obj->btf, ".bss", BTF_KIND_DATASEC);
	struct bpf_map *map = bpf_object__find_map_by_name(obj->bpf, ".bss");
	const struct btf_type *t = id > 0 ? btf__type_by_id(obj->btf, id) : NULL;
	struct val_plan *plan = NULL, *more;
	struct object_table *table;

	for (int i = 0; map && t && i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *v = btf_var_secinfos(t) + i;
		const struct btf_type *var = btf__type_by_id(obj->btf, v->type);
		const char *name = btf__name_by_offset(obj->btf, var->name_off);

		if (btf_var(var)->linkage != BTF_FUNC_GLOBAL || str_starts(name, "__") ||
		    val_plan_new(obj->btf, var->type, name, &more))
			continue;
		if (!is_readable(more)) {
			val_plan_free(more);
			add_array(obj, map, name, var->type, v->offset);
			continue;
		}
		if (!plan) {
			plan = xalloc(sizeof(*plan));
			plan->type_name = xstrdup("globals");
		}
		val_plan_append(plan, more, 8 + v->offset);
	}
	if (!plan)
		return;
	table = vec_push(obj->tables, obj->ntables);
	table->map = map;
	table->name = "globals";
	table->title = "Global variables";
	table->plan = plan;
	table->value_offset = 8; /* behind the key of the one-element array that .bss is */
}

void object_tables_all(struct object *obj)
{
	struct bpf_map *map;

	if (!obj->btf)
		return;
	bpf_object__for_each_map(map, obj->bpf)
		if (can_be_shown(map) && !bpf_map__is_internal(map) && !str_starts(bpf_map__name(map), "skep_"))
			add_table(obj, map);
	add_globals(obj);
}
