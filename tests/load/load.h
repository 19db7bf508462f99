/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * load: the workload whose true answer is known. Each sub-command does one thing to the kernel and
 * prints what it did as key=value lines, which a test compares with what skep said.
 *
 * One table a file (files, procs, net, netns, talk); load.c finds the sub-command. Static, no dependencies:
 * it also runs in the guests.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <sys/types.h>

#define MISSING "/nonexistent/skep"

struct load_cmd {
	const char *name, *args, *what;
	int min; /* arguments it needs */
	int (*run)(int argc, char **argv); /* argv[0] is the sub-command's name */
};

struct load_table {
	const struct load_cmd *cmds;
	size_t n;
};

struct load_table load_files(void), load_procs(void), load_net(void), load_netns(void),
	load_talk(void);

/* One key=value line, written at once. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Ends the program with a message and errno. */
void die(const char *what) __attribute__((noreturn));
long number(const char *text);
void sleep_ms(long ms);
pid_t gettid_(void);
/* With -w: waits for a line (or the end) of standard input, once. */
void wait_if_asked(void);
/* fork(), with a die() of its own. */
pid_t forked(void);
/* Waits for the child and says status=CODE or signal=N. */
int reap(pid_t child);
int load_run(int argc, char **argv);

#endif
