/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep.bpf.h: all that a tool's one file includes.
 *
 * A tool says what it is (SKEP_TOOL), what can be set (SKEP_OPTION), what a row looks like (a struct
 * whose members' types tell how they are shown), and where rows come from (SKEP_STREAM, SKEP_TABLE,
 * SKEP_HIST). All of it is kept in the object's BTF, so the object alone is the tool. A program in it
 * makes a row like this:
 *
 *	if (!skep_filter())                            // -p, -n, -- COMMAND … of every tool
 *		return 0;
 *	struct event *e = skep_begin(struct event);    // zeroed; NULL: nothing to do
 *	if (!e)
 *		return 0;
 *	e->pid = skep_pid();
 *	skep_add_user_str(e, &e->path, pointer);       // text of any length, behind the record
 *	skep_send(&events, e);                         // or skep_drop(e): one of the two, always
 *
 * The parts of this file: 1 values · 2 what the tool says of itself · 3 the session's side ·
 * 4 who is it · 5 filters · 6 records · 7 text · 8 paths · 9 tables and histograms · 10 system calls.
 */
#ifndef SKEP_BPF_H
#define SKEP_BPF_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

/* ---- 1 values: a field's type tells how it is shown, in every format --------------------------- */

typedef __u64 skep_hex_t;       /* 0x1f */
typedef __u32 skep_octal_t;     /* 0644 */
typedef __u32 skep_str_t;       /* text behind the record: offset | length << 16 | cut << 31 */
typedef __u32 skep_argv_t;      /* the same, words with NUL between them */
typedef __u64 skep_time_t;      /* bpf_ktime_get_ns() */
typedef __u64 skep_ns_t;        /* a duration in ns */
typedef __u64 skep_us_t;        /* a duration in us */
typedef __u64 skep_size_t;      /* bytes */
typedef __s32 skep_errno_t;     /* 2 is shown as ENOENT; 0 as nothing */
typedef __s32 skep_signal_t;    /* 9 is shown as SIGKILL */
typedef __u32 skep_wstatus_t;   /* how a process ended: the kernel's exit_code */
typedef __u32 skep_oflags_t;    /* O_RDONLY|O_CLOEXEC */
typedef __be32 skep_ipv4_t;
typedef struct { __u8 bytes[16]; } skep_ipv6_t;
typedef struct { __u8 bytes[16]; } skep_ip_t; /* IPv6, or IPv4 as ::ffff:a.b.c.d */
/* For options: the value must be inside it. len 0 (nothing given) holds every address. */
typedef struct { __u8 bytes[16]; __u32 len; } skep_cidr_t;
typedef struct { __u8 bytes[6]; } skep_mac_t;
typedef __be16 skep_port_be_t;  /* network byte order */
typedef __u8 skep_ipproto_t;    /* 6 is shown as tcp */
typedef __u16 skep_family_t;    /* 2 is shown as inet */
typedef __u8 skep_tcp_state_t;  /* 1 is shown as ESTABLISHED */
typedef __u64 skep_slots_t[64]; /* a log2 histogram */

/* ---- 2 what the tool says of itself ------------------------------------------------------------ */

#define SKEP_TAG(text) __attribute__((btf_decl_tag("skep:" text)))

/* SKEP_TOOL("one line", SKEP_ABOUT("what one should know"), SKEP_EXAMPLE("command", "what for") …) */
#define SKEP_TOOL(brief, ...) \
	char LICENSE[] SEC("license") SKEP_TAG("brief=" brief) SKEP_JOIN_(__VA_ARGS__) = "GPL"
#define SKEP_ABOUT(text) SKEP_TAG("about=" text)
#define SKEP_EXAMPLE(command, text) SKEP_TAG("example=" command "\n" text)
#define SKEP_JOIN_(...) SKEP_JOIN_N_(__VA_ARGS__, , , , , , , , )
#define SKEP_JOIN_N_(a, b, c, d, e, f, g, h, ...) a b c d e f g h

/* SKEP_OPTION(bool, failed, "x", "only opens that failed"): --failed, -x. May have an initial value.
 * The letter may be "". */
#define SKEP_OPTION(type, name, letter, help) \
	const volatile type name SKEP_TAG("option=" letter) SKEP_TAG("help=" help)
