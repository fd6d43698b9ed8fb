#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/boot/boot.sh PROFILE BOOT [DO]: boot the kernel of PROFILE under QEMU.
#   BOOT  full | on | off | kpti: rodata=full, =on, =off, and rodata=full with KPTI;
#         bbml2: rodata=full with four CPUs that support BBML2 without aborts;
#         bbml2-nomap: the same without firmware, with no-map regions at odd addresses;
#         vhe | nvhe | protected: rodata=full at EL2, with KVM in this mode
#   DO    the guest's job, see lab/boot/guest/init: none (default), kselftest, demo,
#         linear_map, shell ...
# KUnit runs at boot unless DO is demo, linear_map or shell. Logs go to
# build/log/PROFILE/BOOT[-DO]/: console.log from the kernel, results.log from the guest.
# machine.log has the lines that the kernel must print on this machine.
# From the environment: MEM (MiB), MIDR (with bbml2), DISK (a file, /dev/vda in the
# guest), APPEND (kernel command line), LIMIT (seconds), GDB=1 (wait for gdb), OBJ (name
# of another object tree). The exit status is QEMU's; lab/results/boot-sound.sh checks
# the logs.
. "$(dirname "$0")/../lib.sh"

profile=$1 boot=$2 do=${3:-none}
cpu=$(lab_option "$profile" CPU) smp=$(lab_option "$profile" SMP) shape=$(lab_option "$profile" MACHINE)
# The kernel lists Neoverse N3 by MIDR, and has no TLBI erratum for it.
listed=$cpu,midr=${MIDR:-0x410fd8e0}
machine=virt says=
case $boot in
full) args='rodata=full' ;;
on) args='rodata=on' ;;
off) args='rodata=off' ;;
kpti) args='rodata=full kpti=on' says='detected: Kernel page table isolation (KPTI)' ;;
# debug_pagealloc would map the linear map with PTEs.
bbml2) args='rodata=full debug_pagealloc=off' cpu=$listed smp=4 ;;
bbml2-nomap) args='rodata=full debug_pagealloc=off' cpu=$listed smp=4 shape=board ;;
vhe) args='rodata=full' says='VHE mode initialized successfully' ;;
nvhe) args='rodata=full kvm-arm.mode=nvhe' says='Hyp nVHE mode initialized successfully' ;;
protected) args='rodata=full kvm-arm.mode=protected' says='Protected hVHE mode initialized successfully' ;;
*) die "there is no boot named $boot" "full, on, off, kpti, bbml2, bbml2-nomap, vhe, nvhe or protected" ;;
esac
case $boot in vhe | nvhe | protected) machine=$machine,virtualization=on ;; esac
case $do in
demo | linear_map | shell) args="$args kunit.enable=0" ;;
*) args="$args kunit.enable=1" ;;
esac
# Any report ends the boot. Its text comes last in the log. On a busy host, a CPU of the
# guest can lack time for 21 s, after which RCU would report a stall.
args="console=ttyAMA0 panic_on_warn=1 oops=panic panic=-1 rcupdate.rcu_cpu_stall_timeout=60 $args lab.do=$do${APPEND:+ $APPEND}"

obj=build/obj/${OBJ:-$profile} initrd=build/obj/${OBJ:-$profile}/rootfs.cpio.gz
dir=build/log/${OBJ:-$profile}/$boot-$do
[ "$do" != none ] || dir=${dir%-none}
rm -rf "$dir"
mkdir -p "$dir"
must_say() { printf '%s\n' "$@" >>"$dir/machine.log"; }
[ -z "$says" ] || must_say "$says"

# reserve=off: a guest can have more memory than this machine if it does not touch it.
mem=${MEM:-$(lab_option "$profile" MEM)}
ram() { echo "memory-backend-ram,id=$1,size=${2}M,reserve=off"; }
if [ "$shape" = server ] || [ "$boot" = bbml2-nomap ]; then
	# Two nodes, neither a multiple of a GiB. MTE: the linear map has tagged memory.
	node0=$((mem / 2 + 1))
	set -- -M "$machine,gic-version=3,mte=on" \
		-object "$(ram node0 $node0)" -numa node,nodeid=0,memdev=node0,cpus=0-1 \
		-object "$(ram node1 $((mem - node0)))" -numa node,nodeid=1,memdev=node1,cpus=2-3
	bus=pci
	must_say 'smp: Brought up 2 nodes, 4 CPUs' 'GICv3: ' 'detected: Memory Tagging Extension'
else
	set -- -M "$machine,memory-backend=ram" -object "$(ram ram "$mem")"
	bus=device
fi
if [ "$shape" = server ]; then
	lab/boot/srat.sh "$dir/initrd" "$node0" $((mem - node0))
	cat "$initrd" >>"$dir/initrd"
	initrd=$dir/initrd
	# The firmware takes the seed for KASLR from the device.
	set -- "$@" -bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd -device virtio-rng-pci
	must_say 'psci: probing for conduit method from ACPI' 'efi: EFI v' 'KASLR enabled'
else
	must_say 'psci: probing for conduit method from DT'
fi
set -- "$@" -cpu "$cpu" -smp "$smp" -m "$mem"

if [ "$boot" = bbml2-nomap ]; then
	lab/boot/nomap.sh "$dir/nomap.dtb" "$@" >>"$dir/machine.log"
	set -- "$@" -dtb "$dir/nomap.dtb"
fi
set -- qemu-system-aarch64 "$@" -nic none -no-reboot \
	-kernel "$obj/arch/arm64/boot/Image" -initrd "$initrd"

[ -z "${DISK:-}" ] || set -- "$@" \
	-drive "file=$DISK,format=raw,if=none,id=disk" -device virtio-blk-$bus,drive=disk

if [ "$do" = shell ]; then
	if [ -n "${GDB:-}" ]; then
		set -- "$@" -s -S
		say "waiting for:  gdb-multiarch $obj/vmlinux -ex 'target remote :1234'"
	fi
	show "$@" -nographic -append "\"$args\""
	exec "$@" -nographic -append "$args"
fi

set -- "$@" -display none -monitor none -serial "file:$dir/console.log" \
	-device virtio-serial-$bus -chardev "file,id=results,path=$dir/results.log" \
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
rm -f "$dir/initrd"
[ "$rc" -eq 0 ] || cat "$dir/qemu.log" >&2
exit "$rc"
