/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A running session; inside run/ only. */
#ifndef SKEP_RUN_SESSION_H
#define SKEP_RUN_SESSION_H

#include "run/run_int.h"

struct control;
struct session;

/* Records of one type: as rows. */
struct shape {
	size_t len; /* of the records whose type was learnt from their length; else 0 */
	struct out_stream *out;
	struct row_filter filter;
};

/* A stream being read. */
struct source {
	struct session *session;
	struct object_stream *stream;
	struct ring *ring;     /* one of the two */
	struct perfbuf *perf;
	struct shape *shapes;  /* one; more when lengths tell the type */
	size_t nshapes;
	uint64_t seen;         /* records taken from it that passed the filter */
	bool told;             /* that a type is unknown */
};

struct session {
	const struct object_source *src;
	struct run_request *req;
	struct filter filter;
	struct unit unit;
	struct unit tree;      /* follows -- COMMAND for programs that do not */
	struct object_source tree_src;
	struct control *control;
	struct child child;
	struct out *out;
	struct source *sources;
	size_t nsources;
	struct shape *tables;
	struct printk *printk;
	uint64_t interval, rows;
	int pause;             /* ms */
	bool failed;           /* after a message: to be told by the exit status */
	bool done, cut_short;  /* cut_short: -N reached, the rest was not wanted */
};

/* Takes the opened object. 0 or -errno after a message. */
int session_run(const struct object_source *src, struct object *obj, struct run_request *req);

#endif
