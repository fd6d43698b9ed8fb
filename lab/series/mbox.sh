#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make mbox: write the cover letter and the patches as one thread to build/series.mbox.
. "$(dirname "$0")/../lib.sh"

lab/series/cover.sh || die "the cover letter has another number of patches" "edit patches/cover-letter.txt"
mkdir -p build
series=$(patches_hash | cut -c1-12)
n=0
for f in patches/cover-letter.txt $(patch_files); do
	awk -v id="$series" -v n=$n '
		NR == 1 && !/^From [0-9a-f]+ / { print "From " sprintf("%040d", 0) " Mon Sep 17 00:00:00 2001" }
		!done && /^Subject:/ {
			print "Message-ID: <" id "." n "@pageattr.example.org>"
			if (n) print "In-Reply-To: <" id ".0@pageattr.example.org>"
			done = 1
		}
		{ print }
		END { print "" }' "$f"
	n=$((n + 1))
done >build/series.mbox
say "build/series.mbox: the cover letter and $((n - 1)) patches"
say "  git am --empty=drop build/series.mbox    or    b4 shazam -m build/series.mbox"
