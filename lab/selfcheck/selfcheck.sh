#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make selfcheck: plant faults, and see that make test fails on each: a panic, a
# WARN and a hang in a real guest, the rest as damage to the log of a sound boot; that
# a panic in one cell of make test-all is a failure in its grid; and the like for what
# make run shows of the linear map.
# The last line is `selfcheck: N passed, N failed, 0 skipped`.
. "$(dirname "$0")/../lib.sh"

passed=0 failed=0
# every KUnit case, in one boot; nothing but boots is of interest here
export T='*' BOOTS=full
out=build/log/selfcheck
mkdir -p $out

check() {
	if [ "$2" = yes ]; then
		say "  ${GREEN}passed${PLAIN}  $1"
		passed=$((passed + 1))
	else
		say "  ${RED}failed${PLAIN}  $1; the output: $3"
		failed=$((failed + 1))
	fi
}

# fails NAME REASON VARIABLE=VALUE...: make test, with these variables, must
# fail, for that reason, say so in its last line, and by its exit status.
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

steps 7
step "a sound boot" "a panic"
ok=no
if lab/tests/test.sh >$out/sound.log 2>&1; then ok=yes; fi
check "make test passes when nothing is planted" $ok $out/sound.log
[ $ok = yes ] || {
	tail_log $out/sound.log
	die "without a sound boot nothing can be planted" "make test, and mend that first"
}
rm -rf build/selfcheck
cp -r "build/log/$PROFILE/full" build/selfcheck

step "a panic in the guest" "a WARN"
fails "a panic" 'the kernel reported: .*sysrq' APPEND='lab.plant=panic'
step "a WARN in the guest, and one that does not stop it" "a hang"
fails "a WARN" 'the kernel reported: .*WARNING:' APPEND='lab.plant=warn'
fails "a WARN that goes by" 'the kernel reported: .*WARNING:' APPEND='lab.plant=warn panic_on_warn=0'
step "a hang in the guest" "damaged logs"
fails "a hang" 'hang: the boot did not end' APPEND='lab.plant=hang' LIMIT=20

step "damaged logs of the sound boot" "damaged moments"
damaged() { fails "$1" "$2" LAB_BOOT=lab/selfcheck/damaged-boot.sh DAMAGE="$3"; }
damaged "an empty log" 'the console log is empty' 'BEGIN { exit }'
damaged "a log without KTAP" 'the stream is not complete' '!/KTAP version/'
damaged "a cut KTAP stream" 'failed .*\(case missing\|not complete\)' \
	'/ok [0-9]+ / && n++ == 1 { exit } { print }'
damaged "a failing case" '^ *failed .*\[' \
	'!done && / ok 1 / { sub(/ ok 1 /, " not ok 1 "); done = 1 } { print }'
damaged "a skip that is not listed" 'lab/results/expected-skips does not list' \
	'!done && / ok 1 / { sub(/\r?$/, " # SKIP planted"); done = 1 } { print }'

step "damaged moments of the linear map" "a cell of make test-all"
maps=build/selfcheck-map
mkdir -p $maps
lab/scenarios/linear-map/host.sh "$PROFILE" full $maps/full.moments
lab/scenarios/linear-map/host.sh "$PROFILE" bbml2 $maps/sound.moments lkdtm
ok=no
if lab/demo/linear-map.sh $maps/full.moments $maps/sound.moments >$out/map.log 2>&1; then ok=yes; fi
check "the linear map is judged ok when nothing is damaged" $ok $out/map.log

# spoilt NAME REASON AWK: k counts the moments, from 1.
spoilt() {
	log="$out/$(echo "$1" | tr ' ' '-').log"
	awk "/^moment/ { k++ } $3" $maps/sound.moments >$maps/spoilt.moments
	ok=no
	if ! cmp -s $maps/sound.moments $maps/spoilt.moments &&
		! lab/demo/linear-map.sh $maps/full.moments $maps/spoilt.moments >"$log" 2>&1 &&
		grep -q "$2" "$log"; then
		ok=yes
	fi
	check "the linear map is judged wrong with $1" $ok "$log"
}
spoilt "a moment missing" 'not the four moments' 'k != 3'
# shellcheck disable=SC2016 # awk's
spoilt "a count that is off" 'meminfo says' 'k == 2 && /^DirectMap/ { $2 += 4 } { print }'
spoilt "a page of the module left writable" 'became read-only here' \
	'k == 2 && / ro .*TAGGED/ && !done { done = sub(/ ro /, " RW ") } { print }'
spoilt "a page left read-only" 'have not the permission' \
	'k == 3 && / RW / && !done { done = sub(/ RW /, " ro ") } { print }'
spoilt "leaves smaller than needed" 'need not be in leaves' \
	'k == 2 && / CON / { sub(/ CON /, "     ") } { print }'
# shellcheck disable=SC2016
spoilt "a map that is not put back" ', at boot ' \
	'k == 3 { kept = kept $0 "\n" } k == 4 && /^moment/ { sub(/^[^\n]*\n/, "", kept); print $0 "\n" kept } k < 4 { print }'
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
check "make test-all fails on it, and its grid says where" $ok $out/grid.log

took
say "selfcheck: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
