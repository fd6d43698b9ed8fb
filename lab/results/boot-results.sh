#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/boot-results.sh PROFILE BOOT DO: print the results of one boot of
# lab/boot/boot.sh: a line `passed|failed|skipped NAME` for the boot and for each case.
# From the environment: T as for make test, OBJ as for lab/boot/boot.sh.
. "$(dirname "$0")/../lib.sh"

profile=$1 boot=$2 do=$3
T=${T:-}
dir=build/log/${OBJ:-$profile}/$boot-$do
[ "$do" != none ] || dir=${dir%-none}
where="[$profile $boot]"

if lab/results/boot-sound.sh "$dir"; then
	say "passed boot $where"
else
	say "failed boot $where"
fi

: >"$dir/cases"
case $T in
kselftest*) ;;
*) lab/results/ktap-parse.sh "$dir/console.log" >>"$dir/cases" ;;
esac
if [ "$do" = kselftest ]; then
	rm -rf "$dir/kselftest"
	lab/results/kselftest-split.sh "$dir/results.log" "$dir/kselftest"
	[ -s "$dir/kselftest/runner.tap" ] || : >"$dir/kselftest/runner.tap"
	lab/results/ktap-parse.sh "$dir/kselftest/runner.tap" >"$dir/kselftest/programs"
	while read -r status name; do
		prog=${name##*: }
		tap=$dir/kselftest/$prog.tap
		if [ "$status" = SKIPPED ] || [ ! -s "$tap" ]; then
			# The program was skipped, or printed no KTAP stream.
			echo "$status kselftest.$prog"
			continue
		fi
		lab/results/ktap-parse.sh "$tap" "kselftest.$prog." >"$tap.cases"
		cat "$tap.cases"
		# The program failed, but none of its cases did.
		if [ "$status" != PASSED ] && ! grep -q '^FAILED' "$tap.cases"; then
			echo "FAILED kselftest.$prog"
		fi
	done <"$dir/kselftest/programs" >>"$dir/cases"
fi

skips_of "$profile" "$boot" >"$dir/skips.expected"

while read -r status name; do
	case $status in
	PASSED) say "passed $name $where" ;;
	FAILED) say "failed $name $where" ;;
	SKIPPED)
		if reason=$(skip_reason "$name" <"$dir/skips.expected"); then
			say "skipped $name $where: $reason"
		else
			why=$(cat "$dir/console.log" "$dir"/kselftest/*.tap 2>/dev/null |
				sed -n "s/.*ok [0-9]* \(- \)*${name##*.} *# SKIP *//p" | head -n 1 | tr -d '\r')
			say "failed $name $where: skipped, but lab/results/expected-skips does not list it${why:+ ($why)}"
		fi
		;;
	esac
done <"$dir/cases"

# A listed case that did not skip makes the list stale.
[ -n "$T" ] || while read -r pattern reason; do
	found=
	while read -r status name; do
		[ "$status" = SKIPPED ] || continue
		# shellcheck disable=SC2254
		case $name in $pattern) found=1 ;; esac
	done <"$dir/cases"
	[ -n "$found" ] ||
		say "failed $pattern $where: lab/results/expected-skips lists it, but it did not skip"
done <"$dir/skips.expected"
