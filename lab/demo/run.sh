#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make run: see it on a live kernel. Two boots change permissions on every leaf size:
# a table, build/run/report.tsv and report.svg. Two more show what the linear map is
# made of, where blocks can be split and where not: build/run/linear-map.svg.
. "$(dirname "$0")/../lib.sh"

out=build/run
mkdir -p $out
rm -f $out/*.tsv $out/*.svg $out/*.moments
steps 7
step "patches, view and build/linux" "build"
lab/series/check-view.sh --run
step "build $PROFILE (first time: about 6 minutes)" "boot rodata=full"
lab/build/build.sh "$PROFILE"

# demo BOOT: boot, and keep the rows that the guest sends.
demo() {
	dir=build/log/$PROFILE/$1-demo
	lab/boot/boot.sh "$PROFILE" "$1" demo || :
	lab/results/boot-sound.sh "$dir" || die "the boot with rodata=$1 went wrong" \
		"the log above; 'make shell' for a look around in the guest"
	tr -d '\r' <"$dir/results.log" | grep -v '^lab: ' >"$out/$1.tsv" || :
}

step "boot rodata=full: single pages, and what follows in their linear alias" "boot rodata=on"
demo full
# With 3 GiB and rodata=on the linear map has a leaf of every size.
step "boot rodata=on, 3 GiB: blocks of the linear map" "boot, 4 GiB"
MEM=3075 APPEND='reserve_mem=1G:1G:pageattr' demo on
step "boot rodata=full, 4 GiB: the linear map where blocks cannot be split" "where they can"
lab/scenarios/linear-map/host.sh "$PROFILE" full $out/full.moments
step "boot rodata=full, 4 GiB: where they can, while a module comes and goes" "report"
lab/scenarios/linear-map/host.sh "$PROFILE" bbml2 $out/bbml2.moments lkdtm
step "report"
rc=0
lab/demo/rows.sh $out/full.tsv $out/on.tsv || rc=$?
say ""
lab/demo/linear-map.sh $out/full.moments $out/bbml2.moments || rc=$?
say "rows: $out/report.tsv   pictures: $out/report.svg $out/linear-map.svg"
took
exit $rc
