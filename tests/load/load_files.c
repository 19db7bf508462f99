/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* load: opening, creating and removing files, and the storm of failing opens. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static void say_self(void)
{
	say("pid=%d", getpid());
	say("tid=%d", gettid_());
	say("uid=%d", getuid());
	wait_if_asked();
}

/* Says what a series of opens gave; fd is the last one's. */
static int say_opens(long calls, long failed, int fd, int err)
{
	say("calls=%ld", calls);
	say("opens=%ld", calls - failed);
	say("failed=%ld", failed);
	if (fd >= 0)
		say("fd=%d", fd);
	if (failed)
		say("errno=%d", err);
	return 0;
}

/* The ways to open a file: each is one system call. */
enum how { BY_OPENAT, BY_OPENAT2, BY_OPEN, BY_CREAT };

static int open_by(enum how how, int dir, const char *path, int flags, int mode)
{
	struct open_how oh = { .flags = (uint64_t)(unsigned int)flags, .mode = mode };

	switch (how) {
	case BY_OPENAT2:
		return syscall(SYS_openat2, dir, path, &oh, sizeof(oh));
#ifdef SYS_open
	case BY_OPEN:
		return syscall(SYS_open, path, flags, mode);
	case BY_CREAT:
		return syscall(SYS_creat, path, mode);
#endif
	default:
		return syscall(SYS_openat, dir, path, flags, mode);
	}
}

static int opens(enum how how, int dir, const char *path, int flags, int mode, long n)
{
	long failed = 0;
	int last = -1, err = 0;

	for (long i = 0; i < n; i++) {
		int fd = open_by(how, dir, path, flags, mode);

		if (fd < 0) {
			failed++;
			err = errno;
			continue;
		}
		last = fd;
		close(fd);
	}
	return say_opens(n, failed, last, err);
}

static int cmd_open_missing(int argc, char **argv)
{
	say_self();
	return opens(BY_OPENAT, AT_FDCWD, argc > 2 ? argv[2] : MISSING, O_RDONLY, 0, number(argv[1]));
}

static int cmd_open(int argc, char **argv)
{
	say_self();
	return opens(BY_OPENAT, AT_FDCWD, argv[1], O_RDONLY, 0, argc > 2 ? number(argv[2]) : 1);
}

static int cmd_open_legacy(int argc, char **argv)
{
	say_self();
	return opens(BY_OPEN, AT_FDCWD, argv[1], O_RDONLY, 0, argc > 2 ? number(argv[2]) : 1);
}

static int cmd_openat2(int argc, char **argv)
{
	say_self();
	return opens(BY_OPENAT2, AT_FDCWD, argv[1], O_RDONLY, 0, argc > 2 ? number(argv[2]) : 1);
}

static int cmd_creat(int argc, char **argv)
{
	say_self();
	return opens(BY_CREAT, AT_FDCWD, argv[1], 0, 0600, argc > 2 ? number(argv[2]) : 1);
}

static int cmd_open_flags(int argc, char **argv)
{
	say_self();
	return opens(BY_OPENAT, AT_FDCWD, argv[1], number(argv[2]), argc > 3 ? number(argv[3]) : 0, 1);
}

static int cmd_openat_rel(int argc, char **argv)
{
	int dir = open(argv[1], O_PATH | O_DIRECTORY);

	if (dir < 0)
		die(argv[1]);
	say("dirfd=%d", dir);
	say_self();
	return opens(BY_OPENAT, dir, argv[2], O_RDONLY, 0, 1);
}

static int cmd_open_cwd(int argc, char **argv)
{
	if (chdir(argv[1]))
		die(argv[1]);
	say_self();
	return opens(BY_OPENAT, AT_FDCWD, argv[2], O_RDONLY, 0, 1);
}

static int cmd_open_every(int argc, char **argv)
{
	long ms = number(argv[1]), n = number(argv[2]);

	say_self();
	for (long i = 0; i < n; i++) {
		open_by(BY_OPENAT, AT_FDCWD, argc > 3 ? argv[3] : MISSING, O_RDONLY, 0);
		sleep_ms(ms);
	}
	return say_opens(n, n, -1, ENOENT);
}

/* A path of LEN bytes, made of components that can exist nowhere. */
static int cmd_open_long(int argc, char **argv)
{
	long len = number(argv[1]);
	char *path = malloc(len + 1);

	for (long i = 0; i < len; i++)
		path[i] = i % 200 ? 'a' + i / 200 % 26 : '/';
	path[len] = 0;
	say("path=%s", path);
	say_self();
	return opens(BY_OPENAT, AT_FDCWD, path, O_RDONLY, 0, 1);
}

static int cmd_open_fault(int argc, char **argv)
{
	say_self();
	return opens(BY_OPENAT, AT_FDCWD, (const char *)(uintptr_t)16, O_RDONLY, 0, 1);
}

/* ---- removing --------------------------------------------------------------------------------- */

static int removes(const char *dir, long n, int by)
{
	char path[4096];

	say_self();
	for (long i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/gone-%ld", dir, i);
		if (by == SYS_rmdir ? mkdir(path, 0700) : close(open(path, O_CREAT | O_WRONLY, 0600)))
			die(path);
		if (by == SYS_unlinkat ? syscall(by, AT_FDCWD, path, 0) : syscall(by, path))
			die(path);
	}
	say("removed=%ld", n);
	return 0;
}

static int cmd_unlink(int argc, char **argv)
{
	return removes(argv[2], number(argv[1]), SYS_unlink);
}

static int cmd_unlinkat(int argc, char **argv)
{
	return removes(argv[2], number(argv[1]), SYS_unlinkat);
}

