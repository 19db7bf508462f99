/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Options of the types of skep.bpf.h; a row at each exec tells what they were set to. */
#include "skep.bpf.h"

SKEP_TOOL("Options of every type", SKEP_ABOUT("For the tests."));

SKEP_OPTION(skep_ns_t, longer, "l", "longer than this");
SKEP_OPTION(skep_us_t, micro, "", "the same in us");
SKEP_OPTION(skep_size_t, bytes, "b", "more bytes than this") = 4096;
SKEP_OPTION(skep_ipv4_t, v4, "", "an IPv4 address");
SKEP_OPTION(skep_ipv6_t, v6, "", "an IPv6 address");
SKEP_OPTION(skep_ip_t, ip, "", "either");
SKEP_OPTION(skep_cidr_t, net, "", "a network");
SKEP_OPTION(skep_mac_t, mac, "", "an Ethernet address");
SKEP_OPTION(skep_port_be_t, port, "", "a port");
SKEP_OPTION(skep_errno_t, error, "", "an error");
SKEP_OPTION(skep_signal_t, sig, "", "a signal");
SKEP_OPTION(skep_ipproto_t, proto, "", "a protocol");
SKEP_OPTION(skep_family_t, family, "", "a family");
SKEP_OPTION(skep_tcp_state_t, state, "", "a state");
SKEP_OPTION(skep_hex_t, hex, "", "a number");

struct seen {
	skep_ns_t longer;
	skep_us_t micro;
	skep_size_t bytes;
	skep_ipv4_t v4;
	skep_ipv6_t v6;
	skep_ip_t ip;
	skep_cidr_t net;
	skep_mac_t mac;
	skep_port_be_t port;
	skep_errno_t error;
	skep_signal_t sig;
	skep_ipproto_t proto;
	skep_family_t family;
	skep_tcp_state_t state;
	skep_hex_t hex;
};

SKEP_STREAM(seen, struct seen, 16);

#define COPY(member)                                                                    \
	for (unsigned int i = 0; i < sizeof(member); i++)                               \
		((char *)&s->member)[i] = ((const volatile char *)&member)[i]

SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	struct seen *s;

	if (!skep_filter())
		return 0;
	s = skep_begin(struct seen);
	if (!s)
		return 0;
	s->longer = longer;
	s->micro = micro;
	s->bytes = bytes;
	s->v4 = v4;
	COPY(v6);
	COPY(ip);
	COPY(net);
	COPY(mac);
	s->port = port;
	s->error = error;
	s->sig = sig;
	s->proto = proto;
	s->family = family;
	s->state = state;
	s->hex = hex;
	skep_send(&seen, s);
	return 0;
}
