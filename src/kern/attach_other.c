/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds that a section name alone cannot attach: each says what it would need. They are listed so
 * that the answer is about the program, not "unknown section".
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "kern/attach.h"

static const struct {
	const char *sec, *needs;
} reasons[] = {
	{"sk_msg+", "a sockmap to be put on: messages of the sockets in that map pass through it"},
	{"sk_skb+", "a sockmap to be put on: data of the sockets in that map passes through it"},
	{"sk_reuseport+", "a listening SO_REUSEPORT group, whose own program puts it on with "
			  "setsockopt(SO_ATTACH_REUSEPORT_EBPF)"},
	{"freplace+", "a loaded BPF program and the function in it to be replaced"},
	{"syscall", "no event: it runs when it is called with BPF_PROG_RUN"},
	{"struct_ops+",
	 "its .struct_ops map: programs of this kind are put in force by registering the map"},
	{"struct_ops.s+",
	 "its .struct_ops map: programs of this kind are put in force by registering the map"},
	{"lirc_mode2", "an infrared receiver /dev/lircN"},
	{"lwt_in", "a route: ip route add PREFIX encap bpf in obj FILE section lwt_in dev IF"},
	{"lwt_out", "a route: ip route add PREFIX encap bpf out obj FILE section lwt_out dev IF"},
	{"lwt_xmit",
	 "a route: ip route add PREFIX encap bpf xmit obj FILE section lwt_xmit dev IF"},
	{"lwt_seg6local",
	 "a segment routing rule: ip route add SID encap seg6local action End.BPF …"},
	{"action", "a tc filter that calls it as its action; SEC(\"tc\") attaches by itself"},
	{"xdp/cpumap",
	 "an entry of a cpumap that names it: it runs on the CPU a packet is redirected to"},
	{"xdp.frags/cpumap",
	 "an entry of a cpumap that names it: it runs on the CPU a packet is redirected to"},
	{"xdp_cpumap/",
	 "an entry of a cpumap that names it: it runs on the CPU a packet is redirected to"},
	{"xdp/devmap",
	 "an entry of a devmap that names it: it runs when a packet is redirected to the device"},
	{"xdp.frags/devmap",
	 "an entry of a devmap that names it: it runs when a packet is redirected to the device"},
	{"xdp_devmap/",
	 "an entry of a devmap that names it: it runs when a packet is redirected to the device"},
};

static const char *reason_of(const char *sec)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (kern_sec_matches(sec, reasons[i].sec))
			return reasons[i].needs;
	return "more than its section says";
}

static int other_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	return kern_cannot(why, size, EOPNOTSUPP, "a %.*s program needs %s", (int)strcspn(sec, "/"),
			   sec, reason_of(sec));
}

static int other_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
			struct kern_link *link)
{
	return fail(EOPNOTSUPP, "program %s: SEC(\"%s\") cannot be attached by itself; it needs %s",
		    bpf_program__name(prog), sec, reason_of(sec));
}

const struct kern_attach_kind kern_attach_other[] = {
	{"sk_msg", {"sk_msg+"}, KERN_FEATURE_COUNT, other_can, other_attach, "sockmap"},
	{"sk_skb", {"sk_skb+"}, KERN_FEATURE_COUNT, other_can, other_attach, "sockmap"},
	{"sk_reuseport", {"sk_reuseport+"}, KERN_FEATURE_COUNT, other_can, other_attach, "socket"},
	{"freplace", {"freplace+"}, KERN_FEATURE_COUNT, other_can, other_attach, "program"},
	{"syscall", {"syscall"}, KERN_FEATURE_COUNT, other_can, other_attach, "call"},
	{"struct_ops",
	 {"struct_ops+", "struct_ops.s+"},
	 KERN_STRUCT_OPS,
	 other_can,
	 other_attach,
	 "map"},
	{"lirc", {"lirc_mode2"}, KERN_FEATURE_COUNT, other_can, other_attach, "device"},
	{"lwt",
	 {"lwt_in", "lwt_out", "lwt_xmit", "lwt_seg6local"},
	 KERN_FEATURE_COUNT,
	 other_can,
	 other_attach,
	 "route"},
	{"tc action", {"action"}, KERN_FEATURE_COUNT, other_can, other_attach, "filter"},
	{"xdp map",
	 {"xdp/cpumap", "xdp.frags/cpumap", "xdp_cpumap/", "xdp/devmap", "xdp.frags/devmap",
	  "xdp_devmap/"},
	 KERN_FEATURE_COUNT,
	 other_can,
	 other_attach,
	 "map"},
	{0},
};
