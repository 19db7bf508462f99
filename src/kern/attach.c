/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Section name → kind of attachment → link. The kinds are in attach_*.c; here is what they share.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kern/attach.h"
#include "kern/btf.h"

#define ATTACH(name) extern const struct kern_attach_kind kern_attach_##name[];
#include "attach.def"
#undef ATTACH

static const struct kern_attach_kind *const kinds[] = {
#define ATTACH(name) kern_attach_##name,
#include "attach.def"
#undef ATTACH
};

/* ---- sections
 * ------------------------------------------------------------------------------------ */

static const char *sec_plain(const char *sec)
{
	return *sec == '?' ? sec + 1 : sec;
}

const char *kern_sec_target(const char *sec)
{
	const char *slash = strchr(sec, '/');

	return slash ? slash + 1 : "";
}

/* As libbpf writes them: "abc" is exact, "abc/" wants something behind, "abc+" may have it. */
bool kern_sec_matches(const char *sec, const char *pattern)
{
	size_t n = strlen(pattern);

	sec = sec_plain(sec);
	if (pattern[n - 1] == '/')
		return strncmp(sec, pattern, n) == 0 && sec[n];
	if (pattern[n - 1] != '+')
		return strcmp(sec, pattern) == 0;
	return strncmp(sec, pattern, n - 1) == 0 && (!sec[n - 1] || sec[n - 1] == '/');
}

const struct kern_attach_kind *kern_attach_next(const struct kern_attach_kind *prev)
{
	size_t i = 0;

	if (!prev)
		return kinds[0];
	if (prev[1].name)
		return prev + 1;
	for (; i < ARRAY_SIZE(kinds); i++)
		for (const struct kern_attach_kind *k = kinds[i]; k->name; k++)
			if (k == prev)
				return i + 1 < ARRAY_SIZE(kinds) ? kinds[i + 1] : NULL;
	return NULL;
}

const struct kern_attach_kind *kern_attach_find(const char *sec)
{
	for (const struct kern_attach_kind *k = NULL; (k = kern_attach_next(k));)
		for (size_t i = 0; i < ARRAY_SIZE(k->sec) && k->sec[i]; i++)
			if (kern_sec_matches(sec, k->sec[i]))
				return k;
	return NULL;
}

int kern_cannot(char *why, size_t size, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return -err;
}

int kern_attach_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	static const struct kern_target none;
	const struct kern_attach_kind *k = kern_attach_find(sec);

	if (!k)
		return kern_cannot(why, size, EINVAL,
				   "\"%s\" is no section that skep knows how to attach", sec);
	if (k->feature != KERN_FEATURE_COUNT && !kern_has(k->feature))
		return kern_cannot(why, size, EOPNOTSUPP, "%s", kern_why_not(k->feature));
	return k->can ? k->can(sec_plain(sec), t ? t : &none, why, size) : 0;
}

/* ---- links
 * ----------------------------------------------------------------------------------------- */

void kern_link_own(struct kern_link *link, int fd)
{
	*vec_push(link->fds, link->nfds) = fd;
}

void kern_link_say(struct kern_link *link, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(link->text, sizeof(link->text), fmt, ap);
	va_end(ap);
}

const char *kern_link_text(const struct kern_link *link)
{
	return link->text;
}

int kern_link_reads(const struct kern_link *link)
{
	return link->reads;
}

void kern_link_close(struct kern_link *link)
{
	if (!link)
		return;
	if (link->bpf)
		bpf_link__destroy(link->bpf);
	if (link->undo)
		link->undo(link);
	while (link->nfds)
		close(link->fds[--link->nfds]);
	free(link->fds);
	free(link);
}

static struct kern_link *link_new(void)
{
	struct kern_link *link = xalloc(sizeof(*link));

	link->reads = -1;
	return link;
}

