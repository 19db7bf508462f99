/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The session: configure → load → attach → poll → present → detach.
 *
 * Nothing wakes us for a record: when there is much to do we look every millisecond, when there is
 * nothing the pauses grow to 20 ms, and a program may wake us when its ring fills meanwhile. At the
 * end programs are told to make no more rows, the rings are emptied and the last output written before
 * anything is detached: detaching can take long, and the account comes out even: produced = delivered
 * + lost.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "run/session.h"

#define PAUSE_BUSY_MS 1
#define PAUSE_IDLE_MS 20
#define PERF_BUFFER_BYTES (256u << 10) /* a CPU */

/* As in skep.bpf.h. */
struct control {
	uint32_t stop, sleeping, wake_at;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	if (interrupted++)
		out_give_up = 1;
}

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- configure -------------------------------------------------------------------------------------------- */

static size_t ring_size(uint64_t bytes)
{
	size_t size = sysconf(_SC_PAGESIZE);

	while (size < bytes)
		size *= 2;
	return size;
}

static void configure(struct object *obj, void *ctx)
{
	struct session *s = ctx;
	struct bpf_map *tree = bpf_object__find_map_by_name(obj->bpf, "skep_tree");

	if (obj->has_contract)
		filter_configure(&s->filter, obj);
	if (tree && s->filter.tree)
		bpf_map__set_autocreate(tree, true);
	for (size_t i = 0; i < obj->nprogs; i++)
		if (obj->progs[i].internal)
			bpf_program__set_autoload(obj->progs[i].prog, s->filter.tree);
	for (size_t i = 0; s->req->buffer && i < obj->nstreams; i++)
		if (!obj->streams[i].is_perf)
			bpf_map__set_max_entries(obj->streams[i].map, ring_size(s->req->buffer));
}

/* ---- streams ------------------------------------------------------------------------------------------------ */

/* false after a message: --columns names what is not there. */
static bool declare_rows(struct session *s, struct shape *shape, const char *name, const struct val_plan *plan)
{
	shape->out = out_stream(s->out, name, plan);
	if (!shape->out)
		return false;
	row_filter_init(&shape->filter, &s->filter, plan,
			s->tree.obj ? bpf_map__fd(bpf_object__find_map_by_name(s->tree.obj->bpf, "skep_tree")) : -1);
	return true;
}

static struct shape *declare_output(struct session *s, struct source *src, const struct val_plan *plan)
{
	struct shape shape = {0};

	if (!declare_rows(s, &shape, src->stream->name, plan))
		return NULL;
	*vec_push(src->shapes, src->nshapes) = shape;
	return &src->shapes[src->nshapes - 1];
}

/* The type of records nobody named, from their length. */
static struct shape *learn_type(struct session *s, struct source *src, size_t len)
{
	const struct val_plan *plan = object_stream_guess(s->unit.obj, src->stream, len);
	struct shape *shape = declare_output(s, src, plan);

	if (plan)
		note("%s: rows of %zu bytes are %s: the one struct of this size", src->stream->name, len, plan->type_name);
	else if (!src->told)
		warn("%s: the type of its records is unknown, so they are shown as bytes; name it: "
		     "add `__type(value, struct NAME)` to the map%s", src->stream->name,
		     s->src->from_c ? ", or write `/// @type NAME` above it" : "");
	if (shape && !s->unit.obj->has_contract && !src->told)
		row_filter_warn(&shape->filter, src->stream->name);
	src->told |= !plan;
	if (shape)
		shape->len = len;
	return shape;
}

static struct shape *shape_of(struct session *s, struct source *src, size_t len)
{
	/* A record shorter than its struct is something else. */
	if (src->stream->plan && len >= src->stream->plan->size)
		return &src->shapes[0];
	for (size_t i = src->stream->plan != NULL; i < src->nshapes; i++)
		if (src->shapes[i].len == len)
			return &src->shapes[i];
	return learn_type(s, src, len);
}

static bool on_record(void *ctx, const void *rec, size_t len)
{
	struct source *src = ctx;
	struct session *s = src->session;
	struct shape *shape = shape_of(s, src, len);

	if (!shape) { /* said */
		s->failed = s->done = s->cut_short = true;
		return false;
	}
	if (!s->unit.obj->has_contract && !row_filter_pass(&shape->filter, rec, len))
		return true;
	src->seen++;
	s->rows++;
	if (out_row(shape->out, rec, len))
		s->done = true;
	if (s->req->count && s->rows >= s->req->count)
		s->done = s->cut_short = true;
	/* With an output that is gone the rest is only counted. */
	return !s->cut_short;
}

