/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared inside run/ only: the parts of a session. */
#ifndef SKEP_RUN_INT_H
#define SKEP_RUN_INT_H

#include "run/run.h"

struct bpf_program;
struct bpf_map;

/* ---- ring.c: our own consumer of BPF ring buffers ---------------------------------------------------- */

struct ring;

/* Maps the ring piece by piece as it fills, so an idle ring costs no memory here. -errno, silent. */
int ring_open(struct bpf_map *map, struct ring **ring);
/* Calls fn for every finished record until there is none or fn returns false. Returns how many. */
size_t ring_drain(struct ring *ring, bool (*fn)(void *ctx, const void *rec, size_t len), void *ctx);
/* Bytes not yet consumed. */
uint64_t ring_pending(const struct ring *ring);
void ring_close(struct ring *ring);

/* ---- perfbuf.c: perf event arrays --------------------------------------------------------------------- */

struct perfbuf;

/* bytes: room for each CPU. */
int perfbuf_open(struct bpf_map *map, size_t bytes, struct perfbuf **pb);
size_t perfbuf_drain(struct perfbuf *pb, bool (*fn)(void *ctx, const void *rec, size_t len), void *ctx);
uint64_t perfbuf_lost(const struct perfbuf *pb);
void perfbuf_close(struct perfbuf *pb);

/* ---- child.c: -- COMMAND -------------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int gate;    /* writing to it lets the command go */
	int report;  /* its errno comes here when it cannot be started */
	bool ended;
	int status;
};

int child_start(char **argv, struct child *child); /* held before exec */
int child_go(struct child *child, const char *name); /* -ECHILD after a message: could not be started */
bool child_ended(struct child *child);
void child_stop(struct child *child);

/* ---- choose.c: alternatives ------------------------------------------------------------------------------ */

/* Alternatives that were tried and failed. */
struct banned {
	char **names; /* "group\nchoice" */
	size_t n;
};

/* Decides autoload for every program. 0, or -ENOTSUP after a message. quiet: no message, `choice->why`. */
int choose_programs(struct object *obj, const struct kern_target *t, const struct banned *banned,
		    struct run_choice *choice, bool quiet);
bool choose_ban(const struct object *obj, const struct object_prog *p, struct banned *banned);
bool choose_is_banned(const struct banned *banned, const struct object_prog *p);
/* Is a bool option (by variable name) set? */
bool option_is_set(const struct object *obj, const char *var);

/* ---- refusal.c: why the kernel refused ------------------------------------------------------------------- */

/* The failed load of an object in a person's words, added to `text`; returns -errno. The program it
 * was in *which, NULL when it was none. */
int refusal_explain(const struct object *obj, int err, const struct object_prog **which, struct buf *text);

/* ---- unit.c: an object in the kernel ----------------------------------------------------------------------- */

struct unit {
	struct object *obj;
	struct kern_link **links;
	size_t nlinks;
};

/* open → configure → choose → load; alternatives that the kernel refuses are left for the next best. */
struct configure {
	void (*fn)(struct object *obj, void *ctx);
	void *ctx;
};
int unit_load(struct unit *unit, const struct object_source *src, struct object *opened,
	      const struct kern_target *t, const struct configure *configure);
int unit_attach(struct unit *unit, const struct kern_target *t);
void unit_detach(struct unit *unit);
void unit_close(struct unit *unit);
/* Parts of skep that are BPF objects themselves: "printk", "tree". */
int unit_part(const char *name, struct object_source *src);

/* ---- tables.c: maps that are shown --------------------------------------------------------------------------- */

struct row_filter;

/* filter: rows that pass it, NULL: all. */
int tables_show(struct object *obj, struct object_table *t, struct out *out, struct out_stream *stream,
		const struct row_filter *filter, uint64_t limit, bool clear);

/* ---- account.c ------------------------------------------------------------------------------------------------ */

struct account {
	uint64_t produced, lost;
};

/* Sums of skep_scratch over slots and CPUs. false: the object has no such map. */
bool account_read(const struct object *obj, struct account *a);

/* ---- filter.c ------------------------------------------------------------------------------------------------ */

/* struct skep_config of skep.bpf.h, member by member. */
struct filter {
	uint32_t pid, tid, self, uid, mntns, pidns;
	uint64_t cgroup;
	uint32_t cgroup_level, comm_len;
	char comm[16];
	uint64_t ns_dev, ns_ino;
	bool has_uid, tree;
};

int filter_read(const struct run_request *req, struct filter *f);
void filter_configure(const struct filter *f, struct object *obj);

/* The same for rows of programs that know nothing of skep. */
struct row_filter {
	const struct filter *f;
	const struct val_field *pid, *tid, *uid, *comm;
	int tree_fd; /* map of the -- COMMAND tree, -1: none */
};

void row_filter_init(struct row_filter *rf, const struct filter *f, const struct val_plan *plan, int tree_fd);
void row_filter_warn(const struct row_filter *rf, const char *name);
bool row_filter_pass(const struct row_filter *rf, const void *rec, size_t len);

/* ---- printk.c --------------------------------------------------------------------------------------------------- */

struct printk;

bool printk_used(const struct object *obj);
/* Lines of the traced unit's programs, filtered as `configure` says where they run in a task's context. */
int printk_open(const struct unit *traced, const struct configure *configure, struct printk **p);
const struct unit *printk_unit(const struct printk *p);
size_t printk_drain(struct printk *p, struct out *out);
void printk_close(struct printk *p);

#endif
