/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* log2 histograms: slot 0 counts 0 and 1, slot i counts [2^i, 2^(i+1)). */
#ifndef SKEP_OUT_HIST_H
#define SKEP_OUT_HIST_H

#include <stdint.h>

#include "val/val.h"

/* Copies the counts (64 of them, zeroed by the caller) and returns their sum. */
uint64_t hist_read(const struct val *slots, uint64_t *counts);
uint64_t hist_low(unsigned slot), hist_high(unsigned slot);
uint64_t hist_percentile(const uint64_t *counts, uint64_t total, unsigned percent);

#endif
