/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds on the kernel's own trace points and functions by trampoline: tracepoint, raw_tp, tp_btf,
 * fentry, fexit, fmod_ret, lsm.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>

#include "kern/attach.h"
#include "kern/btf.h"

/* ---- tracepoint
 * ----------------------------------------------------------------------------------- */

/* "sched/sched_switch" or "sched:sched_switch" → its two halves, in buf. */
static int tracepoint_split(const char *sec, const struct kern_target *t, char *buf, size_t size,
			    const char **category, const char **event)
{
	const char *name = t->symbol && *t->symbol ? t->symbol : kern_sec_target(sec);
	char *sep;

	if (snprintf(buf, size, "%s", name) >= (int)size)
		return -ENAMETOOLONG;
	sep = buf + strcspn(buf, "/:");
	if (!*sep || sep == buf || !sep[1] || strchr(sep + 1, '/'))
		return -EINVAL;
	*sep = '\0';
	*category = buf;
	*event = sep + 1;
	return 0;
}

static int tracepoint_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	const char *category, *event;
	char buf[256];
	int id;

	if (tracepoint_split(sec, t, buf, sizeof(buf), &category, &event))
		return kern_cannot(why, size, EINVAL, "\"%s\" names no tracepoint CATEGORY/EVENT",
				   sec);
	id = kern_tracepoint_id(category, event);
	if (id >= 0)
		return 0;
	if (id != -ENOENT)
		return kern_cannot(why, size, -id, "tracepoint %s/%s cannot be looked up: %s",
				   category, event, strerror(-id));
	return kern_cannot(why, size, ENOENT, "this kernel has no tracepoint %s/%s", category,
			   event);
}

static int tracepoint_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			     struct kern_link *link)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .sample_period = 1, .wakeup_events = 1};
	const char *category, *event;
	char buf[256], why[400];
	int err, fd;

	if (tracepoint_can(sec, t, why, sizeof(why)))
		return fail(ENOENT, "program %s: %s", bpf_program__name(prog), why);
	tracepoint_split(sec, t, buf, sizeof(buf), &category, &event);
	attr.config = kern_tracepoint_id(category, event);
	fd = kern_perf_open(&attr, -1, 0);
	if (fd < 0)
		return kern_attach_fail(prog, fd, NULL, "tracepoint %s/%s", category, event);
	err = kern_perf_attach(link, bpf_program__fd(prog), fd);
	if (err)
		return kern_attach_fail(
			prog, err, err == -EACCES ? "it reads behind the event's record" : NULL,
			"tracepoint %s/%s", category, event);
	kern_link_say(link, "tracepoint %s/%s", category, event);
	return 0;
}

/* ---- raw tracepoint
 * -------------------------------------------------------------------------------- */

/* --symbol may say "category/event"; a raw tracepoint has no category. */
static const char *raw_name(const char *sec, const struct kern_target *t)
{
	const char *name = t->symbol && *t->symbol ? t->symbol : kern_sec_target(sec);
	const char *sep = strpbrk(name, "/:");

	return sep ? sep + 1 : name;
}

static int raw_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	const char *name = raw_name(sec, t);

	if (!*name)
		return kern_cannot(why, size, EINVAL, "\"%s\" names no tracepoint", sec);
	if (kern_has_raw_tracepoint(name))
		return 0;
	return kern_cannot(why, size, ENOENT, "this kernel has no raw tracepoint %s", name);
}

static int raw_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
		      struct kern_link *link)
{
	const char *name = raw_name(sec, t);
	int fd = kern_raw_tracepoint_open(bpf_program__fd(prog), name);

	if (fd < 0)
		return kern_attach_fail(prog, fd,
					fd == -ENOENT ? "this kernel has no such tracepoint" : NULL,
					"raw tracepoint %s", name);
	kern_link_own(link, fd);
	kern_link_say(link, "raw_tp %s", name);
	return 0;
}

/* ---- programs that were loaded for one BTF id
 * -------------------------------------------------------- */

static int btf_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	struct kern_btf_target target;
	int fd;

	if (!kern_section_btf(sec, t->symbol, &target))
		return kern_cannot(why, size, EINVAL, "\"%s\" names no target", sec);
	if (kern_btf_find_target(target.name, target.kind, &fd))
		return 0;
	return kern_cannot(why, size, ENOENT, "this kernel's BTF has no %s", target.name);
}

static int btf_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
		      struct kern_link *link)
{
	const char *name = t->symbol && *t->symbol ? t->symbol : kern_sec_target(sec);
	int kind_len = strcspn(sec, "/");
	int fd = kern_raw_tracepoint_open(bpf_program__fd(prog), NULL);

	if (fd < 0)
		return kern_attach_fail(
			prog, fd, fd == -EBUSY ? "another program changes this one's result" : NULL,
			"%.*s %s", kind_len, sec, name);
	kern_link_own(link, fd);
	kern_link_say(link, "%.*s %s", kind_len, sec, name);
	return 0;
}

const struct kern_attach_kind kern_attach_trace[] = {
	{"tracepoint",
	 {"tp/", "tracepoint/", "tp", "tracepoint"},
	 KERN_TRACEPOINT,
	 tracepoint_can,
	 tracepoint_attach,
	 NULL},
	{"raw_tp",
	 {"raw_tp+", "raw_tracepoint+", "raw_tp.w+", "raw_tracepoint.w+"},
	 KERN_RAW_TP,
	 raw_can,
	 raw_attach,
	 NULL},
	{"tp_btf", {"tp_btf+"}, KERN_TP_BTF, btf_can, btf_attach, NULL},
	{"fentry", {"fentry+", "fentry.s+"}, KERN_FENTRY, btf_can, btf_attach, NULL},
	{"fexit", {"fexit+", "fexit.s+"}, KERN_FENTRY, btf_can, btf_attach, NULL},
	{"fmod_ret", {"fmod_ret+", "fmod_ret.s+"}, KERN_FENTRY, btf_can, btf_attach, NULL},
	{"lsm", {"lsm+", "lsm.s+"}, KERN_LSM, btf_can, btf_attach, NULL},
	{0},
};
