#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/missing-suites.sh TREE RESULTS: print a line `failed SUITE: ...` for each
# KUnit suite of the series in TREE without a passed or an expected skipped case in
# RESULTS. A configuration can lose a suite without an error.
. "$(dirname "$0")/../lib.sh"

tree=$1 results=$2
for f in "$tree"/arch/arm64/mm/tests/*_kunit.c "$tree"/mm/tests/*_kunit.c; do
	[ -f "$f" ] || continue
	suite=$(sed -n 's/^\t\.name = "\(.*\)",$/\1/p' "$f")
	grep -q "^passed $suite\.\|^skipped $suite\." "$results" ||
		say "failed $suite: no case of ${f#"$tree"/} ran"
done
