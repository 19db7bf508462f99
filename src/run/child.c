/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * -- COMMAND: started before anything is attached, held at a gate until everything is, so that not
 * even its exec is missed. It ends with us.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/run_int.h"

/* Found before it is started, so that the exec that is traced is one, not a try in every folder of PATH. */
static char *find_command(const char *name)
{
	const char *path = getenv("PATH");
	char *copy, *save = NULL, *found = NULL;

	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
	copy = xstrdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
	for (char *dir = strtok_r(copy, ":", &save); dir && !found; dir = strtok_r(NULL, ":", &save)) {
		found = xasprintf("%s/%s", dir, name);
		if (access(found, X_OK)) {
			free(found);
			found = NULL;
		}
	}
	free(copy);
	return found;
}

static void __attribute__((noreturn)) child_main(const char *file, char **argv, int gate, int report)
{
	char go;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	if (read(gate, &go, 1) != 1)
		_exit(0);
	execv(file, argv);
	err = errno;
	if (write(report, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

int child_start(char **argv, struct child *child)
{
	char *file = find_command(argv[0]);
	int gate[2], report[2];

	if (!file)
		return fail(ECHILD, "cannot start %s: %s", argv[0],
			    errno == EACCES ? strerror(errno) : "there is no such command");
	if (pipe2(gate, O_CLOEXEC) || pipe2(report, O_CLOEXEC))
		return fail(errno, "cannot make a pipe: %s", strerror(errno));
	child->pid = fork();
	if (child->pid < 0)
		return fail(errno, "cannot start a process: %s", strerror(errno));
	if (child->pid == 0) {
		close(gate[1]);
		close(report[0]);
		child_main(file, argv, gate[0], report[1]);
	}
	free(file);
	close(gate[0]);
	close(report[1]);
	child->gate = gate[1];
	child->report = report[0];
	return 0;
}

int child_go(struct child *child, const char *name)
{
	int err = 0;
	ssize_t n;

	if (write(child->gate, "g", 1) != 1)
		err = errno;
	close(child->gate);
	do
		n = read(child->report, &err, sizeof(err)); /* ends when exec closes it */
	while (n < 0 && errno == EINTR);
	close(child->report);
	child->gate = child->report = -1;
	if (err)
		return fail(ECHILD, "cannot start %s: %s", name, strerror(err));
	return 0;
}

bool child_ended(struct child *child)
{
	if (!child->pid)
		return false;
	if (!child->ended && waitpid(child->pid, &child->status, WNOHANG) == child->pid)
		child->ended = true;
	return child->ended;
}

/* A command that does not mind SIGTERM is not waited for long: we are to end when the user says so. */
void child_stop(struct child *child)
{
	const int patience_ms = 200;

	if (!child->pid || child->ended)
		return;
	if (child->gate > 0)
		close(child->gate); /* never let go: it ends by itself */
	else
		kill(child->pid, SIGTERM);
	for (int ms = 0; ms < patience_ms && !child_ended(child); ms++)
		usleep(1000);
	if (!child_ended(child)) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, &child->status, 0);
		child->ended = true;
	}
}
