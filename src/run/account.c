/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The account a tool keeps in the kernel beside its scratch places: what was made, what found no room. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_int.h"

bool account_read(const struct object *obj, struct account *a)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj->bpf, "skep_scratch");
	int ncpus = libbpf_num_possible_cpus();
	size_t stride;
	char *values;

	*a = (struct account){0};
	if (!map || ncpus <= 0)
		return false;
	stride = (bpf_map__value_size(map) + 7) & ~7u;
	values = xalloc(stride * ncpus);
	for (uint32_t slot = 0; slot < bpf_map__max_entries(map); slot++) {
		if (bpf_map_lookup_elem(bpf_map__fd(map), &slot, values))
			continue;
		for (int cpu = 0; cpu < ncpus; cpu++) {
			uint64_t counts[3]; /* produced, lost, unplaced */

			memcpy(counts, values + cpu * stride, sizeof(counts));
			a->produced += counts[0] + counts[2];
			a->lost += counts[1] + counts[2];
		}
	}
	free(values);
	return true;
}
