/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's BTF is scanned once for an object and a kernel; what was found (the reduced BTF and
 * the ids of attach targets) is kept in the cache folder, a few kB. It is half of a tool's start-up
 * time. The file's name holds the kernel's build id, skep's version and a hash of the object, so a
 * file is never out of date; one that cannot be read is as good as none.
 *
 * Form: "skepbtf1", then u32s of this machine: number of answers; for each kind, id, length of the
 * name, the name; length of the BTF, the BTF.
 */
#include <stdlib.h>
#include <string.h>

#include "kern/btf.h"
#include "object/object.h"

#define MAGIC	 "skepbtf1"
#define MAX_SIZE (4u << 20)

/* FNV-1a, eight bytes a step: it need not be more than different for different objects. */
static uint64_t hash_object(const struct object *obj)
{
	const uint8_t *p = obj->src->bytes;
	uint64_t h = 0xcbf29ce484222325ull ^ obj->src->len, v;
	size_t i;

	for (i = 0; i + 8 <= obj->src->len; i += 8) {
		memcpy(&v, p + i, sizeof(v));
		h = (h ^ v) * 0x100000001b3ull;
		h ^= h >> 29;
	}
	for (; i < obj->src->len; i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	return h;
}

/* NULL when there is no place for it. */
static char *file_of(const struct object *obj, bool make)
{
	char *dir, *file = NULL, *folder;

	if (!obj->src || !obj->src->len || !kern_is_known_build() || cache_dir(&dir))
		return NULL;
	folder = xasprintf("%s/btf-%s", dir, kern_build_id());
	if (!make || dir_make(folder) == 0)
		file = xasprintf("%s/%s-%016llx", folder, SKEP_VERSION,
				 (unsigned long long)hash_object(obj));
	free(folder);
	free(dir);
	return file;
}

/* A reader that cannot run over the end. */
struct reader {
	const char *p;
	size_t left;
};

static bool take(struct reader *r, void *to, size_t n)
{
	if (n > r->left)
		return false;
	memcpy(to, r->p, n);
	r->p += n;
	r->left -= n;
	return true;
}

static bool take_answer(struct reader *r)
{
	uint32_t head[3]; /* kind, id, length */
	char name[256];

	if (!take(r, head, sizeof(head)) || head[2] >= sizeof(name) || !take(r, name, head[2]))
		return false;
	name[head[2]] = '\0';
	kern_btf_answer_put(name, head[0], head[1]);
	return true;
}

static bool parse(const struct buf *file, struct buf *blob)
{
	struct reader r = {file->p, file->len};
	char magic[sizeof(MAGIC) - 1];
	uint32_t n;

	if (!take(&r, magic, sizeof(magic)) || memcmp(magic, MAGIC, sizeof(magic)) != 0 ||
	    !take(&r, &n, sizeof(n)))
		return false;
	while (n--)
		if (!take_answer(&r))
			return false;
	if (!take(&r, &n, sizeof(n)) || n != r.left)
		return false;
	buf_add(blob, r.p, n);
	return true;
}

bool kern_btf_cache_load(const struct object *obj, struct buf *blob)
{
	struct buf file = {0};
	char *path = obj->btf && !obj->needs_full_btf ? file_of(obj, false) : NULL;
	bool ok = path && file_read(path, MAX_SIZE, &file) == 0 && parse(&file, blob);

	free(path);
	buf_free(&file);
	return ok;
}

static void add_u32(struct buf *b, uint32_t v)
{
	buf_add(b, &v, sizeof(v));
}

void kern_btf_cache_store(const struct object *obj, const struct buf *blob)
{
	char *path = file_of(obj, true);
	struct buf file = {0}, answers = {0};
	struct kern_btf_answer a;
	uint32_t n = 0;

	if (!path)
		return;
	/* Of modules nothing is kept: they come and go. What the kernel itself lacks one may have. */
	for (uint32_t i = 0; kern_btf_answer_at(i, &a); i++) {
		if (a.of_module || !a.id)
			continue;
		add_u32(&answers, a.kind);
		add_u32(&answers, a.id);
		add_u32(&answers, strlen(a.name));
		buf_puts(&answers, a.name);
		n++;
	}
	buf_puts(&file, MAGIC);
	add_u32(&file, n);
	buf_add(&file, answers.p, answers.len);
	add_u32(&file, blob->len);
	buf_add(&file, blob->p, blob->len);
	file_write_atomic(path, file.p, file.len); /* not kept: looked for again next time */
	free(path);
	buf_free(&file);
	buf_free(&answers);
}
