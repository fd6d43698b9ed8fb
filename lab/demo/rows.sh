#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Shows the rows that lab/demo gave in one or more boots: a table here, all of
# them in build/run/report.tsv, a picture in build/run/report.svg. Fails when a
# row is wrong or missing.

set -eu

if [ $# -eq 0 ]; then
	echo "usage: lab/demo/rows.sh FILE.tsv..." >&2
	exit 2
fi

demo=$(dirname "$0")
out=$demo/../../build/run
colour=0
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	colour=1
fi

mkdir -p "$out"
# The guest's console ends lines with CR LF. Each boot brings the heading again.
cat "$@" | tr -d '\r' | awk 'NR == 1 { heading = $0 }
	NR == 1 || $0 != heading' > "$out/report.tsv.new"
mv "$out/report.tsv.new" "$out/report.tsv"

# The picture is of use above all when a row is wrong: draw it first.
awk -f "$demo/rows-svg.awk" "$out/report.tsv" > "$out/report.svg"
awk -v colour="$colour" -f "$demo/rows-table.awk" "$out/report.tsv"
