#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# List the commits of build/linux that are not exported to patches/, one a line.
. "$(dirname "$0")/../lib.sh"

[ "$(kgit rev-parse HEAD)" != "$(kgit rev-parse refs/lab/laid)" ] || exit 0
# A rebase gives new ids to unchanged commits: compare the patch files.
old=build/export.laid new=build/export.head
rm -rf $old $new
lab/series/format.sh refs/lab/laid $old
lab/series/format.sh HEAD $new
if ! diff -rq $old $new >/dev/null; then
	kgit range-diff --no-color -s base..refs/lab/laid base..HEAD |
		awk '$3 != "=" { sub(/^ */, ""); print "  " $0 }'
fi
rm -rf $old $new
