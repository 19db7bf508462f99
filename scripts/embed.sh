#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# embed.sh BUILD "TOOL…" "PART…": assembly that carries files in the binary. Symbols:
# embed_tool_NAME, embed_part_NAME, embed_headers, each with a matching …_end.
set -eu
build=$1 tools=$2 parts=$3

carry() { # SYMBOL FILE
	printf '.balign 8\n.globl %s\n%s:\n.incbin "%s"\n.globl %s_end\n%s_end:\n.byte 0\n' "$1" "$1" "$2" "$1" "$1"
}

echo '.section .rodata'
for t in $tools; do carry "embed_tool_$t" "$build/tools/$t.bpf.o"; done
for p in $parts; do carry "embed_part_$p" "$build/parts/$p.bpf.o"; done
carry embed_headers "$build/gen/headers.z"
echo '.section .note.GNU-stack,"",@progbits'
