#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make mutate: make the mistakes of lab/mutation/mutants, one at a time, and see which test on
# the host finds each; then those of lab/mutation/mutants-guest, for which a kernel is built and
# booted. A mistake that does not compile, or with which no test is reached, was not found.
# T=PATTERN takes those whose name has it. The last line is
# `mutate: N passed, N failed, 0 skipped`.
. "$(dirname "$0")/../lib.sh"

T=${T:-}
# Four levels; contiguous groups of another size with two; leaves at every level.
configs='4k-48 64k-42 4k-52-high'
tree=build/mutant out=build/obj/mutant log=build/log/mutate
mkdir -p $log

lab/series/check-view.sh --run
# What is there may be of the last mistake, and newer than the file without it.
rm -rf $tree $out
mkdir -p $tree/arch $tree/tools/testing $out
# Links, which take no time: what is changed becomes a file of its own.
cp -al $LINUX/include $LINUX/mm $tree/
cp -al $LINUX/arch/arm64 $tree/arch/
cp -al $LINUX/tools/testing/pageattr $tree/tools/testing/

cc=gcc
! command -v ccache >/dev/null || cc="ccache gcc"
binaries=$(for c in $configs; do echo "$TOP/$out/pageattr-$c"; done)
build() {
	# shellcheck disable=SC2086 # a list
	make -C $tree/tools/testing/pageattr O="$TOP/$out" CC="$cc" -j"$(nproc)" $binaries
}

# failing: the cases that fail, one to a line, in the first configuration in which one
# does. A program that dies in a case counts as one; not so if it comes to none, or to no
# end: then nothing was found.
failing() {
	for c in $configs; do
		rc=0
		SEED=1 timeout 120 $out/pageattr-"$c" >$log/run.log 2>&1 || rc=$?
		sed -n 's/^    not ok [0-9]* \(.*\)/\1/p' $log/run.log >$log/failing
		[ -s $log/failing ] || [ $rc -eq 0 ] || [ $rc -eq 124 ] ||
			sed -n 's/^    ok [0-9]* \(.*\)/status '$rc' after \1/p' $log/run.log | tail -n 1 >$log/failing
		sed "s/\$/ [$c]/" $log/failing
		[ $rc -eq 0 ] || break
	done
}

# mistake TREE FILE PROGRAM: make it in TREE; fails if it changes nothing.
mistake() {
	sed "$3" $LINUX/"$2" >$log/changed
	! cmp -s $LINUX/"$2" $log/changed || return
	rm "$1/$2"
	cp $log/changed "$1/$2"
}

# unmake TREE FILE: as it is; the time is new, so that make sees it.
unmake() {
	rm "$1/$2"
	cp $LINUX/"$2" "$1/$2"
}

grep -v '^#' lab/mutation/mutants | grep -e "$T" >$log/list || :
grep -v '^#' lab/mutation/mutants-guest | grep -e "$T" >$log/list-guest || [ -s $log/list ] ||
	die "neither lab/mutation/mutants nor lab/mutation/mutants-guest has '$T'"
steps "$(cat $log/list $log/list-guest | wc -l)"
if [ -s $log/list ]; then
	logged $log/build.log build || die "the tests on the host did not build" "make unit"
	sound=$(failing)
	[ -z "$sound" ] || die "the code as it is fails: $sound" "make unit, and mend that first"
fi

passed=0 failed=0
while IFS='|' read -r name file program; do
	step "$name"
	verdict=
	if ! mistake $tree "$file" "$program"; then
		verdict="${RED}changes nothing${PLAIN}: lab/mutation/mutants has to follow $file"
	else
		if ! build >$log/build.log 2>&1; then
			verdict="${RED}does not build${PLAIN}, see $log/build.log"
		else
			found=$(failing)
			if [ -z "$found" ]; then
				verdict="${RED}survived${PLAIN}"
			else
				passed=$((passed + 1))
				n=$(echo "$found" | wc -l)
				say "  found by $(echo "$found" | head -n 1)$([ "$n" -eq 1 ] || echo " and $((n - 1)) more")"
			fi
		fi
		unmake $tree "$file"
	fi
	[ -z "$verdict" ] || { failed=$((failed + 1)) && say "  $verdict"; }
