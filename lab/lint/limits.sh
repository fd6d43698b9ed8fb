#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/lint/limits.sh [README CONTRIBUTING]: check the length of both files: README.md has at
# most 130 lines and 900 words, CONTRIBUTING.md at most 120 lines.
. "$(dirname "$0")/../lib.sh"

rc=0
# limit FILE lines|words MAX
limit() {
	case $2 in lines) n=$(wc -l <"$1") ;; words) n=$(wc -w <"$1") ;; esac
	[ "$n" -le "$3" ] || { say "$1 has $n $2, the limit is $3: move text to docs/" && rc=1; }
}

limit "${1:-README.md}" lines 130
limit "${1:-README.md}" words 900
limit "${2:-CONTRIBUTING.md}" lines 120
exit $rc
