/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs and their alternatives. Twins are programs on the same event by different means
 * (tp_btf/X and raw_tp/X, fentry/F and kprobe/F): a loader that attached both would count every event
 * twice. They are put in one group here, the better means with the lower choice; an author can make
 * groups of his own with SKEP_CHOICE.
 */
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/object_int.h"

/* Sections that mean the same event: the prefix, the group's name, how good it is. */
static const struct {
	const char *prefix, *group;
	int choice;
} twins[] = {
	{"tp_btf/", "event", 0},	  {"raw_tp/", "event", 1},   {"raw_tracepoint/", "event", 1},
	{"raw_tp.w/", "event", 1},	  {"raw_tracepoint.w/", "event", 1},
	{"tp/", "event", 2},		  {"tracepoint/", "event", 2},
	{"fentry/", "entry", 0},	  {"kprobe/", "entry", 1},
	{"fexit/", "return", 0},	  {"kretprobe/", "return", 1},
};

static void find_twin(struct object_prog *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(twins); i++) {
		const char *target = p->sec + strlen(twins[i].prefix), *slash;

		if (!str_starts(p->sec, twins[i].prefix))
			continue;
		slash = twins[i].choice == 2 ? strchr(target, '/') : NULL; /* tp/CATEGORY/EVENT */
		p->group = xasprintf("%s %s", twins[i].group, slash ? slash + 1 : target);
		p->choice = twins[i].choice;
		return;
	}
}

void progs_find(struct object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj->bpf) {
		struct object_prog *p = vec_push(obj->progs, obj->nprogs);
		const char *group, *choice;

		p->prog = prog;
		p->name = bpf_program__name(prog);
		p->sec = bpf_program__section_name(prog);
		p->optional = !bpf_program__autoload(prog);
		p->internal = str_starts(p->name, "skep_");
		p->when = notes_get(&obj->notes, ON_PROG, p->name, NULL, "when");
		p->unless = notes_get(&obj->notes, ON_PROG, p->name, NULL, "unless");
		group = notes_get(&obj->notes, ON_PROG, p->name, NULL, "group");
		choice = notes_get(&obj->notes, ON_PROG, p->name, NULL, "choice");
		if (group) {
			p->group = xstrdup(group);
			p->choice = choice ? atoi(choice) : 0;
		} else if (!p->internal) {
			find_twin(p);
		}
	}
}
