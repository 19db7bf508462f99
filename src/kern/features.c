/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What this kernel can do: every answer comes from trying, once, when it is first asked.
 *
 * Trying means loading a program of two instructions and, where that tells more, attaching it to
 * something that cannot exist: the error then shows whether the kernel understood. Probes that
 * really attached would be slow (detaching from a tracepoint waits for a grace period) and would
 * touch the machine.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kern/attach.h"
#include "kern/btf.h"
#include "kern/kern.h"

#define ENOTSUPP 524 /* the kernel's own; it gets out at places */

/* What a probe found: 0, or -errno and, when it knows better than errno, a sentence. */
struct finding {
	int err;
	char *why;
};

static struct {
	bool done;
	char *why; /* NULL: the kernel has it */
} features[KERN_FEATURE_COUNT];

static const struct kern_feature_info infos[] = {
#define KERN_FEATURE(id, name, what) {name, what},
#include "kern/features.def"
};

static const char *const trampolines_refused = "the kernel refuses BPF trampolines (EPERM), which "
					       "fentry, fexit and fmod_ret need; tp_btf and "
					       "tracepoint programs work without them";

static struct finding ok(void)
{
	return (struct finding){0};
}

static struct finding no(int err, const char *why)
{
	return (struct finding){.err = err, .why = why ? xstrdup(why) : NULL};
}

/* fd or -errno → finding, closing the fd. Denials are explained by the privileges needed. */
static struct finding found(int fd, unsigned int needs)
{
	if (fd >= 0) {
		close(fd);
		return ok();
	}
	if (fd == -EPERM || fd == -EACCES)
		return no(fd, kern_denied(needs));
	return no(fd, NULL);
}

/* ---- the base
 * ------------------------------------------------------------------------------------- */

static struct finding probe_bpf(void)
{
	int fd = kern_load_nothing(BPF_PROG_TYPE_TRACEPOINT, 0, 0);

	if (fd == -ENOSYS)
		return no(fd,
			  "this kernel was built without the bpf system call (CONFIG_BPF_SYSCALL)");
	if (fd == -EINVAL)
		return no(fd, "this kernel was built without BPF for tracing (CONFIG_BPF_EVENTS)");
	return found(fd, NEED_BPF | NEED_PERFMON);
}

static struct finding probe_btf(void)
{
	if (kern_btf_available())
		return ok();
	return no(-ENOENT, "this kernel offers no BTF (CONFIG_DEBUG_INFO_BTF, "
			   "/sys/kernel/btf/vmlinux); give a "
			   "BTF file made for it with --btf or $SKEP_BTF");
}

static struct finding probe_ringbuf(void)
{
	union bpf_attr attr = {0};
	int fd;

	attr.map_type = BPF_MAP_TYPE_RINGBUF;
	attr.max_entries = sysconf(_SC_PAGESIZE);
	fd = kern_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0 && errno == EINVAL)
		return no(-EINVAL,
			  "this kernel is older than Linux 5.8, which brought ring buffers");
	return found(fd < 0 ? -errno : fd, NEED_BPF);
}

static struct finding probe_tracefs(void)
{
	int fd = kern_tracefs_open("events", 0);

	if (fd == -ENODEV)
		return no(fd, "this kernel was built without tracefs (CONFIG_TRACING)");
	return found(fd, NEED_SYS_ADMIN);
}

/* ---- perf
 * ------------------------------------------------------------------------------------------- */

static int perf_paranoid(void)
{
	FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	int level = -2;

	if (f && fscanf(f, "%d", &level) != 1)
		level = -2;
	if (f)
		fclose(f);
	return level;
}

static struct finding perf_finding(int fd)
{
	char why[200];

	if (fd == -ENOSYS)
		return no(fd, "this kernel was built without perf events (CONFIG_PERF_EVENTS)");
	if (fd != -EACCES && fd != -EPERM)
		return found(fd, NEED_PERFMON);
	if (kern_cap(NEED_PERFMON))
		return found(fd, NEED_PERFMON);
	snprintf(why, sizeof(why),
		 "kernel.perf_event_paranoid is %d and CAP_PERFMON is missing: run skep as "
		 "root, or lower that sysctl",
		 perf_paranoid());
	return no(fd, why);
}

