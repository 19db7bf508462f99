/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * leftovers: lists the BPF programs and links that no living process holds, one a line:
 * "prog 12 name (type 5)". tests/run.sh runs it before and after each host test: what is new was
 * left behind. What another process holds by a file descriptor is somebody else's work and not listed.
 *
 * Held: an id in some /proc/PID/fdinfo; the program of a held link; and, for maps (-m), the maps of a
 * held program. Uses bpf(2) directly, no library: it must run in a guest. In a process namespace of
 * a container the holders cannot be seen, so nothing is said there.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { PROG, LINK, MAP, KINDS };

static const struct {
	const char *name, *fdinfo;
	int next, get;
} kinds[KINDS] = {
	[PROG] = { "prog", "prog_id:", BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID },
	[LINK] = { "link", "link_id:", BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID },
	[MAP] = { "map", "map_id:", BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID },
};

struct ids {
	__u32 *id;
	size_t n;
};

static struct ids held[KINDS];

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int has(const struct ids *s, __u32 id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->id[i] == id)
			return 1;
	return 0;
}

static void add(struct ids *s, __u32 id)
{
	if (has(s, id))
		return;
	s->id = realloc(s->id, (s->n + 1) * sizeof(*s->id));
	s->id[s->n++] = id;
}

static int open_id(enum kind k, __u32 id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id; /* the same place for all kinds */
	return bpf(kinds[k].get, &attr);
}

static int info_of(int fd, void *info, __u32 size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = size;
	attr.info.info = (__u64)(unsigned long)info;
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

static void read_fdinfo(const char *path)
{
	char line[256];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f)) {
		for (int k = 0; k < KINDS; k++) {
			size_t n = strlen(kinds[k].fdinfo);

			if (!strncmp(line, kinds[k].fdinfo, n))
				add(&held[k], strtoul(line + n, NULL, 10));
		}
	}
	if (f)
		fclose(f);
}

static void find_held(void)
{
	struct dirent *p, *d;
	char path[600];
	DIR *proc = opendir("/proc"), *dir;

	while (proc && (p = readdir(proc))) {
		if (p->d_name[0] < '0' || p->d_name[0] > '9' || atoi(p->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fdinfo", p->d_name);
		dir = opendir(path);
		while (dir && (d = readdir(dir))) {
			if (d->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", p->d_name, d->d_name);
			read_fdinfo(path);
		}
		if (dir)
			closedir(dir);
	}
	if (proc)
		closedir(proc);
}

/* Programs of held links, then maps of held programs. */
static void spread(void)
{
	for (size_t i = 0; i < held[LINK].n; i++) {
		struct bpf_link_info info;
		int fd = open_id(LINK, held[LINK].id[i]);

		memset(&info, 0, sizeof(info));
		if (fd >= 0 && !info_of(fd, &info, sizeof(info)))
			add(&held[PROG], info.prog_id);
		if (fd >= 0)
			close(fd);
	}
	for (size_t i = 0; i < held[PROG].n; i++) {
		__u32 maps[64];
		struct bpf_prog_info info;
		int fd = open_id(PROG, held[PROG].id[i]);

		memset(&info, 0, sizeof(info));
		info.nr_map_ids = 64;
		info.map_ids = (__u64)(unsigned long)maps;
		if (fd >= 0 && !info_of(fd, &info, sizeof(info)))
			for (__u32 m = 0; m < info.nr_map_ids && m < 64; m++)
				add(&held[MAP], maps[m]);
		if (fd >= 0)
			close(fd);
	}
}

static void print_one(enum kind k, __u32 id)
{
	int fd = open_id(k, id);
	struct bpf_prog_info prog = { 0 };
	struct bpf_link_info link = { 0 };
	struct bpf_map_info map = { 0 };

	if (fd < 0)
		return; /* gone meanwhile */
	if (k == PROG && !info_of(fd, &prog, sizeof(prog)))
		printf("prog %u %s (type %u)\n", id, prog.name, prog.type);
	else if (k == LINK && !info_of(fd, &link, sizeof(link)))
		printf("link %u of prog %u (type %u)\n", id, link.prog_id, link.type);
	else if (k == MAP && !info_of(fd, &map, sizeof(map)))
		printf("map %u %s (type %u)\n", id, map.name, map.type);
	close(fd);
}

/* The first process namespace has a fixed number (PROC_PID_INIT_INO of the kernel). */
static int sees_all_processes(void)
{
	char link[64] = "";

	return readlink("/proc/self/ns/pid", link, sizeof(link) - 1) > 0 && !strcmp(link, "pid:[4026531836]");
}

int main(int argc, char **argv)
{
	int with_maps = argc > 1 && !strcmp(argv[1], "-m");
	union bpf_attr attr;

	if (!sees_all_processes())
		return 0;
	find_held();
	spread();
	for (int k = 0; k < (with_maps ? KINDS : MAP); k++) {
		__u32 id = 0;

		for (;;) {
			memset(&attr, 0, sizeof(attr));
			attr.start_id = id;
			if (bpf(kinds[k].next, &attr)) {
				if (errno == EPERM)
					return 0; /* who may not list could not leave anything either */
				break;
			}
			id = attr.next_id;
			if (!has(&held[k], id))
				print_one(k, id);
		}
	}
	return 0;
}
