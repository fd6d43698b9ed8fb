#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/grid.sh: report the results of make test-all, from its files cells and
# results/: a grid on the terminal, report.tsv, report.html, and the sum as last line.
. "$(dirname "$0")/../lib.sh"

out=$TEST_ALL

# what ROW COLUMN: print the subject of a patch or the description of a row.
what() {
	case $1 in
	patches) kgit log -1 --format=%s "$(kgit rev-list --reverse base..HEAD | awk -v n="$2" 'NR == n + 0')" ;;
	own) echo "unit tests, models, and the separate boots of $PROFILE" ;;
	walk) echo "the walk on riscv, s390 and i386, and its users compared with the base" ;;
	*) lab/build/profiles.sh | sed -n "s/^$1  *//p" ;;
	esac
}

{
	printf 'row\tcolumn\tpassed\tfailed\tskipped\tseconds\tlog\twhat\tfailing\tskipping\n'
	while read -r row column _; do
		log=
		for f in "$out/log/$row.$column/console.log" "$out/log/$row.$column/build.log"; do
			[ ! -f "$f" ] || { log=$f && break; }
		done
		awk -v row="$row" -v column="$column" -v log_file="$log" -v what="$(what "$row" "$column")" '
			FNR == 1 { seconds = $2; next }
			{
				status = $1
				n[status]++
				sub(/^[a-z]+ /, "")
				gsub(/\t/, " ")
				text[status] = text[status] (text[status] == "" ? "" : " | ") $0
			}
			END {
				OFS = "\t"
				print row, column, n["passed"] + 0, n["failed"] + 0, n["skipped"] + 0,
					seconds, log_file, what, text["failed"], text["skipped"]
			}' "$out/results/$row.$column"
	done <"$out/cells"
} >"$out/report.tsv"

awk -v base="$(cut -d' ' -f1,2 build/base.id)" -v head="$(kgit rev-parse --short=12 HEAD)" \
	-f lab/results/grid-html.awk "$out/report.tsv" >"$out/report.html"

# Print passed/failed/skipped of each profile and boot, and one line for all patches.
awk -F '\t' -v red="$RED" -v green="$GREEN" -v plain="$PLAIN" '
	NR == 1 { next }
	$1 == "patches" { patches++; if ($4) bad = bad " " $2; next }
	!($1 in seen) { seen[$1] = 1; row[++rows] = $1 }
	!($2 in col) { col[$2] = 1; name[++cols] = $2 }
	{ cell[$1, $2] = sprintf("%s%-14s%s", $4 ? red : green, $3 "/" $4 "/" $5, plain) }
	END {
		if (rows) {
			printf "\n%-10s", ""
			for (c = 1; c <= cols; c++)
				printf "%-14s", name[c]
			print "(passed/failed/skipped)"
		}
		for (r = 1; r <= rows; r++) {
			printf "%-10s", row[r]
			for (c = 1; c <= cols; c++)
				printf "%s", (row[r], name[c]) in cell ? \
					cell[row[r], name[c]] : sprintf("%-14s", "")
			print ""
		}
		if (patches)
			printf "%-10s%s%d patches, each built and booted%s%s\n", "patches",
				bad == "" ? green : red, patches, bad == "" ? "" : "; failed:" bad, plain
		print ""
	}' "$out/report.tsv"
awk -F '\t' -v red="$RED" -v plain="$PLAIN" 'NR > 1 && $4 {
	print red "failed" plain " " $1 " " $2 ($7 == "" ? "" : "  (" $7 ")")
	n = split($9, line, / [|] /)
	for (i = 1; i <= n; i++)
		print "    " line[i]
}' "$out/report.tsv"
say "report: $out/report.html   $out/report.tsv"
awk -F '\t' 'NR > 1 { p += $3; f += $4; s += $5 }
	END { print p + 0 " passed, " f + 0 " failed, " s + 0 " skipped"; exit f || !p }' "$out/report.tsv"