static int cmd_rmdir(int argc, char **argv)
{
	return removes(argv[2], number(argv[1]), SYS_rmdir);
}

static int cmd_unlink_missing(int argc, char **argv)
{
	long n = number(argv[1]), failed = 0;

	say_self();
	for (long i = 0; i < n; i++)
		failed += unlink(argc > 2 ? argv[2] : MISSING) != 0;
	return say_opens(n, failed, -1, ENOENT);
}

/* ---- threads and the storm -------------------------------------------------------------------- */

struct worker {
	pthread_t thread;
	pthread_barrier_t *ready, *go;
	const char *path;
	int cpu; /* -1: anywhere */
	pid_t tid;
	unsigned long calls;
};

static volatile int over;

static void *open_once(void *arg)
{
	struct worker *w = arg;

	w->tid = gettid_();
	pthread_barrier_wait(w->ready);
	pthread_barrier_wait(w->go);
	open_by(BY_OPENAT, AT_FDCWD, w->path, O_RDONLY, 0);
	return NULL;
}

static void *storm(void *arg)
{
	struct worker *w = arg;
	unsigned long calls = 0;
	cpu_set_t set;

	w->tid = gettid_();
	if (w->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(w->cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	pthread_barrier_wait(w->ready);
	pthread_barrier_wait(w->go);
	while (!over) {
		syscall(SYS_openat, AT_FDCWD, MISSING, O_RDONLY, 0);
		calls++;
	}
	w->calls = calls;
	return NULL;
}

static struct worker *workers(long n, void *(*run)(void *), const char *path, const char *cpus)
{
	static pthread_barrier_t ready, go;
	struct worker *w = calloc(n, sizeof(*w));

	pthread_barrier_init(&ready, NULL, n + 1);
	pthread_barrier_init(&go, NULL, n + 1);
	for (long i = 0; i < n; i++) {
		w[i].ready = &ready;
		w[i].go = &go;
		w[i].path = path;
		w[i].cpu = -1;
		if (cpus && *cpus) {
			w[i].cpu = strtol(cpus, (char **)&cpus, 10);
			cpus += *cpus == ',';
		}
		if (pthread_create(&w[i].thread, NULL, run, &w[i]))
			die("pthread_create");
	}
	pthread_barrier_wait(&ready);
	for (long i = 0; i < n; i++)
		say("tid_%ld=%d", i, w[i].tid);
	say_self();
	pthread_barrier_wait(&go);
	return w;
}

static int cmd_open_threads(int argc, char **argv)
{
	long n = number(argv[1]);
	struct worker *w = workers(n, open_once, argc > 2 ? argv[2] : MISSING, NULL);

	for (long i = 0; i < n; i++)
		pthread_join(w[i].thread, NULL);
	return say_opens(n, n, -1, ENOENT);
}

static int cmd_storm(int argc, char **argv)
{
	long n = number(argv[1]);
	double seconds = atof(argv[2]), took;
	unsigned long calls = 0;
	struct timespec a, b;
	struct worker *w = workers(n, storm, NULL, argc > 3 ? argv[3] : NULL);

	clock_gettime(CLOCK_MONOTONIC, &a);
	sleep_ms((long)(seconds * 1000));
	over = 1;
	clock_gettime(CLOCK_MONOTONIC, &b);
	for (long i = 0; i < n; i++) {
		pthread_join(w[i].thread, NULL);
		say("calls_%ld=%lu", i, w[i].calls);
		calls += w[i].calls;
	}
	took = b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9;
	say("calls=%lu", calls);
	say("seconds=%.3f", took);
	say("calls_per_s=%.0f", calls / took);
	return 0;
}

static const struct load_cmd cmds[] = {
	{ "open-missing", "N [PATH]", "N failing openat calls", 1, cmd_open_missing },
	{ "open", "FILE [N]", "openat for reading", 1, cmd_open },
	{ "open-legacy", "FILE [N]", "the old open(2)", 1, cmd_open_legacy },
	{ "openat2", "FILE [N]", "openat2", 1, cmd_openat2 },
	{ "creat", "FILE [N]", "creat(2)", 1, cmd_creat },
	{ "open-flags", "FILE FLAGS [MODE]", "openat with these flags", 2, cmd_open_flags },
	{ "openat-rel", "DIR FILE", "openat relative to an open directory", 2, cmd_openat_rel },
	{ "open-cwd", "DIR FILE", "chdir, then openat of a relative path", 2, cmd_open_cwd },
	{ "open-every", "MS N [PATH]", "N failing opens, MS apart", 2, cmd_open_every },
	{ "open-long", "LEN", "a failing open of a path of LEN bytes", 1, cmd_open_long },
	{ "open-fault", "", "an openat whose path cannot be read", 0, cmd_open_fault },
	{ "open-threads", "N [PATH]", "N threads, one failing open each", 1, cmd_open_threads },
	{ "unlink", "N DIR", "makes and unlinks N files", 2, cmd_unlink },
	{ "unlinkat", "N DIR", "the same by unlinkat", 2, cmd_unlinkat },
	{ "rmdir", "N DIR", "makes and removes N directories", 2, cmd_rmdir },
	{ "unlink-missing", "N [PATH]", "N failing unlinks", 1, cmd_unlink_missing },
	{ "storm", "THREADS SECONDS [CPU,CPU…]", "failing openat in a loop", 2, cmd_storm },
};

struct load_table load_files(void)
{
	return (struct load_table){ cmds, sizeof(cmds) / sizeof(cmds[0]) };
}
