#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Shows what lab/scenarios/linear-map/guest.sh sent in two boots, on a CPU that cannot split
# blocks and on one that can: a table here, and beside the first file a picture,
# linear-map.svg. Fails when a moment is wrong or missing.

set -eu

if [ $# -ne 2 ]; then
	echo "usage: lab/demo/linear-map.sh CANNOT-SPLIT CAN-SPLIT" >&2
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
awk -v colour="$colour" -f "$demo/linear-map-read.awk" -f "$demo/linear-map-table.awk" "$@" || rc=1
exit $rc
