/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Percentiles of a log2 histogram, for every format that shows one. */
#include "out/hist.h"

uint64_t hist_read(const struct val *slots, uint64_t *counts)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < slots->field->nelems && i < 64; i++) {
		struct val e;

		val_elem(slots, i, &e);
		counts[i] = e.u;
		total += e.u;
	}
	return total;
}

uint64_t hist_low(unsigned slot)
{
	return slot ? 1ull << slot : 0;
}

uint64_t hist_high(unsigned slot)
{
	return slot >= 63 ? UINT64_MAX : (1ull << (slot + 1)) - 1;
}

/* The value that `percent` of all do not exceed, by even spread within a slot. */
uint64_t hist_percentile(const uint64_t *counts, uint64_t total, unsigned percent)
{
	uint64_t want = (total * percent + 99) / 100, seen = 0;

	for (unsigned i = 0; i < 64; i++) {
		if (counts[i] && seen + counts[i] >= want)
			return hist_low(i) + (double)(hist_high(i) - hist_low(i)) * (want - seen) / counts[i];
		seen += counts[i];
	}
	return 0;
}
