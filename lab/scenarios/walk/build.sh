#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/walk/build.sh ARCH: build a kernel with the walk's KUnit suite for another
# architecture (x86_64, riscv) in build/obj/walk-ARCH. Builds walk and suite with W=1
# first and accepts no warning. For s390, i386 and arm, which the suite does not support,
# this is all; i386 and arm have only the locked walk. ARCH small is arm64 without
# counters of events and without /proc.
. "$(dirname "$0")/../../lib.sh"

arch=$1 obj=walk-$1 files='mm/pagewalk.o mm/tests/'
config=configs/walk-$arch.config
case $arch in
x86_64) image=bzImage ;;
riscv) image=Image ;;
s390) image='' files='mm/pagewalk.o arch/s390/mm/' ;;
i386) image='' files='mm/pagewalk.o' ;;
arm) image='' files='mm/pagewalk.o mm/vmalloc.o' ;;
small) arch=arm64 image='' files='mm/pagewalk.o mm/vmalloc.o mm/vmstat.o arch/arm64/mm/' ;;
*) die "the walk is not built for $arch" "x86_64, riscv, s390, i386, arm or small" ;;
esac
dir=build/obj/$obj log=build/log/$obj-build
mkdir -p "$dir"

# kunit.py would start from the architecture's defconfig, which builds three times as much.
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
	die "kconfig failed for $arch" "read $log/config.log"
lost=$(
	grep -v '=n$' "$dir/lab.config" | grep -vxF -f "$dir/.config" || :
	sed -n 's/=n$/=y/p' "$dir/lab.config" | grep -xF -f - "$dir/.config" || :
)
[ -z "$lost" ] ||
	die "the kernel configuration for $arch lost: $(echo "$lost" | tr '\n' ' ')" \
		"add their dependencies to $config"

# shellcheck disable=SC2086
logged "$log/w1.log" kmake "$arch" "$obj" -j"$(nproc)" W=1 $files ||
	die "the walk did not build for $arch" "fix build/linux, then run the same command again"
if grep -E '(mm/pagewalk\.c|mm/vmalloc\.c|linux/pagewalk\.h|mm/tests/.*|arch/arm64/mm/.*):.*warning:' "$log/w1.log" >&2; then
	die "the code has the warnings above on $arch" "fix build/linux, then run the same command again"
fi
if [ -n "$image" ]; then
	logged "$log/build.log" kmake "$arch" "$obj" -j"$(nproc)" "$image" ||
		die "the kernel for $arch did not build" "fix build/linux, then run the same command again"
fi
echo "$now" >"$dir/lab.state"
