#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/kexec.sh PROFILE BOOT: a boot in which kexec loads, unloads, loads and goes;
# its targets are valid in the linear map and not. Prints `passed|failed NAME`.
. "$(dirname "$0")/lib.sh"

profile=$1 boot=$2
dir=build/log/$profile/$boot-kexec

# With rodata=on and 4K pages these are two groups of contiguous PMDs.
APPEND="kunit.enable=0 reserve_mem=32M:32M:kept reserve_mem=32M:32M:gone${APPEND:+ $APPEND}" \
	MEM=512 lab/boot.sh "$profile" "$boot" kexec >&2 || :
lab/cases.sh "$dir" kexec "[$profile $boot]" 1
# Without it the guest died on the way, maybe without a word.
if tr -d '\r' <"$dir/console.log" | grep -qax 'lab: kexec arrived'; then
	say "passed kexec.arrived [$profile $boot]"
else
	say "failed kexec.arrived [$profile $boot]"
fi
