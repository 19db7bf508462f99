#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# fetch.sh --can      can guests run here? Status 1 and the reason when not.
# fetch.sh VERSION    (6.12, 6.1) fetches Debian's newest signed cloud kernel of that series with
#                     apt-get, unless it is there; prints its folder: vmlinuz, modules/*.ko, and
#                     modules/order, the order to load them in.
#
# The folder is ${SKEP_GUEST_CACHE:-${XDG_CACHE_HOME:-~/.cache}/skep/guests}/VERSION. Without a
# network the kernel fetched before is used.
set -eu
cache=${SKEP_GUEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/skep/guests}
# What host tests need and these kernels have as modules; what those depend on comes with them.
modules='veth dummy sch_ingress cls_bpf act_bpf inet_diag tcp_diag'

can() {
	[ "$(uname -m)" = x86_64 ] || { echo "guests are x86_64 only for now"; return 1; }
	for need in qemu-system-x86_64 cpio apt-get dpkg-deb busybox; do
		command -v $need >/dev/null 2>&1 || { echo "$need is not installed"; return 1; }
	done
	! ldd "$(command -v busybox)" >/dev/null 2>&1 || { echo "busybox is not static (Debian: busybox-static)"; return 1; }
}

newest() { # SERIES: the name of the newest package, empty when apt knows none
	apt-cache pkgnames linux-image-6 |
		grep -E "^linux-image-$(echo "$1" | sed 's/\./\\./')\.[0-9][0-9a-z.+]*(-[0-9]+)?-cloud-amd64\$" |
		sort -V | tail -n 1
}

# The module's file below lib/modules, decompressed into $2.
take() { # NAME DIR
	file=$(find "$unpacked/lib/modules" -name "$1.ko" -o -name "$1.ko.xz" | head -n 1)
	case $file in
	*.xz) busybox xzcat "$file" >"$2/$1.ko" ;;
	*.ko) cp "$file" "$2/$1.ko" ;;
	*) return 1 ;;
	esac
}

# Copies a module and, before it, what its "depends=" names.
take_with_depends() { # NAME DIR
	[ ! -e "$2/$1.ko" ] || return 0
	take "$1" "$2" || return 0 # built in
	for dep in $(tr '\0' '\n' <"$2/$1.ko" | sed -n 's/^depends=//p' | tr , ' '); do
		take_with_depends "$dep" "$2"
	done
	echo "$1" >>"$2/order"
}

fetch() { # SERIES
	dir=$cache/$1
	mkdir -p "$cache"
	package=$(newest "$1")
	if [ -z "$package" ] && [ "$(id -u)" = 0 ]; then
		apt-get -qq update >/dev/null 2>&1 || :
		package=$(newest "$1")
	fi
	if [ -e "$dir/package" ] && { [ -z "$package" ] || [ "$(cat "$dir/package")" = "$package" ]; }; then
		echo "$dir"
		return
	fi
	[ -n "$package" ] || { echo "apt knows no linux-image-$1…-cloud-amd64" >&2; return 1; }
	temp=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$temp"' EXIT
	if ! (cd "$temp" && apt-get -qq download "$package" >log 2>&1); then
		[ ! -e "$dir/package" ] || { echo "$dir"; return; }
		cat "$temp/log" >&2
		return 1
	fi
	unpacked=$temp/root
	dpkg-deb -x "$temp"/*.deb "$unpacked"
	mkdir -p "$temp/new/modules"
	: >"$temp/new/modules/order"
	mv "$unpacked"/boot/vmlinuz-* "$temp/new/vmlinuz"
	mv "$unpacked"/boot/config-* "$temp/new/config"
	for module in $modules; do take_with_depends "$module" "$temp/new/modules"; done
	echo "$package" >"$temp/new/package"
	rm -rf "$dir"
	mv "$temp/new" "$dir"
	echo "$dir"
}

case ${1:-} in
--can) can ;;
6.*) can >&2 && fetch "$1" ;;
*) echo "usage: fetch.sh --can | VERSION" >&2 && exit 2 ;;
esac
