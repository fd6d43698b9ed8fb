#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make check-view: the kernel files at the top level, patches/ and build/linux
# agree, in names and contents. With --run (from make run and make test) work in
# build/linux that was not exported yet is only named, because that is what will
# be built; an edited view file stops in any case.
. "$(dirname "$0")/../lib.sh"

lab/series/tree.sh >/dev/null
want=build/view
lab/series/view.sh refs/lab/laid $want
(cd $want && find . -type f | sed 's|^\./||' | sort) >build/view.want
lab/series/view.sh --names >build/view.have

bad=0
# carry FILE: the command that takes an edit of a view file into build/linux.
carry() {
	name=${1%.diff}
	case $1 in
	MAINTAINERS) say "    the lines belong into build/linux/MAINTAINERS: put them there" ;;
	*.diff)
		say "    git -C build/linux show base:$name >build/linux/$name &&"
		say "    git -C build/linux apply --recount \"\$PWD/$1\" && git checkout -- $1 &&"
		;;
	*) say "    cp $1 build/linux/$1 &&" ;;
	esac
	fixup=$(kgit log -1 --format=%h base..refs/lab/laid -- "$name")
	say "    git -C build/linux commit --fixup=$fixup -- $name &&"
	say "    GIT_SEQUENCE_EDITOR=: git -C build/linux rebase -i --autosquash base && make export"
}

while read -r f; do
	[ -f "$f" ] || { say "missing in the view: $f" && bad=1; continue; }
	cmp -s "$f" "$want/$f" || {
		bad=1
		say "edited in the view, which is only for reading: $f"
		say "  to take the edit over into build/linux, where the kernel is built from:"
		carry "$f"
		say "  to drop it:  git checkout -- $f"
	}
	[ -x "$f" ] && m=x || m=-
	[ -x "$want/$f" ] && w=x || w=-
	[ "$m" = "$w" ] || { say "mode differs in the view: $f" && bad=1; }
done <build/view.want
for f in $(comm -13 build/view.want build/view.have); do
	say "not of the series, but among the kernel files of the view: $f"
	bad=1
done
[ $bad -eq 0 ] || die "the view does not agree with patches/" \
	"the commands above; 'make export' writes the view again when only names differ"

work=$(kgit status --porcelain --untracked-files=no)$(lab/series/unexported.sh)
if [ -n "$work" ]; then
	say "in build/linux, not in patches/ yet:"
	say "$work"
	[ "${1:-}" = --run ] || die "build/linux is ahead of patches/" \
		"commit what is not committed in build/linux, then: make export"
fi
