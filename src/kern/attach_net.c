/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds on network interfaces by link: xdp, tcx and tc, netkit; on a network namespace: netfilter,
 * sk_lookup, flow_dissector; and the raw socket with a filter.
 *
 * Nothing of another's is replaced. Where the kernel has no link for tc (before Linux 6.6) a clsact
 * filter is the only way: it is removed on exit, the qdisc too when we made it and nobody else's
 * filter hangs there by then. That filter is the one thing that kill -9 leaves behind.
 */
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/attach.h"

/* ---- the interface
 * ----------------------------------------------------------------------------------- */

static int interface_index(const struct kern_target *t)
{
	uint64_t n;

	if (!t->ifname || !*t->ifname)
		return t->ifindex > 0 ? t->ifindex : -EDESTADDRREQ;
	if (if_nametoindex(t->ifname))
		return if_nametoindex(t->ifname);
	if (str_starts(t->ifname, "ifindex") && parse_u64(t->ifname + 7, &n) == 0 && n &&
	    n < INT32_MAX)
		return n;
	return -ENODEV;
}

/* The name for messages, in buf. */
static const char *interface_name(int ifindex, char *buf)
{
	if (!if_indextoname(ifindex, buf))
		snprintf(buf, IF_NAMESIZE, "#%d", ifindex);
	return buf;
}

static void list_interfaces(struct buf *out)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_index; i++)
		buf_printf(out, "%s%s", i == all ? "" : ", ", i->if_name);
	if (all)
		if_freenameindex(all);
}

static int interface_explain(const struct kern_target *t, int err, char *why, size_t size)
{
	struct buf list = {0};

	list_interfaces(&list);
	if (err == -EDESTADDRREQ)
		kern_cannot(why, size, EDESTADDRREQ,
			    "name an interface with --interface NAME (there are: %s)",
			    list.p ? list.p : "none");
	else
		kern_cannot(why, size, ENODEV, "there is no interface \"%s\" (there are: %s)",
			    t->ifname, list.p ? list.p : "none");
	buf_free(&list);
	return err;
}

static int interface_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	int index = interface_index(t);

	return index > 0 ? 0 : interface_explain(t, index, why, size);
}

/* The index; negative after a message. */
static int interface_get(struct bpf_program *prog, const char *sec, const struct kern_target *t)
{
	int index = interface_index(t);
	char why[400];

	if (index > 0)
		return index;
	interface_explain(t, index, why, sizeof(why));
	return fail(-index, "program %s (%s): %s", bpf_program__name(prog), sec, why);
}

static const char *net_hint(int err)
{
	return err == -EPERM || err == -EACCES ? kern_denied(NEED_BPF | NEED_NET_ADMIN) : NULL;
}

/* ---- xdp
 * ---------------------------------------------------------------------------------------------- */

static int xdp_link(int prog_fd, int ifindex, uint32_t flags)
{
	struct kern_link_create create = {
		.prog_fd = prog_fd, .target = ifindex, .attach_type = BPF_XDP, .flags = flags};

	return kern_link_create(&create);
}

/* Native, and generic when the driver cannot; only what was asked when a mode was asked. */
static int xdp_link_mode(int prog_fd, int ifindex, const char **mode)
{
	const char *asked = *mode;
	int fd;

	if (asked && strcmp(asked, "generic") == 0)
		return xdp_link(prog_fd, ifindex, XDP_FLAGS_SKB_MODE);
	if (asked && strcmp(asked, "offload") == 0)
		return xdp_link(prog_fd, ifindex, XDP_FLAGS_HW_MODE);
	*mode = "native";
	fd = xdp_link(prog_fd, ifindex, XDP_FLAGS_DRV_MODE);
	if (asked || (fd != -EOPNOTSUPP && fd != -EINVAL))
		return fd;
	*mode = "generic";
	return xdp_link(prog_fd, ifindex, XDP_FLAGS_SKB_MODE);
}

