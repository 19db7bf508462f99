/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one door to bpf(2).
 *
 * The link wraps syscall() (--wrap=syscall), so libbpf's calls arrive in __wrap_syscall() and those
 * of skep itself in kern_bpf(). Two things happen here and nowhere else: a call can be made to fail
 * (tests of the unwinding), and while libbpf relocates against a reduced kernel BTF it is told that
 * there are no more BTF objects: a module's BTF continues the ids of the whole vmlinux BTF and
 * would be misread on top of the reduced one. (kern_btf_prepare() has looked into the modules
 * before.)
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "kern/btf.h"
#include "kern/kern.h"
#include "val/val.h"

long __real_syscall(long nr, ...);
long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f);

static struct {
	bool asked_env;
	unsigned long left; /* calls until the one that fails; 0: off */
	int err;
} fault;

void kern_fail_bpf(unsigned long n, int err)
{
	fault.asked_env = true;
	fault.left = n;
	fault.err = err;
}

/* $SKEP_FAIL_BPF="N:ERRNO", the error as a number or a name. */
static void read_fault_env(void)
{
	const char *env = getenv("SKEP_FAIL_BPF"), *colon = env ? strchr(env, ':') : NULL;
	uint64_t n, err;
	char *count;

	fault.asked_env = true;
	if (!colon)
		return;
	count = xstrndup(env, colon - env);
	if (parse_u64(colon + 1, &err))
		err = val_errno_number(colon + 1);
	if (!parse_u64(count, &n) && (int)err > 0)
		kern_fail_bpf(n, err);
	free(count);
}

static bool fault_is_due(void)
{
	if (!fault.asked_env)
		read_fault_env();
	return fault.left && --fault.left == 0;
}

long kern_bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	if (fault_is_due()) {
		errno = fault.err;
		return -1;
	}
	return __real_syscall(__NR_bpf, (long)cmd, attr, (unsigned long)size);
}

static long libbpf_call(int cmd, union bpf_attr *attr, unsigned int size)
{
	if (cmd == BPF_BTF_GET_NEXT_ID && kern_btf_reduced_in_use()) {
		errno = ENOENT;
		return -1;
	}
	/* The record type that a ring buffer declares is for us; the kernel takes none (libbpf would be
	 * refused, and try again without). */
	if (cmd == BPF_MAP_CREATE && attr->map_type == BPF_MAP_TYPE_RINGBUF)
		attr->btf_key_type_id = attr->btf_value_type_id = 0;
	return kern_bpf(cmd, attr, size);
}

/* syscall() takes as many arguments as the call has; six registers hold whatever there is. */
long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == __NR_bpf)
		return libbpf_call(a, (union bpf_attr *)b, c);
	return __real_syscall(nr, a, b, c, d, e, f);
}
