#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/bbml2/host.sh PROFILE: check on which CPUs the kernel detects BBML2 without
# aborts. It must detect a listed CPU. It must not detect QEMU's max, which reports BBM
# level 2 but is not listed, a revision with an erratum, or any CPU with arm64.nobbml2.
# Prints `passed|failed NAME` for each boot.
. "$(dirname "$0")/../../lib.sh"

profile=$1

# expect NAME yes|no BOOT [APPEND]: boot, and compare with the detected capability. MIDR of
# the environment selects the CPU of the boot bbml2.
expect() {
	_dir=build/log/$profile/$3-$1
	APPEND="kunit.enable=0${4:+ $4}${APPEND:+ $APPEND}" MEM=512 \
		lab/boot/boot.sh "$profile" "$3" "$1" >&2 || :
	_found=no
	! grep -qaF 'CPU features: detected: BBML2 without TLB conflict aborts' "$_dir/console.log" || _found=yes
	if ! lab/results/boot-sound.sh "$_dir"; then
		say "failed bbml2.$1 [$profile $3]: the boot is not sound"
	elif [ "$_found" = "$2" ]; then
		say "passed bbml2.$1 [$profile $3]"
	else
		say "failed bbml2.$1 [$profile $3]: detected $_found, expected $2"
	fi
}

export MIDR=0x410fd842
expect listed yes bbml2
expect unlisted no full
expect refused no bbml2 arm64.nobbml2
# Neoverse V3 r0p1: the list begins with a later revision. AmpereOne: the ID register
# reports a lower level, the list has the part.
MIDR=0x410fd841
expect revision no bbml2
MIDR=0xc00fac30
expect ampere1 yes bbml2
