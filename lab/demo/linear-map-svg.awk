# SPDX-License-Identifier: GPL-2.0-only
#
# Draw the snapshots of linear-map-read.awk: a column for each snapshot; its rows show the
# whole linear map and, magnified row by row, the place of the split.

END {
	# Larger leaves are darker. Read-only memory has another colour.
	nshades = split("#f2f7fc #bcd6ec #6fa8d6 #2f74b5 #0b3a6f", shade, " ")
	RO = "#e69f00"
	LABEL = 150; BAR = 200; GAP = 26; HIGH = 34; STEP = 84; TOP = 196

	split_boot = first[2]
	if (!split_boot || !nranges[1] || !nranges[split_boot]) {
		print "linear-map.svg: not drawn, a boot has no snapshots" > "/dev/stderr"
		exit 1
	}
	zoom()
	width = LABEL + nsnapshots * (BAR + GAP) + GAP
	height = TOP + nwindows * STEP - 12
	start()
	for (w = 1; w <= nwindows; w++)
		row(w)
	for (m = 1; m <= nsnapshots; m++)
		column(m)
	print "</svg>"
}

# Window 1 is the whole map. Each further window is one leaf of the next smaller size, where
# most permissions changed.
function zoom(s, a, best, n, loaded)
{
	loaded = split_boot < last[2] ? split_boot + 1 : split_boot
	compare(split_boot, loaded)
	for (n = 1; !leaf[1, n]; n++)
		;
	low[1] = from[1, n]
	high[1] = memory_end
	nwindows = 1
	for (s = nsizes; s > 1; s--) {
		if (size[s] >= high[nwindows] - low[nwindows])
			continue
		best = -1
		for (a = low[nwindows]; a < high[nwindows]; a += size[s]) {
			n = changed(split_boot, loaded, a, a + size[s])
			if (n > best) {
				best = n
				low[nwindows + 1] = a
			}
		}
		nwindows++
		high[nwindows] = low[nwindows] + size[s]
	}
	for (n = 1; n <= npieces; n++)
		if (leaf[split_boot, was[n]] > leaf[loaded, is[n]] &&
		    leaf[split_boot, was[n]] > largest)
			largest = leaf[split_boot, was[n]]
}

function words(x, y, string, how)
{
	printf "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, how, string
}

function box(x, y, w, h, colour, more)
{
	printf "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"%s/>\n",
		x, y, w, h, colour, more
}

function colour_of(s, i)
{
	for (i = 1; i < nsizes && size[i] != s; i++)
		;
	return shade[1 + int((i - 1) * (nshades - 1) / (nsizes - 1) + 0.5)]
}

function start(s, x)
{
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n",
		width, height, width, height
	box(0, 0, width, height, "white")
	words(GAP, 32, "The kernel's linear map: " \
		(largest ? "a module splits a leaf of " name(largest) " where it needs to; removing the module collapses it" : \
		 "no leaf was split"), "font-size=\"20\" font-weight=\"bold\"")
	words(GAP, 53, "Left to right: time. Top to bottom: the same map, magnified. One TLB entry can map one leaf: larger leaves need fewer entries.", "fill=\"#555\"")

	x = GAP
	for (s = nsizes; s; s--) {
		box(x, 68, 20, 14, colour_of(size[s]), " stroke=\"#666\" stroke-width=\"0.7\"")
		words(x + 26, 80, (s == 1 ? "page, " : "leaf, ") name(size[s]), "")
		x += 118
	}
	box(x, 68, 20, 14, RO, " stroke=\"#666\" stroke-width=\"0.7\"")
	words(x + 26, 80, "read-only (drawn at least as a thin line)", "")
}

function x_of(m) { return LABEL + GAP + (m - 1) * (BAR + GAP) + (boot_of[m] > 1 ? 4 : -4) }

function row(w, y)
{
	y = TOP + (w - 1) * STEP
	words(GAP, y + 15, w == 1 ? "whole map" : "magnified", "font-size=\"13\" font-weight=\"bold\"")
	words(GAP, y + 31, w == 1 ? name(high[w] - low[w]) : name(high[w] - low[w]) " of it", "fill=\"#555\"")
}

function column(m, w, x, y, a, b)
{
	x = x_of(m)
	if (m == first[1])
		words(x, 112, "CPUs without BBML2_NOABORT", "font-size=\"13\" fill=\"#555\"")
	if (m == split_boot) {
		words(x, 112, "CPUs with BBML2_NOABORT", "font-size=\"13\" fill=\"#555\"")
		printf "<path d=\"M%.1f 98 V%d\" stroke=\"#bbb\"/>\n", x - GAP / 2 - 4, height - 12
	}
	words(x, 134, m == first[1] ? "as in 6.12" : label[m], "font-size=\"17\" font-weight=\"bold\"")
	words(x, 154, commas(tables(m)) " kB of page tables", "font-size=\"13\"")
	words(x, 172, m == first[1] ? "" : splits[m] + 0 " splits, " collapses[m] + 0 " collapses", "fill=\"#555\"")
	for (w = 1; w <= nwindows; w++) {
		y = TOP + (w - 1) * STEP
		if (w < nwindows) {
			a = x + (low[w + 1] - low[w]) / (high[w] - low[w]) * BAR
			b = x + (high[w + 1] - low[w]) / (high[w] - low[w]) * BAR
			printf "<path d=\"M%.2f %d L%.2f %d H%.2f L%.2f %d z\" fill=\"#ececec\"/>\n",
				a, y + HIGH, x, y + STEP, x + BAR, b, y + HIGH
		}
	}
	for (w = 1; w <= nwindows; w++)
		bar(m, w, x, TOP + (w - 1) * STEP)
}

function bar(m, w, x, y, i, a, b, scale, p, q, t, n, inside)
{
	scale = BAR / (high[w] - low[w])
	for (i = 1; i <= nranges[m]; i++) {
		if (!leaf[m, i])
			continue
		a = from[m, i] > low[w] ? from[m, i] : low[w]
		b = to[m, i] < high[w] ? to[m, i] : high[w]
		if (a >= b)
			continue
		n += (b - a) / leaf[m, i]
		inside = leaf[m, i]
		p = x + (a - low[w]) * scale
		q = (b - a) * scale
		box(p, y, q, HIGH, read_only(attr[m, i]) ? RO : colour_of(leaf[m, i]))
		# Draw the edges of the leaves, at least 3 units apart.
		t = leaf[m, i] * scale
		if (t < 3)
			t = 3
		for (p += t; p < x + (b - low[w]) * scale - 0.5; p += t)
			edge(p, y, leaf[m, i])
		if (b < high[w])
			edge(x + (b - low[w]) * scale, y, leaf[m, i])
	}
	for (i = 1; i <= nranges[m]; i++)
		if (read_only(attr[m, i]) && from[m, i] < high[w] && to[m, i] > low[w] &&
		    (to[m, i] - from[m, i]) * scale < 1.5)
			box(x + (from[m, i] - low[w]) * scale, y, 1.5, HIGH, RO)
	box(x, y, BAR, HIGH, "none", " stroke=\"#444\" stroke-width=\"0.8\"")
	words(x, y + HIGH + 15, n < 1 ? "inside one leaf of " name(inside) : \
		commas(n) (n == 1 ? " leaf" : " leaves"), "font-size=\"11\" fill=\"#333\"")
}

function edge(x, y, s)
{
	printf "<path d=\"M%.2f %d v%d\" stroke=\"%s\" stroke-width=\"0.8\"/>\n", x, y, HIGH,
		s == size[1] ? "#8a9bb0" : "white"
}
