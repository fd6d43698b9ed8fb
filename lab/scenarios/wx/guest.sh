#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: what DEBUG_WX finds of a page that is writable and executable, and of one
# that user space could execute, as they become valid and invalid; and where ptdump shows
# nG. lab.test=ng: valid pages of the kernel have it.
# shellcheck source=lab/boot/guest/ktap.sh
. /lab/ktap.sh
wx=/sys/module/wx/parameters

# found: the answer, and what of
found() {
	answer=$(cat /sys/kernel/debug/check_wx_pages)
	echo "$answer $(dmesg | sed -n 's/.*Checked W+X mappings: \(passed\|FAILED\), //p' | tail -n 1)"
}

# shown ADDRESS: whether ptdump shows it invalid, and with nG
shown() {
	line=$(grep "^0x0*${1#0x}-" /sys/kernel/debug/kernel_page_tables)
	case $line in '') echo "no line" && return ;; esac
	case $line in *" F "*) printf 'F' ;; *) printf 'valid' ;; esac
	case $line in *" NG "*) echo ' NG' ;; *) echo ;; esac
}

nothing='SUCCESS no W+X pages found'
valid='valid'
[ "$(option lab.test)" != ng ] || valid='valid NG'

plan 10
insmod /lab/wx.ko
# shellcheck disable=SC2046 # two words
set -- $(cat $wx/addr)
check "nothing is found in a sound kernel" "$(found)" "$nothing"
check "ptdump shows nG if a valid page has it" "$(shown "$1")" "$valid"

echo 'lab: test writable_and_executable' >/dev/kmsg
echo 1 >$wx/wx
check "W+X is found" "$(found)" 'FAILED 1 W+X pages found, 0 non-UXN pages found'
echo 0 >$wx/wx_valid
check "not while it is invalid" "$(found)" "$nothing"
check "which ptdump shows as F, without nG" "$(shown "$1")" F
echo 1 >$wx/wx_valid
check "again when it is valid" "$(found)" 'FAILED 1 W+X pages found, 0 non-UXN pages found'
echo 0 >$wx/wx
check "not when it is no longer executable" "$(found)" "$nothing"
echo 'lab: test over' >/dev/kmsg

echo 'lab: test executable_by_user_space' >/dev/kmsg
check "invalid, it is not found either" "$(shown "$2") $(found)" "F $nothing"
echo 1 >$wx/user_valid
check "no UXN is found" "$(found)" 'FAILED 0 W+X pages found, 1 non-UXN pages found'
echo 'lab: test over' >/dev/kmsg
rmmod wx
check "nothing is found once they are gone" "$(found)" "$nothing"
