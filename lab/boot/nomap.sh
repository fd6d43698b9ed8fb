#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/boot/nomap.sh DTB OPTION...: write the device tree of QEMU with these options to the
# file DTB, and add no-map regions of some pages at odd addresses. The regions lie in both
# nodes of memory, two of them in one block of 2 MiB. Prints what the kernel must say of
# each region.
. "$(dirname "$0")/../lib.sh"

dtb=$1
shift
qemu-system-aarch64 "$@" -display none -M dumpdtb="$dtb" >"$dtb.log" 2>&1 ||
	die "QEMU did not write its device tree" "read $dtb.log"

fdtput -c "$dtb" /reserved-memory
fdtput -t i "$dtb" /reserved-memory '#address-cells' 2
fdtput -t i "$dtb" /reserved-memory '#size-cells' 2
fdtput "$dtb" /reserved-memory ranges
for region in 7ab21000:1000 a0013000:5000 a00ff000:2000 c7ff3000:1d000 f3401000:200000; do
	start=${region%:*} size=${region#*:}
	fdtput -c "$dtb" "/reserved-memory/lab@$start"
	fdtput -t x "$dtb" "/reserved-memory/lab@$start" reg 0 "$start" 0 "$size"
	fdtput "$dtb" "/reserved-memory/lab@$start" no-map
	echo "nomap non-reusable lab@$start"
done
