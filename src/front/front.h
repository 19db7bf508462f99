/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * front: what the user names → an object's bytes.
 *
 * A tool's name → the object embedded in the binary; x.bpf.c → the host's clang, with the headers
 * carried in the binary and a vmlinux.h made from the running kernel; x.bpf.o → read. Behind this
 * folder nobody knows which it was.
 *
 * Owner: the caller gets a source and frees it (object_source_free).
 * Failure: -errno after one message; when C does not compile, clang's own messages are shown and
 * -ENOEXEC is returned.
 * Must not know: sessions, output.
 */
#ifndef SKEP_FRONT_H
#define SKEP_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"
#include "object/object.h"

/* ---- tools in the binary ----------------------------------------------------------------------- */

struct front_tool {
	const char *name;
	const void *bytes;
	size_t len;
};

/* All tools sorted by name. */
const struct front_tool *front_tools(size_t *n);
const struct front_tool *front_tool_find(const char *name);
int front_open_tool(const char *name, struct object_source *src);

/* ---- files ------------------------------------------------------------------------------------- */

/* By suffix and content: .c, else ELF ("-": ELF from stdin). */
int front_open_file(const char *path, struct object_source *src);

/* C source → ELF bytes with the host's clang ($SKEP_CLANG, else clang, clang-N in PATH). */
int front_compile(const char *path, struct buf *elf);
/* Comments of eunomia's form (triple slash) in the source → notes. */
int front_annotations(const char *path, struct object_notes *notes);

/* Directory with the carried headers, unpacked into the cache when they are not there yet. */
int front_headers(char **dir);
/* Path of a vmlinux.h for the running kernel, made from its BTF when it is not in the cache yet.
 * $SKEP_BTF or --btf: from that BTF. */
int front_vmlinux_h(char **path);

#endif
