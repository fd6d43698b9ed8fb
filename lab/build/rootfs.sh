#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/rootfs.sh PROFILE [SCRIPT]: build the initramfs with the kernel's gen_init_cpio,
# which needs no root. The guest gets SCRIPT (default: those of the scenarios) in /lab.
. "$(dirname "$0")/../lib.sh"

obj=build/obj/$1
script=${2:-lab/scenarios/*/guest.sh}
lab/build/busybox.sh

{
	sed '/^#/d' lab/boot/guest/rootfs.list
	echo "file /init $TOP/lab/boot/guest/init 755 0 0"
	echo "file /bin/busybox $TOP/build/busybox 755 0 0"
	sed '/^#/d' lab/boot/guest/busybox.list | xargs -n 1 | sed 's|.*|slink /bin/& busybox 777 0 0|'
	# make test-all builds single patches without the lab's modules.
	for f in "$obj"/lab-*/*.ko "$obj"/lab-programs/* "$obj/drivers/misc/lkdtm/lkdtm.ko" "$obj/mm/kfence/kfence_test.ko" \
		"$obj/lib/test_vmalloc.ko"; do
		[ ! -f "$f" ] || echo "file /lab/${f##*/} $TOP/$f 755 0 0"
	done
	echo "file /lab/ktap.sh $TOP/lab/boot/guest/ktap.sh 644 0 0"
	for f in $script; do
		name=$(basename "$(dirname "$f")")
		echo "file /lab/$name.sh $TOP/$f 644 0 0"
	done
	if [ -d "$obj/kselftest_install" ]; then
		(cd "$obj" && find kselftest_install -type d) | sort | sed 's|.*|dir /& 755 0 0|'
		(cd "$obj" && find kselftest_install -type f) | sort |
			sed "s|.*|file /& $TOP/$obj/& 755 0 0|"
	fi
} | write_if_changed "$obj/rootfs.list"

# shellcheck disable=SC2046 # file names without spaces
if [ ! -f "$obj/rootfs.cpio.gz" ] ||
	[ -n "$(find "$obj/rootfs.list" $(awk '$1 == "file" { print $3 }' "$obj/rootfs.list") \
		-newer "$obj/rootfs.cpio.gz")" ]; then
	show "$obj/usr/gen_init_cpio -t 0 $obj/rootfs.list | gzip -n >$obj/rootfs.cpio.gz"
	"$obj/usr/gen_init_cpio" -t 0 "$obj/rootfs.list" >"$obj/rootfs.cpio"
	gzip -nf "$obj/rootfs.cpio"
fi
