#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/memhp/host.sh PROFILE BOOT: boot a guest that adds memory to the running
# kernel and removes it. Prints `passed|failed NAME`.
. "$(dirname "$0")/../../lib.sh"

profile=$1 boot=$2
dir=build/log/${OBJ:-$profile}/$boot-memhp

case $boot in
bbml2) test=large ;;
full | kpti) test=pages ;;
*) test=fixed ;;
esac

# mem=2G: the kernel leaves out the third GiB at boot, the guest adds it later.
APPEND="kunit.enable=0 mem=2G lab.test=$test${APPEND:+ $APPEND}" \
	MEM=3072 lab/boot/boot.sh "$profile" "$boot" memhp >&2 || :
lab/results/ktap-results.sh "$dir" memhp "[$profile $boot]" 1
