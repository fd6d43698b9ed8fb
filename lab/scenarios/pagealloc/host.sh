#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/pagealloc/host.sh PROFILE: boot with debug_pagealloc=on, run the KUnit suite
# arm64_pageattr, and change user memory. Prints `passed|failed|skipped NAME`.
. "$(dirname "$0")/../../lib.sh"

profile=$1 suite=arm64_pageattr
dir=build/log/${OBJ:-$profile}/on-pagealloc
# With rodata=on only debug_pagealloc keeps the linear map changeable.
APPEND="debug_pagealloc=on kunit.filter_glob=$suite" \
	lab/boot/boot.sh "$profile" on pagealloc >&2 || :
T=$suite lab/results/boot-results.sh "$profile" on pagealloc | sed 's/^\([a-z]*\) /\1 pagealloc./'
lab/results/ktap-results.sh "$dir" pagealloc.user "[$profile on]" 1
grep -qaF 'debug_pagealloc is on' "$dir/console.log" ||
	say "failed pagealloc.debug_pagealloc [$profile on]: the kernel did not turn it on"
