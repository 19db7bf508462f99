/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * within [-t FILE] SECONDS COMMAND [ARG…]: runs a command for at most so many seconds and lets
 * nothing of it survive. tests/run.sh runs every test below it, on the host and in the guests.
 *
 * The command gets its own process group; orphans of it become children of this program
 * (PR_SET_CHILD_SUBREAPER). When it ends, or when the time is over, all of them are killed.
 * FILE gets the seconds it took, as "0.4".
 *
 * Exit status: the command's; 124 when the time was over; 125 when it ended well but processes of
 * it were still there (they are named on stderr); 128 + N when signal N ended it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* The parent of a process and its name; 0 when it is gone or a zombie. */
static pid_t parent_of(pid_t pid, char comm[64])
{
	char path[64], line[512], *end, state;
	int ppid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f) && (end = strrchr(line, ')'))) {
		if (sscanf(end + 1, " %c %d", &state, &ppid) != 2 || state == 'Z')
			ppid = 0;
		*end = 0;
		snprintf(comm, 64, "%.63s", strchr(line, '(') + 1);
	}
	fclose(f);
	return ppid;
}

/* Kills the living children of this process (orphans arrive here one generation at a time). */
static int kill_children(int sig, int tell)
{
	struct dirent *d;
	char comm[64] = "";
	int n = 0;
	DIR *dir = opendir("/proc");

	while (dir && (d = readdir(dir))) {
		pid_t pid = atoi(d->d_name);

		if (pid <= 1 || parent_of(pid, comm) != getpid())
			continue;
		if (tell)
			fprintf(stderr, "within: process %d (%s) was left behind\n", pid, comm);
		kill(pid, sig);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

/* Waits for the child until `deadline`; returns 1 and its status, or 0 when the time is over. */
static int wait_until(pid_t child, double deadline, int *status)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		double left = deadline - now();
		struct timespec ts;
		pid_t pid;
		int st;

		while ((pid = waitpid(-1, &st, WNOHANG)) > 0) {
			if (pid == child) {
				*status = st;
				return 1;
			}
		}
		if (left <= 0)
			return 0;
		if (left > 1)
			left = 1;
		ts.tv_sec = (time_t)left;
		ts.tv_nsec = (long)((left - (time_t)left) * 1e9);
		sigtimedwait(&set, NULL, &ts);
	}
}

static int sweep(int tell)
{
	int left, total = 0, round, st;

	for (round = 0; round < 100; round++) {
		left = kill_children(SIGKILL, tell);
		total += left;
		while (waitpid(-1, &st, WNOHANG) > 0)
			;
		if (!left && waitpid(-1, &st, WNOHANG) < 0 && errno == ECHILD)
			break;
		usleep(10000);
		tell = 0;
	}
	return total;
}

/* What is ending just now is not left behind. */
static void grace(void)
{
	int st;

	for (int i = 0; i < 50; i++) {
		pid_t pid;

		while ((pid = waitpid(-1, &st, WNOHANG)) > 0)
			;
		if (pid < 0)
			return;
		usleep(10000);
	}
}

static pid_t start(char **argv)
{
	sigset_t none;
	pid_t child = fork();

	if (child)
		return child;
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL); /* a shell's background job would ignore it */
	execvp(argv[0], argv);
	fprintf(stderr, "within: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int main(int argc, char **argv)
{
	const char *times = NULL;
	double begin = now(), limit;
	int status = 0, over, left;
	sigset_t set;
	pid_t child;

	if (argc > 3 && !strcmp(argv[1], "-t")) {
		times = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 3) {
		fprintf(stderr, "usage: within [-t FILE] SECONDS COMMAND [ARG...]\n");
		return 2;
	}
	limit = atof(argv[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	child = start(argv + 2);
	over = !wait_until(child, begin + limit, &status);
	if (over) {
		fprintf(stderr, "within: not done after %g s\n", limit);
		kill(-child, SIGTERM);
		wait_until(child, now() + 3, &status);
	}
	if (!over)
		grace();
	left = sweep(!over);
	if (times) {
		FILE *f = fopen(times, "w");

		if (f) {
			fprintf(f, "%.1f\n", now() - begin);
			fclose(f);
		}
	}
	if (over)
		return 124;
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "within: ended by signal %d\n", WTERMSIG(status));
		return 128 + WTERMSIG(status);
	}
	if (!WEXITSTATUS(status) && left)
		return 125;
	return WEXITSTATUS(status);
}
