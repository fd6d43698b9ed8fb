#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The cover letter's `[PATCH ... 0/N]` names as many patches as there are.
. "$(dirname "$0")/../lib.sh"

cover=patches/cover-letter.txt
n=$(patch_files | wc -l)
[ -f $cover ] || { say "$cover is missing" && exit 1; }
said=$(sed -n 's/^Subject: *\[PATCH[^]]* 0*0\/\([0-9]*\)\].*/\1/p' $cover | head -n 1)
[ "$said" = "$n" ] || {
	say "$cover says ${said:-no number of} patches in its subject, patches/ has $n"
	exit 1
}
