#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Extract busybox for the guest from Debian's busybox-static:arm64 to build/busybox.
# Does not install the package.
. "$(dirname "$0")/../lib.sh"

[ ! -x build/busybox ] || exit 0
version=$(lab/build/apt.sh versions busybox-static:arm64 | head -n 1)
[ -n "$version" ] ||
	die "the package archive of this machine has no busybox-static for arm64" \
		"apt-cache policy busybox-static:arm64; the sources must offer arm64"
lab/build/apt.sh fetch "busybox-static:arm64=$version" build/dl ||
	die "apt-get could not download busybox-static:arm64" "check the network, then run the same command again"
deb=$(find build/dl -name 'busybox-static_*_arm64.deb')
# /bin/busybox, in later releases /usr/bin/busybox
dpkg-deb --fsys-tarfile "$deb" | tar -xOf - --wildcards './*bin/busybox' >build/busybox.part
chmod +x build/busybox.part
mv build/busybox.part build/busybox
rm -f "$deb"