static bool xdp_mode_known(const char *mode)
{
	return !mode || strcmp(mode, "native") == 0 || strcmp(mode, "generic") == 0 ||
	       strcmp(mode, "offload") == 0;
}

static int xdp_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
		      struct kern_link *link)
{
	int ifindex = interface_get(prog, sec, t), fd;
	const char *mode = t->xdp_mode;
	char name[IF_NAMESIZE];
	uint32_t owner = 0;

	if (ifindex < 0)
		return ifindex;
	interface_name(ifindex, name);
	if (!xdp_mode_known(mode))
		return fail(EINVAL, "\"%s\" is no XDP mode: native, generic or offload", mode);
	if (bpf_xdp_query_id(ifindex, 0, &owner) == 0 && owner)
		return fail(
			EBUSY,
			"program %s: %s already has an XDP program (id %u), which skep does not "
			"replace; see `bpftool prog show id %u`",
			bpf_program__name(prog), name, owner, owner);
	fd = xdp_link_mode(bpf_program__fd(prog), ifindex, &mode);
	if (fd < 0)
		return kern_attach_fail(prog, fd,
					fd == -EOPNOTSUPP ? "try --xdp-mode generic" : net_hint(fd),
					"xdp on %s (%s)", name, mode);
	kern_link_own(link, fd);
	kern_link_say(link, "xdp on %s (%s)", name, mode);
	return 0;
}

/* ---- tc: tcx, else clsact
 * ------------------------------------------------------------------------------ */

static bool is_egress(const char *sec, const struct kern_target *t)
{
	return t->direction ? strcmp(t->direction, "egress") == 0 : strstr(sec, "egress") != NULL;
}

static void clsact_undo(struct kern_link *link)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = link->ifindex,
		    .attach_point = link->egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = link->tc_handle, .priority = link->tc_priority);

	if (link->tc_handle)
		bpf_tc_detach(&hook, &opts);
	if (link->made_qdisc && kern_netlink_count_filters(link->ifindex) == 0) {
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
		bpf_tc_hook_destroy(&hook);
	}
}

/* The place the user asked for, or 1:1; when that is taken and was not asked for, any. */
static int clsact_filter(struct bpf_program *prog, const struct kern_target *t,
			 const struct bpf_tc_hook *hook, struct kern_link *link)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(prog),
		    .handle = t->tc_handle ? t->tc_handle : 1,
		    .priority = t->tc_priority ? t->tc_priority : 1);
	int err = bpf_tc_attach(hook, &opts);

	if (err == -EEXIST && !t->tc_handle && !t->tc_priority) {
		opts.handle = opts.priority = opts.prog_id = 0;
		err = bpf_tc_attach(hook, &opts);
	}
	if (err)
		return err;
	link->tc_handle = opts.handle;
	link->tc_priority = opts.priority;
	return 0;
}

static int clsact_attach(struct bpf_program *prog, const struct kern_target *t, const char *name,
			 struct kern_link *link)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = link->ifindex,
		    .attach_point = link->egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	int err = bpf_tc_hook_create(&hook);

	link->made_qdisc = err == 0;
	link->undo = clsact_undo;
	if (!err || err == -EEXIST)
		err = clsact_filter(prog, t, &hook, link);
	if (err)
		return kern_attach_fail(prog, err,
					err == -EEXIST
						? "that priority and handle are taken; choose "
						  "others with --priority and --handle"
						: net_hint(err),
					"tc %s of %s", link->egress ? "egress" : "ingress", name);
	kern_link_say(link, "tc %s of %s (clsact, priority %u)",
		      link->egress ? "egress" : "ingress", name, link->tc_priority);
	return 0;
}

static int tc_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
		     struct kern_link *link)
{
	struct kern_link_create create = {.prog_fd = bpf_program__fd(prog)};
	bool must_tcx = str_starts(sec, "tcx/");
	char name[IF_NAMESIZE];
	int fd;

