/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The common vocabulary: the same option means the same in every tool, script and program. Rows of
 * the option table that write into struct run_request.
 */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/run_int.h"

#define AT(member) offsetof(struct run_request, member)

static void *field(const struct opt *o, void *ctx)
{
	return (char *)ctx + o->data;
}

static int bad(const struct opt *o, const char *value, const char *wanted)
{
	return fail(EINVAL, "--%s: '%s' is not %s", o->name, value, wanted);
}

static int set_pid(const struct opt *o, const char *value, void *ctx)
{
	uint64_t v;

	if (parse_u64(value, &v) || v == 0 || v > 4194304)
		return bad(o, value, "a process number");
	*(pid_t *)field(o, ctx) = v;
	return 0;
}

/* /etc/passwd by hand: getpwnam() of a static binary would load shared libraries. */
static bool uid_of_name(const char *name, uid_t *uid)
{
	struct buf file = {0};
	size_t n = strlen(name);
	bool found = false;

	if (file_read("/etc/passwd", 16 << 20, &file))
		return false;
	for (char *line = file.p; line && !found; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) == 0 && line[n] == ':') {
			char *number = strchr(line + n + 1, ':');

			if (number) {
				*uid = strtoul(number + 1, NULL, 10);
				found = true;
			}
		}
	}
	buf_free(&file);
	return found;
}

static int set_uid(const struct opt *o, const char *value, void *ctx)
{
	struct run_request *req = ctx;
	uint64_t v;

	if (!parse_u64(value, &v) && v <= UINT32_MAX)
		req->uid = v;
	else if (!uid_of_name(value, &req->uid))
		return bad(o, value, "a user's name or number");
	req->uid_given = true;
	return 0;
}

static int set_text(const struct opt *o, const char *value, void *ctx)
{
	*(const char **)field(o, ctx) = value;
	return 0;
}

static int set_comm(const struct opt *o, const char *value, void *ctx)
{
	if (strlen(value) > 15)
		return fail(EINVAL, "--comm: '%s' is too long: the kernel keeps 15 characters of a command's name", value);
	return set_text(o, value, ctx);
}

static int set_cgroup(const struct opt *o, const char *value, void *ctx)
{
	struct run_request *req = ctx;

	req->cgroup = value;
	req->target.cgroup = value;
	return 0;
}

static int set_seconds(const struct opt *o, const char *value, void *ctx)
{
	uint64_t *ns = field(o, ctx);

	if (parse_duration(value, 1000000000, ns) || *ns == 0)
		return bad(o, value, "a time (5, 500ms, 2m)");
	return 0;
}

static int set_u64(const struct opt *o, const char *value, void *ctx)
{
	if (parse_u64(value, field(o, ctx)) || *(uint64_t *)field(o, ctx) == 0)
		return bad(o, value, "a number above 0");
	return 0;
}

static int set_int(const struct opt *o, const char *value, void *ctx)
{
	uint64_t v;

	if (parse_u64(value, &v) || v > INT32_MAX)
		return bad(o, value, "a number");
	*(int *)field(o, ctx) = v;
	return 0;
}

static int set_buffer(const struct opt *o, const char *value, void *ctx)
{
	uint64_t v;

	if (parse_size(value, &v) || v < 4096 || v > (1ull << 31))
		return bad(o, value, "a size from 4K to 2G");
	*(uint64_t *)field(o, ctx) = v;
	return 0;
}

/* --NAME or --no-NAME; --NAME=VALUE would be taken for something else than it says. */
static int set_flag(const struct opt *o, const char *value, void *ctx)
{
	if (value && strcmp(value, "no") != 0)
		return fail(EINVAL, "--%s takes no value", o->name);
	*(bool *)field(o, ctx) = value == NULL;
	return 0;
}

static int set_json(const struct opt *o, const char *value, void *ctx)
{
	if (value)
		return fail(EINVAL, "--%s takes no value, and there is no --no-%s", o->name, o->name);
	((struct run_request *)ctx)->out.format = o->name;
	return 0;
}

static int set_verbose(const struct opt *o, const char *value, void *ctx)
{
	base_verbosity++;
	return 0;
}

static int set_engine(const struct opt *o, const char *value, void *ctx)
{
	if (strcmp(value, "kernel") == 0 || strcmp(value, "auto") == 0)
		return 0;
	return bad(o, value, "an engine of this build: kernel");
}

static int set_btf(const struct opt *o, const char *value, void *ctx)
{
	if (access(value, R_OK))
		return fail(errno, "--btf: %s: %s", value, strerror(errno));
	setenv("SKEP_BTF", value, 1);
	return 0;
}

static const struct opt filter_rows[] = {
	{"pid", 'p', "PID", "only this process", set_pid, NULL, AT(pid)},
	{"tid", 't', "TID", "only this thread", set_pid, NULL, AT(tid)},
	{"uid", 'u', "USER", "only this user, by name or number", set_uid, NULL, 0},
	{"comm", 'n', "TEXT", "only commands whose name holds this text", set_comm, NULL, AT(comm)},
	{"cgroup", 'c', "PATH", "only this cgroup and those below it", set_cgroup, NULL, 0},
	{"mntns", 0, "PID", "only the mount namespace (container) of this process", set_text, NULL, AT(mntns)},
	{"pidns", 0, "PID", "only the pid namespace of this process", set_text, NULL, AT(pidns)},
};

