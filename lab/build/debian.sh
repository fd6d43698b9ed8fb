#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make debian FLAVOUR=cloud-arm64: build the kernel in build/linux with the configuration of
# Debian's kernel of this flavour (cloud-arm64, arm64, arm64-16k, rt-arm64), and pack it
# as Debian packages in build/debian/. TESTS=1 builds the kernel alone, with KUnit and the suites
# of the series, and boots it as a server, without and with BBML2. After an interruption the same
# command goes on.
. "$(dirname "$0")/../lib.sh"

flavour=${FLAVOUR:-cloud-arm64}
TESTS=${TESTS:-}
# Estimates: hours on two idle cores, GB of disk.
case $flavour in
cloud-arm64) hours='1.5 to 3' space=14 ;;
*) hours='5 to 10' space=50 ;;
esac
next=modules
[ -z "$TESTS" ] || hours='0.5 to 2' space=6 next='boot full'

lab/build/packages.sh debian
lab/series/check-view.sh --run
packaged=$(lab/build/debian-config.sh "$flavour")
obj=debian/$flavour
dir=build/obj/$obj
log=build/log/debian-$flavour
kernel=$(sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = //p' $LINUX/Makefile | paste -sd.)
have=$(du -sk "$dir" 2>/dev/null | cut -f1)
need_space $((space * 1000 - ${have:-0} / 1024)) build

say "kernel $kernel, configuration of Debian's $flavour: about $hours hours on two cores, $space GB of disk"
[ -z "$have" ] || say "$dir has objects of an earlier run, $((have / 1024)) MB: make continues there"

# ccache has no room for the objects of a kernel with debug information.
export CCACHE_DISABLE=1

# All steps need the same variables, else make builds again. The 32-bit compiler is for the
# vDSO of 32-bit programs.
vars="LOCALVERSION=-pageattr-$flavour${TESTS:+-tests} KBUILD_BUILD_VERSION=1
	KBUILD_IMAGE=arch/arm64/boot/Image CROSS_COMPILE_COMPAT=arm-linux-gnueabihf-"

# watch LOG: each minute, print how many files the compiler has built.
watch() {
	_began=$(date +%s)
	while sleep 60; do
		say "  $(clock $(($(date +%s) - _began))) elapsed, $(grep -c '^  [A-Z]' "$1" || :) files in this run," \
			"last: $(tail -n 1 "$1" | sed 's/^ *//')"
	done
}

# build LOG TARGET: build a target of the kernel's Makefile and print the progress.
build() {
	mkdir -p "$log"
	: >"$log/$1"
	watch "$log/$1" &
	watching=$!
	trap 'kill $watching 2>/dev/null || :' EXIT
	rc=0
	# shellcheck disable=SC2086 # a list
	logged "$log/$1" kmake arm64 "$obj" $vars -j"$(nproc)" "$2" || rc=$?
	kill $watching
	trap - EXIT
	[ $rc -eq 0 ] || die "the kernel of $flavour did not build" "read the log above; the same command continues"
}

# Boot the kernel on the machine of the profile distro, and run its suites.
run_suites() {
	lab/build/rootfs.sh "$obj"
	: >"$log/results"
	for boot in full bbml2; do
		step "boot $boot"
		OBJ=$obj lab/boot/boot.sh distro $boot || :
		OBJ=$obj T=suites lab/results/boot-results.sh distro $boot none >>"$log/results"
	done
	took
	grep '^failed ' "$log/results" || :
	sum_of "$log/results"
}

steps 4
step "configuration" "kernel"
mkdir -p "$dir"
tests=
[ -z "$TESTS" ] || tests='configs/series.config configs/debian-tests.config'
# shellcheck disable=SC2086 # a list
cat "$packaged" $tests >"$dir/wanted.new"
# A new .config makes kbuild check every object.
if ! cmp -s "$dir/wanted.new" "$dir/wanted.config"; then
	rm -f "$dir/wanted.config"
	cp "$dir/wanted.new" "$dir/.config"
	# shellcheck disable=SC2086 # a list
	quiet "$log/config.log" kmake arm64 "$obj" $vars olddefconfig ||
		die "kconfig failed for $flavour" "read $log/config.log"
	# shellcheck disable=SC2086 # a list, empty without TESTS
	! cat /dev/null $tests | grep CONFIG_ | grep -vxF -f "$dir/.config" ||
		die "kconfig lost the lines above" "add their dependencies to configs/debian-tests.config"
	mv "$dir/wanted.new" "$dir/wanted.config"
fi
# Values that depend on the compiler, and the symbols that the series adds.
say "  changes against the package:"
"$LINUX/scripts/diffconfig" "$packaged" "$dir/.config" | grep -v "^+.* n\$" | sed 's/^/    /'

step "kernel" "$next"
build kernel.log Image
if [ -n "$TESTS" ]; then
	run_suites
	exit
fi
step "modules" "packages"
build modules.log all

step "packages" "done"
# A package with symbols for debuggers would double time and space. A package of kernel
# headers needs libraries of arm64.
export DEB_BUILD_PROFILES='pkg.linux-upstream.nokerneldbg pkg.linux-upstream.nokernelheaders'
export DEBFULLNAME='Kernel Pageattr Project' DEBEMAIL=pageattr@example.org
export KDEB_CHANGELOG_DIST=unstable KDEB_PKGVERSION="$kernel+pageattr-1"
rm -f build/obj/debian/*.deb
# shellcheck disable=SC2086
logged "$log/package.log" kmake arm64 "$obj" $vars -j"$(nproc)" bindeb-pkg ||
	die "dpkg did not build the packages of $flavour" "read $log/package.log"
# The package linux-libc-dev is not for installation beside that of the distribution.
mkdir -p build/debian
mv build/obj/debian/linux-image-*.deb build/debian/
took
ls -l build/debian/*.deb
