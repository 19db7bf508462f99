/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep help, skep --help, skep --version, and finding what a word means. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "front/front.h"
#include "object/object.h"
#include "run/run.h"

#define CMD(name) extern const struct cmd cmd_##name;
#include "cmds.def"
#undef CMD

static const struct cmd *const commands[] = {
#define CMD(name) &cmd_##name,
#include "cmds.def"
#undef CMD
};

const struct cmd *const *cmd_all(size_t *n)
{
	*n = ARRAY_SIZE(commands);
	return commands;
}

const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, name) == 0 ||
		    (commands[i]->alias && strcmp(commands[i]->alias, name) == 0))
			return commands[i];
	return NULL;
}

int cmd_print(struct buf *text)
{
	bool ok = fwrite(text->p, 1, text->len, stdout) == text->len && fflush(stdout) == 0;

	buf_free(text);
	if (ok || errno == EPIPE)
		return EXIT_OK;
	fail(errno, "cannot write to standard output: %s", strerror(errno));
	return EXIT_FAILED;
}

void cmd_print_help(const struct cmd *cmd)
{
	struct buf text = {0};

	buf_printf(&text, "skep %s: %s\n\nUsage: skep %s\n", cmd->name, cmd->brief, cmd->usage);
	if (cmd->help)
		buf_printf(&text, "\n%s", cmd->help);
	cmd_print(&text);
}

/* Names side by side, so that the page fits a screen. */
static void tool_names(struct buf *out)
{
	size_t n, column = 0;
	const struct front_tool *tools = front_tools(&n);

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(tools[i].name);

		if (column && column + len + 2 > 78) {
			buf_putc(out, '\n');
			column = 0;
		}
		buf_printf(out, "%s%s", column ? " " : "  ", tools[i].name);
		column += len + (column ? 1 : 2);
	}
	buf_putc(out, '\n');
}

void cmd_overview(struct buf *out)
{
	buf_puts(out, "skep " SKEP_VERSION ": the eBPF workbench in one file\n\n"
		      "  skep execsnoop                   run a ready-made tool; Ctrl-C ends it\n"
		      "  skep opensnoop -- ls /etc        trace one command and its children only\n"
		      "  skep opensnoop --json -d 10      for programs: one JSON object a line\n"
		      "  skep run prog.bpf.c              compile and run the kernel side you wrote\n"
		      "  skep doctor                      what works on this machine, and why not\n"
		      "\nCommands (skep COMMAND --help):\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i]->brief)
			buf_printf(out, "  %-12s %s\n", commands[i]->name, commands[i]->brief);
	buf_puts(out, "\nTools (skep TOOL --help):\n");
	tool_names(out);
	buf_puts(out, "\nThe same options everywhere: -p PID -u USER -n NAME -c CGROUP; -d TIME -N ROWS;\n"
		      "-j (JSON) --csv -o FILE -T (time) --columns A,B; -v; -- COMMAND\n");
}

static int overview(void)
{
	struct buf text = {0};

	cmd_overview(&text);
	return cmd_print(&text);
}

static int run_tool(const char *name, int argc, char **argv)
{
	struct object_source src;
	int status = EXIT_FAILED;

	if (front_open_tool(name, &src) == 0)
		status = run_object(&src, argc, argv, 1);
	object_source_free(&src);
	return status;
}

static int not_found(const char *word)
{
	const char *names[ARRAY_SIZE(commands) + 1024], *close;
	size_t ntools, n = 0;
	const struct front_tool *tools = front_tools(&ntools);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[n++] = commands[i]->name;
	for (size_t i = 0; i < ntools && n < ARRAY_SIZE(names); i++)
		names[n++] = tools[i].name;
	close = str_closest(word, names, n);
	if (close)
		fail(0, "there is no command or tool '%s'; did you mean %s?", word, close);
	else
		fail(0, "there is no command or tool '%s'; `skep list` shows the tools", word);
	return EXIT_USAGE;
}

static bool is_file_to_run(const char *word)
{
	return str_ends(word, ".bpf.c") || str_ends(word, ".bpf.o") || str_ends(word, ".o");
}

int cmd_dispatch(int argc, char **argv)
{
	const char *word = argc > 0 ? argv[0] : "--help";
	const struct cmd *cmd;

	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return overview();
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		word = "version";
	if (strcmp(word, "--install") == 0)
		word = "install";
	if (is_file_to_run(word)) /* skep x.bpf.c: run is meant */
		return cmd_find("run")->main(argc + 1, argv - 1);
	cmd = cmd_find(word);
	if (cmd && argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		cmd_print_help(cmd);
		return EXIT_OK;
	}
	if (cmd)
		return cmd->main(argc, argv);
	if (front_tool_find(word))
		return run_tool(word, argc, argv);
	return not_found(word);
}

static int help_main(int argc, char **argv)
{
	char *words[] = {"help", argc > 1 ? argv[1] : NULL, "--help", NULL};

	return argc > 1 ? cmd_dispatch(2, words + 1) : overview();
}

const struct cmd cmd_help = {
	.name = "help",
	.brief = "this page, or the one of a command or tool",
	.usage = "help [NAME]",
	.main = help_main,
};
