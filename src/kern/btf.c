/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The running kernel's BTF as a file in memory: mapped where the kernel can do that (then it costs
 * no memory of ours at all), else read and given back after use. Answers of single look-ups are
 * kept for the life of the process.
 */
#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/btf.h"

#define BTF_FOLDER "/sys/kernel/btf"

static struct {
	bool tried;
	bool pinned; /* somebody borrowed the bytes: they must stay */
	struct kern_btf_image image;
} vmlinux;

/* ---- images -------------------------------------------------------------------------------------
 */

static bool image_parse(struct kern_btf_image *image)
{
	const struct btf_header *h = (const void *)image->data;
	uint64_t rest;

	if (image->len < sizeof(*h) || h->magic != BTF_MAGIC || h->version != BTF_VERSION ||
	    h->hdr_len < sizeof(*h) || h->hdr_len > image->len)
		return false;
	rest = image->len - h->hdr_len;
	if ((uint64_t)h->type_off + h->type_len > rest || (uint64_t)h->str_off + h->str_len > rest)
		return false;
	if (h->type_off % 4 || h->hdr_len % 4 || !h->str_len)
		return false;
	image->types = image->data + h->hdr_len + h->type_off;
	image->types_len = h->type_len;
	image->strs = (const char *)image->data + h->hdr_len + h->str_off;
	image->strs_len = h->str_len;
	return image->strs[h->str_len - 1] == '\0';
}

/* Anonymous memory, so that giving it back really does. */
static const void *read_pages(int fd, size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t done = 0;

	if (p == MAP_FAILED)
		return NULL;
	while (done < len) {
		ssize_t n = pread(fd, p + done, len - done, done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += n;
	}
	if (done == len)
		return p;
	munmap(p, len);
	return NULL;
}

static bool image_open(struct kern_btf_image *image, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) || st.st_size <= 0 || st.st_size > KERN_BTF_MAX_SIZE) {
		close(fd);
		return false;
	}
	image->len = st.st_size;
	p = mmap(NULL, image->len, PROT_READ, MAP_PRIVATE, fd, 0);
	image->mapped = p != MAP_FAILED;
	image->data = image->mapped ? p : read_pages(fd, image->len);
	close(fd);
	if (image->data && image_parse(image))
		return true;
	if (image->data)
		munmap((void *)image->data, image->len);
	image->data = NULL;
	return false;
}

static void image_unmap(struct kern_btf_image *image)
{
	if (image->data)
		munmap((void *)image->data, image->len);
	image->data = NULL;
}

static const char *vmlinux_path(void)
{
	const char *env = getenv("SKEP_BTF");

	return env && *env ? env : BTF_FOLDER "/vmlinux";
}

struct kern_btf_image *kern_btf_image(void)
{
	struct kern_btf_image *image = &vmlinux.image;

	if (!image->data && !vmlinux.tried) {
		image->first_id = 1;
		vmlinux.tried = !image_open(image, vmlinux_path());
	}
	return image->data ? image : NULL;
}

void kern_btf_image_release(void)
{
	if (!vmlinux.image.mapped && !vmlinux.pinned)
		image_unmap(&vmlinux.image);
}

const char *kern_btf_string(const struct kern_btf_image *image, uint32_t off)
{
	return off < image->strs_len ? image->strs + off : "";
}

const struct btf_type *kern_btf_type(struct kern_btf_image *image, uint32_t id)
{
	uint32_t index = id - image->first_id, off;

	if (!image->marks)
		kern_btf_scan(image, NULL, 0);
	if (id < image->first_id || index >= image->ntypes)
		return NULL;
	off = image->marks[index / KERN_BTF_MARK];
	for (index %= KERN_BTF_MARK; index; index--)
		off += kern_btf_type_len((const void *)(image->types + off));
	return (const void *)(image->types + off);
}

/* ---- modules ------------------------------------------------------------------------------------
 */

/* Only what the kernel itself lacks is looked for; their names may lie in the kernel's strings. */
static void module_scan(const char *name, struct kern_btf_query *queries, size_t n)
{
	struct kern_btf_image *base = kern_btf_image(), image = {0};
	char *path = xasprintf(BTF_FOLDER "/%s", name);

	image.first_id = 1 + base->ntypes;
	image.first_str = base->strs_len;
	if (image_open(&image, path)) {
		kern_btf_scan(&image, queries, n);
		image_unmap(&image);
		free(image.marks);
	}
	free(path);
}

/* The offsets in a module's own strings mean nothing in the next module. */
static void offs_truncate(struct kern_btf_query *queries, size_t n, uint32_t end)
{
	for (size_t i = 0; i < n; i++) {
		size_t kept = 0;

		for (size_t j = 0; j < queries[i].noffs; j++)
			if (queries[i].offs[j] < end)
				queries[i].offs[kept++] = queries[i].offs[j];
		queries[i].noffs = kept;
	}
}

