/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds on kernel functions by breakpoint or ftrace: kprobe, kretprobe, ksyscall, kretsyscall, and
 * many functions in one link: kprobe.multi, kretprobe.multi, kprobe.session.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/attach.h"

/* How the kernel names a system call's function, in front of its name. */
#if defined(__x86_64__)
#define SYSCALL_PREFIX "__x64_sys_"
#elif defined(__aarch64__)
#define SYSCALL_PREFIX "__arm64_sys_"
#elif defined(__s390x__)
#define SYSCALL_PREFIX "__s390x_sys_"
#elif defined(__riscv)
#define SYSCALL_PREFIX "__riscv_sys_"
#else
#define SYSCALL_PREFIX "sys_"
#endif

/* ---- one function
 * ---------------------------------------------------------------------------------- */

/* "vfs_read+0x10" → name and offset; a section of the ksyscall family names the system call. */
static int function_of(const char *sec, const struct kern_target *t, char *name, size_t size,
		       uint64_t *offset)
{
	const char *text = t->symbol && *t->symbol ? t->symbol : kern_sec_target(sec);
	bool is_syscall = str_starts(sec, "ksyscall") || str_starts(sec, "kretsyscall");
	size_t len = strcspn(text, "+");

	*offset = 0;
	if (!len || (text[len] && parse_u64(text + len + 1, offset)))
		return -EINVAL;
	snprintf(name, size, "%s%.*s", is_syscall ? SYSCALL_PREFIX : "", (int)len, text);
	if (is_syscall && !kern_has_function(name))
		snprintf(name, size, "__se_sys_%.*s", (int)len, text);
	return 0;
}

static int kprobe_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	char name[200];
	uint64_t offset;

	if (function_of(sec, t, name, sizeof(name), &offset))
		return kern_cannot(why, size, EINVAL,
				   "\"%s\" names no function: write SEC(\"%.*s/FUNCTION\") "
				   "or give --symbol",
				   sec, (int)strcspn(sec, "/"), sec);
	if (kern_has_function(name))
		return 0;
	return kern_cannot(why, size, ENOENT, "this kernel has no function %s that could be probed",
			   name);
}

static int kprobe_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			 struct kern_link *link)
{
	struct perf_event_attr attr = {0};
	bool ret = str_starts(sec, "kret");
	int bit = kern_pmu_retprobe_bit("kprobe"), type = kern_pmu_type("kprobe"), err, fd;
	char name[200], why[400];
	uint64_t offset;

	if (kprobe_can(sec, t, why, sizeof(why)))
		return fail(ENOENT, "program %s: %s", bpf_program__name(prog), why);
	function_of(sec, t, name, sizeof(name), &offset);
	if (type < 0)
		return kern_attach_fail(prog, type, kern_why_not(KERN_KPROBE), "kprobe %s", name);
	attr.type = type;
	attr.config = ret ? 1ull << (bit < 0 ? 0 : bit) : 0;
	attr.kprobe_func = (uintptr_t)name;
	attr.probe_offset = offset;
	fd = kern_perf_open(&attr, -1, 0);
	if (fd < 0)
		return kern_attach_fail(
			prog, fd,
			fd == -EINVAL || fd == -ENOENT || fd == -EADDRNOTAVAIL
				? "the function cannot be probed (inlined or not traceable)"
				: NULL,
			"%s %s", ret ? "kretprobe" : "kprobe", name);
	err = kern_perf_attach(link, bpf_program__fd(prog), fd);
	if (err)
		return kern_attach_fail(prog, err, NULL, "%s %s", ret ? "kretprobe" : "kprobe",
					name);
	kern_link_say(link, "%s %s", ret ? "kretprobe" : "kprobe", name);
	return 0;
}

/* ---- many functions
 * -------------------------------------------------------------------------------- */

