# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Kernels and boots of make bench and make mainline-bench. Source after lab/lib.sh.
#
# A column is a kernel on a machine: 6.12, 7.3, topics (mainline with the topics of
# mainline/) or series. On -bbm CPUs support BBML2 without aborts, on -8cpu eight CPUs are
# possible and one is on. Column limit is a plain loop, latency the series on a CPU with BBML2,
# in a kernel whose functions for preemption can be watched.

# shellcheck disable=SC2034 # used by the scripts that source this file
out=build/bench/$PROFILE
# A Neoverse N3: 6.12 with the series and mainline list it, without a TLBI erratum.
listed=max,midr=0x410fd8e0

# kernel_of COLUMN: print its kernel.
kernel_of() {
	case $1 in
	limit) echo series ;;
	*) echo "$1" | sed 's/-bbm$//; s/-8cpu$//' ;;
	esac
}

# use_kernel KERNEL: set source, objects, commit and configuration.
use_kernel() {
	obj=bench-$1-$PROFILE fragment=configs/series.config
	case $1 in
	6.12) KSRC=build/series commit=base fragment=/dev/null ;;
	7.3) KSRC=build/mainline commit=base fragment=bench/mainline.config ;;
	topics) KSRC=build/mainline commit=refs/heads/${T:+topic/}${T:-all} fragment=bench/mainline.config ;;
	series) KSRC=$LINUX commit=HEAD obj=$PROFILE ;;
	latency) KSRC=$LINUX commit=HEAD fragment="$fragment bench/latency.config" ;;
	esac
	export KSRC
}

# Build the kernel of use_kernel unless its inputs are those of the last build.
build_image() {
	case $KSRC in
	build/mainline) lab/mainline/tree.sh && git_plain -C "$KSRC" checkout -q --detach "$commit" ;;
	build/series) series_at "$commit" ;;
	esac
	# shellcheck disable=SC2086 # fragments
	state=$({
		git_plain -C "$KSRC" rev-parse "$commit^{tree}"
		git_plain -C "$KSRC" diff HEAD
		cat configs/base.config $fragment "$(profile_file "$PROFILE")"
		"$(cross_of arm64)gcc" --version
	} | sha256sum)
	stamp=build/obj/$obj/bench.state
	[ "$state" != "$(cat "$stamp" 2>/dev/null)" ] || return 0
	rm -f "$stamp"
	FRAGMENT=$fragment lab/build/config.sh "$PROFILE" "$obj"
	logged "$out/$1-build.log" kmake arm64 "$obj" -j"$(nproc)" Image modules ||
		die "kernel $1 did not build" "read $out/$1-build.log"
	echo "$state" >"$stamp"
}

# build_kernel KERNEL: build kernel, probe and initramfs.
build_kernel() {
	mkdir -p "$out"
	use_kernel "$1"
	if [ "$1" = series ]; then lab/build/build.sh "$PROFILE"; else build_image "$1"; fi
	dir=build/obj/$obj/bench
	mkdir -p "$dir"
	for f in bench/probe/* bench/tlb/module/gain_000.c; do
		cmp -s "$f" "$dir/${f##*/}" || cp "$f" "$dir/"
	done
	quiet "$out/$1-probe.log" kmake arm64 "$obj" M="$TOP/$dir" modules ||
		die "bench/probe did not build for $1" "fix it, then run the same command again"
	"$(cross_of arm64)gcc" -O2 -Wall -static -o "$dir/init" bench/user/init.c
	cat >"$dir/rootfs.list" <<-EOT
		dir /dev 755 0 0
		dir /proc 755 0 0
		nod /dev/console 600 0 0 c 5 1
		file /init $dir/init 755 0 0
		file /pageattr_bench.ko $dir/pageattr_bench.ko 644 0 0
		file /gain_000.ko $dir/gain_000.ko 644 0 0
	EOT
	"build/obj/$obj/usr/gen_init_cpio" -t 0 "$dir/rootfs.list" >"$dir/rootfs.cpio"
}

