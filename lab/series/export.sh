#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make export: write patches/ and the view from branch pageattr of build/linux, and mainline/
# from the topics of build/mainline.
. "$(dirname "$0")/../lib.sh"

[ -d $LINUX/.git ] || die "nothing to export: there is no build/linux" "make tree"
[ "$(kgit symbolic-ref -q --short HEAD)" = pageattr ] ||
	die "build/linux is not on branch pageattr; a rebase may be in progress" \
		"git -C build/linux status"
[ -z "$(kgit status --porcelain --untracked-files=no)" ] ||
	die "build/linux has uncommitted changes" \
		"git -C build/linux commit --fixup=COMMIT -a, or git -C build/linux stash"
kgit merge-base --is-ancestor base pageattr ||
	die "branch pageattr is not based on the tag base" "git -C build/linux rebase base pageattr"
left=$(kgit log --format='  %h %s' --grep='^\(fixup\|squash\|amend\)!' base..pageattr)
[ -z "$left" ] || die "these commits are not squashed yet:
$left" "git -C build/linux rebase -i --autosquash base"

# Do not overwrite changes to patches/ or to the view: no commit of build/linux has them.
if [ -f build/patches.hash ] && [ "$(patches_hash)" != "$(cat build/patches.hash)" ]; then
	die "patches/ has changed since make tree, and export would overwrite the changes" "make tree"
fi
rm -rf build/export
lab/series/format.sh pageattr build/export
lab/series/view.sh refs/lab/laid build/view
lab/series/view.sh pageattr build/view.new
in_git() { git ls-files --error-unmatch "$1" >/dev/null 2>&1 && git diff --quiet HEAD -- "$1"; }
edited=
for f in $(lab/series/view.sh --names); do
	cmp -s "$f" "build/view/$f" || cmp -s "$f" "build/view.new/$f" || in_git "$f" ||
		edited="$edited $f"
done
[ -z "$edited" ] || die "export would overwrite edits in the view:$edited" \
	"make check-view, which prints the commands that keep or drop them"

# place FROM TO: copy FROM to TO unless they are the same.
place() {
	cmp -s "$1" "$2" || { mkdir -p "$(dirname "$2")" && cp "$1" "$2" && say "  wrote $2"; }
	if [ -x "$1" ]; then chmod 755 "$2"; else chmod 644 "$2"; fi
}

mkdir -p patches
for p in $(patch_files); do
	[ -f "build/export/${p#patches/}" ] || { rm "$p" && say "  removed $p"; }
done
for p in build/export/*.patch; do place "$p" "patches/${p##*/}"; done
for f in $(lab/series/view.sh --names); do
	[ -f "build/view.new/$f" ] || { rm "$f" && say "  removed $f"; }
done
(cd build/view.new && find . -type f | sed 's|^\./||' | sort) | while read -r f; do
	place "build/view.new/$f" "$f"
done
for d in $(kgit ls-tree -d --name-only base); do
	[ ! -d "$d" ] || find "$d" -type d -empty -delete
done

kgit update-ref refs/lab/laid pageattr
patches_hash >build/patches.hash
rm -rf build/export build/view build/view.new
say "$(patch_files | wc -l) patches exported"
lab/series/cover.sh || notice "update patches/cover-letter.txt by hand"
lab/mainline/export.sh
