#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make clean: remove build/, unless build/linux has work that is not exported.
. "$(dirname "$0")/../lib.sh"

if [ -d $LINUX/.git ]; then
	work=$(kgit status --porcelain --untracked-files=no)$(lab/series/unexported.sh)
	[ -z "$work" ] || die "build/linux has work that patches/ lacks:
$work" "commit it and 'make export', or discard it: rm -rf build"
fi
run rm -rf build
