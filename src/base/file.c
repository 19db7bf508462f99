/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whole files in and out, and the cache folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

static int read_all(int fd, size_t limit, struct buf *out)
{
	for (;;) {
		ssize_t n;

		buf_reserve(out, 65536);
		n = read(fd, out->p + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		out->len += n;
		if (out->len > limit)
			return -EFBIG;
	}
	out->p[out->len] = '\0';
	return 0;
}

int file_read(const char *path, size_t limit, struct buf *out)
{
	int err, fd;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, limit, out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = read_all(fd, limit, out);
	close(fd);
	return err;
}

static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

int file_write_atomic(const char *path, const void *data, size_t len)
{
	char *tmp = xasprintf("%s.%d.tmp", path, getpid());
	int err, fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0) {
		err = -errno;
		free(tmp);
		return err;
	}
	err = write_all(fd, data, len);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
	free(tmp);
	return err;
}

int dir_make(const char *path)
{
	char *p = xstrdup(path);
	int err = 0;

	for (char *s = p + 1; !err; s++) {
		char c = *s;

		if (c != '/' && c != '\0')
			continue;
		*s = '\0';
		if (mkdir(p, 0700) && errno != EEXIST)
			err = -errno;
		*s = c;
		if (c == '\0')
			break;
	}
	free(p);
	return err;
}

static char *cache_path(void)
{
	const char *own = getenv("SKEP_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (own && *own)
		return xstrdup(own);
	if (xdg && *xdg == '/')
		return xasprintf("%s/skep", xdg);
	if (home && *home == '/' && strcmp(home, "/") != 0)
		return xasprintf("%s/.cache/skep", home);
	return xasprintf("/tmp/skep-%u", geteuid());
}

/* What lies in the cache is compiled and run as root: a folder of somebody else's is refused. */
int cache_dir(char **path)
{
	char *p = cache_path();
	struct stat st;
	int err = dir_make(p);

	if (!err && stat(p, &st))
		err = -errno;
	if (!err && (st.st_uid != geteuid() || (st.st_mode & 022)))
		err = -EPERM;
	if (err) {
		free(p);
		return err;
	}
	*path = p;
	return 0;
}