/* System-wide, on the first CPU; nothing runs, as the event is closed again at once. */
static int open_event(uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {.type = type, .config = config, .disabled = 1};

	return kern_perf_open(&attr, -1, 0);
}

static struct finding probe_perf_sw(void)
{
	struct finding f = perf_finding(open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK));

	return f.err ? f
		     : found(kern_load_nothing(BPF_PROG_TYPE_PERF_EVENT, 0, 0),
			     NEED_BPF | NEED_PERFMON);
}

static struct finding probe_perf_hw(void)
{
	int fd = open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);

	if (fd == -ENOENT || fd == -EOPNOTSUPP || fd == -ENODEV)
		return no(fd, "this machine shows no hardware counters (a virtual machine, "
			      "mostly); the software "
			      "clock samples instead");
	return perf_finding(fd);
}

/* ---- tracepoints
 * -------------------------------------------------------------------------------------- */

/* Not attached: leaving a tracepoint takes 70 ms. What attaching needs is tried one by one. */
static struct finding probe_tracepoint(void)
{
	struct finding f = perf_finding(open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY));
	int id;

	if (f.err)
		return f;
	id = kern_tracepoint_id("sched", "sched_switch");
	if (id == -ENOENT)
		id = kern_tracepoint_id("raw_syscalls", "sys_enter");
	if (id >= 0)
		return ok();
	if (id == -EPERM || id == -EACCES)
		return no(id, "tracefs is not readable for this user: run skep as root, or remount "
			      "tracefs "
			      "with mode=755");
	return no(id, "this kernel was built without tracepoints for perf (CONFIG_FTRACE, "
		      "CONFIG_EVENT_TRACING)");
}

/* A name that no tracepoint has: ENOENT means it was looked up. */
static struct finding probe_raw_tp(void)
{
	int prog = kern_load_nothing(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0), fd;

	if (prog < 0)
		return found(prog, NEED_BPF | NEED_PERFMON);
	fd = kern_raw_tracepoint_open(prog, "skep_no_such_tracepoint");
	close(prog);
	return fd == -ENOENT ? ok() : found(fd, NEED_BPF | NEED_PERFMON);
}

static struct finding without_btf(void)
{
	return no(-ENOENT, kern_why_not(KERN_BTF));
}

static struct finding probe_tp_btf(void)
{
	uint32_t id = kern_btf_find("btf_trace_sched_switch", BTF_KIND_TYPEDEF);

	if (!id)
		return without_btf();
	return found(kern_load_nothing(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id),
		     NEED_BPF | NEED_PERFMON);
}

/* ---- kernel functions
 * --------------------------------------------------------------------------------- */

static struct finding no_kprobes(int err)
{
	bool others = kern_has(KERN_TRACEPOINT) && kern_has(KERN_UPROBE);

	return no(
		err,
		others ? "this kernel was built without kprobes (CONFIG_KPROBES); tracepoints and "
			 "uprobes work"
		       : "this kernel was built without kprobes (CONFIG_KPROBES)");
}

/* A function that does not exist: ENOENT means that the kernel would have set the probe. */
static struct finding probe_kprobe(void)
{
	struct perf_event_attr attr = {.kprobe_func = (uintptr_t) "skep_no_such_function"};
	int type = kern_pmu_type("kprobe"), fd;

	if (type < 0)
		return access("/sys/bus/event_source", F_OK) ? no(type, "/sys is not mounted")
							     : no_kprobes(type);
	attr.type = type;
	fd = kern_perf_open(&attr, -1, 0);
	return fd == -ENOENT || fd == -EINVAL ? ok() : perf_finding(fd);
}

/* Names a function that does not exist: ESRCH means that the kernel looked for it. */
int kern_try_kprobe_multi(int attach_type)
{
	static const char *const syms[] = {"skep_no_such_function"};
	struct kern_link_create create = {.attach_type = attach_type};
	int prog = kern_load_nothing(BPF_PROG_TYPE_KPROBE, attach_type, 0), fd;

	if (prog < 0)
		return prog;
	create.prog_fd = prog;
	create.kprobe_multi.syms = (uintptr_t)syms;
	create.kprobe_multi.cnt = 1;
	fd = kern_link_create(&create);
	close(prog);
	return fd == -ESRCH || fd == -ENOENT ? 0 : fd;
}