/* A file or other target that only skep reads; SKEP_TARGET(library, "s", "binary", "…"). */
#define SKEP_TARGET(name, letter, target, help) \
	const volatile char name[256] SKEP_TAG("option=" letter) SKEP_TAG("help=" help) \
		SKEP_TAG("target=" target)

/* For members of an event: the column's heading, unit, width; hidden until named by --columns;
 * shown only with a bool option; standing in another member's column when that one is empty. */
#define SKEP_TITLE(text) SKEP_TAG("title=" text)
#define SKEP_UNIT(text) SKEP_TAG("unit=" text)
#define SKEP_WIDTH(n) SKEP_TAG("width=" #n)
#define SKEP_HIDDEN SKEP_TAG("hidden=")
#define SKEP_SHOWN_BY(option) SKEP_TAG("shown_by=" #option)
#define SKEP_INSTEAD_OF(member) SKEP_TAG("instead_of=" #member)

/* For programs. Alternatives that give the same data: of all the choices of a group, the lowest one
 * that this kernel can do is attached, and no other. */
#define SKEP_CHOICE(group, n) SKEP_TAG("group=" group) SKEP_TAG("choice=" #n)
/* Only loaded when one of these bool options is set; only when none of them is. */
#define SKEP_WHEN(...) SKEP_TAG("when=" #__VA_ARGS__)
#define SKEP_UNLESS(...) SKEP_TAG("unless=" #__VA_ARGS__)

/* A stream of rows of a struct through a ring buffer of so many KiB (a power of two ≥ 4). */
#define SKEP_STREAM(name, event, kib)                             \
	struct {                                                  \
		__uint(type, BPF_MAP_TYPE_RINGBUF);               \
		__uint(max_entries, (kib) * 1024);                \
		__type(value, event);                             \
	} name SEC(".maps") SKEP_TAG("stream=")

/* A map that is shown: at the end, or every -i. SKEP_TABLE before the map's name:
 * `struct {…} counts SEC(".maps") SKEP_TABLE("Bytes by protocol") SKEP_SORT(bytes);` */
#define SKEP_TABLE(title) SKEP_TAG("table=" title)
#define SKEP_SORT(member) SKEP_TAG("sort=" #member)
#define SKEP_INTERVAL(text) SKEP_TAG("interval=" text)

/* ---- 3 the session's side: written by skep before the programs run ------------------------------ */

struct skep_config {
	__u32 pid, tid;        /* 0: any */
	__u32 self;            /* skep's own process is never traced */
	__u32 uid;
	__u32 mntns, pidns;    /* inode numbers, 0: any */
	__u64 cgroup;          /* id, 0: any */
	__u32 cgroup_level;
	__u32 comm_len;        /* 0: any */
	char comm[16];
	__u64 ns_dev, ns_ino;  /* the pid namespace skep sees, when it is not the initial one */
	bool has_uid;
	bool tree;             /* -- COMMAND: only it and its children */
};
const volatile struct skep_config skep_config;

/* Shared with skep while running. */
struct skep_control {
	__u32 stop;            /* the session is ending: make no more rows */
	__u32 sleeping;        /* skep sleeps and wants to be woken when a ring is this full */
	__u32 wake_at;         /* bytes */
};
volatile struct skep_control skep_control;

/* ---- 4 who is it -------------------------------------------------------------------------------- */

/* tgid << 32 | tid, as seen from skep's pid namespace. */
static __always_inline __u64 skep_pid_tid(void)
{
	struct bpf_pidns_info ns = {};

	if (!skep_config.ns_ino)
		return bpf_get_current_pid_tgid();
	if (bpf_get_ns_current_pid_tgid(skep_config.ns_dev, skep_config.ns_ino, &ns, sizeof(ns)))
		return 0;
	return (__u64)ns.tgid << 32 | ns.pid;
}

static __always_inline __u32 skep_pid(void)
{
	return skep_pid_tid() >> 32;
}

static __always_inline __u32 skep_tid(void)
{
	return (__u32)skep_pid_tid();
}

static __always_inline __u32 skep_uid(void)
{
	return (__u32)bpf_get_current_uid_gid();
}

