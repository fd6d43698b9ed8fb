#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/series/format.sh COMMIT DIR: write the commits base..COMMIT of build/linux to DIR
# as patch files. The files are byte-identical on every machine.
. "$(dirname "$0")/../lib.sh"

mkdir -p "$2"
kgit -c core.abbrev=12 -c diff.algorithm=myers format-patch -q --no-signature --zero-commit \
	--full-index --no-renames --stat=72 -o "$TOP/$2" "base..$1"