static struct finding probe_kprobe_multi(void)
{
	int err = kern_try_kprobe_multi(BPF_TRACE_KPROBE_MULTI);

	if (!err)
		return ok();
	if (err == -EOPNOTSUPP)
		return no(err, "this kernel was built without fprobe (CONFIG_FPROBE)");
	if (err == -EINVAL)
		return no(err, "this kernel is older than Linux 5.18, which brought kprobe.multi");
	return found(err, NEED_BPF | NEED_PERFMON);
}

/* Loading is refused where trampolines are; on arm64 before Linux 6.4 only attaching is, so there
 * the probe attaches to a function that only the kernel's self-test calls. */
static struct finding probe_fentry(void)
{
	uint32_t id = kern_btf_find("bpf_fentry_test1", BTF_KIND_FUNC);
	int prog, fd;

	if (!id)
		return without_btf();
	prog = kern_load_nothing(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, id);
	if (prog == -EPERM && kern_has(KERN_TP_BTF))
		return no(prog, trampolines_refused);
	if (prog < 0)
		return found(prog, NEED_BPF | NEED_PERFMON);
	fd = kern_raw_tracepoint_open(prog, NULL);
	close(prog);
	if (fd == -ENOTSUPP || fd == -EOPNOTSUPP)
		return no(fd,
			  "this kernel has no BPF trampolines on this architecture; use kprobe");
	return found(fd, NEED_BPF | NEED_PERFMON);
}

/* "capability,bpf": without "bpf" in the list hooks could be attached but are never called. */
static bool lsm_active(void)
{
	struct buf list = {0};
	bool active = true;

	if (file_read("/sys/kernel/security/lsm", 4096, &list) == 0 && list.p)
		active = strstr(list.p, "bpf") != NULL;
	buf_free(&list);
	return active;
}

static struct finding probe_lsm(void)
{
	uint32_t id = kern_btf_find("bpf_lsm_file_open", BTF_KIND_FUNC);
	int prog;

	if (!kern_has(KERN_BTF))
		return without_btf();
	if (!id)
		return no(-ENOENT,
			  "this kernel was built without BPF security hooks (CONFIG_BPF_LSM)");
	prog = kern_load_nothing(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, id);
	if (prog == -EPERM && kern_has(KERN_TP_BTF))
		return no(prog,
			  "the kernel refuses BPF trampolines (EPERM), which security hooks need; "
			  "cgroup hooks can enforce network rules without them");
	if (prog >= 0 && !lsm_active()) {
		close(prog);
		return no(-EOPNOTSUPP,
			  "the BPF security module is not active: boot the kernel with lsm=…,bpf");
	}
	return found(prog, NEED_BPF | NEED_PERFMON);
}

static struct finding probe_iter(void)
{
	uint32_t id = kern_btf_find("bpf_iter_task", BTF_KIND_FUNC);
	struct kern_link_create create = {.attach_type = BPF_TRACE_ITER};
	int prog, fd;

	if (!kern_has(KERN_BTF))
		return without_btf();
	if (!id)
		return no(-ENOENT, "this kernel has no BPF iterators (Linux 5.8)");
	prog = kern_load_nothing(BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, id);
	if (prog < 0)
		return found(prog, NEED_BPF | NEED_PERFMON);
	create.prog_fd = prog;
	fd = kern_link_create(&create);
	close(prog);
	return found(fd, NEED_BPF | NEED_PERFMON);
}

/* A type that cannot be one of struct_ops: ENOTSUPP means that the kernel looked. */
static struct finding probe_struct_ops(void)
{
	int fd = kern_load_nothing(BPF_PROG_TYPE_STRUCT_OPS, 0, 1);

