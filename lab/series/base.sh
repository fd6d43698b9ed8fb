#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Commit the base kernel to build/linux as the tag `base`: the tarball of the pinned
# package, or the tree LINUX_SRC=DIR. lab/series/tree.sh calls this.
# lab/series/base.sh --is-current: exit 0 if build/linux has the wanted base.
. "$(dirname "$0")/../lib.sh"

pin=$(grep -v '^#' lab/series/base.pin)
package=$(echo "$pin" | sed -n 1p)
version=$(echo "$pin" | sed -n 2p)
sha=$(echo "$pin" | sed -n 3p)

# The wanted base as one line. build/base.id has that line for the base in build/linux.
if [ -n "$LINUX_SRC" ]; then
	[ -f "$LINUX_SRC/arch/arm64/Makefile" ] ||
		die "LINUX_SRC=$LINUX_SRC is not a kernel source tree: it has no arch/arm64/Makefile" \
			"make LINUX_SRC=DIR, with the top of a 6.12 tree"
	head=$(git -C "$LINUX_SRC" rev-parse -q --verify HEAD 2>/dev/null || echo unpacked)
	want="LINUX_SRC $(cd "$LINUX_SRC" && pwd) $head"
else
	want="$package $version $sha"
fi
[ "$want" != "$(cat build/base.id 2>/dev/null)" ] || exit 0
[ "${1:-}" != --is-current ] || exit 1

# make run and make test of one profile take 4.1 GB.
need_space 6000 build

# unpack DIR: copy the source tree to the empty directory DIR and set $what to its name.
unpack() {
	if [ -z "$LINUX_SRC" ]; then
		unpack_package "$1"
	elif [ -e "$LINUX_SRC/.git" ]; then
		git -C "$LINUX_SRC" diff --quiet HEAD -- 2>/dev/null ||
			notice "$LINUX_SRC has uncommitted changes; the base leaves them out"
		show "git -C $LINUX_SRC archive HEAD | tar -xf - -C $1"
		git -C "$LINUX_SRC" archive HEAD | tar -xf - -C "$1"
		what="$LINUX_SRC $head"
	else
		[ ! -e "$LINUX_SRC/.config" ] ||
			die "$LINUX_SRC has objects of a build, which would become part of the base" \
				"make LINUX_SRC=DIR, with a git clone or a tree without a build"
		show "tar -C $LINUX_SRC -cf - . | tar -xf - -C $1"
		tar -C "$LINUX_SRC" -cf - . | tar -xf - -C "$1"
		what="$LINUX_SRC"
	fi
}

unpack_package() {
	_have=$(lab/build/apt.sh versions "$package")
	[ -n "$_have" ] ||
		die "the package archive of this machine has no $package" \
			"make LINUX_SRC=DIR, with a 6.12 source tree"
	_take=$version
	if ! echo "$_have" | grep -qxF "$version"; then
		_take=$(echo "$_have" | head -n 1)
		notice "the archive no longer has $package $version; using $_take"
	fi
	_deb=$(lab/series/tarball.sh "$package" "$_take")
	if [ "$_take" = "$version" ] && [ "$(sha256sum "$_deb" | cut -d' ' -f1)" != "$sha" ]; then
		rm -f "$_deb"
		die "the tarball of $package $version does not match the checksum in lab/series/base.pin" \
			"run the same command again; a second mismatch means a changed package"
	fi
	run tar -xJf "$_deb" -C "$1" --strip-components=1
	what="$package $_take"
}

# Unpack the first base in place. Unpack a later one beside build/linux: the checkout
# then writes only the files that differ, and make rebuilds only those.
if [ -d $LINUX/.git ]; then
	src=build/base-src index=$TOP/build/base.index
	rm -rf $src "$index"
	mkdir -p $src
else
	src=$LINUX.part index=
	rm -rf $src $LINUX
	mkdir -p $src
fi
unpack $src
if [ -z "$index" ]; then
	git_plain init -q -b pageattr $src
	repo=$src
else
	repo=$LINUX
	export GIT_INDEX_FILE="$index"
fi
tree() { git_plain --git-dir="$TOP/$repo/.git" --work-tree="$TOP/$src" -C "$src" "$@"; }
# No packing in the background: it doubles the disk space and races with copies of the tree.
tree config gc.auto 0
# -f: the .gitignore in Debian's package ignores everything.
show "git -C $src add -Af"
tree -c core.autocrlf=false add -Af
commit=$(
	export GIT_AUTHOR_NAME='Kernel Pageattr Project' GIT_AUTHOR_EMAIL='pageattr@example.org'
	export GIT_AUTHOR_DATE='2024-11-17T22:15:08Z' GIT_COMMITTER_DATE='2024-11-17T22:15:08Z'
	_k=$(sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = //p' $src/Makefile | paste -sd.)
	tree commit-tree -m "Linux $_k" "$(tree write-tree)"
)
tree tag -f base "$commit" >/dev/null
unset GIT_INDEX_FILE
if [ -z "$index" ]; then
	git_plain -C $src reset -q --soft base
	mv $src $LINUX
else
	rm -rf $src "$index"
fi
echo "$want" >build/base.id
say "base: $what, commit $(kgit rev-parse --short=12 base)"
