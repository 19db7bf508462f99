/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* C text → an object in memory, opened. The compiler is a part of the build, so it is there. */
#ifndef SKEP_COMPILED_H
#define SKEP_COMPILED_H

#include <sys/utsname.h>

#include "kern/kern.h"
#include "object/object.h"
#include "test.h"

/* What a program that knows nothing of skep begins with, and what a tool does. */
static const char plain_head[] = "#include <stdbool.h>\n#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
				 "char LICENSE[] SEC(\"license\") = \"GPL\";\n";
static const char skep_head[] = "#include \"skep.bpf.h\"\n";

static int compile(const char *head, const char *text, struct buf *elf)
{
	char path[] = "/tmp/skep-unit-XXXXXX", *command;
	struct utsname u;
	int fd = mkstemp(path), err;
	FILE *cc;

	uname(&u);
	command = xasprintf("clang -g -O2 -target bpf -mcpu=v3 -Wno-everything -D__TARGET_ARCH_x86 -Itools/include "
			    "-idirafter /usr/include/%s-linux-gnu -x c -c -o %s -", u.machine, path);
	cc = popen(command, "w");
	fputs(head, cc);
	fputs(text, cc);
	if (head == plain_head && !strstr(text, "void *ctx"))
		fputs("\nSEC(\"raw_tp/x\") int some_program(void *ctx) { return 0; }\n", cc);
	err = pclose(cc) ? -1 : file_read(path, OBJECT_MAX_SIZE, elf);
	unlink(path);
	close(fd);
	free(command);
	return err;
}

static struct object_source source;
static struct object *object;

/* Compiles and opens; `object` is NULL when that failed. */
__attribute__((unused)) static struct object *opened(const char *head, const char *text)
{
	struct buf elf = {0};

	object_close(object);
	object = NULL;
	if (compile(head, text, &elf))
		return NULL;
	kern_register_sections();
	free(source.to_free);
	source.name = "unit";
	source.bytes = source.to_free = elf.p;
	source.len = elf.len;
	if (object_open(&source, &object))
		object = NULL;
	return object;
}

#endif
