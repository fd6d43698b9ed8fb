#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What is ours: shellcheck on the scripts, codespell on all text, and whether the tests
# and the mistakes that CONTRIBUTING.md has for the contracts are there.
. "$(dirname "$0")/../lib.sh"

ours=$(git ls-files --cached --others --exclude-standard)
rc=0
scripts=$(echo "$ours" | xargs grep -l -m 1 '^#!/bin/sh' 2>/dev/null | grep -v '\.diff$\|\.patch$' || :)
# shellcheck disable=SC2086 # a list of names without spaces
shellcheck $scripts || rc=1
# the .diff files of the view have lines of the base around ours
echo "$ours" | grep -v '^COPYING$\|\.diff$\|\.patch$\|\.svg$' | xargs codespell -L damon || rc=1
patch_files | while read -r p; do sed '/^diff --git/,$d' "$p"; done | codespell - || rc=1
patch_files | while read -r p; do sed -n '/^+[^+]/s/^+//p' "$p"; done | codespell - || rc=1
sed -n '/^## Which test proves what/,/^## What mainline/p' CONTRIBUTING.md | grep '^|' | grep -v '^| Contract\|^|--' >build/contracts
# A name is suite.case, or a case of the suite that was named last.
# shellcheck disable=SC2016 # Markdown's
cut -d'|' -f3 build/contracts | grep -o '`[a-z0-9_.]*`' | tr -d '`' | sed 's/.*\.//' | sort -u | while read -r name; do
	grep -rqw "$name" tools/testing arch/arm64/mm/tests mm/tests || echo "CONTRIBUTING.md: there is no test $name"
done >build/lost
cut -d'|' -f5 build/contracts | sed 's/; /\n/g' | sed 's/^ *//; s/ *$//; /^$/d' | sort -u >build/named
grep -hv '^#' lab/mutation/mutants lab/mutation/mutants-guest | cut -d'|' -f1 | sort -u >build/mistakes
comm -23 build/named build/mistakes | sed "s/.*/CONTRIBUTING.md: there is no mistake '&'/" >>build/lost
comm -13 build/named build/mistakes | sed "s/.*/CONTRIBUTING.md: no contract names the mistake '&'/" >>build/lost
[ ! -s build/lost ] || { cat build/lost && rc=1; }
exit $rc
