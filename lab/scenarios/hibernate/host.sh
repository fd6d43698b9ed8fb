#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/hibernate/host.sh PROFILE BOOT: hibernate to a virtual disk and resume from
# the disk in a second QEMU. Prints `passed|failed NAME`.
. "$(dirname "$0")/../../lib.sh"

profile=$1 boot=$2
logs=build/log/$profile
where="[$profile $boot]"
export DISK="$TOP/build/hibernate.disk"
# A small guest writes a small image. reserve_mem: see lab/scenarios/kexec/host.sh.
# no_console_suspend: show reports of the kernel while it creates the image.
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
# Two streams: one of the guest that reads the image, one of the resumed guest.
lab/results/ktap-results.sh "$logs/$boot-resume" hibernate.resume "$where" 2
rm -f "$DISK"
