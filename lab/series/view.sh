#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/series/view.sh COMMIT DIR: write the view of COMMIT of build/linux to DIR. A file is
# whole if the series adds it or lab/series/whole.list names it, else NAME.diff has the
# sum of all patches. MAINTAINERS has only the added lines.
# lab/series/view.sh --names: list the view files at the repository's top.
. "$(dirname "$0")/../lib.sh"

if [ "$1" = --names ]; then
	for d in $(kgit ls-tree -d --name-only base) MAINTAINERS; do
		[ ! -e "$d" ] || find "$d" -type f
	done | sort
	exit
fi
commit=$1 dir=$2
rm -rf "$dir"
mkdir -p "$dir"
kgit diff --name-status --no-renames base "$commit" | while read -r status name; do
	out=$dir/$name
	mkdir -p "$(dirname "$out")"
	if [ "$name" = MAINTAINERS ]; then
		kgit diff -U0 base "$commit" -- "$name" | sed '1,/^+++/d' | sed -n 's/^+//p' >"$out"
	elif [ "$status" = A ] || { [ "$status" = M ] && grep -qxF "$name" lab/series/whole.list; }; then
		kgit cat-file blob "$commit:$name" >"$out"
		case $(kgit ls-tree "$commit" "$name") in 100755*) chmod 755 "$out" ;; esac
	else
		kgit diff --full-index --no-renames --diff-algorithm=myers --src-prefix=a/ --dst-prefix=b/ \
			--no-color --no-ext-diff -U3 base "$commit" -- "$name" >"$out.diff"
	fi
done
