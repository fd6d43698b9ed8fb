#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/tests/cell-profile.sh PROFILE BOOT LOG: one cell of make test-all: build, boot and
# print the lines of lab/results/boot-results.sh. After a failure, copy the logs to LOG,
# where no later boot overwrites them.
. "$(dirname "$0")/../lib.sh"

profile=$1 boot=$2 log=$3
export PROFILE="$profile"
out=$TEST_ALL/outcome

if lab/build/build.sh "$profile" >&2; then
	dir=build/log/$profile/$boot-kselftest
	lab/boot/boot.sh "$profile" "$boot" kselftest >&2 || :
	lab/results/boot-results.sh "$profile" "$boot" kselftest >"$out"
	lab/results/missing-suites.sh . "$out" >"$out.suites"
	cat "$out.suites" >>"$out"
	grep -q '^passed kselftest' "$out" ||
		say "failed kselftest [$profile $boot]: no case passed" >>"$out"
else
	dir=build/log/$profile
	say "failed build [$profile]" >"$out"
fi
cat "$out"
if grep -q '^failed ' "$out"; then
	mkdir -p "$log"
	find "$dir" -maxdepth 1 -name '*.log' -exec cp {} "$log/" \;
fi
