#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/series/tarball.sh PACKAGE VERSION: print the path of the tarball in a kernel source
# package. Downloads the package to build/dl on first use.
. "$(dirname "$0")/../lib.sh"

package=$1 version=$2
tarball=build/dl/$package-$version.tar.xz
if [ ! -f "$tarball" ]; then
	need_space 400 build/dl
	rm -f build/dl/"$package"_*.deb
	lab/build/apt.sh fetch "$package=$version" build/dl >&2 ||
		die "apt-get could not download $package $version" "check the network, then run the same command again"
	deb=$(find build/dl -name "${package}_*.deb")
	show "dpkg-deb --fsys-tarfile $deb | tar -xO ./usr/src/$package.tar.xz" >&2
	dpkg-deb --fsys-tarfile "$deb" | tar -xOf - "./usr/src/$package.tar.xz" >"$tarball.part"
	mv "$tarball.part" "$tarball"
	rm -f "$deb"
fi
echo "$tarball"
