#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/tests/cell-walk.sh riscv|s390|i386|arm|small|trace|trace-kasan LOG: one cell of make test-all:
# the generic walk on another architecture, or the calls of its users compared with the
# base. Output and LOG: see cell-profile.sh.
. "$(dirname "$0")/../lib.sh"

what=$1 log=$2
out=$TEST_ALL/outcome
case $what in
trace) dir=trace && lab/scenarios/trace/host.sh >"$out" ;;
trace-kasan) dir=trace-kasan && lab/scenarios/trace/host.sh kasan >"$out" ;;
*) dir=walk-$what && lab/build/packages.sh walk-all >&2 && lab/scenarios/walk/host.sh "$what" >"$out" ;;
esac
cat "$out"
if grep -q '^failed ' "$out"; then
	mkdir -p "$log"
	find build/log/"$dir"* -name '*.log' -exec cp {} "$log/" \;
fi
