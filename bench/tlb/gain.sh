#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make gain: count the page walks of the kernel with a linear map of PTEs and of blocks, by
# models of a TLB (bench/tlb/model.c). The same kernel boots on the same CPU type, with and
# without arm64.nobbml2, in three states of the map. T='ROW ...' selects rows, B='STATE ...'
# states. Results: build/gain/. docs/gain.md describes method and limits.
# bench/tlb/gain.sh --record: the short form with the kernel of PROFILE, less than a minute.
# It prints only the gate's results, a line `passed|failed gain.ROW` each.
# From the environment: APPEND (kernel command line).
. "$(dirname "$0")/../../lab/lib.sh"

record=
[ "${1:-}" != --record ] || record=1
grep -q '^CONFIG_ARM64_4K_PAGES=y' "$(profile_file "$PROFILE")" ||
	die "the models of bench/tlb/ have the leaf sizes of 4K pages, $PROFILE has others" "make gain PROFILE=4k-48"
if [ -n "$record" ]; then
	out=build/gain-short obj=$PROFILE divisor=4
	rows='seqread randread shuffled' states=fresh
	# stdout has only the results.
	exec 4>&1 1>&2 3>&2
else
	out=build/gain obj=gain-$PROFILE divisor=1
	rows=${T:-seqread randread randcopy sockets tree shuffled fork pipe unix}
	states=${B:-fresh aged collapsed}
fi

# Build the kernel of PROFILE with bench/tlb/distro.config in build/obj/$obj.
build_kernel() {
	lab/build/config.sh "$PROFILE" "$obj"
	cat bench/tlb/distro.config >>"build/obj/$obj/.config"
	quiet $out/config.log kmake arm64 "$obj" olddefconfig
	grep '^CONFIG' bench/tlb/distro.config | while read -r line; do
		grep -qx "$line" "build/obj/$obj/.config" ||
			die "the kernel configuration lost $line" "add its dependencies to bench/tlb/distro.config"
	done
	logged $out/build.log kmake arm64 "$obj" -j"$(nproc)" Image modules ||
		die "the kernel did not build" "read $out/build.log"
}

# Build the plugin and the initramfs. The guest's binaries do not use DC ZVA.
build_guest() {
	gcc -O2 -Wall -shared -fPIC -o $out/model.so bench/tlb/model.c
	"$(cross_of arm64)gcc" -O2 -Wall -static -o $out/work.zva bench/tlb/work.c
	mkdir -p $out/module
	cp bench/tlb/module/* $out/module/
	quiet $out/module.log kmake arm64 "$obj" M="$TOP/$out/module" modules
	lab/build/busybox.sh
	perl bench/tlb/nozva.pl <build/busybox >$out/busybox
	perl bench/tlb/nozva.pl <$out/work.zva >$out/work
	perl bench/tlb/nozva.pl <"build/obj/$obj/arch/arm64/boot/Image" >$out/Image
	{
		for dir in bin dev proc sys tmp; do echo "dir /$dir 755 0 0"; done
		echo 'nod /dev/console 600 0 0 c 5 1'
		echo 'file /init bench/tlb/init 755 0 0'
		echo "file /bin/busybox $out/busybox 755 0 0"
		echo "file /work $out/work 755 0 0"
		echo "file /gain_000.ko $out/module/gain_000.ko 644 0 0"
	} >$out/rootfs.list
	"build/obj/$obj/usr/gen_init_cpio" -t 0 $out/rootfs.list >$out/rootfs.cpio
}

# boot MAP STATE: run the rows in a guest and write rows.tsv in $out/STATE-MAP. No clock of
# the host and no random number reaches the guest: each run gives the same figures.
boot() {
	dir=$out/$2-$1
	append="console=ttyAMA0 panic_on_warn=1 oops=panic panic=-1 rodata=full kunit.enable=0"
	append="$append debug_pagealloc=off kfence.sample_interval=0 norandmaps gain.state=$2"
	append="$append gain.divisor=$divisor gain.rows=$(echo "$rows" | tr ' ' +)${APPEND:+ $APPEND}"
	[ "$1" = blocks ] || append="$append arm64.nobbml2"
	mkdir -p "$dir"
	set -- qemu-system-aarch64 -M virt,dtb-randomness=off -cpu max,midr=0x410fd842 -smp 1 -m 4096 \
		-nic none -no-reboot -icount shift=0,sleep=off -seed 1 -rtc base=2024-01-01,clock=vm \
		-plugin "$out/model.so,out=$dir/rows.tsv,map=$dir/console.log" -display none \
		-monitor none -serial "file:$dir/console.log" -kernel $out/Image \
		-initrd $out/rootfs.cpio -append "$append"
	show "$@" | sed 's/-append \(.*\)/-append "\1"/'
	timeout -k 5 900 "$@" </dev/null >"$dir/qemu.log" 2>&1 &
	echo $! >"$dir/pid"
	rc=0
	wait $! || rc=$?
	grep -a '^gain: failed\|^lab: end' "$dir/console.log" | tr -d '\r' >"$dir/results.log" || :
	echo $rc >"$dir/qemu.status"
}

done_rows() { cut -f 1 "$out/$1/rows.tsv" 2>/dev/null | uniq | wc -l; }

# both STATE: boot with both maps at the same time, and show how many rows are done.
both() {
	rm -rf "$out/$1-4k" "$out/$1-blocks"
	boot 4k "$1" &
	boot blocks "$1" &
	# Ctrl-C does not reach commands in the background.
	trap 'kill $(cat '"$out/$1"'-*/pid); exit 130' INT TERM
	shown=
	while
		running=
		[ -f "$out/$1-4k/qemu.status" ] && [ -f "$out/$1-blocks/qemu.status" ] || running=1
		now="4K map $(done_rows "$1-4k"), block map $(done_rows "$1-blocks") of $(echo "$rows" | wc -w)"
		[ "$now" = "$shown" ] || say "  rows done: $now  ($(clock $(($(date +%s) - START))) elapsed)"
		shown=$now
		[ -n "$running" ]
	do sleep 1; done
	wait
	trap - INT TERM
}

