#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/linear-map/host.sh PROFILE BOOT FILE [MODULE]: boot and write snapshots of
# the linear map's leaves to FILE: one after boot and, with MODULE, three more while the
# guest loads and removes the module.
. "$(dirname "$0")/../../lib.sh"

dir=build/log/$1/$2-linear_map
# With 4 GiB a module's pages come from a block of 1 GiB. KFENCE and debug_pagealloc are
# off: both change single pages of the linear map all the time.
MEM=${MEM:-4096} APPEND="kfence.sample_interval=0 debug_pagealloc=off${4:+ lab.module=$4}" \
	lab/boot/boot.sh "$1" "$2" linear_map || :
lab/results/boot-sound.sh "$dir" || die "the boot $2 is not sound, see the log above" \
	"make shell, to examine the guest"
tr -d '\r' <"$dir/results.log" | grep -v '^lab: ' >"$3" || :