	if (fd == -ENOTSUPP)
		return ok();
	if (fd == -EINVAL)
		return no(fd, "this kernel has no struct_ops (Linux 5.6, CONFIG_BPF_JIT)");
	return found(fd, NEED_BPF | NEED_SYS_ADMIN);
}

/* ---- user programs
 * -------------------------------------------------------------------------------------- */

static struct finding probe_uprobe(void)
{
	struct perf_event_attr attr = {.uprobe_path = (uintptr_t) "/skep/no/such/file"};
	int type = kern_pmu_type("uprobe"), fd;

	if (type < 0)
		return no(type, "this kernel was built without uprobes (CONFIG_UPROBE_EVENTS)");
	attr.type = type;
	fd = kern_perf_open(&attr, -1, 0);
	return fd == -ENOENT ? ok() : perf_finding(fd);
}

/* "/" is no regular file: EBADF means that the kernel got that far. */
int kern_try_uprobe_multi(int attach_type)
{
	struct kern_link_create create = {.attach_type = attach_type};
	int prog = kern_load_nothing(BPF_PROG_TYPE_KPROBE, attach_type, 0), fd;
	uint64_t offset = 0;

	if (prog < 0)
		return prog;
	create.prog_fd = prog;
	create.uprobe_multi.path = (uintptr_t) "/";
	create.uprobe_multi.offsets = (uintptr_t)&offset;
	create.uprobe_multi.cnt = 1;
	fd = kern_link_create(&create);
	close(prog);
	return fd == -EBADF ? 0 : fd;
}

static struct finding probe_uprobe_multi(void)
{
	int err = kern_try_uprobe_multi(KERN_ATTACH_UPROBE_MULTI);

	if (!err)
		return ok();
	if (err == -EINVAL || err == -EOPNOTSUPP)
		return no(err,
			  "this kernel is older than Linux 6.6, which brought uprobe.multi, or "
			  "was built without uprobes");
	return found(err, NEED_BPF | NEED_PERFMON);
}

static struct finding probe_usdt(void)
{
	return kern_has(KERN_UPROBE) ? ok() : no(-ENOENT, kern_why_not(KERN_UPROBE));
}

/* ---- network
 * -------------------------------------------------------------------------------------------- */

static struct finding probe_socket(void)
{
	int fd = kern_load_nothing(BPF_PROG_TYPE_SOCKET_FILTER, 0, 0);

	if (fd < 0)
		return found(fd, NEED_BPF);
	close(fd);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 && errno == EAFNOSUPPORT)
		return no(-errno, "this kernel was built without packet sockets (CONFIG_PACKET)");
	return found(fd < 0 ? -errno : fd, NEED_NET_RAW);
}

/* Loading shows the kernel's side; nothing is attached, as every cgroup belongs to somebody. */
static struct finding probe_cgroup(void)
{
	int fd = kern_load_nothing(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 0);

	if (fd == -EINVAL)
		return no(fd, "this kernel was built without BPF on cgroups (CONFIG_CGROUP_BPF)");
	if (fd >= 0 && !kern_cgroup_mount()) {
		close(fd);
		return no(-ENOENT, "cgroup version 2 is not mounted: mount -t cgroup2 none "
				   "/sys/fs/cgroup/unified");
	}
	return found(fd, NEED_BPF | NEED_NET_ADMIN);
}

/* Without the right to make a network namespace a probe is the load alone. */
static struct finding net_finding(enum kern_net_probe probe, int prog_type, int attach_type,
				  const char *why_einval)
{
	int err = kern_net_probe(probe);

	if (err == 0)
		return ok();
	if (err == -ECANCELED)
		return found(kern_load_nothing(prog_type, attach_type, 0),
			     NEED_BPF | NEED_NET_ADMIN);
	if (err == -EPERM || err == -EACCES)
		return found(err, NEED_BPF | NEED_NET_ADMIN);
	return no(err, why_einval);
}

static struct finding probe_xdp_generic(void)
{
	return net_finding(NET_XDP_GENERIC, BPF_PROG_TYPE_XDP, BPF_XDP,
			   "this kernel has no XDP by link (Linux 5.9)");
}

