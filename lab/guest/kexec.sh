#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: load with kexec, unload, load again and go. The targets are valid
# in the linear map and not; lab/kexec says what is run there.
# shellcheck source=lab/guest/ktap.sh
. /lab/ktap.sh
hold=/sys/module/hold/parameters

address() { echo $(($(awk -v name="$1" '$1 == name { print $2 }' $hold/regions) + $2)); }

# What kexec copies the linear map from is not changed by that.
unchanged() { echo "$(cat $hold/gone_valid) $(cat $hold/kept_valid) $(cat $hold/kept_pattern)"; }

plan 6
insmod /lab/hold.ko
sed 's/^/# /' $hold/regions
echo 7 >$hold/kept_pattern
echo 0 >$hold/gone_valid
check "a region is not valid, another one is" "$(unchanged)" "0 1 7"
set -- "$(address gone 0x50000)" "$(address kept 0x10000)" "$(address gone 0x1f0000)"
/lab/kexec load "$@"
check "an image for both is loaded" $?:"$(cat /sys/kernel/kexec_loaded)" 0:1
check "both are as before" "$(unchanged)" "0 1 7"
/lab/kexec unload
check "it is unloaded" $?:"$(cat /sys/kernel/kexec_loaded)" 0:0
check "both are as before" "$(unchanged)" "0 1 7"
/lab/kexec load "$@"
check "it is loaded again" $?:"$(cat /sys/kernel/kexec_loaded)" 0:1
echo 'lab: end'
sync
/lab/kexec go