# collect STATE: append the rows of both maps to results.tsv. Prints a failure of a boot.
collect() {
	for map in 4k blocks; do
		dir=$out/$1-$map
		if lab/results/boot-sound.sh "$dir" >&2 && ! grep -q 'failed' "$dir/results.log"; then
			sed "s/^/$map\t$1\t/" "$dir/rows.tsv" >>$out/results.tsv
		else
			say "failed gain.boot [$map $1]: the boot is not sound"
		fi
	done
}

# tell NAME.awk [OPTION...]: run an awk program on the results.
tell() {
	program=$1
	shift
	awk "$@" -f bench/tlb/read.awk -f "bench/tlb/$program" $out/results.tsv
}

mkdir -p $out
if [ -n "$record" ]; then
	START=$(date +%s)
else
	steps $((3 + $(echo "$states" | wc -w)))
	step "patches, view and build/linux" "build"
	lab/series/check-view.sh --run
	step "build $PROFILE with kernel stacks in vmalloc space (first time: about 5 minutes)" "boot"
	build_kernel
fi
build_guest
echo 'map	state	row	l2_entries	entry_sizes	kernel_instructions	user_instructions	linear_accesses	linear_l1_misses	linear_walks	kernel_walks	user_walks	fetch_walks' >$out/results.tsv
: >$out/verdicts
# shellcheck disable=SC2086 # a list
set -- $states
while [ $# -gt 0 ]; do
	case $1 in
	fresh) what="a map fresh from boot" ;;
	aged) what="an aged map: 100 modules, 50 BPF programs, 64 secret pages" ;;
	collapsed) what="the map after modules, programs and secret pages went" ;;
	*) die "there is no state $1" "fresh, aged or collapsed" ;;
	esac
	[ -n "$record" ] || step "boot with a 4K map and with a block map: $what" "${2:-table and picture}"
	both "$1"
	collect "$1" >>$out/verdicts
	shift
done
case " $states " in *' fresh '*) tell gate.awk -v asked="$rows" >>$out/verdicts ;; esac
if [ -n "$record" ]; then
	cat $out/verdicts >&4
else
	step "table and picture" "done"
	tell svg.awk >$out/gain.svg
	tell table.awk | tee $out/table.txt
	say "results: $out/results.tsv   table: $out/table.txt   picture: $out/gain.svg"
	took
	cat $out/verdicts
fi
! grep -q '^failed' $out/verdicts