static __always_inline struct task_struct *skep_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/* The number of another task in skep's pid namespace. */
static __always_inline __u32 skep_pid_of(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct pid *pid;
	struct upid last = {};
	unsigned int level;

	if (!skep_config.ns_ino)
		return BPF_CORE_READ(task, tgid);
	pid = BPF_CORE_READ(leader, thread_pid);
	level = BPF_CORE_READ(pid, level);
	for (unsigned int i = 0; i < 8 && i <= level; i++) {
		bpf_core_read(&last, sizeof(last), &pid->numbers[i]);
		if (BPF_CORE_READ(last.ns, ns.inum) == skep_config.ns_ino)
			return last.nr;
	}
	return 0;
}

static __always_inline __u32 skep_ppid(void)
{
	return skep_pid_of(BPF_CORE_READ(skep_task(), real_parent));
}

/* Processes of the -- COMMAND tree, as seen from skep's pid namespace: a child is in when its parent is. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} skep_tree SEC(".maps");

SEC("?raw_tp/sched_process_fork")
int skep_tree_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *child = (void *)ctx->args[1];
	__u32 parent = skep_pid(), pid = skep_pid_of(child);
	__u8 in = 1;

	if (pid != parent && bpf_map_lookup_elem(&skep_tree, &parent))
		bpf_map_update_elem(&skep_tree, &pid, &in, BPF_ANY);
	return 0;
}

/* sched_process_free comes after the last program has seen the process exit. By then its pid is given
 * back and only the number in the initial namespace is left; elsewhere nobody is taken out. */
SEC("?raw_tp/sched_process_free")
int skep_tree_free(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	__u32 tgid = BPF_CORE_READ(task, tgid);

	if (!skep_config.ns_ino && BPF_CORE_READ(task, pid) == (pid_t)tgid)
		bpf_map_delete_elem(&skep_tree, &tgid);
	return 0;
}

/*
 * SKEP_PROCESS_END(); gives skep_process_ended(task), for programs on sched_process_exit: true for one
 * thread of a process, when all have exited. Two that exit at once on two CPUs both find no thread
 * left alive, so the first to say it is remembered.
 */
struct skep_ended {
	__u64 start_time;
	__u32 tgid, unused;
};

#define SKEP_PROCESS_END()                                                                    \
	struct {                                                                              \
		__uint(type, BPF_MAP_TYPE_LRU_HASH);                                          \
		__uint(max_entries, 1024);                                                    \
		__type(key, struct skep_ended);                                               \
		__type(value, __u8);                                                          \
	} skep_ended SEC(".maps");                                                            \
	static __always_inline bool skep_process_ended(struct task_struct *task)              \
	{                                                                                     \
		struct skep_ended key = {.tgid = BPF_CORE_READ(task, tgid)};                  \
		__u8 one = 1;                                                                 \
                                                                                              \
		if (BPF_CORE_READ(task, signal, live.counter))                                \
			return false;                                                         \
		key.start_time = BPF_CORE_READ(task, group_leader, start_time);               \
		return bpf_map_update_elem(&skep_ended, &key, &one, BPF_NOEXIST) == 0;        \
	}                                                                                     \
	struct skep_ended_ /* so that the macro ends with a semicolon */

/* ---- 5 filters ----------------------------------------------------------------------------------- */

/* Is the wanted text anywhere in the command's name? */
static __always_inline bool skep_comm_matches(const char *comm)
{
	for (int at = 0; at < 16; at++) {
		bool same = true;

		for (int i = 0; i < 16 && same; i++) {
			if (i >= skep_config.comm_len)
				return true;
			same = at + i < 16 && comm[at + i] == skep_config.comm[i];
		}
	}
	return false;
}

static __always_inline bool skep_filter_comm(void)
{
	char comm[16];

	bpf_get_current_comm(comm, sizeof(comm));
	return skep_comm_matches(comm);
}

/* true: the current task is one the user asked for. Costs nothing for filters not given: the
 * configuration is constant when the program is loaded, and the verifier removes dead branches. */
