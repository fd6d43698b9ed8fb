#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/linear-map/host.sh PROFILE BOOT FILE [MODULE]: boot, and keep in FILE what the linear
# map was made of after boot and, with MODULE, while that came and went.
. "$(dirname "$0")/../../lib.sh"

dir=build/log/$1/$2-linear_map
# With 4 GiB a module's pages come from a block of 1 GiB. Without the two debug aids
# that take pages out of the map one by one, all the time.
MEM=${MEM:-4096} APPEND="kfence.sample_interval=0 debug_pagealloc=off${4:+ lab.module=$4}" \
	lab/boot/boot.sh "$1" "$2" linear_map || :
lab/results/boot-sound.sh "$dir" || die "the boot $2 went wrong" \
	"the log above; 'make shell' for a look around in the guest"
tr -d '\r' <"$dir/results.log" | grep -v '^lab: ' >"$3" || :
