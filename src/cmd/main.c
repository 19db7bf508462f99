/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep: which command or tool is meant, by the first word or by the name the binary is called by. */
#include <string.h>

#include "cmd/cmd.h"
#include "front/front.h"
#include "kern/kern.h"

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL, *name = slash ? slash + 1 : argc ? argv[0] : "skep";

	kern_register_sections();
	if (front_tool_find(name) || cmd_find(name)) {
		base_progname = name;
		argv[0] = (char *)name;
		return cmd_dispatch(argc, argv);
	}
	return cmd_dispatch(argc - 1, argv + 1);
}
