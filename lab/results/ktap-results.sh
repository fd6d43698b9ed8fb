#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/ktap-results.sh DIR PREFIX WHERE STREAMS: check the boot with its logs in
# DIR and print a line `passed|failed PREFIX.CASE WHERE` for each case of the KTAP streams
# in results.log. There must be STREAMS of them.
. "$(dirname "$0")/../lib.sh"

dir=$1 prefix=$2 where=$3 streams=$4

if lab/results/boot-sound.sh "$dir"; then
	say "passed $prefix.boot $where"
else
	say "failed $prefix.boot $where"
fi

rm -f "$dir"/stream.*
tr -d '\r' <"$dir/results.log" | awk -v dir="$dir" '
	/^KTAP version/ { file = dir "/stream." ++n }
	/^lab: end/ { file = "" }
	file != "" { print >file }'
found=$(find "$dir" -name 'stream.[0-9]' | wc -l)
[ "$found" = "$streams" ] ||
	say "failed $prefix $where: the guest sent $found KTAP streams instead of $streams"
for f in "$dir"/stream.[0-9]; do
	[ -f "$f" ] || continue
	lab/results/ktap-parse.sh "$f" "$prefix." | while read -r status name; do
		case $status in
		PASSED) say "passed $name $where" ;;
		*) say "failed $name $where" ;;
		esac
	done
done