/* `missing` are copies; what is found goes back to the originals. */
static void modules_run(struct kern_btf_query *missing, size_t n)
{
	uint32_t base_strs = kern_btf_image()->strs_len;
	DIR *dir = opendir(BTF_FOLDER);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || strcmp(e->d_name, "vmlinux") == 0)
			continue;
		module_scan(e->d_name, missing, n);
		offs_truncate(missing, n, base_strs);
		for (size_t i = 0; i < n; i++) {
			if (!missing[i].nids || missing[i].module)
				continue;
			missing[i].module = xstrdup(e->d_name);
			missing[i].kinds = 0; /* the first module that has it is enough */
		}
	}
	if (dir)
		closedir(dir);
}

static bool have_modules(void)
{
	struct stat st;
	DIR *dir;
	struct dirent *e;
	bool some = false;

	if (getenv("SKEP_BTF") || stat(BTF_FOLDER, &st))
		return false;
	dir = opendir(BTF_FOLDER);
	while (dir && !some && (e = readdir(dir)))
		some = e->d_name[0] != '.' && strcmp(e->d_name, "vmlinux") != 0;
	if (dir)
		closedir(dir);
	return some;
}

void kern_btf_run(struct kern_btf_query *queries, size_t n)
{
	struct kern_btf_image *image = kern_btf_image();
	struct kern_btf_query *missing;
	size_t nmissing = 0, j = 0;

	if (!image || !n)
		return;
	kern_btf_scan(image, queries, n);
	missing = xalloc(n * sizeof(*missing));
	for (size_t i = 0; i < n; i++)
		if (!queries[i].nids)
			missing[nmissing++] = queries[i];
	if (nmissing && have_modules()) {
		modules_run(missing, nmissing);
		for (size_t i = 0; i < n; i++) {
			uint32_t kinds = queries[i].kinds;

			if (queries[i].nids)
				continue;
			queries[i] = missing[j++];
			queries[i].kinds = kinds;
		}
	}
	free(missing);
}

void kern_btf_query_fini(struct kern_btf_query *q)
{
	free(q->offs);
	free(q->ids);
	free(q->module);
}

/* ---- BTF objects in the kernel
 * ------------------------------------------------------------------- */

