/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a command line to a session: the object's own options and the common ones are parsed as one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/session.h"

static int set_help(const struct opt *o, const char *value, void *ctx)
{
	*(bool *)ctx = true;
	return 0;
}

static bool option_set(const char *var, void *ctx)
{
	return option_is_set(ctx, var);
}

/* Options that name targets, e.g. bashreadline's --shared FILE, and what the comments of a source say. */
static void take_targets(struct object *obj, struct run_request *req)
{
	static char values[8][256];
	size_t n = 0;

	for (size_t i = 0; i < obj->noptions && n < ARRAY_SIZE(values); i++) {
		struct object_option *o = &obj->options[i];

		if (!o->target || !o->given)
			continue;
		object_option_default(o, values[n], sizeof(values[n]));
		if (strcmp(o->target, "binary") == 0)
			req->target.binary = values[n++];
		else if (strcmp(o->target, "symbol") == 0)
			req->target.symbol = values[n++];
		else if (strcmp(o->target, "interface") == 0)
			req->target.ifname = values[n++];
	}
}

static void take_notes(struct object *obj, struct run_request *req)
{
	for (size_t i = 0; i < obj->nprogs; i++) {
		const char *name = obj->progs[i].name, *v;

		v = notes_get(&obj->notes, ON_PROG, name, NULL, "ifindex");
		if (v && !req->target.ifname)
			req->target.ifindex = atoi(v);
		v = notes_get(&obj->notes, ON_PROG, name, NULL, "direction");
		if (v && !req->target.direction)
			req->target.direction = v;
		v = notes_get(&obj->notes, ON_PROG, name, NULL, "tc_priority");
		if (v && !req->target.tc_priority)
			req->target.tc_priority = atoi(v);
		v = notes_get(&obj->notes, ON_PROG, name, NULL, "tc_handle");
		if (v)
			req->target.tc_handle = atoi(v);
	}
}

static int exit_status(int err)
{
	switch (err) {
	case 0:
		return EXIT_OK;
	case -EPERM:
	case -EACCES:
	case -ENOTSUP:
		return EXIT_CANNOT;
	default:
		return EXIT_FAILED;
	}
}

static int check_words(const struct opt_result *res, char **argv, struct run_request *req)
{
	if (res->nargs)
		return fail(EINVAL, "'%s' is not an option; a command to be traced is written behind --", res->args[0]);
	if (res->dashes && !argv[res->next])
		return fail(EINVAL, "there is no command behind --");
	if (res->dashes)
		req->command = argv + res->next;
	return 0;
}

static int show_help(struct object *obj)
{
	struct buf text = {0};

	run_help(obj, &text);
	fwrite(text.p, 1, text.len, stdout);
	buf_free(&text);
	return EXIT_OK;
}

static int parse_and_run(const struct object_source *src, struct object *obj, int argc, char **argv, int first)
{
	struct run_request req = {.out = {.option_set = option_set, .ctx = obj}};
	bool help = false;
	const struct opt help_rows[] = {{"help", 'h', NULL, "this page", set_help, &help, 0}};
	struct opt_group groups[] = {
		run_object_options(obj), run_filter_options(&req), run_output_options(&req),
		run_target_options(&req), {"Help", help_rows, 1, NULL},
	};
	struct opt_result res;
	int status = EXIT_USAGE;

	if (opt_parse(argc, argv, first, groups, ARRAY_SIZE(groups), false, &res) == 0) {
		if (help) {
			status = show_help(obj);
		} else if (check_words(&res, argv, &req) == 0) {
			req.target.pid = req.pid; /* user probes and samples of that process only */
			take_targets(obj, &req);
			take_notes(obj, &req);
			run_options_free(&groups[0]);
			if (!kern_can_load()) {
				fail(EPERM, "%s: %s", src->name, kern_why_not(KERN_BPF));
				status = EXIT_CANNOT;
			} else {
				status = exit_status(session_run(src, obj, &req));
				obj = NULL;
			}
		}
		free(res.args);
	}
	if (groups[0].opts)
		run_options_free(&groups[0]);
	for (size_t i = 1; i < 4; i++)
		run_common_free(&groups[i]);
	object_close(obj);
	return status;
}

int run_object(const struct object_source *src, int argc, char **argv, int first)
{
	struct object *obj;

	if (object_open(src, &obj))
		return EXIT_FAILED;
	return parse_and_run(src, obj, argc, argv, first);
}