static __always_inline bool skep_filter(void)
{
	__u64 id = skep_pid_tid();
	__u32 pid = id >> 32;

	if (pid == skep_config.self)
		return false;
	if (skep_config.pid && pid != skep_config.pid)
		return false;
	if (skep_config.tid && (__u32)id != skep_config.tid)
		return false;
	if (skep_config.has_uid && skep_uid() != skep_config.uid)
		return false;
	if (skep_config.tree && !bpf_map_lookup_elem(&skep_tree, &pid))
		return false;
	if (skep_config.cgroup &&
	    bpf_get_current_ancestor_cgroup_id(skep_config.cgroup_level) != skep_config.cgroup)
		return false;
	if (skep_config.mntns && BPF_CORE_READ(skep_task(), nsproxy, mnt_ns, ns.inum) != skep_config.mntns)
		return false;
	if (skep_config.pidns) {
		struct pid *p = BPF_CORE_READ(skep_task(), thread_pid);
		unsigned int level = BPF_CORE_READ(p, level);
		struct upid u = {};

		bpf_core_read(&u, sizeof(u), &p->numbers[level & 31]);
		if (BPF_CORE_READ(u.ns, ns.inum) != skep_config.pidns)
			return false;
	}
	return !skep_config.comm_len || skep_filter_comm();
}

/* Did the user ask for some tasks only? For events that come when an unrelated task is running. */
static __always_inline bool skep_is_filtered(void)
{
	return skep_config.pid || skep_config.tid || skep_config.has_uid || skep_config.tree || skep_config.cgroup ||
	       skep_config.mntns || skep_config.pidns || skep_config.comm_len;
}

/* ---- 6 records ------------------------------------------------------------------------------------ */

/*
 * A record is put together in one of two scratch places a CPU (programs that may sleep or be
 * interrupted can overlap) and copied into the ring as long as it really is: a 20-byte path costs 20
 * bytes. The account stands beside the scratch place: produced = delivered + lost, always.
 */
#define SKEP_BYTES 8192u   /* of a record: what can be begun to be added within */
#define SKEP_ADD_MAX 4096u /* of one addition */

/*
 * Walking up from a directory to the task's root, over dentries and mounts. The state lies here and
 * not on the stack: there the verifier would follow every value it can take, step by step.
 */
#define SKEP_PATH_DEPTH 32 /* components of a directory that are shown; of deeper ones the last */
struct skep_walk {
	struct mount *mnt;
	struct dentry *dentry, *root;
	struct vfsmount *root_vfs;
	struct dentry *names[SKEP_PATH_DEPTH]; /* leaf first */
	__u32 n;
};

struct skep_scratch {
	__u64 produced, lost;  /* of this place: whoever has it counts */
	__u64 unplaced;        /* rows for which both places were taken: produced and lost */
	__u32 busy;
	__u32 len;
	struct skep_walk walk;
	__u8 data[SKEP_BYTES + SKEP_ADD_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct skep_scratch);
} skep_scratch SEC(".maps");

#define skep_of_(record) \
	((struct skep_scratch *)((void *)(record) - __builtin_offsetof(struct skep_scratch, data)))

static __always_inline void *skep_begin_(__u32 size)
{
	__u32 slot = 0;
	struct skep_scratch *s = bpf_map_lookup_elem(&skep_scratch, &slot), *first = s;

	if (skep_control.stop || !s)
		return NULL;
	if (__sync_val_compare_and_swap(&s->busy, 0, 1)) {
		slot = 1;
		s = bpf_map_lookup_elem(&skep_scratch, &slot);
		if (!s)
			return NULL;
		if (__sync_val_compare_and_swap(&s->busy, 0, 1)) {
			__sync_fetch_and_add(&first->unplaced, 1);
			return NULL;
		}
	}
	s->len = size;
	return s->data;
}

/* A zeroed record of this type, or NULL when there is nothing to do. */
#define skep_begin(type)                                    \
	({                                                  \
		type *record_ = skep_begin_(sizeof(type));  \
		if (record_)                                \
			__builtin_memset(record_, 0, sizeof(type)); \
		record_;                                    \
	})

/* Gives the record up. */
static __always_inline void skep_drop(void *record)
{
	struct skep_scratch *s = skep_of_(record);

	s->busy = 0;
}

/*
 * Sends the record. No wake-up a record (one costs microseconds): skep looks every millisecond when
 * there is much to do, and asks to be woken only while it sleeps longer.
 */
