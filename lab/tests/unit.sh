#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make unit: compile the walk and pageattr.c on this machine and test them with all page
# sizes and numbers of levels. T=suite.case runs single cases; SEED=n repeats the random
# programs of an earlier run; SCHEDULES=n sets the number of random schedules. The last line
# is `N passed, N failed, N skipped`.
# lab/tests/unit.sh --record prints only the results, a line `passed|failed NAME` each.
# From the environment: KSRC (another source tree), OBJ (folder for its objects),
# CONFIGS (configurations to run).
. "$(dirname "$0")/../lib.sh"

record=
[ "${1:-}" != --record ] || record=1
tests=${KSRC:-$LINUX}/tools/testing/pageattr
out=build/${OBJ:-unit}
results=$out/results
SEED=${SEED:-$(date +%s)}
T=${T:-}
SCHEDULES=${SCHEDULES:-}
# The default takes seconds, a number of schedules as long as it needs.
limit=300
[ -z "$SCHEDULES" ] || limit=3600
export SEED T SCHEDULES

# With --record, stdout has only the results.
[ -z "$record" ] || exec 4>&1 1>&2 3>&2
START=$(date +%s)

[ -n "$record" ] || lab/series/check-view.sh --run
[ -f "$tests/Makefile" ] || die "${KSRC:-$LINUX} has no tools/testing/pageattr" \
	"git -C build/linux status; a rebase may be in progress. Or make tree"

mkdir -p "$out/log"
cc=gcc
! command -v ccache >/dev/null || cc="ccache gcc"
names=${CONFIGS:-$(make -s -C "$tests" names)}
binaries=$(for name in $names; do echo "$TOP/$out/pageattr-$name"; done)
# shellcheck disable=SC2086 # a list
logged "$out/log/build.log" make -C "$tests" O="$TOP/$out" CC="$cc" -j"$(nproc)" $binaries ||
	die "the unit tests did not build" "fix ${KSRC:-$LINUX}, then run the same command again"

say "running with SEED=$SEED"
# Each configuration writes to its log, also if it crashes.
# shellcheck disable=SC2016 # the inner shell expands
echo "$names" | xargs -P "$(nproc)" -I {} sh -c '
	rc=0
	timeout '"$limit"' '"$out"'/pageattr-{} "$T" >'"$out"'/log/{}.log 2>&1 || rc=$?
	echo $rc >'"$out"'/log/{}.status'

: >"$results"
for name in $names; do
	log=$out/log/$name.log
	rc=$(cat "$out/log/$name.status")
	lab/results/ktap-parse.sh "$log" >"$out/cases"
	# The program failed, but none of its cases did.
	[ "$rc" -eq 0 ] || grep -q '^FAILED' "$out/cases" ||
		echo "FAILED (exit status $rc)" >>"$out/cases"
	while read -r status case; do
		case $status in
		PASSED) echo "passed unit.$case [$name]" ;;
		SKIPPED) echo "skipped unit.$case [$name]" ;;
		*) echo "failed unit.$case [$name]" ;;
		esac
	done <"$out/cases" >"$out/results.one"
	cat "$out/results.one" >>"$results"

	[ "$V" != 1 ] || cat "$log"
	printf '  %-14s %4d passed' "$name" "$(grep -c '^passed' "$out/results.one" || :)"
	if grep -q '^failed' "$out/results.one"; then
		printf ' %s%4d failed%s\n' "$RED" "$(grep -c '^failed' "$out/results.one")" "$PLAIN"
		# The failed cases and expectations; the end of the log after a crash.
		if grep -q '^ *not ok' "$log"; then
			grep -E '^    (not ok|# [^ ]*:[0-9]*: |#   in )' "$log" | head -n 20
		else
			tail_log "$log"
		fi
		say "    again: make unit SEED=$SEED${SCHEDULES:+ SCHEDULES=$SCHEDULES}${T:+ T=\"$T\"}   whole log: $log"
	else
		printf '\n'
	fi
done
rm -f "$out/cases" "$out/results.one"

if [ -n "$record" ]; then
	cat "$results" >&4
	sum_of "$results" >/dev/null
else
	took
	sum_of "$results"
fi
