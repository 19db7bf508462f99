/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching: each kind this kernel has is attached to something of our own (a network namespace, a
 * cgroup, this process), counts an event, and is gone after kern_link_close().
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kern/attach.h"
#include "kern_objects.h"

#define COUNT(name, sec, ret)                                                                    \
	"SEC(\"" sec "\") int " name "(void *ctx) { __sync_fetch_and_add(&hits, 1); return " ret \
	"; }\n"

static const char programs[] = COUNT("tp", "tp/syscalls/sys_enter_getpgid", "0") COUNT(
	"raw", "raw_tp/sys_enter",
	"0") COUNT("typed", "tp_btf/sys_enter",
		   "0") COUNT("bare_typed", "tp_btf",
			      "0") COUNT("no_tp", "tp/syscalls/no_such",
					 "0") COUNT("up", "uprobe//proc/self/exe:kern_probe_me",
						    "0") COUNT("uret", "uretprobe", "0")
	COUNT("multi", "uprobe.multi//proc/self/exe:kern_probe_*",
	      "0") COUNT("session", "uprobe.session//proc/self/exe:kern_probe_me",
			 "0") COUNT("clock", "perf_event", "0") COUNT("pkt", "xdp", "2")
		COUNT("cls", "tc", "0") COUNT("tcx_in", "tcx/ingress", "-1") COUNT(
			"tcx_out", "tcx/egress",
			"-1") COUNT("nf", "netfilter",
				    "1") COUNT("sock", "socket",
					       "0") COUNT("lookup", "sk_lookup",
							  "1") COUNT("cg", "cgroup_skb/egress", "1")
			COUNT("conn", "cgroup/connect4", "1") COUNT("ops", "sockops", "1") COUNT(
				"msg", "sk_msg",
				"1") COUNT("kp", "kprobe/vfs_read",
					   "0") COUNT("fe", "fentry/vfs_read", "0")
				COUNT("kret", "kretprobe/vfs_read",
				      "0") COUNT("ksys", "ksyscall/getpgid",
						 "0") COUNT("kmulti", "kprobe.multi/vfs_rea*",
							    "0") COUNT("fx", "fexit/vfs_read", "0")
					COUNT("hook", "lsm/file_open",
					      "0") "struct seq_file; struct bpf_iter_meta { struct "
						   "seq_file *seq; } "
						   "__attribute__((preserve_access_index));\n"
						   "struct bpf_iter__task { struct bpf_iter_meta "
						   "*meta; "
						   "void *task; } "
						   "__attribute__((preserve_access_index));\n"
						   "SEC(\"iter/task\") int walk(struct "
						   "bpf_iter__task "
						   "*ctx) { static const char s[] = \"x\"; void *t "
						   "= "
						   "ctx->task;\n"
						   "  if (t) bpf_seq_write(ctx->meta->seq, s, 1); "
						   "return "
						   "0; }\n";

struct fixture {
	struct kern_object o;
	struct bpf_program *prog;
	struct kern_link *link;
};

/* Compiled once for all tests, before they fork. */
static struct buf compiled;

__attribute__((constructor)) static void compile_once(void)
{
	if (geteuid() == 0)
		kern_compile(programs, &compiled);
}

/* Loads one program; false: this environment cannot. */
static bool load_one(struct fixture *f, const char *name, enum kern_feature need)
{
	if (geteuid() || !kern_has(need) || !compiled.len)
		return false;
	f->o.elf = compiled;
	if (kern_open_bytes(&f->o, name))
		return false;
	f->prog = bpf_object__find_program_by_name(f->o.obj.bpf, name);
	kern_btf_prepare(&f->o.obj);
	return true;
}

static void load_attach(struct fixture *f, const struct kern_target *t)
{
	CHECK_INT(bpf_object__load(f->o.obj.bpf), 0);
	CHECK_INT(kern_attach(f->prog, t, &f->link), 0);
	CHECK(kern_link_text(f->link)[0]);
}

