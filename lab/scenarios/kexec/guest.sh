#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: leave this kernel for the program of kexec.c. lab.do=kexec jumps into
# it, lab.do=crash crashes. Before that each loads it, unloads it and loads it again.
# lab.do=kexec also loads and unloads it 1000 times while leaves are split.
# shellcheck source=lab/boot/guest/ktap.sh
. /lab/ktap.sh
hold=/sys/module/hold/parameters
tables=/sys/kernel/debug/kernel_page_tables

address() { echo $(($(awk -v name="$1" '$1 == name { print $2 }' $hold/regions) + $2)); }

# Validity and pattern of both regions: kexec copies the linear map and must not change it.
regions() { echo "$(cat $hold/gone_valid) $(cat $hold/kept_valid) $(cat $hold/kept_pattern)"; }

splits() { awk '/^direct_map_.*_splits / { n += $2 } END { print n + 0 }' /proc/vmstat; }

# kB that are free once RCU and the collapse worker have nothing left to free
free_kb() {
	sleep 3
	sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

# Each load copies the tables of the linear map, and each unload frees the copy. On CPUs
# that support BBML2 without aborts, leaves are split and collapsed meanwhile.
loads_beside_splits() {
	cd /kselftest_install/arm64 || return
	/lab/kexec repeat 10 "$@"
	before=$(free_kb) first=$(splits) loads=0 want=0
	if [ "$(option lab.test)" = large ]; then
		want=100
		./pageattr_linear_map >/dev/null &
	fi
	while [ $loads -lt 1000 ] || { [ $(($(splits) - first)) -lt $want ] && kill -0 $!; }; do
		/lab/kexec repeat 100 "$@" || break
		loads=$((loads + 100))
	done
	nr=$(($(splits) - first))
	[ $want = 0 ] || kill $!
	lost=$((before - $(free_kb)))
	echo "# $loads loads, $nr splits, $lost kB less are free"
	check "the image is loaded and unloaded 1000 times" $((loads >= 1000)):"$(cat /sys/kernel/kexec_loaded)" 1:0
	check "leaves are split meanwhile if the CPUs can" $((nr >= want)) 1
	# One page of each copy would be 4 kB.
	check "no copy of the linear map is left" $((lost < loads * 3)) 1
}

# The segments lie in valid and in invalid memory of the linear map.
kexec() {
	plan 10
	insmod /lab/hold.ko
	sed 's/^/# /' $hold/regions
	echo 7 >$hold/kept_pattern
	echo 0 >$hold/gone_valid
	check "one region is invalid, the other is valid" "$(regions)" "0 1 7"
	set -- "$(address gone 0x50000)" "$(address kept 0x10000)" "$(address gone 0x1f0000)"
	/lab/kexec load "$@"
	check "an image with segments in both regions is loaded" $?:"$(cat /sys/kernel/kexec_loaded)" 0:1
	check "loading changes neither region" "$(regions)" "0 1 7"
	/lab/kexec unload
	check "the image is unloaded" $?:"$(cat /sys/kernel/kexec_loaded)" 0:0
	check "unloading changes neither region" "$(regions)" "0 1 7"
	loads_beside_splits "$@"
	check "the loads change neither region" "$(regions)" "0 1 7"
	/lab/kexec load "$@"
	check "the image is loaded again" $?:"$(cat /sys/kernel/kexec_loaded)" 0:1
	echo 'lab: end'
	sync
	/lab/kexec go
}

# leaf OFFSET: print level and permissions of the leaf there, and if it is contiguous.
leaf() {
	first=$(sed -n '/Linear Mapping start/{n;s/^0x\([0-9a-f]*\)-.*/\1/p}' $tables)
	awk -v addr="$(printf '0x%x' $((0x$first + $1)))" '
		/^0x/ && substr($1, 1, 18) <= addr && addr < substr($1, 20, 18) {
			print $3, $4, $5, / CON / ? "contiguous" : "" }' $tables
}

# Loading must not change the leaves that map the memory of the crash kernel. These are
# blocks with lab.test=large, on CPUs that support BBML2 without aborts, else PTEs.
crash() {
	# Physical address of the region relative to the start of RAM.
	offset=$((0x$(sed -n 's/^ *\([0-9a-f]*\)-.* : Crash kernel$/\1/p' /proc/iomem) - 0x40000000))
	case $(option lab.test) in
	large) want=PMD ;;
	*) want=PTE ;;
	esac

	plan 6
	before=$(leaf $offset)
	echo "# at $offset: $before"
	check "memory reserved for a crash kernel has leaves of the size of all memory" "${before%% *}" $want
	set -- $((0x40000000 + offset + 0x10000)) $((0x40000000 + offset + 0x220000))
	/lab/kexec crash load "$@"
	check "a crash kernel is loaded" $?:"$(cat /sys/kernel/kexec_crash_loaded)" 0:1
	check "loading does not change its leaf" "$(leaf $offset)" "$before"
	/lab/kexec crash unload
	check "the crash kernel is unloaded" $?:"$(cat /sys/kernel/kexec_crash_loaded)" 0:0
	check "unloading does not change its leaf" "$(leaf $offset)" "$before"
	/lab/kexec crash load "$@"
	check "the crash kernel is loaded again" $?:"$(cat /sys/kernel/kexec_crash_loaded)" 0:1
	echo 'lab: end'
	sync
	echo c >/proc/sysrq-trigger
}

"$(option lab.do)"
