#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Print the warnings of kernel-doc that the series adds to the files that it touches,
# without line numbers. Fails if there is one.
. "$(dirname "$0")/../lib.sh"

tmp=build/kernel-doc
rm -rf $tmp
mkdir -p $tmp/base $tmp/head
kgit diff --name-only --no-renames --diff-filter=d base HEAD -- '*.c' '*.h' >$tmp/files
while read -r f; do
	for side in base head; do
		mkdir -p "$tmp/$side/$(dirname "$f")"
	done
	kgit show "HEAD:$f" >"$tmp/head/$f"
	kgit show "base:$f" >"$tmp/base/$f" 2>/dev/null || rm "$tmp/base/$f"
done <$tmp/files
for side in base head; do
	while read -r f; do
		[ -f "$tmp/$side/$f" ] || continue
		# Ignore the status: warnings of the base count too.
		(cd $tmp/$side; perl ../../linux/scripts/kernel-doc -none -Wall "$f" 2>&1) || :
	done <$tmp/files | sed -E 's/:[0-9]+: /: /' | sort -u >$tmp/$side.warn
done
comm -13 $tmp/base.warn $tmp/head.warn >$tmp/new
cat $tmp/new
[ ! -s $tmp/new ]