static void fixture_close(struct fixture *f)
{
	kern_link_close(f->link);
	kern_object_close(&f->o);
}

/* Nothing counts any more once the link is closed. */
static void close_link(struct fixture *f, void (*event)(void))
{
	uint64_t before;

	kern_link_close(f->link);
	before = kern_hits(&f->o);
	event();
	CHECK_INT(kern_hits(&f->o), before);
	kern_object_close(&f->o);
}

__attribute__((noinline, noclone)) void kern_probe_me(void);
__attribute__((noinline, noclone)) void kern_probe_too(void);

void kern_probe_me(void)
{
	__asm__ volatile("");
}

void kern_probe_too(void)
{
	__asm__ volatile("" ::: "memory");
}

static void call(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char c;

	CHECK_INT(read(fd, &c, 1), 0);
	close(fd);
	getpgid(0);
	kern_probe_me();
	kern_probe_too();
}

static void in_netns(void)
{
	CHECK_INT(unshare(CLONE_NEWNET), 0);
	CHECK_INT(kern_netlink_up(1), 0);
}

/* One datagram to ourselves over lo. */
static void packet(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0x7f000001)}};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	connect(fd, (struct sockaddr *)&to, sizeof(to));
	send(fd, "x", 1, 0);
	close(fd);
}

/* ---- tracing
 * ----------------------------------------------------------------------------------------- */

static void counts_calls(const char *name, enum kern_feature need, const struct kern_target *t)
{
	struct fixture f = {0};

	if (!load_one(&f, name, need))
		return;
	load_attach(&f, t);
	call();
	CHECK(kern_hits(&f.o) > 0);
	close_link(&f, call);
}

TEST(tracepoint)
{
	counts_calls("tp", KERN_TRACEPOINT, NULL);
}

TEST(raw_tracepoint)
{
	struct fixture f = {0};

	if (!load_one(&f, "raw", KERN_RAW_TP))
		return;
	load_attach(&f, NULL);
	call();
	CHECK(kern_hits(&f.o) > 0);
	CHECK_STR(kern_link_text(f.link), "raw_tp sys_enter");
	fixture_close(&f);
}

TEST(typed_tracepoint)
{
	struct fixture f = {0};

	if (!load_one(&f, "typed", KERN_TP_BTF))
		return;
	load_attach(&f, NULL);
	call();
	CHECK(kern_hits(&f.o) > 0);
	fixture_close(&f);
}

TEST(a_symbol_may_come_from_the_command_line)
{
	struct kern_target t = {.symbol = "raw_syscalls/sys_enter"};
	struct fixture f = {0};

	if (!load_one(&f, "bare_typed", KERN_TP_BTF))
		return;
	kern_target_before_load(f.prog, &t);
	load_attach(&f, &t);
	call();
	CHECK(kern_hits(&f.o) > 0);
	fixture_close(&f);
}

TEST(without_it_loading_says_what_is_missing)
{
	struct fixture f = {0};

	if (!load_one(&f, "bare_typed", KERN_TP_BTF))
		return;
	CHECK(bpf_object__load(f.o.obj.bpf));
	CHECK_HAS(stderr_text(), "--symbol");
	fixture_close(&f);
}

TEST(a_tracepoint_that_does_not_exist)
{
	struct fixture f = {0};
	char why[200];

	CHECK_INT(kern_attach_can("tp/syscalls/no_such", NULL, why, sizeof(why)) < 0, 1);
	if (!load_one(&f, "no_tp", KERN_TRACEPOINT))
		return;
	CHECK_HAS(why, "no tracepoint syscalls/no_such");
	CHECK_INT(bpf_object__load(f.o.obj.bpf), 0);
	CHECK(kern_attach(f.prog, NULL, &f.link) < 0);
	CHECK_HAS(stderr_text(), "program no_tp");
	fixture_close(&f);
}

