/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tcpstates: TCP sockets as they change state, and how long each state lasted.
 *
 * Most changes happen when a packet arrives, and then whoever was running is not the owner. So the
 * owner is remembered from the moments that do run in its context: connect (CLOSE → SYN_SENT), bind
 * and listen (→ LISTEN); a connection that a listener accepted has the listener's owner.
 */
#include "skep.bpf.h"

SKEP_TOOL("Show TCP sockets changing state, and how long each state lasted",
	SKEP_ABOUT("PID and COMM are the socket's owner, as far as it was seen: the process that connected or "
		   "listened. They are empty for sockets that are older than this tool's run. -p, -n and the "
		   "other filters look at the owner too."),
	SKEP_EXAMPLE("tcpstates -d 60", "every change within a minute"),
	SKEP_EXAMPLE("tcpstates --lport 22 --json", "connections of the ssh server, for programs"));

SKEP_OPTION(bool, ipv4, "4", "only IPv4");
SKEP_OPTION(bool, ipv6, "6", "only IPv6");
SKEP_OPTION(__u16, lport, "L", "only this local port");
SKEP_OPTION(__u16, rport, "D", "only this remote port");

struct event {
	skep_time_t time;
	skep_hex_t skaddr SKEP_WIDTH(18);
	pid_t pid;
	char comm[16];
	skep_family_t family SKEP_HIDDEN;
	skep_ip_t laddr;
	__u16 lport;
	skep_ip_t raddr;
	__u16 rport;
	skep_tcp_state_t oldstate;
	skep_tcp_state_t newstate;
	skep_ns_t duration SKEP_TITLE("TIME IN OLD");
};

SKEP_STREAM(events, struct event, 256);

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6

enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_CLOSE = 7, TCP_LISTEN = 10 };

struct owner {
	__u64 since; /* when the socket came into its present state, 0: not known */
	pid_t pid;
	char comm[16];
	bool wanted; /* the filters let it through */
};

/* By socket; gone when it closes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct owner);
} sockets SEC(".maps");

/* Listeners by local port: whose the connections are that come in there. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct owner);
} listeners SEC(".maps");

static __always_inline void v4_mapped(skep_ip_t *to, __be32 addr)
{
	to->bytes[10] = to->bytes[11] = 0xff;
	__builtin_memcpy(&to->bytes[12], &addr, 4);
}

static __always_inline void read_addresses(struct event *e, struct sock *sk)
{
	e->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (e->family == AF_INET) {
		v4_mapped(&e->laddr, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
		v4_mapped(&e->raddr, BPF_CORE_READ(sk, __sk_common.skc_daddr));
	} else {
		BPF_CORE_READ_INTO(&e->laddr, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&e->raddr, sk, __sk_common.skc_v6_daddr);
	}
	e->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
	if (!e->lport) /* given back before the last change; the sending side still has it */
		e->lport = bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	e->rport = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
}

static __always_inline void find_owner(struct owner *o, const struct owner *known, __u32 port, int newstate)
{
	if (newstate == TCP_SYN_SENT || newstate == TCP_LISTEN) { /* connect(), listen(): the owner runs */
		o->pid = skep_pid();
		bpf_get_current_comm(o->comm, sizeof(o->comm));
		o->wanted = skep_filter();
		if (newstate == TCP_LISTEN)
			bpf_map_update_elem(&listeners, &port, o, BPF_ANY);
		return;
	}
	if (!known)
		known = bpf_map_lookup_elem(&listeners, &port);
	if (known)
		*o = *known;
	else
		o->wanted = !skep_is_filtered();
}

static __always_inline bool is_wanted(const struct event *e)
{
	if ((ipv4 && e->family != AF_INET) || (ipv6 && e->family != AF_INET6))
		return false;
	return (!lport || e->lport == lport) && (!rport || e->rport == rport);
}

SEC("raw_tp/inet_sock_set_state")
int changed(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	int oldstate = ctx->args[1], newstate = ctx->args[2];
	__u64 now = bpf_ktime_get_ns(), key = (__u64)sk;
	struct owner o = {}, *known;
	struct event *e;

	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	known = bpf_map_lookup_elem(&sockets, &key);
	e = skep_begin(struct event);
	if (!e)
		return 0;
	e->time = now;
	e->skaddr = key;
	e->oldstate = oldstate;
	e->newstate = newstate;
	e->duration = known ? now - known->since : 0;
	read_addresses(e, sk);
	find_owner(&o, known, e->lport, newstate);
	e->pid = o.pid;
	__builtin_memcpy(e->comm, o.comm, sizeof(e->comm));
	o.since = now;
	if (newstate == TCP_CLOSE)
		bpf_map_delete_elem(&sockets, &key);
	else
		bpf_map_update_elem(&sockets, &key, &o, BPF_ANY);
	if (o.wanted && is_wanted(e))
		skep_send(&events, e);
	else
		skep_drop(e);
	return 0;
}
