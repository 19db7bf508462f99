/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opening an object: bytes are checked, libbpf parses them, then the description is read: notes first
 * (everything else asks them), then options, streams, tables and programs.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "object/object_int.h"

void object_source_free(struct object_source *src)
{
	free(src->name);
	free(src->to_free);
	notes_free(&src->notes);
	*src = (struct object_source){0};
}

/* ---- libbpf's own words: kept, shown when something failed or with -vv --------------------------- */

static struct buf libbpf_log;

static int keep_log(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	va_list again;

	if (base_verbosity >= 2) {
		va_copy(again, ap);
		vfprintf(stderr, fmt, again);
		va_end(again);
	}
	if (level == LIBBPF_WARN && libbpf_log.len < 65536)
		buf_vprintf(&libbpf_log, fmt, ap);
	return 0;
}

const char *object_libbpf_log(void)
{
	return libbpf_log.p ? libbpf_log.p : "";
}

void object_libbpf_log_reset(void)
{
	buf_free(&libbpf_log);
}

/* ---- description ---------------------------------------------------------------------------------- */

static char *object_text(const struct object *obj, const char *key)
{
	const char *v = notes_get(&obj->notes, ON_OBJECT, NULL, NULL, key);

	return v ? xstrdup(v) : NULL;
}

/* "example=COMMAND\nwhat for" */
static void examples_find(struct object *obj)
{
	for (size_t i = 0; i < obj->notes.n; i++) {
		const struct object_note *note = &obj->notes.items[i];
		const char *nl = strchr(note->value, '\n');

		if (note->on != ON_OBJECT || strcmp(note->key, "example") != 0)
			continue;
		*vec_push(obj->examples, obj->nexamples) = (struct object_example){
			.command = nl ? xstrndup(note->value, nl - note->value) : xstrdup(note->value),
			.text = xstrdup(nl ? nl + 1 : ""),
		};
	}
}

static bool has_struct_ops(const struct object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj->bpf)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			return true;
	return false;
}

static void describe(struct object *obj)
{
	obj->btf = bpf_object__btf(obj->bpf);
	if (obj->btf)
		notes_read_btf(obj);
	notes_copy(&obj->notes, &obj->src->notes);
	obj->brief = object_text(obj, "brief");
	obj->about = object_text(obj, "about");
	obj->version = object_text(obj, "version");
	examples_find(obj);
	if (obj->btf)
		obj->needs_full_btf = btf__find_by_name_kind(obj->btf, ".ksyms", BTF_KIND_DATASEC) > 0 ||
				      has_struct_ops(obj);
	obj->has_contract = bpf_object__find_map_by_name(obj->bpf, "skep_scratch") != NULL;
	progs_find(obj);
	options_find(obj);
	streams_find(obj);
	tables_find(obj);
}

static const char *first_line(const char *s, char *out, size_t size)
{
	size_t n = strcspn(s, "\n");

	if (str_starts(s, "libbpf: ")) {
		s += 8;
		n -= 8;
	}
	snprintf(out, size, "%.*s", (int)n, s);
	return out;
}

int object_open(const struct object_source *src, struct object **out)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = src->name);
	struct object *obj;
	char why[256];
	int err = object_check(src->name, src->bytes, src->len);
	struct elf_section ext;

	if (err)
		return err;
	obj = xalloc(sizeof(*obj));
	obj->src = src;
	obj->log_size = OBJECT_LOG_SIZE;
	obj->log = xalloc(obj->log_size);
	opts.kernel_log_buf = obj->log;
	opts.kernel_log_size = obj->log_size;
	libbpf_set_print(keep_log);
	object_libbpf_log_reset();
	obj->bpf = bpf_object__open_mem(src->bytes, src->len, &opts);
	if (!obj->bpf) {
		err = fail(errno, "%s: this object cannot be opened: %s", src->name,
			   first_line(object_libbpf_log(), why, sizeof(why)));
		object_close(obj);
		return err;
	}
	if (elf_find(src, ".BTF.ext", &ext)) {
		obj->btf_ext = ext.data;
		obj->btf_ext_len = ext.len;
	}
	describe(obj);
	if (!obj->nprogs) {
		err = fail(EINVAL, "%s: there is no program in it: SEC(\"...\") makes a function one", src->name);
		object_close(obj);
		return err;
	}
	*out = obj;
	return 0;
}

void object_close(struct object *obj)
{
	if (!obj)
		return;
	options_free(obj);
	for (size_t i = 0; i < obj->nstreams; i++) {
		val_plan_free(obj->streams[i].plan);
		for (size_t k = 0; k < obj->streams[i].nguessed; k++)
			val_plan_free(obj->streams[i].guessed[k]);
		free(obj->streams[i].guessed);
	}
	for (size_t i = 0; i < obj->ntables; i++) {
		val_plan_free(obj->tables[i].plan);
		free(obj->tables[i].sort);
	}
	for (size_t i = 0; i < obj->nprogs; i++)
		free(obj->progs[i].group);
	for (size_t i = 0; i < obj->nexamples; i++) {
		free(obj->examples[i].command);
		free(obj->examples[i].text);
	}
	free(obj->streams);
	free(obj->tables);
	free(obj->progs);
	free(obj->examples);
	free(obj->brief);
	free(obj->about);
	free(obj->version);
	notes_free(&obj->notes);
	if (obj->bss)
		munmap(obj->bss, obj->bss_size);
	bpf_object__close(obj->bpf);
	free(obj->log);
	free(obj);
}