TEST(a_kernel_without_kprobes_says_so)
{
	char why[300];

	if (geteuid() || !kern_has(KERN_BPF))
		return;
	if (kern_has(KERN_KPROBE)) {
		CHECK_INT(kern_attach_can("kprobe/vfs_read", NULL, why, sizeof(why)), 0);
		CHECK(kern_attach_can("kprobe/no_such_function", NULL, why, sizeof(why)) < 0);
	} else {
		CHECK(kern_attach_can("kprobe/vfs_read", NULL, why, sizeof(why)) < 0);
		CHECK_HAS(why, "CONFIG_KPROBES");
	}
}

TEST(kprobe)
{
	counts_calls("kp", KERN_KPROBE, NULL);
	counts_calls("kret", KERN_KPROBE, NULL);
	counts_calls("ksys", KERN_KPROBE, NULL);
}

TEST(kprobe_multi)
{
	counts_calls("kmulti", KERN_KPROBE_MULTI, NULL);
}

TEST(trampolines)
{
	counts_calls("fe", KERN_FENTRY, NULL);
	counts_calls("fx", KERN_FENTRY, NULL);
}

TEST(security_hook)
{
	counts_calls("hook", KERN_LSM, NULL);
}

TEST(iterator)
{
	struct fixture f = {0};
	char text[65536];

	if (!load_one(&f, "walk", KERN_ITER))
		return;
	load_attach(&f, NULL);
	CHECK(kern_link_reads(f.link) >= 0);
	CHECK(read(kern_link_reads(f.link), text, sizeof(text)) > 0);
	CHECK_INT(text[0], 'x');
	fixture_close(&f);
}

TEST(iterator_over_one_process)
{
	struct kern_target t = {.pid = getpid()};
	struct fixture f = {0};
	char text[64];

	if (!load_one(&f, "walk", KERN_ITER))
		return;
	load_attach(&f, &t);
	CHECK(f.link);
	CHECK_INT(read(kern_link_reads(f.link), text, sizeof(text)), 1);
	fixture_close(&f);
}

/* ---- user programs
 * ------------------------------------------------------------------------------------ */

TEST(uprobe)
{
	struct kern_target t = {.pid = getpid()};

	counts_calls("up", KERN_UPROBE, &t);
}

TEST(uretprobe_from_the_command_line)
{
	struct kern_target t = {.binary = "/proc/self/exe", .symbol = "kern_probe_me"};

	counts_calls("uret", KERN_UPROBE, &t);
}

TEST(uprobe_multi_by_pattern)
{
	struct fixture f = {0};

	if (!load_one(&f, "multi", KERN_UPROBE_MULTI))
		return;
	load_attach(&f, NULL);
	call();
	CHECK_INT(kern_hits(&f.o), 2);
	CHECK_HAS(kern_link_text(f.link), "2 functions");
	close_link(&f, call);
}

TEST(uprobe_session)
{
	struct fixture f = {0};

	if (!load_one(&f, "session", KERN_UPROBE_MULTI))
		return;
	if (kern_try_uprobe_multi(KERN_ATTACH_UPROBE_SESSION)) {
		fixture_close(&f);
		return;
	}
	load_attach(&f, NULL);
	call();
	CHECK_INT(kern_hits(&f.o), 2);
	close_link(&f, call);
}

/* A static probe without arguments, as <sys/sdt.h> writes it. */
__attribute__((noinline)) static void static_probe(void)
{
	__asm__ volatile("990: nop\n"
			 ".pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n"
			 ".4byte 992f-991f,994f-993f,3\n991: .asciz \"stapsdt\"\n992: .balign 4\n"
			 "993: .8byte 990b\n.8byte 0\n.8byte 0\n.asciz \"skep\"\n.asciz \"unit\"\n"
			 ".asciz \"\"\n994: .balign 4\n.popsection\n");
}

static const char usdt_program[] =
	"typedef _Bool bool;\n#include <linux/ptrace.h>\n#include <bpf/usdt.bpf.h>\n" COUNT(
		"static_one", "usdt//proc/self/exe:skep:unit", "0");

