#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/script-results.sh SCRIPT ARGUMENT...: run the script and print its results,
# one line `passed|failed|skipped NAME` each. Adds a failure if the script fails without
# a result that says so.
. "$(dirname "$0")/../lib.sh"

rc=0
results=$("$@") || rc=$?
[ -z "$results" ] || say "$results"
[ $rc -eq 0 ] || say "$results" | grep -q '^failed' || say "failed $1: exit status $rc, and no failed test"
