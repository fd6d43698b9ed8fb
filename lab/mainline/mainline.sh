#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make mainline: test the topics for mainline. Each kernel, i.e. mainline, mainline with each
# topic, and with all topics, is built with 48-bit and 39-bit addresses, and boots on CPUs
# without and with BBML3, see lab/mainline/boot.sh. T=TOPIC leaves out the other topics. A result is
# kept as long as its inputs stay the same. Ends with a table of the topics.
. "$(dirname "$0")/../lib.sh"
. lab/mainline/lib.sh

kept=build/mainline-results
mkdir -p $kept
names=$(asked_topics)
variants="base $names"
[ -n "${T:-}" ] || variants="$variants all"

commit_of() {
	case $1 in
	base) echo refs/tags/base ;;
	all) echo refs/heads/all ;;
	*) echo "refs/heads/topic/$1" ;;
	esac
}

# cell VARIANT VA BOOT: print the name of the file with its results.
inputs=$({ cat lab/mainline/build.sh lab/mainline/boot.sh lab/mainline/guest.sh mainline/tests/* \
	lab/boot/guest/init lab/boot/boot.sh configs/*.config configs/4k-*_defconfig
"$(cross_of arm64)gcc" --version; } | sha256sum | cut -c1-16)
cell() { echo "$kept/$1-$2-$3-$(mgit rev-parse "$(commit_of "$1")^{tree}" | cut -c1-16)-$inputs"; }

# boots_of VARIANT VA: print its boots.
boots_of() {
	echo full bbml2
	case $1-$2 in base-48 | nobbml3-48 | all-48) echo nobbml3 ;; esac
}

# run_cells VARIANT VA: build, boot twice, keep the results.
run_cells() {
	built=
	for boot in $(boots_of "$1" "$2"); do
		out=$(cell "$1" "$2" "$boot")
		[ ! -s "$out" ] || continue
		if [ -z "$built" ]; then
			lab/mainline/build.sh "$(commit_of "$1")" "$2" || return
			built=1
		fi
		lab/mainline/boot.sh "$1" "$2" "$boot" >"$out.part"
		! grep '^failed' "$out.part" || [ "$1" = base ] || { mv "$out.part" "$out.failed" && continue; }
		mv "$out.part" "$out"
	done
}

# results VARIANT [SUITE]: print `STATUS CASE` of all its cells.
results() {
	for va in 48 39; do
		for boot in $(boots_of "$1" $va); do
			out=$(cell "$1" $va "$boot")
			cat "$out" 2>/dev/null || cat "$out.failed" 2>/dev/null || echo "failed boot"
		done
	done | { if [ $# -gt 1 ]; then grep " $2\." || :; else cat; fi; }
}

# row TOPIC: print its row of the table and fail if it does not hold.
row() {
	suite=$(echo "$1" | tr - _)
	patches=$(topic_files "$1" | wc -l)
	built=$(grep -c "^passed patch: mainline/$1/" $kept/patches || :)
	passed=$(results "$1" "$suite" | sort -u | sed -n 's/^passed //p')
	failed=$(results "$1" | grep -c '^failed' || :)
	# A case may skip in one boot if it passes in another one.
	lost=$(results "$1" "$suite" | sort -u | sed -n 's/^skipped //p' | grep -cvxF "$passed" || :)
	fails_on_base=$(results base "$suite" | sed -n 's/^failed //p' | sort -u)
	shows=$(printf '%s\n' "$passed" | grep -cxF "$fails_on_base" || :)
	[ -n "$fails_on_base" ] || shows=0
	printf '%-16s %8s %8s %8s %8s %18s\n' "$1" "$patches" "$built" \
		"$(printf '%s\n' "$passed" | grep -c .)" "$((failed + lost))" "$shows"
	[ "$built" = "$patches" ] && [ "$failed" = 0 ] && [ "$lost" = 0 ] && [ "$shows" -gt 0 ]
}

steps $((2 + 2 * $(echo "$variants" | wc -w)))
step "lay $KSRC: mainline and the topics"
lab/mainline/tree.sh
step "each patch: checkpatch --strict, W=1, sparse"
lab/mainline/patches.sh >$kept/patches
! grep '^failed' $kept/patches || rc=1
for va in 48 39; do
	for v in $variants; do
		step "$v, $va bits: build, boot with and without BBML3"
		run_cells "$v" $va || rc=1
	done
done

printf '\n%-16s %8s %8s %8s %8s %18s\n' topic patches "build" "cases" "failed" "fail on mainline"
for t in $names; do row "$t" || rc=1; done
if [ -z "${T:-}" ]; then
	failed=$(results all | grep -c '^failed' || :)
	printf '%-16s %8s %8s %8s %8s\n' "all together" '' '' \
		"$(results all | grep '^passed' | sort -u | grep -c .)" "$failed"
	[ "$failed" = 0 ] || rc=1
fi
took
[ "${rc:-0}" = 0 ] || die "a topic does not hold" "read build/log/mainline/*/console.log"
