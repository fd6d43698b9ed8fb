#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make menuconfig: choose the lab's options and write them to PROFILE=custom. Starts from
# the last custom profile, else from PROFILE.
. "$(dirname "$0")/../lib.sh"

mkdir -p build
[ -f build/custom_defconfig ] || sed '1s/.*/# chosen by make menuconfig/; 2d' "$(profile_file "$PROFILE")" >build/custom_defconfig
# python3-kconfiglib is a module of Debian's python3.
KCONFIG_CONFIG=build/custom_defconfig run /usr/bin/python3 -m menuconfig Kconfig
say "next: make run PROFILE=custom"