TEST(static_probe_of_a_program)
{
	struct buf elf = {0};
	struct fixture f = {0};

	if (geteuid() || !kern_has(KERN_USDT))
		return;
	CHECK_INT(kern_compile(usdt_program, &elf), 0);
	buf_free(&compiled);
	compiled = elf;
	CHECK(load_one(&f, "static_one", KERN_USDT));
	load_attach(&f, NULL);
	static_probe();
	CHECK_INT(kern_hits(&f.o), 1);
	close_link(&f, static_probe);
}

TEST(a_function_that_does_not_exist)
{
	char why[300];

	if (geteuid() || !kern_has(KERN_UPROBE))
		return;
	CHECK_INT(kern_attach_can("uprobe//bin/sh:no_such_function_here", NULL, why, sizeof(why)),
		  -ENOENT);
	CHECK_HAS(why, "no function no_such_function_here");
	CHECK_INT(kern_attach_can("uprobe//no/such/file:x", NULL, why, sizeof(why)), -ENOENT);
	CHECK_INT(kern_attach_can("uprobe//etc/passwd:x", NULL, why, sizeof(why)), -ENOEXEC);
	CHECK_INT(kern_attach_can("uprobe", NULL, why, sizeof(why)), -EINVAL);
	CHECK_HAS(why, "--binary");
}

TEST(binaries_are_searched)
{
	uint64_t offset = 0;
	char *path, *library;

	CHECK_INT(kern_binary_find("sh", 0, &path), 0);
	CHECK(*path == '/');
	free(path);
	CHECK_INT(kern_binary_find("libc.so.6", 0, &path), 0);
	CHECK_INT(kern_symbol_find(path, "malloc", &offset), 0);
	CHECK(offset > 0);
	free(path);
	CHECK_INT(kern_symbol_find_needed("/bin/sh", "malloc", 0, &library, &offset), 0);
	CHECK_HAS(library, "libc");
	free(library);
	CHECK_INT(kern_binary_find("no-such-program-anywhere", 0, &path), -ENOENT);
}

TEST(sampling)
{
	struct kern_target t = {.pid = getpid(), .frequency = 999, .event = "cpu-clock"};
	struct fixture f = {0};

	if (!load_one(&f, "clock", KERN_PERF_SW))
		return;
	load_attach(&f, &t);
	for (int i = 0; i < 1000000000 && !(i % 100000 == 0 && kern_hits(&f.o)); i++)
		__asm__ volatile("");
	CHECK(kern_hits(&f.o) > 0);
	fixture_close(&f);
}

TEST(an_unknown_event_is_corrected)
{
	struct kern_target t = {.event = "cpu-clok"};
	char why[200];

	if (geteuid() || !kern_has(KERN_PERF_SW))
		return;
	CHECK_INT(kern_attach_can("perf_event", &t, why, sizeof(why)), -EINVAL);
	CHECK_HAS(why, "did you mean cpu-clock");
}

/* ---- network
 * ---------------------------------------------------------------------------------------------- */

static void counts_packets(const char *name, enum kern_feature need, const char *text)
{
	struct kern_target t = {.ifname = "lo"};
	struct fixture f = {0};

	if (!load_one(&f, name, need))
		return;
	in_netns();
	load_attach(&f, &t);
	if (TEST_OVER())
		return;
	CHECK_HAS(kern_link_text(f.link), text);
	packet();
	CHECK(kern_hits(&f.o) > 0);
	close_link(&f, packet);
}

TEST(xdp_falls_back_to_generic)
{
	counts_packets("pkt", KERN_XDP_GENERIC, "xdp on lo (generic)");
}

TEST(tc)
{
	counts_packets("cls", KERN_TC, "ingress of lo");
}

