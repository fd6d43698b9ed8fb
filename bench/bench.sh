#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make bench: count instructions, DSBs and TLBIs of permission changes and their users on
# 6.12, on mainline, with the series, and in a plain loop, side by side:
# the same configuration, probe and guest. docs/benchmarks.md describes method and rows.
# B='part of a row' measures rows with this name only.
# bench/bench.sh --check: compare the run with bench/results/ (make bench-check).
# bench/bench.sh --record: the short form with the series alone, less than a minute. It prints
# only results, a line `passed|failed bench.ROW` each.
. "$(dirname "$0")/../lab/lib.sh"
B=${B:-}
. bench/lib.sh

mode=${1:-}
recorded=bench/results/$PROFILE.tsv
columns='6.12 7.3 7.3-bbm series series-bbm limit'
eight='6.12-8cpu 7.3-8cpu series-8cpu'

# Print a result line for each recorded row.
compare() { awk -v brief="$1" -f bench/compare.awk "$recorded" "$out/results.tsv"; }

if [ "$mode" = --record ]; then
	# stdout has only the results.
	exec 4>&1 1>&2 3>&2
	[ -f "$recorded" ] || die "$recorded is missing" "make bench, and copy $out/results.tsv"
	out=$out-short
	build_plugin
	build_kernel series
	count series series brief=1
	count series-bbm series-bbm brief=1
	collect results series series-bbm
	compare 1 >&4
	exit
fi

lab/build/packages.sh bench
need_space 6000 build
steps $((8 + $(echo "$columns $eight" | wc -w)))
step "patches, view and build/linux" "build"
lab/series/check-view.sh --run
build_plugin
for k in 6.12 7.3 series latency; do
	step "kernel $k"
	build_kernel $k
done
for c in $columns; do
	step "count: $c"
	count "$c" "$c"
done
for c in $eight; do
	step "count: $c"
	count "$c" "$c" brief=1
done
step "count: latency"
count latency latency
if [ -n "$B" ]; then
	# shellcheck disable=SC2086 # lists
	collect results $columns $eight latency
	awk -f bench/report.awk "$out/results.tsv"
	took
	exit
fi
step "growth and long calls"
growing="6.12 series-bbm latency"
for c in $growing; do count "$c" "growth-$c" growth=1; done
# shellcheck disable=SC2046,SC2086 # lists
collect results $columns $eight latency $(printf "growth-%s " $growing)
awk -f bench/report.awk "$out/results.tsv" | tee "$out/report.txt"
# gnuplot draws each block of lines. The PTEs of 6.12 and the leaves of the series.
awk -F"\t" '$1 ~ /^growth-(6.12|series-bbm)$/ && sub(/^growth, /, "", $2) {
	if ($1 $2 != last) print (last ? "\n\n" : "") "\"" ($1 ~ /6.12/ ? "6.12, " : "series, ") $2 "\""
	last = $1 $2; print $3, $5 }' "$out/results.tsv" >"$out/growth.dat"
gnuplot -e "data='$out/growth.dat'" bench/growth.gp >"$out/growth.svg"

# Leaves and tables of the linear map for three sizes of the guest.
linear_map() {
	for mem in 512 4096 65536; do
		MEM=$mem lab/scenarios/linear-map/host.sh "$PROFILE" full "$out/full.snapshots" >/dev/null
		MEM=$mem lab/scenarios/linear-map/host.sh "$PROFILE" bbml2 "$out/bbml2.snapshots" lkdtm >/dev/null
		lab/demo/linear-map.sh "$out/full.snapshots" "$out/bbml2.snapshots" >"$out/linear-map.txt" ||
			die "the snapshots of the linear map with $mem MiB are wrong" "read $out/linear-map.txt"
		[ $mem != 512 ] || { echo && sed -n 1,2p "$out/linear-map.txt"; }
		sed -n "s/^  at boot.\{9\}/  $(printf %5d $mem) MiB       /p" "$out/linear-map.txt"
	done
}
step "the linear map at boot: 512 MiB, 4 GiB, 64 GiB" "done"
linear_map | tee -a "$out/report.txt"
say "figures: $out/report.txt   all rows: $out/results.tsv"
took
if [ "$mode" = --check ]; then
	compare "" >"$out/verdicts"
	grep '^failed' "$out/verdicts" || :
	say "bench-check: $(grep -c '^passed' "$out/verdicts" || :) passed, $(grep -c '^failed' "$out/verdicts" || :) failed, 0 skipped"
	grep -q "^failed" "$out/verdicts" && exit 1
	exit 0
fi
awk -f bench/gate.awk "$out/results.tsv" || die "the rows above are missing or cost more than on 6.12" "read $out/report.txt"