static int open_source(struct session *s, struct object_stream *stream)
{
	struct source *src = &s->sources[s->nsources];
	int err;

	*src = (struct source){.session = s, .stream = stream};
	if (stream->is_perf)
		err = perfbuf_open(stream->map, s->req->buffer ? s->req->buffer : PERF_BUFFER_BYTES, &src->perf);
	else
		err = ring_open(stream->map, &src->ring);
	if (err)
		return fail(-err, "%s: cannot be read: %s", stream->name, strerror(-err));
	s->nsources++;
	note("%s: %s", stream->name, stream->how ? stream->how : "type to be learnt from the first record");
	if (!stream->plan)
		return 0;
	if (!declare_output(s, src, stream->plan))
		return -EINVAL;
	if (!s->unit.obj->has_contract)
		row_filter_warn(&src->shapes[0].filter, stream->name);
	return 0;
}

static int open_sources(struct session *s)
{
	struct object *obj = s->unit.obj;
	int err = 0;

	s->sources = xalloc((obj->nstreams + 1) * sizeof(*s->sources));
	for (size_t i = 0; i < obj->nstreams && !err; i++)
		err = open_source(s, &obj->streams[i]);
	s->tables = xalloc((obj->ntables + 1) * sizeof(*s->tables));
	for (size_t i = 0; i < obj->ntables && !err; i++) {
		if (!declare_rows(s, &s->tables[i], obj->tables[i].name, obj->tables[i].plan))
			err = -EINVAL;
		else if (!obj->has_contract)
			row_filter_warn(&s->tables[i].filter, obj->tables[i].name);
		if (!s->req->interval_ns && obj->tables[i].interval_ns)
			s->interval = obj->tables[i].interval_ns;
	}
	return err;
}

/* ---- the poll loop --------------------------------------------------------------------------------------------- */

static size_t drain(struct session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nsources && !s->cut_short; i++) {
		struct source *src = &s->sources[i];

		n += src->ring ? ring_drain(src->ring, on_record, src) : perfbuf_drain(src->perf, on_record, src);
	}
	if (s->printk)
		n += printk_drain(s->printk, s->out);
	return n;
}

static void show_tables(struct session *s, bool last)
{
	struct object *obj = s->unit.obj;

	for (size_t i = 0; i < obj->ntables; i++) {
		bool clear = !last && !s->req->cumulative && obj->tables[i].clear;

		if (tables_show(obj, &obj->tables[i], s->out, s->tables[i].out,
				obj->has_contract ? NULL : &s->tables[i].filter, s->req->count, clear))
			s->done = true;
	}
}

static void pause_idle(struct session *s, int ms)
{
	struct pollfd fds[16];
	nfds_t n = 0;

	for (size_t i = 0; i < s->nsources && n < ARRAY_SIZE(fds); i++)
		if (s->sources[i].ring)
			fds[n++] = (struct pollfd){bpf_map__fd(s->sources[i].stream->map), POLLIN, 0};
	if (s->control)
		__atomic_store_n(&s->control->sleeping, 1, __ATOMIC_SEQ_CST);
	poll(fds, n, ms);
	if (s->control)
		__atomic_store_n(&s->control->sleeping, 0, __ATOMIC_RELAXED);
}

/* Sleeps: a millisecond after work was found, longer and longer while there is none. */
static void rest(struct session *s, size_t found, uint64_t next)
{
	uint64_t now = out_now(), left = next > now ? (next - now) / 1000000 + 1 : 0;

	s->pause = found ? PAUSE_BUSY_MS : s->pause * 2 > PAUSE_IDLE_MS ? PAUSE_IDLE_MS : s->pause * 2;
	if (next && left < (uint64_t)s->pause)
		s->pause = left;
	if (s->pause > PAUSE_BUSY_MS)
		pause_idle(s, s->pause);
	else if (s->pause)
		usleep(s->pause * 1000);
	else
		s->pause = PAUSE_BUSY_MS;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return !a ? b : !b ? a : a < b ? a : b;
}

/* Events are lost when their reader is not let run, not when it is slow: it needs little, but soon. */
static void run_soon(void)
{
	setpriority(PRIO_PROCESS, 0, -10);
}

static void poll_loop(struct session *s)
{
	uint64_t start = out_now(), end = 0;
	uint64_t next = s->interval ? start + s->interval : 0;

	if (s->req->duration_ns && __builtin_add_overflow(start, s->req->duration_ns, &end))
		end = 0; /* five centuries: for ever */
	run_soon();
	s->pause = PAUSE_BUSY_MS;
	while (!s->done && !interrupted) {
		size_t found = drain(s);
		uint64_t now = out_now();

		if (next && now >= next) {
			show_tables(s, false);
			next += s->interval * ((now - next) / s->interval + 1);
		}
		if (out_flush(s->out))
			s->done = true;
		if ((end && now >= end) || child_ended(&s->child))
			break;
		if (!s->done)
			rest(s, found, earlier(next, end));
	}
}

