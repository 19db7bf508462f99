/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ready [-m TEXT] CMD…: how long until a tracer is at work, how long until it is gone, and what it
 * cost. Starts the command on a terminal, takes the time of its first byte of output (of TEXT, when
 * it says other things before it is attached), looks at what it holds in the kernel, sends SIGINT
 * (again every 2 s), and takes the time of its end.
 *
 * ready -r FILE CMD…: the same account of a command whose input and output are left alone (for the
 * storm): passes SIGINT and SIGTERM on; FILE has "pid=N" at once and the rest at the end.
 *
 * Prints key=value: ready_ms, stop_ms (from SIGINT), cpu_ms, rss_kb (peak, wait4), maps_kb (map memory
 * by fdinfo), perf_kb (mapped perf buffers), status, killed (1: it had to be killed after 20 s).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

struct account {
	double ready_ms, stop_ms;
	long maps_kb, perf_kb;
	int killed, status;
	struct rusage used;
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static int open_pty(char *slave, size_t size)
{
	struct winsize win = { .ws_col = 120, .ws_row = 40 };
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), zero = 0, n;

	if (fd < 0 || ioctl(fd, TIOCSPTLCK, &zero) || ioctl(fd, TIOCGPTN, &n)) {
		perror("ready: pty");
		exit(1);
	}
	ioctl(fd, TIOCSWINSZ, &win);
	snprintf(slave, size, "/dev/pts/%d", n);
	return fd;
}

static pid_t start_on(const char *slave, char **argv)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	for (int fd = 0; fd < 3; fd++) {
		close(fd);
		if (open(slave, O_RDWR) != fd)
			_exit(126);
	}
	ioctl(0, TIOCSCTTY, 0);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* Map memory of a process: each map once, whoever made it. */
static long maps_kb(pid_t pid)
{
	unsigned long seen[256], n = 0, id, memlock, total = 0;
	char path[300], line[256];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.20s", pid, d->d_name);
		f = d->d_name[0] == '.' ? NULL : fopen(path, "r");
		id = memlock = 0;
		while (f && fgets(line, sizeof(line), f)) {
			sscanf(line, "map_id: %lu", &id);
			sscanf(line, "memlock: %lu", &memlock);
		}
		if (f)
			fclose(f);
		for (unsigned long i = 0; i < n; i++)
			if (seen[i] == id)
				id = 0;
		if (id && n < 256) {
			seen[n++] = id;
			total += memlock;
		}
	}
	if (dir)
		closedir(dir);
	return (total + 1023) / 1024;
}

static long perf_kb(pid_t pid)
{
	char path[64], line[512];
	unsigned long from, to, total = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "anon_inode:[perf_event]") && sscanf(line, "%lx-%lx", &from, &to) == 2)
			total += to - from;
	if (f)
		fclose(f);
	return total / 1024;
}

/*
 * Reads and drops what the command says for at most so many ms: 0 then, -1 at its end, 1 as soon as
 * `mark` was seen ("": anything).
 */
static int drain(int fd, double ms, const char *mark)
{
	double end = now_ms() + ms;
	static char data[65536];
	size_t had = 0;
	ssize_t n;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		double left = end - now_ms();

		if (left < 0 || poll(&p, 1, (int)left + 1) < 0)
			return 0;
		if (!(p.revents & POLLIN))
			return p.revents & POLLHUP ? -1 : 0;
		if (had > sizeof(data) / 2)
			had = 0;
		n = read(fd, data + had, sizeof(data) - 1 - had);
		if (n <= 0)
			return -1;
		data[had + n] = 0;
		if (mark && strstr(data, mark))
			return 1;
		had = mark ? had + n : 0;
	}
}

static void print(FILE *f, const struct account *a)
{
	const struct rusage *u = &a->used;

	fprintf(f, "ready_ms=%.2f\nstop_ms=%.2f\n", a->ready_ms, a->stop_ms);
	fprintf(f, "cpu_ms=%.2f\n", u->ru_utime.tv_sec * 1e3 + u->ru_utime.tv_usec / 1e3 +
					    u->ru_stime.tv_sec * 1e3 + u->ru_stime.tv_usec / 1e3);
	fprintf(f, "rss_kb=%ld\nmaps_kb=%ld\nperf_kb=%ld\n", u->ru_maxrss, a->maps_kb, a->perf_kb);
	fprintf(f, "status=%d\nkilled=%d\n", WIFEXITED(a->status) ? WEXITSTATUS(a->status) : 128 + WTERMSIG(a->status),
		a->killed);
}

static int on_terminal(const char *mark, char **argv)
{
	struct account a = { 0 };
	char slave[64];
	int master = open_pty(slave, sizeof(slave)), got;
	double begin = now_ms(), asked;
	pid_t pid = start_on(slave, argv);

	got = drain(master, 20000, mark);
	a.ready_ms = now_ms() - begin;
	if (got == 1)
		drain(master, 150, NULL); /* the maps are there, the dust settles */
	a.maps_kb = maps_kb(pid);
	a.perf_kb = perf_kb(pid);
	begin = asked = now_ms();
	kill(pid, SIGINT);
	while (wait4(pid, &a.status, WNOHANG, &a.used) == 0) {
		if (now_ms() - begin > 20000) {
			a.killed = 1;
			kill(pid, SIGKILL);
		}
		if (now_ms() - asked > 2000) {
			asked = now_ms();
			kill(pid, SIGINT);
		}
		if (drain(master, 1, NULL) < 0)
			usleep(200);
	}
	a.stop_ms = now_ms() - begin;
	print(stdout, &a);
	return got != 1 || a.stop_ms < 0.1; /* it had ended by itself: it could not start */
}

static pid_t running;
static volatile double stopped_at;

static void pass_on(int sig)
{
	stopped_at = now_ms();
	kill(running, SIGINT);
}

static int left_alone(const char *file, char **argv)
{
	struct account a = { 0 };
	FILE *f = fopen(file, "w");

	if (!f)
		return 1;
	running = fork();
	if (!running) {
		signal(SIGINT, SIG_DFL);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	signal(SIGINT, pass_on);
	signal(SIGTERM, pass_on);
	fprintf(f, "pid=%d\n", running);
	fflush(f);
	while (wait4(running, &a.status, 0, &a.used) < 0 && errno == EINTR)
		;
	a.stop_ms = stopped_at ? now_ms() - stopped_at : 0;
	print(f, &a);
	fclose(f);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "-r"))
		return left_alone(argv[2], argv + 3);
	if (argc > 3 && !strcmp(argv[1], "-m"))
		return on_terminal(argv[2], argv + 3);
	if (argc < 2) {
		fprintf(stderr, "usage: ready [-m TEXT | -r FILE] CMD...\n");
		return 2;
	}
	return on_terminal("", argv + 1);
}
