#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Create build/mainline: mainline's kernel as the tag base, a branch topic/NAME for each
# folder mainline/NAME, and the branch all with all topics. If patches changed, rebuild the
# branch; never discard work.
. "$(dirname "$0")/../lib.sh"
. lab/mainline/lib.sh

pin=$(grep -v '^#' mainline/base.pin)
SUITE=$(echo "$pin" | sed -n 1p)
package=$(echo "$pin" | sed -n 2p)
version=$(echo "$pin" | sed -n 3p)
sha=$(echo "$pin" | sed -n 4p)
export SUITE

# Set take to the version to use: the pinned one, or the newest with a notice.
choose() {
	have=$(lab/build/apt.sh versions "$package")
	take=$version
	if ! echo "$have" | grep -qxF "$version"; then
		take=$(echo "$have" | head -n 1)
		[ -n "$take" ] ||
			die "$SUITE has no $package any more" "write a newer package to mainline/base.pin"
		notice "$SUITE no longer has $package $version; using $take"
	fi
}

lay_base() {
	need_space 5000 build
	choose
	tarball=$(lab/series/tarball.sh "$package" "$take")
	if [ "$take" = "$version" ] && [ "$(sha256sum "$tarball" | cut -d' ' -f1)" != "$sha" ]; then
		rm -f "$tarball"
		die "the tarball of $package $version does not match the checksum in mainline/base.pin" \
			"run the same command again; a second mismatch means a changed package"
	fi
	rm -rf $KSRC.part
	mkdir -p $KSRC.part
	run tar -xJf "$tarball" -C $KSRC.part --strip-components=1
	git_plain init -q $KSRC.part
	git_plain -C $KSRC.part config gc.auto 0
	show "git -C $KSRC.part add -Af"
	git_plain -C $KSRC.part -c core.autocrlf=false add -Af
	GIT_AUTHOR_NAME='Kernel Pageattr Project' GIT_AUTHOR_EMAIL='pageattr@example.org' \
		GIT_AUTHOR_DATE='2024-11-17T22:15:08Z' GIT_COMMITTER_DATE='2024-11-17T22:15:08Z' \
		git_plain -C $KSRC.part commit -q -m "$package $take"
	git_plain -C $KSRC.part tag base
	git_plain -C $KSRC.part checkout -q --detach base
	mv $KSRC.part $KSRC
	say "base: $package $take, commit $(mgit rev-parse --short=12 base)"
}

# Apply patches in a worktree without the files that no topic touches.
am=build/mainline-am
a() { git_plain -C $am -c gc.auto=0 -c advice.statusHints=false "$@"; }

# apply TOPIC OPTION...: git am the patches of TOPIC in the worktree.
apply() {
	_topic=$1
	shift
	# shellcheck disable=SC2046 # names without spaces
	a am -q "$@" --committer-date-is-author-date $(topic_files "$_topic" | sed "s|^|$TOP/|") \
		>build/mainline-am.log 2>&1 && return
	cat build/mainline-am.log >&2
	a am --abort || :
	die "mainline/$_topic does not apply" "rebase branch topic/$_topic in $KSRC, then: make export"
}

open_worktree() {
	[ ! -d $am ] || return 0
	mgit worktree prune
	mgit worktree add -q --detach --no-checkout "$TOP/$am" base
	{ echo /COPYING && topics | while read -r t; do topic_files "$t"; done |
		xargs -r sed -n 's|^+++ b/|/|p; s|^--- a/|/|p'; } | sort -u |
		a sparse-checkout set --no-cone --stdin
}

[ -d $KSRC/.git ] || lay_base
rm -rf $am
for t in $(topics); do
	hash=$(topic_hash "$t")
	[ "$hash" != "$(cat "build/mainline-$t.hash" 2>/dev/null)" ] || continue
	if mgit rev-parse -q --verify "refs/heads/topic/$t" >/dev/null; then
		[ "$(mgit rev-parse "topic/$t")" = "$(mgit rev-parse -q --verify "refs/lab/$t" || :)" ] ||
			die "mainline/$t has changed, and branch topic/$t of $KSRC has commits that it lacks" \
				"make export, or: git -C $KSRC update-ref refs/lab/$t topic/$t, which drops them"
	fi
	open_worktree
	a checkout -q --detach "$(root_of "$t")"
	show "git am mainline/$t/*.patch"
	apply "$t" --no-3way
	mgit update-ref "refs/heads/topic/$t" "$(a rev-parse HEAD)"
	mgit update-ref "refs/lab/$t" "$(a rev-parse HEAD)"
	echo "$hash" >"build/mainline-$t.hash"
done
hash=$(for t in $(topics); do topic_hash "$t"; done | sha256sum | cut -d' ' -f1)
if [ "$hash" != "$(cat build/mainline-all.hash 2>/dev/null)" ]; then
	open_worktree
	a checkout -q --detach base
	show "git am mainline/*/*.patch"
	for t in $(topics); do apply "$t" -3; done
	mgit update-ref refs/heads/all "$(a rev-parse HEAD)"
	echo "$hash" >build/mainline-all.hash
fi
[ ! -d $am ] || mgit worktree remove --force "$TOP/$am"
say "$KSRC: $(topics | wc -l) topics, alone and all together"
