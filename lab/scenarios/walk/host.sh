#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/walk/host.sh ARCH: build the walk's KUnit suite for another architecture
# (x86_64, riscv) and boot it with each number of levels. For s390, i386, arm and small
# only compile. Prints `passed|failed|skipped NAME`.
# From the environment: T as for make test.
. "$(dirname "$0")/../../lib.sh"

arch=$1
if ! lab/scenarios/walk/build.sh "$arch" >&2; then
	say "failed build [walk-$arch]"
	exit
fi
say "passed mm/pagewalk.o for $arch"
case $arch in
s390 | small) exit 0 ;;
i386 | arm)
	# A 32-bit CPU cannot read an entry of two words with one access.
	says=passed
	! nm "build/obj/walk-$arch/mm/pagewalk.o" | grep -q 'walk_kernel_page_table_range_lockless' || says=failed
	say "$says no lockless walk for $arch"
	exit
	;;
esac
for boot in $(lab/scenarios/walk/boot.sh "$arch"); do
	lab/scenarios/walk/boot.sh "$arch" "$boot" >&2 || :
	lab/results/boot-results.sh "walk-$arch" "$boot" none
done
