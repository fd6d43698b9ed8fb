#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/build.sh PROFILE: build build/linux in build/obj/PROFILE: Image, modules, the
# lab's modules, the kselftests of the series and the initramfs.
. "$(dirname "$0")/../lib.sh"

profile=$1
log=build/log/$profile
need_space 1500 build

# make takes seconds to find that nothing has changed. Skip it if source, configuration,
# compiler and the lab's sources are those of the last build.
stamp=build/obj/$profile/lab.state
now=$(lab/build/state.sh "$profile")
[ "$now" != "$(cat "$stamp" 2>/dev/null)" ] || exit 0
rm -f "$stamp"

lab/build/config.sh "$profile"
logged "$log/build.log" kmake arm64 "$profile" -j"$(nproc)" Image modules ||
	die "the kernel of profile $profile did not build" \
		"fix build/linux, then run the same command again; V=1 shows the whole build"
for src in $(module_dirs); do
	# kbuild writes beside the sources: build a copy.
	m=${src##*/}
	dir=build/obj/$profile/lab-$m
	mkdir -p "$dir"
	for f in "$src"/Kbuild "$src"/*.[ch]; do
		cmp -s "$f" "$dir/${f##*/}" || cp "$f" "$dir/"
	done
	quiet "$log/$m.log" kmake arm64 "$profile" M="$TOP/$dir" modules ||
		die "the module in $src did not build" "fix it, then run the same command again"
done
mkdir -p "build/obj/$profile/lab-programs"
for src in $(programs); do
	name=$(basename "$src" .c)
	quiet "$log/$name.log" "$(cross_of arm64)gcc" -static -O2 -Wall -Wextra -Werror \
		-o "build/obj/$profile/lab-programs/$name" "$src" ||
		die "$src did not build" "fix it, then run the same command again"
done
lab/build/selftests.sh "$profile"
lab/build/rootfs.sh "$profile"
echo "$now" >"$stamp"
