#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/trace/host.sh [kasan]: compare the page walks of base and series for each
# of their users. One kernel has both, under the prefixes base_ and series_. lab_trace.c
# makes each call with both and compares the callbacks. users.c, the only process, makes
# the users walk. Prints `passed|failed NAME` for each user. With `kasan` only the map of
# ptdump is compared, with five levels and KASAN's shadow, where ptdump skips tables.
# From the environment: APPEND (kernel command line).
. "$(dirname "$0")/../../lib.sh"

obj=trace extra='' args=''
if [ "${1:-}" = kasan ]; then
	PROFILE=4k-52 obj=trace-kasan extra=configs/trace-kasan.config
	args=' lab_trace.compare=0'
fi
dir=build/log/$obj/full
mkdir -p build/obj/$obj build/log/$obj

# Create build/trace with hard links to build/linux and replace the changed files.
lay() {
	rm -rf build/trace
	cp -al $LINUX build/trace
	rm -rf build/trace/.git
	mm=build/trace/mm
	rm $mm/pagewalk.c $mm/Makefile
	cp $LINUX/mm/pagewalk.c $mm/pagewalk.c
	kgit show base:mm/pagewalk.c >$mm/lab_base.c
	cp lab/scenarios/trace/lab_trace.c $mm/
	for name in walk_page_range walk_kernel_page_table_range walk_page_range_debug \
		walk_page_range_vma walk_page_vma walk_page_mapping; do
		sed -i "s/\<$name(/series_&/" $mm/pagewalk.c
		sed -i "s/\<$name(/base_&/" $mm/lab_base.c
	done
	# Not compared, but the name exists twice.
	sed -i 's/\<folio_walk_start(/base_&/' $mm/lab_base.c
	{ cat $LINUX/mm/Makefile && echo 'obj-y += lab_base.o lab_trace.o'; } >$mm/Makefile
}

build() {
	lay
	# shellcheck disable=SC2086 # none or one
	grep -h '^CONFIG_' configs/base.config configs/series.config configs/trace.config $extra \
		"$(profile_file "$PROFILE")" | grep -v '^CONFIG_LAB_' |
		write_if_changed build/obj/$obj/lab.config
	KSRC=build/trace
	export KSRC
	quiet build/log/$obj/config.log kmake arm64 $obj \
		KCONFIG_ALLCONFIG="$TOP/build/obj/$obj/lab.config" allnoconfig || return
	lost=$(grep -vxF -f build/obj/$obj/.config build/obj/$obj/lab.config || :)
	[ -z "$lost" ] || { say "lost: $lost" && return 1; }
	logged build/log/$obj/build.log kmake arm64 $obj -j"$(nproc)" Image || return
	run "$(cross_of arm64)gcc" -static -O2 -Wall -o build/obj/$obj/users lab/scenarios/trace/users.c || return
	cat >build/obj/$obj/rootfs.list <<-EOF
		dir /proc 755 0 0
		dir /sys 755 0 0
		dir /dev 755 0 0
		dir /tmp 755 0 0
		nod /dev/console 600 0 0 c 5 1
		file /init $TOP/build/obj/$obj/users 755 0 0
	EOF
	build/obj/$obj/usr/gen_init_cpio -t 0 build/obj/$obj/rootfs.list |
		gzip -n >build/obj/$obj/rootfs.cpio.gz
}

if ! build >&2; then
	say "failed build [$obj]"
	exit
fi
# KFENCE would change the linear map between the two walks.
OBJ=$obj APPEND="kunit.enable=0 kfence.sample_interval=0$args${APPEND:+ $APPEND}" lab/boot/boot.sh "$PROFILE" full >&2 || :
if lab/results/boot-sound.sh $dir >&2; then say "passed boot [$obj]"; else say "failed boot [$obj]"; fi
lab/results/ktap-parse.sh $dir/results.log 'trace.' | while read -r status name; do
	case $status in
	PASSED) say "passed $name [$obj]" ;;
	*)
		say "failed $name [$obj]"
		grep -a "# ${name#*.}" $dir/results.log >&2 || :
		;;
	esac
done
