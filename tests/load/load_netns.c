/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * load: two network namespaces joined by a veth pair, held by this process and its child, gone with
 * them however they end. Without iproute2, so that it works in a guest: one rtnetlink message
 * (rtnetlink(7), the layout is that of `ip link add va type veth peer name vb netns PID`).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

struct message {
	struct nlmsghdr h;
	struct ifinfomsg info;
	char attrs[512];
};

static struct rtattr *add_attr(struct message *m, int type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)m + NLMSG_ALIGN(m->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len && data)
		memcpy(RTA_DATA(a), data, len);
	m->h.nlmsg_len = NLMSG_ALIGN(m->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void end_nest(struct message *m, struct rtattr *a)
{
	a->rta_len = (char *)m + m->h.nlmsg_len - (char *)a;
}

/* Sends the message and returns the kernel's answer: 0 or an errno. */
static int talk(struct message *m)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr err;
		char rest[1024];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (fd < 0 || send(fd, m, m->h.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		die("rtnetlink");
	close(fd);
	return -answer.err.error;
}

static void make_veth(const char *name, const char *peer, pid_t peer_ns)
{
	struct message m = { .h = { .nlmsg_len = NLMSG_LENGTH(sizeof(m.info)), .nlmsg_type = RTM_NEWLINK,
				    .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK } };
	struct ifinfomsg other = { 0 };
	struct rtattr *link, *data, *half;
	int pid = peer_ns;

	add_attr(&m, IFLA_IFNAME, name, strlen(name) + 1);
	link = add_attr(&m, IFLA_LINKINFO, NULL, 0);
	add_attr(&m, IFLA_INFO_KIND, "veth", 4);
	data = add_attr(&m, IFLA_INFO_DATA, NULL, 0);
	half = add_attr(&m, VETH_INFO_PEER, &other, sizeof(other));
	add_attr(&m, IFLA_IFNAME, peer, strlen(peer) + 1);
	add_attr(&m, IFLA_NET_NS_PID, &pid, sizeof(pid));
	end_nest(&m, half);
	end_nest(&m, data);
	end_nest(&m, link);
	errno = talk(&m);
	if (errno)
		die("veth");
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		perror(path);
	if (fd >= 0)
		close(fd);
}

/* Up, with these addresses; without the second that IPv6 waits for somebody to object. */
static void set_up(const char *name, const char *v4, const char *v6)
{
	int s4 = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_DGRAM, 0);
	struct ifreq req = { 0 };
	struct in6_ifreq req6 = { .ifr6_prefixlen = 64, .ifr6_ifindex = if_nametoindex(name) };
	struct sockaddr_in *in = (void *)&req.ifr_addr;
	char path[128];

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (v4) {
		in->sin_family = AF_INET;
		inet_pton(AF_INET, v4, &in->sin_addr);
		if (ioctl(s4, SIOCSIFADDR, &req))
			die(v4);
		inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
		ioctl(s4, SIOCSIFNETMASK, &req);
		snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_dad", name);
		write_file(path, "0");
	}
	req.ifr_flags = IFF_UP;
	if (ioctl(s4, SIOCSIFFLAGS, &req))
		die(name);
	if (v6 && s6 >= 0) {
		inet_pton(AF_INET6, v6, &req6.ifr6_addr);
		if (ioctl(s6, SIOCSIFADDR, &req6))
			perror(v6);
	}
	close(s4);
	close(s6);
}

static void peer(int up, int down)
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET))
		die("unshare");
	set_up("lo", NULL, NULL);
	if (write(up, "1", 1) != 1 || read(down, &c, 1) != 1)
		_exit(1);
	set_up("vb", "10.77.0.2", "fd77::2");
	if (write(up, "2", 1) != 1)
		_exit(1);
	pause();
	_exit(0);
}

static int cmd_netpair(int argc, char **argv)
{
	int up[2], down[2];
	pid_t child;
	char c;

	if (pipe(up) || pipe(down))
		die("pipe");
	child = forked();
	if (!child)
		peer(up[1], down[0]);
	close(up[1]);
	if (unshare(CLONE_NEWNET))
		die("unshare");
	set_up("lo", NULL, NULL);
	if (read(up[0], &c, 1) != 1)
		die("peer");
	make_veth("va", "vb", child);
	set_up("va", "10.77.0.1", "fd77::1");
	if (write(down[1], "1", 1) != 1 || read(up[0], &c, 1) != 1)
		die("peer");
	say("a=%d", getpid());
	say("b=%d", child);
	say("ready=1");
	pause();
	return 0;
}

static const struct load_cmd cmds[] = {
	{ "netpair", "", "two network namespaces and a veth pair, until it is killed (root)", 0, cmd_netpair },
};

struct load_table load_netns(void)
{
	return (struct load_table){ cmds, sizeof(cmds) / sizeof(cmds[0]) };
}
