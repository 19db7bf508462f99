/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * protocount: packets and bytes by IP protocol on one interface, counted by a socket filter (the
 * kernel sample sockex1, with IPv6, VLAN tags and names). The filter sees a copy of each packet, so it
 * cannot harm traffic; it keeps none of them.
 */
#include "skep.bpf.h"

SKEP_TOOL("Count packets and bytes by protocol on a network interface",
	SKEP_ABOUT("Counts what enters and leaves the interface named with --interface, IPv4 and IPv6, by the "
		   "protocol in the IP header; bytes are those of the whole frame. What is not IP (ARP) "
		   "stands in the row of its Ethernet type."),
	SKEP_EXAMPLE("protocount -I lo -d 5", "the loopback interface, for 5 s"),
	SKEP_EXAMPLE("protocount -I eth0 -i 1 --json", "every second, for programs"));

struct key {
	__u16 ethertype SKEP_TITLE("ETHERTYPE") SKEP_HIDDEN;
	skep_ipproto_t proto SKEP_TITLE("PROTOCOL") SKEP_WIDTH(8);
};

struct counts {
	__u64 packets;
	skep_size_t bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 256);
	__type(key, struct key);
	__type(value, struct counts);
} protocols SEC(".maps") SKEP_TABLE("Packets and bytes by protocol") SKEP_SORT(bytes);

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define ETH_HLEN 14

SEC("socket")
int count(struct __sk_buff *skb)
{
	struct key key = {};
	struct counts one = {1, skb->len}, *c;
	__u16 type;

	/* The kernel has taken a VLAN tag off already: protocol is what lies under it. */
	type = bpf_ntohs(skb->protocol);
	key.ethertype = type;
	if (type == ETH_P_IP)
		bpf_skb_load_bytes(skb, ETH_HLEN + 9, &key.proto, 1);
	else if (type == ETH_P_IPV6)
		bpf_skb_load_bytes(skb, ETH_HLEN + 6, &key.proto, 1);
	c = bpf_map_lookup_elem(&protocols, &key);
	if (c) {
		c->packets++;
		c->bytes += skb->len;
	} else {
		bpf_map_update_elem(&protocols, &key, &one, BPF_ANY);
	}
	return 0; /* keep no packet */
}
