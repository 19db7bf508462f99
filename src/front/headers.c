/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The headers a BPF program includes, carried in the binary and unpacked into the cache.
 *
 * scripts/headers.sh packs them: for each file a line "NAME LENGTH\n" and its bytes, all of it
 * gzip-compressed. The folder is named by a hash of the archive, so a newer skep never meets the
 * headers of an older one. It appears by rename, complete or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "front/front.h"
#include "front/scan.h"

#define HEADERS_MAX (16u << 20)

/* FNV-1a, 64 bits. */
static uint64_t hash(const unsigned char *p, const unsigned char *end)
{
	uint64_t h = 0xcbf29ce484222325;

	while (p < end)
		h = (h ^ *p++) * 0x100000001b3;
	return h;
}

/* Inflates the archive; windowBits 15 + 16 is zlib's word for the gzip format. */
static int unzip(struct buf *out)
{
	z_stream z = {.next_in = (Bytef *)embed_headers,
		      .avail_in = embed_headers_end - embed_headers};
	int ret;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return -ENOMEM;
	do {
		buf_reserve(out, 256 << 10);
		z.next_out = (Bytef *)out->p + out->len;
		z.avail_out = out->cap - out->len - 1;
		ret = inflate(&z, Z_NO_FLUSH);
		out->len = (char *)z.next_out - out->p;
	} while (ret == Z_OK && out->len < HEADERS_MAX);
	inflateEnd(&z);
	return ret == Z_STREAM_END ? 0 : -EINVAL;
}

static int write_header(const char *dir, const char *name, const char *p, size_t len)
{
	char *path = xasprintf("%s/%s", dir, name), *parent = front_dir_of(path);
	int err = dir_make(parent);

	if (!err)
		err = file_write_atomic(path, p, len);
	free(parent);
	free(path);
	return err;
}

/* One entry: the line "NAME LENGTH\n", then LENGTH bytes. */
static int write_next(const char *dir, const char **p, const char *end)
{
	const char *nl = memchr(*p, '\n', end - *p);
	char name[256];
	size_t len;

	if (!nl || sscanf(*p, "%255s %zu", name, &len) != 2 || len > (size_t)(end - nl - 1))
		return -EINVAL;
	*p = nl + 1 + len;
	return write_header(dir, name, nl + 1, len);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	return remove(path);
}

static int unpack(const char *dir)
{
	char *tmp = xasprintf("%s.%d.tmp", dir, getpid());
	struct buf archive = {0};
	int err = unzip(&archive);
	const char *p = archive.p, *end = p + archive.len;

	while (!err && p < end)
		err = write_next(tmp, &p, end);
	/* When another skep was faster, its folder is as good as ours. */
	if (!err && rename(tmp, dir) && access(dir, X_OK))
		err = -errno;
	nftw(tmp, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	buf_free(&archive);
	free(tmp);
	return err;
}

int front_headers(char **dir)
{
	char *cache;
	int err = cache_dir(&cache);

	if (err)
		return fail(-err, "no folder for unpacked headers (%s); set SKEP_CACHE to one of yours",
			    strerror(-err));
	*dir = xasprintf("%s/headers-%016llx", cache,
			 (unsigned long long)hash(embed_headers, embed_headers_end));
	free(cache);
	if (access(*dir, X_OK) == 0)
		return 0;
	err = unpack(*dir);
	if (err) {
		fail(-err, "%s: cannot unpack the headers there: %s", *dir, strerror(-err));
		free(*dir);
	}
	return err;
}
