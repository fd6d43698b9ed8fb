#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Check that N in the cover letter's `[PATCH ... 0/N]` is the number of patches.
. "$(dirname "$0")/../lib.sh"

cover=patches/cover-letter.txt
n=$(patch_files | wc -l)
[ -f $cover ] || { say "there is no $cover" && exit 1; }
said=$(sed -n 's/^Subject: *\[PATCH[^]]* 0*0\/\([0-9]*\)\].*/\1/p' $cover | head -n 1)
[ "$said" = "$n" ] || {
	say "$cover has 0/${said:-?} in its subject, patches/ has $n patches"
	exit 1
}
