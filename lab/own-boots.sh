#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/own-boots.sh PROFILE: the tests that need a boot of their own, as they provoke
# reports, change what all memory does, need another CPU, or leave the kernel. Prints
# `passed|failed|skipped NAME` for each.
. "$(dirname "$0")/lib.sh"

profile=$1

lab/reports.sh "$profile" full lkdtm
lab/reports.sh "$profile" full wx
lab/reports.sh "$profile" kpti wx
lab/reports.sh "$profile" full kfence
lab/reports.sh "$profile" full kfence-late
lab/reports.sh "$profile" bbml2 kfence-late
lab/bbml2.sh "$profile"
lab/other-cpu.sh "$profile"
lab/kernel-map.sh "$profile"
lab/memhp.sh "$profile" full
lab/memhp.sh "$profile" on
lab/memhp.sh "$profile" bbml2

# Without rodata=full, so that nothing else keeps the linear map changeable.
suite=arm64_pageattr
APPEND="debug_pagealloc=on kunit.filter_glob=$suite" \
	lab/boot.sh "$profile" on pagealloc >&2 || :
T=$suite lab/outcome.sh "$profile" on pagealloc | sed 's/^\([a-z]*\) /\1 pagealloc./'
grep -qaF 'debug_pagealloc is on' "build/log/$profile/on-pagealloc/console.log" ||
	say "failed pagealloc.debug_pagealloc [$profile on]: it was not on"

for boot in full on bbml2; do
	lab/kexec.sh "$profile" "$boot"
	[ "$boot" = on ] || lab/crash.sh "$profile" "$boot"
	if grep -q '^CONFIG_ARM64_VA_BITS_52=y' "$(profile_file "$profile")"; then
		# not the series': the base faults with five levels
		say "skipped hibernate [$profile $boot]: the base does not resume with 52-bit addresses"
	else
		lab/hibernate.sh "$profile" "$boot"
	fi
done
