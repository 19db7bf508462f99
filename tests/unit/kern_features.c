/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Features: every one has an answer a person can use, and privileges are named when they are
 * missing. */
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>

#include "kern/attach.h"
#include "kern/kern.h"
#include "test.h"

TEST(every_feature_is_there_or_says_why_not)
{
	for (int f = 0; f < KERN_FEATURE_COUNT; f++) {
		bool has = kern_has(f);

		CHECK(kern_feature_info(f)->name && kern_feature_info(f)->what);
		CHECK(has == !kern_why_not(f));
		CHECK(has || strlen(kern_why_not(f)) > 20);
	}
}

TEST(an_ordinary_user_is_told_what_is_missing)
{
	if (geteuid() != 0)
		return;
	CHECK(!setresgid(65534, 65534, 65534) && !setresuid(65534, 65534, 65534));
	CHECK_HAS(kern_privileges(), "none");
	CHECK(!kern_can_load());
	CHECK_HAS(kern_why_not(KERN_BPF), "CAP_BPF");
	CHECK_HAS(kern_why_not(KERN_TP_BTF), "CAP_BPF");
	CHECK(!kern_has(KERN_TCX));
	CHECK_HAS(kern_why_not(KERN_TCX), "CAP_NET_ADMIN");
}

TEST(root_of_a_user_namespace_is_told_so)
{
	if (geteuid() != 0 || unshare(CLONE_NEWUSER))
		return;
	CHECK_HAS(kern_privileges(), "none");
	CHECK(!kern_can_load());
}

TEST(the_chosen_call_fails)
{
	union bpf_attr attr = {0};

	kern_fail_bpf(2, EMLINK);
	CHECK(kern_bpf(9999, &attr, sizeof(attr)) < 0);
	CHECK(errno != EMLINK);
	CHECK_INT(kern_bpf(9999, &attr, sizeof(attr)), -1);
	CHECK_INT(errno, EMLINK);
	kern_bpf(9999, &attr, sizeof(attr));
	CHECK(errno != EMLINK);
}

TEST(the_environment_can_choose_it)
{
	setenv("SKEP_FAIL_BPF", "1:ENOSYS", 1);
	CHECK(!kern_has(KERN_BPF));
	CHECK_HAS(kern_why_not(KERN_BPF), "CONFIG_BPF_SYSCALL");
}

TEST(tracefs_needs_no_mount)
{
	if (!kern_has(KERN_TRACEFS))
		return;
	CHECK(kern_tracepoint_id("sched", "sched_switch") > 0);
	CHECK_INT(kern_tracepoint_id("sched", "no_such_event"), -ENOENT);
}

TEST(sections_match_as_libbpf_matches_them)
{
	CHECK(kern_sec_matches("xdp", "xdp"));
	CHECK(!kern_sec_matches("xdp/devmap", "xdp"));
	CHECK(kern_sec_matches("?tp/a/b", "tp/"));
	CHECK(!kern_sec_matches("tp/", "tp/"));
	CHECK(kern_sec_matches("uprobe", "uprobe+"));
	CHECK(kern_sec_matches("uprobe/x:y", "uprobe+"));
	CHECK(!kern_sec_matches("uprobe.multi/x:y", "uprobe+"));
}

TEST(each_kind_is_found_by_its_sections)
{
	for (const struct kern_attach_kind *k = NULL; (k = kern_attach_next(k));) {
		CHECK(k->name && k->attach && k->sec[0]);
		for (size_t i = 0; i < ARRAY_SIZE(k->sec) && k->sec[i]; i++) {
			size_t n = strlen(k->sec[i]);
			char sec[64];

			snprintf(sec, sizeof(sec), "%.*s", (int)(n - (k->sec[i][n - 1] == '+')),
				 k->sec[i]);
			if (k->sec[i][n - 1] == '/')
				strcat(sec, "x");
			CHECK(kern_attach_find(sec));
		}
	}
	CHECK(!kern_attach_find("no_such_kind/x"));
}
