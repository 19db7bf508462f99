/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* C source → object with the host's clang, carried headers and vmlinux.h; messages about files. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/stat.h>

#include "front/front.h"
#include "kern/kern.h"
#include "test.h"

static char dir[] = "/tmp/skep-unit-XXXXXX";

static void remove_dir(void)
{
	char *cmd = xasprintf("/bin/rm -rf %s", dir);

	if (system(cmd))
		perror(cmd);
	free(cmd);
}

/* An empty folder that is the cache and holds the sources. */
static bool make_dir(void)
{
	if (!mkdtemp(dir))
		return false;
	atexit(remove_dir);
	return setenv("SKEP_CACHE", dir, 1) == 0;
}

static const char *put(const char *name, const char *text)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_write_atomic(path, text, strlen(text)) ? NULL : path;
}

static bool have_clang(void)
{
	return system("command -v clang >/dev/null 2>&1") == 0;
}

static struct object_source src;

#define INCLUDES "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"

TEST(headers_are_unpacked_once)
{
	char *path, *again, *file;
	struct stat st;

	CHECK(make_dir());
	CHECK_INT(front_headers(&path), 0);
	file = xasprintf("%s/bpf/bpf_helpers.h", path);
	CHECK_INT(stat(file, &st), 0);
	CHECK_INT(front_headers(&again), 0);
	CHECK_STR(again, path);
	free(file);
	file = xasprintf("%s/uapi/linux/if_ether.h", path);
	CHECK_INT(stat(file, &st), 0);
	free(file);
	free(path);
	free(again);
}

TEST(source_with_carried_headers)
{
	CHECK(make_dir());
	if (!have_clang())
		return;
	CHECK_INT(front_open_file(put("hello.bpf.c", INCLUDES
				      "#include <linux/if_ether.h>\n#include <linux/ip.h>\n"
				      "#include <linux/tcp.h>\n#include <linux/pkt_cls.h>\n"
				      "#include <linux/ptrace.h>\n#include <stdint.h>\n"
				      "#include <errno.h>\n#include <string.h>\n"
				      "SEC(\"tc\") int f(struct __sk_buff *s) { return TC_ACT_OK; }\n"
				      "char LICENSE[] SEC(\"license\") = \"GPL\";\n"),
				  &src),
		  0);
	CHECK_STR(src.name, "hello");
	CHECK(src.from_c);
	CHECK_INT(object_check(src.name, src.bytes, src.len), 0);
	object_source_free(&src);
	CHECK_STR(stderr_text(), "");
}

/* A struct known to a local variable only is in the object's BTF after all. */
TEST(types_of_records_reach_btf)
{
	struct bpf_object *obj;

	CHECK(make_dir());
	if (!have_clang())
		return;
	CHECK_INT(front_open_file(put("ring.bpf.c", INCLUDES
				      "struct event { int pid; };\n"
				      "struct { __uint(type, BPF_MAP_TYPE_RINGBUF);\n"
				      "__uint(max_entries, 4096); } rb SEC(\".maps\");\n"
				      "SEC(\"tp/a/b\") int f(void *c)\n{\n"
				      "\tstruct event *e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);\n"
				      "\tif (e) bpf_ringbuf_submit(e, 0);\n\treturn 0;\n}\n"),
				  &src),
		  0);
	CHECK_STR(notes_get(&src.notes, ON_MAP, "rb", NULL, "type"), "event");
	obj = bpf_object__open_mem(src.bytes, src.len, NULL);
	CHECK(obj);
	CHECK(btf__find_by_name_kind(bpf_object__btf(obj), "event", BTF_KIND_STRUCT) > 0);
	bpf_object__close(obj);
	object_source_free(&src);
}