int kern_attach(struct bpf_program *prog, const struct kern_target *t, struct kern_link **out)
{
	static const struct kern_target none;
	const char *sec = sec_plain(bpf_program__section_name(prog));
	const struct kern_attach_kind *k = kern_attach_find(sec);
	struct kern_link *link;
	int err;

	*out = NULL;
	kern_btf_reduced_done();
	kern_targets_forget();
	if (!k)
		return fail(EINVAL,
			    "program %s: \"%s\" is no section that skep knows how to attach",
			    bpf_program__name(prog), sec);
	link = link_new();
	err = k->attach(prog, sec, t ? t : &none, link);
	if (err) {
		kern_link_close(link);
		return err;
	}
	if (!link->text[0])
		kern_link_say(link, "%s %s", k->name, kern_sec_target(sec));
	*out = link;
	return 0;
}

int kern_attach_map(struct bpf_map *map, struct kern_link **out)
{
	struct kern_link *link = link_new();
	int err;

	link->bpf = bpf_map__attach_struct_ops(map);
	if (!link->bpf) {
		err = errno;
		kern_link_close(link);
		return fail(err, "struct_ops %s: cannot register: %s", bpf_map__name(map),
			    strerror(err));
	}
	kern_link_say(link, "struct_ops %s", bpf_map__name(map));
	*out = link;
	return 0;
}

/* ---- messages
 * --------------------------------------------------------------------------------------- */

/* strerror() for the errors the kernel keeps to itself. */
static const char *error_text(int err)
{
	return err == 524 ? "Operation not supported by this kernel" : strerror(err);
}

int kern_attach_fail(struct bpf_program *prog, int err, const char *hint, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (err < 0)
		err = -err;
	if (!hint && (err == EPERM || err == EACCES))
		hint = kern_denied(NEED_BPF | NEED_PERFMON);
	return fail(err, "program %s: cannot attach to %s: %s%s%s", bpf_program__name(prog), what,
		    error_text(err), hint ? "; " : "", hint ? hint : "");
}

/* ---- system calls
 * ----------------------------------------------------------------------------------- */

int kern_link_create(const struct kern_link_create *create)
{
	int fd = kern_bpf(BPF_LINK_CREATE, (union bpf_attr *)create, sizeof(*create));

	return fd < 0 ? -errno : fd;
}

int kern_raw_tracepoint_open(int prog_fd, const char *name)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = (uintptr_t)name;
	attr.raw_tracepoint.prog_fd = prog_fd;
	fd = kern_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr.raw_tracepoint));
	return fd < 0 ? -errno : fd;
}

int kern_perf_open(struct perf_event_attr *attr, pid_t pid, int cpu)
{
	int fd;

	attr->size = sizeof(*attr);
	fd = syscall(__NR_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int kern_perf_attach(struct kern_link *link, int prog_fd, int perf_fd)
{
	struct kern_link_create create = {
		.prog_fd = prog_fd, .target = perf_fd, .attach_type = BPF_PERF_EVENT};
	int fd = kern_link_create(&create);

	kern_link_own(link, perf_fd);
	if (fd >= 0) {
		kern_link_own(link, fd);
	} else if (fd != -EINVAL) {
		return fd;
	} else if (ioctl(perf_fd, PERF_EVENT_IOC_SET_BPF, prog_fd)) {
		return -errno;
	}
	return ioctl(perf_fd, PERF_EVENT_IOC_ENABLE, 0) ? -errno : 0;
}

static int pmu_number(const char *pmu, const char *file, const char *format)
{
	char *path = xasprintf("/sys/bus/event_source/devices/%s/%s", pmu, file);
	FILE *f = fopen(path, "re");
	int n = -ENOENT;

	free(path);
	if (!f)
		return n;
	if (fscanf(f, format, &n) != 1)
		n = -EINVAL;
	fclose(f);
	return n;
}

int kern_pmu_type(const char *pmu)
{
	return pmu_number(pmu, "type", "%d");
}

int kern_pmu_retprobe_bit(const char *pmu)
{
	return pmu_number(pmu, "format/retprobe", "config:%d");
}
