/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ready-made tools: objects carried in the binary, one row for each file of tools/. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "front/front.h"

#define TOOL(name) extern const unsigned char embed_tool_##name[], embed_tool_##name##_end[];
#include "tools.def"
#undef TOOL

/* The length of a symbol's bytes is no constant for C, so the rows hold both ends. */
static const struct {
	const char *name;
	const unsigned char *from, *to;
} carried[] = {
#define TOOL(tool) {#tool, embed_tool_##tool, embed_tool_##tool##_end},
#include "tools.def"
#undef TOOL
};

static int by_name(const void *a, const void *b)
{
	const struct front_tool *x = a, *y = b;

	return strcmp(x->name, y->name);
}

const struct front_tool *front_tools(size_t *n)
{
	static struct front_tool tools[ARRAY_SIZE(carried) + 1];
	static bool ready;
	const size_t count = ARRAY_SIZE(carried);

	for (size_t i = 0; i != count && !ready; i++)
		tools[i] = (struct front_tool){carried[i].name, carried[i].from,
					       carried[i].to - carried[i].from};
	if (!ready)
		qsort(tools, count, sizeof(*tools), by_name);
	ready = true;
	*n = count;
	return tools;
}

const struct front_tool *front_tool_find(const char *name)
{
	struct front_tool key = {.name = name};
	size_t n;
	const struct front_tool *tools = front_tools(&n);

	return bsearch(&key, tools, n, sizeof(*tools), by_name);
}

static const char *closest_tool(const char *name)
{
	size_t n;
	const struct front_tool *tools = front_tools(&n);
	const char **names = xalloc((n + 1) * sizeof(*names)), *closest;

	for (size_t i = 0; i < n; i++)
		names[i] = tools[i].name;
	closest = str_closest(name, names, n);
	free(names);
	return closest;
}

int front_open_tool(const char *name, struct object_source *src)
{
	const struct front_tool *tool = front_tool_find(name);
	const char *closest;

	*src = (struct object_source){0};
	if (tool) {
		src->name = xstrdup(tool->name);
		src->bytes = tool->bytes;
		src->len = tool->len;
		src->is_tool = true;
		return 0;
	}
	closest = closest_tool(name);
	if (closest)
		return fail(ENOENT, "no tool is called \"%s\"; did you mean %s?", name, closest);
	return fail(ENOENT, "no tool is called \"%s\"; `skep tools` lists them", name);
}
