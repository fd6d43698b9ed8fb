#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/bbml2/host.sh PROFILE: is the capability for live changes of block size found on a
# CPU that is listed for it, not on QEMU's max, which reports BBM level 2 and is not
# listed, not on a revision with an erratum, and not with arm64.nobbml2? Prints `passed|failed NAME` for each boot.
. "$(dirname "$0")/../../lib.sh"

profile=$1

# expect NAME yes|no BOOT [APPEND]; the boot bbml2 has the MIDR of the environment
expect() {
	_dir=build/log/$profile/$3-$1
	APPEND="kunit.enable=0${4:+ $4}${APPEND:+ $APPEND}" MEM=512 \
		lab/boot/boot.sh "$profile" "$3" "$1" >&2 || :
	_found=no
	! grep -qaF 'CPU features: detected: Live changes of block size' "$_dir/console.log" || _found=yes
	if ! lab/results/boot-sound.sh "$_dir"; then
		say "failed bbml2.$1 [$profile $3]: the boot"
	elif [ "$_found" = "$2" ]; then
		say "passed bbml2.$1 [$profile $3]"
	else
		say "failed bbml2.$1 [$profile $3]: detected $_found, expected $2"
	fi
}

expect listed yes bbml2
expect unlisted no full
expect refused no bbml2 arm64.nobbml2
# A part whose listed revisions begin later, and one that reports less than it does:
# Neoverse V3 r0p1, AmpereOne.
export MIDR=0x410fd841
expect revision no bbml2
MIDR=0xc00fac30
expect ampere1 yes bbml2
