/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep man: the man page, made from the same tables and objects as --help. For `make install`. */
#include <string.h>

#include "cmd/cmd.h"
#include "front/front.h"
#include "run/run.h"

/* Text for troff: a leading '.' or '\'' and backslashes must not be taken for requests. */
static void troff(struct buf *out, const char *s)
{
	for (bool start = true; *s; start = *s == '\n', s++) {
		if (start && (*s == '.' || *s == '\''))
			buf_puts(out, "\\&");
		if (*s == '\\')
			buf_puts(out, "\\e");
		else if (*s == '-')
			buf_puts(out, "\\-");
		else
			buf_putc(out, *s);
	}
}

static void verbatim(struct buf *out, const char *s)
{
	buf_puts(out, ".nf\n");
	troff(out, s);
	buf_puts(out, "\n.fi\n");
}

static void commands(struct buf *out)
{
	size_t n;
	const struct cmd *const *cmds = cmd_all(&n);

	buf_puts(out, ".SH COMMANDS\n");
	for (size_t i = 0; i < n; i++) {
		if (!cmds[i]->brief)
			continue;
		buf_puts(out, ".TP\n.B ");
		troff(out, cmds[i]->usage);
		buf_putc(out, '\n');
		troff(out, cmds[i]->brief);
		buf_puts(out, ".\n");
		if (cmds[i]->help)
			verbatim(out, cmds[i]->help);
	}
}

static int tool(struct buf *out, const char *name)
{
	struct object_source src;
	struct buf page = {0};
	struct object *obj;
	int err = front_open_tool(name, &src);

	if (err)
		return err;
	err = object_open(&src, &obj);
	if (!err) {
		run_help_own(obj, &page);
		buf_printf(out, ".SS %s\n", name);
		verbatim(out, page.p);
		object_close(obj);
	}
	buf_free(&page);
	object_source_free(&src);
	return err;
}

static void common_options(struct buf *out)
{
	struct run_request req = {0};
	struct opt_group groups[] = {run_filter_options(&req), run_output_options(&req), run_target_options(&req)};
	struct buf text = {0};

	opt_help(&text, groups, ARRAY_SIZE(groups));
	buf_puts(out, ".SH OPTIONS OF EVERY TOOL AND PROGRAM\n");
	verbatim(out, text.p);
	buf_free(&text);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		run_common_free(&groups[i]);
}

static int man_main(int argc, char **argv)
{
	size_t n;
	const struct front_tool *tools = front_tools(&n);
	struct buf out = {0};
	int err = 0;

	buf_puts(&out, ".TH SKEP 1 \"\" \"skep " SKEP_VERSION "\" \"User Commands\"\n"
		       ".SH NAME\nskep \\- the eBPF workbench in one file\n"
		       ".SH SYNOPSIS\n.B skep\nTOOL [options] [\\-\\- COMMAND...]\n.br\n"
		       ".B skep run\nFILE.bpf.c|FILE.bpf.o [options] [\\-\\- COMMAND...]\n.br\n"
		       ".B skep\nCOMMAND\n");
	commands(&out);
	common_options(&out);
	buf_puts(&out, ".SH TOOLS\n");
	for (size_t i = 0; i < n && !err; i++)
		err = tool(&out, tools[i].name);
	buf_puts(&out, ".SH EXIT STATUS\n.TP\n0\nDone; also after Ctrl\\-C.\n.TP\n1\nIt was understood but could "
		       "not be done.\n.TP\n2\nThe command line is wrong.\n.TP\n3\nThis kernel or these privileges "
		       "do not allow it; skep doctor tells more.\n"
		       ".SH ENVIRONMENT\n.TP\nNO_COLOR\nNo colours on a terminal.\n.TP\nSKEP_CLANG\nThe clang for "
		       "skep run x.bpf.c.\n.TP\nSKEP_CFLAGS\nMore words for that clang.\n.TP\nSKEP_BTF\nA file with the kernel's types, as \\-\\-btf.\n.TP\n"
		       "SKEP_CACHE\nFolder for what can be made again (headers, vmlinux.h); else "
		       "$XDG_CACHE_HOME/skep or ~/.cache/skep.\n");
	return cmd_print(&out) || err ? EXIT_FAILED : EXIT_OK;
}

const struct cmd cmd_man = {
	.name = "man",
	.usage = "man",
	.help = "Prints the man page in troff, for `make install`: skep man | man -l -\n",
	.main = man_main,
};
