/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* load: starting, ending and signalling processes and threads. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "load.h"

extern char **environ;

static void say_child(pid_t child)
{
	say("pid=%d", getpid());
	say("child=%d", child);
}

/* The child waits on this pipe until the parent has said the child's pid. */
static int gate[2];

static pid_t gated(void)
{
	pid_t child;
	char c;

	if (pipe2(gate, O_CLOEXEC))
		die("pipe");
	child = forked();
	if (!child) {
		close(gate[1]);
		if (read(gate[0], &c, 1) < 0)
			_exit(9);
		return 0;
	}
	close(gate[0]);
	say_child(child);
	wait_if_asked();
	return child;
}

static void let_go(void)
{
	close(gate[1]);
}

static int cmd_exec(int argc, char **argv)
{
	pid_t child = gated();

	if (!child) {
		execve(argv[1], argv + 1, environ);
		_exit(127);
	}
	let_go();
	return reap(child);
}

static int cmd_execveat(int argc, char **argv)
{
	pid_t child = gated();
	int fd;

	if (!child) {
		fd = open(argv[1], O_RDONLY | O_CLOEXEC);
		syscall(SYS_execveat, fd, "", argv + 1, environ, AT_EMPTY_PATH);
		_exit(127);
	}
	let_go();
	return reap(child);
}

static int cmd_exec_missing(int argc, char **argv)
{
	char *path = argc > 1 ? argv[1] : (char *)MISSING;
	char *args[] = { path, "one", "two words", NULL };
	pid_t child = gated();

	if (!child) {
		execve(path, args, environ);
		_exit(errno);
	}
	let_go();
	return reap(child); /* status is the errno */
}

static int cmd_nothing(int argc, char **argv)
{
	return 0;
}

/* Runs itself with COUNT arguments of LEN letters each. */
static int cmd_exec_args(int argc, char **argv)
{
	long count = number(argv[1]), len = number(argv[2]);
	char **args = calloc(count + 3, sizeof(*args));
	char *word = malloc(len + 1);
	pid_t child;

	memset(word, 'x', len);
	word[len] = 0;
	args[0] = "load";
	args[1] = "nothing";
	for (long i = 0; i < count; i++)
		args[i + 2] = word;
	say("args=%ld", count + 2);
	child = gated();
	if (!child) {
		execve("/proc/self/exe", args, environ);
		_exit(errno);
	}
	let_go();
	return reap(child);
}

static void *exec_self(void *arg)
{
	char *args[] = { "load", "nothing", NULL };

	say("exec_tid=%d", gettid_());
	execve("/proc/self/exe", args, environ);
	_exit(errno);
}

/* A thread that is not the leader calls execve: it takes over the leader's id. */
static int cmd_exec_thread(int argc, char **argv)
{
	pthread_t t;
	pid_t child = gated();

	if (!child) {
		pthread_create(&t, NULL, exec_self, NULL);
		pthread_join(t, NULL);
		_exit(0);
	}
	let_go();
	return reap(child);
}

static int cmd_exit(int argc, char **argv)
{
	pid_t child = gated();

	if (!child) {
		if (argc > 2)
			sleep_ms(number(argv[2]));
		_exit(number(argv[1]));
	}
	let_go();
	return reap(child);
}

static void *thread_exit(void *arg)
{
	*(pid_t *)arg = gettid_();
	return NULL;
}

static int cmd_exit_threads(int argc, char **argv)
{
	long n = number(argv[1]);
	pid_t tid;
	pthread_t t;

	say("pid=%d", getpid());
	wait_if_asked();
	for (long i = 0; i < n; i++) {
		if (pthread_create(&t, NULL, thread_exit, &tid))
			die("pthread_create");
		pthread_join(t, NULL);
		say("tid_%ld=%d", i, tid);
	}
	say("threads=%ld", n);
	return 0;
}

/* ---- signals ---------------------------------------------------------------------------------- */

static int send_by(const char *how, pid_t to, int sig)
{
	siginfo_t info = { .si_signo = sig, .si_code = SI_QUEUE };
	int fd;

	info.si_pid = getpid();
	if (!strcmp(how, "kill"))
		return syscall(SYS_kill, to, sig);
	if (!strcmp(how, "tkill"))
		return syscall(SYS_tkill, to, sig);
	if (!strcmp(how, "tgkill"))
		return syscall(SYS_tgkill, to, to, sig);
	if (!strcmp(how, "rt_sigqueueinfo"))
		return syscall(SYS_rt_sigqueueinfo, to, sig, &info);
	if (!strcmp(how, "rt_tgsigqueueinfo"))
		return syscall(SYS_rt_tgsigqueueinfo, to, to, sig, &info);
	if (!strcmp(how, "pidfd_send_signal")) {
		fd = syscall(SYS_pidfd_open, to, 0);
		return syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
	}
	fprintf(stderr, "load: no way to send a signal is called '%s'\n", how);
	exit(2);
}

