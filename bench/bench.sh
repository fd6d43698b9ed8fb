#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make bench: count instructions, DSBs and TLBIs of permission changes on the base kernel
# and with the series, with the same configuration and probe (bench/probe). QEMU's -icount
# repeats exactly on any machine; a plugin (bench/plugin) counts DSBs and TLBIs. Further
# tables: paths of user memory (bench/user), which must not cost 0.5 % more; the cost of a
# split and a collapse; the size of the linear map's tables.
. "$(dirname "$0")/../lab/lib.sh"

out=build/bench
mkdir -p $out
plugin=$out/count.so
gcc -O2 -Wall -shared -fPIC -o $plugin bench/plugin/count.c
"$(cross_of arm64)gcc" -O2 -Wall -static -o $out/paths bench/user/paths.c
# build/series takes 1.5 GB, its objects 0.4 GB.
need_space 4000 build

# count NAME OBJ [split]: boot build/obj/OBJ with the probe and write its rows to
# $out/NAME.tsv. With split, count splits and collapses on a CPU with BBML2_NOABORT.
count() {
	dir=$TOP/build/obj/$2/lab-bench
	mkdir -p "$dir"
	cp bench/probe/* "$dir/"
	quiet "$out/$1-probe.log" kmake arm64 "$2" M="$dir" modules ||
		die "bench/probe did not build" "fix it, then: make bench"
	cat >"$dir/init" <<-EOF
		#!/bin/busybox sh
		/bin/busybox mount -t proc proc /proc
		/bin/busybox insmod /pageattr_bench.ko ${3:+split=1}
		${3:+: }/paths
		/bin/busybox grep _splits /proc/vmstat
		/bin/busybox poweroff -f
	EOF
	{
		echo 'dir /bin 755 0 0'
		echo 'dir /dev 755 0 0'
		echo 'dir /proc 755 0 0'
		echo 'nod /dev/console 600 0 0 c 5 1'
		echo "file /init $dir/init 755 0 0"
		echo "file /bin/busybox $TOP/build/busybox 755 0 0"
		echo "file /pageattr_bench.ko $dir/pageattr_bench.ko 644 0 0"
		echo "file /paths $out/paths 755 0 0"
	} >"$dir/rootfs.list"
	"build/obj/$2/usr/gen_init_cpio" -t 0 "$dir/rootfs.list" >"$dir/rootfs.cpio"
	log=$out/$1-console.log
	cpu=max mem=1024
	[ $# -eq 2 ] || cpu=max,midr=0x410fd8e0 mem=4096
	# KFENCE's timer must not fire in a measured window.
	set -- "$1" qemu-system-aarch64 -M virt -cpu $cpu -smp 1 -m $mem -nic none -no-reboot \
		-icount shift=0,sleep=off -plugin "$plugin,out=$out/$1-events" -display none -monitor none -serial "file:$log" \
		-kernel "build/obj/$2/arch/arm64/boot/Image" -initrd "$dir/rootfs.cpio" \
		-append 'console=ttyAMA0 panic=-1 rodata=full kunit.enable=0 kfence.sample_interval=600000'
	name=$1
	shift
	show "$@"
	timeout -k 5 300 "$@" </dev/null >"$out/$name-qemu.log" 2>&1 || :
	tr -d '\r' <"$log" | sed -n 's/.*bench\t//p' >"$out/$name-rows"
	[ -s "$out/$name-rows" ] || { tail_log "$log"; die "the probe printed no rows" "read $log"; }
	# Every second line of the plugin is a measured window of 64 calls.
	awk 'FNR == NR { if (FNR % 2 == 0) events[FNR / 2] = $1 / 64 "\t" $2 / 64 "\t" $3 / 64; next }
		{ print $0 (FNR in events ? "\t" events[FNR] : "") }' "$out/$name-events" "$out/$name-rows" >"$out/$name.tsv"
}

steps 5
step "patches, view and build/linux" "build"
lab/series/check-view.sh --run
step "build $PROFILE, with the series" "build the base"
lab/build/build.sh "$PROFILE"
step "build the base kernel" "count"
src=build/series obj=bench-$PROFILE
series_at base
mkdir -p "build/obj/$obj"
grep -vFf configs/series.config "build/obj/$PROFILE/.config" | write_if_changed "build/obj/$obj/lab.config"
cp "build/obj/$obj/lab.config" "build/obj/$obj/.config"
(
	export KSRC=$src
	quiet $out/base-config.log kmake arm64 "$obj" olddefconfig
	logged $out/base-build.log kmake arm64 "$obj" -j"$(nproc)" Image modules ||
		die "the base kernel did not build" "read $out/base-build.log"
)
step "count" "the linear map at boot"
(KSRC=$src && export KSRC && count base "$obj")
count series "$PROFILE"
count split "$PROFILE" split

printf '\n%-34s %6s %12s %12s %8s %14s %14s\n' "base, series" pages instructions "" series/base \
	DSBs TLBIs | tee $out/report.txt
awk -F'\t' 'NF < 5 { next } FNR == NR { base[$1, $2] = $3; dsb[$1, $2] = $4; tlbi[$1, $2] = $5; next }
	{ printf "%-34s %6d %12d %12d %8.2f %7g %6g %7g %6g\n", $1, $2, base[$1, $2], $3,
		$3 / base[$1, $2], dsb[$1, $2], $4, tlbi[$1, $2], $5 }' \
	$out/base.tsv $out/series.tsv | tee -a $out/report.txt
printf '\n%-34s %6s %12s %12s\n' "user memory and walks: base, series" pages instructions "" |
	tee -a $out/report.txt
awk -F'\t' 'NF > 3 { next } FNR == NR { base[$1, $2] = $3; next }
	{ printf "%-34s %6d %12d %12d %8.3f%s\n", $1, $2, base[$1, $2], $3, $3 / base[$1, $2],
		($3 > base[$1, $2] * 1.005) ? "  more than 0.5 %" : "" }' \
	$out/base.tsv $out/series.tsv | tee -a $out/report.txt
printf '\n%-34s %6s %25s %16s %14s\n' "split and collapse" pages instructions DSBs TLBIs |
	tee -a $out/report.txt
# Instructions by the plugin: the guest's counter also counts the wait for a grace period.
awk -F'\t' '{ printf "%-34s %6d %25d %16g %14g\n", $1, $2, $6, $4, $5 }' $out/split.tsv |
	tee -a $out/report.txt
# Leaves and tables of the linear map for three sizes of the guest.
step "the linear map at boot: 512 MiB, 4 GiB, 64 GiB" "done"
: >$out/leaves.txt
for mem in 512 4096 65536; do
	MEM=$mem lab/scenarios/linear-map/host.sh "$PROFILE" full $out/full.snapshots >/dev/null
	MEM=$mem lab/scenarios/linear-map/host.sh "$PROFILE" bbml2 $out/bbml2.snapshots lkdtm >/dev/null
	lab/demo/linear-map.sh $out/full.snapshots $out/bbml2.snapshots >$out/linear-map.txt ||
		die "the snapshots of the linear map with $mem MiB are wrong" "read $out/linear-map.txt"
	[ $mem != 512 ] || { echo && sed -n 1,2p $out/linear-map.txt; } >>$out/leaves.txt
	sed -n "s/^  at boot.\{9\}/  $(printf %5d $mem) MiB       /p" $out/linear-map.txt >>$out/leaves.txt
done
tee -a $out/report.txt <$out/leaves.txt
say "figures: $out/report.txt"
took
! grep 'more than' $out/report.txt ||
	die "a path of user memory or a walk costs over 0.5 % more than on the base" "read $out/report.txt"
# Find failed rows, which have no number, lost rows, and rows above the base. An allocation may
# take 2 % more instructions: it issues one DSB for a table and not for each page.
wrong=$(awk -F'\t' '$3 !~ /^[0-9]+$/ { print FILENAME ": " $1 " of " $2 " pages: " $3; next }
	FILENAME == ARGV[1] { base[$1 " of " $2 " pages"] = $3; kernel[$1 " of " $2 " pages"] = NF > 3; dsb[$1 " of " $2 " pages"] = $4; next }
	{ row = $1 " of " $2 " pages"; seen[row] = 1
	  if (!(row in base)) print row ": not on the base"
	  else if (kernel[row] && $3 > base[row] * ($1 ~ /alloc|pack/ ? 1.02 : 1)) print row ": " base[row] " on the base, " $3 " here"
	  else if (kernel[row] && $4 > dsb[row]) print row ": " dsb[row] " DSBs on the base, " $4 " here" }
	END { for (row in base) if (!(row in seen)) print row ": not with the series" }' \
	$out/base.tsv $out/series.tsv)
[ -z "$wrong" ] || { say "$wrong" && die "the rows above failed, are missing or cost more than on the base" "read $out/*-console.log"; }
