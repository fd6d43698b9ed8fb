#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Check each patch of the topics: checkpatch --strict, and a build of the files that it
# touches with W=1 and sparse, compared with the patch's parent. For a header: arch/arm64/mm/
# and mm/vmalloc.c. Prints `passed|failed patch TOPIC/NAME`. Results are kept by commit.
# lab/mainline/tree.sh has to run first. T=TOPIC checks one topic.
. "$(dirname "$0")/../lib.sh"
. lab/mainline/lib.sh

obj=mainline-patch
keep=build/mainline-patches
mkdir -p $keep "build/obj/$obj"

checkout() { mgit checkout -q --detach "$1"; }

# objects COMMIT: the objects to build for a patch, one a line.
objects() {
	mgit diff --name-only --diff-filter=d "$1~1" "$1" | while read -r f; do
		case $f in
		*.c) echo "${f%.c}.o" ;;
		*.h) printf '%s\n' arch/arm64/mm/pageattr.o arch/arm64/mm/mmu.o mm/vmalloc.o ;;
		esac
	done | sort -u
}

# warnings COMMIT OBJECT...: the messages of gcc and sparse, without line numbers. Fails if
# an object does not build.
warnings() {
	_log=$keep/$1.log _rc=0
	checkout "$1"
	shift
	(cd "build/obj/$obj" && rm -f "$@")
	kmake arm64 $obj -j"$(nproc)" W=1 C=1 CHECK=sparse "$@" >"$_log" 2>&1 3>/dev/null || _rc=$?
	sed -nE '/(warning|error):/{s/:[0-9]+(:[0-9]+)?:/:/; s|^.*build/mainline/||; p;}' "$_log" | sort -u
	return $_rc
}

checkpatch() {
	(
		cd $KSRC
		# checkpatch calls spdxcheck.py, which needs Debian's python3.
		PATH="/usr/bin:$PATH" perl scripts/checkpatch.pl --strict --quiet --show-types --color=never \
			--ignore UNKNOWN_COMMIT_ID,GIT_COMMIT_ID "$1"
	)
}

# check COMMIT PATCH: print the reason and fail if the patch does not pass.
check() {
	checkout "$1"
	checkpatch "$TOP/$2" >$keep/checkpatch.txt 2>&1 || { cat $keep/checkpatch.txt >&2; return 1; }
	# shellcheck disable=SC2046 # a list of objects
	set -- "$1" $(objects "$1")
	_commit=$1
	shift
	warnings "$_commit~1" "$@" >$keep/before.warn || :
	warnings "$_commit" "$@" >$keep/after.warn || { tail_log "$keep/$_commit.log"; return 1; }
	comm -13 $keep/before.warn $keep/after.warn >$keep/new.warn
	[ ! -s $keep/new.warn ] || { cat $keep/new.warn >&2; return 1; }
}

configure() {
	checkout base
	FRAGMENT=configs/mainline.config lab/build/config.sh 4k-48 $obj >&2
	quiet $keep/prepare.log kmake arm64 $obj -j"$(nproc)" prepare
}

tools=$({ cat lab/mainline/patches.sh configs/*.config; "$(cross_of arm64)gcc" --version; sparse --version; } |
	sha256sum | cut -c1-16)
configured=
for t in $(asked_topics); do
	commits=$(mgit rev-list --reverse "$(root_of "$t")..topic/$t")
	for p in $(topic_files "$t"); do
		commit=$(echo "$commits" | sed -n "$(basename "$p" | sed "s/^0*//; s/-.*//")p")
		kept=$keep/$tools-$commit
		if [ ! -f "$kept" ]; then
			[ -n "$configured" ] || { configure && configured=1; }
			if check "$commit" "$p"; then touch "$kept"; else say "failed patch: $p" && continue; fi
		fi
		say "passed patch: $p"
	done
done