static void no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
}

static int cmd_kill_child(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "kill";
	int sig = number(argv[1]), err;
	pid_t child = gated();

	if (!child) {
		/* never reached: the gate stays closed until the signal is sent */
		_exit(0);
	}
	err = send_by(how, child, sig) ? errno : 0;
	say("sig=%d", sig);
	say("errno=%d", err);
	let_go();
	return reap(child);
}

static int cmd_kill_missing(int argc, char **argv)
{
	pid_t child = forked();
	int err;

	if (!child)
		_exit(0);
	say_child(child);
	wait_if_asked();
	reap(child);
	err = kill(child, number(argv[1])) ? errno : 0; /* nobody has this id any more */
	say("errno=%d", err);
	return 0;
}

static void raise_fault(void)
{
	volatile unsigned long nowhere = 16;

	*(volatile char *)nowhere = 1;
}

/* A signal nobody sent: the child reads address 16, or calls abort(). */
static int cmd_crash(int argc, char **argv)
{
	pid_t child = gated();

	if (!child) {
		no_core();
		if (!strcmp(argv[1], "abort"))
			abort();
		raise_fault();
	}
	let_go();
	return reap(child);
}

/* ---- families --------------------------------------------------------------------------------- */

static void open_level(long level)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/nonexistent/level-%ld", level);
	fd = open(path, O_RDONLY);
	if (fd >= 0)
		close(fd);
}

static void grow(long level, long depth)
{
	pid_t child;

	say("pid_%ld=%d", level, getpid());
	open_level(level);
	if (level == depth)
		return;
	child = forked();
	if (!child) {
		grow(level + 1, depth);
		_exit(0);
	}
	reap(child);
}

static int cmd_spawn_tree(int argc, char **argv)
{
	say("pid=%d", getpid());
	wait_if_asked();
	grow(0, number(argv[1]));
	say("opens=%ld", number(argv[1]) + 1);
	return 0;
}

/* The grandchild opens its file after its parent has gone. */
static int cmd_spawn_orphan(int argc, char **argv)
{
	int done[2];
	pid_t child;
	char c;

	say("pid=%d", getpid());
	wait_if_asked();
	if (pipe(done))
		die("pipe");
	child = forked();
	if (!child) {
		pid_t parent = getpid(), orphan = forked();

		if (orphan)
			_exit(0);
		while (getppid() == parent)
			sleep_ms(1);
		say("orphan=%d", getpid());
		open_level(1);
		_exit(0);
	}
	reap(child);
	close(done[1]);
	if (read(done[0], &c, 1) < 0) /* until the orphan has gone */
		die("read");
	return 0;
}

static int cmd_sleep_ms(int argc, char **argv)
{
	say("pid=%d", getpid());
	sleep_ms(number(argv[1]));
	return 0;
}

/* Uses so many ms of CPU time. */
static int cmd_spin_ms(int argc, char **argv)
{
	long ms = number(argv[1]);

	say("pid=%d", getpid());
	while (clock() / (CLOCKS_PER_SEC / 1000) < ms)
		;
	return 0;
}

static const struct load_cmd cmds[] = {
	{ "exec", "PROG [ARG…]", "fork, execve, wait", 1, cmd_exec },
	{ "execveat", "PROG [ARG…]", "the same by execveat of a descriptor", 1, cmd_execveat },
	{ "exec-missing", "[PATH]", "an execve that fails", 0, cmd_exec_missing },
	{ "exec-args", "COUNT LEN", "execve with many or long arguments", 2, cmd_exec_args },
	{ "exec-thread", "", "execve by a thread that is not the leader", 0, cmd_exec_thread },
	{ "nothing", "[ARG…]", "", 0, cmd_nothing },
	{ "exit", "CODE [MS]", "a child that exits with CODE (after MS)", 1, cmd_exit },
	{ "exit-threads", "N", "N threads that come and go", 1, cmd_exit_threads },
	{ "kill-child", "SIG [HOW]", "kill, tkill, tgkill, pidfd_send_signal, rt_…", 1, cmd_kill_child },
	{ "kill-missing", "SIG", "kill of an id that is gone", 1, cmd_kill_missing },
	{ "crash", "segv|abort", "a child ended by its own fault", 1, cmd_crash },
	{ "spawn-tree", "DEPTH", "a chain of forks, one failing open each", 1, cmd_spawn_tree },
	{ "spawn-orphan", "", "a grandchild that opens after its parent has gone", 0, cmd_spawn_orphan },
	{ "sleep-ms", "MS", "", 1, cmd_sleep_ms },
	{ "spin-ms", "MS", "uses CPU time", 1, cmd_spin_ms },
};

struct load_table load_procs(void)
{
	return (struct load_table){ cmds, sizeof(cmds) / sizeof(cmds[0]) };
}
