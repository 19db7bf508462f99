/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A load that failed, in a person's words: which program, the reason, the source line it stands at;
 * the whole verifier log with -vv. The log's form is print_verifier_state() and verbose() of
 * kernel/bpf/verifier.c: source lines begin with "; ", the reason is the last line before "processed".
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_int.h"

struct line {
	const char *p;
	size_t len;
};

/* libbpf says which: "prog 'NAME': BPF program load failed: …". */
static const struct object_prog *failed_program(const struct object *obj, const char *log)
{
	for (size_t i = 0; i < obj->nprogs; i++) {
		char *text = xasprintf("prog '%s': BPF program load failed", obj->progs[i].name);
		char *also = xasprintf("prog '%s': failed", obj->progs[i].name);
		bool found = strstr(log, text) || strstr(log, also);

		free(text);
		free(also);
		if (found)
			return &obj->progs[i];
	}
	return NULL;
}

static bool is_noise(const struct line *l)
{
	static const char *const starts[] = {
		"processed ", "verification time", "stack depth", "max_states", "-- ", "mark_precise", "from ",
		"Func#", "Global function", "func#",
	};

	if (!l->len)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (l->len >= strlen(starts[i]) && strncmp(l->p, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* The reason (last line that says something) and the source line that stood before it. */
static void read_log(const char *log, struct line *reason, struct line *source)
{
	struct line before = {0};

	*reason = *source = (struct line){0};
	while (*log) {
		struct line l = {log, strcspn(log, "\n")};

		log += l.len + (log[l.len] == '\n');
		if (l.len > 2 && l.p[0] == ';' && l.p[1] == ' ') {
			before = (struct line){l.p + 2, l.len - 2};
		} else if (!is_noise(&l)) {
			*reason = l;
			*source = before;
		}
	}
}

/* What the kernel's words mean, for the refusals people meet most. */
static const struct {
	const char *part, *advice;
} advice[] = {
	{"invalid mem access 'map_value_or_null'", "the result of a map lookup may be NULL: test it before use"},
	{"invalid mem access '", "this is no pointer the program may follow; kernel memory is read with bpf_core_read() or BPF_CORE_READ()"},
	{"unknown func", "this kernel has no such helper, or not for this kind of program"},
	{"helper call is not allowed", "this kind of program may not call that helper"},
	{"program of this type cannot use helper", "this kind of program may not call that helper"},
	{"cannot use helper", "this kind of program may not call that helper"},
	{"back-edge", "the verifier cannot see that this loop ends: give it a constant bound"},
	{"infinite loop", "the verifier cannot see that this loop ends: give it a constant bound"},
	{"too large", "the program is too complex: fewer branches, smaller loops, or __noinline functions"},
	{"min value is negative", "test that the value is not negative, or make it unsigned, before it is used as an offset or size"},
	{"unbounded", "test the value against a constant limit before it is used as an offset or size"},
	{"invalid access to map value", "the offset may lie outside the map's value: test it first"},
	{"invalid indirect read from stack", "a part of this variable was never set: initialise it whole ( = {} )"},
	{"invalid read from stack", "a part of this variable was never set: initialise it whole ( = {} )"},
	{"Unreleased reference", "something taken (a ring buffer record, a socket) is not given back on every path"},
	{"GPL", "this helper is only for programs that declare a GPL-compatible license"},
	{"CO-RE relocation", "the kernel has no such field or type; test with bpf_core_field_exists() first"},
};

static const char *advice_for(const struct line *reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(advice); i++)
		if (memmem(reason->p, reason->len, advice[i].part, strlen(advice[i].part)))
			return advice[i].advice;
	return NULL;
}

static void explain_verifier(const struct object *obj, const struct object_prog *p, struct buf *text)
{
	struct line reason, source;
	const char *tip;

	read_log(obj->log, &reason, &source);
	buf_printf(text, "%s: the kernel refuses program %s (%s): %.*s", obj->src->name, p->name, p->sec,
		   (int)reason.len, reason.p ? reason.p : "");
	if (source.len)
		buf_printf(text, "\n  at: %.*s", (int)source.len, source.p);
	tip = advice_for(&reason);
	if (tip)
		buf_printf(text, "\n  %s", tip);
	if (base_verbosity < 2)
		buf_puts(text, "\n  (-vv shows the verifier's whole log)");
	else
		buf_printf(text, "\n%s", obj->log);
}

/* libbpf's first complaint, without its prefix; a map it tries again is none. */
static void explain_libbpf(const struct object *obj, int err, const char *log, struct buf *text)
{
	size_t n = strcspn(log, "\n");

	while (log[n] && memmem(log, n, "Retrying", 8)) {
		log += n + 1;
		n = strcspn(log, "\n");
	}

	if (str_starts(log, "libbpf: ")) {
		log += 8;
		n -= 8;
	}
	if ((err == EPERM || err == EACCES) && !kern_can_load())
		buf_printf(text, "%s: cannot be loaded: %s", obj->src->name, kern_why_not(KERN_BPF));
	else if (n)
		buf_printf(text, "%s: cannot be loaded: %.*s (%s)", obj->src->name, (int)n, log, strerror(err));
	else
		buf_printf(text, "%s: cannot be loaded: %s", obj->src->name, strerror(err));
}

int refusal_explain(const struct object *obj, int err, const struct object_prog **which, struct buf *text)
{
	const char *log = object_libbpf_log();

	*which = failed_program(obj, log);
	if (err == EMFILE || err == ENFILE || err == EAGAIN || err == ENOMEM) {
		buf_printf(text, "%s: cannot be loaded: %s", obj->src->name, strerror(err));
		*which = NULL;
		return -err;
	}
	if (*which && obj->log[0]) {
		explain_verifier(obj, *which, text);
		/* what the kernel lacks is the kernel's fault, all else the program's, and not one of rights */
		return strstr(obj->log, "failed to resolve CO-RE relocation") ? -ENOTSUP : -EINVAL;
	}
	explain_libbpf(obj, err, log, text);
	return -err;
}