	if (t->direction && strcmp(t->direction, "ingress") != 0 && strcmp(t->direction, "egress") != 0)
		return fail(EINVAL, "\"%s\" is no direction: ingress or egress", t->direction);
	link->ifindex = interface_get(prog, sec, t);
	if (link->ifindex < 0)
		return link->ifindex;
	link->egress = is_egress(sec, t);
	interface_name(link->ifindex, name);
	create.target = link->ifindex;
	create.attach_type = link->egress ? KERN_ATTACH_TCX_EGRESS : KERN_ATTACH_TCX_INGRESS;
	fd = kern_link_create(&create);
	if (fd >= 0) {
		kern_link_own(link, fd);
		kern_link_say(link, "tcx %s of %s", link->egress ? "egress" : "ingress", name);
		return 0;
	}
	if (!must_tcx && fd == -EINVAL)
		return clsact_attach(prog, t, name, link);
	return kern_attach_fail(prog, fd,
				fd == -EINVAL ? "tcx came with Linux 6.6; SEC(\"tc\") works before"
					      : net_hint(fd),
				"tcx %s of %s", link->egress ? "egress" : "ingress", name);
}

/* ---- netkit
 * ---------------------------------------------------------------------------------------------- */

static int netkit_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			 struct kern_link *link)
{
	bool peer = strcmp(sec, "netkit/peer") == 0;
	struct kern_link_create create = {.prog_fd = bpf_program__fd(prog),
					  .attach_type = peer ? KERN_ATTACH_NETKIT_PEER
							      : KERN_ATTACH_NETKIT_PRIMARY};
	int ifindex = interface_get(prog, sec, t), fd;
	char name[IF_NAMESIZE];

	if (ifindex < 0)
		return ifindex;
	interface_name(ifindex, name);
	create.target = ifindex;
	fd = kern_link_create(&create);
	if (fd < 0)
		return kern_attach_fail(prog, fd,
					fd == -EINVAL ? "is it a netkit device, its primary end? "
							"(Linux 6.7)"
						      : net_hint(fd),
					"%s of %s", sec, name);
	kern_link_own(link, fd);
	kern_link_say(link, "%s of %s", sec, name);
	return 0;
}

/* ---- netfilter
 * --------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t hook;
} nf_hooks[] = {
	{"prerouting", NF_INET_PRE_ROUTING},   {"input", NF_INET_LOCAL_IN},
	{"forward", NF_INET_FORWARD},	       {"output", NF_INET_LOCAL_OUT},
	{"postrouting", NF_INET_POST_ROUTING}, {"ingress", NF_INET_PRE_ROUTING},
	{"egress", NF_INET_POST_ROUTING},
};

/* SEC("netfilter/HOOK"), else --direction, else prerouting: everything that comes in. */
static int netfilter_hook(const char *sec, const struct kern_target *t)
{
	const char *name = *kern_sec_target(sec) ? kern_sec_target(sec) : t->direction;

	if (!name)
		return NF_INET_PRE_ROUTING;
	for (size_t i = 0; i < ARRAY_SIZE(nf_hooks); i++)
		if (strcmp(nf_hooks[i].name, name) == 0)
			return nf_hooks[i].hook;
	return -EINVAL;
}

static int netfilter_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	if (netfilter_hook(sec, t) >= 0)
		return 0;
	return kern_cannot(why, size, EINVAL,
			   "\"%s\" names no netfilter hook: prerouting, input, forward, "
			   "output or postrouting",
			   sec);
}

