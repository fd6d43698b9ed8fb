#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make mainline-bench: the rows of make bench for mainline and for mainline with all topics, on
# CPUs without and with BBML3, and vm_unmap_aliases() with 8 possible CPUs. T=TOPIC measures one
# topic.
. "$(dirname "$0")/../lib.sh"
. lab/mainline/lib.sh
. bench/lib.sh

columns='7.3 topics 7.3-bbm topics-bbm 7.3-8cpu topics-8cpu'
steps $((3 + $(echo "$columns" | wc -w)))
build_plugin
for k in 7.3 topics; do
	step "kernel $k${T:+, with $T}"
	build_kernel $k
done
for c in $columns; do
	step "count: $c"
	case $c in
	*-8cpu) B=vm_unmap_aliases count "$c" "$c" ;;
	*) count "$c" "$c" ;;
	esac
done
step "compare"
# shellcheck disable=SC2086 # a list
collect mainline $columns
awk -v asked="$columns" -f bench/report.awk "$out/mainline.tsv" | tee "$out/mainline.txt"
took
