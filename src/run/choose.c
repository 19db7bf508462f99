/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which programs of an object are loaded. An object may hold alternatives for the same data; of each
 * group the best choice whose programs can all be attached here is taken, and never a second one.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_int.h"

bool option_is_set(const struct object *obj, const char *var)
{
	struct object_option *o = object_option_find(obj, var);
	char value[64];

	if (!o)
		return false;
	object_option_default(o, value, sizeof(value));
	return *value != '\0';
}

static bool any_is_set(const struct object *obj, const char *list)
{
	char name[64];

	while (object_next_name(&list, name, sizeof(name)))
		if (option_is_set(obj, name))
			return true;
	return false;
}

static char *ban_name(const struct object_prog *p)
{
	return xasprintf("%s\n%d", p->group ? p->group : p->name, p->choice);
}

bool choose_is_banned(const struct banned *banned, const struct object_prog *p)
{
	char *name = ban_name(p);
	bool found = false;

	for (size_t i = 0; banned && i < banned->n && !found; i++)
		found = strcmp(banned->names[i], name) == 0;
	free(name);
	return found;
}

/* Returns false when there is nothing else to try instead. */
bool choose_ban(const struct object *obj, const struct object_prog *p, struct banned *banned)
{
	bool other = p->optional && !p->internal && !choose_is_banned(banned, p);

	for (size_t i = 0; p->group && i < obj->nprogs; i++) {
		const struct object_prog *q = &obj->progs[i];

		if (q->group && strcmp(q->group, p->group) == 0 && q->choice > p->choice &&
		    !choose_is_banned(banned, q))
			other = true;
	}
	if (other)
		*vec_push(banned->names, banned->n) = ban_name(p);
	return other;
}

static bool wanted(const struct object *obj, const struct object_prog *p)
{
	if (p->when && !any_is_set(obj, p->when))
		return false;
	return !p->unless || !any_is_set(obj, p->unless);
}

static bool same_group(const struct object_prog *a, const struct object_prog *b)
{
	return a->group && b->group && strcmp(a->group, b->group) == 0;
}

/* Can all programs of this choice be attached? The first reason why not goes to `why`. */
static bool choice_works(struct object *obj, const struct object_prog *of, int choice, const struct kern_target *t,
			 const struct banned *banned, char *why, size_t size)
{
	for (size_t i = 0; i < obj->nprogs; i++) {
		struct object_prog *p = &obj->progs[i];

		if (!same_group(p, of) || p->choice != choice || !wanted(obj, p))
			continue;
		if (choose_is_banned(banned, p)) {
			snprintf(why, size, "the kernel refused it");
			return false;
		}
		if (kern_attach_can(p->sec, t, why, size))
			return false;
	}
	return true;
}

/* The next larger choice of the group behind `after`, INT_MAX when there is none. */
static int next_choice(const struct object *obj, const struct object_prog *of, int after)
{
	int best = INT_MAX;

	for (size_t i = 0; i < obj->nprogs; i++) {
		const struct object_prog *p = &obj->progs[i];

		if (same_group(p, of) && wanted(obj, p) && p->choice > after && p->choice < best)
			best = p->choice;
	}
	return best;
}

static bool first_of_group(const struct object *obj, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (same_group(&obj->progs[i], &obj->progs[index]) && wanted(obj, &obj->progs[i]))
			return false;
	return true;
}

static void note_choice(struct run_choice *choice, const struct object_prog *p, bool fallback)
{
	size_t n = strlen(choice->how);

	if (n < sizeof(choice->how))
		snprintf(choice->how + n, sizeof(choice->how) - n, "%s%s", n ? ", " : "", p->sec);
	choice->fallback |= fallback;
}

static void take_group(struct object *obj, const struct object_prog *of, int choice, bool fallback,
		       struct run_choice *result)
{
	for (size_t i = 0; i < obj->nprogs; i++) {
		struct object_prog *p = &obj->progs[i];
		bool take = same_group(p, of) && p->choice == choice && wanted(obj, p);

		if (!same_group(p, of))
			continue;
		bpf_program__set_autoload(p->prog, take);
		if (take)
			note_choice(result, p, fallback);
	}
}

static int choose_group(struct object *obj, const struct object_prog *of, const struct kern_target *t,
			const struct banned *banned, struct run_choice *result)
{
	int first = next_choice(obj, of, INT_MIN);

	for (int c = first; c != INT_MAX; c = next_choice(obj, of, c)) {
		char why[256] = "";

		if (choice_works(obj, of, c, t, banned, why, sizeof(why))) {
			take_group(obj, of, c, c != first, result);
			return 0;
		}
		if (!result->why[0])
			snprintf(result->why, sizeof(result->why), "%s", why);
		note("%s: alternative %d cannot be used: %s", of->group, c, why);
	}
	take_group(obj, of, INT_MAX, false, result); /* none */
	return of->optional ? 0 : -ENOTSUP;
}

static int choose_single(struct object_prog *p, const struct kern_target *t, const struct banned *banned,
			 struct run_choice *result)
{
	char why[256] = "";
	int err = choose_is_banned(banned, p) ? -ENOTSUP : kern_attach_can(p->sec, t, why, sizeof(why));

	if (err && !p->optional) {
		snprintf(result->why, sizeof(result->why), "%s", why);
		/* a target that was not named, or does not exist, is the command line's fault */
		return err == -EDESTADDRREQ || err == -ENODEV ? err : -ENOTSUP;
	}
	bpf_program__set_autoload(p->prog, !err);
	if (!err)
		note_choice(result, p, false);
	return 0;
}

int choose_programs(struct object *obj, const struct kern_target *t, const struct banned *banned,
		    struct run_choice *choice, bool quiet)
{
	struct run_choice local = {0};
	int err = 0;

	choice = choice ? choice : &local;
	for (size_t i = 0; i < obj->nprogs && !err; i++) {
		struct object_prog *p = &obj->progs[i];

		if (p->internal) /* the session decided already */
			continue;
		if (!wanted(obj, p)) {
			bpf_program__set_autoload(p->prog, false);
			continue;
		}
		if (!p->group)
			err = choose_single(p, t, banned, choice);
		else if (first_of_group(obj, i))
			err = choose_group(obj, p, t, banned, choice);
		if (err && !quiet)
			fail(-err, "%s: %s cannot be attached: %s", obj->src->name, p->sec, choice->why);
	}
	return err;
}

int run_choose(struct object *obj, const struct kern_target *t, struct run_choice *choice)
{
	*choice = (struct run_choice){0};
	return choose_programs(obj, t, NULL, choice, true);
}
