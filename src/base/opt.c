/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Option tables: one parser for all commands and tools.
 *
 * --name VALUE, --name=VALUE, --no-name, -x, -xy, -xVALUE, -x VALUE; "--" ends the options and what
 * follows is a command. '_' and '-' are equal in long names, so options made from C globals can be
 * typed either way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static bool same_name(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char x = a[i] == '_' ? '-' : a[i], y = b[i] == '_' ? '-' : b[i];

		if (x != y || !a[i])
			return false;
	}
	return a[len] == '\0';
}

static const struct opt *find_long(const struct opt_group *groups, size_t n, const char *s, size_t len)
{
	for (size_t g = 0; g < n; g++)
		for (size_t i = 0; i < groups[g].n; i++)
			if (same_name(groups[g].opts[i].name, s, len))
				return &groups[g].opts[i];
	return NULL;
}

static const struct opt *find_letter(const struct opt_group *groups, size_t n, char c)
{
	for (size_t g = 0; g < n; g++)
		for (size_t i = 0; i < groups[g].n; i++)
			if (groups[g].opts[i].letter == c)
				return &groups[g].opts[i];
	return NULL;
}

static int unknown(const struct opt_group *groups, size_t n, const char *word, size_t len)
{
	const char **names = NULL, *close;
	char *typed = xstrndup(word, len);
	size_t count = 0;

	for (size_t g = 0; g < n; g++)
		for (size_t i = 0; i < groups[g].n; i++)
			*vec_push(names, count) = groups[g].opts[i].name;
	close = str_closest(typed, names, count);
	if (close)
		fail(EINVAL, "unknown option --%s; did you mean --%s?", typed, close);
	else
		fail(EINVAL, "unknown option --%s; --help lists the options", typed);
	free(names);
	free(typed);
	return -EINVAL;
}

/* One long option; *used counts the words taken beside the option itself. */
static int parse_long(char **argv, int argc, int i, const struct opt_group *groups, size_t n, int *used)
{
	const char *word = argv[i] + 2, *eq = strchr(word, '=');
	size_t len = eq ? (size_t)(eq - word) : strlen(word);
	const struct opt *o = find_long(groups, n, word, len);

	if (!o && str_starts(word, "no-")) {
		o = find_long(groups, n, word + 3, len - 3);
		if (o && !o->arg && !eq)
			return o->set(o, "no", o->ctx);
		o = NULL;
	}
	if (!o)
		return unknown(groups, n, word, len);
	if (!o->arg || eq)
		return o->set(o, eq ? eq + 1 : NULL, o->ctx);
	if (i + 1 >= argc)
		return fail(EINVAL, "option --%s needs a value: --%s %s", o->name, o->name, o->arg);
	*used = 1;
	return o->set(o, argv[i + 1], o->ctx);
}

static int parse_letters(char **argv, int argc, int i, const struct opt_group *groups, size_t n, int *used)
{
	for (const char *p = argv[i] + 1; *p; p++) {
		const struct opt *o = find_letter(groups, n, *p);
		int err;

		if (!o)
			return fail(EINVAL, "unknown option -%c; --help lists the options", *p);
		if (o->arg && p[1])
			return o->set(o, p + 1 + (p[1] == '='), o->ctx);
		if (o->arg && i + 1 >= argc)
			return fail(EINVAL, "option -%c needs a value: -%c %s", *p, *p, o->arg);
		*used = o->arg != NULL;
		err = o->set(o, o->arg ? argv[i + 1] : NULL, o->ctx);
		if (err || o->arg)
			return err;
	}
	return 0;
}

int opt_parse(int argc, char **argv, int first, const struct opt_group *groups, size_t ngroups,
	      bool stop_at_arg, struct opt_result *res)
{
	int i, err = 0;

	*res = (struct opt_result){.next = argc};
	for (i = first; i < argc && !err; i++) {
		const char *a = argv[i];
		int used = 0;

		if (strcmp(a, "--") == 0) {
			res->next = i + 1;
			res->dashes = true;
			break;
		}
		if (a[0] != '-' || a[1] == '\0') {
			if (stop_at_arg) {
				res->next = i;
				break;
			}
			*vec_push(res->args, res->nargs) = a;
		} else if (a[1] == '-') {
			err = parse_long(argv, argc, i, groups, ngroups, &used);
		} else {
			err = parse_letters(argv, argc, i, groups, ngroups, &used);
		}
		i += used;
	}
	if (err) {
		free(res->args);
		res->args = NULL;
		return -EINVAL;
	}
	return 0;
}

#define HELP_COLUMN 28

static void help_row(struct buf *out, const struct opt *o)
{
	size_t start = out->len;

	if (o->letter)
		buf_printf(out, "  -%c, --%s", o->letter, o->name);
	else
		buf_printf(out, "      --%s", o->name);
	if (o->arg)
		buf_printf(out, " %s", o->arg);
	do
		buf_putc(out, ' ');
	while (out->len - start < HELP_COLUMN);
	buf_printf(out, "%s\n", o->help ? o->help : "");
}

void opt_help(struct buf *out, const struct opt_group *groups, size_t ngroups)
{
	for (size_t g = 0; g < ngroups; g++) {
		if (!groups[g].n)
			continue;
		buf_printf(out, "\n%s:\n", groups[g].title);
		for (size_t i = 0; i < groups[g].n; i++)
			if (groups[g].opts[i].help)
				help_row(out, &groups[g].opts[i]);
		if (groups[g].note)
			buf_printf(out, "  %s\n", groups[g].note);
	}
}