struct names {
	char **items;
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_free(struct names *names)
{
	while (names->n)
		free(names->items[--names->n]);
	free(names->items);
}

/* The functions ftrace can hook that match the pattern, sorted. */
static int names_match(const char *glob, struct names *names)
{
	int fd = kern_tracefs_open("available_filter_functions", O_RDONLY);
	char line[512];
	FILE *f;

	if (fd < 0)
		return fd;
	f = fdopen(fd, "r");
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, " \t\n")] = '\0';
		if (str_glob(glob, line))
			*vec_push(names->items, names->n) = xstrdup(line);
	}
	fclose(f);
	if (names->n)
		qsort(names->items, names->n, sizeof(*names->items), by_name);
	return names->n ? 0 : -ENOENT;
}

/* A name that stands for several functions cannot be resolved by the kernel: all of them go. */
static void names_unique(struct names *names)
{
	size_t kept = 0;

	for (size_t i = 0, j; i < names->n; i = j) {
		for (j = i + 1; j < names->n && strcmp(names->items[i], names->items[j]) == 0;)
			j++;
		if (j == i + 1) {
			names->items[kept++] = names->items[i];
			continue;
		}
		for (size_t k = i; k < j; k++)
			free(names->items[k]);
	}
	names->n = kept;
}

static int multi_names(const char *pattern, struct names *names)
{
	int err;

	if (!strpbrk(pattern, "*?")) {
		*vec_push(names->items, names->n) = xstrdup(pattern);
		return 0;
	}
	err = names_match(pattern, names);
	names_unique(names);
	return err;
}

static int multi_link(struct bpf_program *prog, const char *sec, const struct names *names)
{
	struct kern_link_create create = {.prog_fd = bpf_program__fd(prog)};
	bool session = str_starts(sec, "kprobe.session");

	create.attach_type = session ? KERN_ATTACH_KPROBE_SESSION : BPF_TRACE_KPROBE_MULTI;
	create.kprobe_multi.flags = str_starts(sec, "kret") ? BPF_F_KPROBE_MULTI_RETURN : 0;
	create.kprobe_multi.cnt = names->n;
	create.kprobe_multi.syms = (uintptr_t)names->items;
	return kern_link_create(&create);
}

static int multi_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			struct kern_link *link)
{
	const char *pattern = t->symbol && *t->symbol ? t->symbol : kern_sec_target(sec);
	struct names names = {0};
	int err = *pattern ? multi_names(pattern, &names) : -EINVAL, fd;

	if (err) {
		names_free(&names);
		return kern_attach_fail(prog, err, "no function matches that ftrace can hook",
					"functions \"%s\"", pattern);
	}
	fd = multi_link(prog, sec, &names);
	if (fd >= 0) {
		kern_link_own(link, fd);
		kern_link_say(link, "%.*s %s (%zu functions)", (int)strcspn(sec, "/"), sec, pattern,
			      names.n);
	}
	names_free(&names);
	if (fd >= 0)
		return 0;
	return kern_attach_fail(prog, fd, fd == -ESRCH ? "the kernel has no such function" : NULL,
				"functions \"%s\"", pattern);
}

static int multi_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	const char *pattern = t->symbol && *t->symbol ? t->symbol : kern_sec_target(sec);

	if (str_starts(sec, "kprobe.session") && kern_try_kprobe_multi(KERN_ATTACH_KPROBE_SESSION))
		return kern_cannot(
			why, size, EOPNOTSUPP,
			"this kernel is older than Linux 6.10, which brought kprobe.session");
	if (!*pattern)
		return kern_cannot(why, size, EINVAL, "\"%s\" names no function", sec);
	if (strpbrk(pattern, "*?") || kern_has_function(pattern))
		return 0;
	return kern_cannot(why, size, ENOENT, "this kernel has no function %s", pattern);
}

const struct kern_attach_kind kern_attach_kprobe[] = {
	{"kprobe",
	 {"kprobe+", "kretprobe+", "ksyscall+", "kretsyscall+"},
	 KERN_KPROBE,
	 kprobe_can,
	 kprobe_attach,
	 NULL},
	{"kprobe.multi",
	 {"kprobe.multi+", "kretprobe.multi+", "kprobe.session+"},
	 KERN_KPROBE_MULTI,
	 multi_can,
	 multi_attach,
	 NULL},
	{0},
};
