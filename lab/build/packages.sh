#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/packages.sh [GROUP...]: install the Debian packages that the lab needs and
# this machine lacks. GROUP adds what only a few targets need:
#   walk-all   the walk's tests on riscv, its builds for s390 and i386 (make test-all)
. "$(dirname "$0")/../lib.sh"

# what each is for: get the source, build it, boot it, look at it
wanted='git xz-utils ca-certificates
make gcc libc6-dev bc flex bison perl libelf-dev libssl-dev kmod rsync ccache
qemu-system-arm qemu-system-x86 python3 python3-kconfiglib spin
sparse shellcheck codespell python3-ply python3-git'

case "$(host_arch)" in
aarch64) wanted="$wanted gcc-x86-64-linux-gnu" ;;
*) wanted="$wanted gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
esac

for group in "$@"; do
	case $group in
	walk-all) wanted="$wanted qemu-system-misc opensbi gcc-riscv64-linux-gnu gcc-s390x-linux-gnu" ;;
	*) die "lab/build/packages.sh: there is no group $group" ;;
	esac
done

command -v dpkg-query >/dev/null ||
	die "this lab installs its tools as Debian packages, and this is not Debian" \
		"install by hand: $(echo "$wanted" | tr '\n' ' ')"

missing=
for p in $wanted; do
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null || true)" = installed ] ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0

say "missing packages:$missing"
# shellcheck disable=SC2086 # the list is meant to be split
set -- install -y --no-install-recommends $missing
if [ "$(id -u)" -eq 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	die "the packages above must be installed by root, and there is no sudo here" \
		"as root: apt-get update && apt-get $*"
fi
logged build/log/packages-update.log $as_root apt-get update ||
	notice "the package lists could not be refreshed; trying with those that are here"
export DEBIAN_FRONTEND=noninteractive
logged build/log/packages.log $as_root apt-get "$@" ||
	die "the packages could not be installed" "look at build/log/packages.log, then try again"
