/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* load: terminals, slow readers, and user functions to probe. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

/* The function bashreadline probes: found by its name in the symbol table, returns a heap string. */
char *readline(const char *prompt);
__attribute__((noinline)) char *readline(const char *prompt)
{
	__asm__ volatile("");
	return prompt ? strdup(prompt) : NULL;
}

static int cmd_readline(int argc, char **argv)
{
	long n = argc > 2 ? number(argv[2]) : 1;

	say("pid=%d", getpid());
	wait_if_asked();
	for (long i = 0; i < n; i++)
		free(readline(argv[1]));
	say("lines=%ld", n);
	return 0;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Reads standard input no faster than so many bytes a second, and counts. The copy goes to FILE. */
static int cmd_drain(int argc, char **argv)
{
	double rate = atof(argv[1]), begin = now();
	int out = argc > 2 ? open(argv[2], O_CREAT | O_TRUNC | O_WRONLY, 0600) : -1;
	unsigned long bytes = 0, lines = 0;
	size_t chunk = 65536;
	char data[65536];
	ssize_t n;

	/* fifty reads a second, no more than a pipe holds */
	if (rate / 50 < chunk)
		chunk = rate / 50 > 1 ? (size_t)(rate / 50) : 1;
	while ((n = read(0, data, chunk)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			lines += data[i] == '\n';
		bytes += n;
		if (out >= 0 && write(out, data, n) != n)
			die(argv[2]);
		if (begin + bytes / rate > now())
			sleep_ms((long)((begin + bytes / rate - now()) * 1000));
	}
	say("bytes=%lu", bytes);
	say("lines=%lu", lines);
	return 0;
}

/* Reads N lines, then closes its end: what is written after that meets a closed pipe. */
static int cmd_head(int argc, char **argv)
{
	long n = number(argv[1]);
	char c;

	while (n > 0 && read(0, &c, 1) == 1) {
		if (write(1, &c, 1) != 1)
			return 1;
		n -= c == '\n';
	}
	return 0;
}

static int open_pty(char slave[64], int cols, int rows)
{
	struct winsize size = { .ws_col = cols, .ws_row = rows };
	int fd = posix_openpt(O_RDWR | O_NOCTTY), zero = 0, n;
	struct termios t;

	if (fd < 0 || ioctl(fd, TIOCSPTLCK, &zero) || ioctl(fd, TIOCGPTN, &n))
		die("posix_openpt");
	snprintf(slave, 64, "/dev/pts/%d", n);
	ioctl(fd, TIOCSWINSZ, &size);
	if (!tcgetattr(fd, &t)) {
		t.c_oflag &= ~OPOST; /* no \r before \n */
		t.c_lflag &= ~ECHO;
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd;
}

/*
 * Runs a command on a terminal of this size and copies what it prints. With a time in ms, sends
 * Ctrl-C that long after the first output.
 */
static int cmd_pty(int argc, char **argv)
{
	int cols = 80, rows = 24, status, master;
	long after = -1;
	double deadline = 0;
	char slave[64], data[4096];
	pid_t child;

	if (!strcmp(argv[1], "-i")) {
		after = number(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 3 || sscanf(argv[1], "%dx%d", &cols, &rows) != 2)
		return 2;
	master = open_pty(slave, cols, rows);
	child = forked();
	if (!child) {
		setsid();
		close(master);
		for (int fd = 0; fd < 3; fd++) {
			close(fd);
			if (open(slave, O_RDWR) != fd)
				_exit(126);
		}
		ioctl(0, TIOCSCTTY, 0);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	for (;;) {
		struct pollfd p = { .fd = master, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, 20) < 0 && errno != EINTR)
			die("poll");
		if (deadline && now() >= deadline) {
			n = write(master, "\003", 1);
			deadline = 0;
		}
		if (!p.revents)
			continue;
		n = read(master, data, sizeof(data));
		if (n <= 0)
			break;
		if (after >= 0) {
			deadline = now() + after / 1000.0;
			after = -1;
		}
		if (write(1, data, n) != n)
			break;
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct load_cmd cmds[] = {
	{ "readline", "TEXT [N]", "N calls of a function called readline", 1, cmd_readline },
	{ "drain", "BYTES_PER_SECOND [FILE]", "a slow reader; counts bytes and lines", 1, cmd_drain },
	{ "head", "N", "a reader that goes away after N lines", 1, cmd_head },
	{ "pty", "[-i MS] COLSxROWS CMD…", "a command on a terminal; Ctrl-C after MS", 2, cmd_pty },
};

struct load_table load_talk(void)
{
	return (struct load_table){ cmds, sizeof(cmds) / sizeof(cmds[0]) };
}
