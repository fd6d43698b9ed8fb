#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/debian-config.sh FLAVOUR: print the path of the configuration of Debian's
# kernel of this flavour: cloud-arm64, arm64, arm64-16k or rt-arm64. Downloads Debian's
# package of configurations to build/dl on first use.
. "$(dirname "$0")/../lib.sh"

flavour=$1
package=linux-config-6.12
case $flavour in
cloud-arm64 | arm64 | arm64-16k) member=config.arm64_none_$flavour.xz ;;
rt-arm64) member=config.arm64_rt_arm64.xz ;;
*) die "Debian has no arm64 kernel of flavour $flavour" "cloud-arm64, arm64, arm64-16k or rt-arm64" ;;
esac

dir=build/dl/$package
if [ ! -d $dir ]; then
	# The version of the base, or the newest one in the archive.
	have=$(lab/build/apt.sh versions $package:arm64)
	[ -n "$have" ] || die "the package archive of this machine has no $package for arm64" \
		"apt-cache policy $package:arm64; the sources must offer arm64"
	version=$(grep -v '^#' lab/series/base.pin | sed -n 2p)
	echo "$have" | grep -qxF "$version" || version=$(echo "$have" | head -n 1)
	rm -rf $dir.part
	lab/build/apt.sh fetch "$package:arm64=$version" $dir.part >&2 ||
		die "apt-get could not download $package" "check the network, then run the same command again"
	dpkg-deb --fsys-tarfile $dir.part/*.deb | tar -xf - -C $dir.part --strip-components=4 --wildcards './usr/src/*.xz'
	rm -f $dir.part/*.deb
	mv $dir.part $dir
fi
[ -f "$dir/$flavour" ] || xz -dc "$dir/$member" >"$dir/$flavour"
echo "$dir/$flavour"
