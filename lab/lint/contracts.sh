#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/lint/contracts.sh: check docs/contracts.tsv. Each test and each mutant that it
# names exists, each mutant belongs to a contract, and docs/contracts.md is up to date.
# lab/lint/contracts.sh --write: generate docs/contracts.md.
# From the environment: CONTRACTS, another table to check.
. "$(dirname "$0")/../lib.sh"

table=${CONTRACTS:-docs/contracts.tsv}
page=docs/contracts.md
columns='area	contract	tests	not_shown	mutants'

make_page() {
	cat <<-'EOT'
		<!-- Generated from contracts.tsv by lab/lint/contracts.sh --write. Do not edit. -->
		# Contracts

		Each contract of the code names the tests that show it, the cases that no test shows, and
		the mutants of `make mutate` that these tests kill. A name without a dot is a case of the
		suite before it. `unit.*` runs on this machine, `model.*` under SPIN, the others in a guest.
	EOT
	awk -F'\t' '
		NR == 1 { next }
		$1 != area { area = $1; print "\n## " area }
		{ print "\n**" $2 "**\n\n- Tests: " $3 }
		$4 != "" { print "- Not shown: " $4 }
		$5 != "" { print "- Mutants: " $5 }' "$table"
}

if [ "${1:-}" = --write ]; then
	make_page | write_if_changed "$page"
	exit
fi

rc=0
complain() {
	say "$1"
	rc=1
}

[ "$(head -n 1 "$table")" = "$columns" ] || complain "$table:1: the columns must be: $columns"
bad=$(awk -F'\t' 'NF != 5 || $1 == "" || $2 == "" || $3 == "" { print FILENAME ":" NR ": 5 columns are needed, the first three not empty" }' "$table")
[ -z "$bad" ] || complain "$bad"

# Not every test is a case of a suite: files and programs are checked as paths.
# shellcheck disable=SC2016 # backquotes of Markdown
for name in $(tail -n +2 "$table" | cut -f3 | grep -o '`[a-z0-9_.]*`' | tr -d '`' | sort -u); do
	grep -rqw "${name##*.}" tools/testing arch/arm64/mm/tests mm/tests ||
		complain "$table: there is no test $name"
done

mkdir -p build/lint
tail -n +2 "$table" | cut -f5 | sed 's/; /\n/g' | sed '/^$/d' | sort -u >build/lint/named
grep -hv '^#' lab/mutation/mutants lab/mutation/mutants-guest | cut -d'|' -f1 | sort -u >build/lint/mutants
bad=$(
	comm -23 build/lint/named build/lint/mutants | sed "s|.*|$table: lab/mutation/ has no mutant '&'|"
	comm -13 build/lint/named build/lint/mutants | sed "s|.*|$table: no contract names the mutant '&'|"
)
[ -z "$bad" ] || complain "$bad"

make_page | cmp -s - "$page" ||
	complain "$page is not what $table says; next: lab/lint/contracts.sh --write"
exit $rc
