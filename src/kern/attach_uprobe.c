/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds on functions of user programs: uprobe, uretprobe, many in one link (uprobe.multi,
 * uprobe.session), and static probes (usdt).
 *
 * A target is BINARY:SYMBOL, BINARY:SYMBOL+OFFSET or BINARY:0xOFFSET-IN-FILE; --binary and --symbol
 * replace its halves. When the program itself has no such function, the libraries it needs are
 * tried (readline is a part of bash on some systems and a library on others).
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/attach.h"

struct place {
	char *path;
	char *symbol; /* as written, for messages */
	uint64_t offset;
};

static void place_free(struct place *p)
{
	free(p->path);
	free(p->symbol);
}

/* The halves of the target; either may come from the command line. Both on the heap. */
static void target_split(const char *sec, const struct kern_target *t, char **binary, char **symbol)
{
	const char *text = kern_sec_target(sec), *colon = strchr(text, ':');

	*binary = colon ? xstrndup(text, colon - text) : xstrdup(text);
	*symbol = xstrdup(colon ? colon + 1 : "");
	if (t->binary && *t->binary) {
		free(*binary);
		*binary = xstrdup(t->binary);
	}
	if (t->symbol && *t->symbol) {
		free(*symbol);
		*symbol = xstrdup(t->symbol);
	}
}

/* "func", "func+0x10" or "0x1234" in the file at *path, which may become a library of it. */
static int symbol_resolve(char **path, const char *text, pid_t pid, uint64_t *offset)
{
	size_t len = strcspn(text, "+");
	char *name, *library;
	uint64_t more = 0;
	int err;

	if (parse_u64(text, offset) == 0)
		return 0;
	if (text[len] && parse_u64(text + len + 1, &more))
		return -EINVAL;
	name = xstrndup(text, len);
	err = kern_symbol_find(*path, name, offset);
	if (err == -ENOENT && kern_symbol_find_needed(*path, name, pid, &library, offset) == 0) {
		free(*path);
		*path = library;
		err = 0;
	}
	free(name);
	*offset += more;
	return err;
}

/* Section and options → a place; the reason in why when there is none. */
static int place_find(const char *sec, const struct kern_target *t, struct place *p, char *why,
		      size_t size)
{
	char *binary;
	int err;

	memset(p, 0, sizeof(*p));
	target_split(sec, t, &binary, &p->symbol);
	if (!*binary && t->pid <= 0)
		err = kern_cannot(why, size, EINVAL, "\"%s\" names no program: give --binary PATH",
				  sec);
	else if (!*p->symbol)
		err = kern_cannot(why, size, EINVAL, "\"%s\" names no function: give --symbol NAME",
				  sec);
	else if (kern_binary_find(binary, t->pid, &p->path))
		err = kern_cannot(why, size, ENOENT,
				  "there is no %s (searched in PATH and the library folders)",
				  binary);
	else
		err = symbol_resolve(&p->path, p->symbol, t->pid, &p->offset);
	if (p->path && err == -ENOENT)
		kern_cannot(why, size, ENOENT,
			    "%s has no function %s; stripped programs show only exported ones",
			    p->path, p->symbol);
	else if (p->path && err)
		kern_cannot(why, size, -err, "%s: %s", p->path,
			    err == -ENOEXEC ? "not a program (no ELF file)" : strerror(-err));
	free(binary);
	if (err)
		place_free(p);
	return err;
}

static int uprobe_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	struct place p;
	int err = place_find(sec, t, &p, why, size);

	if (!err)
		place_free(&p);
	return err;
}

static int uprobe_open(const struct place *p, bool ret, pid_t pid)
{
	struct perf_event_attr attr = {0};
	int type = kern_pmu_type("uprobe"), bit = kern_pmu_retprobe_bit("uprobe");

	if (type < 0)
		return type;
	attr.type = type;
	attr.config = ret ? 1ull << (bit < 0 ? 0 : bit) : 0;
	attr.uprobe_path = (uintptr_t)p->path;
	attr.probe_offset = p->offset;
	return kern_perf_open(&attr, pid > 0 ? pid : -1, pid > 0 ? -1 : 0);
}

static int uprobe_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			 struct kern_link *link)
{
	bool ret = str_starts(sec, "uret");
	const char *kind = ret ? "uretprobe" : "uprobe";
	char why[512];
	struct place p;
	int err = place_find(sec, t, &p, why, sizeof(why)), fd;

	if (err)
		return fail(-err, "program %s: %s", bpf_program__name(prog), why);
	fd = uprobe_open(&p, ret, t->pid);
	err = fd < 0 ? fd : kern_perf_attach(link, bpf_program__fd(prog), fd);
	if (err)
		kern_attach_fail(prog, err, err == -ESRCH ? "there is no such process" : NULL,
				 "%s %s:%s", kind, p.path, p.symbol);
	else
		kern_link_say(link, "%s %s:%s", kind, p.path, p.symbol);
	place_free(&p);
	return err;
}

/* ---- many functions
 * ---------------------------------------------------------------------------------- */

struct places {
	struct place place; /* path and the text; offset unused */
	uint64_t *offsets;
	size_t n;
};

