/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kind iter: a walk over kernel objects; the link gives a file whose text the program writes. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "kern/attach.h"
#include "kern/btf.h"

/* union bpf_iter_link_info for tasks (Linux 6.1): a thread, a process, or a pidfd; 0: all. */
struct task_info {
	uint32_t tid, pid, pid_fd;
	uint32_t pad[4];
};

static const char *iter_name(const char *sec, const struct kern_target *t)
{
	return t->symbol && *t->symbol ? t->symbol : kern_sec_target(sec);
}

/* These walk the elements of one map, which nothing here could name. */
static bool wants_map(const char *name)
{
	return strcmp(name, "bpf_map_elem") == 0 || strcmp(name, "bpf_sk_storage_map") == 0 ||
	       strcmp(name, "sockmap") == 0;
}

static int iter_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	const char *name = iter_name(sec, t);
	struct kern_btf_target target;
	int fd;

	if (wants_map(name))
		return kern_cannot(why, size, EOPNOTSUPP,
				   "an iterator over %s needs a map to walk; write the "
				   "program for iter/bpf_map, or read the map with `skep map`",
				   name);
	if (!kern_section_btf(sec, t->symbol, &target))
		return kern_cannot(why, size, EINVAL, "\"%s\" names nothing to walk", sec);
	if (kern_btf_find_target(target.name, target.kind, &fd))
		return 0;
	return kern_cannot(why, size, ENOENT, "this kernel has no iterator over %s", name);
}

static int iter_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
		       struct kern_link *link)
{
	struct kern_link_create create = {.prog_fd = bpf_program__fd(prog),
					  .attach_type = BPF_TRACE_ITER};
	const char *name = iter_name(sec, t);
	struct task_info task = {.pid = t->pid > 0 ? t->pid : 0};
	union bpf_attr attr;
	char why[300];
	int fd;

	if (wants_map(name)) {
		iter_can(sec, t, why, sizeof(why));
		return fail(EOPNOTSUPP, "program %s: %s", bpf_program__name(prog), why);
	}
	if (task.pid && str_starts(name, "task")) {
		create.iter_info = (uintptr_t)&task;
		create.iter_info_len = 3 * sizeof(uint32_t);
	}
	fd = kern_link_create(&create);
	if (fd < 0)
		return kern_attach_fail(prog, fd, NULL, "iterator over %s", name);
	kern_link_own(link, fd);
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = fd;
	fd = kern_bpf(BPF_ITER_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return kern_attach_fail(prog, errno, NULL, "iterator over %s", name);
	kern_link_own(link, fd);
	link->reads = fd;
	kern_link_say(link, "iter %s", name);
	return 0;
}

const struct kern_attach_kind kern_attach_iter[] = {
	{"iter", {"iter+", "iter.s+"}, KERN_ITER, iter_can, iter_attach, NULL},
	{0},
};