static bool btf_fd_is(int fd, const char *name)
{
	char own[64] = "";
	struct bpf_btf_info info = {.name = (uintptr_t)own, .name_len = sizeof(own)};
	union bpf_attr attr = {0};

	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (kern_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return false;
	return info.kernel_btf && strcmp(own, name) == 0;
}

int kern_btf_module_fd(const char *name)
{
	uint32_t id = 0;

	for (;;) {
		union bpf_attr attr = {0};
		long fd;

		attr.start_id = id;
		if (kern_bpf(BPF_BTF_GET_NEXT_ID, &attr, sizeof(attr)))
			return -errno;
		id = attr.next_id;
		memset(&attr, 0, sizeof(attr));
		attr.btf_id = id;
		fd = kern_bpf(BPF_BTF_GET_FD_BY_ID, &attr, sizeof(attr));
		if (fd < 0)
			continue;
		if (btf_fd_is(fd, name))
			return fd;
		close(fd);
	}
}

/* ---- single look-ups
 * ------------------------------------------------------------------------------ */

static struct answer {
	char *name, *module;
	unsigned int kind;
	uint32_t id;
	int fd; /* of the module's BTF once it was asked, else 0 */
} * answers;
static size_t nanswers;

static struct answer *answer_find(const char *name, unsigned int kind)
{
	for (size_t i = 0; i < nanswers; i++)
		if (answers[i].kind == kind && strcmp(answers[i].name, name) == 0)
			return &answers[i];
	return NULL;
}

static void answer_add(const struct kern_btf_query *q, unsigned int kind)
{
	struct answer *a = vec_push(answers, nanswers);

	*a = (struct answer){.name = xstrdup(q->name), .kind = kind};
	a->id = q->nids ? q->ids[0] : 0;
	a->module = q->module ? xstrdup(q->module) : NULL;
}

/* Queries for the names not asked before; their number. */
static size_t queries_of(const struct kern_btf_name *names, size_t n,
			 struct kern_btf_query *queries)
{
	size_t nq = 0;

	for (size_t i = 0; i < n; i++) {
		if (answer_find(names[i].name, names[i].kind))
			continue;
		queries[nq] = (struct kern_btf_query){.name = names[i].name};
		queries[nq].len = strlen(names[i].name);
		queries[nq++].kinds = 1u << names[i].kind;
	}
	return nq;
}

/* What the probes of features ask: whatever is asked first, these come along in the same pass. */
static const struct kern_btf_name probe_names[] = {
	{"btf_trace_sched_switch", BTF_KIND_TYPEDEF},
	{"bpf_fentry_test1", BTF_KIND_FUNC},
	{"bpf_lsm_file_open", BTF_KIND_FUNC},
	{"bpf_iter_task", BTF_KIND_FUNC},
};

void kern_btf_prefetch(const struct kern_btf_name *names, size_t n, struct kern_btf_query *more,
		       size_t nmore)
{
	struct kern_btf_query *queries =
		xalloc((n + ARRAY_SIZE(probe_names) + nmore + 1) * sizeof(*queries));
	size_t nq = queries_of(names, n, queries);

	nq += queries_of(probe_names, ARRAY_SIZE(probe_names), queries + nq);
	if (nmore)
		memcpy(queries + nq, more, nmore * sizeof(*more));
	kern_btf_run(queries, nq + nmore);
	if (nmore)
		memcpy(more, queries + nq, nmore * sizeof(*more));
	for (size_t i = 0; i < nq; i++) {
		unsigned int kind = __builtin_ctz(queries[i].kinds);

		if (!answer_find(queries[i].name, kind))
			answer_add(&queries[i], kind);
		kern_btf_query_fini(&queries[i]);
	}
	free(queries);
}

static struct answer *answer_get(const char *name, unsigned int kind)
{
	const struct kern_btf_name asked = {name, kind};
	struct answer *a = answer_find(name, kind);

	if (a)
		return a;
	kern_btf_prefetch(&asked, 1, NULL, 0);
	kern_btf_image_release();
	return answer_find(name, kind);
}

bool kern_btf_answer_at(size_t i, struct kern_btf_answer *out)
{
	if (i >= nanswers)
		return false;
	*out = (struct kern_btf_answer){answers[i].name, answers[i].kind, answers[i].id,
					answers[i].module != NULL};
	return true;
}

void kern_btf_answer_put(const char *name, unsigned int kind, uint32_t id)
{
	struct answer *a;

	if (answer_find(name, kind))
		return;
	a = vec_push(answers, nanswers);
	*a = (struct answer){.name = xstrdup(name), .kind = kind, .id = id};
}

uint32_t kern_btf_find(const char *name, unsigned int kind)
{
	struct answer *a = answer_get(name, kind);

	return a->module ? 0 : a->id;
}

uint32_t kern_btf_find_target(const char *name, unsigned int kind, int *fd)
{
	struct answer *a = answer_get(name, kind);

	*fd = 0;
	if (!a->module)
		return a->id;
	if (!a->fd)
		a->fd = kern_btf_module_fd(a->module);
	*fd = a->fd;
	return a->fd > 0 ? a->id : 0;
}

bool kern_btf_available(void)
{
	return kern_btf_image() != NULL;
}

const void *kern_btf_raw(size_t *len)
{
	struct kern_btf_image *image = kern_btf_image();

	*len = image ? image->len : 0;
	vmlinux.pinned = image != NULL;
	return image ? image->data : NULL;
}

/* ---- which kernel is it?
 * --------------------------------------------------------------------------- */

/* NT_GNU_BUILD_ID in the notes of vmlinux: name size, descriptor size, type, then both, padded
 * to 4. */
static bool build_id_of_notes(char *hex)
{
	static const uint32_t nt_gnu_build_id = 3;
	struct buf b = {0};
	bool found = false;

	if (file_read("/sys/kernel/notes", 1 << 16, &b) == 0) {
		for (size_t off = 0; !found && off + 12 <= b.len;) {
			uint32_t h[3];
			size_t desc;

			memcpy(h, b.p + off, sizeof(h));
			desc = off + 12 + (((size_t)h[0] + 3) & ~3ul);
			if (h[1] > 32 && h[2] == nt_gnu_build_id)
				break;
			found = h[2] == nt_gnu_build_id && h[0] == 4 && h[1] &&
				desc + h[1] <= b.len && memcmp(b.p + off + 12, "GNU", 4) == 0;
			for (uint32_t i = 0; found && i < h[1]; i++)
				sprintf(hex + 2 * i, "%02x", (unsigned char)b.p[desc + i]);
			off = desc + (((size_t)h[1] + 3) & ~3ul);
		}
	}
	buf_free(&b);
	return found;
}

/* FNV-1a over the BTF, eight bytes a step. */
static void build_id_of_btf(char *hex)
{
	size_t len;
	const uint8_t *p = kern_btf_raw(&len);
	uint64_t h = 0xcbf29ce484222325ull ^ len;

	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t v;

		memcpy(&v, p + i, sizeof(v));
		h = (h ^ v) * 0x100000001b3ull;
	}
	sprintf(hex, "%016llx", (unsigned long long)h);
}

const char *kern_build_id(void)
{
	static char hex[65];

	if (hex[0])
		return hex;
	if (getenv("SKEP_BTF") || !build_id_of_notes(hex))
		build_id_of_btf(hex);
	return hex;
}

bool kern_is_known_build(void)
{
	char hex[65];

	return !getenv("SKEP_BTF") && build_id_of_notes(hex);
}
