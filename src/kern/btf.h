/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside kern: raw BTF, looked at in place.
 *
 * An image is the kernel's BTF or that of one module. A module's is split: its type ids and string
 * offsets go on where those of the kernel end.
 */
#ifndef SKEP_KERN_BTF_H
#define SKEP_KERN_BTF_H

#include <linux/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/kern.h"

#define KERN_BTF_MAX_SIZE    (256u << 20) /* of a BTF file; a debug kernel has some 10 MB */
#define KERN_BTF_KIND_ENUM64 19
#define KERN_BTF_MARK	     64 /* the offset of every so manieth type is remembered */

struct kern_btf_image {
	const uint8_t *data;
	size_t len;
	bool mapped; /* else it was read into anonymous memory */
	const uint8_t *types;
	uint32_t types_len;
	const char *strs;
	uint32_t strs_len;
	uint32_t first_id, first_str; /* of this image: 1 and 0 for the kernel */
	uint32_t ntypes;	      /* known after the first walk */
	uint32_t *marks;	      /* offsets of types first_id + i * KERN_BTF_MARK */
};

/* A name to look for, and what was found. */
struct kern_btf_query {
	const char *name;
	uint32_t len;	/* of the name without flavour */
	uint32_t kinds; /* bit set of BTF kinds */
	bool flavours;	/* NAME___anything matches too, as in CO-RE */
	bool whole;	/* for btf_reduce.c: copy every enumerator */
	uint32_t *offs; /* string offsets of the name */
	size_t noffs;
	uint32_t *ids; /* types, ascending */
	size_t nids;
	char *module; /* the module they are in, NULL: the kernel */
};

/* The kernel's image, NULL when there is none. Borrowed. */
struct kern_btf_image *kern_btf_image(void);
/* Gives back the memory of an image that could not be mapped; it is read again when needed. */
void kern_btf_image_release(void);

/* Adds to the queries what this image has (btf_scan.c). */
void kern_btf_scan(struct kern_btf_image *image, struct kern_btf_query *queries, size_t n);

/* One pass over the strings and one over the types for all names; modules only for what the kernel
 * lacks. The caller frees the queries' contents. */
void kern_btf_run(struct kern_btf_query *queries, size_t n);
void kern_btf_query_fini(struct kern_btf_query *q);

/* A type of the kernel's image by id; NULL when there is no such id. */
const struct btf_type *kern_btf_type(struct kern_btf_image *image, uint32_t id);
const char *kern_btf_string(const struct kern_btf_image *image, uint32_t off);
/* Bytes of a type record with what follows it; 0 for a kind this code does not know. */
size_t kern_btf_type_len(const struct btf_type *t);

/* Looks up many (name, kind) pairs at once and remembers them for kern_btf_find(); `more` queries
 * are answered in the same pass. */
struct kern_btf_name {
	const char *name;
	unsigned int kind;
};
void kern_btf_prefetch(const struct kern_btf_name *names, size_t n, struct kern_btf_query *more,
		       size_t nmore);
/* What is known by now, for the cache: answer number i; false: there are not so many. */
struct kern_btf_answer {
	const char *name;
	unsigned int kind;
	uint32_t id;	/* 0: the kernel has none */
	bool of_module; /* ids of modules change when they are loaded again */
};
bool kern_btf_answer_at(size_t i, struct kern_btf_answer *out);
void kern_btf_answer_put(const char *name, unsigned int kind, uint32_t id);
/* Is kern_build_id() that of the running kernel, and cheap? */
bool kern_is_known_build(void);

/* btf_cache.c: what was found for this object under this kernel, from last time. */
bool kern_btf_cache_load(const struct object *obj, struct buf *blob);
void kern_btf_cache_store(const struct object *obj, const struct buf *blob);

/* The BTF of module `name` in the kernel; the fd stays open. -errno, silent. */
int kern_btf_module_fd(const char *name);
/* Like kern_btf_find(), in modules too: *fd gets the module's BTF fd, 0 for the kernel itself. */
uint32_t kern_btf_find_target(const char *name, unsigned int kind, int *fd);

/* Length of a type's name without its flavour ("task_struct___old" → 11). */
size_t kern_btf_essential_len(const char *name);

/* btf_reduce.c: is libbpf relocating against a reduced BTF now? */
bool kern_btf_reduced_in_use(void);
/* Loading is over: the reduced BTF is forgotten. */
void kern_btf_reduced_done(void);

#endif
