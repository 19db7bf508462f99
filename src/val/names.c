/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of numbers that the kernel's interfaces fix. From <errno.h>, <signal.h>, tcp_states.h,
 * <netinet/in.h>, <sys/socket.h>. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/base.h"
#include "val/val.h"

struct name {
	int number;
	const char *name;
};

static const char *find(const struct name *names, size_t n, int number)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

static int number_of(const struct name *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(names[i].name, name) == 0)
			return names[i].number;
	return -1;
}

/* Errors a system call shows only to the kernel itself still reach a tracer. */
static const struct name kernel_errors[] = {
	{512, "ERESTARTSYS"}, {513, "ERESTARTNOINTR"}, {514, "ERESTARTNOHAND"}, {515, "ENOIOCTLCMD"},
	{516, "ERESTART_RESTARTBLOCK"}, {517, "EPROBE_DEFER"}, {521, "EBADHANDLE"}, {524, "ENOTSUPP"},
};

const char *val_errno_name(int err)
{
	const char *name = err > 0 ? strerrorname_np(err) : NULL;

	return name ? name : find(kernel_errors, ARRAY_SIZE(kernel_errors), err);
}

int val_errno_number(const char *name)
{
	for (int i = 1; i < 134; i++) {
		const char *known = strerrorname_np(i);

		if (known && strcasecmp(known, name) == 0)
			return i;
	}
	return number_of(kernel_errors, ARRAY_SIZE(kernel_errors), name);
}

/* SIGRTMIN as the kernel counts (32), since that is what programs see. */
const char *val_signal_name(int sig)
{
	static char names[65][12];
	const char *abbrev;

	if (sig <= 0 || sig > 64)
		return NULL;
	if (names[sig][0])
		return names[sig];
	abbrev = sigabbrev_np(sig);
	if (abbrev)
		snprintf(names[sig], sizeof(names[sig]), "SIG%s", abbrev);
	else if (sig >= 32)
		snprintf(names[sig], sizeof(names[sig]), "SIGRT%d", sig - 32);
	return names[sig][0] ? names[sig] : NULL;
}

int val_signal_number(const char *name)
{
	for (int i = 1; i <= 64; i++) {
		const char *known = val_signal_name(i);

		if (known && (strcasecmp(known, name) == 0 || strcasecmp(known + 3, name) == 0))
			return i;
	}
	return -1;
}

static const struct name tcp_states[] = {
	{1, "ESTABLISHED"}, {2, "SYN_SENT"}, {3, "SYN_RECV"}, {4, "FIN_WAIT1"},	 {5, "FIN_WAIT2"},
	{6, "TIME_WAIT"},   {7, "CLOSE"},    {8, "CLOSE_WAIT"}, {9, "LAST_ACK"}, {10, "LISTEN"},
	{11, "CLOSING"},    {12, "NEW_SYN_RECV"}, {13, "BOUND_INACTIVE"},
};

const char *val_tcp_state_name(int st)
{
	return find(tcp_states, ARRAY_SIZE(tcp_states), st);
}

int val_tcp_state_number(const char *name)
{
	return number_of(tcp_states, ARRAY_SIZE(tcp_states), name);
}

static const struct name ipprotos[] = {
	{IPPROTO_ICMP, "icmp"}, {IPPROTO_IGMP, "igmp"}, {IPPROTO_IPIP, "ipip"},	 {IPPROTO_TCP, "tcp"},
	{IPPROTO_UDP, "udp"},	{IPPROTO_DCCP, "dccp"}, {IPPROTO_IPV6, "ipv6"},	 {IPPROTO_GRE, "gre"},
	{IPPROTO_ESP, "esp"},	{IPPROTO_AH, "ah"},	{IPPROTO_ICMPV6, "icmp6"}, {IPPROTO_SCTP, "sctp"},
	{IPPROTO_UDPLITE, "udplite"}, {IPPROTO_RAW, "raw"}, {262, "mptcp"},
};

const char *val_ipproto_name(int proto)
{
	return find(ipprotos, ARRAY_SIZE(ipprotos), proto);
}

int val_ipproto_number(const char *name)
{
	return number_of(ipprotos, ARRAY_SIZE(ipprotos), name);
}

static const struct name families[] = {
	{AF_UNSPEC, "unspec"}, {AF_UNIX, "unix"}, {AF_INET, "inet"}, {AF_INET6, "inet6"},
	{AF_NETLINK, "netlink"}, {AF_PACKET, "packet"}, {AF_VSOCK, "vsock"}, {AF_ALG, "alg"},
	{AF_BLUETOOTH, "bluetooth"}, {AF_CAN, "can"}, {AF_XDP, "xdp"},
};

const char *val_family_name(int af)
{
	return find(families, ARRAY_SIZE(families), af);
}

int val_family_number(const char *name)
{
	return number_of(families, ARRAY_SIZE(families), name);
}
