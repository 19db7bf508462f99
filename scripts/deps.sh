#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# deps.sh build|test|bench: makes sure the packages of that group are there. On Debian and Ubuntu
# they are installed with apt, after saying which; elsewhere their names are printed and make stops.
set -eu
group=$1
# One line a package: group, what proves it is there (a command, or a file that starts with /),
# then the Debian, Fedora and Arch names.
table='
build gcc gcc gcc gcc
build /usr/include/stdio.h libc6-dev glibc-static glibc
build clang clang clang clang
build llvm-strip llvm llvm llvm
build /usr/include/bpf/libbpf.h libbpf-dev libbpf-static libbpf
build /usr/include/libelf.h libelf-dev elfutils-libelf-devel-static libelf
build /usr/include/zlib.h zlib1g-dev zlib-static zlib
build /usr/include/linux/bpf.h linux-libc-dev kernel-headers linux-api-headers
test jq jq jq jq
test ip iproute2 iproute iproute2
test bash bash bash bash
test bpftool bpftool bpftool bpf
test qemu-system-x86_64 qemu-system-x86 qemu-system-x86-core qemu-system-x86
test /bin/busybox busybox-static busybox busybox
test cpio cpio cpio cpio
bench bpftool bpftool bpftool bpf
bench hyperfine hyperfine hyperfine hyperfine
bench bpftrace bpftrace bpftrace bpftrace
bench /usr/sbin/opensnoop libbpf-tools libbpf-tools libbpf-tools
bench /usr/sbin/opensnoop-bpfcc bpfcc-tools bcc-tools bcc-tools
bench strace strace strace strace
'

missing() { # COLUMN: names of what this group lacks
	echo "$table" | while read -r g proof deb fed arch; do
		[ "$g" = "$group" ] || continue
		case $proof in
		/*) [ -e "$proof" ] && continue ;;
		*) PATH=$PATH:/usr/sbin:/sbin command -v "$proof" >/dev/null 2>&1 && continue ;;
		esac
		case $1 in debian) echo "$deb" ;; fedora) echo "$fed" ;; arch) echo "$arch" ;; esac
	done | sort -u | tr '\n' ' '
}

deb=$(missing debian)
[ -z "$deb" ] && exit 0
if command -v apt-get >/dev/null 2>&1; then
	sudo=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null 2>&1 || { echo "make: please install as root: apt-get install $deb" >&2; exit 1; }
		sudo=sudo
	fi
	echo "make: installing with apt: $deb" >&2
	log=$(mktemp)
	if ! { $sudo apt-get -qq update && DEBIAN_FRONTEND=noninteractive $sudo apt-get -qq -y --no-install-recommends install $deb; } >"$log" 2>&1; then
		tail -5 "$log" >&2
		rm -f "$log"
		echo "make: apt could not install: $deb" >&2
		exit 1
	fi
	rm -f "$log"
	exit 0
fi
{
	echo "make: these packages are needed first:"
	echo "  Fedora: dnf install $(missing fedora)"
	echo "  Arch:   pacman -S $(missing arch)"
} >&2
exit 1
