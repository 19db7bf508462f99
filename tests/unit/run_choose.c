/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which of an object's programs are loaded: alternatives, twins, options, what was refused before. */
#include <bpf/libbpf.h>
#include <errno.h>

#include "compiled.h"
#include "run/run_int.h"

#define PROG(sec, name, more) "SEC(\"" sec "\") " more " int " name "(void *ctx) { return 0; }\n"

/* Names of the programs that would be loaded, in the object's order. */
static const char *loaded(void)
{
	static struct buf names;

	names.len = 0;
	buf_puts(&names, "");
	for (size_t i = 0; i < object->nprogs; i++)
		if (!object->progs[i].internal && bpf_program__autoload(object->progs[i].prog))
			buf_printf(&names, "%s%s", names.len ? " " : "", object->progs[i].name);
	return names.p;
}

static struct kern_target target;
static struct run_choice choice;

static int choose(const struct banned *banned)
{
	choice = (struct run_choice){0};
	return choose_programs(object, &target, banned, &choice, false);
}

TEST(the_best_of_the_twins)
{
	if (!kern_has(KERN_RAW_TP))
		SKIP("raw_tp", "no raw tracepoints here");
	CHECK(opened(plain_head, PROG("tp/sched/sched_process_exec", "by_tp", "") PROG("raw_tp/sched_process_exec", "by_raw", "")
				 PROG("tp_btf/sched_process_exec", "by_btf", "") PROG("raw_tp/sched_process_exit", "other", "")));
	CHECK_INT(choose(NULL), 0);
	CHECK_STR(loaded(), kern_has(KERN_TP_BTF) ? "by_btf other" : "by_raw other");
	CHECK_HAS(choice.how, "raw_tp/sched_process_exit");
}

TEST(the_next_when_the_first_is_not_there)
{
	if (!kern_has(KERN_RAW_TP))
		SKIP("raw_tp", "no raw tracepoints here");
	CHECK(opened(skep_head,
		     PROG("raw_tp/skep_no_such_event", "best", "SKEP_CHOICE(\"way\", 1)")
		     PROG("raw_tp/sched_process_exec", "best_too", "SKEP_CHOICE(\"way\", 1)")
		     PROG("raw_tp/sched_process_exec", "second", "SKEP_CHOICE(\"way\", 5)")
		     PROG("raw_tp/sched_process_exit", "third", "SKEP_CHOICE(\"way\", 9)")));
	CHECK_INT(choose(NULL), 0);
	CHECK_STR(loaded(), "second"); /* all programs of a choice, or none of them */
	CHECK(choice.fallback);
	CHECK_STR(choice.how, "raw_tp/sched_process_exec");
	CHECK_HAS(choice.why, "skep_no_such_event");
}

TEST(none_of_them)
{
	CHECK(opened(plain_head, PROG("raw_tp/skep_no_such_event", "a", "") PROG("tp_btf/skep_no_such_event", "b", "")));
	CHECK_INT(choose(NULL), -ENOTSUP);
	CHECK_HAS(stderr_text(), "unit: ");
	CHECK(choice.why[0]);
	CHECK(opened(plain_head, PROG("?raw_tp/skep_no_such_event", "a", "") PROG("?tp_btf/skep_no_such_event", "b", "")
				 PROG("?raw_tp/skep_no_such_event_either", "c", "")));
	CHECK_INT(choose(NULL), 0);
	CHECK_STR(loaded(), "");
	CHECK_STR(stderr_text(), "");
}

TEST(programs_that_options_choose)
{
	static const char text[] =
		"SKEP_TOOL(\"x\", SKEP_ABOUT(\"y\")); SKEP_OPTION(bool, a, \"\", \"\"); SKEP_OPTION(bool, b, \"\", \"\");"
		PROG("raw_tp/sched_process_exec", "always", "") PROG("raw_tp/sched_process_exit", "with_a", "SKEP_WHEN(a)")
		PROG("raw_tp/sched_process_fork", "with_any", "SKEP_WHEN(a, b)")
		PROG("raw_tp/sched_process_free", "without", "SKEP_UNLESS(a, b)");

	if (!kern_has(KERN_RAW_TP))
		SKIP("raw_tp", "no raw tracepoints here");
	CHECK(opened(skep_head, text));
	CHECK_INT(choose(NULL), 0);
	CHECK_STR(loaded(), "always without");
	CHECK_INT(object_option_set(object, object_option_find(object, "b"), "1"), 0);
	CHECK_INT(choose(NULL), 0);
	CHECK_STR(loaded(), "always with_any");
	CHECK_INT(object_option_set(object, object_option_find(object, "a"), "1"), 0);
	CHECK_INT(choose(NULL), 0);
	CHECK_STR(loaded(), "always with_a with_any");
	CHECK(option_is_set(object, "a"));
	CHECK(!option_is_set(object, "nothing"));
}

