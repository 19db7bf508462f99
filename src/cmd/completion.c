/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep completion SHELL: a small script for the shell that asks the binary itself, so that it knows
 * every tool and option of the skep that is installed. `skep completion words WORD…` answers: what may
 * stand after these words, a line each.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "front/front.h"
#include "run/run.h"

static const char bash[] =
	"# bash completion for skep\n"
	"_skep() {\n"
	"	local IFS=$'\\n' cur=${COMP_WORDS[COMP_CWORD]}\n"
	"	COMPREPLY=($(compgen -W \"$(skep completion words \"${COMP_WORDS[@]:1:COMP_CWORD-1}\" 2>/dev/null)\" -- \"$cur\"))\n"
	"	[ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$cur\"))\n"
	"}\n"
	"complete -F _skep skep\n";

static const char zsh[] =
	"#compdef skep\n"
	"_skep() {\n"
	"	local -a answers\n"
	"	answers=(${(f)\"$(skep completion words ${words[2,CURRENT-1]} 2>/dev/null)\"})\n"
	"	compadd -a answers || _files\n"
	"}\n"
	"_skep \"$@\"\n";

static const char fish[] =
	"# fish completion for skep\n"
	"complete -c skep -a '(skep completion words (commandline -opc)[2..-1] 2>/dev/null)'\n";

static const struct {
	const char *shell, *script;
} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

static void names(void)
{
	size_t n;
	const struct cmd *const *cmds = cmd_all(&n);
	const struct front_tool *tools;

	for (size_t i = 0; i < n; i++)
		if (cmds[i]->brief)
			puts(cmds[i]->name);
	tools = front_tools(&n);
	for (size_t i = 0; i < n; i++)
		puts(tools[i].name);
}

static void group_names(const struct opt_group *group)
{
	for (size_t i = 0; i < group->n; i++)
		if (group->opts[i].help)
			printf("--%s\n", group->opts[i].name);
}

static void option_names(struct object *obj)
{
	struct run_request req = {0};
	struct opt_group own = run_object_options(obj);
	struct opt_group common[] = {run_filter_options(&req), run_output_options(&req), run_target_options(&req)};

	group_names(&own);
	for (size_t i = 0; i < ARRAY_SIZE(common); i++) {
		group_names(&common[i]);
		run_common_free(&common[i]);
	}
	puts("--help");
	run_options_free(&own);
}

/* The object the words so far are about: a tool's, or an object file behind `run`. */
static int open_named(int argc, char **argv, struct object_source *src)
{
	if (argc > 0 && front_tool_find(argv[0]))
		return front_open_tool(argv[0], src);
	if (argc > 1 && strcmp(argv[0], "run") == 0 && str_ends(argv[1], ".o"))
		return front_open_file(argv[1], src);
	return -1;
}

static int words(int argc, char **argv)
{
	struct object_source src = {0};
	struct object *obj;

	if (argc == 0) {
		names();
		return EXIT_OK;
	}
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return EXIT_OK;
	if (open_named(argc, argv, &src) == 0 && object_open(&src, &obj) == 0) {
		option_names(obj);
		object_close(obj);
	}
	object_source_free(&src);
	return EXIT_OK;
}

static int completion_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "words") == 0)
		return words(argc - 2, argv + 2);
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(scripts); i++) {
		if (strcmp(argv[1], scripts[i].shell) == 0) {
			fputs(scripts[i].script, stdout);
			return EXIT_OK;
		}
	}
	fail(0, "for which shell? skep completion bash, zsh or fish");
	return EXIT_USAGE;
}

const struct cmd cmd_completion = {
	.name = "completion",
	.brief = "the completion script of a shell: bash, zsh or fish",
	.usage = "completion bash|zsh|fish",
	.help = "bash: source <(skep completion bash)\nThe script asks skep for tools and options, so it never grows old.\n",
	.main = completion_main,
};
