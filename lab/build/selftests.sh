#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/selftests.sh PROFILE: build the kselftests of the series and install them with
# kselftest's runner in build/obj/PROFILE/kselftest_install.
. "$(dirname "$0")/../lib.sh"

profile=$1
install=build/obj/$profile/kselftest_install
[ -d $LINUX/tools/testing/selftests/arm64/pageattr ] || { rm -rf "$install"; exit 0; }

key=$(kgit ls-files -s tools/testing/selftests | sha256sum
	kgit diff HEAD -- tools/testing/selftests | sha256sum
	stat -c %Y "build/obj/$profile/vmlinux")
[ "$key" != "$(cat "$install.key" 2>/dev/null)" ] || exit 0
rm -rf "$install" "$install.key"
log=build/log/$profile/kselftest.log
quiet "$log" kmake arm64 "$profile" headers ||
	die "make headers failed for profile $profile" "read $log"
# Do not run this from the kernel's top Makefile: its environment breaks the module that
# one of the tests builds.
cross=$(cross_of arm64)
logged "$log" make -C $LINUX/tools/testing/selftests O="$TOP/build/obj/$profile" ARCH=arm64 \
	CROSS_COMPILE="$cross" CC="${cross}gcc" TARGETS=arm64 ARM64_SUBTARGETS=pageattr \
	FORCE_TARGETS=1 KSFT_INSTALL_PATH="$TOP/$install" install ||
	die "the kselftests did not build" "fix them in build/linux, then run the same command again"
echo "$key" >"$install.key"
