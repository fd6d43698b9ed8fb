#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# lab/demo/linear-map.sh PTE-MAPPED BLOCK-MAPPED: print two files of snapshots of
# lab/scenarios/linear-map/ as a table, the first from CPUs without BBML2_NOABORT, the
# second from CPUs with it. Draw linear-map.svg beside the first file. Fails if a snapshot
# is wrong or missing.

set -eu

if [ $# -ne 2 ]; then
	echo "usage: lab/demo/linear-map.sh PTE-MAPPED BLOCK-MAPPED" >&2
	exit 2
fi

demo=$(dirname "$0")
picture=$(dirname "$1")/linear-map.svg
colour=0
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	colour=1
fi

rc=0
awk -f "$demo/linear-map-read.awk" -f "$demo/linear-map-svg.awk" "$@" >"$picture" || rc=1
awk -v colour="$colour" -f "$demo/complaints.awk" -f "$demo/linear-map-read.awk" \
	-f "$demo/linear-map-table.awk" "$@" || rc=1
exit $rc
