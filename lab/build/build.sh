#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/build.sh PROFILE: build/linux into build/obj/PROFILE: Image, modules, the
# lab's own modules, the kselftests of the series, and the initramfs.
. "$(dirname "$0")/../lib.sh"

profile=$1
log=build/log/$profile
need_space 1500 build

# make alone takes a while to find that there is nothing to do: when source,
# configuration, compiler and the lab's own parts are as they were at the end of
# the last build, so is what it made.
stamp=build/obj/$profile/lab.state
now=$(lab/build/state.sh "$profile")
[ "$now" != "$(cat "$stamp" 2>/dev/null)" ] || exit 0
rm -f "$stamp"

lab/build/config.sh "$profile"
logged "$log/build.log" kmake arm64 "$profile" -j"$(nproc)" Image modules ||
	die "the kernel did not build (profile $profile)" \
		"mend build/linux, then the same again; V=1 shows the whole build"
for src in $(module_dirs); do
	# kbuild writes beside the sources, and only build/ may be written to
	m=${src##*/}
	dir=build/obj/$profile/lab-$m
	mkdir -p "$dir"
	for f in "$src"/Kbuild "$src"/*.[ch]; do
		cmp -s "$f" "$dir/${f##*/}" || cp "$f" "$dir/"
	done
	quiet "$log/$m.log" kmake arm64 "$profile" M="$TOP/$dir" modules ||
		die "$src did not build" "mend $src, then the same again"
done
mkdir -p "build/obj/$profile/lab-kexec"
quiet "$log/kexec.log" "$(cross_of arm64)gcc" -static -O2 -Wall -Wextra -Werror \
	-o "build/obj/$profile/lab-kexec/kexec" lab/scenarios/kexec/kexec.c ||
	die "lab/scenarios/kexec/kexec.c did not build" "mend it, then the same again"
lab/build/selftests.sh "$profile"
lab/build/rootfs.sh "$profile"
echo "$now" >"$stamp"
