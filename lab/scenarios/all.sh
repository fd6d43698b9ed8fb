#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/all.sh PROFILE: all tests that need a separate boot, because they
# provoke reports, need another CPU or other memory, or leave the kernel. Prints
# `passed|failed|skipped NAME` for each.
. "$(dirname "$0")/../lib.sh"

profile=$1
# The CPU of the boots with BBML2: Neoverse V3 r0p2, which has the TLBI erratum 4118414. The boot
# bbml2 of make test has a CPU without it.
export MIDR=0x410fd842
scenario() {
	_script=lab/scenarios/$1/host.sh
	shift
	"$_script" "$profile" "$@"
}

scenario reports full lkdtm
scenario reports full wx
scenario reports kpti wx
scenario reports full kfence
scenario reports full kfence-late
scenario reports bbml2 kfence-late
scenario bbml2
scenario other-cpu
scenario kernel-map
scenario memhp full
scenario memhp on
scenario memhp bbml2
scenario pagealloc

for boot in full on bbml2; do
	scenario kexec "$boot" kexec
	[ "$boot" = on ] || scenario kexec "$boot" crash
	if grep -q '^CONFIG_ARM64_VA_BITS_52=y' "$(profile_file "$profile")"; then
		# The unpatched base kernel faults there.
		say "skipped hibernate [$profile $boot]: the base does not resume with 52-bit addresses"
	else
		scenario hibernate "$boot"
	fi
done
