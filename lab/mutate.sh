#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make mutate: make the mistakes of lab/mutants, one at a time, and see which test on
# the host finds each. A mistake that does not compile was not found. T=PATTERN takes
# those whose name has it. The last line is `mutate: N passed, N failed, 0 skipped`.
. "$(dirname "$0")/lib.sh"

T=${T:-}
# Four levels; contiguous groups of another size with two; leaves at every level.
configs='4k-48 64k-42 4k-52-high'
tree=build/mutant out=build/obj/mutant log=build/log/mutate
mkdir -p $log

lab/check-view.sh --run
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
# does; a program that dies counts as one.
failing() {
	for c in $configs; do
		rc=0
		SEED=1 timeout 120 $out/pageattr-"$c" >$log/run.log 2>&1 || rc=$?
		sed -n 's/^    not ok [0-9]* \(.*\)/\1/p' $log/run.log | sed "s/\$/ [$c]/"
		grep -q '^ *not ok' $log/run.log || [ $rc -eq 0 ] || echo "status $rc [$c]"
		[ $rc -eq 0 ] || break
	done
}

grep -v '^#' lab/mutants | grep -e "$T" >$log/list || die "lab/mutants has no '$T'"
steps "$(wc -l <$log/list)"
logged $log/build.log build || die "the tests on the host did not build" "make unit"
sound=$(failing)
[ -z "$sound" ] || die "the code as it is fails: $sound" "make unit, and mend that first"

passed=0 failed=0
while IFS='|' read -r name file program; do
	step "$name"
	cp $LINUX/"$file" $log/changed
	sed -i "$program" $log/changed
	verdict=
	if cmp -s $LINUX/"$file" $log/changed; then
		verdict="${RED}changes nothing${PLAIN}: lab/mutants has to follow $file"
	else
		rm $tree/"$file"
		cp $log/changed $tree/"$file"
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
		rm $tree/"$file"
		cp $LINUX/"$file" $tree/"$file"
	fi
	[ -z "$verdict" ] || { failed=$((failed + 1)) && say "  $verdict"; }
done <$log/list
took
say "mutate: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
