/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep version */
#include <bpf/libbpf.h>
#include <stdio.h>

#include "cmd/cmd.h"

static int version_main(int argc, char **argv)
{
	printf("skep %s (libbpf %s)\n", SKEP_VERSION, libbpf_version_string());
	return EXIT_OK;
}

const struct cmd cmd_version = {
	.name = "version",
	.brief = "which skep this is",
	.usage = "version",
	.main = version_main,
};
