/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * object: ELF + BTF bytes → an opened BPF object that describes itself: its programs, options,
 * streams of records, tables, examples.
 *
 * The description travels in BTF: decl tags "skep:KEY=VALUE" put there by skep.bpf.h, and types. A
 * description from elsewhere (annotations in C comments, a package) comes in as the same notes, so
 * nothing behind this folder knows where it came from.
 *
 * Owner: struct object owns everything it points to and closes it in object_close(). The source
 * bytes stay with the caller and must outlive the object.
 * Failure: -errno after one message. Bytes are not trusted: object_check() walks every header,
 * section, symbol, relocation and BTF record before libbpf sees them. Limits: OBJECT_MAX_SIZE bytes.
 * Must not know: the running kernel, attaching, formats of output.
 */
#ifndef SKEP_OBJECT_H
#define SKEP_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "val/val.h"

struct btf;
struct bpf_object;
struct bpf_program;
struct bpf_map;

#define OBJECT_MAX_SIZE (64u << 20)

/* ---- notes: what the author said about a thing ------------------------------------------------- */

enum object_on { ON_OBJECT, ON_VAR, ON_MAP, ON_PROG, ON_TYPE };

struct object_note {
	enum object_on on;
	char *name;   /* of the variable, map, program or struct; NULL for the object */
	char *member; /* of the struct, else NULL */
	char *key;
	char *value;  /* "" when the key says it all */
};

struct object_notes {
	struct object_note *items;
	size_t n;
};

void notes_add(struct object_notes *notes, enum object_on on, const char *name, const char *member,
	       const char *key, const char *value);
/* The last value given for the key, NULL when there is none. */
const char *notes_get(const struct object_notes *notes, enum object_on on, const char *name,
		      const char *member, const char *key);
void notes_free(struct object_notes *notes);

/* ---- the source: what a front end produces ----------------------------------------------------- */

struct object_source {
	char *name;                /* "opensnoop": shown in help and messages */
	const void *bytes;         /* the ELF file */
	size_t len;
	void *to_free;             /* what to free() with the source, NULL for embedded tools */
	struct object_notes notes; /* from outside the ELF */
	bool from_c;               /* so that hints can say what to write in the source */
	bool is_tool;              /* it is in the binary: called by its name alone */
};

void object_source_free(struct object_source *src);

/* Is it a well-formed ELF file for the BPF machine with well-formed BTF? Messages name what is wrong. */
int object_check(const char *name, const void *bytes, size_t len);

/* ---- the description --------------------------------------------------------------------------- */

/* A `const volatile` global that the user may set. */
struct object_option {
	char *var;               /* name in the source */
	char *name;              /* long option: the same with dashes */
	char letter;             /* 0: none */
	char *help, *arg;
	struct val_field field;  /* type; field.offset is the offset in the map's image */
	struct bpf_map *map;     /* .rodata or .data */
	bool folded;             /* no instruction reads it: setting it would do nothing */
	bool given;
	char *target;            /* a string that only skep reads: "binary", "library" …, else NULL */
};

/* A ring buffer or perf event array. */
struct object_stream {
	struct bpf_map *map;
	const char *name;
	bool is_perf;
	struct val_plan *plan;   /* NULL: type unknown, records are shown as hex */
	const char *how;         /* how the type was found, for -v */
	struct val_plan **guessed; /* by object_stream_guess() */
	size_t nguessed;
	bool printk;             /* lines of text, not records */
};

/* A map whose content is shown, at an interval or at the end. */
struct object_table {
	struct bpf_map *map;
	const char *name;
	const char *title;
	struct val_plan *plan;   /* key fields, then value fields at offset `value_offset` */
	uint32_t value_offset;
	uint32_t key_fields;     /* how many of the plan's fields belong to the key */
	uint64_t interval_ns;    /* as the author wished, 0: at the end only */
	bool clear;              /* at an interval: delete what was shown */
	char *sort;              /* field to sort by, descending; NULL: by key */
	uint32_t nelems;         /* the rows are the elements of an array within the map's only value, */
	uint32_t elem_offset, elem_size; /* which lies there; 0: rows are the map's entries */
};

struct object_prog {
	struct bpf_program *prog;
	const char *name, *sec;
	bool optional;           /* SEC("?…") */
	char *group;             /* alternatives: programs of one group give the same data */
	int choice;              /* which alternative of the group it belongs to; lower is better */
	const char *when, *unless; /* lists of bool options: loaded only when one / none of them is set */
	bool internal;           /* of skep.bpf.h: the session decides */
};

struct object_example {
	char *command, *text;
};

struct object {
	const struct object_source *src;
	struct bpf_object *bpf;      /* opened, not loaded */
	const struct btf *btf;       /* NULL when the object has none */
	const void *btf_ext;         /* section .BTF.ext, borrowed from the source */
	size_t btf_ext_len;
	struct object_notes notes;   /* tags and those of the source, in one list */
	char *brief, *about, *version;
	struct object_option *options;
	size_t noptions;
	struct object_stream *streams;
	size_t nstreams;
	struct object_table *tables;
	size_t ntables;
	struct object_prog *progs;
	size_t nprogs;
	struct object_example *examples;
	size_t nexamples;
	char *log;                   /* the verifier's log of the program that failed to load */
	size_t log_size;
	void *bss;                   /* .bss of the loaded object, shared with the kernel */
	size_t bss_size;
	bool has_contract;           /* made with skep.bpf.h: shared filters and loss counters are there */
	bool needs_full_btf;         /* externs, struct_ops …: a reduced kernel BTF would not do */
};

#define OBJECT_LOG_SIZE (1u << 20)

int object_open(const struct object_source *src, struct object **obj);
/* What libbpf complained about since the last reset. */
const char *object_libbpf_log(void);
void object_libbpf_log_reset(void);
void object_close(struct object *obj);

/* A record came and its type is unknown: is there one struct of this size? Its plan belongs to the
 * object; NULL: there is none, or more than one. */
const struct val_plan *object_stream_guess(struct object *obj, struct object_stream *s, size_t len);
/* Makes a table of every map that has types; for objects that would show nothing. */
void object_tables_all(struct object *obj);

/* Text → the option's variable, in the image that will be loaded. Prints its own message. */
int object_option_set(struct object *obj, struct object_option *o, const char *text);
struct object_option *object_option_find(const struct object *obj, const char *name);
/* "a, b" → its next name, in a buffer of the caller's; NULL at the end. */
const char *object_next_name(const char **list, char *name, size_t size);
/* The option's present value as text, for --help; "" when it is zero or empty. */
void object_option_default(const struct object_option *o, char *out, size_t size);
/* Writes a variable by name before loading; false when the object has no such variable or size. */
bool object_var_write(struct object *obj, const char *var, const char *member, const void *value, size_t size);
/* A global of .bss as it lives in the kernel after loading, shared; NULL when it is not there. */
void *object_var_address(struct object *obj, const char *var, size_t size);

#endif
