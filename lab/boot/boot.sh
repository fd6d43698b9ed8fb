#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/boot/boot.sh PROFILE BOOT [DO]: boot the kernel of PROFILE under QEMU.
#   BOOT  full | on | off | kpti: rodata=full, =on, =off, and rodata=full with KPTI;
#         bbml2: rodata=full with four CPUs that support BBML2 without aborts
#   DO    the guest's job, see lab/boot/guest/init: none (default), kselftest, demo,
#         linear_map, shell ...
# KUnit runs at boot unless DO is demo, linear_map or shell. Logs go to
# build/log/PROFILE/BOOT[-DO]/: console.log from the kernel, results.log from the guest.
# From the environment: MEM (MiB), MIDR (with bbml2), DISK (a file, /dev/vda in the
# guest), APPEND (kernel command line), LIMIT (seconds), GDB=1 (wait for gdb), OBJ (name
# of another object tree). The exit status is QEMU's; lab/results/boot-sound.sh checks
# the logs.
. "$(dirname "$0")/../lib.sh"

profile=$1 boot=$2 do=${3:-none}
cpu=$(lab_option "$profile" CPU) smp=$(lab_option "$profile" SMP)
case $boot in
full) args='rodata=full' ;;
on) args='rodata=on' ;;
off) args='rodata=off' ;;
kpti) args='rodata=full kpti=on' ;;
# The kernel lists Neoverse N3 by MIDR, and has no TLBI erratum for it. debug_pagealloc would
# map the linear map with PTEs.
bbml2) args='rodata=full debug_pagealloc=off' cpu=$cpu,midr=${MIDR:-0x410fd8e0} smp=4 ;;
*) die "there is no boot named $boot" "full, on, off, kpti or bbml2" ;;
esac
case $do in
demo | linear_map | shell) args="$args kunit.enable=0" ;;
*) args="$args kunit.enable=1" ;;
esac
# Any report ends the boot. Its text comes last in the log.
args="console=ttyAMA0 panic_on_warn=1 oops=panic panic=-1 $args lab.do=$do${APPEND:+ $APPEND}"

obj=build/obj/${OBJ:-$profile}
dir=build/log/${OBJ:-$profile}/$boot-$do
[ "$do" != none ] || dir=${dir%-none}
rm -rf "$dir"
mkdir -p "$dir"

# reserve=off: a guest can have more memory than this machine if it does not touch it.
mem=${MEM:-$(lab_option "$profile" MEM)}
set -- qemu-system-aarch64 -M virt,memory-backend=ram -cpu "$cpu" \
	-object "memory-backend-ram,id=ram,size=${mem}M,reserve=off" \
	-smp "$smp" -m "$mem" \
	-nic none -no-reboot \
	-kernel "$obj/arch/arm64/boot/Image" -initrd "$obj/rootfs.cpio.gz"

[ -z "${DISK:-}" ] || set -- "$@" \
	-drive "file=$DISK,format=raw,if=none,id=disk" -device virtio-blk-device,drive=disk

if [ "$do" = shell ]; then
	if [ -n "${GDB:-}" ]; then
		set -- "$@" -s -S
		say "waiting for:  gdb-multiarch $obj/vmlinux -ex 'target remote :1234'"
	fi
	show "$@" -nographic -append "\"$args\""
	exec "$@" -nographic -append "$args"
fi

set -- "$@" -display none -monitor none -serial "file:$dir/console.log" \
	-device virtio-serial-device -chardev "file,id=results,path=$dir/results.log" \
	-device virtconsole,chardev=results -append "$args"
show "$@" | sed "s/-append \(.*\)/-append \"\1\"/"
follow=
if [ "$V" = 1 ]; then
	: >"$dir/console.log"
	tail -f "$dir/console.log" &
	follow=$!
fi
rc=0
timeout -k 5 "${LIMIT:-900}" "$@" >"$dir/qemu.log" 2>&1 </dev/null || rc=$?
[ -z "$follow" ] || kill "$follow"
echo "$rc" >"$dir/qemu.status"
[ "$rc" -eq 0 ] || cat "$dir/qemu.log" >&2
exit "$rc"
