#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/crash.sh PROFILE BOOT: a boot in which a crash kernel is loaded, and the kernel
# crashes. Prints `passed|failed NAME`.
. "$(dirname "$0")/lib.sh"

profile=$1 boot=$2
dir=build/log/$profile/$boot-crash

APPEND="kunit.enable=0 crashkernel=64M lab.test=$([ "$boot" = bbml2 ] && echo large || echo pages)${APPEND:+ $APPEND}" \
	MEM=512 lab/boot.sh "$profile" "$boot" crash >&2 || :

# Sound is a boot without the one panic that is wanted.
mkdir -p "$dir/quiet"
cp "$dir"/*.log "$dir/qemu.status" "$dir/quiet/"
sed '/Kernel panic - not syncing: sysrq triggered crash/,/Starting crashdump kernel/d' \
	"$dir/console.log" >"$dir/quiet/console.log" || :
lab/cases.sh "$dir/quiet" crash "[$profile $boot]" 1
if tr -d '\r' <"$dir/console.log" | grep -qax 'lab: kexec arrived'; then
	say "passed crash.arrived [$profile $boot]"
else
	say "failed crash.arrived [$profile $boot]"
fi
