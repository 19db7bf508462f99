/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep run: your own kernel-side program, from C source or object, with no user side. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "front/front.h"
#include "run/run.h"

static int run_main(int argc, char **argv)
{
	struct object_source src = {0};
	int status = EXIT_FAILED;

	if (argc < 2) {
		fail(0, "which program? skep run FILE.bpf.c or FILE.bpf.o");
		return EXIT_USAGE;
	}
	if (argv[1][0] == '-' && argv[1][1]) {
		fail(0, "the file comes first: skep run FILE [options]");
		return EXIT_USAGE;
	}
	if (front_open_file(argv[1], &src) == 0)
		status = run_object(&src, argc, argv, 2);
	object_source_free(&src);
	return status;
}

const struct cmd cmd_run = {
	.name = "run",
	.brief = "compile (x.bpf.c) or load (x.bpf.o) a program, attach it, show what it says",
	.usage = "run FILE [options of the program] [-- COMMAND...]",
	.help = "FILE is C source for the kernel side (x.bpf.c, compiled with this machine's clang), an\n"
		"object (x.bpf.o), or - for an object on standard input. No user-side code is needed:\n"
		"  const volatile globals     become options (--NAME VALUE)\n"
		"  ring and perf buffers      become rows; the struct is found in the object's types\n"
		"  marked maps                are shown at an interval (-i) or at the end\n"
		"  bpf_printk                 lines are shown when there is nothing else\n"
		"Alternatives for the same event (tp_btf and raw_tp, fentry and kprobe) are never attached\n"
		"twice. `skep run FILE --help` shows the options of that program.\n\n"
		"Examples:\n"
		"  skep run hello.bpf.c\n"
		"  skep run opensnoop.bpf.o --pid_target 42 --json\n"
		"  skep run count.bpf.c -I veth0 -d 10\n",
	.main = run_main,
};
