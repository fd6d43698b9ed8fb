#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/mainline/boot.sh VARIANT VA BOOT: boot the kernel in build/obj/mainline-4k-VA and print a
# line `passed|failed|skipped CASE` for each case. VARIANT is base, all or a topic: with a
# topic only its suite runs. BOOT is full (CPUs without BBML3), bbml2 (CPUs with it) or
# nobbml3 (CPUs with it, refused by the command line). The kernel leaves out 1 GiB of memory,
# which the tests add.
# The logs go to build/log/mainline/VARIANT-VA-BOOT/.
. "$(dirname "$0")/../lib.sh"
. lab/mainline/lib.sh

variant=$1 va=$2 boot=$3
logs=build/log/mainline/$variant-$va-$boot
append='kunit.autorun=1 mem=3G'
case $variant in
base) append="$append panic_on_warn=0" ;;
all) ;;
*) append="$append kunit.filter_glob=$(echo "$variant" | tr - _)" ;;
esac
qemu=$boot
[ "$boot" != nobbml3 ] || { append="$append arm64.nobbml3" && qemu=bbml2; }
OBJ=mainline-4k-$va APPEND=$append MEM=4096 LIMIT=300 lab/boot/boot.sh "4k-$va" "$qemu" mainline >&2 || :
mkdir -p build/log/mainline
rm -rf "$logs"
mv "build/log/mainline-4k-$va/$qemu-mainline" "$logs"

if lab/results/boot-sound.sh "$logs" >&2; then
	echo "passed boot"
elif [ "$variant" != base ]; then
	echo "failed boot"
fi
tr -d '\r' <"$logs/results.log" | awk -v dir="$logs" '
	/^KTAP version/ { file = dir "/stream." ++n }
	/^lab: end/ { file = "" }
	file != "" { print >file }'
for f in "$logs"/stream.*; do
	[ -f "$f" ] || continue
	lab/results/ktap-parse.sh "$f" | while read -r status name; do
		case $status in
		PASSED) echo "passed $name" ;;
		SKIPPED) echo "skipped ${name%% (*}" ;;
		*) echo "failed $name" ;;
		esac
	done
done
