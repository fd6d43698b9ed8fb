#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/selfcheck/lint.sh: plant faults in copies of texts and check that the scripts of
# lab/lint/ find each. Prints `passed|failed NAME`.
. "$(dirname "$0")/../lib.sh"

dir=build/selfcheck-lint
rm -rf $dir
mkdir -p $dir

# finds NAME REGEX COMMAND...: the command must fail, with a line that matches.
finds() {
	name=$1 regex=$2
	shift 2
	if ! "$@" >$dir/output 2>&1 && grep -qE "$regex" $dir/output; then
		say "passed $name"
	else
		say "failed $name"
		cat $dir/output >&2
	fi
}

# clean NAME COMMAND...: the command must pass.
clean() {
	name=$1
	shift
	if "$@" >$dir/output 2>&1; then
		say "passed $name"
	else
		say "failed $name"
		cat $dir/output >&2
	fi
}

# The examples of words.tsv: one file each, as a text, and as message and code of a patch.
n=0
missed=0
grep -v '^#' lab/lint/words.tsv | cut -f3 >$dir/examples
while read -r example; do
	n=$((n + 1))
	echo "$example" >$dir/text.md
	printf 'Subject: [PATCH] mm: a patch\n\n%s\n\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n' "$example" >$dir/message.patch
	printf 'Subject: [PATCH] mm: a patch\n\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n+/* %s */\n' "$example" >$dir/code.patch
	for f in text.md:1 message.patch:3 code.patch:6; do
		file=$dir/${f%:*}
		if lab/lint/words.sh "$file" >$dir/output || ! grep -q "^$file:${f#*:}: " $dir/output; then
			missed=$((missed + 1))
			say "not found in ${f%:*}: $example" >&2
		fi
	done
done <$dir/examples
if [ $n -gt 0 ] && [ $missed -eq 0 ]; then
	say "passed words: the examples of words.tsv"
else
	say "failed words: the examples of words.tsv"
fi
# In two parts: words.sh checks this script too.
word=$(printf 'sh%s' all)
echo "The word \`must\` has a synonym, \`$word\`." >$dir/quoted.md
printf 'Subject: [PATCH] a\n\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n It %s stay.\n-It %s go.\n' \
	"$word" "$word" >$dir/context.patch
clean "words: names in backquotes, context and removed lines of a patch" \
	lab/lint/words.sh $dir/quoted.md $dir/context.patch

# shellcheck disable=SC2016 # backquotes of Markdown
{
	echo 'See [a page](missing-page.md).' >$dir/link.md
	echo 'See [a heading](../../README.md#missing-heading).' >$dir/anchor.md
	echo 'The walk is in `mm/missing_file.c`.' >$dir/path.md
	echo 'The walk is in `missing_file.c`.' >$dir/name.md
	echo 'Run `make missing-target`.' >$dir/target.md
	printf 'See [the series](../../README.md), `mm/pagewalk.c`, `lab/*/*.sh`, `pagewalk.h`,\n`build/no-such` and `make check T=x`.\n' >$dir/sound.md
}
finds "links: a link to a missing file" 'link.md:1: .*missing-page' lab/lint/links.sh $dir/link.md
finds "links: a link to a missing heading" 'anchor.md:1: .*missing-heading' lab/lint/links.sh $dir/anchor.md
finds "links: a missing path" 'path.md:1: .*mm/missing_file' lab/lint/links.sh $dir/path.md
finds "links: a missing file name" 'name.md:1: .*missing_file' lab/lint/links.sh $dir/name.md
finds "links: a missing make target" 'target.md:1: .*missing-target' lab/lint/links.sh $dir/target.md
clean "links: a page without faults" lab/lint/links.sh $dir/sound.md

seq 131 >$dir/long.md
seq 10 >$dir/short.md
seq 901 | paste -sd' ' >$dir/wide.md
finds "limits: lines of README.md" 'long.md has 131 lines' lab/lint/limits.sh $dir/long.md $dir/short.md
finds "limits: words of README.md" 'wide.md has 901 words' lab/lint/limits.sh $dir/wide.md $dir/short.md
finds "limits: lines of CONTRIBUTING.md" 'long.md has 131 lines' lab/lint/limits.sh $dir/short.md $dir/long.md
clean "limits: files within the limits" lab/lint/limits.sh $dir/short.md $dir/short.md

damaged() {
	sed "$1" docs/contracts.tsv >$dir/contracts.tsv
}
# shellcheck disable=SC2016 # backquotes of Markdown
damaged '2s/`unit\.[a-z_.]*`/`unit.walk.missing_test`/'
finds "contracts: a missing test" 'there is no test unit.walk.missing_test' env CONTRACTS=$dir/contracts.tsv lab/lint/contracts.sh
damaged '2s/$/; unknown mutant/'
finds "contracts: a missing mutant" "has no mutant 'unknown mutant'" env CONTRACTS=$dir/contracts.tsv lab/lint/contracts.sh
damaged '2d'
finds "contracts: a mutant without contract" 'no contract names the mutant' env CONTRACTS=$dir/contracts.tsv lab/lint/contracts.sh
damaged '2s/\t.*//'
finds "contracts: a row without columns" 'contracts.tsv:2: 5 columns' env CONTRACTS=$dir/contracts.tsv lab/lint/contracts.sh
damaged '2s/\t[^\t]*/&, changed/'
finds "contracts: a page that is not up to date" 'docs/contracts.md is not' env CONTRACTS=$dir/contracts.tsv lab/lint/contracts.sh
