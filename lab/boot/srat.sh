#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/boot/srat.sh FILE NODE0 NODE1: write a cpio archive with an ACPI table SRAT to FILE, to
# stand before the initramfs: the kernel takes the table from there. NODE0 and NODE1 are the
# MiB of two nodes with two CPUs each.
# Debian 12's firmware reports its flash as memory, QEMU's table has no node for it, and the
# kernel then ignores the whole table. This table has the flash in node 0.
. "$(dirname "$0")/../lib.sh"

file=$1 node0=$2 node1=$3
mib=1048576
ram=$((1024 * mib))

# little BYTES NUMBER: print a little-endian number as words of printf.
little() {
	_n=$2
	for _ in $(seq "$1"); do
		printf '\\%03o' $((_n & 255))
		_n=$((_n >> 8))
	done
}
# Affinity of a range of memory, and of a CPU: enabled (1).
memory() { little 1 1; little 1 40; little 4 "$1"; little 2 0; little 8 "$2"; little 8 "$3"; little 4 0; little 4 1; little 8 0; }
cpu() { little 1 3; little 1 18; little 4 "$1"; little 4 "$2"; little 4 1; little 4 0; }

# table CHECKSUM: the kernel wants the names of QEMU's table, and a newer revision (2).
table() {
	printf SRAT
	little 4 $((48 + 3 * 40 + 4 * 18))
	little 1 3
	little 1 "$1"
	printf 'BOCHS BXPC    '
	little 4 2
	printf BXPC
	little 4 1
	little 4 1
	little 8 0
	for _cpu in 0 1 2 3; do cpu $((_cpu / 2)) $_cpu; done
	memory 0 $((64 * mib)) $((64 * mib))
	memory 0 $ram $((node0 * mib))
	memory 1 $((ram + node0 * mib)) $((node1 * mib))
}

dir=$file.dir
mkdir -p "$dir/kernel/firmware/acpi"
sum=$(printf '%b' "$(table 0)" | od -An -v -tu1 | awk '{ for (i = 1; i <= NF; i++) s += $i } END { print s % 256 }')
printf '%b' "$(table $(((256 - sum) % 256)))" >"$dir/kernel/firmware/acpi/srat.aml"
(cd "$dir" && find kernel | sort | cpio --quiet -o -H newc) >"$file"
rm -r "$dir"
