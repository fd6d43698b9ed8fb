#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/lint/links.sh [FILE...]: check the links, and the paths and make targets in backquotes,
# of README.md, CONTRIBUTING.md and docs/*.md, or of FILE.
. "$(dirname "$0")/../lib.sh"

mkdir -p build/lint
git ls-files --cached --others --exclude-standard >build/lint/files
[ $# -gt 0 ] || set -- README.md CONTRIBUTING.md docs/*.md
exec perl lab/lint/links.pl build/lint/files "$@"
