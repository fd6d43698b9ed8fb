#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: check that DEBUG_WX finds a page that is writable and executable, and one
# without UXN, while they are valid, and that ptdump shows nG for valid pages only.
# lab.test=ng: valid pages of the kernel have nG.
# shellcheck source=lab/boot/guest/ktap.sh
. /lab/ktap.sh
wx=/sys/module/wx/parameters

# Print the answer of DEBUG_WX and its last line in the kernel log.
found() {
	answer=$(cat /sys/kernel/debug/check_wx_pages)
	echo "$answer $(dmesg | sed -n 's/.*Checked W+X mappings: \(passed\|FAILED\), //p' | tail -n 1)"
}

# shown ADDRESS: print how ptdump shows the page: F (invalid) or valid, and NG.
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
check "DEBUG_WX finds nothing at first" "$(found)" "$nothing"
check "ptdump shows nG of a valid page that has it" "$(shown "$1")" "$valid"

echo 'lab: test writable_and_executable' >/dev/kmsg
echo 1 >$wx/wx
check "DEBUG_WX finds a W+X page" "$(found)" 'FAILED 1 W+X pages found, 0 non-UXN pages found'
echo 0 >$wx/wx_valid
check "DEBUG_WX ignores the page while it is invalid" "$(found)" "$nothing"
check "ptdump shows the invalid page as F without nG" "$(shown "$1")" F
echo 1 >$wx/wx_valid
check "DEBUG_WX finds the page again when it is valid" "$(found)" 'FAILED 1 W+X pages found, 0 non-UXN pages found'
echo 0 >$wx/wx
check "DEBUG_WX ignores the page when it is not executable" "$(found)" "$nothing"
echo 'lab: test over' >/dev/kmsg

echo 'lab: test executable_by_user_space' >/dev/kmsg
check "DEBUG_WX ignores an invalid page without UXN" "$(shown "$2") $(found)" "F $nothing"
echo 1 >$wx/user_valid
check "DEBUG_WX finds a valid page without UXN" "$(found)" 'FAILED 0 W+X pages found, 1 non-UXN pages found'
echo 'lab: test over' >/dev/kmsg
rmmod wx
check "DEBUG_WX finds nothing after the module is gone" "$(found)" "$nothing"
