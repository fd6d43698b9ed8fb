#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/state.sh [--lab] PROFILE: print one hash over the inputs of a build: source
# (not with --lab), configuration, compiler and the lab's sources of the guest.
# lab/build/state.sh --source: print a hash over the source only.
. "$(dirname "$0")/../lib.sh"

source_state() {
	kgit rev-parse "HEAD^{tree}"
	kgit diff HEAD
	(cd $LINUX && git_plain ls-files -o -z | xargs -0r sha256sum)
}

# List the lab's sources of the guest and the scripts that build it.
lab_files() {
	module_dirs | while read -r d; do ls "$d"/Kbuild "$d"/*.[ch]; done
	find lab/boot/guest -type f
	programs
	ls lab/scenarios/*/guest.sh lab/lib.sh \
		lab/build/build.sh lab/build/config.sh lab/build/rootfs.sh lab/build/selftests.sh
}

lab_state() {
	lab_files | sort -u | xargs sha256sum
	cat configs/*.config "$(profile_file "$1")"
	"$(cross_of arm64)gcc" --version
}

case $1 in
--source) source_state ;;
--lab) lab_state "$2" ;;
*) source_state && lab_state "$1" ;;
esac | sha256sum | cut -d' ' -f1