static int netfilter_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			    struct kern_link *link)
{
	static const uint32_t families[] = {NFPROTO_IPV4, NFPROTO_IPV6};
	int hook = netfilter_hook(sec, t);
	char why[300];

	if (netfilter_can(sec, t, why, sizeof(why)))
		return fail(EINVAL, "program %s: %s", bpf_program__name(prog), why);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct kern_link_create create = {.prog_fd = bpf_program__fd(prog),
						  .attach_type = KERN_ATTACH_NETFILTER};
		int fd;

		create.netfilter.pf = families[i];
		create.netfilter.hooknum = hook;
		create.netfilter.priority = t->tc_priority ? t->tc_priority : 1;
		fd = kern_link_create(&create);
		if (fd == -EAFNOSUPPORT && i)
			break; /* a kernel without IPv6 */
		if (fd < 0)
			return kern_attach_fail(prog, fd,
						fd == -EEXIST
							? "that priority is taken; choose another "
							  "with --priority"
							: net_hint(fd),
						"netfilter %s", nf_hooks[hook].name);
		kern_link_own(link, fd);
	}
	kern_link_say(link, "netfilter %s (IPv4 and IPv6)", nf_hooks[hook].name);
	return 0;
}

/* ---- the network namespace
 * ------------------------------------------------------------------------------------ */

static int netns_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			struct kern_link *link)
{
	struct kern_link_create create = {.prog_fd = bpf_program__fd(prog),
					  .attach_type = bpf_program__expected_attach_type(prog)};
	int ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;

	if (ns < 0)
		return kern_attach_fail(prog, errno, NULL, "this network namespace");
	create.target = ns;
	fd = kern_link_create(&create);
	close(ns);
	if (fd < 0)
		return kern_attach_fail(prog, fd,
					fd == -EEXIST || fd == -EBUSY ? "another program is there"
								      : net_hint(fd),
					"%s of this network namespace", sec);
	kern_link_own(link, fd);
	kern_link_say(link, "%s of this network namespace", sec);
	return 0;
}

/* ---- socket filter
 * ---------------------------------------------------------------------------------------------- */

/* The filter goes on before the socket is bound: until then it gets no packets. What passes the
 * filter is read by nobody and soon dropped; the program sees every packet all the same. */
static int socket_open(int prog_fd, int ifindex)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), small = 1, err = 0;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &prog_fd, sizeof(prog_fd)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int socket_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			 struct kern_link *link)
{
	int ifindex = interface_get(prog, sec, t), fd;
	char name[IF_NAMESIZE];

	if (ifindex < 0)
		return ifindex;
	interface_name(ifindex, name);
	fd = socket_open(bpf_program__fd(prog), ifindex);
	if (fd < 0)
		return kern_attach_fail(prog, fd, fd == -EPERM ? kern_denied(NEED_NET_RAW) : NULL,
					"a raw socket on %s", name);
	kern_link_own(link, fd);
	kern_link_say(link, "socket filter on %s", name);
	return 0;
}

const struct kern_attach_kind kern_attach_net[] = {
	{"xdp", {"xdp", "xdp.frags"}, KERN_XDP_GENERIC, interface_can, xdp_attach, "interface"},
	{"tcx", {"tcx/ingress", "tcx/egress"}, KERN_TCX, interface_can, tc_attach, "interface"},
	{"tc",
	 {"tc", "classifier", "tc/ingress", "tc/egress", "classifier/"},
	 KERN_TC,
	 interface_can,
	 tc_attach,
	 "interface"},
	{"netkit",
	 {"netkit/primary", "netkit/peer"},
	 KERN_TCX,
	 interface_can,
	 netkit_attach,
	 "interface"},
	{"netfilter", {"netfilter+"}, KERN_NETFILTER, netfilter_can, netfilter_attach, NULL},
	{"sk_lookup", {"sk_lookup"}, KERN_FEATURE_COUNT, NULL, netns_attach, NULL},
	{"flow_dissector", {"flow_dissector"}, KERN_FEATURE_COUNT, NULL, netns_attach, NULL},
	{"socket", {"socket", "socket/"}, KERN_SOCKET, interface_can, socket_attach, "interface"},
	{0},
};
