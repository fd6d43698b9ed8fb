#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Write the patches of mainline/TOPIC from the branches topic/* of build/mainline.
# make export calls this. The cover letters are edited by hand.
. "$(dirname "$0")/../lib.sh"
. lab/mainline/lib.sh

[ -d $KSRC/.git ] || exit 0
for t in $(topics); do
	if mgit rev-parse -q --verify "refs/lab/$t" >/dev/null &&
		[ "$(topic_hash "$t")" != "$(cat "build/mainline-$t.hash" 2>/dev/null)" ]; then
		die "mainline/$t has changed since it was applied, and export would overwrite the changes" \
			"make mainline, which applies them"
	fi
done
for t in $(topics); do
	mgit rev-parse -q --verify "refs/heads/topic/$t" >/dev/null || continue
	root=$(root_of "$t")
	mgit merge-base --is-ancestor "$root" "topic/$t" ||
		die "branch topic/$t is not based on ${root##*/}" "git -C $KSRC rebase --onto $root OLD topic/$t"
	mkdir -p "mainline/$t"
	topic_files "$t" | xargs -r rm
	mgit -c core.abbrev=12 -c diff.algorithm=myers format-patch -q --no-signature \
		--zero-commit --full-index --no-renames --stat=72 -o "$TOP/mainline/$t" \
		"$root..topic/$t"
	mgit update-ref "refs/lab/$t" "topic/$t"
	say "mainline/$t: $(topic_files "$t" | wc -l) patches exported"
done
# After all of them: a hash covers the topic below.
for t in $(topics); do topic_hash "$t" >"build/mainline-$t.hash"; done
