#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run shellcheck on all scripts and codespell on all text that this repository adds.
. "$(dirname "$0")/../lib.sh"

ours=$(git ls-files --cached --others --exclude-standard)
rc=0
scripts=$(echo "$ours" | xargs grep -l -m 1 '^#!/bin/sh' 2>/dev/null | grep -v '\.diff$\|\.patch$' || :)
# shellcheck disable=SC2086 # a list of names without spaces
shellcheck $scripts || rc=1
# The .diff files of the view have context lines of the base.
echo "$ours" | grep -v '^COPYING$\|\.diff$\|\.patch$\|\.svg$' | xargs codespell -L damon || rc=1
patch_files | while read -r p; do sed '/^diff --git/,$d' "$p"; done | codespell - || rc=1
patch_files | while read -r p; do sed -n '/^+[^+]/s/^+//p' "$p"; done | codespell - || rc=1
exit $rc