static __always_inline void skep_send_(void *ring, void *record)
{
	struct skep_scratch *s = skep_of_(record);
	__u32 len = s->len;
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (len > sizeof(s->data))
		len = sizeof(s->data);
	if (skep_control.sleeping && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >= skep_control.wake_at) {
		skep_control.sleeping = 0;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	if (bpf_ringbuf_output(ring, record, len, flags))
		s->lost++;
	s->produced++;
	s->busy = 0;
}
#define skep_send(ring, record) skep_send_(ring, record)

/* ---- 7 text: added behind the record --------------------------------------------------------------- */

static __always_inline __u32 skep_str_make_(__u32 at, __u32 len, bool cut)
{
	return at | len << 16 | (__u32)cut << 31;
}

/* Text at a user address. */
static __always_inline void skep_add_user_str(void *record, skep_str_t *field, const void *from)
{
	struct skep_scratch *s = skep_of_(record);
	__u32 at = s->len;
	long n;

	if (at > SKEP_BYTES)
		return;
	n = bpf_probe_read_user_str(s->data + at, SKEP_ADD_MAX, from);
	if (n <= 0)
		return;
	s->len = at + n - 1;
	*field = skep_str_make_(at, n - 1, n == SKEP_ADD_MAX);
}

/* Text at a kernel address. */
static __always_inline void skep_add_str(void *record, skep_str_t *field, const void *from)
{
	struct skep_scratch *s = skep_of_(record);
	__u32 at = s->len;
	long n;

	if (at > SKEP_BYTES)
		return;
	n = bpf_probe_read_kernel_str(s->data + at, SKEP_ADD_MAX, from);
	if (n <= 0)
		return;
	s->len = at + n - 1;
	*field = skep_str_make_(at, n - 1, n == SKEP_ADD_MAX);
}

/* `size` bytes at a user address, words with NUL between them (mm->arg_start …): up to 8 KiB. */
static __always_inline void skep_add_user_words(void *record, skep_argv_t *field, const void *from,
						__u64 size)
{
	struct skep_scratch *s = skep_of_(record);
	__u32 start = s->len;

	for (int i = 0; i < 2 && size; i++) {
		__u32 at = s->len, n = size > SKEP_ADD_MAX ? SKEP_ADD_MAX : size;

		if (at > SKEP_BYTES || bpf_probe_read_user(s->data + at, n, from))
			break;
		s->len = at + n;
		from += n;
		size -= n;
	}
	*field = skep_str_make_(start, (s->len - start) & 0x7fff, size > 0);
}

/* argv as execve(2) takes it: an array of user pointers, up to `max` of them. A word that is not in
 * memory now stands there empty, and the list is marked as cut. */
static __always_inline void skep_add_user_argv(void *record, skep_argv_t *field, const void *argv,
					       int max)
{
	struct skep_scratch *s = skep_of_(record);
	__u32 start = s->len;
	bool cut = false;

	for (int i = 0; i < max; i++) {
		const void *arg = NULL;
		__u32 at = s->len;
		long n;

		if (bpf_probe_read_user(&arg, sizeof(arg), argv + i * sizeof(arg)) || !arg)
			goto done;
		if (at > SKEP_BYTES)
			break;
		n = bpf_probe_read_user_str(s->data + at, SKEP_ADD_MAX, arg);
		if (n <= 0) {
			s->data[at] = '\0';
			n = 1;
			cut = true;
		}
		s->len = at + n;
	}
	cut = true;
done:
	*field = skep_str_make_(start, (s->len - start) & 0x7fff, cut);
}

/* ---- 8 paths --------------------------------------------------------------------------------------- */

#define SKEP_AT_FDCWD (-100)

static long skep_walk_step_(__u32 i, struct skep_scratch **ctx)
{
	struct skep_walk *w = &(*ctx)->walk;
	struct mount *mnt = w->mnt;
	struct dentry *dentry = w->dentry, *parent;

	if (dentry == w->root && (void *)mnt + bpf_core_field_offset(struct mount, mnt) == (void *)w->root_vfs)
		return 1;
	if (dentry == BPF_CORE_READ(mnt, mnt.mnt_root)) {
		struct mount *up = BPF_CORE_READ(mnt, mnt_parent);

		if (up == mnt)
			return 1;
		w->dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
		w->mnt = up;
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (!parent || parent == dentry)
		return 1;
	w->names[w->n % SKEP_PATH_DEPTH] = dentry;
	w->n++;
	w->dentry = parent;
	return w->n == SKEP_PATH_DEPTH;
}

/* One name of the path, with '/' before it. */
static long skep_walk_name_(__u32 i, struct skep_scratch **ctx)
{
	struct skep_scratch *s = *ctx;
	struct dentry *dentry;
	__u32 at = s->len;
	long n;

	if (!s->walk.n || at > SKEP_BYTES)
		return 1;
	s->walk.n--;
	dentry = s->walk.names[s->walk.n % SKEP_PATH_DEPTH];
	s->data[at] = '/';
	n = bpf_probe_read_kernel_str(s->data + at + 1, 256, BPF_CORE_READ(dentry, d_name.name));
	if (n > 0)
		s->len = at + n;
	return 0;
}

/* The directory's path as seen from the task's root. Returns true when it was too deep to be shown
 * whole: its upper part is missing. bpf_loop (Linux 5.17): the verifier looks at a step once. */
static __noinline bool skep_add_dir_(struct skep_scratch *s, struct vfsmount *vfs, struct dentry *d)
{
	struct fs_struct *fs = BPF_CORE_READ(skep_task(), fs);
	struct skep_walk *w = &s->walk;
	bool cut;

	w->mnt = (void *)vfs - bpf_core_field_offset(struct mount, mnt);
	w->dentry = d;
	w->root = BPF_CORE_READ(fs, root.dentry);
	w->root_vfs = BPF_CORE_READ(fs, root.mnt);
	w->n = 0;
	bpf_loop(SKEP_PATH_DEPTH * 2, skep_walk_step_, &s, 0);
	cut = w->n == SKEP_PATH_DEPTH;
	bpf_loop(SKEP_PATH_DEPTH, skep_walk_name_, &s, 0);
	return cut;
}

/* The directory that dirfd names for the current task. Returns false when it names none; *cut says that
 * the upper part is missing. */
static __always_inline bool skep_add_dirfd_(struct skep_scratch *s, int dirfd, bool *cut)
{
	struct task_struct *task = skep_task();
	struct path dir = {};

	if (dirfd == SKEP_AT_FDCWD) {
		struct fs_struct *fs = BPF_CORE_READ(task, fs);

		dir.mnt = BPF_CORE_READ(fs, pwd.mnt);
		dir.dentry = BPF_CORE_READ(fs, pwd.dentry);
	} else if (dirfd >= 0) {
		struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
		struct file **fds = BPF_CORE_READ(fdt, fd), *file = NULL;

		if ((unsigned int)dirfd >= BPF_CORE_READ(fdt, max_fds))
			return false;
		bpf_probe_read_kernel(&file, sizeof(file), fds + dirfd);
		dir.mnt = BPF_CORE_READ(file, f_path.mnt);
		dir.dentry = BPF_CORE_READ(file, f_path.dentry);
	}
	if (!dir.dentry)
		return false;
	*cut = skep_add_dir_(s, dir.mnt, dir.dentry);
	return true;
}

/* A path as a system call took it; a relative one with the directory it is relative to. */
static __always_inline void skep_add_path_(void *record, skep_str_t *field, int dirfd, const void *from,
					   bool user)
{
	struct skep_scratch *s = skep_of_(record);
	__u32 start = s->len, at;
	bool cut = false;

	if (user)
		skep_add_user_str(record, field, from);
	else
		skep_add_str(record, field, from);
	if (start > SKEP_BYTES || s->len == start || s->data[start] == '/')
		return;
	at = s->len;
	s->len = start;
	if (!skep_add_dirfd_(s, dirfd, &cut)) { /* relative to nothing: as it was given */
		s->len = at;
		return;
	}
	at = s->len;
	barrier_var(at); /* or the compiler reads it again after the test, which the verifier cannot follow */
	if (at <= SKEP_BYTES) {
		s->data[at] = '/';
		s->len = at + 1;
	}
	if (user)
		skep_add_user_str(record, field, from);
	else
		skep_add_str(record, field, from);
	*field = skep_str_make_(start, (s->len - start) & 0x7fff, cut || *field >> 31);
}
#define skep_add_user_path(record, field, dirfd, from) skep_add_path_(record, field, dirfd, from, true)
#define skep_add_path(record, field, dirfd, from) skep_add_path_(record, field, dirfd, from, false)

/* ---- 9 tables and histograms ------------------------------------------------------------------------ */

/* A histogram for each key: `SKEP_HIST(latency, struct key, 1024, "Latency", "ns");` and, in a
 * program, `skep_hist_add(&latency, &key, value);` */
struct skep_hist {
	skep_slots_t slots;
};

#define SKEP_HIST(name, key_type, max, title, unit_text)     \
	struct {                                             \
		__uint(type, BPF_MAP_TYPE_HASH);             \
		__uint(max_entries, max);                    \
		__uint(map_flags, BPF_F_NO_PREALLOC);        \
		__type(key, key_type);                       \
		__type(value, struct skep_hist);             \
	} name SEC(".maps") SKEP_TABLE(title) SKEP_TAG("unit=" unit_text)

static const struct skep_hist skep_hist_zero;

/* floor(log2(v)), 0 for 0. */
static __always_inline __u32 skep_log2(__u64 v)
{
	__u32 r = 0;

#pragma unroll
	for (int shift = 32; shift > 0; shift >>= 1)
		if (v >> shift) {
			v >>= shift;
			r += shift;
		}
	return r;
}

#define skep_hist_add(map, key, v)                                                       \
	({                                                                               \
		struct skep_hist *hist_ = bpf_map_lookup_elem(map, key);                 \
		if (!hist_) {                                                            \
			bpf_map_update_elem(map, key, &skep_hist_zero, BPF_NOEXIST);     \
			hist_ = bpf_map_lookup_elem(map, key);                           \
		}                                                                        \
		if (hist_)                                                               \
			__sync_fetch_and_add(&hist_->slots[skep_log2(v) & 63], 1);       \
	})

/* ---- 10 system calls, from one raw tracepoint -------------------------------------------------------- */

/*
 * A program on tp_btf/sys_exit sees number, arguments and result together: the registers still hold
 * the arguments. So no map is needed to carry them from entry to exit, and memory that was not yet
 * read in at entry is there. It is called for every system call: test skep_syscall_nr() first.
 *
 *	SEC("tp_btf/sys_exit")
 *	int BPF_PROG(returned, struct pt_regs *regs, long ret)
 *
 * regs is typed, so its members are read without a helper call.
 */
#if defined(__TARGET_ARCH_x86)
#define SKEP_NR_open 2
#define SKEP_NR_execve 59
#define SKEP_NR_kill 62
#define SKEP_NR_creat 85
#define SKEP_NR_unlink 87
#define SKEP_NR_rt_sigqueueinfo 129
#define SKEP_NR_tkill 200
#define SKEP_NR_tgkill 234
#define SKEP_NR_openat 257
#define SKEP_NR_unlinkat 263
#define SKEP_NR_rt_tgsigqueueinfo 297
#define SKEP_NR_execveat 322
#define SKEP_NR_pidfd_send_signal 424
#define SKEP_NR_openat2 437
#define skep_syscall_nr(regs) ((int)(regs)->orig_ax)
#define skep_syscall_arg1(regs) ((regs)->di)
#define skep_syscall_arg2(regs) ((regs)->si)
#define skep_syscall_arg3(regs) ((regs)->dx)
#define skep_syscall_arg4(regs) ((regs)->r10)
#define SKEP_COMPAT_ (bpf_get_current_task_btf()->thread_info.status & 2) /* TS_COMPAT */
#elif defined(__TARGET_ARCH_arm64)
#define SKEP_NR_open -1
#define SKEP_NR_creat -1
#define SKEP_NR_unlink -1
#define SKEP_NR_unlinkat 35
#define SKEP_NR_openat 56
#define SKEP_NR_kill 129
#define SKEP_NR_tkill 130
#define SKEP_NR_tgkill 131
#define SKEP_NR_rt_sigqueueinfo 138
#define SKEP_NR_execve 221
#define SKEP_NR_rt_tgsigqueueinfo 240
#define SKEP_NR_execveat 281
#define SKEP_NR_pidfd_send_signal 424
#define SKEP_NR_openat2 437
#define skep_syscall_nr(regs) ((regs)->syscallno)
#define skep_syscall_arg1(regs) ((regs)->orig_x0)
#define skep_syscall_arg2(regs) ((regs)->regs[1])
#define skep_syscall_arg3(regs) ((regs)->regs[2])
#define skep_syscall_arg4(regs) ((regs)->regs[3])
#define SKEP_COMPAT_ (bpf_get_current_task_btf()->thread_info.flags & (1ul << 22)) /* TIF_32BIT */
#endif

/* A 32-bit program on a 64-bit kernel: its numbers mean other system calls. */
static __always_inline bool skep_is_compat(void)
{
	return SKEP_COMPAT_;
}

#endif
