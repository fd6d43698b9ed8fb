#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make tree: create build/linux: the base as one commit, then one commit for each patch on
# branch pageattr. If patches/ changed, rebuild the branch; never discard work.
# refs/lab/laid is the commit that equals patches/ at the last `make tree` or `make
# export`, build/patches.hash the hash of patches/ then.
. "$(dirname "$0")/../lib.sh"

hash=$(patches_hash)
n=$(patch_files | wc -l)

# refuse_if_work WHY: stop if build/linux has work that patches/ lacks.
refuse_if_work() {
	[ -d $LINUX/.git ] || return 0
	_dirty=$(kgit status --porcelain --untracked-files=no | head -n 20)
	_lost=$(lab/series/unexported.sh)
	[ -n "$_dirty$_lost" ] || return 0
	say "build/linux has work that patches/ lacks:" >&2
	[ -z "$_dirty" ] || say "$_dirty" >&2
	[ -z "$_lost" ] || say "$_lost" >&2
	[ -z "$_dirty" ] || die "$1, and a new tree would discard the changes above" \
		"git -C build/linux commit -a, then 'make tree' again"
	die "$1, and a new tree would discard the commits above" \
		"git -C build/linux branch saved && git -C build/linux reset --hard refs/lab/laid && make tree
       then: git -C build/linux cherry-pick COMMIT (from branch saved) && make export"
}

stale=
lab/series/base.sh --is-current || stale="the base kernel has changed"
[ "$hash" = "$(cat build/patches.hash 2>/dev/null)" ] || stale="patches/ has changed"
if [ -z "$stale" ]; then
	say "build/linux: $n patches on the base, branch pageattr"
	exit 0
fi
if [ -d $LINUX/.git ] && kgit rev-parse -q --verify refs/lab/laid >/dev/null; then
	refuse_if_work "$stale"
fi
lab/series/base.sh

# Apply the patches in a worktree with only the files that they touch, then check out the
# result in build/linux: all other files keep their time.
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
	# Users of the series type the same.
	show "git am patches/*.patch"
	if ! a am -q --no-3way --committer-date-is-author-date "$TOP"/patches/[0-9]*.patch >build/am.log 2>&1; then
		at=$(cat "$(a rev-parse --git-path rebase-apply/next)")
		bad=$(patch_files | sed -n "${at}p")
		a am --abort || :
		cat build/am.log >&2
		die "$bad does not apply to $(cut -d' ' -f1,2 build/base.id); the $((at - 1)) patches before it do" \
			"make tree without LINUX_SRC, for the base of lab/series/base.pin; or rebase the patch"
	fi
fi
new=$(a rev-parse HEAD)
kgit worktree remove --force "$TOP/$am"
kgit checkout -q -B pageattr "$new"
kgit update-ref refs/lab/laid "$new"
echo "$hash" >build/patches.hash
say "build/linux: $n patches on the base, branch pageattr"
