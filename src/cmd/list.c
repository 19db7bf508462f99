/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep list: the tools in this binary. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "front/front.h"
#include "out/out.h"

static void add_json_text(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "\"%s\":", key);
	out_escape_json(out, value ? value : "", value ? strlen(value) : 0);
}

static void json_options(struct buf *out, const struct object *obj)
{
	buf_puts(out, ",\"options\":[");
	for (size_t i = 0; i < obj->noptions; i++) {
		const struct object_option *o = &obj->options[i];

		buf_puts(out, i ? ",{" : "{");
		add_json_text(out, "name", o->name);
		if (o->letter)
			buf_printf(out, ",\"letter\":\"%c\"", o->letter);
		buf_putc(out, ',');
		add_json_text(out, "kind", val_kind_name(o->field.kind));
		buf_putc(out, ',');
		add_json_text(out, "help", o->help);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

static void json_columns(struct buf *out, const struct object *obj)
{
	const struct val_plan *plan = obj->nstreams ? obj->streams[0].plan : obj->ntables ? obj->tables[0].plan : NULL;

	buf_puts(out, ",\"columns\":[");
	for (size_t i = 0; plan && i < plan->nfields; i++) {
		buf_puts(out, i ? ",{" : "{");
		add_json_text(out, "name", plan->fields[i].name);
		buf_putc(out, ',');
		add_json_text(out, "kind", val_kind_name(plan->fields[i].kind));
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

static void add_json(struct buf *out, const char *name, const struct object *obj)
{
	buf_putc(out, '{');
	add_json_text(out, "name", name);
	buf_putc(out, ',');
	add_json_text(out, "brief", obj->brief);
	buf_putc(out, ',');
	add_json_text(out, "about", obj->about);
	json_options(out, obj);
	json_columns(out, obj);
	buf_puts(out, "}\n");
}

static int add_tool(struct buf *out, const char *name, bool json)
{
	struct object_source src;
	struct object *obj;
	int err = front_open_tool(name, &src);

	if (err)
		return err;
	err = object_open(&src, &obj);
	if (!err && json)
		add_json(out, name, obj);
	else if (!err)
		buf_printf(out, "  %-16s %s\n", name, obj->brief ? obj->brief : "");
	if (!err)
		object_close(obj);
	object_source_free(&src);
	return err;
}

static int list_main(int argc, char **argv)
{
	bool json = argc > 1 && (strcmp(argv[1], "--json") == 0 || strcmp(argv[1], "-j") == 0);
	size_t n;
	const struct front_tool *tools = front_tools(&n);
	struct buf text = {0};
	int err = 0;

	if (argc > 1 && !json) {
		fail(0, "unknown word '%s'; skep list [--json]", argv[1]);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < n && !err; i++)
		err = add_tool(&text, tools[i].name, json);
	return cmd_print(&text) || err ? EXIT_FAILED : EXIT_OK;
}

const struct cmd cmd_list = {
	.name = "list",
	.brief = "the tools in this binary, a line each",
	.usage = "list [--json]",
	.help = "--json (-j): one object a line with options and columns, for programs.\n",
	.main = list_main,
};
