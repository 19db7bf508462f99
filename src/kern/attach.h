/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside kern: what the kinds of attachment share. A kind fills a struct kern_link with the file
 * descriptors that hold the attachment; closing them detaches.
 */
#ifndef SKEP_KERN_ATTACH_H
#define SKEP_KERN_ATTACH_H

#include <linux/bpf.h>
#include <stdarg.h>

#include "kern/kern.h"

struct bpf_link;
struct bpf_prog_load_opts;
struct perf_event_attr;
struct kern_btf_query;

/* Numbers younger than the uapi headers of Debian 12. */
enum {
	KERN_PROG_NETFILTER = 32,
	KERN_ATTACH_NETFILTER = 45,
	KERN_ATTACH_TCX_INGRESS = 46,
	KERN_ATTACH_TCX_EGRESS = 47,
	KERN_ATTACH_UPROBE_MULTI = 48,
	KERN_ATTACH_UNIX_CONNECT = 49,
	KERN_ATTACH_UNIX_SENDMSG = 50,
	KERN_ATTACH_UNIX_RECVMSG = 51,
	KERN_ATTACH_UNIX_GETPEERNAME = 52,
	KERN_ATTACH_UNIX_GETSOCKNAME = 53,
	KERN_ATTACH_NETKIT_PRIMARY = 54,
	KERN_ATTACH_NETKIT_PEER = 55,
	KERN_ATTACH_KPROBE_SESSION = 56,
	KERN_ATTACH_UPROBE_SESSION = 57,
};

struct kern_link {
	char text[256];
	int *fds; /* closed in the order last in, first out */
	size_t nfds;
	int reads;			      /* fd of an iterator's text, -1 */
	struct bpf_link *bpf;		      /* made by libbpf (usdt, struct_ops), else NULL */
	void (*undo)(struct kern_link *link); /* what closing does not undo */
	int ifindex;			      /* for undo of tc */
	bool made_qdisc, egress;
	uint32_t tc_priority, tc_handle;
};

/* ---- attach.c
 * ------------------------------------------------------------------------------------ */

/* Behind the first '/', "" when there is none. */
const char *kern_sec_target(const char *sec);
bool kern_sec_matches(const char *sec, const char *pattern);
void kern_link_own(struct kern_link *link, int fd);
void kern_link_say(struct kern_link *link, const char *fmt, ...) PRINTF(2, 3);

/* BPF_LINK_CREATE: the head, then a union by attach type. fd or -errno. */
struct kern_link_create {
	uint32_t prog_fd, target, attach_type, flags;
	union {
		struct {
			uint64_t iter_info;
			uint32_t iter_info_len;
		};
		uint64_t perf_cookie;
		struct {
			uint32_t flags, cnt;
			uint64_t syms, addrs, cookies;
		} kprobe_multi;
		struct {
			uint32_t pf, hooknum;
			int32_t priority;
			uint32_t flags;
		} netfilter;
		struct {
			uint64_t path, offsets, ref_ctr_offsets, cookies;
			uint32_t cnt, flags, pid;
		} uprobe_multi;
		uint64_t pad[6];
	};
};
int kern_link_create(const struct kern_link_create *create);
/* BPF_RAW_TRACEPOINT_OPEN; name NULL: as loaded. fd or -errno. */
int kern_raw_tracepoint_open(int prog_fd, const char *name);

/* perf_event_open(2); fd or -errno. */
int kern_perf_open(struct perf_event_attr *attr, pid_t pid, int cpu);
/* Puts the program on the event by link (Linux 5.15), else by ioctl. Takes the fd over. */
int kern_perf_attach(struct kern_link *link, int prog_fd, int perf_fd);
/* Type number of a perf PMU ("kprobe", "uprobe"), and the bit that makes it a return probe. */
int kern_pmu_type(const char *pmu);
int kern_pmu_retprobe_bit(const char *pmu);

/* The one message for a failed attach: what, the error, what to do (hint may be NULL). */
int kern_attach_fail(struct bpf_program *prog, int err, const char *hint, const char *fmt, ...)
	PRINTF(4, 5);
/* For `can`: writes the reason, returns -err. */
int kern_cannot(char *why, size_t size, int err, const char *fmt, ...) PRINTF(4, 5);

/* ---- sections.c
 * ------------------------------------------------------------------------------------ */

/* The BTF name and kind a section's target stands for; false when it needs none. */
struct kern_btf_target {
	char name[256];
	unsigned int kind;
};
bool kern_section_btf(const char *sec, const char *symbol, struct kern_btf_target *target);
/* What kern_target_before_load() was told: of no use once loading is over. */
void kern_targets_forget(void);
/* Looks the BTF targets of all programs up in one go, and answers `more` queries with them. */
void kern_sections_prefetch(const struct object *obj, struct kern_btf_query *more, size_t nmore);

/* ---- privileges.c
 * ---------------------------------------------------------------------------------- */

enum kern_need {
	NEED_BPF = 1,
	NEED_PERFMON = 2,
	NEED_NET_ADMIN = 4,
	NEED_NET_RAW = 8,
	NEED_SYS_ADMIN = 16
};

bool kern_cap(
	enum kern_need need); /* effective; CAP_SYS_ADMIN stands for the others where it does */
/* Why EPERM or EACCES, and what to do, for something that needs these. Static buffer. */
const char *kern_denied(unsigned int needs);

/* ---- elf.c: functions of user programs
 * ------------------------------------------------------------- */

/* The file a name means: a path, or searched in PATH, library folders and, with pid, in the mount
 * namespace of that process. Heap string in *path. -ENOENT. */
int kern_binary_find(const char *name, pid_t pid, char **path);
/* File offset of a function; -ENOENT: no such symbol, -ENOEXEC: no ELF file. */
int kern_symbol_find(const char *path, const char *symbol, uint64_t *offset);
/* The same in the libraries the file needs; *library gets the one that has it (heap). */
int kern_symbol_find_needed(const char *path, const char *symbol, pid_t pid, char **library,
			    uint64_t *offset);
/* All functions matching a glob, each offset once. */
int kern_symbols_match(const char *path, const char *glob, uint64_t **offsets, size_t *n);

/* Where cgroup v2 is mounted, NULL: nowhere (attach_cgroup.c). */
const char *kern_cgroup_mount(void);

/* ---- netlink.c
 * ------------------------------------------------------------------------------------- */

/* Creates a pair of veth devices in this network namespace. */
int kern_netlink_veth(const char *name, const char *peer);
int kern_netlink_up(int ifindex);
/* How many filters hang on clsact's ingress and egress; -errno. */
int kern_netlink_count_filters(int ifindex);

/* ---- features.c ------------------------------------------------------------------------------------ */

/* Does the kernel know this attach type of the multi family? 0 or -errno; nothing is attached. */
int kern_try_kprobe_multi(int attach_type);
int kern_try_uprobe_multi(int attach_type);

/* ---- features_net.c: probes in a network namespace of our own
 * --------------------------------------- */

enum kern_net_probe { NET_XDP_GENERIC, NET_XDP_NATIVE, NET_TC, NET_TCX, NET_NETFILTER, NET_PROBES };
/* 0 or -errno of that probe; -ECANCELED when no namespace could be made. */
int kern_net_probe(enum kern_net_probe probe);
/* Loads `return 0`. fd or -errno. */
int kern_load_nothing(int prog_type, int attach_type, uint32_t btf_id);

#endif
