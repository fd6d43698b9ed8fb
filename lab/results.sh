#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results.sh NAME ARGUMENT: the results that lab/NAME.sh ARGUMENT prints, one line
# `passed|failed|skipped NAME` each. If it fails and says nothing of that, a line is added.
. "$(dirname "$0")/lib.sh"

rc=0
results=$(lab/"$1".sh "$2") || rc=$?
[ -z "$results" ] || say "$results"
[ $rc -eq 0 ] || say "$results" | grep -q '^failed' || say "failed $1.sh itself"
