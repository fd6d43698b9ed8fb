#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make menuconfig: choose the lab's options; the result is PROFILE=custom. It
# starts from what was chosen last, else from PROFILE.
. "$(dirname "$0")/../lib.sh"

mkdir -p build
[ -f build/custom_defconfig ] || sed '1s/.*/# chosen by make menuconfig/; 2d' "$(profile_file "$PROFILE")" >build/custom_defconfig
# Debian's module is for Debian's python3
KCONFIG_CONFIG=build/custom_defconfig run /usr/bin/python3 -m menuconfig Kconfig
say "next: make run PROFILE=custom"
