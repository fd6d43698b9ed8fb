#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: a crash kernel is loaded into the memory that was reserved for it, and
# unloaded, and loaded again; then this kernel crashes. lab.test=large: leaves can be
# split, so that memory is in large ones. Else the linear map is of pages.
# shellcheck source=lab/guest/ktap.sh
. /lab/ktap.sh
tables=/sys/kernel/debug/kernel_page_tables

# The physical address of the region, less that of RAM on this machine.
offset=$((0x$(sed -n 's/^ *\([0-9a-f]*\)-.* : Crash kernel$/\1/p' /proc/iomem) - 0x40000000))

# leaf OFFSET: the level, the permissions and the size of that leaf in the linear map.
leaf() {
	first=$(sed -n '/Linear Mapping start/{n;s/^0x\([0-9a-f]*\)-.*/\1/p}' $tables)
	awk -v addr="$(printf '0x%x' $((0x$first + $1)))" '
		/^0x/ && substr($1, 1, 18) <= addr && addr < substr($1, 20, 18) {
			print $3, $4, $5, / CON / ? "contiguous" : "" }' $tables
}

case $(option lab.test) in
large) want=PMD ;;
*) want=PTE ;;
esac

plan 6
before=$(leaf $offset)
echo "# at $offset: $before"
check "memory reserved for a crash kernel is mapped as the rest is" "${before%% *}" $want
set -- $((0x40000000 + offset + 0x10000)) $((0x40000000 + offset + 0x220000))
/lab/kexec crash load "$@"
check "a crash kernel is loaded" $?:"$(cat /sys/kernel/kexec_crash_loaded)" 0:1
check "its memory is mapped as before with it" "$(leaf $offset)" "$before"
/lab/kexec crash unload
check "it is unloaded" $?:"$(cat /sys/kernel/kexec_crash_loaded)" 0:0
check "its memory is mapped as before without it" "$(leaf $offset)" "$before"
/lab/kexec crash load "$@"
check "it is loaded again" $?:"$(cat /sys/kernel/kexec_crash_loaded)" 0:1
echo 'lab: end'
sync
echo c >/proc/sysrq-trigger
