#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make selfcheck: plant faults and check that the lab finds each. make test must fail on a
# panic, a WARN and a hang in a guest, and on damaged logs of a sound boot; the grid of
# make test-all must show a panic; the table of the linear map must find damaged
# snapshots; make check must find faults in texts.
# The last line is `selfcheck: N passed, N failed, 0 skipped`.
. "$(dirname "$0")/../lib.sh"

passed=0 failed=0
# One boot with all KUnit cases, and nothing else of make test.
export T='*' BOOTS=full
out=build/log/selfcheck
mkdir -p $out

# check NAME yes|no LOG: count and print a result.
check() {
	if [ "$2" = yes ]; then
		say "  ${GREEN}passed${PLAIN}  $1"
		passed=$((passed + 1))
	else
		say "  ${RED}failed${PLAIN}  $1; read $3"
		failed=$((failed + 1))
	fi
}

# fails NAME REASON VARIABLE=VALUE...: make test with these variables must print REASON,
# count a failure in its last line, and exit with an error.
fails() {
	name=$1 reason=$2
	shift 2
	log="$out/$(echo "$name" | tr ' ' '-').log"
	ok=no
	if ! env "$@" lab/tests/test.sh >"$log" 2>&1 && grep -q "$reason" "$log" &&
		tail -n 1 "$log" | grep -qE '^[0-9]+ passed, [1-9][0-9]* failed, [0-9]+ skipped$'; then
		ok=yes
	fi
	check "make test fails on $name" $ok "$log"
}

steps 8
step "planted faults in texts" "a sound boot"
lab/selfcheck/lint.sh >$out/lint.results 2>$out/lint.log ||
	echo "failed lab/selfcheck/lint.sh exits with an error" >>$out/lint.results
while read -r verdict name; do
	if [ "$verdict" = passed ]; then ok=yes; else ok=no; fi
	check "make check: $name" $ok $out/lint.log
done <$out/lint.results

step "a sound boot" "a panic"
ok=no
if lab/tests/test.sh >$out/sound.log 2>&1; then ok=yes; fi
check "make test passes when nothing is planted" $ok $out/sound.log
[ $ok = yes ] || {
	tail_log $out/sound.log
	die "make test fails without a planted fault" "make test, and fix the failure first"
}
rm -rf build/selfcheck
cp -r "build/log/$PROFILE/full" build/selfcheck

step "a panic in the guest" "a WARN"
fails "a panic" 'the kernel reported: .*sysrq' APPEND='lab.plant=panic'
step "a WARN in the guest, with and without panic_on_warn" "a hang"
fails "a WARN" 'the kernel reported: .*WARNING:' APPEND='lab.plant=warn'
fails "a WARN without panic" 'the kernel reported: .*WARNING:' APPEND='lab.plant=warn panic_on_warn=0'
step "a hang in the guest" "damaged logs"
fails "a hang" 'hang: the boot exceeded its time limit' APPEND='lab.plant=hang' LIMIT=20

step "damaged logs of the sound boot" "damaged snapshots"
damaged() { fails "$1" "$2" LAB_BOOT=lab/selfcheck/damaged-boot.sh DAMAGE="$3"; }
damaged "an empty log" 'the console log is empty' 'BEGIN { exit }'
damaged "another machine than asked for" 'the kernel does not say' '!/psci: probing/'
damaged "a log without KTAP" 'the stream is not complete' '!/KTAP version/'
damaged "an incomplete KTAP stream" 'failed .*\(case missing\|not complete\)' \
	'/ok [0-9]+ / && n++ == 1 { exit } { print }'
damaged "a failing case" '^ *failed .*\[' \
	'!done && / ok 1 / { sub(/ ok 1 /, " not ok 1 "); done = 1 } { print }'
damaged "an unexpected skip" 'lab/results/expected-skips does not list' \
	'!done && / ok 1 / { sub(/\r?$/, " # SKIP planted"); done = 1 } { print }'

step "damaged snapshots of the linear map" "a cell of make test-all"
maps=build/selfcheck-map
mkdir -p $maps
lab/scenarios/linear-map/host.sh "$PROFILE" full $maps/full.snapshots
lab/scenarios/linear-map/host.sh "$PROFILE" bbml2 $maps/sound.snapshots lkdtm
ok=no
if lab/demo/linear-map.sh $maps/full.snapshots $maps/sound.snapshots >$out/map.log 2>&1; then ok=yes; fi
check "the table of the linear map passes without damage" $ok $out/map.log

# damaged_map NAME REASON AWK: the table must fail with REASON. k counts snapshots from 1.
damaged_map() {
	log="$out/$(echo "$1" | tr ' ' '-').log"
	awk "/^snapshot/ { k++ } $3" $maps/sound.snapshots >$maps/damaged.snapshots
	ok=no
	if ! cmp -s $maps/sound.snapshots $maps/damaged.snapshots &&
		! lab/demo/linear-map.sh $maps/full.snapshots $maps/damaged.snapshots >"$log" 2>&1 &&
		grep -q "$2" "$log"; then
		ok=yes
	fi
	check "the table of the linear map fails with $1" $ok "$log"
}
damaged_map "a missing snapshot" 'not four snapshots' 'k != 3'
# shellcheck disable=SC2016 # awk expands
damaged_map "a wrong count" '/proc/meminfo has' 'k == 2 && /^DirectMap/ { $2 += 4 } { print }'
damaged_map "a writable page of the module" 'became read-only, the module has' \
	'k == 2 && / ro .*TAGGED/ && !done { done = sub(/ ro /, " RW ") } { print }'
damaged_map "a page left read-only" 'do not have the permissions' \
	'k == 3 && / RW / && !done { done = sub(/ RW /, " ro ") } { print }'
damaged_map "a split without need" 'was split to .* without need' \
	'k == 2 && / CON / { sub(/ CON /, "     ") } { print }'
# shellcheck disable=SC2016
damaged_map "a missing collapse" ', at boot ' \
	'k == 3 { kept = kept $0 "\n" } k == 4 && /^snapshot/ { sub(/^[^\n]*\n/, "", kept); print $0 "\n" kept } k < 4 { print }'
step "a panic in one cell of make test-all"
grid=build/selfcheck/test-all
ok=no
if ! TEST_ALL=$grid P=$PROFILE APPEND='lab.plant=panic' lab/tests/test-all.sh >$out/grid.log 2>&1 &&
	tail -n 1 $out/grid.log | grep -qE ', [1-9][0-9]* failed, ' &&
	awk -F '\t' -v p="$PROFILE" '$1 == p && $2 == "full" && $4 && $9 ~ /boot/ { found = 1 }
		END { exit !found }' $grid/report.tsv &&
	grep -q 'the kernel reported: .*sysrq' $out/grid.log; then
	ok=yes
fi
check "make test-all fails on a panic, and its grid names the cell" $ok $out/grid.log

took
say "selfcheck: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
