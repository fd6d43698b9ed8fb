#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/walk/boot.sh ARCH [BOOT]: boot the kernel of lab/scenarios/walk/build.sh,
# which runs the walk's KUnit suite and powers off. Without BOOT, list the boots of ARCH.
# Writes the same logs as lab/boot/boot.sh to build/log/walk-ARCH/BOOT/.
# From the environment: APPEND (kernel command line), LIMIT (seconds).
. "$(dirname "$0")/../../lib.sh"

arch=$1 boot=${2:-}
case $arch in
x86_64) boots='5-level 4-level' ;;
riscv) boots='5-level 4-level 3-level' ;;
*) die "the walk's suite does not run on $arch" "x86_64 or riscv" ;;
esac
[ -n "$boot" ] || { echo "$boots" && exit; }

obj=build/obj/walk-$arch
dir=build/log/walk-$arch/$boot
mkdir -p "$dir"
rm -rf "${dir:?}"/*
args="console=ttyS0 panic_on_warn=1 oops=panic panic=-1${APPEND:+ $APPEND}"
case $arch-$boot in
x86_64-5-level) set -- qemu-system-x86_64 -cpu max ;;
x86_64-4-level) set -- qemu-system-x86_64 -cpu max,la57=off ;;
riscv-5-level) set -- qemu-system-riscv64 -M virt ;;
riscv-4-level) set -- qemu-system-riscv64 -M virt && args="$args no5lvl" ;;
riscv-3-level) set -- qemu-system-riscv64 -M virt && args="$args no4lvl" ;;
*) die "there is no boot named $boot for $arch" "$boots" ;;
esac
# no_timer_check: on a busy host, timer interrupts can arrive too late for the check.
case $arch in
x86_64) set -- "$@" -kernel "$obj/arch/x86/boot/bzImage" && args="$args no_timer_check kunit_shutdown=reboot reboot=t" ;;
riscv) set -- "$@" -kernel "$obj/arch/riscv/boot/Image" && args="$args kunit_shutdown=poweroff" ;;
esac

set -- "$@" -smp 2,sockets=2 -m 512 -nic none -no-reboot -display none -monitor none \
	-serial "file:$dir/console.log" -append "$args"
show "$@" | sed "s/-append \(.*\)/-append \"\1\"/"
rc=0
timeout -k 5 "${LIMIT:-120}" "$@" >"$dir/qemu.log" 2>&1 </dev/null || rc=$?
echo "$rc" >"$dir/qemu.status"
# There is no user space that prints this line.
if grep -qa 'reboot: ' "$dir/console.log"; then echo 'lab: end' >"$dir/results.log"; fi
[ "$rc" -eq 0 ] || cat "$dir/qemu.log" >&2
exit "$rc"
