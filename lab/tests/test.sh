#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make test: all tests of one profile; T=suite.case runs one KUnit case (or a
# pattern of them), T=kselftest.PROGRAM one kselftest, T=unit.suite.case what make
# unit runs, T=model.NAME one model, T=gain and T=bench the short forms of make gain and make
# bench. The last line is `N passed, N failed, N skipped`.
. "$(dirname "$0")/../lib.sh"

T=${T:-}
# The only profile with separate boots: expected-reports is for its kernel.
SEPARATE_BOOTS=4k-48
# make selfcheck sets both.
BOOTS=${BOOTS:-full on kpti bbml2}
LAB_BOOT=${LAB_BOOT:-lab/boot/boot.sh}
results=build/test/$PROFILE
mkdir -p build/test
: >"$results"

# record: append result lines on stdin to the results and show those that did not pass.
record() {
	while read -r verdict rest; do
		echo "$verdict $rest" >>"$results"
		case $verdict in
		passed) case $V-$T in 1-* | *-?*) say "  ${GREEN}passed${PLAIN}  $rest" ;; esac ;;
		failed) say "  ${RED}failed${PLAIN}  $rest" ;;
		skipped) say "  ${YELLOW}skipped${PLAIN} $rest" ;;
		esac
	done
}

# run_script SCRIPT ARGUMENT...: record the results of the script, and keep them in outcome.
run_script() {
	lab/results/script-results.sh "$@" >build/test/outcome
	record <build/test/outcome
}

# once NAME SCRIPT ARGUMENT: record the results of the script, which do not depend on the
# profile. They are kept: the script runs again only after a failure, or when the source,
# the configurations, the compiler or the script (in lab/scenarios/: its folder) changed.
once() {
	kept=build/test/kept-$1
	shift
	files=$1
	case $files in lab/scenarios/*) files=${1%/*} ;; esac
	key=$({
		lab/build/state.sh --source
		find "$files" -type f | sort | xargs cat
		cat configs/*.config
		gcc --version
	} | sha256sum)
	if [ -n "$T" ] || [ "$key" != "$(head -n 1 "$kept" 2>/dev/null)" ]; then
		rm -f "$kept"
		run_script "$@"
		[ -z "$T" ] && ! grep -q '^failed' build/test/outcome || return 0
		{ echo "$key" && cat build/test/outcome; } >"$kept"
	else
		say "  unchanged since the last run, which passed"
		tail -n +2 "$kept" | record
	fi
}

do=none append=
case $T in
'') do=kselftest ;;
kselftest) do=kselftest append='kunit.enable=0' ;;
kselftest.*) do=kselftest append="kunit.enable=0 lab.test=arm64:${T#kselftest.}" ;;
unit | unit.* | model | model.* | gain | bench) BOOTS= ;;
*) append="kunit.filter_glob=$T" ;;
esac
export T

extra=4
[ "$PROFILE" != "$SEPARATE_BOOTS" ] || extra=7
[ -z "$T" ] || extra=0
# shellcheck disable=SC2086 # a list
steps $((2 + $(echo $BOOTS | wc -w) + extra))
step "patches, view and build/linux" "build"
lab/series/check-view.sh --run
case $T in
'' | unit | unit.*)
	step "unit tests, on this machine"
	asked=$T T=${T#unit} T=${T#.}
	once unit lab/tests/unit.sh --record
	T=$asked
	;;
esac
case $T in
'' | model | model.*)
	step "SPIN models: all states, and planted faults"
	asked=$T T=${T#model} T=${T#.}
	once model lab/tests/model.sh --record
	T=$asked
	;;
esac
if [ -n "$BOOTS" ]; then
	step "build $PROFILE" "boot rodata=full"
	lab/build/build.sh "$PROFILE"
fi
for boot in $BOOTS; do
	case $boot in
	full) what='rodata=full' ;;
	on) what='rodata=on' ;;
	kpti) what='rodata=full with KPTI' ;;
	bbml2) what='rodata=full, CPUs that support BBML2 without aborts' ;;
	esac
	step "boot $what"
	before=$(wc -l <"$results")
	APPEND="$append${APPEND:+ $APPEND}" $LAB_BOOT "$PROFILE" "$boot" $do || :
	lab/results/boot-results.sh "$PROFILE" "$boot" $do >build/test/outcome
	record <build/test/outcome
	say "  $(tail -n +$((before + 1)) "$results" | grep -c '^passed') passed"
done
missing_suites() {
	lab/results/missing-suites.sh . "$results"
	grep -q '^passed kselftest' "$results" || echo "failed kselftest: no case passed"
}
page_walks() {
	step "page walks by TLB models: a block map against a 4K map"
	lab/build/build.sh "$PROFILE"
	run_script bench/tlb/gain.sh --record
}
counts() {
	step "instructions, DSBs and TLBIs against the recorded ones"
	run_script bench/bench.sh --record
}
[ "$T" != gain ] || page_walks
[ "$T" != bench ] || counts
if [ -z "$T" ]; then
	missing_suites >build/test/outcome
	record <build/test/outcome
	if [ "$PROFILE" = "$SEPARATE_BOOTS" ]; then
		step "separate boots: LKDTM, DEBUG_WX, KFENCE, debug_pagealloc, hotplug, other CPUs, kexec, crash, hibernation" "each patch"
		run_script lab/scenarios/all.sh "$PROFILE"
		page_walks
		counts
	fi
	step "each patch: W=1, sparse" "x86_64"
	run_script lab/series/each-patch.sh
	step "the walk on x86_64: W=1, KUnit with five and four levels" "done"
	once walk lab/scenarios/walk/host.sh x86_64
fi
took
sum_of "$results"
