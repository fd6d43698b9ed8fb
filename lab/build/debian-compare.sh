#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/debian-compare.sh [PROFILE...]: compare profiles (default: all with LAB_DEBIAN) with
# the kernel of Debian that their LAB_DEBIAN names, in the symbols that touch the code of
# the series: those that its files name, and those of configs/debian.symbols.
# configs/debian.differences lists each difference with its reason. Fails on a difference
# without a line, and on a line without a difference.
. "$(dirname "$0")/../lib.sh"

list=configs/debian.differences
obj=debian-compare
dir=build/obj/$obj
[ $# -gt 0 ] || {
	# shellcheck disable=SC2046 # names without spaces
	set -- $(grep -l '^CONFIG_LAB_DEBIAN=' configs/*_defconfig | sed 's|.*/||; s/_defconfig$//')
}
mkdir -p $dir
grep -v '^#' configs/debian.symbols >$dir/patterns
kgit diff --name-only --diff-filter=d base HEAD -- '*.c' '*.h' ':!tools' ':!*/tests/*' |
	(cd $LINUX && xargs grep -ohE '\bCONFIG_[A-Z0-9_]+') | sed 's/^CONFIG_//' | sort -u >$dir/names

# values FILE: print SYMBOL VALUE for each of the symbols that is set.
values() {
	sed -n 's/^CONFIG_\([A-Z0-9_]*\)=/\1 /p' "$1" | awk '
		FILENAME ~ /names$/ { name[$1] = 1; next }
		FILENAME ~ /patterns$/ { all = all (all == "" ? "" : "|") $1; next }
		$1 in name || $1 ~ "^(" all ")$"' $dir/names $dir/patterns - | sort
}

# unexplained PROFILE: print the differences without a line, and the lines without a difference.
unexplained() {
	grep -v '^#' $list | awk -v profile="$1" -v list=$list '
		# fits TEXT PATTERN: a pattern of the shell with * only
		function fits(text, pattern) { gsub(/\*/, ".*", pattern); return text ~ "^" pattern "$" }
		FILENAME == "-" {
			if (fits(profile, $2)) { line[++n] = $0; symbol[n] = $1; ours[n] = $3; theirs[n] = $4 }
			next
		}
		{
			known = 0
			for (i = 1; i <= n; i++)
				if (fits($1, symbol[i]) && fits($2, ours[i]) && fits($3, theirs[i]))
					known = used[i] = 1
			if (!known)
				print "CONFIG_" $1 ": " profile " has " $2 ", Debian has " $3 ", and " list " gives no reason"
		}
		END {
			for (i = 1; i <= n; i++)
				if (!used[i])
					print list ": " profile " does not need the line: " line[i]
		}' - $dir/differences
}

rc=0
for profile in "$@"; do
	flavour=$(lab_option "$profile" DEBIAN)
	[ -n "$flavour" ] || die "the profile $profile follows no kernel of Debian" "grep -l LAB_DEBIAN configs/*"
	theirs=$(lab/build/debian-config.sh "$flavour")
	lab/build/config.sh "$profile" $obj
	values "$dir/.config" >$dir/ours
	values "$theirs" >$dir/theirs
	join -a 1 -a 2 -e n -o 0,1.2,2.2 $dir/ours $dir/theirs | awk '$2 != $3' >$dir/differences
	unexplained "$profile" >$dir/unexplained
	cat $dir/unexplained
	[ ! -s $dir/unexplained ] || rc=1
done
exit $rc
