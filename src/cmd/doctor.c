/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep doctor: what this kernel, these privileges and this machine allow; and for every tool whether
 * it works here, through which alternative, or why not and what to do.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cmd/cmd.h"
#include "front/front.h"
#include "kern/kern.h"
#include "out/out.h"
#include "run/run.h"

static void text(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, ",\"%s\":", key);
	out_escape_json(out, value ? value : "", value ? strlen(value) : 0);
}

static void feature_json(struct buf *out, enum kern_feature f)
{
	const struct kern_feature_info *info = kern_feature_info(f);

	buf_printf(out, "{\"feature\":\"%s\",\"available\":%s", info->name, kern_has(f) ? "true" : "false");
	text(out, "what", info->what);
	if (!kern_has(f))
		text(out, "why_not", kern_why_not(f));
	buf_puts(out, "}\n");
}

static void feature_line(struct buf *out, enum kern_feature f)
{
	const struct kern_feature_info *info = kern_feature_info(f);

	if (kern_has(f))
		buf_printf(out, "  %-13s yes  %s\n", info->name, info->what);
	else
		buf_printf(out, "  %-13s no   %s: %s\n", info->name, info->what, kern_why_not(f));
}

static void machine(struct buf *out, bool json)
{
	struct utsname u;

	uname(&u);
	if (json) {
		buf_printf(out, "{\"kernel\":\"%s\",\"machine\":\"%s\"", u.release, u.machine);
		text(out, "privileges", kern_privileges());
		text(out, "version", SKEP_VERSION);
		buf_puts(out, "}\n");
	} else {
		buf_printf(out, "Linux %s on %s; privileges: %s\n\nThe kernel has:\n", u.release, u.machine,
			   kern_privileges());
	}
}

static void tool_json(struct buf *out, const char *name, int err, const struct run_choice *c)
{
	buf_printf(out, "{\"tool\":\"%s\",\"works\":%s", name, err ? "false" : "true");
	if (err)
		text(out, "why_not", c->why);
	else
		text(out, "how", c->how);
	buf_printf(out, ",\"fallback\":%s}\n", !err && c->fallback ? "true" : "false");
}

static void tool_line(struct buf *out, const char *name, int err, const struct run_choice *c)
{
	if (err)
		buf_printf(out, "  %-16s cannot: %s\n", name, c->why);
	else
		buf_printf(out, "  %-16s works, through %s%s\n", name, c->how,
			   c->fallback ? " (an alternative: the first choice is not there)" : "");
}

static void tool(struct buf *out, const char *name, bool json)
{
	static const struct kern_target none;
	struct run_choice choice = {0};
	struct object_source src;
	struct object *obj;
	int err;

	if (front_open_tool(name, &src))
		return;
	if (object_open(&src, &obj) == 0) {
		err = run_choose(obj, &none, &choice);
		if (json)
			tool_json(out, name, err, &choice);
		else
			tool_line(out, name, err, &choice);
		object_close(obj);
	}
	object_source_free(&src);
}

static int doctor_main(int argc, char **argv)
{
	bool json = argc > 1 && (strcmp(argv[1], "--json") == 0 || strcmp(argv[1], "-j") == 0);
	size_t n;
	const struct front_tool *tools = front_tools(&n);
	struct buf out = {0};

	if (argc > 1 && !json) {
		fail(0, "unknown word '%s'; skep doctor [--json]", argv[1]);
		return EXIT_USAGE;
	}
	machine(&out, json);
	for (int f = 0; f < KERN_FEATURE_COUNT; f++)
		(json ? feature_json : feature_line)(&out, f);
	if (!json)
		buf_puts(&out, "\nThe tools:\n");
	for (size_t i = 0; i < n; i++)
		tool(&out, tools[i].name, json);
	return cmd_print(&out);
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.brief = "what works on this kernel with these privileges, and what to do where not",
	.usage = "doctor [--json]",
	.help = "Every kind of attaching is tried for real, on objects of skep's own. For each tool: works,\n"
		"through which alternative, or why not.\n\n"
		"--json (-j): one object a line: {\"feature\":...,\"available\":...,\"why_not\":...} and\n"
		"{\"tool\":...,\"works\":...,\"how\":...}.\n",
	.main = doctor_main,
};
