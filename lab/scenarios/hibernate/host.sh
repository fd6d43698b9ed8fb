#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/hibernate/host.sh PROFILE BOOT: hibernation to a virtual disk, and resume from it
# by a second QEMU. Prints `passed|failed NAME`.
. "$(dirname "$0")/../../lib.sh"

profile=$1 boot=$2
logs=build/log/$profile
where="[$profile $boot]"
export DISK="$TOP/build/hibernate.disk"
# A small guest has a small image. reserve_mem: as in lab/scenarios/kexec/host.sh. The console
# stays, for a report while the image is made.
export MEM=512
args="kunit.enable=0 no_console_suspend reserve_mem=32M:32M:kept reserve_mem=32M:32M:gone${APPEND:+ $APPEND}"

rm -f "$DISK"
truncate -s 512M "$DISK"
for turn in suspend resume; do
	APPEND="$args lab.test=$turn" lab/boot/boot.sh "$profile" "$boot" hibernate >&2 || :
	rm -rf "$logs/$boot-$turn"
	mv "$logs/$boot-hibernate" "$logs/$boot-$turn"
done
lab/results/ktap-results.sh "$logs/$boot-suspend" hibernate.suspend "$where" 1
# That of the guest that reads the image, and that of the guest which comes back.
lab/results/ktap-results.sh "$logs/$boot-resume" hibernate.resume "$where" 2
rm -f "$DISK"
