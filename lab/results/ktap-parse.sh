#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/ktap-parse.sh FILE [PREFIX]: parse one KTAP stream with the kernel's kunit.py
# and print STATUS NAME for each case. NAME is PREFIX and the path of the case
# (suite.case). An incomplete stream or a missing plan adds a failure.
. "$(dirname "$0")/../lib.sh"

file=$1 prefix=${2:-}
parsed=$file.parsed
rc=0
# Remove other kernel messages: inside a KTAP header they confuse kunit.py.
tr -d '\r' <"$file" |
	sed -E '/^\[ *[0-9.]+\] /{/^\[ *[0-9.]+\] ( |#|ok |not ok |1\.\.|K?TAP version)/!d;}' |
	PYTHONDONTWRITEBYTECODE=1 NO_COLOR=1 \
	python3 "${KSRC:-$LINUX}/tools/testing/kunit/kunit.py" parse >"$parsed" 2>&1 || rc=$?
awk -v prefix="$prefix" -v rc=$rc '
	{ sub(/^\[[0-9:]*\] /, "") }
	/^=+ \[[A-Z]+\] .* =+$/ { depth--; next }
	/^=+ [^[].* =+$/ {
		gsub(/^=+ | =+$/, ""); sub(/ \([0-9]+ subtests?\)$/, ""); sub(/ +$/, "")
		at[++depth] = $0
		next
	}
	match($0, /^\[(PASSED|FAILED|SKIPPED|CRASHED|ERROR)\] /) {
		status = substr($0, 2, RLENGTH - 3)
		name = substr($0, RLENGTH + 1)
		if (status == "ERROR")
			next
		path = prefix
		for (i = 1; i <= depth; i++)
			path = path at[i] "."
		if (name == "")
			name = "(case missing)"
		if (status == "CRASHED")
			status = "FAILED"
		if (status == "FAILED")
			failed++
		cases++
		print status, path name
	}
	END {
		if ((rc && !failed) || !cases)
			print "FAILED", prefix "(the stream is not complete)"
	}' "$parsed"
