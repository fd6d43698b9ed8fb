# SPDX-License-Identifier: GPL-2.0-only
# Turn build/test-all/report.tsv into one self-contained page: grid, patches, failures and
# skips. Needs -v base=... -v head=...
BEGIN { FS = "\t" }

function text(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function clock(s) { return sprintf("%d:%02d", int(s / 60), s % 60) }

function cell_of(    ok, counts) {
	ok = $4 ? "bad" : "good"
	counts = "<b>" $3 "</b> passed"
	if ($4)
		counts = counts ", <b>" $4 "</b> failed"
	if ($5)
		counts = counts ", <b>" $5 "</b> skipped"
	if ($4)
		counts = "<a href=\"#" $1 "." $2 "\">" counts "</a>"
	return "<td class=" ok ">" counts "<small>" clock($6) "</small></td>"
}

NR == 1 { next }

{
	passed += $3; failed += $4; skipped += $5; seconds += $6
}

$4 {
	n = split($9, line, / [|] /)
	bad = bad "<h3 id=\"" $1 "." $2 "\">" $1 " " $2 "</h3>\n<ul>\n"
	for (i = 1; i <= n; i++)
		bad = bad "<li>" text(line[i]) "</li>\n"
	bad = bad "</ul>\n"
	if ($7 != "") {
		link = $7
		sub(/^build\/test-all\//, "", link)
		bad = bad "<p>Log: <a href=\"" link "\">" $7 "</a></p>\n"
	}
}

# List each reason once, with its cells.
$5 {
	n = split($10, line, / [|] /)
	for (i = 1; i <= n; i++) {
		sub(/ \[.*\]: /, ": ", line[i])
		if (!(line[i] in skips))
			skip[++nr_skips] = line[i]
		skips[line[i]] = skips[line[i]] " " $1 "." $2
	}
}

$1 == "patches" {
	patches = patches "<tr><th>" $2 "</th>" cell_of() "<td class=what>" text($8) "</td></tr>\n"
	next
}

!($1 in what) { what[$1] = $8; row[++rows] = $1 }
!($2 in col) { col[$2] = 1; name[++cols] = $2 }
{ cell[$1, $2] = cell_of() }

END {
	says["full"] = "rodata=full"
	says["on"] = "rodata=on"
	says["off"] = "rodata=off"
	says["kpti"] = "rodata=full kpti=on"
	says["bbml2"] = "rodata=full, BBML2 without aborts"

	print "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>"
	print "<meta name=viewport content=\"width=device-width, initial-scale=1\">"
	print "<title>make test-all: " passed " passed, " failed " failed, " skipped " skipped</title>"
	print "<style>"
	print "body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em;"
	print "	color: #222; background: #fff }"
	print "table { border-collapse: separate; border-spacing: 3px; margin: 1em 0 }"
	print "th { text-align: left; font-weight: 600; padding: .4em .7em; vertical-align: top; white-space: nowrap }"
	print "td { padding: .4em .7em; border-radius: 4px; vertical-align: top }"
	print "small { display: block; color: #555 }"
	print ".good { background: #d7f0da } .bad { background: #f8cfcc } .what { color: #555 }"
	print "a { color: inherit } h3 { margin-bottom: 0 }"
	print "@media (prefers-color-scheme: dark) {"
	print "	body { color: #ddd; background: #181a1b } small, .what { color: #aaa }"
	print "	.good { background: #1d4423 } .bad { background: #6a211c }"
	print "}"
	print "</style>"
	print "<h1>make test-all</h1>"
	print "<p class=" (failed ? "bad" : "good") "><b>" passed " passed, " failed " failed, " skipped \
		" skipped</b> in " clock(seconds) " minutes, on " text(base) ", series at " head "</p>"
	if (rows) {
		print "<h2>Profiles and boots</h2>\n<table>\n<tr><th>Profile</th>"
		for (c = 1; c <= cols; c++)
			print "<th>" name[c] "<small>" says[name[c]] "</small></th>"
		print "<th></th></tr>"
		for (r = 1; r <= rows; r++) {
			printf "<tr><th>%s</th>", row[r]
			for (c = 1; c <= cols; c++)
				printf "%s", cell[row[r], name[c]]
			print "<td class=what>" text(what[row[r]]) "</td></tr>"
		}
		print "</table>"
	}
	if (patches != "")
		print "<h2>Patches, each built and booted</h2>\n<table>\n" patches "</table>"
	if (bad != "")
		print "<h2>Failed</h2>\n" bad
	if (nr_skips) {
		print "<h2>Skipped</h2>\n<ul>"
		for (i = 1; i <= nr_skips; i++)
			print "<li>" text(skip[i]) "<small>" skips[skip[i]] "</small></li>"
		print "</ul>"
	}
	print "</html>"
}
