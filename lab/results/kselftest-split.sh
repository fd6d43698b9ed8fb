#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/kselftest-split.sh RESULTS DIR: split the output of run_kselftest.sh into a
# KTAP stream for each test program, DIR/PROGRAM.tap, and one for the runner,
# DIR/runner.tap. kunit.py parses only the first stream of a file.
. "$(dirname "$0")/../lib.sh"

mkdir -p "$2"
tr -d '\r' <"$1" | awk -v dir="$2" '
	/^# selftests: / { prog = $NF; file = dir "/" prog ".tap"; printf "" >file; next }
	/^(not )?ok [0-9]+ selftests: / { file = "" }
	/^# / && file != "" { print substr($0, 3) >file; next }
	/^(TAP|KTAP) version|^1\.\.|^(not )?ok / { print >(dir "/runner.tap") }'
