#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/walk/build.sh ARCH: the kernel that runs the walk's KUnit suite on another
# architecture (x86_64, riscv), into build/obj/walk-ARCH. The walk and the suite
# are built with W=1 first, where no warning about them is accepted. On s390,
# which the suite is not for, that is all; nor is it for 32 bits (i386), where the
# lockless walk is left out and the locked one is not.
. "$(dirname "$0")/../../lib.sh"

arch=$1 obj=walk-$1 files='mm/pagewalk.o mm/tests/'
case $arch in
x86_64) image=bzImage ;;
riscv) image=Image ;;
s390) image='' files='mm/pagewalk.o arch/s390/mm/' ;;
i386) image='' files='mm/pagewalk.o' ;;
*) die "the walk is not built for $arch" "x86_64, riscv, s390 or i386" ;;
esac
dir=build/obj/$obj log=build/log/$obj-build
mkdir -p "$dir"

# kunit.py would add the architecture's defaults, which are three times as much.
config=configs/walk-$arch.config
[ -z "$image" ] || config="configs/walk.config $config"

state() {
	kgit rev-parse HEAD
	kgit diff HEAD
	# shellcheck disable=SC2086 # a list
	cat $config lab/scenarios/walk/build.sh
	"$(cross_of "$arch")gcc" --version
}
now=$(state | sha256sum)
[ "$now" != "$(cat "$dir/lab.state" 2>/dev/null)" ] || exit 0
rm -f "$dir/lab.state"

# shellcheck disable=SC2086
grep -h '^CONFIG_' $config | write_if_changed "$dir/lab.config"
quiet "$log/config.log" kmake "$arch" "$obj" KCONFIG_ALLCONFIG="$TOP/$dir/lab.config" allnoconfig ||
	die "the kernel for $arch could not be configured"
lost=$(grep -v '=n$' "$dir/lab.config" | grep -vxF -f "$dir/.config" || :)
[ -z "$lost" ] ||
	die "the kernel configuration for $arch lost: $(echo "$lost" | tr '\n' ' ')" \
		"give what they depend on in configs/walk-$arch.config"

# shellcheck disable=SC2086
logged "$log/w1.log" kmake "$arch" "$obj" -j"$(nproc)" W=1 $files ||
	die "the walk did not build for $arch" "mend build/linux, then the same again"
if grep -E '(mm/pagewalk\.c|linux/pagewalk\.h|mm/tests/.*):.*warning:' "$log/w1.log" >&2; then
	die "the walk has the warnings above on $arch" "mend build/linux, then the same again"
fi
if [ -n "$image" ]; then
	logged "$log/build.log" kmake "$arch" "$obj" -j"$(nproc)" "$image" ||
		die "the kernel for $arch did not build" "mend build/linux, then the same again"
fi
echo "$now" >"$dir/lab.state"
