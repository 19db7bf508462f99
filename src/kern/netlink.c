/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The three questions skep has for rtnetlink: make a veth pair, set a device up, count tc filters.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/attach.h"

struct request {
	struct nlmsghdr h;
	union {
		struct ifinfomsg link;
		struct tcmsg tc;
	};
	char attrs[256];
};

/* Appends an attribute; with a NULL payload its length is set later by attr_end(). */
static struct rtattr *attr_add(struct request *r, int type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void attr_end(struct request *r, struct rtattr *a)
{
	a->rta_len = (char *)r + r->h.nlmsg_len - (char *)a;
}

static int send_request(struct request *r)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (send(fd, r, r->h.nlmsg_len, 0) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

/* For requests that are answered by one acknowledgement. */
static int ask(struct request *r)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char more[1024];
	} answer;
	int fd = send_request(r);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = recv(fd, &answer, sizeof(answer), 0);
	close(fd);
	if (n < (ssize_t)(sizeof(answer.h) + sizeof(answer.e)) ||
	    answer.h.nlmsg_type != NLMSG_ERROR)
		return -EIO;
	return answer.e.error;
}

int kern_netlink_veth(const char *name, const char *peer)
{
	struct request r = {
		.h = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
		      .nlmsg_type = RTM_NEWLINK,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL}};
	struct ifinfomsg none = {0};
	struct rtattr *info, *data, *other;

	attr_add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	info = attr_add(&r, IFLA_LINKINFO, NULL, 0);
	attr_add(&r, IFLA_INFO_KIND, "veth", 5);
	data = attr_add(&r, IFLA_INFO_DATA, NULL, 0);
	other = attr_add(&r, VETH_INFO_PEER, &none, sizeof(none));
	attr_add(&r, IFLA_IFNAME, peer, strlen(peer) + 1);
	attr_end(&r, other);
	attr_end(&r, data);
	attr_end(&r, info);
	return ask(&r);
}

int kern_netlink_up(int ifindex)
{
	struct request r = {
		.h = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
		      .nlmsg_type = RTM_NEWLINK,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.link = {.ifi_index = ifindex, .ifi_flags = IFF_UP, .ifi_change = IFF_UP}};

	return ask(&r);
}

/* One reply of a dump: counts filters that have a handle (the first row of a chain has none). */
static int count_reply(const char *reply, size_t len, int *n)
{
	const struct nlmsghdr *h = (const void *)reply;

	for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		const struct tcmsg *tc = NLMSG_DATA(h);

		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		if (h->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(h))->error ?: 1;
		if (h->nlmsg_type == RTM_NEWTFILTER && tc->tcm_handle)
			(*n)++;
	}
	return 0;
}

static int count_filters_of(int ifindex, uint32_t parent)
{
	struct request r = {.h = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
				  .nlmsg_type = RTM_GETTFILTER,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
			    .tc = {.tcm_ifindex = ifindex, .tcm_parent = parent}};
	int fd = send_request(&r), n = 0, done = 0;
	_Alignas(8) char reply[16384];

	if (fd < 0)
		return fd;
	while (!done) {
		ssize_t len = recv(fd, reply, sizeof(reply), 0);

		done = len <= 0 ? -EIO : count_reply(reply, len, &n);
	}
	close(fd);
	return done < 0 ? done : n;
}

int kern_netlink_count_filters(int ifindex)
{
	int in = count_filters_of(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
	int out = count_filters_of(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));

	return in < 0 ? in : out < 0 ? out : in + out;
}