done <$log/list

# guest BOOT SUITE: build what is in build/guest/linux, boot it, and print the cases that
# fail; fails itself if none was reached. wx is not of KUnit.
guest() {
	logged $log/guest-build.log kmake arm64 "$OBJ" -j"$(nproc)" Image || return
	cp "build/obj/$PROFILE/rootfs.cpio.gz" "build/obj/$OBJ/"
	if [ "$2" = wx ]; then
		LIMIT=300 lab/scenarios/reports/host.sh "$PROFILE" "$1" wx >$log/guest-outcome 2>$log/guest-boot.log
		# of it, what the page tables say
		sed -i '/^[a-z]* wx\.boot /d; /^[a-z]* wx\.[a-z_]*\.reports /d' $log/guest-outcome
	else
		APPEND="kunit.filter_glob=$2" LIMIT=300 lab/boot/boot.sh "$PROFILE" "$1" >$log/guest-boot.log 2>&1 || :
		T=$2 lab/results/boot-results.sh "$PROFILE" "$1" none >$log/guest-outcome
	fi
	sed -n "s/^failed \(${2%%.*}\..*\)/\1/p" $log/guest-outcome
	grep -v 'the stream is not complete' $log/guest-outcome | grep -q "^[a-z]* ${2%%.*}\."
}

if [ -s $log/list-guest ]; then
	# For its root file system, which has nothing that a mistake is in.
	lab/build/build.sh "$PROFILE"
	export OBJ=mutant-guest KSRC=build/guest/linux
	need_space 3000 build
	# The way from the objects to the source is that of all others, or else ccache, which
	# has the kernel without a mistake, would not know it.
	mkdir -p build/guest/obj/$OBJ build/obj
	ln -sfn ../guest/obj/$OBJ build/obj/$OBJ
	say "the kernel without a mistake"
	# Links again, whose times tell make what is built already.
	rm -rf $KSRC
	mkdir -p $KSRC
	find $LINUX -mindepth 1 -maxdepth 1 ! -name .git -exec cp -al {} $KSRC/ \;
	# But an object may be of the last mistake, and newer than the file without it.
	grep -v '^#' lab/mutation/mutants-guest | cut -d'|' -f4 | sort -u | while read -r file; do unmake $KSRC "$file"; done
	lab/build/config.sh "$PROFILE" $OBJ
	cut -d'|' -f2,3 $log/list-guest | sort -u >$log/boots
	while IFS='|' read -r boot suite <&5; do
		found=$(guest "$boot" "$suite" 2>$log/guest.err) || found="no case was reached"
		[ -z "$found" ] || die "the code as it is fails with $boot: $found" "make test, and mend that first"
	done 5<$log/boots
fi
while IFS='|' read -r name boot suite file program <&5; do
	step "$name"
	if ! mistake "$KSRC" "$file" "$program"; then
		verdict="${RED}changes nothing${PLAIN}: lab/mutation/mutants-guest has to follow $file"
	else
		if ! found=$(guest "$boot" "$suite" 2>$log/guest.err); then
			verdict="${RED}does not build, or comes to no case${PLAIN}, see $log/guest-*.log"
		elif [ -z "$found" ]; then
			verdict="${RED}survived${PLAIN}"
		else
			verdict=
			passed=$((passed + 1))
			say "  found by $(echo "$found" | head -n 1)"
		fi
		unmake "$KSRC" "$file"
	fi
	[ -z "$verdict" ] || { failed=$((failed + 1)) && say "  $verdict"; }
done 5<$log/list-guest
took
say "mutate: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
