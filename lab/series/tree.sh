#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make tree: build/linux = the base as one commit, each patch as one commit on
# branch pageattr. Follows patches/, and never loses work: refs/lab/laid is the
# commit that equals patches/ as of the last `make tree` or `make export`, and
# build/patches.hash says which patches those were.
. "$(dirname "$0")/../lib.sh"

hash=$(patches_hash)
n=$(patch_files | wc -l)

# Everything in build/linux that is not in patches/; says what, and how to keep it.
refuse_if_work() {
	[ -d $LINUX/.git ] || return 0
	_dirty=$(kgit status --porcelain --untracked-files=no | head -n 20)
	_lost=$(lab/series/unexported.sh)
	[ -n "$_dirty$_lost" ] || return 0
	say "build/linux holds work that patches/ does not:" >&2
	[ -z "$_dirty" ] || say "$_dirty" >&2
	[ -z "$_lost" ] || say "$_lost" >&2
	[ -z "$_dirty" ] || die "$1, and laying the tree again would lose the changes above" \
		"git -C build/linux commit -a, then 'make tree' again"
	die "$1, and laying the tree again would lose the commits above" \
		"git -C build/linux branch saved && git -C build/linux reset --hard refs/lab/laid && make tree
       then take them over: git -C build/linux cherry-pick (from branch saved), make export"
}

stale=
lab/series/base.sh --is-current || stale="the base kernel is another now"
[ "$hash" = "$(cat build/patches.hash 2>/dev/null)" ] || stale="patches/ has changed"
if [ -z "$stale" ]; then
	say "build/linux: $n patches on the base, branch pageattr"
	exit 0
fi
if [ -d $LINUX/.git ] && kgit rev-parse -q --verify refs/lab/laid >/dev/null; then
	refuse_if_work "$stale"
fi
lab/series/base.sh

# The patches are applied in a worktree of only the files that they touch, and
# build/linux then goes there in one step, so that no other file gets a new time.
am=build/am
rm -rf $am
kgit worktree prune
kgit worktree add -q --detach --no-checkout "$TOP/$am" base
a() { git_plain -C $am -c gc.auto=0 -c advice.statusHints=false "$@"; }
{
	echo /COPYING
	patch_files | xargs -r sed -n 's|^+++ b/|/|p; s|^--- a/|/|p'
} | sort -u | a sparse-checkout set --no-cone --stdin
a checkout -q --detach base
if [ "$n" -gt 0 ]; then
	# The glob is what a user of the series types.
	show "git am patches/*.patch"
	if ! a am -q --no-3way --committer-date-is-author-date "$TOP"/patches/[0-9]*.patch >build/am.log 2>&1; then
		at=$(cat "$(a rev-parse --git-path rebase-apply/next)")
		bad=$(patch_files | sed -n "${at}p")
		a am --abort || :
		cat build/am.log >&2
		die "$bad does not apply to $(cut -d' ' -f1,2 build/base.id); the $((at - 1)) before it do" \
			"put it right against this base, or use the base of lab/series/base.pin (without LINUX_SRC)"
	fi
fi
new=$(a rev-parse HEAD)
kgit worktree remove --force "$TOP/$am"
kgit checkout -q -B pageattr "$new"
kgit update-ref refs/lab/laid "$new"
echo "$hash" >build/patches.hash
say "build/linux: $n patches on the base, branch pageattr"
