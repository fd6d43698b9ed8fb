#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Take busybox for the guest out of Debian's busybox-static:arm64, into
# build/busybox. The package is not installed.
. "$(dirname "$0")/../lib.sh"

[ ! -x build/busybox ] || exit 0
version=$(lab/build/apt.sh versions busybox-static:arm64 | head -n 1)
[ -n "$version" ] ||
	die "the package archive of this machine offers no busybox-static for arm64"
lab/build/apt.sh fetch "busybox-static:arm64=$version" build/dl ||
	die "busybox-static:arm64 could not be downloaded" "check the network, then run the same again"
deb=$(find build/dl -name 'busybox-static_*_arm64.deb')
# /bin/busybox, or /usr/bin/busybox in later releases
dpkg-deb --fsys-tarfile "$deb" | tar -xOf - --wildcards './*bin/busybox' >build/busybox.part
chmod +x build/busybox.part
mv build/busybox.part build/busybox
rm -f "$deb"
