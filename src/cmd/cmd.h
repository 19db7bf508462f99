/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd: one file a command: its name, help, options. The build collects `const struct cmd cmd_NAME`
 * from the files' names. Commands call the folders below and are the only ones that choose exit
 * statuses.
 */
#ifndef SKEP_CMD_H
#define SKEP_CMD_H

#include "base/base.h"

struct cmd {
	const char *name;
	const char *brief;  /* one line for `skep --help`; NULL: not shown there */
	const char *usage;  /* "run FILE [options] [-- COMMAND...]" */
	const char *help;   /* the rest of its help page */
	const char *alias;  /* another name it is called by through a symlink (bpftool …), or NULL */
	int (*main)(int argc, char **argv); /* argv[0] is the command's name */
};

const struct cmd *cmd_find(const char *name);
const struct cmd *const *cmd_all(size_t *n);
void cmd_print_help(const struct cmd *cmd);
/* `skep NAME …` by name of command, tool or file; an exit status. Where argv[0] is a file, argv[-1] must be there too. */
int cmd_dispatch(int argc, char **argv);
/* The page of `skep --help`. */
void cmd_overview(struct buf *out);

/* Prints and frees; an exit status. */
int cmd_print(struct buf *text);

#endif