/* The way taken before Linux 6.6: the link is made to fail as it would there. */
TEST(tc_by_clsact_takes_away_what_it_made)
{
	struct kern_target t = {.ifname = "lo", .direction = "egress"};
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = 1, .attach_point = BPF_TC_INGRESS);
	struct fixture f = {0};

	if (!load_one(&f, "cls", KERN_TC))
		return;
	in_netns();
	CHECK_INT(bpf_object__load(f.o.obj.bpf), 0);
	kern_fail_bpf(1, EINVAL);
	CHECK_INT(kern_attach(f.prog, &t, &f.link), 0);
	CHECK_HAS(kern_link_text(f.link), "clsact");
	packet();
	CHECK(kern_hits(&f.o) > 0);
	close_link(&f, packet);
	CHECK_INT(bpf_tc_hook_create(&hook), 0); /* so it was not there any more */
}

TEST(tc_by_clsact_leaves_the_filters_of_others)
{
	struct kern_target t = {.ifname = "lo"};
	struct fixture a = {0}, b = {0};

	if (!load_one(&a, "cls", KERN_TC))
		return;
	in_netns();
	CHECK_INT(bpf_object__load(a.o.obj.bpf), 0);
	kern_fail_bpf(1, EINVAL);
	CHECK_INT(kern_attach(a.prog, &t, &a.link), 0);
	CHECK(load_one(&b, "cls", KERN_TC));
	CHECK_INT(bpf_object__load(b.o.obj.bpf), 0);
	kern_fail_bpf(1, EINVAL);
	CHECK_INT(kern_attach(b.prog, &t, &b.link), 0);
	CHECK_INT(kern_netlink_count_filters(1), 2);
	kern_link_close(a.link);
	CHECK_INT(kern_netlink_count_filters(1), 1);
	packet();
	CHECK(kern_hits(&b.o) > 0);
	t.tc_priority = b.link->tc_priority;
	t.tc_handle = b.link->tc_handle;
	kern_fail_bpf(1, EINVAL);
	CHECK_INT(kern_attach(a.prog, &t, &a.link), -EEXIST);
	CHECK_HAS(stderr_text(), "taken");
	fixture_close(&b);
	fixture_close(&a);
}

TEST(tcx_ingress)
{
	counts_packets("tcx_in", KERN_TCX, "tcx ingress of lo");
}

TEST(tcx_egress)
{
	counts_packets("tcx_out", KERN_TCX, "tcx egress of lo");
}

TEST(netfilter)
{
	counts_packets("nf", KERN_NETFILTER, "prerouting");
}

TEST(socket_filter)
{
	counts_packets("sock", KERN_SOCKET, "lo");
}

TEST(xdp_in_the_driver)
{
	struct kern_target t = {.ifname = "skep0"};
	struct fixture f = {0};

	if (!load_one(&f, "pkt", KERN_XDP_NATIVE))
		return;
	in_netns();
	CHECK_INT(kern_netlink_veth("skep0", "skep1"), 0);
	load_attach(&f, &t);
	CHECK_STR(kern_link_text(f.link), "xdp on skep0 (native)");
	fixture_close(&f);
}

TEST(another_xdp_program_is_not_replaced)
{
	struct kern_target t = {.ifname = "lo"};
	struct fixture a = {0}, b = {0};

	if (!load_one(&a, "pkt", KERN_XDP_GENERIC))
		return;
	in_netns();
	load_attach(&a, &t);
	CHECK(load_one(&b, "pkt", KERN_XDP_GENERIC));
	CHECK_INT(bpf_object__load(b.o.obj.bpf), 0);
	CHECK_INT(kern_attach(b.prog, &t, &b.link), -EBUSY);
	CHECK_HAS(stderr_text(), "already has an XDP program (id ");
	fixture_close(&b);
	fixture_close(&a);
}

TEST(an_interface_must_be_named)
{
	struct kern_target t = {.ifname = "nosuch0"};
	char why[300];

	if (geteuid() || !kern_has(KERN_XDP_GENERIC))
		return;
	CHECK(kern_attach_can("xdp", NULL, why, sizeof(why)) < 0);
	CHECK_HAS(why, "lo");
	CHECK_INT(kern_attach_can("xdp", &t, why, sizeof(why)), -ENODEV);
	CHECK_HAS(why, "nosuch0");
}

