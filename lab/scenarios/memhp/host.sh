#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/memhp/host.sh PROFILE BOOT: a boot in which memory is added to the running kernel, and
# removed again. Prints `passed|failed NAME`.
. "$(dirname "$0")/../../lib.sh"

profile=$1 boot=$2
dir=build/log/$profile/$boot-memhp

case $boot in
bbml2) test=large ;;
full | kpti) test=pages ;;
*) test=fixed ;;
esac

# The kernel is kept from the third GiB, which is what the guest adds.
APPEND="kunit.enable=0 mem=2G lab.test=$test${APPEND:+ $APPEND}" \
	MEM=3072 lab/boot/boot.sh "$profile" "$boot" memhp >&2 || :
lab/results/ktap-results.sh "$dir" memhp "[$profile $boot]" 1
