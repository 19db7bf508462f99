/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json: a value of one annotation: a string, number, word or flat object. Inside src/front only.
 */
#ifndef SKEP_FRONT_JSON_H
#define SKEP_FRONT_JSON_H

#include "base/base.h"

/* At *p a JSON string, number or word, perhaps after blanks: appended to `out` as text and stepped
 * over. -EINVAL when there is none. */
int front_json_scalar(const char **p, struct buf *out);

/* At *p a JSON object: each member with a scalar value is given to `each` as text; members that are
 * objects or arrays are stepped over. -EINVAL when it is malformed. */
int front_json_object(const char **p, void (*each)(void *ctx, const char *key, const char *value),
		      void *ctx);

#endif
