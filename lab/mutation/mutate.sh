#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make mutate: plant the mutants of lab/mutation/mutants one by one and run the unit tests,
# then those of lab/mutation/mutants-guest, each with a kernel build and a boot. A test
# must kill each mutant. A mutant fails if it survives, does not compile, or if no test
# ran. T=PATTERN selects mutants by name. The last line is
# `mutate: N passed, N failed, 0 skipped`.
. "$(dirname "$0")/../lib.sh"

T=${T:-}
# Four levels; two levels with larger contiguous groups; leaves at every level.
configs='4k-48 64k-42 4k-52-high'
tree=build/mutant out=build/obj/mutant log=build/log/mutate
mkdir -p $log

lab/series/check-view.sh --run
# An object of the last mutant can be newer than the restored source.
rm -rf $tree $out
mkdir -p $tree/arch $tree/tools/testing $out
# Hard links, made in no time. A changed file replaces its link.
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

# failing: run the configurations up to the first failed case, and print it. A crash in a case
# counts. A program that prints no case or hangs has killed nothing.
failing() {
	for c in $configs; do
		{ SEED=1 timeout 120 $out/pageattr-"$c" 2>&1 || echo "status $?"; } | sed '/^    not ok/q' >$log/run.log
		rc=$(sed -n 's/^status //p' $log/run.log)
		sed -n 's/^    not ok [0-9]* \(.*\)/\1/p' $log/run.log >$log/failing
		[ -s $log/failing ] || [ "${rc:-124}" -eq 124 ] ||
			sed -n 's/^    ok [0-9]* \(.*\)/status '"$rc"' after \1/p' $log/run.log | tail -n 1 >$log/failing
		sed "s/\$/ [$c]/" $log/failing
		if [ -s $log/failing ] || [ -n "$rc" ]; then break; fi
	done
}

# plant TREE FILE PROGRAM: apply the sed program to FILE; fail if it changes nothing.
plant() {
	sed "$3" $LINUX/"$2" >$log/changed
	! cmp -s $LINUX/"$2" $log/changed || return
	rm "$1/$2"
	cp $log/changed "$1/$2"
}

# restore TREE FILE: copy the original. Its new time makes make rebuild it.
restore() {
	rm "$1/$2"
	cp $LINUX/"$2" "$1/$2"
}

grep -v '^#' lab/mutation/mutants | grep -e "$T" >$log/list || :
grep -v '^#' lab/mutation/mutants-guest | grep -e "$T" >$log/list-guest || [ -s $log/list ] ||
	die "no mutant in lab/mutation/ has '$T' in its name" "make mutate T=PATTERN, or without T"
steps "$(cat $log/list $log/list-guest | wc -l)"
if [ -s $log/list ]; then
	logged $log/build.log build || die "the unit tests did not build" "make unit"
	sound=$(failing)
	[ -z "$sound" ] || die "the unit tests fail without a mutant: $sound" "make unit, and fix the failure first"
fi

passed=0 failed=0
while IFS='|' read -r name file program; do
	step "$name"
	verdict=
	if ! plant $tree "$file" "$program"; then
		verdict="${RED}changes nothing${PLAIN}: adapt lab/mutation/mutants to $file"
	else
		if ! build >$log/build.log 2>&1; then
			verdict="${RED}does not build${PLAIN}: read $log/build.log"
		else
			found=$(failing)
			if [ -z "$found" ]; then
				verdict="${RED}survived${PLAIN}"
			else
				passed=$((passed + 1))
				say "  killed by $found"
			fi
		fi
		restore $tree "$file"
	fi
	[ -z "$verdict" ] || { failed=$((failed + 1)) && say "  $verdict"; }
done <$log/list

# guest BOOT SUITE: build build/guest/linux, boot it and print the failed cases. Fails if
# no case ran. SUITE is a KUnit suite, or wx, memhp or pagealloc for that scenario.
guest() {
	logged $log/guest-build.log kmake arm64 "$OBJ" -j"$(nproc)" Image || return
	cp "build/obj/$PROFILE/rootfs.cpio.gz" "build/obj/$OBJ/"
	case $2 in
	wx) LIMIT=300 lab/scenarios/reports/host.sh "$PROFILE" "$1" wx ;;
	memhp | pagealloc) LIMIT=300 lab/scenarios/"$2"/host.sh "$PROFILE" "$1" ;;
	*)
		APPEND="kunit.filter_glob=$2" LIMIT=300 lab/boot/boot.sh "$PROFILE" "$1" >&2 || :
		T=$2 lab/results/boot-results.sh "$PROFILE" "$1" none
		;;
	esac >$log/guest-outcome 2>$log/guest-boot.log
	# Keep the cases of a scenario; drop the boot and the reports.
	sed -i '/^[a-z]* [a-z.]*\.boot /d; /^[a-z]* wx\.[a-z_]*\.reports /d' $log/guest-outcome
	sed -n "s/^failed \(${2%%.*}\..*\)/\1/p" $log/guest-outcome
	grep -v 'the stream is not complete' $log/guest-outcome | grep -q "^[a-z]* ${2%%.*}\."
}

if [ -s $log/list-guest ]; then
	# Reuse its initramfs: no mutant is in a file of it.
	lab/build/build.sh "$PROFILE"
	export OBJ=mutant-guest KSRC=build/guest/linux
	need_space 3000 build
	# Objects and source have the same relative paths as in other builds: ccache then hits
	# for the kernel without mutant.
	mkdir -p build/guest/obj/$OBJ build/obj
	ln -sfn ../guest/obj/$OBJ build/obj/$OBJ
	say "the kernel without mutant"
	# Hard links keep the times, so that make rebuilds nothing else.
	rm -rf $KSRC
	mkdir -p $KSRC
	find $LINUX -mindepth 1 -maxdepth 1 ! -name .git -exec cp -al {} $KSRC/ \;
	# An object of the last mutant can be newer than the restored source.
	grep -v '^#' lab/mutation/mutants-guest | cut -d'|' -f4 | sort -u | while read -r file; do restore $KSRC "$file"; done
	lab/build/config.sh "$PROFILE" $OBJ
	cut -d'|' -f2,3 $log/list-guest | sort -u >$log/boots
	while IFS='|' read -r boot suite <&5; do
		found=$(guest "$boot" "$suite" 2>$log/guest.err) || found="no case ran"
		[ -z "$found" ] || die "the boot $boot fails without a mutant: $found" "make test, and fix the failure first"
	done 5<$log/boots
fi
while IFS='|' read -r name boot suite file program <&5; do
	step "$name"
	if ! plant "$KSRC" "$file" "$program"; then
		verdict="${RED}changes nothing${PLAIN}: adapt lab/mutation/mutants-guest to $file"
	else
		if ! found=$(guest "$boot" "$suite" 2>$log/guest.err); then
			verdict="${RED}does not build, or no case ran${PLAIN}: read $log/guest-*.log"
		elif [ -z "$found" ]; then
			verdict="${RED}survived${PLAIN}"
		else
			verdict=
			passed=$((passed + 1))
			say "  killed by $(echo "$found" | head -n 1)"
		fi
		restore "$KSRC" "$file"
	fi
	[ -z "$verdict" ] || { failed=$((failed + 1)) && say "  $verdict"; }
done 5<$log/list-guest
took
say "mutate: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
