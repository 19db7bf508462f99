#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# boot.sh VERSION RESULTS [GROUP/FILE…]: boots the kernel of that series in qemu (emulated: no KVM is
# needed) with an initramfs of busybox and the tests, and leaves the lines of tests/run.sh, as the
# guest ran it, in RESULTS. Its own output is the guest's console, to be shown when something is wrong.
#
# Both CPUs of the guest run in one thread of qemu: with a thread each, a CPU may run a breakpoint that the
# kernel has just taken out again (when a tracepoint or kprobe is switched), and the kernel dies of it.
set -eu
version=$1 results=$2
shift 2
TOP=$(cd "$(dirname "$0")/../.." && pwd)
limit=${SKEP_GUEST_LIMIT:-900}
kernel=$("$TOP/tests/guest/fetch.sh" "$version")
temp=$(mktemp -d "${TMPDIR:-/tmp}/skep-guest.XXXXXX")
trap 'rm -rf "$temp"' EXIT
trap 'exit 143' TERM INT HUP

root=$temp/root
mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/etc" "$root/root" "$root/skep/build/tests" "$root/skep/tests"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"; done
cp "$TOP/tests/guest/init" "$root/init"
chmod +x "$root/init"
cp -r "$kernel/modules" "$root/modules"
for file in load within leftovers; do cp "$TOP/build/tests/$file" "$root/skep/build/tests/"; done
cp -r "$TOP/tests/run.sh" "$TOP/tests/lib.sh" "$TOP/tests/skips" "$TOP/tests/host" "$root/skep/tests/"
for carried in build/skep build/examples build/tests/progs; do
	[ ! -e "$TOP/$carried" ] || cp -r "$TOP/$carried" "$root/skep/${carried%/*}/"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
cat >"$root/guest.conf" <<END
SKEP_TEST_ENV=guest-$version
SKEP_SLOW=5
SKEP_TESTS="${*:-host}"
END
(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$temp/initramfs"

: >"$results"
status=0
"$TOP/build/tests/within" -t "$temp/secs" "$limit" qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 512 \
	-nographic -no-reboot -monitor none -nic none -kernel "$kernel/vmlinuz" -initrd "$temp/initramfs" \
	-serial "file:$temp/console" -serial "file:$results" \
	-append "console=ttyS0 quiet panic=-1 lsm=landlock,lockdown,capability,bpf" </dev/null || status=$?
tail -c 20000 "$temp/console"
echo "boot.sh: $(cat "$kernel/package"): status $status after $(cat "$temp/secs") s"
if [ "$status" = 124 ]; then
	echo "boot.sh: the guest did not end within $limit s"
elif grep -q -E 'Kernel panic|BUG: |Oops' "$temp/console"; then
	echo "boot.sh: the guest's kernel complained"
	status=1
fi
exit "$status"