/* The places clang names are those of the file the user wrote. */
TEST(mistakes_are_shown_where_they_are)
{
	CHECK(make_dir());
	if (!have_clang())
		return;
	CHECK_INT(front_open_file(put("bad.bpf.c", INCLUDES
				      "struct event { int pid; };\n"
				      "struct { __uint(type, 27); } rb SEC(\".maps\");\n"
				      "int f(void)\n{\n"
				      "\tstruct event *e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);\n"
				      "\treturn e->nothing;\n}\n"),
				  &src),
		  -ENOEXEC);
	CHECK_HAS(stderr_text(), "bad.bpf.c:8:12: error: no member named 'nothing'");
}

TEST(vmlinux_of_this_kernel)
{
	char *path;
	struct buf text = {0};

	CHECK(make_dir());
	if (!kern_btf_available())
		return;
	CHECK_INT(front_vmlinux_h(&path), 0);
	CHECK_INT(file_read(path, 64 << 20, &text), 0);
	CHECK_HAS(text.p, "#ifndef __VMLINUX_H__");
	CHECK_HAS(text.p, "\nstruct task_struct {");
	CHECK_HAS(text.p, "#pragma clang attribute pop");
	buf_free(&text);
	free(path);
	if (!have_clang())
		return;
	CHECK_INT(front_open_file(put("co-re.bpf.c", "#include \"vmlinux.h\"\n"
				      "#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_core_read.h>\n"
				      "SEC(\"tp/a/b\") int f(void *c)\n{\n"
				      "\tstruct task_struct *t = (void *)bpf_get_current_task();\n"
				      "\treturn BPF_CORE_READ(t, real_parent, tgid);\n}\n"),
				  &src),
		  0);
	CHECK_STR(stderr_text(), "");
	object_source_free(&src);
}

TEST(a_vmlinux_next_to_the_source_is_taken)
{
	CHECK(make_dir());
	if (!have_clang())
		return;
	CHECK(put("vmlinux.h", "struct mine { int here; };\n"));
	CHECK_INT(front_open_file(put("own.bpf.c", "#include \"vmlinux.h\"\n"
				      "__attribute__((section(\"xdp\"), used))\n"
				      "int f(struct mine *m) { return m->here; }\n"),
				  &src),
		  0);
	object_source_free(&src);
}

TEST(no_clang)
{
	CHECK(make_dir());
	setenv("PATH", "/nonexistent", 1);
	unsetenv("SKEP_CLANG");
	CHECK_INT(front_open_file(put("x.bpf.c", "int x;\n"), &src), -ENOENT);
	CHECK_HAS(stderr_text(), "apt install clang");
	setenv("SKEP_CLANG", "/nonexistent/clang", 1);
	CHECK_INT(front_open_file(put("x.bpf.c", "int x;\n"), &src), -ENOENT);
	CHECK_HAS(stderr_text(), "SKEP_CLANG=/nonexistent/clang cannot be run");
}

TEST(files_that_are_no_objects)
{
	CHECK(make_dir());
	CHECK_INT(front_open_file("/nonexistent/x.bpf.o", &src), -ENOENT);
	CHECK_HAS(stderr_text(), "no such file");
	CHECK_INT(front_open_file("/nonexistent/x.bpf.c", &src), -ENOENT);
	CHECK_HAS(stderr_text(), "no such file");
	CHECK_INT(front_open_file(dir, &src), -EISDIR);
	CHECK_HAS(stderr_text(), "is a directory");
	CHECK_INT(front_open_file(put("empty.o", ""), &src), -ENODATA);
	CHECK_HAS(stderr_text(), "is empty");
	CHECK_INT(front_open_file(put("run", "#!/bin/sh\n"), &src), -ENOEXEC);
	CHECK_HAS(stderr_text(), "it is a script");
	CHECK_INT(front_open_file(put("notes.txt", "hello\n"), &src), -ENOEXEC);
	CHECK_HAS(stderr_text(), "it is text");
	CHECK_INT(front_open_file("/proc/self/exe", &src), -ENOEXEC);
	CHECK_HAS(stderr_text(), "not a BPF object");
}

TEST(unknown_tool)
{
	CHECK_INT(front_open_tool("no-such-tool-at-all", &src), -ENOENT);
	CHECK_HAS(stderr_text(), "no tool is called");
}
