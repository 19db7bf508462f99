/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An object in the kernel: open → configure → choose → load → attach → detach. When the kernel refuses
 * an alternative that probing found possible, the object is opened again without it.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_int.h"

#define PART(name) extern const char embed_part_##name[], embed_part_##name##_end[];
PART(printk)
PART(tree)
#undef PART

static const struct {
	const char *name, *bytes, *end;
} parts[] = {
	{"printk", embed_part_printk, embed_part_printk_end},
	{"tree", embed_part_tree, embed_part_tree_end},
};

int unit_part(const char *name, struct object_source *src)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strcmp(parts[i].name, name) == 0) {
			*src = (struct object_source){
				.name = xstrdup(name),
				.bytes = parts[i].bytes,
				.len = parts[i].end - parts[i].bytes,
			};
			return 0;
		}
	}
	return -ENOENT;
}

static int try_load(struct object *obj, const struct kern_target *t, const struct object_prog **culprit,
		    struct buf *why)
{
	int err;

	object_libbpf_log_reset();
	for (size_t i = 0; i < obj->nprogs; i++) {
		struct bpf_program *prog = obj->progs[i].prog;

		if (base_verbosity >= 3)
			bpf_program__set_log_level(prog, 5); /* BPF_LOG_LEVEL1 | BPF_LOG_STATS */
		if (bpf_program__autoload(prog))
			kern_target_before_load(prog, t);
	}
	err = bpf_object__load(obj->bpf);
	if (err)
		return refusal_explain(obj, -err, culprit, why);
	if (base_verbosity >= 3)
		note("the verifier on the last program of %s:\n%s", obj->src->name, obj->log);
	return 0;
}

/* Programs of skep.bpf.h are loaded when the configuration asked for them only. */
static void leave_tree_out(struct object *obj)
{
	struct bpf_map *tree = bpf_object__find_map_by_name(obj->bpf, "skep_tree");

	if (tree)
		bpf_map__set_autocreate(tree, false);
}

/* Would leaving the culprit out still leave something that gives the same data? */
static bool give_up_alternative(const struct object *obj, const struct object_prog *culprit,
				struct banned *banned)
{
	return culprit && choose_ban(obj, culprit, banned);
}

static void banned_free(struct banned *banned)
{
	for (size_t i = 0; i < banned->n; i++)
		free(banned->names[i]);
	free(banned->names);
}

/* Values given for the object's options, to be given again to the one opened next. */
static void copy_options(struct object *to, const struct object *from)
{
	static const char *const sections[] = {".rodata", ".data", ".bss"};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		struct bpf_map *a = bpf_object__find_map_by_name(from->bpf, sections[i]);
		struct bpf_map *b = bpf_object__find_map_by_name(to->bpf, sections[i]);
		size_t na, nb;
		const void *image = a ? bpf_map__initial_value(a, &na) : NULL;
		void *image_to = b ? (void *)bpf_map__initial_value(b, &nb) : NULL;

		if (image && image_to && na == nb)
			memcpy(image_to, image, na);
	}
}

int unit_load(struct unit *unit, const struct object_source *src, struct object *opened,
	      const struct kern_target *t, const struct configure *configure)
{
	struct object *obj = opened;
	struct banned banned = {0};
	int err;

	for (;;) {
		const struct object_prog *culprit = NULL;
		struct buf why = {0};
		struct object *again;
		bool other;

		leave_tree_out(obj);
		if (configure->fn)
			configure->fn(obj, configure->ctx);
		kern_btf_prepare(obj);
		err = choose_programs(obj, t, &banned, NULL, false);
		if (!err)
			err = try_load(obj, t, &culprit, &why);
		other = err && give_up_alternative(obj, culprit, &banned);
		if (other)
			note("%s\n%s: trying the next alternative", why.p, src->name);
		else if (why.p)
			fail(0, "%s", why.p);
		buf_free(&why);
		if (!other)
			break;
		err = object_open(src, &again);
		if (err)
			break;
		copy_options(again, obj);
		object_close(obj);
		obj = again;
	}
	banned_free(&banned);
	unit->obj = obj;
	return err;
}

static bool is_loaded(const struct object_prog *p)
{
	return bpf_program__fd(p->prog) >= 0;
}

static void keep_link(struct unit *unit, struct kern_link *link)
{
	if (!link)
		return;
	note("%s: attached %s", unit->obj->src->name, kern_link_text(link));
	*vec_push(unit->links, unit->nlinks) = link;
}

/* Programs of struct_ops go in force through their map. */
static int attach_maps(struct unit *unit)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, unit->obj->bpf) {
		struct kern_link *link = NULL;

		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		err = kern_attach_map(map, &link);
		if (err)
			break;
		keep_link(unit, link);
	}
	return err;
}

int unit_attach(struct unit *unit, const struct kern_target *t)
{
	for (size_t i = 0; i < unit->obj->nprogs; i++) {
		const struct object_prog *p = &unit->obj->progs[i];
		struct kern_link *link = NULL;
		int err;

		if (!is_loaded(p))
			continue;
		err = kern_attach(p->prog, t, &link);
		if (err)
			return err;
		keep_link(unit, link);
	}
	return attach_maps(unit);
}

void unit_detach(struct unit *unit)
{
	while (unit->nlinks)
		kern_link_close(unit->links[--unit->nlinks]);
	free(unit->links);
	unit->links = NULL;
}

void unit_close(struct unit *unit)
{
	unit_detach(unit);
	object_close(unit->obj);
	unit->obj = NULL;
}
