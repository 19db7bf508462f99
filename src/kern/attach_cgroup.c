/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds on a cgroup (version 2): packets, sockets, addresses, devices, sysctl, socket options,
 * security hooks. The cgroup must be named: a default would be the root, which is everybody.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kern/attach.h"

/* Where cgroup v2 is mounted; NULL when it is nowhere. */
const char *kern_cgroup_mount(void)
{
	static char *found;
	FILE *f = found ? NULL : setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	while (f && !found && (m = getmntent(f)))
		if (strcmp(m->mnt_type, "cgroup2") == 0)
			found = xstrdup(m->mnt_dir);
	if (f)
		endmntent(f);
	return found;
}

/* A path as given, else below the mount. fd; -ENOTDIR: it is no cgroup of version 2. */
static int cgroup_open(const char *path)
{
	const char *mount = kern_cgroup_mount();
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (mount && (fd < 0 || fstatfs(fd, &st) || st.f_type != CGROUP2_SUPER_MAGIC)) {
		char *below = xasprintf("%s/%s", mount, path);

		if (fd >= 0)
			close(fd);
		fd = open(below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		free(below);
	}
	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &st) == 0 && st.f_type == CGROUP2_SUPER_MAGIC)
		return fd;
	close(fd);
	return -ENOTDIR;
}

static int cgroup_explain(const struct kern_target *t, int err, char *why, size_t size)
{
	if (!t->cgroup || !*t->cgroup)
		return kern_cannot(why, size, EDESTADDRREQ, "name a cgroup with --cgroup PATH");
	if (err == -ENOTDIR)
		return kern_cannot(why, size, ENOTDIR, "%s is not a cgroup of version 2",
				   t->cgroup);
	return kern_cannot(why, size, -err, "cgroup %s: %s", t->cgroup, strerror(-err));
}

static int cgroup_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	int fd = t->cgroup && *t->cgroup ? cgroup_open(t->cgroup) : -EDESTADDRREQ;

	if (fd < 0)
		return cgroup_explain(t, fd, why, size);
	close(fd);
	return 0;
}

/* SEC("cgroup/skb") leaves the direction open. */
static int cgroup_attach_type(struct bpf_program *prog, const char *sec,
			      const struct kern_target *t)
{
	bool egress = t->direction && strcmp(t->direction, "egress") == 0;

	if (strcmp(sec, "cgroup/skb") == 0)
		return egress ? BPF_CGROUP_INET_EGRESS : BPF_CGROUP_INET_INGRESS;
	return bpf_program__expected_attach_type(prog);
}

static int cgroup_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			 struct kern_link *link)
{
	struct kern_link_create create = {.prog_fd = bpf_program__fd(prog)};
	int cgroup = t->cgroup && *t->cgroup ? cgroup_open(t->cgroup) : -EDESTADDRREQ, fd;
	char why[300];

	if (cgroup < 0) {
		cgroup_explain(t, cgroup, why, sizeof(why));
		return fail(-cgroup, "program %s (%s): %s", bpf_program__name(prog), sec, why);
	}
	create.target = cgroup;
	create.attach_type = cgroup_attach_type(prog, sec, t);
	fd = kern_link_create(&create);
	close(cgroup);
	if (fd < 0)
		return kern_attach_fail(
			prog, fd, fd == -EPERM ? kern_denied(NEED_BPF | NEED_NET_ADMIN) : NULL,
			"%s of cgroup %s", sec, t->cgroup);
	kern_link_own(link, fd);
	kern_link_say(link, "%s on %s", sec, t->cgroup);
	return 0;
}

const struct kern_attach_kind kern_attach_cgroup[] = {
	{"cgroup",
	 {"cgroup/", "cgroup_skb/", "sockops"},
	 KERN_CGROUP,
	 cgroup_can,
	 cgroup_attach,
	 "cgroup"},
	{"lsm_cgroup", {"lsm_cgroup+"}, KERN_LSM, cgroup_can, cgroup_attach, "cgroup"},
	{0},
};