build_plugin() {
	mkdir -p "$out"
	gcc -O2 -Wall -shared -fPIC -o "$out/count.so" bench/plugin/count.c
}

# count COLUMN NAME [ARGUMENT...]: boot, and write the rows of bench/probe and bench/user with
# what the plugin has counted for a call to $out/NAME.tsv:
# row, pages, state, instructions, DSBs, TLBIs, and the instructions of the longest stretch in an
# RCU read-side critical section, with interrupts masked, and with preemption disabled.
# No clock of the host and no random number reaches the guest: each run gives the same rows.
count() {
	column=$1 name=$2 cpu=max cpus=1
	shift 2
	use_kernel "$(kernel_of "$column")"
	log=$out/$name-console.log plugin=$out/count.so,out=$out/$name-events,map=build/obj/$obj/System.map
	case $column in
	*-bbm | latency) cpu=$listed ;;
	*-8cpu) cpus=8 ;;
	limit) set -- limit=1 "$@" ;;
	esac
	[ -z "${B:-}" ] || set -- "$@" "only=$(echo "$B" | tr ' ' +)"
	# KFENCE's timer must not fire in a measured window.
	set -- qemu-system-aarch64 -M virt,gic-version=3,dtb-randomness=off -cpu $cpu -smp $cpus -m 4096 \
		-nic none -no-reboot -icount shift=0,sleep=off -seed 1 -rtc base=2024-01-01,clock=vm \
		-plugin "$plugin" -display none -monitor none -serial "file:$log" \
		-kernel "build/obj/$obj/arch/arm64/boot/Image" -initrd "build/obj/$obj/bench/rootfs.cpio" \
		-append "console=ttyAMA0 panic=-1 oops=panic panic_on_warn=1 rodata=full maxcpus=1 norandmaps rcupdate.rcu_expedited=1 sysctl.vm.percpu_pagelist_high_fraction=64 \
kunit.enable=0 kfence.sample_interval=600000 -- $*"
	show "$@" | sed 's/-append \(.*\)/-append "\1"/' >&3
	timeout -k 5 "${LIMIT:-300}" "$@" </dev/null >"$out/$name-qemu.log" 2>&1 || { tail_log "$out/$name-qemu.log"; die "QEMU failed"; }
	tr -d '\r' <"$log" | sed -n 's/^\(\[[^]]*] \)*bench\t//p' >"$out/$name-rows"
	if [ ! -s "$out/$name-rows" ] || [ "$(wc -l <"$out/$name-rows")" -ne "$(wc -l <"$out/$name-events")" ]; then
		tail_log "$log"
		die "the guest printed $(wc -l <"$out/$name-rows") rows, the plugin $(wc -l <"$out/$name-events")" "read $log"
	fi
	awk -F'\t' -v OFS='\t' 'FNR == NR { events[FNR] = $0; next }
		$3 == "value" { print $1, $2, $3, $4, "-", "-", "-", "-", "-"; next }
		{ split(events[FNR], e, " "); print $1, $2, $3, e[1], e[2], e[3], e[4], e[5], e[6] }' "$out/$name-events" "$out/$name-rows" >"$out/$name.tsv"
	! grep '	failed	' "$out/$name.tsv" >&2 || die "a row of $name failed" "read $log"
}

subject() { git_plain -C "$1" log -1 --format=%s base; }

# collect NAME COLUMN...: write the rows of all columns to $out/NAME.tsv.
collect() {
	to=$out/$1.tsv
	shift
	{
		echo "# base: $(subject "$LINUX")"
		[ ! -d build/mainline ] || echo "# mainline: $(subject build/mainline)"
		echo "# compiler: $("$(cross_of arm64)gcc" --version | head -n 1)"
		echo "# emulator: $(qemu-system-aarch64 --version | head -n 1)"
		printf '#%s\n' 'column row pages state instructions DSB TLBI RCU interrupts preemption' | tr ' ' '\t'
		for c in "$@"; do sed "s/^/$c	/" "$out/$c.tsv"; done
	} >"$to"
}
