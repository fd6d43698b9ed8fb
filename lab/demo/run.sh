#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make run: show the series on a live kernel. Two boots change permissions of leaves of
# every size: a table, build/run/report.tsv and report.svg. Two more boots show the leaves
# of the linear map on CPUs with and without BBML2_NOABORT: build/run/linear-map.svg.
. "$(dirname "$0")/../lib.sh"

out=build/run
mkdir -p $out
rm -f $out/*.tsv $out/*.svg $out/*.snapshots
steps 7
step "patches, view and build/linux" "build"
lab/series/check-view.sh --run
step "build $PROFILE (first time: about 6 minutes)" "boot rodata=full"
lab/build/build.sh "$PROFILE"

# demo BOOT: boot and write the rows of the guest to $out/BOOT.tsv.
demo() {
	dir=build/log/$PROFILE/$1-demo
	lab/boot/boot.sh "$PROFILE" "$1" demo || :
	lab/results/boot-sound.sh "$dir" || die "the boot with rodata=$1 is not sound, see the log above" \
		"make shell, to examine the guest"
	tr -d '\r' <"$dir/results.log" | grep -v '^lab: ' >"$out/$1.tsv" || :
}

step "boot rodata=full: single pages and their linear alias" "boot rodata=on"
demo full
# With 3 GiB and rodata=on the linear map has a leaf of every size.
step "boot rodata=on, 3 GiB: leaves of every size" "boot, 4 GiB"
MEM=3075 APPEND='reserve_mem=1G:1G:pageattr' demo on
step "boot rodata=full, 4 GiB: the linear map on CPUs without BBML2_NOABORT" "the same on CPUs with it"
lab/scenarios/linear-map/host.sh "$PROFILE" full $out/full.snapshots
step "boot rodata=full, 4 GiB: the same on CPUs with BBML2_NOABORT; load and remove a module" "report"
lab/scenarios/linear-map/host.sh "$PROFILE" bbml2 $out/bbml2.snapshots lkdtm
step "report"
rc=0
lab/demo/rows.sh $out/full.tsv $out/on.tsv || rc=$?
say ""
lab/demo/linear-map.sh $out/full.snapshots $out/bbml2.snapshots || rc=$?
say "rows: $out/report.tsv   pictures: $out/report.svg $out/linear-map.svg"
took
exit $rc
