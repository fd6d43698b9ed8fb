#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/tests/cell-patch.sh NNNN LOG: one cell of make test-all: build the kernel with the
# patches up to NNNN in the default profile, boot it with its KUnit suites, and run its
# unit tests in one configuration. Output and LOG: see cell-profile.sh.
. "$(dirname "$0")/../lib.sh"

n=$1 log=$2
out=$TEST_ALL/outcome
export OBJ=patches KSRC=build/series
dir=build/log/$OBJ host=unit-series
exec 3>&2 # stdout is the result
rm -rf "$dir"

# Use the profile's configuration. olddefconfig drops the symbols of later patches.
build() {
	series_at "$(kgit rev-list --reverse base..HEAD | awk -v n="$n" 'NR == n + 0')" || return
	KSRC='' lab/build/config.sh "$PROFILE" >&2 || return
	cp "build/obj/$PROFILE/lab.config" "build/obj/$PROFILE/.config" build/obj/$OBJ/
	quiet $dir/config.log kmake arm64 $OBJ olddefconfig || return
	logged $dir/build.log kmake arm64 $OBJ -j"$(nproc)" Image modules
}

mkdir -p build/obj/$OBJ build/$host/log
if build; then
	lab/build/rootfs.sh $OBJ >&2
	lab/boot/boot.sh "$PROFILE" full >&2 || :
	dir=$dir/full
	# Before the first KUnit suite of the series there is nothing to run. The first
	# selftests come after it.
	T='*'
	[ -n "$(find $KSRC/arch/arm64/mm/tests $KSRC/mm/tests -name '*_kunit.c' 2>/dev/null)" ] || T=kselftest
	T=$T lab/results/boot-results.sh "$PROFILE" full none >"$out"
	lab/results/missing-suites.sh $KSRC "$out" >"$out.suites"
	cat "$out.suites" >>"$out"
	[ ! -d $KSRC/tools/testing/pageattr ] || CONFIGS=4k-48 OBJ=$host lab/results/script-results.sh lab/tests/unit.sh --record >>"$out"
else
	say "failed build" >"$out"
fi
sed "s/ \[$PROFILE full\]//; s/ *\$/ [patch $n]/" "$out"
if grep -q '^failed ' "$out"; then
	mkdir -p "$log"
	find "$dir" build/$host/log -maxdepth 1 -name '*.log' -exec cp {} "$log/" \;
fi