/* Iterators are read once, from beginning to end; their text is what they print. */
static bool read_iterators(struct session *s)
{
	bool any = false;

	for (size_t i = 0; i < s->unit.nlinks; i++) {
		int fd = kern_link_reads(s->unit.links[i]);
		struct buf text = {0};
		ssize_t n;

		if (fd < 0)
			continue;
		any = true;
		do {
			buf_reserve(&text, 65536);
			n = read(fd, text.p + text.len, 65536);
			text.len += n > 0 ? n : 0;
		} while (n > 0 || (n < 0 && errno == EAGAIN));
		for (size_t at = 0; at < text.len; ) {
			const char *nl = memchr(text.p + at, '\n', text.len - at);
			size_t len = nl ? (size_t)(nl - text.p - at) : text.len - at;

			out_text(s->out, 0, text.p + at, len);
			at += len + 1;
		}
		buf_free(&text);
	}
	return any;
}

/* ---- the end ------------------------------------------------------------------------------------------------------ */

/* Makes no more rows, then takes what is there. A program that had begun finishes within microseconds. */
static void drain_last(struct session *s)
{
	struct account a;

	if (s->control)
		__atomic_store_n(&s->control->stop, 1, __ATOMIC_SEQ_CST);
	for (int tries = 0; tries < 50 && !s->cut_short; tries++) {
		uint64_t seen = 0;

		drain(s);
		for (size_t i = 0; i < s->nsources; i++)
			seen += s->sources[i].seen;
		if (!s->control || !account_read(s->unit.obj, &a) || a.produced == seen + a.lost)
			return;
		usleep(200);
	}
}

static void tell_losses(struct session *s)
{
	struct out_loss *losses = xalloc((s->nsources + 1) * sizeof(*losses));
	uint64_t written, dropped;
	struct account a = {0};
	bool known = s->unit.obj->has_contract && account_read(s->unit.obj, &a) && !s->cut_short;

	out_stats(s->out, &written, &dropped);
	for (size_t i = 0; i < s->nsources; i++) {
		struct source *src = &s->sources[i];
		struct out_loss *l = &losses[i];

		l->stream = src->stream->name;
		l->lost_known = src->perf || s->unit.obj->has_contract;
		l->lost = src->perf ? perfbuf_lost(src->perf) : 0;
		l->delivered = src->seen - (dropped < src->seen ? dropped : src->seen);
		l->lost += src->seen - l->delivered;
		dropped -= src->seen - l->delivered;
		if (i == 0 && !src->perf) { /* the account is of the object: its first ring */
			l->lost += a.lost;
			l->produced = a.produced;
			l->produced_known = known && s->nsources == 1;
		}
	}
	out_losses(s->out, losses, s->nsources);
	free(losses);
}

/* A reader that wants no more (head, less) is no failure. */
static int finish(struct session *s)
{
	int err;

	drain_last(s);
	if (s->unit.obj->ntables)
		show_tables(s, true);
	err = out_flush(s->out);
	if (s->nsources)
		tell_losses(s);
	if (!err)
		err = out_flush(s->out);
	return err == -EPIPE || err == -EINTR ? 0 : err ? err : s->failed ? -EINVAL : 0;
}

/* ---- begin ---------------------------------------------------------------------------------------------------------- */

static void configure_tree(struct object *obj, void *ctx)
{
	configure(obj, ctx);
	/* Rows are compared when they arrive, perhaps after their process ended: nobody is taken out. */
	for (size_t i = 0; i < obj->nprogs; i++)
		bpf_program__set_autoload(obj->progs[i].prog, strcmp(obj->progs[i].name, "skep_tree_fork") == 0);
}

/* For programs that do not follow the command's children themselves. */
static int load_tree(struct session *s)
{
	static const struct kern_target none;
	const struct configure conf = {configure_tree, s};
	struct object *obj;
	int err = unit_part("tree", &s->tree_src);

	if (!err)
		err = object_open(&s->tree_src, &obj);
	if (!err)
		err = unit_load(&s->tree, &s->tree_src, obj, &none, &conf);
	return err ? err : unit_attach(&s->tree, &none);
}

static int put_child_in_tree(struct session *s)
{
	const struct unit *units[] = {&s->unit, &s->tree, s->printk ? printk_unit(s->printk) : NULL};
	uint32_t pid = s->child.pid;
	uint8_t in = 1;
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(units) && !err; i++) {
		struct bpf_map *tree = units[i] && units[i]->obj ?
			bpf_object__find_map_by_name(units[i]->obj->bpf, "skep_tree") : NULL;

		if (tree && bpf_map__fd(tree) >= 0)
			err = bpf_map_update_elem(bpf_map__fd(tree), &pid, &in, BPF_ANY);
	}
	return err ? fail(errno, "cannot follow %s: %s", s->req->command[0], strerror(errno)) : 0;
}

