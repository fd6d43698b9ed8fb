#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build.sh PROFILE: build/linux into build/obj/PROFILE: Image, modules, the
# lab's own module, the kselftests of the series, and the initramfs.
. "$(dirname "$0")/lib.sh"

profile=$1
log=build/log/$profile
need_space 1500 build

lab/config.sh "$profile"
logged "$log/build.log" kmake arm64 "$profile" -j"$(nproc)" Image modules ||
	die "the kernel did not build (profile $profile)" \
		"mend build/linux, then the same again; V=1 shows the whole build"
if [ -d lab/demo ]; then
	# kbuild writes beside the sources, and only build/ may be written to
	demo=build/obj/$profile/lab-demo
	mkdir -p "$demo"
	for f in lab/demo/*; do
		cmp -s "$f" "$demo/${f##*/}" || cp "$f" "$demo/"
	done
	logged "$log/demo.log" kmake arm64 "$profile" M="$TOP/$demo" modules ||
		die "lab/demo did not build" "mend lab/demo, then the same again"
fi
lab/selftests.sh "$profile"
lab/rootfs.sh "$profile"
