#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/series/tarball.sh PACKAGE VERSION: fetch a kernel source package into build/dl
# once, take its tarball out, and print where that is.
. "$(dirname "$0")/../lib.sh"

package=$1 version=$2
tarball=build/dl/$package-$version.tar.xz
if [ ! -f "$tarball" ]; then
	need_space 400 build/dl
	rm -f build/dl/"$package"_*.deb
	lab/build/apt.sh fetch "$package=$version" build/dl >&2 ||
		die "$package $version could not be downloaded" "check the network, then run the same again"
	deb=$(find build/dl -name "${package}_*.deb")
	show "dpkg-deb --fsys-tarfile $deb | tar -xO ./usr/src/$package.tar.xz" >&2
	dpkg-deb --fsys-tarfile "$deb" | tar -xOf - "./usr/src/$package.tar.xz" >"$tarball.part"
	mv "$tarball.part" "$tarball"
	rm -f "$deb"
fi
echo "$tarball"
