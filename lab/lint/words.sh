#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/lint/words.sh [FILE...]: search the texts of the repository (or FILE) for the words and
# turns of lab/lint/words.tsv. Prints file:line, the match and the replacement.
. "$(dirname "$0")/../lib.sh"

# The view repeats the patches, apart from Documentation/.
[ $# -gt 0 ] || {
	# shellcheck disable=SC2046 # names without spaces
	set -- $(git ls-files --cached --others --exclude-standard README.md CONTRIBUTING.md \
		docs patches mainline Documentation lab bench configs Kconfig Makefile .ci |
		grep -v '^lab/lint/words\.tsv$\|/busybox\.list$')
}
exec perl lab/lint/words.pl lab/lint/words.tsv "$@"