static const struct opt output_rows[] = {
	{"duration", 'd', "TIME", "stop after this time (5, 500ms, 2m)", set_seconds, NULL, AT(duration_ns)},
	{"count", 'N', "N", "stop after so many rows", set_u64, NULL, AT(count)},
	{"interval", 'i', "TIME", "show tables and histograms this often", set_seconds, NULL, AT(interval_ns)},
	{"cumulative", 0, NULL, "at an interval, do not start again from zero", set_flag, NULL, AT(cumulative)},
	{"json", 'j', NULL, "one JSON object a line", set_json, NULL, 0},
	{"csv", 0, NULL, "comma-separated values", set_json, NULL, 0},
	{"output", 'o', "FILE", "write to a file", set_text, NULL, AT(out.file)},
	{"timestamp", 'T', NULL, "show when", set_flag, NULL, AT(out.timestamp)},
	{"columns", 0, "A,B,C", "these columns, in this order", set_text, NULL, AT(out.columns)},
	{"no-header", 0, NULL, "no line with the columns' names", set_flag, NULL, AT(out.no_header)},
	{"wide", 0, NULL, "do not cut lines to the terminal's width", set_flag, NULL, AT(out.wide)},
	{"buffer", 0, "SIZE", "room for events not yet written", set_buffer, NULL, AT(buffer)},
	{"engine", 0, "NAME", "what runs the programs: kernel", set_engine, NULL, 0},
	{"btf", 0, "FILE", "the kernel's types, where the kernel has none", set_btf, NULL, 0},
	{"dry-run", 0, NULL, "load into the kernel, attach nothing", set_flag, NULL, AT(dry_run)},
	{"verbose", 'v', NULL, "tell what is attached, and the account at the end (-vv: libbpf's log; -vvv: the verifier's)", set_verbose, NULL, 0},
};

static const struct opt target_rows[] = {
	{"interface", 'I', "NAME", "network interface of XDP, TC and socket programs", set_text, NULL, AT(target.ifname)},
	{"direction", 0, "WORD", "TC: ingress or egress", set_text, NULL, AT(target.direction)},
	{"xdp-mode", 0, "WORD", "native or generic; by itself: what works", set_text, NULL, AT(target.xdp_mode)},
	{"binary", 0, "FILE", "program or library of a user probe", set_text, NULL, AT(target.binary)},
	{"symbol", 0, "NAME", "function of a user or kernel probe", set_text, NULL, AT(target.symbol)},
	{"event", 0, "NAME", "sampling event: cpu-clock, cycles ...", set_text, NULL, AT(target.event)},
	{"frequency", 'F', "HZ", "samples a second", set_u64, NULL, AT(target.frequency)},
	{"period", 0, "N", "one sample every N events", set_u64, NULL, AT(target.period)},
	{"tc-priority", 0, "N", "priority of the TC filter", set_int, NULL, AT(target.tc_priority)},
};

/* The rows are the same for everybody; a request of one's own makes them usable. */
static struct opt_group group_for(const char *title, const struct opt *rows, size_t n, struct run_request *req)
{
	struct opt *own = xalloc(n * sizeof(*own));

	for (size_t i = 0; i < n; i++) {
		own[i] = rows[i];
		own[i].ctx = req;
	}
	return (struct opt_group){title, own, n, NULL};
}

struct opt_group run_filter_options(struct run_request *req)
{
	return group_for("Only these", filter_rows, ARRAY_SIZE(filter_rows), req);
}

struct opt_group run_output_options(struct run_request *req)
{
	return group_for("Output", output_rows, ARRAY_SIZE(output_rows), req);
}

struct opt_group run_target_options(struct run_request *req)
{
	return group_for("Where to attach", target_rows, ARRAY_SIZE(target_rows), req);
}

void run_common_free(struct opt_group *group)
{
	free((void *)group->opts);
	*group = (struct opt_group){0};
}

/* ---- the object's own -------------------------------------------------------------------------------- */

struct own_option {
	struct object *obj;
	struct object_option *option;
};

static int set_own(const struct opt *o, const char *value, void *ctx)
{
	struct own_option *own = ctx;

	if (!value)
		value = "1";
	else if (!o->arg && strcmp(value, "no") == 0)
		value = "0";
	return object_option_set(own->obj, own->option, value);
}

static char *help_with_default(const struct object_option *o)
{
	char value[64];

	object_option_default(o, value, sizeof(value));
	if (!*value || (o->field.kind == VAL_BOOL && strcmp(value, "1") != 0))
		return xstrdup(o->help);
	if (o->field.kind == VAL_BOOL)
		return xasprintf("%s (on; --no-%s)", o->help, o->name);
	return xasprintf("%s (%s)", o->help, value);
}

struct opt_group run_object_options(struct object *obj)
{
	struct opt *rows = xalloc((obj->noptions + 1) * sizeof(*rows));
	struct own_option *own = xalloc((obj->noptions + 1) * sizeof(*own));

	for (size_t i = 0; i < obj->noptions; i++) {
		struct object_option *o = &obj->options[i];

		own[i] = (struct own_option){obj, o};
		rows[i] = (struct opt){o->name, o->letter, o->arg, help_with_default(o), set_own, &own[i], 0};
	}
	rows[obj->noptions].ctx = own; /* so that the block can be freed */
	return (struct opt_group){"Options", rows, obj->noptions, NULL};
}

void run_options_free(struct opt_group *group)
{
	struct opt *rows = (struct opt *)group->opts;

	for (size_t i = 0; i < group->n; i++)
		free((char *)rows[i].help);
	free(rows[group->n].ctx);
	free(rows);
	*group = (struct opt_group){0};
}
