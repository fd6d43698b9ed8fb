#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: add 1 GiB, remove a memory block in the middle before it is online, then the
# rest. Do the same with three blocks at an odd start. Add 1 GiB again, take a block offline
# and online, make a page invalid and valid in the linear map, and remove all memory. Add a
# block while each page allocation fails once. lab.test= tells the expected leaves: large:
# blocks that the CPUs can split; fixed: blocks that they cannot split; pages: PTEs.
# shellcheck source=lab/boot/guest/ktap.sh
. /lab/ktap.sh
memhp=/sys/module/memhp/parameters
blocks=/sys/devices/system/memory
start=$((0xc0000000)) size=$((1 << 30))
block=$((0x$(cat $blocks/block_size_bytes)))
first=$((start / block)) last=$(((start + size) / block - 1))

# No leaf spans two memory blocks, so that removing a block needs no split.
case $(option lab.test) in
large | fixed) leaf=$((32 << 20)) ;;
*) leaf=4096 ;;
esac

# add OFFSET SIZE, remove OFFSET SIZE: in bytes from the start
add() { echo "$1 $2" >$memhp/add; }
remove() { echo "$1 $2" >$memhp/remove; }

map() { sed -n 's/^DirectMap//p' /proc/meminfo | tr -s ' \n' ' '; }
kb() { sed -n 's/^DirectMap//p' /proc/meminfo | awk '{ kb += $2 } END { print kb }'; }
# leaves OFFSET...: print the size of the leaf at each offset
leaves() {
	for at; do
		echo "$at" >$memhp/at
		cat $memhp/leaf
	done | xargs
}

each() {
	for i in $(seq $first $last); do
		echo "$1" >$blocks/memory"$i"/state || return 1
	done
}

# middle_block NAME START MIDDLE END: add [START, END), remove the memory block at MIDDLE, then
# the rest. Counters are compared at once.
middle_block() {
	next=$(($3 + block)) kb=$(kb)
	add "$2" $(($4 - $2))
	check "$1: added memory is counted" $?:"$(kb)" 0:$((kb + ($4 - $2) / 1024))
	check "$1: its leaves have the expected size" "$(leaves "$2" "$3" $(($4 - 4096)))" "$leaf $leaf $leaf"
	remove "$3" "$block"
	check "$1: a block in the middle is removed" $?:"$(kb)" 0:$((kb + ($4 - $2 - block) / 1024))
	check "$1: its neighbours keep their leaves" \
		"$(leaves "$2" $(($3 - 4096)) "$3" $((next - 4096)) $next)" "$leaf $leaf none none $leaf"
	remove "$2" $(($3 - $2))
	remove $next $(($4 - next))
	check "$1: the rest is removed" "$(kb) $(leaves "$2" $(($4 - 4096)))" "$kb none none"
}

# Add a block while its n-th page allocation fails, for each n.
add_without_memory() {
	kb_before=$(kb) n=0 failed=0 wrong=
	# The kernel warns of a failed allocation for the memory map. A WARN still panics.
	dmesg -n 4
	while :; do
		n=$((n + 1))
		echo $n >$memhp/fail
		if add "$block" "$block" 2>/tmp/error; then
			[ "$(kb)" = $((kb_before + block / 1024)) ] || wrong="$wrong $n"
			remove "$block" "$block"
			# No allocation failed: the add needs fewer than n.
			[ "$(cat $memhp/fail)" = 0 ] || break
		else
			failed=$((failed + 1))
			grep -q 'Cannot allocate memory' /tmp/error || wrong="$wrong $n"
		fi
		[ "$(kb) $(leaves "$block" $((2 * block - 4096)))" = "$kb_before none none" ] ||
			wrong="$wrong $n"
	done
	dmesg -n 7
	echo 0 >$memhp/fail
	echo "# $((n - 1)) allocations, $failed failures of add"
	check "an add without memory fails and is not counted" "$((failed > 0))$wrong" 1
}

if [ "$(option lab.test)" = fixed ]; then plan 18; else plan 20; fi

insmod /lab/memhp.ko start=$start
# The kernel frees the module's init text later.
sleep 3
map_before=$(map)
middle_block "1 GiB" 0 $((size / 2)) $size
middle_block "odd start" "$block" $((2 * block)) $((4 * block))
check "the linear map has its first leaves" "$(soon "$map_before" map)" "$map_before"
add 0 $size
check "memory that is added again has the same leaves" "$(leaves 0)" $leaf
# Movable: the kernel can migrate pages away before it takes memory offline.
each online_movable
check "all of it is online" $? 0
echo offline >$blocks/memory$((first + 3))/state
check "one memory block goes offline" "$(cat $blocks/memory$((first + 3))/state)" offline
echo online_movable >$blocks/memory$((first + 3))/state
if [ "$(option lab.test)" != fixed ]; then
	secret=$((size / 2 + 20480))
	echo $secret >$memhp/at
	echo 0 >$memhp/valid
	check "an invalid page of it is PTE-mapped" "$(cat $memhp/leaf)" 4096
	echo 1 >$memhp/valid
	check "the leaf of the valid page is collapsed" "$(soon $leaf cat $memhp/leaf)" $leaf
fi
echo "# $(map)"
each offline
check "all of it goes offline" $? 0
remove 0 $size
check "all of it is removed" "$(leaves 0 $((size - 4096)))" "none none"
add_without_memory
check "the linear map has the leaves from before" "$(soon "$map_before" map)" "$map_before"
echo 'lab: end'
sync
