#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/tests/cell-own.sh unit|model|boots|kexec-52 LOG: one cell of make test-all: the unit
# tests, the models or the separate boots of make test, or kexec with 52-bit addresses.
# Output and LOG: see cell-profile.sh.
. "$(dirname "$0")/../lib.sh"

what=$1 log=$2
out=$TEST_ALL/outcome

# built PROFILE COMMAND...: run the command if the profile builds.
built() {
	logs=build/log/$1
	if lab/build/build.sh "$1" >&2; then
		shift
		"$@"
	else
		say "failed build [$1]"
	fi
}

kexec_52() {
	for boot in full bbml2; do lab/scenarios/kexec/host.sh 4k-52 $boot kexec; done
}

case $what in
boots) built "$PROFILE" lab/scenarios/all.sh "$PROFILE" >"$out" ;;
kexec-52) built 4k-52 kexec_52 >"$out" ;;
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