TEST(what_the_kernel_refused_is_not_tried_again)
{
	struct banned banned = {0};

	if (!kern_has(KERN_RAW_TP))
		SKIP("raw_tp", "no raw tracepoints here");
	CHECK(opened(skep_head,
		     PROG("raw_tp/sched_process_exec", "first", "SKEP_CHOICE(\"way\", 1)")
		     PROG("raw_tp/sched_process_exit", "second", "SKEP_CHOICE(\"way\", 2)")
		     PROG("?raw_tp/sched_process_fork", "maybe", "") PROG("raw_tp/sched_process_free", "must", "")));
	CHECK_INT(choose(&banned), 0);
	CHECK_STR(loaded(), "maybe first must");
	for (size_t i = 0; i < object->nprogs; i++)
		if (strcmp(object->progs[i].name, "first") == 0)
			CHECK(choose_ban(object, &object->progs[i], &banned));
	CHECK_INT(choose(&banned), 0);
	CHECK_STR(loaded(), "maybe second must");
	CHECK(choice.fallback);
	for (size_t i = 0; i < object->nprogs; i++) {
		const struct object_prog *p = &object->progs[i];

		if (strcmp(p->name, "second") == 0 || strcmp(p->name, "must") == 0)
			CHECK(!choose_ban(object, p, &banned)); /* nothing else gives the same */
		if (strcmp(p->name, "maybe") == 0)
			CHECK(choose_ban(object, p, &banned));
	}
	CHECK_INT(choose(&banned), 0);
	CHECK_STR(loaded(), "second must");
	for (size_t i = 0; i < banned.n; i++)
		free(banned.names[i]);
	free(banned.names);
}

TEST(a_target_that_is_not_named)
{
	CHECK(opened(plain_head, PROG("xdp", "p", "")));
	CHECK(choose(NULL) < 0);
	CHECK_HAS(stderr_text(), "name an interface with --interface NAME");
	target.ifname = "skep-no-such-if";
	CHECK_INT(choose(NULL), -ENODEV);
	CHECK_HAS(stderr_text(), "there is no interface \"skep-no-such-if\"");
	target.ifname = "lo";
	CHECK_INT(choose(NULL), 0);
	CHECK_STR(loaded(), "p");
	target.ifname = NULL;
}

TEST(doctor_is_told_without_messages)
{
	CHECK(opened(plain_head, PROG("raw_tp/skep_no_such_event", "a", "")));
	CHECK(run_choose(object, &target, &choice) < 0);
	CHECK_HAS(choice.why, "skep_no_such_event");
	CHECK_STR(stderr_text(), "");
}

/* The page of --help: what the object says, then what every object has. */
TEST(help_of_an_object)
{
	struct buf page = {0};

	CHECK(opened(skep_head,
		     "SKEP_TOOL(\"one line\", SKEP_ABOUT(\"What one should know.\"), SKEP_EXAMPLE(\"unit -a\", \"why\"));"
		     "SKEP_OPTION(bool, all, \"a\", \"every one\"); struct event { int pid; char comm[16]; };"
		     "SKEP_STREAM(events, struct event, 64);"));
	run_help_own(object, &page);
	CHECK_STR(page.p, "unit: one line\n\nUsage: skep run unit [options] [-- COMMAND...]\n\nWhat one should know.\n\n"
			  "Options:\n  -a, --all                 every one\n\nColumns of events: pid, comm\n\n"
			  "Examples:\n  skep run unit -a\n      why\n");
	page.len = 0;
	run_help(object, &page);
	CHECK_HAS(page.p, "\nOnly these:\n  -p, --pid PID");
	CHECK_HAS(page.p, "\nOutput:\n");
	CHECK(!strstr(page.p, "\nWhere to attach:\n"));
	buf_free(&page);
}
