/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * run: an object's source and what the user asked → a session:
 * configure → load → attach → poll → present → detach.
 *
 * Owner: run_session() owns everything it opens and leaves nothing behind.
 * Failure: an exit status (enum base_exit) after one message.
 * Must not know: which front end made the object; formats.
 */
#ifndef SKEP_RUN_H
#define SKEP_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"
#include "kern/kern.h"
#include "object/object.h"
#include "out/out.h"

/* What the user asked, in the common vocabulary (options.def). */
struct run_request {
	/* filters, in the kernel */
	pid_t pid, tid;
	bool uid_given;
	uid_t uid;
	const char *comm, *cgroup, *mntns, *pidns;
	/* how long and how often */
	uint64_t duration_ns, interval_ns;
	uint64_t count;           /* -N: stop after so many rows */
	bool cumulative;
	/* output */
	struct out_options out;
	uint64_t buffer;          /* bytes of the ring, 0: as the author chose */
	/* targets */
	struct kern_target target;
	/* -- COMMAND… */
	char **command;
	bool dry_run;             /* load, do not attach */
};

/* The rows of the common options, for parsing and help; they write into `req`. run_common_free(). */
struct opt_group run_filter_options(struct run_request *req);
struct opt_group run_output_options(struct run_request *req);
struct opt_group run_target_options(struct run_request *req);
void run_common_free(struct opt_group *group);

/* argv[first…]: options of the object and the common ones, then "-- COMMAND…". An exit status. */
int run_object(const struct object_source *src, int argc, char **argv, int first);

/* The object's own options as rows of the option table; free with run_options_free(). */
struct opt_group run_object_options(struct object *obj);
void run_options_free(struct opt_group *group);
/* The help page of an object: brief, usage, options, columns, examples. */
void run_help(struct object *obj, struct buf *out);
/* The same without the options that every object has. */
void run_help_own(struct object *obj, struct buf *out);

/* Which alternatives would be attached here. For doctor: -errno and the reason when none can be. */
struct run_choice {
	char how[256];  /* "raw_tp sys_exit" … */
	char why[256];  /* when it cannot */
	bool fallback;  /* not the first choice of the author */
};
int run_choose(struct object *obj, const struct kern_target *t, struct run_choice *choice);

#endif
