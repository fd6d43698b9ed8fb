#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: 1 GiB is added, and half of it removed before any of it was online, then
# all. It is added again; a block of it goes offline, and comes back; so does a page, in
# the linear map; all is removed. lab.test=large: leaves can be split, so there are
# large ones; fixed: there are, but they cannot be split; pages: there are none.
# shellcheck source=lab/boot/guest/ktap.sh
. /lab/ktap.sh
memhp=/sys/module/memhp/parameters
blocks=/sys/devices/system/memory
start=$((0xc0000000)) size=$((1 << 30))
block=$((0x$(cat $blocks/block_size_bytes)))
first=$((start / block)) last=$(((start + size) / block - 1))

# Leaves are no larger than what can be removed, so that none has to be cut for that.
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
# Its init text is freed some time later.
sleep 3
map_before=$(map) kb_before=$(kb)
echo $size >$memhp/present
echo "# $(map)"
check "added memory is counted" "$(kb)" $((kb_before + size / 1024))
check "it has the leaves that it should" "$(cat $memhp/leaf)" $leaf
echo $((size / 2)) >$memhp/present
check "half of it is removed, never online" "$(kb)" $((kb_before + size / 2 / 1024))
check "the other half is mapped as before" "$(cat $memhp/leaf)" $leaf
echo 0 >$memhp/present
check "nor is anything left of it" "$(soon "$map_before" map)" "$map_before"
echo $size >$memhp/present
check "it is back as it was" "$(cat $memhp/leaf)" $leaf
# What comes to be in use there can be moved away.
each online_movable
check "it is online" $? 0
# By itself, as a part of memory has to be able to go.
echo offline >$blocks/memory$((first + 3))/state
check "a block of it goes offline" "$(cat $blocks/memory$((first + 3))/state)" offline
echo online_movable >$blocks/memory$((first + 3))/state
if [ "$(option lab.test)" != fixed ]; then
	echo $((size / 2 + 20480)) >$memhp/secret
	check "a page of it is out of the linear map, by a leaf of its own" "$(cat $memhp/leaf)" 4096
	echo -1 >$memhp/secret
	check "its leaf is put back together" "$(soon $leaf cat $memhp/leaf)" $leaf
fi
echo "# $(map)"
each offline
check "all of it goes offline" $? 0
echo 0 >$memhp/present
check "it is removed" "$(cat $memhp/leaf)" none
check "and the linear map is as before" "$(soon "$map_before" map)" "$map_before"
echo 'lab: end'
sync
