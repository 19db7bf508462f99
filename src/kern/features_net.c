/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Probes of what hangs on network interfaces, none of it on the machine's own: a child makes itself
 * a network namespace, tries one thing on its lo or a veth pair, reports through a pipe and ends;
 * the namespace goes with it. Taking a program off an interface waits for grace periods, 10 to 30
 * ms: the child reports before that, and nobody waits for its end but the end of this process.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kern/attach.h"

#define LO 1 /* index of the loopback device in a new namespace */

int kern_load_nothing(int prog_type, int attach_type, uint32_t btf_id)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = prog_type;
	attr.expected_attach_type = attach_type;
	attr.attach_btf_id = btf_id;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = (uintptr_t) "GPL";
	fd = kern_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

/* Makes the link, which the child's end drops; prog may be an error already. */
static int try_link(int prog, uint32_t target, int attach_type, uint32_t flags)
{
	struct kern_link_create create = {
		.target = target, .attach_type = attach_type, .flags = flags};
	int fd;

	if (prog < 0)
		return prog;
	create.prog_fd = prog;
	if (attach_type == KERN_ATTACH_NETFILTER) {
		create.netfilter.pf = NFPROTO_IPV4;
		create.netfilter.hooknum = NF_INET_LOCAL_IN;
		create.netfilter.priority = 1;
	}
	fd = kern_link_create(&create);
	return fd < 0 ? fd : 0;
}

static int try_tc(void)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = LO, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1);
	int err;

	opts.prog_fd = kern_load_nothing(BPF_PROG_TYPE_SCHED_CLS, 0, 0);
	if (opts.prog_fd < 0)
		return opts.prog_fd;
	err = bpf_tc_hook_create(&hook);
	return err ? err : bpf_tc_attach(&hook, &opts);
}

static int try_xdp_native(void)
{
	int err = kern_netlink_veth("skep0", "skep1");

	if (err)
		return err == -EOPNOTSUPP ? -ENODEV : err;
	return try_link(kern_load_nothing(BPF_PROG_TYPE_XDP, BPF_XDP, 0), if_nametoindex("skep0"),
			BPF_XDP, XDP_FLAGS_DRV_MODE);
}

static int try_one(enum kern_net_probe probe)
{
	switch (probe) {
	case NET_XDP_GENERIC:
		return try_link(kern_load_nothing(BPF_PROG_TYPE_XDP, BPF_XDP, 0), LO, BPF_XDP,
				XDP_FLAGS_SKB_MODE);
	case NET_XDP_NATIVE:
		return try_xdp_native();
	case NET_TC:
		return try_tc();
	case NET_TCX:
		return try_link(kern_load_nothing(BPF_PROG_TYPE_SCHED_CLS, 0, 0), LO,
				KERN_ATTACH_TCX_INGRESS, 0);
	default:
		return try_link(kern_load_nothing(KERN_PROG_NETFILTER, KERN_ATTACH_NETFILTER, 0), 0,
				KERN_ATTACH_NETFILTER, 0);
	}
}

static void child(enum kern_net_probe probe, int out)
{
	int result = -ECANCELED;

	libbpf_set_print(NULL);
	if (unshare(CLONE_NEWNET) == 0)
		result = try_one(probe);
	_exit(write(out, &result, sizeof(result)) != sizeof(result));
}

static pid_t children[NET_PROBES];

static void wait_for_children(void)
{
	for (int i = 0; i < NET_PROBES; i++)
		while (children[i] > 0 && waitpid(children[i], NULL, __WALL) < 0 && errno == EINTR)
			;
}

/* A child that tells nobody when it ends: no SIGCHLD, not seen by waitpid(-1) of other code. */
static pid_t fork_quietly(void)
{
	static bool registered;

	if (!registered)
		atexit(wait_for_children);
	registered = true;
	return syscall(__NR_clone, 0L, 0L, 0L, 0L, 0L);
}

int kern_net_probe(enum kern_net_probe probe)
{
	int fds[2], result = -ECANCELED;

	if (pipe2(fds, O_CLOEXEC))
		return result;
	children[probe] = fork_quietly();
	if (children[probe] == 0)
		child(probe, fds[1]);
	close(fds[1]);
	if (children[probe] > 0 && read(fds[0], &result, sizeof(result)) != sizeof(result))
		result = -ECANCELED;
	close(fds[0]);
	return result;
}
