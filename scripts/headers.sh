#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# headers.sh OUT: packs what `skep run x.bpf.c` needs beside clang: libbpf's headers, skep.bpf.h, and
# the kernel's UAPI headers that BPF programs include, with all that those include. The archive is a
# line "NAME LENGTH" and the bytes for each file, gzip-compressed; src/front/headers.c unpacks it.
set -eu
export LC_ALL=C
out=$1
clang=${CLANG:-clang}
multiarch=/usr/include/$(uname -m)-linux-gnu
case $(uname -m) in x86_64) arch=x86 ;; aarch64) arch=arm64 ;; *) arch=$(uname -m) ;; esac
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

put() { # NAME FILE
	printf '%s %d\n' "$1" "$(wc -c <"$2")"
	cat "$2"
}

# The manual of all helpers stands in linux/bpf.h too (and in bpf_helper_defs.h): comments longer than a
# screenful are left out there, as empty lines, so that line numbers stay.
short() { # FILE
	awk 'FNR > 20 && /^\/\*/ && !/\*\// {
		hold = $0; n = 1
		while ((getline line) > 0) { n++; hold = hold "\n" line; if (line ~ /\*\//) break }
		if (n > 24 && line ~ /\*\/[ \t]*$/) { while (n--) print "" } else print hold
		next
	} { print }' "$1" >"$tmp/short"
	echo "$tmp/short"
}

# What programs include themselves; what is not on this machine is left out.
for h in bpf bpf_common btf types stddef errno limits if_ether if_vlan if_packet if_link \
	ip ipv6 tcp udp icmp icmpv6 in in6 socket pkt_cls pkt_sched \
	ptrace perf_event bpf_perf_event unistd fcntl stat signal sched time version const \
	filter neighbour netlink rtnetlink net utsname un; do
	printf '#if __has_include(<linux/%s.h>)\n#include <linux/%s.h>\n#endif\n' $h $h
done >"$tmp/all.c"
for h in types errno unistd ptrace byteorder fcntl stat socket ioctl signal posix_types bitsperlong; do
	printf '#if __has_include(<asm/%s.h>)\n#include <asm/%s.h>\n#endif\n' $h $h
done >>"$tmp/all.c"

# glibc's headers take the BPF target for a 32-bit one and ask for this list of missing functions.
mkdir "$tmp/gnu" "$tmp/libc"
echo '/* nothing is missing */' >"$tmp/gnu/stubs-32.h"
# What linux/if.h wants of libc, for machines without its headers; found after the real one.
cat >"$tmp/libc/socket.h" <<'H'
#ifndef SKEP_SYS_SOCKET_H
#define SKEP_SYS_SOCKET_H
typedef unsigned short sa_family_t;
struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};
#endif
H

# The preprocessor names every file it read; those below linux/, asm/ and asm-generic/ are taken.
"$clang" -target bpf -D__TARGET_ARCH_$arch -I"$tmp" -idirafter "$multiarch" -E \
	-M -MF "$tmp/all.d" -o /dev/null "$tmp/all.c" 2>"$tmp/log" || { cat "$tmp/log" >&2; exit 1; }

{
	for f in /usr/include/bpf/bpf_helpers.h /usr/include/bpf/bpf_helper_defs.h \
		/usr/include/bpf/bpf_tracing.h /usr/include/bpf/bpf_core_read.h \
		/usr/include/bpf/bpf_endian.h /usr/include/bpf/usdt.bpf.h; do
		put "bpf/${f##*/}" "$f"
	done
	for f in tools/include/*.h; do
		[ ! -e "$f" ] || put "${f##*/}" "$f"
	done
	tr ' \\' '\n\n' <"$tmp/all.d" | grep -E '^/usr/include/.*\.h$' | sort -u | while read -r f; do
		name=${f#"$multiarch"/}
		name=${name#/usr/include/}
		case $name in linux/* | asm/* | asm-generic/*) put "uapi/$name" "$(short "$f")" ;; esac
	done
	put uapi/gnu/stubs-32.h "$tmp/gnu/stubs-32.h"
	put uapi/sys/socket.h "$tmp/libc/socket.h"
} >"$tmp/archive"
gzip -9n <"$tmp/archive" >"$out"
