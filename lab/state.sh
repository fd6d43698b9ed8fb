#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/state.sh [--lab] PROFILE: one hash over all that the kernel and the guest of
# the profile are made from: source (not with --lab), configuration, compiler and
# the lab's own parts. lab/state.sh --source: only the source.
. "$(dirname "$0")/lib.sh"

source_state() {
	kgit rev-parse "HEAD^{tree}"
	kgit diff HEAD
	(cd $LINUX && git_plain ls-files -o -z | xargs -0r sha256sum)
}

lab_state() {
	find lab/demo lab/plant lab/hold lab/memhp lab/wx lab/kexec lab/guest lab/build.sh lab/lib.sh lab/config.sh lab/rootfs.sh lab/selftests.sh \
		-type f -exec sha256sum {} + 2>/dev/null
	cat configs/*.config "$(profile_file "$1")"
	"$(cross_of arm64)gcc" --version
}

case $1 in
--source) source_state ;;
--lab) lab_state "$2" ;;
*) source_state && lab_state "$1" ;;
esac | sha256sum | cut -d' ' -f1
