#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run.sh TARGET [SECONDS]: fuzzes tests/fuzz/TARGET.c with clang's libFuzzer and sanitizers, on one
# core. What it finds goes to build/fuzz/TARGET; crashing inputs are named crash-*, leak-*, oom-* or
# timeout-* there: shrink one with `build/fuzz/TARGET.fuzzer -minimize_crash=1 FILE`, and keep it in
# tests/fuzz/corpus/TARGET.
# LIBBPF=FILE.a: a libbpf built with the same sanitizers finds more than the system's.
set -eu
cd "$(dirname "$0")/../.."
target=${1:?run.sh TARGET [SECONDS]} seconds=${2:-60}
clang=${CLANG:-clang}
out=build/fuzz
mkdir -p "$out/$target"
wrap= # a target that answers bpf(2) itself
grep -q __wrap_syscall "tests/fuzz/$target.c" && wrap=-Wl,--wrap=syscall,--wrap=btf__load_vmlinux_btf
"$clang" -std=gnu11 -D_GNU_SOURCE -DFUZZING -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer -Isrc \
	-o "$out/$target.fuzzer" "tests/fuzz/$target.c" src/base/*.c src/val/*.c src/object/*.c \
	src/front/scan.c src/front/records.c src/front/annotations.c src/front/json.c \
	$wrap \
	"${LIBBPF:--Wl,-Bstatic,-lbpf,-Bdynamic}" -lelf -lz
corpus=tests/fuzz/corpus/$target
exec nice "$out/$target.fuzzer" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
	-rss_limit_mb=2048 -malloc_limit_mb=512 -close_fd_mask=3 -print_final_stats=1 \
	-artifact_prefix="$out/$target/" "$out/$target" "$corpus"
