#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/series/apply-check.sh VERSION: check that `git am patches/*.patch` applies to this
# version of linux-source-6.12. Unpacks only the files that the series touches.
. "$(dirname "$0")/../lib.sh"

package=linux-source-6.12 version=$1
dir=build/apply/$version
[ "$(patches_hash)" != "$(cat "$dir.ok" 2>/dev/null)" ] || exit 0

files=$(patch_files | xargs sed -n 's|^--- a/||p' | sort -u)
if [ "$files" != "$(cat "$dir.files" 2>/dev/null)" ]; then
	tarball=$(lab/series/tarball.sh $package "$version")
	rm -rf "$dir"
	mkdir -p "$dir"
	# tar fails for the files that the series adds: ignore its status.
	show "tar -xJf $tarball -C $dir --strip-components=1 (the touched files)"
	echo "$files" | sed "s|^|$package/|" >"$dir.members"
	tar -xJf "$tarball" -C "$dir" --strip-components=1 -T "$dir.members" 2>"$dir.log" || :
	git_plain init -q "$dir"
	git_plain -C "$dir" add -Af
	GIT_AUTHOR_NAME=lab GIT_AUTHOR_EMAIL=lab@example.org \
		git_plain -C "$dir" commit -q -m "$package $version"
	git_plain -C "$dir" tag base
	echo "$files" >"$dir.files"
fi
git_plain -C "$dir" am --abort >/dev/null 2>&1 || :
git_plain -C "$dir" checkout -q -f --detach base
if ! git_plain -C "$dir" am -q "$TOP"/patches/*.patch >"$dir.log" 2>&1; then
	at=$(cat "$dir/.git/rebase-apply/next")
	tail_log "$dir.log"
	say "$(patch_files | sed -n "${at}p") does not apply to $package $version"
	exit 1
fi
patches_hash >"$dir.ok"
