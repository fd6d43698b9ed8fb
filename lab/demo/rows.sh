#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# lab/demo/rows.sh FILE.tsv...: print the rows of the module pageattr_demo from one or more
# boots as a table, and write them to build/run/report.tsv and report.svg. Fails if a row
# is wrong or missing.

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
# The guest's console ends lines with CR LF. Each file starts with the same heading.
cat "$@" | tr -d '\r' | awk 'NR == 1 { heading = $0 }
	NR == 1 || $0 != heading' > "$out/report.tsv.new"
mv "$out/report.tsv.new" "$out/report.tsv"

# Draw first: the table fails if a row is wrong, and the picture helps most then.
awk -f "$demo/rows-svg.awk" "$out/report.tsv" > "$out/report.svg"
awk -v colour="$colour" -f "$demo/complaints.awk" -f "$demo/rows-table.awk" "$out/report.tsv"