/* ---- cgroups
 * ------------------------------------------------------------------------------------------------
 */

static char *cgroup_made;

/* This process goes into a cgroup of its own, in the test's child process. */
static bool enter_cgroup(void)
{
	const char *mount = kern_cgroup_mount();
	char *procs;
	FILE *f;

	if (!mount)
		return false;
	cgroup_made = xasprintf("%s/skep-unit-%d", mount, getpid());
	if (mkdir(cgroup_made, 0755))
		return false;
	procs = xasprintf("%s/cgroup.procs", cgroup_made);
	f = fopen(procs, "w");
	fprintf(f, "0\n");
	fclose(f);
	free(procs);
	return true;
}

static void leave_cgroup(void)
{
	char *procs = xasprintf("%s/cgroup.procs", kern_cgroup_mount());
	FILE *f = fopen(procs, "w");

	fprintf(f, "0\n");
	fclose(f);
	free(procs);
	rmdir(cgroup_made);
	free(cgroup_made);
	cgroup_made = NULL;
}

TEST(cgroup_hooks)
{
	static const char *const names[] = {"cg", "conn"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct kern_target t = {0};
		struct fixture f = {0};

		if (!load_one(&f, names[i], KERN_CGROUP))
			return;
		CHECK(enter_cgroup());
		t.cgroup = cgroup_made;
		if (!i)
			in_netns();
		load_attach(&f, &t);
		packet();
		leave_cgroup();
		CHECK(kern_hits(&f.o) > 0);
		fixture_close(&f);
		kern_object_close(&f.o);
	}
}

TEST(a_cgroup_must_be_named)
{
	struct kern_target t = {.cgroup = "/proc"};
	char why[300];

	if (geteuid() || !kern_has(KERN_CGROUP))
		return;
	CHECK(kern_attach_can("cgroup/connect4", NULL, why, sizeof(why)) < 0);
	CHECK_HAS(why, "--cgroup PATH");
	CHECK(kern_attach_can("cgroup/connect4", &t, why, sizeof(why)) < 0);
}

TEST(what_cannot_be_attached_says_what_it_needs)
{
	struct fixture f = {0};
	char why[300];

	CHECK(kern_attach_can("sk_msg", NULL, why, sizeof(why)) < 0);
	CHECK_HAS(why, "sockmap");
	if (!load_one(&f, "msg", KERN_BPF))
		return;
	CHECK_INT(bpf_object__load(f.o.obj.bpf), 0);
	CHECK_INT(kern_attach(f.prog, NULL, &f.link), -EOPNOTSUPP);
	CHECK_HAS(stderr_text(), "sockmap");
	fixture_close(&f);
}

/* ---- unwinding
 * ------------------------------------------------------------------------------------------------
 */

/* Each bpf(2) call of loading and attaching fails once; nothing crashes and nothing stays open. */
static void fail_each(const char *name, enum kern_feature need)
{
	struct kern_target t = {.ifname = "lo"};

	for (unsigned long n = 1; n < 60; n++) {
		struct fixture f = {0};
		int err, before = dup(0), after;

		close(before);
		if (!load_one(&f, name, need))
			return;
		kern_fail_bpf(n, EINVAL);
		err = bpf_object__load(f.o.obj.bpf);
		if (!err)
			err = kern_attach(f.prog, &t, &f.link);
		kern_fail_bpf(0, 0);
		if (!err)
			fixture_close(&f);
		kern_object_close(&f.o);
		after = dup(0);
		close(after);
		CHECK_INT(after, before);
	}
}

TEST(failing_calls_leave_nothing_open)
{
	fail_each("raw", KERN_RAW_TP);
	fail_each("typed", KERN_TP_BTF);
	fail_each("multi", KERN_UPROBE_MULTI);
	in_netns();
	fail_each("tcx_in", KERN_TCX);
	fail_each("nf", KERN_NETFILTER);
}
