/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* floor: what floor.bpf.c sends to floor.c. */
struct floor_event {
	int pid;
	char comm[16];
	char path[236];
};
