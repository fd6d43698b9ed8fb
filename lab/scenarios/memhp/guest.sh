#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: add 1 GiB, remove half of it before it is online, then the rest. Add it
# again, take a memory block offline and online, make a page invalid and valid in the
# linear map, and remove all memory. lab.test= tells the expected leaves: large: blocks
# that the CPUs can split; fixed: blocks that they cannot split; pages: PTEs.
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

map() { sed -n 's/^DirectMap//p' /proc/meminfo | tr -s ' \n' ' '; }
kb() { sed -n 's/^DirectMap//p' /proc/meminfo | awk '{ kb += $2 } END { print kb }'; }
each() {
	for i in $(seq $first $last); do
		echo "$1" >$blocks/memory"$i"/state || return 1
	done
}

if [ "$(option lab.test)" = fixed ]; then plan 11; else plan 13; fi

insmod /lab/memhp.ko start=$start size=$size
# The kernel frees the module's init text later.
sleep 3
map_before=$(map) kb_before=$(kb)
echo $size >$memhp/present
echo "# $(map)"
check "added memory is counted" "$(kb)" $((kb_before + size / 1024))
check "added memory has leaves of the expected size" "$(cat $memhp/leaf)" $leaf
echo $((size / 2)) >$memhp/present
check "half of it is removed before it is online" "$(kb)" $((kb_before + size / 2 / 1024))
check "the other half keeps its leaves" "$(cat $memhp/leaf)" $leaf
echo 0 >$memhp/present
check "the other half is removed" "$(soon "$map_before" map)" "$map_before"
echo $size >$memhp/present
check "memory that is added again has the same leaves" "$(cat $memhp/leaf)" $leaf
# Movable: the kernel can migrate pages away before it takes memory offline.
each online_movable
check "all of it is online" $? 0
echo offline >$blocks/memory$((first + 3))/state
check "one memory block goes offline" "$(cat $blocks/memory$((first + 3))/state)" offline
echo online_movable >$blocks/memory$((first + 3))/state
if [ "$(option lab.test)" != fixed ]; then
	echo $((size / 2 + 20480)) >$memhp/secret
	check "an invalid page of it is PTE-mapped" "$(cat $memhp/leaf)" 4096
	echo -1 >$memhp/secret
	check "the leaf of the valid page is collapsed" "$(soon $leaf cat $memhp/leaf)" $leaf
fi
echo "# $(map)"
each offline
check "all of it goes offline" $? 0
echo 0 >$memhp/present
check "all of it is removed" "$(cat $memhp/leaf)" none
check "the linear map has the leaves from before" "$(soon "$map_before" map)" "$map_before"
echo 'lab: end'
sync
