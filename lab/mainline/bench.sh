#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make mainline-bench: count instructions, DSBs and TLBIs with bench/probe and bench/plugin on
# mainline and on mainline with all topics, on CPUs without and with BBML3, and
# vm_unmap_aliases() with 1 and 8 possible CPUs. T=TOPIC measures one topic.
. "$(dirname "$0")/../lib.sh"
. lab/mainline/lib.sh

out=build/mainline-bench
mkdir -p $out
plugin=$out/count.so
gcc -O2 -Wall -shared -fPIC -o $plugin bench/plugin/count.c
obj=build/obj/mainline-4k-48
with=refs/heads/${T:+topic/}${T:-all}

build() {
	lab/mainline/build.sh "$1" 48
	dir=$TOP/$obj/bench
	mkdir -p "$dir"
	cp bench/probe/* "$dir/"
	quiet "$out/probe.log" kmake arm64 mainline-4k-48 M="$dir" modules ||
		die "bench/probe did not build" "fix it, then: make mainline-bench"
	cat >"$dir/init" <<-EOF
		#!/bin/busybox sh
		/bin/busybox mount -t proc proc /proc
		/bin/busybox insmod /pageattr_bench.ko topics=1
		/bin/busybox poweroff -f
	EOF
	cat >"$dir/rootfs.list" <<-EOF
		dir /bin 755 0 0
		dir /dev 755 0 0
		dir /proc 755 0 0
		nod /dev/console 600 0 0 c 5 1
		file /init $dir/init 755 0 0
		file /bin/busybox $TOP/build/busybox 755 0 0
		file /pageattr_bench.ko $dir/pageattr_bench.ko 644 0 0
	EOF
	"$obj/usr/gen_init_cpio" -t 0 "$dir/rootfs.list" >"$dir/rootfs.cpio"
}

# count NAME CPU CPUS: write rows `call pages instructions dsb tlbi` to $out/NAME.tsv.
count() {
	log=$out/$1-console.log
	# maxcpus=1: the other CPUs are possible, but stay off.
	timeout -k 5 300 qemu-system-aarch64 -M virt,gic-version=3 -cpu "$2" -smp "$3" -m 2048 \
		-nic none -no-reboot -icount shift=0,sleep=off -plugin "$plugin,out=$out/$1-events" \
		-display none -monitor none -serial "file:$log" \
		-kernel $obj/arch/arm64/boot/Image -initrd "$TOP/$obj/bench/rootfs.cpio" \
		-append 'console=ttyAMA0 panic=-1 rodata=full maxcpus=1 kunit.enable=0 kfence.sample_interval=600000' \
		</dev/null >"$out/$1-qemu.log" 2>&1 || :
	tr -d '\r' <"$log" | sed -n 's/.*bench\t//p' >"$out/$1-rows"
	[ -s "$out/$1-rows" ] || { tail_log "$log"; die "the probe printed no rows" "read $log"; }
	# Every second line of the plugin is a measured window of 64 calls.
	awk 'FNR == NR { if (FNR % 2 == 0) events[FNR / 2] = $1 / 64 "\t" $2 / 64; next }
		{ print $0 "\t" events[FNR] }' "$out/$1-events" "$out/$1-rows" >"$out/$1.tsv"
}

bbml3=max,midr=0x410fd842
measure() {
	count "$1-full" max 1
	count "$1-bbml3" $bbml3 1
	count "$1-8" max 8
}

# compare NAME WHAT
compare() {
	printf '\n%-28s %6s %21s %15s %15s\n' "$2" pages instructions DSB TLBI
	awk -F'\t' 'FNR == NR { i[$1, $2] = $3; d[$1, $2] = $4; t[$1, $2] = $5; next }
		{ printf "%-28s %6d %10d %10d %7g %7g %7g %7g\n", $1, $2, i[$1, $2], $3,
			d[$1, $2], $4, t[$1, $2], $5 }' "$out/base-$1.tsv" "$out/topics-$1.tsv"
}

steps 3
step "mainline" "with ${T:-all topics}"
lab/mainline/tree.sh
build refs/tags/base
measure base
step "mainline with ${T:-all topics}" "compare"
build "$with"
measure topics
step "compare"
{
	compare full "mainline, with ${T:-all topics}"
	compare bbml3 "the same with BBML3"
	compare 8 "8 possible CPUs" | grep 'possible\|vm_unmap'
} | tee $out/report.txt
took
