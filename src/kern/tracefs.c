/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files of tracefs, mounted or not.
 *
 * Without a mount one is made that nobody sees: fsopen() and fsmount() give a mount that is
 * attached nowhere and goes away with its descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kern/btf.h"
#include "kern/kern.h"

static int open_mounted(void)
{
	static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct statfs st;

		if (fd < 0)
			continue;
		if (fstatfs(fd, &st) == 0 && st.f_type == TRACEFS_MAGIC)
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static int open_detached(void)
{
	int fs = syscall(__NR_fsopen, "tracefs", FSOPEN_CLOEXEC), mnt = -1;

	if (fs < 0)
		return -errno;
	if (syscall(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mnt = syscall(__NR_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (mnt < 0)
		mnt = -errno;
	close(fs);
	return mnt;
}

static int tracefs_root(void)
{
	static int root = -EAGAIN;

	if (root == -EAGAIN)
		root = open_mounted();
	if (root == -ENOENT)
		root = open_detached();
	return root;
}

int kern_tracefs_open(const char *path, int flags)
{
	int root = tracefs_root(), fd;

	if (root < 0)
		return root;
	fd = openat(root, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int kern_tracepoint_id(const char *category, const char *name)
{
	char path[512], text[32];
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof(path), "events/%s/%s/id", category, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = kern_tracefs_open(path, O_RDONLY);
	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return n < 0 ? -errno : -EINVAL;
	text[n] = '\0';
	return atoi(text);
}

/* ---- names of functions and raw tracepoints
 * --------------------------------------------------------- */

/* A line is "ADDRESS TYPE NAME[\tMODULE]"; functions are of type t, T, w or W. */
static bool kallsyms_has(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	size_t len = strlen(name);
	char line[1024];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *type = strchr(line, ' ');

		if (!type || !strchr("tTwW", type[1]) || type[2] != ' ')
			continue;
		found = strncmp(type + 3, name, len) == 0 && strchr("\t\n", type[3 + len]);
	}
	if (f)
		fclose(f);
	return found;
}

bool kern_has_function(const char *name)
{
	static char *last;
	static bool answer;
	int fd;

	if (kern_btf_find_target(name, BTF_KIND_FUNC, &fd))
		return true;
	if (last && strcmp(last, name) == 0)
		return answer;
	free(last);
	last = xstrdup(name);
	answer = kallsyms_has(name);
	return answer;
}

/* tracefs has no folder of raw tracepoints, but an event nearly always has its tracepoint's name.
 */
static bool tracefs_has_event(const char *name)
{
	size_t len = strlen(name);
	int fd = kern_tracefs_open("available_events", O_RDONLY);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *event = strchr(line, ':');

		found = event && strncmp(event + 1, name, len) == 0 && event[1 + len] == '\n';
	}
	if (f)
		fclose(f);
	return found;
}

bool kern_has_raw_tracepoint(const char *name)
{
	char *type = xasprintf("btf_trace_%s", name);
	int fd;
	bool found = kern_btf_find_target(type, BTF_KIND_TYPEDEF, &fd) != 0;

	free(type);
	return found || (!kern_btf_available() && tracefs_has_event(name));
}
