/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Probes of what hangs on network interfaces, none of it on the machine's own: a child makes itself
 * a network namespace, tries everything on its lo and a veth pair, reports through a pipe and ends;
 * the namespace goes with it.
 */
#define _GNU_SOURCE /* unshare() */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
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
	attr.license = (uintptr_t)"GPL";
	fd = kern_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

/* Makes the link and drops it; prog may be an error already. */
static int try_link(int prog, uint32_t target, int attach_type, uint32_t flags)
{
	struct kern_link_create create = {.target = target, .attach_type = attach_type, .flags = flags};
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
	close(prog);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
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
	if (!err)
		err = bpf_tc_attach(&hook, &opts);
	close(opts.prog_fd);
	return err;
}

static int try_xdp_native(void)
{
	int err = kern_netlink_veth("skep0", "skep1");

	if (err)
		return err == -EOPNOTSUPP ? -ENODEV : err;
	return try_link(kern_load_nothing(BPF_PROG_TYPE_XDP, BPF_XDP, 0), if_nametoindex("skep0"), BPF_XDP,
			XDP_FLAGS_DRV_MODE);
}

static void try_all(int results[NET_PROBES])
{
	results[NET_XDP_GENERIC] = try_link(kern_load_nothing(BPF_PROG_TYPE_XDP, BPF_XDP, 0), LO, BPF_XDP,
					    XDP_FLAGS_SKB_MODE);
	results[NET_XDP_NATIVE] = try_xdp_native();
	results[NET_TC] = try_tc();
	results[NET_TCX] = try_link(kern_load_nothing(BPF_PROG_TYPE_SCHED_CLS, 0, 0), LO,
				    KERN_ATTACH_TCX_INGRESS, 0);
	results[NET_NETFILTER] = try_link(kern_load_nothing(KERN_PROG_NETFILTER, KERN_ATTACH_NETFILTER, 0),
					  0, KERN_ATTACH_NETFILTER, 0);
}

static void child(int out)
{
	int results[NET_PROBES];

	libbpf_set_print(NULL);
	for (int i = 0; i < NET_PROBES; i++)
		results[i] = -ECANCELED;
	if (unshare(CLONE_NEWNET) == 0)
		try_all(results);
	_exit(write(out, results, sizeof(results)) != sizeof(results));
}

static void run_child(int results[NET_PROBES])
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return;
	pid = fork();
	if (pid == 0)
		child(fds[1]);
	close(fds[1]);
	if (pid > 0) {
		int got[NET_PROBES];

		if (read(fds[0], got, sizeof(got)) == sizeof(got))
			memcpy(results, got, sizeof(got));
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(fds[0]);
}

int kern_net_probe(enum kern_net_probe probe)
{
	static int results[NET_PROBES];
	static bool done;

	if (!done) {
		for (int i = 0; i < NET_PROBES; i++)
			results[i] = -ECANCELED;
		run_child(results);
		done = true;
	}
	return results[probe];
}
