#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make run: see the permission changes on a live kernel. Two boots of it, one
# table, build/run/report.tsv and build/run/report.svg.
. "$(dirname "$0")/lib.sh"

out=build/run
mkdir -p $out
rm -f $out/*.tsv $out/report.svg
steps 5
step "patches, view and build/linux" "build"
lab/check-view.sh --run
step "build $PROFILE (first time: about 6 minutes)" "boot rodata=full"
lab/build.sh "$PROFILE"

# demo BOOT: boot, and keep the rows that the guest sends.
demo() {
	dir=build/log/$PROFILE/$1-demo
	lab/boot.sh "$PROFILE" "$1" demo || :
	lab/judge.sh "$dir" || die "the boot with rodata=$1 went wrong" \
		"the log above; 'make shell' for a look around in the guest"
	tr -d '\r' <"$dir/results.log" | grep -v '^lab: ' >"$out/$1.tsv" || :
}

step "boot rodata=full: single pages, and what follows in their linear alias" "boot rodata=on"
demo full
# With 3 GiB and rodata=on the linear map has a leaf of every size.
step "boot rodata=on, 3 GiB: blocks of the linear map" "report"
MEM=3075 APPEND='reserve_mem=1G:1G:pageattr' demo on
step "report"
rc=0
lab/report.sh $out/full.tsv $out/on.tsv || rc=$?
say "rows: $out/report.tsv   picture: $out/report.svg"
took
exit $rc
