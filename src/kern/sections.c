/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Section names libbpf 1.1 does not know, and those whose target is a BTF id of the kernel.
 *
 * The second group is known to libbpf, which would look the target up in a copy of the kernel's
 * whole BTF. Our handlers put the kernel's own id, found in place, into the load request instead.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/attach.h"
#include "kern/btf.h"
#include "object/object.h"

#ifndef BPF_F_SLEEPABLE
#define BPF_F_SLEEPABLE (1U << 4)
#endif

/* ---- sections with a target in the kernel's BTF
 * --------------------------------------------------- */

static const struct btf_section {
	const char *sec; /* as libbpf_register_prog_handler() takes it */
	int prog_type, attach_type;
	bool sleepable;
	const char *prefix; /* of the target's name in BTF */
	unsigned int kind;
} btf_sections[] = {
	{"tp_btf+", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, false, "btf_trace_", BTF_KIND_TYPEDEF},
	{"fentry+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, false, "", BTF_KIND_FUNC},
	{"fexit+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, false, "", BTF_KIND_FUNC},
	{"fmod_ret+", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, false, "", BTF_KIND_FUNC},
	{"fentry.s+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, true, "", BTF_KIND_FUNC},
	{"fexit.s+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, true, "", BTF_KIND_FUNC},
	{"fmod_ret.s+", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, true, "", BTF_KIND_FUNC},
	{"lsm+", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, false, "bpf_lsm_", BTF_KIND_FUNC},
	{"lsm.s+", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, true, "bpf_lsm_", BTF_KIND_FUNC},
	{"lsm_cgroup+", BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, false, "bpf_lsm_", BTF_KIND_FUNC},
	{"iter+", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, false, "bpf_iter_", BTF_KIND_FUNC},
	{"iter.s+", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, true, "bpf_iter_", BTF_KIND_FUNC},
};

static const struct btf_section *btf_section_find(const char *sec)
{
	for (size_t i = 0; i < ARRAY_SIZE(btf_sections); i++)
		if (kern_sec_matches(sec, btf_sections[i].sec))
			return &btf_sections[i];
	return NULL;
}

bool kern_section_btf(const char *sec, const char *symbol, struct kern_btf_target *target)
{
	const struct btf_section *s = btf_section_find(sec);
	const char *name = symbol && *symbol ? symbol : kern_sec_target(sec);
	const char *event = s && s->kind == BTF_KIND_TYPEDEF ? strchr(name, '/') : NULL;

	if (!s || !*name)
		return false;
	/* --symbol names a tracepoint "category/event"; the type knows the event only. */
	snprintf(target->name, sizeof(target->name), "%s%s", s->prefix, event ? event + 1 : name);
	target->kind = s->kind;
	return true;
}

/* ---- targets named on the command line
 * -------------------------------------------------------------- */

/* Symbols given for programs not yet loaded, in the order they were given. */
static struct override {
	const struct bpf_program *prog;
	char *symbol;
} * overrides;
static size_t noverrides;

void kern_target_before_load(struct bpf_program *prog, const struct kern_target *t)
{
	struct override *o = NULL;

	for (size_t i = 0; i < noverrides; i++)
		if (overrides[i].prog == prog)
			o = &overrides[i];
	if (!o && !(t && t->symbol))
		return;
	if (!o)
		o = vec_push(overrides, noverrides);
	else
		free(o->symbol);
	o->prog = prog;
	o->symbol = t && t->symbol ? xstrdup(t->symbol) : NULL;
}

void kern_targets_forget(void)
{
	while (noverrides)
		free(overrides[--noverrides].symbol);
	free(overrides);
	overrides = NULL;
}

static const char *override_of(const struct bpf_program *prog)
{
	for (size_t i = 0; i < noverrides; i++)
		if (overrides[i].prog == prog)
			return overrides[i].symbol;
	return NULL;
}

static int prepare_btf_load(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	const struct btf_section *s = &btf_sections[cookie];
	const char *sec = bpf_program__section_name(prog), *name = bpf_program__name(prog);
	struct kern_btf_target target;
	int fd;

	if (s->sleepable)
		opts->prog_flags |= BPF_F_SLEEPABLE;
	if (opts->attach_btf_id || opts->attach_prog_fd)
		return 0;
	if (!kern_section_btf(sec, override_of(prog), &target))
		return fail(
			EINVAL,
			"program %s: section \"%s\" names no target; write SEC(\"%.*s/NAME\") or "
			"give --symbol NAME",
			name, sec, (int)strcspn(s->sec, "+"), s->sec);
	opts->attach_btf_id = kern_btf_find_target(target.name, target.kind, &fd);
	opts->attach_btf_obj_fd = fd > 0 ? fd : 0;
	if (opts->attach_btf_id)
		return 0;
	if (!kern_btf_available())
		return fail(ENOENT, "program %s (%s): %s", name, sec, kern_why_not(KERN_BTF));
	return fail(ESRCH, "program %s (%s): this kernel has no %s in its BTF", name, sec,
		    target.name);
}

void kern_sections_prefetch(const struct object *obj, struct kern_btf_query *more, size_t nmore)
{
	struct kern_btf_target *targets = xalloc((obj->nprogs + 1) * sizeof(*targets));
	struct kern_btf_name *names = xalloc((obj->nprogs + 1) * sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; i < obj->nprogs; i++) {
		const char *sec = obj->progs[i].sec, *raw = kern_sec_target(sec);
		struct kern_btf_target *t = &targets[n];

		if (kern_sec_matches(sec, "raw_tp/") || kern_sec_matches(sec, "raw_tracepoint/")) {
			snprintf(t->name, sizeof(t->name), "btf_trace_%s", raw);
			t->kind = BTF_KIND_TYPEDEF;
		} else if (kern_sec_matches(sec, "kprobe/") ||
			   kern_sec_matches(sec, "kretprobe/")) {
			snprintf(t->name, sizeof(t->name), "%.*s", (int)strcspn(raw, "+"), raw);
			t->kind = BTF_KIND_FUNC;
		} else if (!kern_section_btf(sec, NULL, t)) {
			continue;
		}
		names[n] = (struct kern_btf_name){t->name, t->kind};
		n++;
	}
	kern_btf_prefetch(names, n, more, nmore);
	free(names);
	free(targets);
}

/* ---- sections younger than libbpf 1.1
 * ------------------------------------------------------------- */

static const struct young_section {
	const char *sec;
	int prog_type, attach_type;
	bool sleepable;
} young_sections[] = {
	{"uprobe.multi+", BPF_PROG_TYPE_KPROBE, KERN_ATTACH_UPROBE_MULTI, false},
	{"uretprobe.multi+", BPF_PROG_TYPE_KPROBE, KERN_ATTACH_UPROBE_MULTI, false},
	{"uprobe.multi.s+", BPF_PROG_TYPE_KPROBE, KERN_ATTACH_UPROBE_MULTI, true},
	{"uretprobe.multi.s+", BPF_PROG_TYPE_KPROBE, KERN_ATTACH_UPROBE_MULTI, true},
	{"uprobe.session+", BPF_PROG_TYPE_KPROBE, KERN_ATTACH_UPROBE_SESSION, false},
	{"uprobe.session.s+", BPF_PROG_TYPE_KPROBE, KERN_ATTACH_UPROBE_SESSION, true},
	{"kprobe.session+", BPF_PROG_TYPE_KPROBE, KERN_ATTACH_KPROBE_SESSION, false},
	{"usdt.s+", BPF_PROG_TYPE_KPROBE, 0, true},
	{"tcx/ingress", BPF_PROG_TYPE_SCHED_CLS, KERN_ATTACH_TCX_INGRESS, false},
	{"tcx/egress", BPF_PROG_TYPE_SCHED_CLS, KERN_ATTACH_TCX_EGRESS, false},
	{"tc/ingress", BPF_PROG_TYPE_SCHED_CLS, KERN_ATTACH_TCX_INGRESS, false},
	{"tc/egress", BPF_PROG_TYPE_SCHED_CLS, KERN_ATTACH_TCX_EGRESS, false},
	{"netkit/primary", BPF_PROG_TYPE_SCHED_CLS, KERN_ATTACH_NETKIT_PRIMARY, false},
	{"netkit/peer", BPF_PROG_TYPE_SCHED_CLS, KERN_ATTACH_NETKIT_PEER, false},
	{"netfilter+", KERN_PROG_NETFILTER, KERN_ATTACH_NETFILTER, false},
	{"sk_skb/verdict", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_VERDICT, false},
	{"cgroup/connect_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, KERN_ATTACH_UNIX_CONNECT, false},
	{"cgroup/sendmsg_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, KERN_ATTACH_UNIX_SENDMSG, false},
	{"cgroup/recvmsg_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, KERN_ATTACH_UNIX_RECVMSG, false},
	{"cgroup/getpeername_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, KERN_ATTACH_UNIX_GETPEERNAME,
	 false},
	{"cgroup/getsockname_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, KERN_ATTACH_UNIX_GETSOCKNAME,
	 false},
};

static int prepare_young_load(struct bpf_program *prog, struct bpf_prog_load_opts *opts,
			      long cookie)
{
	if (young_sections[cookie].sleepable)
		opts->prog_flags |= BPF_F_SLEEPABLE;
	return 0;
}

void kern_register_sections(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	for (size_t i = 0; i < ARRAY_SIZE(btf_sections); i++) {
		const struct btf_section *s = &btf_sections[i];
		LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = i,
			    .prog_prepare_load_fn = prepare_btf_load);

		libbpf_register_prog_handler(s->sec, s->prog_type, s->attach_type, &opts);
	}
	for (size_t i = 0; i < ARRAY_SIZE(young_sections); i++) {
		const struct young_section *s = &young_sections[i];
		LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = i,
			    .prog_prepare_load_fn = prepare_young_load);

		libbpf_register_prog_handler(s->sec, s->prog_type, s->attach_type, &opts);
	}
}
