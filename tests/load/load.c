/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* load [-w] SUB-COMMAND [ARG…]: finds the sub-command; -w waits for a line on stdin before it acts. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static int wait_asked;

void say(const char *fmt, ...)
{
	char line[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(1, line, n) != n)
		_exit(1);
}

void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

long number(const char *text)
{
	char *end;
	long v = strtol(text, &end, 0);

	if (*end || end == text) {
		fprintf(stderr, "load: '%s' is not a number\n", text);
		exit(2);
	}
	return v;
}

void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

pid_t gettid_(void)
{
	return syscall(SYS_gettid);
}

void wait_if_asked(void)
{
	char c;

	while (wait_asked && read(0, &c, 1) == 1 && c != '\n')
		;
	wait_asked = 0;
}

pid_t forked(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	return pid;
}

int reap(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	if (WIFSIGNALED(status))
		say("signal=%d", WTERMSIG(status));
	else
		say("status=%d", WEXITSTATUS(status));
	return 0;
}

/* Prefixes: they change the process, then run another sub-command in it. */

static int cmd_comm(int argc, char **argv)
{
	prctl(PR_SET_NAME, argv[1]);
	return load_run(argc - 2, argv + 2);
}

static int cmd_as(int argc, char **argv)
{
	uid_t uid = number(argv[1]);

	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		die("setresuid");
	return load_run(argc - 2, argv + 2);
}

/* A shell's background jobs ignore SIGINT, and so would what it starts. */
static int cmd_fresh(int argc, char **argv)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	execvp(argv[1], argv + 1);
	die(argv[1]);
}

static const struct load_cmd prefixes[] = {
	{ "comm", "NAME SUB-COMMAND…", "under another process name", 2, cmd_comm },
	{ "as", "UID SUB-COMMAND…", "as another user", 2, cmd_as },
	{ "fresh", "CMD…", "any command, with signals as they are by default", 1, cmd_fresh },
};

static const struct load_cmd *find(const char *name, int print)
{
	struct load_table tables[] = { { prefixes, sizeof(prefixes) / sizeof(prefixes[0]) }, load_files(), load_procs(), load_net(), load_netns(),
				       load_talk() };

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (size_t i = 0; i < tables[t].n; i++) {
			const struct load_cmd *c = &tables[t].cmds[i];

			if (print)
				printf("  %-16s %-28s %s\n", c->name, c->args, c->what);
			else if (!strcmp(c->name, name))
				return c;
		}
	}
	return NULL;
}

int load_run(int argc, char **argv)
{
	const struct load_cmd *c = argc > 0 ? find(argv[0], 0) : NULL;

	if (!c) {
		printf("usage: load [-w] SUB-COMMAND [ARG...]\n");
		find("", 1);
		return 2;
	}
	if (argc - 1 < c->min) {
		fprintf(stderr, "usage: load %s %s\n", c->name, c->args);
		return 2;
	}
	return c->run(argc, argv);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "-w")) {
		wait_asked = 1;
		argv++;
		argc--;
	}
	return load_run(argc - 1, argv + 1);
}
