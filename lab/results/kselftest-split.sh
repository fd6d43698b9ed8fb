#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/kselftest-split.sh RESULTS DIR: cut what run_kselftest.sh printed into one
# KTAP stream for each test program, DIR/PROGRAM.tap (the parser reads only the
# first stream of a file), and the runner's own, DIR/runner.tap.
. "$(dirname "$0")/../lib.sh"

mkdir -p "$2"
tr -d '\r' <"$1" | awk -v dir="$2" '
	/^# selftests: / { prog = $NF; file = dir "/" prog ".tap"; printf "" >file; next }
	/^(not )?ok [0-9]+ selftests: / { file = "" }
	/^# / && file != "" { print substr($0, 3) >file; next }
	/^(TAP|KTAP) version|^1\.\.|^(not )?ok / { print >(dir "/runner.tap") }'
