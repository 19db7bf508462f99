/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The help page of an object, made from what the object says of itself. */
#include <stdlib.h>
#include <string.h>

#include "run/run_int.h"

/* Text in lines of at most 80 columns. */
static void wrapped(struct buf *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " \n");

		if (column && column + 1 + n > 80) {
			buf_putc(out, '\n');
			column = 0;
		} else if (column) {
			buf_putc(out, ' ');
			column++;
		}
		buf_add(out, text, n);
		column += n;
		text += n;
		if (*text == '\n') {
			buf_putc(out, '\n');
			column = 0;
		}
		text += *text != '\0';
	}
	buf_putc(out, '\n');
}

static void columns(const struct val_plan *plan, struct buf *out)
{
	for (size_t i = 0; plan && i < plan->nfields; i++) {
		const struct val_field *f = &plan->fields[i];

		buf_printf(out, "%s%s", i ? ", " : "", f->name);
	}
}

static void columns_section(const struct object *obj, struct buf *out)
{
	for (size_t i = 0; i < obj->nstreams + obj->ntables; i++) {
		const struct val_plan *plan = i < obj->nstreams ? obj->streams[i].plan
								 : obj->tables[i - obj->nstreams].plan;
		struct buf line = {0};

		if (!plan)
			continue;
		buf_printf(&line, "Columns of %s: ",
			   i < obj->nstreams ? obj->streams[i].name : obj->tables[i - obj->nstreams].name);
		columns(plan, &line);
		buf_putc(out, '\n');
		wrapped(out, line.p);
		buf_free(&line);
	}
}

/* Has it programs whose target the command line may name? A tool that has none need not show how. */
static bool has_targets(const struct object *obj)
{
	static const char *const kinds[] = {"uprobe", "uretprobe", "usdt", "xdp", "tc", "tcx", "classifier",
					    "socket", "perf_event", "cgroup", "sockops", "netkit"};

	for (size_t i = 0; i < obj->nprogs; i++)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			if (str_starts(obj->progs[i].sec, kinds[k]))
				return true;
	return false;
}

static const char *how_called(const struct object *obj)
{
	return obj->src->is_tool ? "skep" : "skep run";
}

static void examples_section(const struct object *obj, struct buf *out)
{
	if (obj->nexamples)
		buf_puts(out, "\nExamples:\n");
	for (size_t i = 0; i < obj->nexamples; i++)
		buf_printf(out, "  %s %s\n      %s\n", how_called(obj), obj->examples[i].command,
			   obj->examples[i].text);
}

static void heading(const struct object *obj, struct buf *out)
{
	buf_printf(out, "%s%s%s\n", obj->src->name, obj->brief ? ": " : "", obj->brief ? obj->brief : "");
	buf_printf(out, "\nUsage: %s %s [options] [-- COMMAND...]\n", how_called(obj), obj->src->name);
	if (obj->about) {
		buf_putc(out, '\n');
		wrapped(out, obj->about);
	}
}

void run_help(struct object *obj, struct buf *out)
{
	struct run_request req = {0};
	struct opt_group groups[] = {
		run_object_options(obj), run_filter_options(&req), run_output_options(&req),
		run_target_options(&req),
	};

	heading(obj, out);
	opt_help(out, groups, ARRAY_SIZE(groups) - !has_targets(obj));
	columns_section(obj, out);
	examples_section(obj, out);
	run_options_free(&groups[0]);
	for (size_t i = 1; i < ARRAY_SIZE(groups); i++)
		run_common_free(&groups[i]);
}

void run_help_own(struct object *obj, struct buf *out)
{
	struct opt_group own = run_object_options(obj);

	heading(obj, out);
	opt_help(out, &own, 1);
	columns_section(obj, out);
	examples_section(obj, out);
	run_options_free(&own);
}
