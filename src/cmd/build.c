/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep build: C source → an object that runs on machines without a compiler. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "front/front.h"

/* x.bpf.c → x.bpf.o, in the present folder */
static char *default_output(const char *source)
{
	const char *slash = strrchr(source, '/'), *name = slash ? slash + 1 : source;

	return xasprintf("%.*s.o", (int)(strlen(name) - strlen(".c")), name);
}

static int set_output(const struct opt *o, const char *value, void *ctx)
{
	*(const char **)ctx = value;
	return 0;
}

static int build(const char *source, const char *output)
{
	struct buf elf = {0};
	int err = front_compile(source, &elf);

	if (!err)
		err = object_check(source, elf.p, elf.len);
	if (!err && (err = file_write_atomic(output, elf.p, elf.len)))
		fail(-err, "cannot write %s: %s", output, strerror(-err));
	buf_free(&elf);
	return err ? EXIT_FAILED : EXIT_OK;
}

static int build_main(int argc, char **argv)
{
	const char *output = NULL;
	const struct opt rows[] = {{"output", 'o', "FILE", "the object", set_output, &output, 0}};
	const struct opt_group group = {"Options", rows, ARRAY_SIZE(rows), NULL};
	struct opt_result res;
	int status = EXIT_USAGE;

	if (opt_parse(argc, argv, 1, &group, 1, false, &res))
		return EXIT_USAGE;
	if (res.nargs != 1 || !str_ends(res.args[0], ".c")) {
		fail(EINVAL, "which source? skep build NAME.bpf.c [-o NAME.bpf.o]");
	} else {
		char *name = output ? xstrdup(output) : default_output(res.args[0]);

		status = build(res.args[0], name);
		free(name);
	}
	free(res.args);
	return status;
}

const struct cmd cmd_build = {
	.name = "build",
	.brief = "compile a program (x.bpf.c) to an object (x.bpf.o) that needs no compiler to run",
	.usage = "build NAME.bpf.c [-o NAME.bpf.o]",
	.help = "The object is compiled as `skep run` does it: with this machine's clang, skep's headers and a\n"
		"vmlinux.h of the running kernel. What comments say of the program is not in the object; what\n"
		"skep.bpf.h and BTF decl tags say is.\n",
	.main = build_main,
};
