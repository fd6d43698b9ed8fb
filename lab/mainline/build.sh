#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/mainline/build.sh COMMIT VA: check out COMMIT in build/mainline, and build kernel, test
# module and initramfs in build/obj/mainline-4k-VA.
. "$(dirname "$0")/../lib.sh"
. lab/mainline/lib.sh

commit=$1 obj=mainline-4k-$2
log=build/log/$obj
mgit checkout -q --detach "$commit"
config=build/obj/$obj/.config
[ -n "$(find "$config" -newer configs/mainline.config -newer configs/base.config 2>/dev/null)" ] ||
	FRAGMENT=configs/mainline.config lab/build/config.sh "4k-$2" "$obj"
logged "$log/build.log" kmake arm64 "$obj" -j"$(nproc)" Image modules ||
	die "$commit with $2-bit addresses did not build" "read $log/build.log"
dir=build/obj/$obj/lab-mainline
mkdir -p "$dir"
for f in mainline/tests/*; do cmp -s "$f" "$dir/${f##*/}" || cp "$f" "$dir/"; done
quiet "$log/tests.log" kmake arm64 "$obj" M="$TOP/$dir" modules ||
	die "mainline/tests did not build" "fix it, then run the same command again"
lab/build/rootfs.sh "$obj" lab/mainline/guest.sh
