/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Filters. A tool made with skep.bpf.h filters in the kernel: its configuration is written here before
 * it is loaded. Rows of other programs are filtered when they arrive, by their members pid, tgid, tid,
 * uid and comm, as far as they have them.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "run/run_int.h"

#define INITIAL_PIDNS 0xEFFFFFFCu /* PROC_PID_INIT_INO */
#define CGROUP2_MAGIC 0x63677270

/* ---- facts the kernel's filters compare with ------------------------------------------------------------ */

/* Inode of a namespace: by PID, or the number itself when there is no such process. */
static int namespace_of(const char *pid, const char *kind, uint32_t *inode)
{
	char *path = xasprintf("/proc/%s/ns/%s", pid, kind);
	struct stat st;
	uint64_t v;
	int err = stat(path, &st) ? errno : 0;

	free(path);
	if (!err)
		*inode = st.st_ino;
	else if (!parse_u64(pid, &v) && v >= 0xF0000000u && v <= UINT32_MAX)
		*inode = v;
	else
		return fail(err, "--%sns: there is no process %s to take the namespace of", kind, pid);
	return 0;
}

/* The id programs see is the inode number; the level is the distance from the root. */
static int cgroup_of(const char *path, uint64_t *id, uint32_t *level)
{
	char *real = realpath(path, NULL), *up;
	struct statfs fs;
	struct stat st, above;
	int err = 0;

	if (!real || statfs(real, &fs) || stat(real, &st)) {
		err = fail(errno, "--cgroup: %s: %s", path, strerror(errno));
		free(real);
		return err;
	}
	if (fs.f_type != CGROUP2_MAGIC) {
		free(real);
		return fail(EINVAL, "--cgroup: %s is not a cgroup of version 2", path);
	}
	*id = st.st_ino;
	*level = 0;
	while ((up = strrchr(real, '/')) && up != real) {
		*up = '\0';
		if (stat(real, &above) || above.st_dev != st.st_dev)
			break;
		++*level;
	}
	free(real);
	return 0;
}

/* In a container programs must count pids as we do. */
static void own_pidns(uint64_t *dev, uint64_t *ino)
{
	struct stat st;

	*dev = *ino = 0;
	if (stat("/proc/self/ns/pid", &st) || st.st_ino == INITIAL_PIDNS)
		return;
	*dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev); /* as the kernel keeps it */
	*ino = st.st_ino;
}

int filter_read(const struct run_request *req, struct filter *f)
{
	*f = (struct filter){
		.pid = req->pid, .tid = req->tid, .uid = req->uid, .has_uid = req->uid_given,
		.self = getpid(), .tree = req->command != NULL,
	};
	int err = 0;

	own_pidns(&f->ns_dev, &f->ns_ino);
	if (req->comm)
		strncpy(f->comm, req->comm, sizeof(f->comm) - 1);
	f->comm_len = strlen(f->comm);
	if (req->mntns)
		err = namespace_of(req->mntns, "mnt", &f->mntns);
	if (!err && req->pidns)
		err = namespace_of(req->pidns, "pid", &f->pidns);
	/* For cgroup programs --cgroup is where they are attached, and need be no filter. */
	if (!err && req->cgroup)
		err = cgroup_of(req->cgroup, &f->cgroup, &f->cgroup_level);
	return err;
}

void filter_configure(const struct filter *f, struct object *obj)
{
	const struct {
		const char *member;
		const void *value;
		size_t size;
	} values[] = {
		{"pid", &f->pid, 4}, {"tid", &f->tid, 4}, {"self", &f->self, 4}, {"uid", &f->uid, 4},
		{"mntns", &f->mntns, 4}, {"pidns", &f->pidns, 4}, {"cgroup", &f->cgroup, 8},
		{"cgroup_level", &f->cgroup_level, 4}, {"comm_len", &f->comm_len, 4},
		{"comm", f->comm, sizeof(f->comm)}, {"ns_dev", &f->ns_dev, 8}, {"ns_ino", &f->ns_ino, 8},
		{"has_uid", &f->has_uid, 1}, {"tree", &f->tree, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (!object_var_write(obj, "skep_config", values[i].member, values[i].value, values[i].size))
			note("%s: made with another skep.bpf.h: it has no filter '%s'", obj->src->name,
			     values[i].member);
}

/* ---- rows of programs that know nothing of skep ----------------------------------------------------------- */

static const struct val_field *first_of(const struct val_plan *plan, const char *const *names)
{
	for (; *names; names++) {
		const struct val_field *f = val_plan_find(plan, *names);

		if (f)
			return f;
	}
	return NULL;
}

void row_filter_init(struct row_filter *rf, const struct filter *f, const struct val_plan *plan, int tree_fd)
{
	static const char *const pids[] = {"tgid", "pid", NULL}, *const tids[] = {"tid", NULL},
		*const uids[] = {"uid", NULL}, *const comms[] = {"comm", "task", NULL};

	*rf = (struct row_filter){.f = f, .tree_fd = tree_fd};
	if (!plan)
		return;
	rf->pid = first_of(plan, pids);
	rf->tid = first_of(plan, tids);
	rf->uid = first_of(plan, uids);
	rf->comm = first_of(plan, comms);
}

/* What was asked for and cannot be done by these rows is said once. */
void row_filter_warn(const struct row_filter *rf, const char *name)
{
	const struct {
		bool asked;
		const void *have;
		const char *what;
	} checks[] = {
		{rf->f->pid || rf->f->tree, rf->pid, "pid"}, {rf->f->tid, rf->tid, "tid"},
		{rf->f->has_uid, rf->uid, "uid"}, {rf->f->comm_len, rf->comm, "comm"},
		{rf->f->cgroup, NULL, "cgroup"}, {rf->f->mntns, NULL, "mount namespace"}, {rf->f->pidns, NULL, "pid namespace"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (checks[i].asked && !checks[i].have)
			warn("%s: its rows do not tell the %s, so they are not filtered by it", name, checks[i].what);
}

static uint64_t number(const struct val_field *field, const void *rec, size_t len)
{
	struct val v;

	val_get(field, rec, len, &v);
	return v.u & 0xffffffff;
}

bool row_filter_pass(const struct row_filter *rf, const void *rec, size_t len)
{
	const struct filter *f = rf->f;
	struct val comm;

	if (rf->pid) {
		uint32_t pid = number(rf->pid, rec, len);
		uint8_t in;

		if ((f->pid && pid != f->pid) || pid == f->self)
			return false;
		if (f->tree && rf->tree_fd >= 0 && bpf_map_lookup_elem(rf->tree_fd, &pid, &in))
			return false;
	}
	if (f->tid && rf->tid && number(rf->tid, rec, len) != f->tid)
		return false;
	if (f->has_uid && rf->uid && number(rf->uid, rec, len) != f->uid)
		return false;
	if (!f->comm_len || !rf->comm)
		return true;
	val_get(rf->comm, rec, len, &comm);
	return comm.p && memmem(comm.p, comm.len, f->comm, f->comm_len);
}
