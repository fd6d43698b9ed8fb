#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/packages.sh [GROUP...]: install the Debian packages that the lab needs and
# this machine lacks. GROUP adds packages of single targets:
#   walk-all   the walk's tests on riscv, its builds for s390, i386 and arm (make test-all)
#   debian     Debian packages of the kernel (make debian)
#   bench      pictures of make bench
. "$(dirname "$0")/../lib.sh"

# By line: get the source, build, boot, check.
wanted='git xz-utils ca-certificates
make gcc libc6-dev bc flex bison perl libelf-dev libssl-dev kmod rsync ccache
qemu-system-arm qemu-efi-aarch64 device-tree-compiler cpio qemu-system-x86 python3 python3-kconfiglib spin
sparse shellcheck codespell python3-ply python3-git'

case "$(host_arch)" in
aarch64) wanted="$wanted gcc-x86-64-linux-gnu" ;;
*) wanted="$wanted gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
esac

for group in "$@"; do
	case $group in
	walk-all) wanted="$wanted qemu-system-misc opensbi gcc-riscv64-linux-gnu gcc-s390x-linux-gnu gcc-arm-linux-gnueabihf" ;;
	debian) wanted="$wanted dpkg-dev debhelper dwarves gcc-arm-linux-gnueabihf" ;;
	bench) wanted="$wanted gnuplot-nox" ;;
	*) die "lab/build/packages.sh has no group $group" "walk-all, debian or bench" ;;
	esac
done

command -v dpkg-query >/dev/null ||
	die "the lab installs its tools as Debian packages, but there is no dpkg" \
		"install the tools of these packages by hand: $(echo "$wanted" | tr '\n' ' ')"

missing=
for p in $wanted; do
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null || true)" = installed ] ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0

say "missing packages:$missing"
# shellcheck disable=SC2086 # a list
set -- install -y --no-install-recommends $missing
if [ "$(id -u)" -eq 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	die "only root can install the packages above, and there is no sudo" \
		"as root: apt-get update && apt-get $*"
fi
logged build/log/packages-update.log $as_root apt-get update ||
	notice "apt-get did not refresh the package lists; using the old ones"
export DEBIAN_FRONTEND=noninteractive
logged build/log/packages.log $as_root apt-get "$@" ||
	die "apt-get did not install the packages" "read build/log/packages.log, then run the same command again"
