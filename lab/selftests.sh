#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/selftests.sh PROFILE: build the kselftests of the series and install them,
# with kselftest's own runner, into build/obj/PROFILE/kselftest_install.
. "$(dirname "$0")/lib.sh"

profile=$1
install=build/obj/$profile/kselftest_install
[ -d $LINUX/tools/testing/selftests/arm64/pageattr ] || { rm -rf "$install"; exit 0; }

key=$(kgit ls-files -s tools/testing/selftests | sha256sum
	kgit diff HEAD -- tools/testing/selftests | sha256sum
	stat -c %Y "build/obj/$profile/vmlinux")
[ "$key" != "$(cat "$install.key" 2>/dev/null)" ] || exit 0
rm -rf "$install" "$install.key"
logged "build/log/$profile/kselftest.log" kmake arm64 "$profile" ARM64_SUBTARGETS=pageattr \
	TARGETS=arm64 FORCE_TARGETS=1 KSFT_INSTALL_PATH="$TOP/$install" kselftest-install ||
	die "the kselftests did not build" "look into the log above"
echo "$key" >"$install.key"