static struct finding probe_xdp_native(void)
{
	struct finding f = net_finding(NET_XDP_NATIVE, BPF_PROG_TYPE_XDP, BPF_XDP,
				       "this kernel has no XDP in drivers");

	if (f.err != -ENODEV)
		return f;
	free(f.why);
	return no(
		-ENODEV,
		"this cannot be probed: it depends on the interface's driver, and there is no veth "
		"driver to try; attaching tries native first, then generic");
}

static struct finding probe_tc(void)
{
	return net_finding(
		NET_TC, BPF_PROG_TYPE_SCHED_CLS, 0,
		"this kernel was built without clsact or BPF classifiers (CONFIG_NET_SCH_INGRESS, "
		"CONFIG_NET_CLS_BPF), or their modules are not there");
}

static struct finding probe_tcx(void)
{
	return net_finding(
		NET_TCX, BPF_PROG_TYPE_SCHED_CLS, 0,
		"this kernel is older than Linux 6.6, which brought tcx, or was built without it "
		"(CONFIG_NET_XGRESS)");
}

static struct finding probe_netfilter(void)
{
	return net_finding(
		NET_NETFILTER, KERN_PROG_NETFILTER, KERN_ATTACH_NETFILTER,
		"this kernel is older than Linux 6.4, which brought netfilter links, or was built "
		"without them (CONFIG_NETFILTER_BPF_LINK)");
}

/* ---- the table
 * ---------------------------------------------------------------------------------------------- */

/* needs_bpf: pointless to try without the right to load tracing programs; that is then the reason.
 */
static const struct {
	struct finding (*probe)(void);
	bool needs_bpf;
} probes[KERN_FEATURE_COUNT] = {
	[KERN_BPF] = {probe_bpf, false},
	[KERN_BTF] = {probe_btf, false},
	[KERN_RINGBUF] = {probe_ringbuf, false},
	[KERN_TRACEPOINT] = {probe_tracepoint, true},
	[KERN_RAW_TP] = {probe_raw_tp, true},
	[KERN_TP_BTF] = {probe_tp_btf, true},
	[KERN_KPROBE] = {probe_kprobe, true},
	[KERN_KPROBE_MULTI] = {probe_kprobe_multi, true},
	[KERN_FENTRY] = {probe_fentry, true},
	[KERN_LSM] = {probe_lsm, true},
	[KERN_UPROBE] = {probe_uprobe, true},
	[KERN_UPROBE_MULTI] = {probe_uprobe_multi, true},
	[KERN_USDT] = {probe_usdt, true},
	[KERN_PERF_SW] = {probe_perf_sw, true},
	[KERN_PERF_HW] = {probe_perf_hw, true},
	[KERN_ITER] = {probe_iter, true},
	[KERN_SOCKET] = {probe_socket, false},
	[KERN_CGROUP] = {probe_cgroup, false},
	[KERN_XDP_GENERIC] = {probe_xdp_generic, false},
	[KERN_XDP_NATIVE] = {probe_xdp_native, false},
	[KERN_TC] = {probe_tc, false},
	[KERN_TCX] = {probe_tcx, false},
	[KERN_NETFILTER] = {probe_netfilter, false},
	[KERN_STRUCT_OPS] = {probe_struct_ops, true},
	[KERN_TRACEFS] = {probe_tracefs, false},
};

static void probe_run(enum kern_feature f)
{
	struct finding result;

	features[f].done = true;
	if (probes[f].needs_bpf && !kern_has(KERN_BPF)) {
		features[f].why = xstrdup(kern_why_not(KERN_BPF));
		return;
	}
	result = probes[f].probe();
	if (result.err && !result.why)
		result.why = xasprintf("the kernel answered: %s", result.err == -ENOTSUPP
									  ? "not supported"
									  : strerror(-result.err));
	features[f].why = result.why;
}

const struct kern_feature_info *kern_feature_info(enum kern_feature f)
{
	return &infos[f];
}

bool kern_has(enum kern_feature f)
{
	if (!features[f].done)
		probe_run(f);
	return !features[f].why;
}

const char *kern_why_not(enum kern_feature f)
{
	return kern_has(f) ? NULL : features[f].why;
}
