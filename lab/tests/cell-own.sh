#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/tests/cell-own.sh unit|model|boots LOG: one cell of make test-all: the unit tests,
# the models or the separate boots of make test. Output and LOG: see cell-profile.sh.
. "$(dirname "$0")/../lib.sh"

what=$1 log=$2
out=$TEST_ALL/outcome
case $what in
boots)
	if lab/build/build.sh "$PROFILE" >&2; then
		lab/scenarios/all.sh "$PROFILE" >"$out"
	else
		say "failed build [$PROFILE]" >"$out"
	fi
	logs=build/log/$PROFILE
	;;
*)
	lab/results/script-results.sh "lab/tests/$what.sh" --record >"$out"
	logs=build/$what/log
	;;
esac
cat "$out"
if grep -q '^failed ' "$out"; then
	mkdir -p "$log"
	cp -r "$logs" "$log/"
fi
