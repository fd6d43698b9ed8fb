#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# List the commits of build/linux that patches/ (as last laid or exported) does
# not hold, one to a line; nothing when there are none.
. "$(dirname "$0")/../lib.sh"

[ "$(kgit rev-parse HEAD)" != "$(kgit rev-parse refs/lab/laid)" ] || exit 0
# A rebase makes new ids for the same content: compare what would be exported.
old=build/export.laid new=build/export.head
rm -rf $old $new
lab/series/format.sh refs/lab/laid $old
lab/series/format.sh HEAD $new
if ! diff -rq $old $new >/dev/null; then
	kgit range-diff --no-color -s base..refs/lab/laid base..HEAD |
		awk '$3 != "=" { sub(/^ */, ""); print "  " $0 }'
fi
rm -rf $old $new
