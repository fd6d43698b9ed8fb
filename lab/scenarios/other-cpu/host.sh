#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/other-cpu/host.sh PROFILE: boot a machine whose second CPU lacks BBML2
# without aborts. The CPU comes up during boot, or after the capabilities are final.
# Prints `passed|failed NAME`.
. "$(dirname "$0")/../../lib.sh"

profile=$1
export OBJ="$profile-other-cpu"
obj=build/obj/$OBJ

# Copy the kernel of the profile and rebuild two objects, with midr.h and with stores.h.
key=$(cat "build/obj/$profile/lab.state" lab/scenarios/other-cpu/*.h | sha256sum)
if [ "$key" != "$(cat "$obj/lab.done" 2>/dev/null)" ]; then
	rm -rf "$obj"
	mkdir -p "$obj"
	cp -a build/obj/"$profile"/. "$obj"/
	rm -f "$obj/arch/arm64/kernel/cpufeature.o" "$obj/arch/arm64/mm/pageattr.o"
	logged "build/log/$OBJ/build.log" kmake arm64 "$OBJ" -j"$(nproc)" \
		CFLAGS_cpufeature.o="-include $TOP/lab/scenarios/other-cpu/midr.h" \
		CFLAGS_pageattr.o="-include $TOP/lab/scenarios/other-cpu/stores.h" Image ||
		die "the kernel with midr.h and stores.h did not build" "read build/log/$OBJ/build.log"
	echo "$key" >"$obj/lab.done"
fi

# boot NAME APPEND DO: boot and check that the boot is sound.
boot() {
	dir=build/log/$OBJ/bbml2-$3
	APPEND="lab.other_cpu $2${APPEND:+ $APPEND}" lab/boot/boot.sh "$profile" bbml2 "$3" >&2 || :
	if lab/results/boot-sound.sh "$dir"; then
		say "passed other-cpu.$1.boot [$profile]"
	else
		say "failed other-cpu.$1.boot [$profile]"
	fi
}

# said NAME REGEX yes|no: check if a line of the console matches.
said() {
	found=no
	! tr -d '\r' <"$dir/console.log" | grep -qaE "$2" || found=yes
	if [ $found = "$3" ]; then
		say "passed other-cpu.$1 [$profile]"
	else
		say "failed other-cpu.$1 [$profile]: '$2' on the console: $found"
	fi
}

boot early 'kunit.enable=1 kunit.filter_glob=arm64_*' cpus
said early.the_capability_is_not_used 'CPU features: detected: BBML2 without TLB conflict aborts' no
said early.the_linear_map_is_pte_mapped 'linear map: remapped at page granularity' yes
said early.no_change_is_lost 'lab: changes during the boot of the CPUs: [1-9][0-9]*, lost: 0$' yes
said early.changes_work 'ok [0-9]+ arm64_pageattr$' yes
said early.its_tests_do_not_fail 'not ok' no
said early.the_alias_of_text_is_read_only '[^t] ok [0-9]+ text_alias_is_read_only$' yes
said early.leaves_are_small 'lab: large leaves: 0 kB' yes
said early.all_leaves_are_counted "lab: linear map: $(($(lab_option "$profile" MEM) * 1024)) kB" yes
said early.all_cpus_run 'lab: online: 0-3' yes

boot late 'maxcpus=1 kunit.enable=0' cpus
said late.the_capability_is_used 'CPU features: detected: BBML2 without TLB conflict aborts' yes
said late.the_linear_map_is_block_mapped 'lab: large leaves: 0 kB' no
said late.the_cpu_is_refused 'CPU1: Detected conflict for capability' yes
said late.one_cpu_runs 'lab: online: 0$' yes
