#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make check-view: check that the view (the kernel files at the top), patches/ and
# build/linux agree in names and contents. make run and make test call it with --run:
# it then only lists commits of build/linux that are not exported, because these targets
# build them. An edited view file is always an error.
. "$(dirname "$0")/../lib.sh"

lab/series/tree.sh >/dev/null
want=build/view
lab/series/view.sh refs/lab/laid $want
(cd $want && find . -type f | sed 's|^\./||' | sort) >build/view.want
lab/series/view.sh --names >build/view.have

bad=0
# carry FILE: print the commands that apply the edit of a view file to build/linux.
carry() {
	name=${1%.diff}
	case $1 in
	MAINTAINERS) say "    add the lines to build/linux/MAINTAINERS, then:" ;;
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
	[ -f "$f" ] || { say "the view lacks $f" && bad=1; continue; }
	cmp -s "$f" "$want/$f" || {
		bad=1
		say "edited in the view: $f. The view is generated; the lab builds build/linux."
		say "  keep the edit:"
		carry "$f"
		say "  drop the edit:  git checkout -- $f"
	}
	[ -x "$f" ] && m=x || m=-
	[ -x "$want/$f" ] && w=x || w=-
	[ "$m" = "$w" ] || { say "the view has another file mode: $f" && bad=1; }
done <build/view.want
for f in $(comm -13 build/view.want build/view.have); do
	say "the view has a file that the series does not touch: $f"
	bad=1
done
[ $bad -eq 0 ] || die "the view does not agree with patches/" \
	"the commands above, or 'make export' if only names differ"

work=$(kgit status --porcelain --untracked-files=no)$(lab/series/unexported.sh)
if [ -n "$work" ]; then
	say "build/linux has changes that patches/ lacks:"
	say "$work"
	[ "${1:-}" = --run ] || die "build/linux is ahead of patches/" \
		"commit all changes in build/linux, then: make export"
fi
