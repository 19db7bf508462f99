/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kern: the running kernel → facts (BTF, features, tracepoints) and attached links.
 *
 * All of skep's bpf(2) calls, libbpf's included, pass through kern_bpf() (the link wraps syscall()),
 * so an engine in user space, fault injection and BTF id translation have one place to live.
 *
 * Owner: a kern_link belongs to the caller (kern_link_close). Facts are found once and kept for the
 * life of the process.
 * Failure: -errno after one message unless a function says it is silent.
 * Must not know: tools, options, records, output.
 */
#ifndef SKEP_KERN_H
#define SKEP_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"

union bpf_attr;
struct btf;
struct bpf_map;
struct bpf_object;
struct bpf_program;
struct object;

/* ---- bpf(2): sys.c ----------------------------------------------------------------------------- */

/* The system call; like syscall(): -1 and errno. */
long kern_bpf(int cmd, union bpf_attr *attr, unsigned int size);
/* Tests: let the n-th bpf(2) call from now fail with `err` (n counts from 1; 0 turns it off).
 * Set from $SKEP_FAIL_BPF="N:ERRNO" at the first call. */
void kern_fail_bpf(unsigned long n, int err);

/* ---- the kernel's BTF, in place: btf.c ---------------------------------------------------------- */

/*
 * /sys/kernel/btf/vmlinux is mapped (Linux 6.16 and later) or read once, and scanned only for the
 * names that are asked. $SKEP_BTF or --btf name another file. Silent; NULL/0 when there is none.
 */
bool kern_btf_available(void);
/* Id of the type with this name and BTF kind; 0 when the kernel has none. */
uint32_t kern_btf_find(const char *name, unsigned int kind);
/* Size in bytes of the raw BTF and a pointer to it, borrowed. */
const void *kern_btf_raw(size_t *len);
/* Identifies the kernel the BTF belongs to: build id of vmlinux in hex, else a hash of the BTF. */
const char *kern_build_id(void);

/*
 * Prepares what libbpf will get as "the kernel's BTF" when it loads this object: only the types
 * that the object's CO-RE relocations name, a few kB instead of a 13 MB copy. Objects that need
 * everything (object->needs_full_btf) get everything. Also looks up the attach targets of all its
 * programs at once: call it before kern_attach_can(), and load before the next object is prepared.
 * Holds until the first kern_attach(); NULL forgets it. Never fails for an object libbpf can load.
 */
int kern_btf_prepare(const struct object *obj);

/* ---- features: features.c ---------------------------------------------------------------------- */

enum kern_feature {
#define KERN_FEATURE(id, name, what) KERN_##id,
#include "kern/features.def"
	KERN_FEATURE_COUNT
};

struct kern_feature_info {
	const char *name, *what;
};

const struct kern_feature_info *kern_feature_info(enum kern_feature f);
/* Probed once, really (a program is loaded or attached), then remembered. */
bool kern_has(enum kern_feature f);
/* Why not, and what to do: one or two sentences; NULL when the kernel has it. */
const char *kern_why_not(enum kern_feature f);

/* Capabilities and privileges in words: "root", "CAP_BPF and CAP_PERFMON", "none (…)". */
const char *kern_privileges(void);
bool kern_can_load(void); /* may this process load tracing programs at all? */

/* ---- tracefs without a mount: tracefs.c -------------------------------------------------------- */

/* Opens a file of tracefs ("events/sched/sched_switch/id"), mounted or not (fsmount, invisible to
 * others). -errno, silent. */
int kern_tracefs_open(const char *path, int flags);
/* perf's id of a tracepoint; -ENOENT when the kernel has no such event. */
int kern_tracepoint_id(const char *category, const char *name);
/* Is there a function of this name that kprobes may probe / that BTF knows? Silent. */
bool kern_has_function(const char *name);
/* A raw tracepoint of this name? Asked of BTF (typedef btf_trace_NAME), else of tracefs. */
bool kern_has_raw_tracepoint(const char *name);

/* ---- attaching: attach.c and attach_*.c --------------------------------------------------------- */

/* What the command line says about targets; zero/NULL means: as the object says. */
struct kern_target {
	const char *ifname;    /* xdp, tc, socket: interface by name (or "ifindexN") */
	int ifindex;           /* used when ifname is NULL */
	const char *cgroup;    /* cgroup programs: a path */
	pid_t pid;             /* uprobe, usdt, perf_event: only this process */
	const char *binary;    /* uprobe, usdt: file, or a name searched in PATH and library folders */
	const char *symbol;    /* kprobe, fentry, uprobe: function; tracepoint: "category/event" */
	uint64_t frequency;    /* perf_event: samples a second; 0: 49 */
	uint64_t period;       /* perf_event: one sample every so many events, instead of frequency */
	const char *event;     /* perf_event: "cpu-clock", "cycles" …; NULL: cycles, else cpu-clock */
	const char *direction; /* tc: "ingress" or "egress"; NULL: by section, else ingress */
	const char *xdp_mode;  /* "native", "generic", "offload"; NULL: native, else generic */
	int tc_priority, tc_handle; /* 0: 1 */
};

struct kern_link;

/*
 * One way to attach. A kind is one file attach_NAME.c or a row group in it; the build collects
 * `struct kern_attach_kind kern_attach_NAME[]` (ended by a row without a name).
 */
struct kern_attach_kind {
	const char *name;          /* as people say it: "tracepoint", "kprobe", "xdp" */
	/* Section names: "xdp" is exact, "tp/" wants a target behind it, "uprobe+" may have one. */
	const char *sec[8];
	enum kern_feature feature; /* what it needs; KERN_FEATURE_COUNT: nothing special */
	/* Could this section's target be attached on this kernel? 0, or -errno with a reason in why. Cheap. */
	int (*can)(const char *sec, const struct kern_target *t, char *why, size_t size);
	int (*attach)(struct bpf_program *prog, const char *sec, const struct kern_target *t,
		      struct kern_link *link);
	const char *needs;         /* what the command line must name: "interface", "cgroup", NULL */
};

const struct kern_attach_kind *kern_attach_find(const char *sec);
/* All kinds, for doctor; NULL-terminated iteration. */
const struct kern_attach_kind *kern_attach_next(const struct kern_attach_kind *prev);
int kern_attach_can(const char *sec, const struct kern_target *t, char *why, size_t size);
/* Between opening and loading: what must be known then, --symbol for fentry, tp_btf, lsm and iter. */
void kern_target_before_load(struct bpf_program *prog, const struct kern_target *t);
int kern_attach(struct bpf_program *prog, const struct kern_target *t, struct kern_link **link);
/* A struct_ops map: its programs are attached by registering it. */
int kern_attach_map(struct bpf_map *map, struct kern_link **link);
/* "raw_tp sys_exit", "xdp on eth0 (generic)": for -v and doctor. Borrowed. */
const char *kern_link_text(const struct kern_link *link);
/* fd to read text from, for iterators; -1 for all else. */
int kern_link_reads(const struct kern_link *link);
void kern_link_close(struct kern_link *link);

/* Registers with libbpf, before the first object is opened, the sections its version does not know
 * (uprobe.multi, tcx/…, netkit/…) and those whose targets are BTF ids. Repeating it does nothing. */
void kern_register_sections(void);

#endif
