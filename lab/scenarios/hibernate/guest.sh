#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: hibernate to a disk and resume. lab.test=suspend writes the image,
# lab.test=resume reads it and continues as the suspended guest.
# shellcheck source=lab/boot/guest/ktap.sh
. /lab/ktap.sh
hold=/sys/module/hold/parameters
target=/sys/module/pageattr_target/parameters

insmod /lab/hold.ko
sed 's/^/# /' $hold/regions

if [ "$(option lab.test)" = resume ]; then
	plan 1
	# The image has data for memory that is invalid in this guest.
	echo 0 >$hold/kept_valid
	check "the target of image data is invalid" "$(cat $hold/kept_valid)" 0
	cat /sys/block/vda/dev >/sys/power/resume
	# Not reached: the suspended guest continues below.
	exit
fi

# With rodata=on the linear map has blocks, so that a single page stays valid.
page_goes=0
[ "$(option rodata)" = full ] || page_goes=1

plan 5
mkswap /dev/vda >/dev/null
swapon /dev/vda
check "swap is on" $? 0
insmod /kselftest_install/arm64/pageattr_target.ko
check "a module is loaded and runs" "$(cat $target/run)" 21
echo 9 >$hold/kept_pattern
check "memory has a pattern" "$(cat $hold/kept_pattern)" 9
echo 5 >$hold/page_pattern
[ $page_goes = 1 ] || echo 0 >$hold/page_valid
check "a page in use is invalid with rodata=full" "$(cat $hold/page_valid)" $page_goes
echo 0 >$hold/gone_valid
check "reserved memory is invalid" "$(cat $hold/gone_valid)" 0
text=$(sed -n 's/^text //p' $target/areas | head -n 1)
echo "$text" >$target/addr
look=$(cat $target/look)
# End of the results in the first QEMU.
echo 'lab: end'
echo shutdown >/sys/power/disk
written=0
echo disk >/sys/power/state || written=1

count() { awk '/^direct_map_.*_'"$1"' / { n += $2 } END { print n + 0 }' /proc/vmstat; }
splits=$(count splits) collapses=$(count collapses)
if [ "$splits" -gt 0 ]; then plan 9; else plan 8; fi
check "the write to /sys/power/state succeeds" $written 0
check "memory has its pattern" "$(cat $hold/kept_pattern)" 9
check "valid memory is still valid" "$(cat $hold/kept_valid)" 1
check "invalid memory is still invalid" "$(cat $hold/gone_valid) $(cat $hold/page_valid)" "0 $page_goes"
echo 1 >$hold/gone_valid
[ $page_goes = 1 ] || echo 1 >$hold/page_valid
check "invalid memory becomes valid" "$(cat $hold/gone_valid) $(cat $hold/page_valid)" "1 1"
check "the page has its pattern" "$(cat $hold/page_pattern)" 5
check "the module runs" "$(cat $target/run)" 21
check "module text and its linear alias have the permissions from before" "$(cat $target/look)" "$look"
# The page can share a contiguous group with the module: restore both before the collapse.
if [ "$splits" -gt 0 ]; then
	rmmod pageattr_target
	more() { echo $(($(count collapses) > collapses)); }
	check "split leaves are collapsed" "$(soon 1 more)" 1
fi
