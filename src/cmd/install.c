/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep --install DIR: symlinks, so that every tool can be called by its own name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "front/front.h"

/* A link that is already ours is left; anything else of that name is not touched. */
static int make_link(const char *self, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name), target[4096];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	int err = 0;

	if (n > 0 && (target[n] = '\0', strcmp(target, self) == 0))
		goto done;
	if (access(path, F_OK) == 0)
		warn("%s is there already and is left as it is", path);
	else if (symlink(self, path))
		err = fail(errno, "cannot make %s: %s", path, strerror(errno));
done:
	free(path);
	return err;
}

static int install_main(int argc, char **argv)
{
	size_t n, ncmds, made = 0;
	const struct front_tool *tools = front_tools(&n);
	const struct cmd *const *cmds = cmd_all(&ncmds);
	char *self = realpath("/proc/self/exe", NULL);
	int err = 0;

	if (argc != 2 || !self) {
		fail(0, "usage: skep --install DIR");
		free(self);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < n && !err; i++, made++)
		err = make_link(self, argv[1], tools[i].name);
	for (size_t i = 0; i < ncmds && !err; i++)
		if (cmds[i]->alias && ++made)
			err = make_link(self, argv[1], cmds[i]->alias);
	if (!err)
		printf("%zu names in %s lead to %s\n", made, argv[1], self);
	free(self);
	return err ? EXIT_FAILED : EXIT_OK;
}

const struct cmd cmd_install = {
	.name = "install",
	.brief = "make symlinks, so that tools can be called by their own names",
	.usage = "install DIR   (or skep --install DIR)",
	.help = "Makes DIR/opensnoop, DIR/execsnoop and so on, all leading to this binary. Files that are\n"
		"there already are left alone.\n",
	.main = install_main,
};
