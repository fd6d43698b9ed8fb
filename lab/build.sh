#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build.sh PROFILE: build/linux into build/obj/PROFILE: Image, modules, the
# lab's own modules, the kselftests of the series, and the initramfs.
. "$(dirname "$0")/lib.sh"

profile=$1
log=build/log/$profile
need_space 1500 build

# make alone takes a while to find that there is nothing to do: when source,
# configuration, compiler and the lab's own parts are as they were at the end of
# the last build, so is what it made.
stamp=build/obj/$profile/lab.state
now=$(lab/state.sh "$profile")
[ "$now" != "$(cat "$stamp" 2>/dev/null)" ] || exit 0
rm -f "$stamp"

lab/config.sh "$profile"
logged "$log/build.log" kmake arm64 "$profile" -j"$(nproc)" Image modules ||
	die "the kernel did not build (profile $profile)" \
		"mend build/linux, then the same again; V=1 shows the whole build"
for m in demo plant hold memhp wx; do
	[ -d lab/$m ] || continue
	# kbuild writes beside the sources, and only build/ may be written to
	dir=build/obj/$profile/lab-$m
	mkdir -p "$dir"
	for f in lab/"$m"/*; do
		cmp -s "$f" "$dir/${f##*/}" || cp "$f" "$dir/"
	done
	quiet "$log/$m.log" kmake arm64 "$profile" M="$TOP/$dir" modules ||
		die "lab/$m did not build" "mend lab/$m, then the same again"
done
mkdir -p "build/obj/$profile/lab-kexec"
quiet "$log/kexec.log" "$(cross_of arm64)gcc" -static -O2 -Wall -Wextra -Werror \
	-o "build/obj/$profile/lab-kexec/kexec" lab/kexec/kexec.c ||
	die "lab/kexec did not build" "mend lab/kexec, then the same again"
lab/selftests.sh "$profile"
lab/rootfs.sh "$profile"
echo "$now" >"$stamp"
