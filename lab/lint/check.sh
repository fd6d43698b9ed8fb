#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make check: run the checks that need no kernel boot. The last line is
# `check: N passed, N failed, 0 skipped`.
. "$(dirname "$0")/../lib.sh"

passed=0 failed=0
# part NAME COMMAND...: run one check, and print its output if it fails.
part() {
	step "$1"
	shift
	log=build/log/check/$STEP.log
	mkdir -p build/log/check
	if "$@" >$log 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		if [ "$(wc -l <$log)" -le 40 ]; then cat $log; else tail_log $log; fi
		say "  ${RED}failed${PLAIN}: $*  (whole log: $log)"
	fi
}

each_patch() {
	lab/build/config.sh "$PROFILE" && lab/series/each-patch.sh >build/check.outcome || return
	grep '^failed' build/check.outcome && return 1
	return 0
}

topics() {
	lab/mainline/tree.sh && lab/mainline/patches.sh >build/check.topics || return
	! grep '^failed' build/check.topics
}

steps 14
part "patches, view and build/linux agree" lab/series/check-view.sh
part "the cover letter counts the patches right" lab/series/cover.sh
versions=$(lab/build/apt.sh versions linux-source-6.12 | grep '^6\.12\.' | sort -V)
newest=$(echo "$versions" | tail -n 1) oldest=$(echo "$versions" | head -n 1)
part "git am patches/*.patch on $oldest, the oldest in the archive" lab/series/apply-check.sh "$oldest"
part "git am patches/*.patch on $newest, the newest in the archive" lab/series/apply-check.sh "$newest"
part "checkpatch --strict" lab/lint/checkpatch.sh
part "kernel-doc: no new warnings" lab/lint/kernel-doc.sh
part "each patch: W=1 and sparse, no new warnings" each_patch
part "profiles that follow Debian's kernels: differences have a reason" lab/build/debian-compare.sh
part "mainline/: git am, checkpatch --strict, W=1, sparse" topics
part "shellcheck, codespell" lab/lint/texts.sh
part "docs/contracts.tsv: tests and mutants exist, the page is up to date" lab/lint/contracts.sh
part "words and turns that the glossary replaces" lab/lint/words.sh
part "links, paths and make targets of README, CONTRIBUTING and docs/" lab/lint/links.sh
part "length of README and CONTRIBUTING" lab/lint/limits.sh
took
say "check: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
