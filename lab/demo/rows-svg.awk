# SPDX-License-Identifier: GPL-2.0-only
#
# Draw the rows of the module pageattr_demo: a line for each mapping, a column for each
# operation. Each cell shows the entries before and after, between their neighbours, in
# the colour of their permissions.

BEGIN {
	FS = "\t"
	nleaves = split("PTE:CONT PTE:PMD:CONT PMD:PUD", leaves, ":")
	nops = split("ro rw x nx invalid valid", ops, " ")

	# Readers with colour blindness can tell these colours apart.
	fill["w"] = "#8ecae6"; text["w"] = "RW NX"
	fill["r"] = "#f4b942"; text["r"] = "RO NX"
	fill["W"] = "#d1495b"; text["W"] = "RW X"
	fill["R"] = "#2a9d8f"; text["R"] = "RO X"
	fill["-"] = "url(#hatch)"; text["-"] = "invalid"
	fill["."] = "none"; text["."] = ""

	LABEL = 190; CELL = 156; GAP = 14; BOX = 20; LINE = 92; TOP = 118
	BESIDE = 12; SPACE = 4
}

NR == 1 || NF != 19 { next }

{
	page = $1
	key = $3 SUBSEP $5 SUBSEP $2 SUBSEP $7
	if (!((key, "leaf") in row)) {
		groups[++ngroups] = key
		row[key, "leaf"] = $3
		row[key, "size"] = $4
		row[key, "where"] = $5
		row[key, "boot"] = $2
	}
	row[key, $6, "before"] = $11
	row[key, $6, "after"] = $15
	row[key, $6, "cpu"] = $17
	row[key, $6, "verdict"] = $19
}

END {
	width = LABEL + nops * (CELL + GAP) + GAP
	height = TOP + ngroups * LINE + 8
	start()

	y = TOP
	for (i = 1; i <= nleaves; i++)
		for (j = 1; j <= ngroups; j++)
			if (row[groups[j], "leaf"] == leaves[i]) {
				mapping(groups[j], y)
				y += LINE
			}
	print "</svg>"
}

function start(i, x)
{
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\">\n",
		width, height, width, height
	print "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\" fill=\"#f2f2f2\"/><rect width=\"1.5\" height=\"5\" fill=\"#9a9a9a\"/></pattern></defs>"
	printf "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", width, height
	words(GAP, 28, "Permissions of kernel memory, changed in place", "font-size=\"18\" font-weight=\"bold\"")
	words(GAP, 46, "Entries of the live page tables, with " page " pages. Above: before, below: after. Narrow boxes: neighbours, which must not change.", "fill=\"#555\"")

	x = GAP
	x = legend(x, "w", "writable data (RW NX)")
	x = legend(x, "r", "read-only (RO NX)")
	x = legend(x, "W", "writable and executable (RW X)")
	x = legend(x, "R", "read-only and executable (RO X)")
	x = legend(x, "-", "invalid")
	legend(x, ".", "nothing mapped")

	for (i = 1; i <= nops; i++)
		words(LABEL + (i - 1) * (CELL + GAP) + CELL / 2, TOP - 14, ops[i],
		      "font-size=\"14\" font-weight=\"bold\" text-anchor=\"middle\"")
}

function legend(x, kind, meaning)
{
	box(x, 62, 16, 14, kind)
	words(x + 22, 73, meaning, "")
	return x + 40 + length(meaning) * 6
}

function words(x, y, string, how)
{
	printf "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, how, string
}

function box(x, y, w, h, kind)
{
	printf "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\" stroke=\"%s\" stroke-width=\"0.7\"%s/>\n",
		x, y, w, h, fill[kind], kind == "." ? "#aaa" : "#333",
		kind == "." ? " stroke-dasharray=\"2 2\"" : ""
}

# Draw "b|eeee|a": the entry below the leaf, the entries of the leaf, the entry above it.
function strip(x, y, map, part, n, i, w, inner)
{
	if (split(map, part, "|") != 3)
		return
	n = length(part[2])
	inner = CELL - 2 * (BESIDE + SPACE)
	w = inner / n
	box(x, y, BESIDE, BOX, part[1])
	for (i = 1; i <= n; i++)
		box(x + BESIDE + SPACE + (i - 1) * w, y, w, BOX,
		    substr(part[2], i, 1))
	box(x + CELL - BESIDE, y, BESIDE, BOX, part[3])
	if (n == 1)
		words(x + CELL / 2, y + 14, text[part[2]],
		      "text-anchor=\"middle\"" \
		      (part[2] == "W" || part[2] == "R" ? " fill=\"white\"" : ""))
}

function size(bytes, units, n, i)
{
	n = split("bytes KiB MiB GiB", units, " ")
	for (i = 1; i < n && bytes >= 1024; i++)
		bytes /= 1024
	return bytes " " units[i]
}

function mapping(key, y, i, x, op)
{
	printf "<path d=\"M%d %d H%d\" stroke=\"#ddd\"/>\n", GAP, y - 8,
		width - GAP
	words(GAP, y + 16, row[key, "leaf"], "font-size=\"14\" font-weight=\"bold\"")
	if (row[key, "size"] != "-")
		words(GAP, y + 32, size(row[key, "size"]), "")
	words(GAP, y + 47, row[key, "where"] ", rodata=" row[key, "boot"], "fill=\"#555\"")

	for (i = 1; i <= nops; i++) {
		op = ops[i]
		x = LABEL + (i - 1) * (CELL + GAP)
		if (!((key, op, "verdict") in row))
			continue
		if (row[key, op, "verdict"] == "n/a") {
			words(x + CELL / 2, y + 34, "n/a", "text-anchor=\"middle\" fill=\"#888\"")
			continue
		}
		strip(x, y, row[key, op, "before"])
		printf "<path d=\"M%.1f %.1f l-4 -4 h8 z\" fill=\"#555\"/>\n", x + CELL / 2, y + BOX + 7
		strip(x, y + BOX + 10, row[key, op, "after"])
		words(x + CELL / 2, y + 2 * BOX + 24,
		      "CPU allows " row[key, op, "cpu"],
		      "text-anchor=\"middle\" fill=\"#555\"")
		if (row[key, op, "verdict"] == "ok")
			continue
		words(x + CELL / 2, y + 2 * BOX + 38, row[key, op, "verdict"],
		      "text-anchor=\"middle\" fill=\"#c00\" font-size=\"9\"")
		printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#c00\" stroke-width=\"2\"/>\n",
			x - 5, y - 5, CELL + 10, LINE - 4
	}
}