static int places_find(const char *sec, const struct kern_target *t, struct places *all, char *why,
		       size_t size)
{
	char *binary, *symbol;
	int err;

	memset(all, 0, sizeof(*all));
	target_split(sec, t, &binary, &symbol);
	if (!strpbrk(symbol, "*?")) {
		err = place_find(sec, t, &all->place, why, size);
		if (!err)
			*vec_push(all->offsets, all->n) = all->place.offset;
	} else if (kern_binary_find(binary, t->pid, &all->place.path)) {
		err = kern_cannot(why, size, ENOENT, "there is no program or library %s", binary);
	} else {
		err = kern_symbols_match(all->place.path, symbol, &all->offsets, &all->n);
		if (err)
			kern_cannot(why, size, -err, "%s: no function matches %s", all->place.path,
				    symbol);
		all->place.symbol = xstrdup(symbol);
		if (err)
			place_free(&all->place);
	}
	free(binary);
	free(symbol);
	return err;
}

static int multi_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	struct places all;
	int err;

	if (str_starts(sec, "uprobe.session") && kern_try_uprobe_multi(KERN_ATTACH_UPROBE_SESSION))
		return kern_cannot(
			why, size, EOPNOTSUPP,
			"this kernel is older than Linux 6.13, which brought uprobe.session");
	err = places_find(sec, t, &all, why, size);
	if (err)
		return err;
	place_free(&all.place);
	free(all.offsets);
	return 0;
}

static int multi_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			struct kern_link *link)
{
	struct kern_link_create create = {.prog_fd = bpf_program__fd(prog)};
	char why[512];
	struct places all;
	int err = places_find(sec, t, &all, why, sizeof(why)), fd;

	if (err)
		return fail(-err, "program %s: %s", bpf_program__name(prog), why);
	create.attach_type = str_starts(sec, "uprobe.session") ? KERN_ATTACH_UPROBE_SESSION
							       : KERN_ATTACH_UPROBE_MULTI;
	create.uprobe_multi.path = (uintptr_t)all.place.path;
	create.uprobe_multi.offsets = (uintptr_t)all.offsets;
	create.uprobe_multi.cnt = all.n;
	create.uprobe_multi.flags = str_starts(sec, "uret"); /* BPF_F_UPROBE_MULTI_RETURN */
	create.uprobe_multi.pid = t->pid > 0 ? t->pid : 0;
	fd = kern_link_create(&create);
	if (fd < 0) {
		err = kern_attach_fail(
			prog, fd,
			create.attach_type == KERN_ATTACH_UPROBE_SESSION && fd == -EINVAL
				? "uprobe.session came with Linux 6.13"
				: NULL,
			"%zu functions %s:%s", all.n, all.place.path, all.place.symbol);
	} else {
		kern_link_own(link, fd);
		kern_link_say(link, "%.*s %s:%s (%zu functions)", (int)strcspn(sec, "/"), sec,
			      all.place.path, all.place.symbol, all.n);
	}
	place_free(&all.place);
	free(all.offsets);
	return err;
}

/* ---- static probes
 * ------------------------------------------------------------------------------------ */

/* "PATH:PROVIDER:NAME"; --binary replaces the path, --symbol is "PROVIDER:NAME". */
static int usdt_split(const char *sec, const struct kern_target *t, char **binary, char **provider,
		      char **name)
{
	char *symbol, *colon;

	target_split(sec, t, binary, &symbol);
	colon = strchr(symbol, ':');
	*provider = colon ? xstrndup(symbol, colon - symbol) : NULL;
	*name = colon ? xstrdup(colon + 1) : NULL;
	free(symbol);
	if (colon && **provider && **name && (**binary || t->pid > 0))
		return 0;
	free(*binary);
	free(*provider);
	free(*name);
	return -EINVAL;
}

static int usdt_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	char *binary, *provider, *name, *path;
	int err = usdt_split(sec, t, &binary, &provider, &name);

	if (err)
		return kern_cannot(why, size, EINVAL,
				   "\"%s\" must say BINARY:PROVIDER:PROBE; or give --binary "
				   "PATH and --symbol PROVIDER:PROBE",
				   sec);
	err = kern_binary_find(binary, t->pid, &path);
	if (err)
		kern_cannot(why, size, ENOENT, "there is no program or library %s", binary);
	free(path);
	free(binary);
	free(provider);
	free(name);
	return err;
}

static int usdt_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
		       struct kern_link *link)
{
	char *binary, *provider, *name, *path;
	char why[400];
	int err = usdt_can(sec, t, why, sizeof(why));

	if (err)
		return fail(-err, "program %s: %s", bpf_program__name(prog), why);
	usdt_split(sec, t, &binary, &provider, &name);
	kern_binary_find(binary, t->pid, &path);
	link->bpf = bpf_program__attach_usdt(prog, t->pid > 0 ? t->pid : -1, path, provider, name,
					     NULL);
	if (!link->bpf)
		err = kern_attach_fail(prog, errno,
				       errno == ENOENT ? "the file has no such static probe" : NULL,
				       "usdt %s:%s:%s", path, provider, name);
	else
		kern_link_say(link, "usdt %s:%s:%s", path, provider, name);
	free(path);
	free(binary);
	free(provider);
	free(name);
	return err;
}

const struct kern_attach_kind kern_attach_uprobe[] = {
	{"uprobe",
	 {"uprobe+", "uretprobe+", "uprobe.s+", "uretprobe.s+"},
	 KERN_UPROBE,
	 uprobe_can,
	 uprobe_attach,
	 NULL},
	{"uprobe.multi",
	 {"uprobe.multi+", "uretprobe.multi+", "uprobe.multi.s+", "uretprobe.multi.s+",
	  "uprobe.session+", "uprobe.session.s+"},
	 KERN_UPROBE_MULTI,
	 multi_can,
	 multi_attach,
	 NULL},
	{"usdt", {"usdt+", "usdt.s+"}, KERN_USDT, usdt_can, usdt_attach, NULL},
	{0},
};
