/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The -- COMMAND tree for programs that know nothing of skep: the programs and map of skep.bpf.h alone.
 * The session asks the map whether a row's process is in. */
#include "skep.bpf.h"

SKEP_TOOL("Follow a command and its children", SKEP_ABOUT("A part of skep."));
