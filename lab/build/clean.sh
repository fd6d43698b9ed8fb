#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make clean: remove build/, but no work in build/linux that is not exported.
. "$(dirname "$0")/../lib.sh"

if [ -d $LINUX/.git ]; then
	work=$(kgit status --porcelain --untracked-files=no)$(lab/series/unexported.sh)
	[ -z "$work" ] || die "build/linux holds work that patches/ does not:
$work" "commit it and 'make export', or drop it: rm -rf build"
fi
run rm -rf build