static int load(struct session *s, struct object *obj)
{
	const struct configure conf = {configure, s};
	int err = unit_load(&s->unit, s->src, obj, &s->req->target, &conf);

	if (err)
		return err;
	s->control = object_var_address(s->unit.obj, "skep_control", sizeof(*s->control));
	for (size_t i = 0; s->control && i < s->unit.obj->nstreams; i++) {
		uint32_t quarter = bpf_map__max_entries(s->unit.obj->streams[i].map) / 4;

		if (!s->control->wake_at || quarter < s->control->wake_at)
			s->control->wake_at = quarter;
	}
	return 0;
}

static int open_output(struct session *s)
{
	s->req->out.tag_rows = s->unit.obj->nstreams > 1;
	s->req->out.ctx = s->unit.obj;
	return out_open(&s->req->out, &s->out);
}

/* A program that would show nothing at all shows its bpf_printk lines, or its maps. */
static int find_something_to_show(struct session *s)
{
	struct object *obj = s->unit.obj;

	if (obj->nstreams || obj->ntables)
		return 0;
	if (printk_used(obj)) {
		const struct configure conf = {configure, s};

		return printk_open(&s->unit, &conf, &s->printk);
	}
	object_tables_all(obj);
	return 0;
}

/* Samples and user probes can be of one process. Samples follow a command's children, probes do not. */
static void take_pid(struct session *s, const struct object *obj)
{
	bool samples = obj->nprogs > 0;

	for (size_t i = 0; i < obj->nprogs; i++)
		samples &= str_starts(obj->progs[i].sec, "perf_event");
	s->req->target.pid = s->req->pid ? s->req->pid : samples ? s->child.pid : 0;
}

/* Where programs of a cgroup are attached is no filter of their rows. */
static void drop_cgroup_filter(struct session *s, const struct object *obj)
{
	for (size_t i = 0; i < obj->nprogs && !obj->has_contract; i++) {
		const struct kern_attach_kind *kind = kern_attach_find(obj->progs[i].sec);

		if (kind && kind->needs && strcmp(kind->needs, "cgroup") == 0)
			s->filter.cgroup = 0;
	}
}

static int begin(struct session *s, struct object *obj)
{
	int err = filter_read(s->req, &s->filter);

	if (!err && s->req->command)
		err = child_start(s->req->command, &s->child);
	if (err) {
		object_close(obj);
		return err;
	}
	take_pid(s, obj);
	drop_cgroup_filter(s, obj);
	err = load(s, obj);
	if (!err)
		err = find_something_to_show(s);
	if (!err)
		err = open_output(s);
	if (!err && s->filter.tree && !s->unit.obj->has_contract && s->unit.obj->nstreams + s->unit.obj->ntables)
		err = load_tree(s);
	if (!err)
		err = open_sources(s);
	if (!err && s->child.pid)
		err = put_child_in_tree(s);
	if (!err && !s->req->dry_run)
		err = unit_attach(&s->unit, &s->req->target);
	return err;
}

/* People see at once that it runs, and what the columns are. */
static void show_ready(struct session *s)
{
	if (s->nsources == 1 && s->sources[0].stream->plan)
		out_header(s->sources[0].shapes[0].out);
	else if (isatty(STDERR_FILENO) && !s->child.pid)
		fprintf(stderr, "%s: running; Ctrl-C ends\n", s->src->name);
	out_flush(s->out);
}

static void session_close(struct session *s)
{
	unit_detach(&s->unit);
	child_stop(&s->child);
	for (size_t i = 0; i < s->nsources; i++) {
		ring_close(s->sources[i].ring);
		perfbuf_close(s->sources[i].perf);
		free(s->sources[i].shapes);
	}
	printk_close(s->printk);
	unit_close(&s->tree);
	object_source_free(&s->tree_src);
	if (s->out)
		out_close(s->out);
	unit_close(&s->unit);
	free(s->sources);
	free(s->tables);
}

static int watch(struct session *s)
{
	int err = out_begin(s->out), ended;

	if (err)
		return err;
	show_ready(s);
	if (s->child.pid)
		err = child_go(&s->child, s->req->command[0]);
	if (!err && !read_iterators(s))
		poll_loop(s);
	ended = finish(s);
	return err ? err : ended;
}

int session_run(const struct object_source *src, struct object *obj, struct run_request *req)
{
	struct session s = {.src = src, .req = req, .interval = req->interval_ns};
	int err;

	catch_signals();
	err = begin(&s, obj);
	if (!err && req->dry_run)
		note("%s: loaded, and not attached (--dry-run)", src->name);
	else if (!err)
		err = watch(&s);
	session_close(&s);
	return err;
}
