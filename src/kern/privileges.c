/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What this process may do, and why something was denied: capabilities, user namespaces, lockdown.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kern/attach.h"
#include "kern/kern.h"

static const struct {
	enum kern_need need;
	int cap;
	const char *name, *setcap;
	bool in_admin; /* CAP_SYS_ADMIN is enough too */
} caps[] = {
	{NEED_BPF, 39, "CAP_BPF", "cap_bpf", true},
	{NEED_PERFMON, 38, "CAP_PERFMON", "cap_perfmon", true},
	{NEED_NET_ADMIN, 12, "CAP_NET_ADMIN", "cap_net_admin", false},
	{NEED_NET_RAW, 13, "CAP_NET_RAW", "cap_net_raw", false},
	{NEED_SYS_ADMIN, 21, "CAP_SYS_ADMIN", "cap_sys_admin", false},
};

static uint64_t effective_caps(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(__NR_capget, &head, data))
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

static bool has_cap(uint64_t effective, size_t row)
{
	if (effective & (1ull << caps[row].cap))
		return true;
	return caps[row].in_admin && (effective & (1ull << CAP_SYS_ADMIN));
}

bool kern_cap(enum kern_need need)
{
	uint64_t effective = effective_caps();

	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		if (caps[i].need == need)
			return has_cap(effective, i);
	return false;
}

/* The identity map of the whole range is that of the first user namespace. */
static bool in_user_namespace(void)
{
	unsigned long inside, outside, n;
	FILE *f = fopen("/proc/self/uid_map", "re");
	bool first = true;

	if (f) {
		first = fscanf(f, "%lu %lu %lu", &inside, &outside, &n) == 3 && !inside &&
			!outside && n == 4294967295ul;
		fclose(f);
	}
	return !first;
}

/* "none [integrity] confidentiality": the bracketed word; NULL when lockdown is off. */
static const char *lockdown(void)
{
	static char word[32];
	char text[128] = "";
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	const char *open;

	if (!f)
		return NULL;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	open = strchr(text, '[');
	if (!open || sscanf(open, "[%31[^]]", word) != 1 || strcmp(word, "none") == 0)
		return NULL;
	return word;
}

/* "CAP_BPF and CAP_PERFMON" of those needed and missing. */
static size_t list_missing(unsigned int needs, struct buf *names, struct buf *setcap)
{
	uint64_t effective = effective_caps();
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		if (!(needs & caps[i].need) || has_cap(effective, i))
			continue;
		buf_printf(names, "%s%s", n ? " and " : "", caps[i].name);
		buf_printf(setcap, "%s%s", n ? "," : "", caps[i].setcap);
		n++;
	}
	return n;
}

const char *kern_denied(unsigned int needs)
{
	static char text[320];
	struct buf names = {0}, setcap = {0};
	const char *locked = lockdown();

	if (list_missing(needs, &names, &setcap))
		snprintf(text, sizeof(text),
			 "%s is missing: run skep as root (sudo), or once: setcap %s+ep $(command "
			 "-v skep)",
			 names.p, setcap.p);
	else if (in_user_namespace())
		snprintf(text, sizeof(text),
			 "this is a user namespace (a rootless container), whose root "
			 "has no say over the kernel's BPF: run skep on the host");
	else if (locked)
		snprintf(text, sizeof(text),
			 "kernel lockdown (%s) forbids it: it can be changed only at "
			 "boot (lockdown=, Secure Boot)",
			 locked);
	else
		snprintf(text, sizeof(text),
			 "the kernel refuses it although the privileges are there: "
			 "a seccomp filter (container), a security module or the kernel's build");
	buf_free(&names);
	buf_free(&setcap);
	return text;
}

const char *kern_privileges(void)
{
	static char text[200];
	uint64_t effective = effective_caps();
	size_t len = 0;

	if (in_user_namespace())
		return "none over the kernel (root of a user namespace at most)";
	if (effective & (1ull << CAP_SYS_ADMIN))
		return geteuid() == 0 ? "root" : "CAP_SYS_ADMIN";
	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		if (has_cap(effective, i))
			len += snprintf(text + len, sizeof(text) - len, "%s%s", len ? " and " : "",
					caps[i].name);
	return len ? text : "none (an ordinary user)";
}

bool kern_can_load(void)
{
	return kern_has(KERN_BPF);
}
