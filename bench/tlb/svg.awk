# SPDX-License-Identifier: GPL-2.0-only
#
# Draw the results that read.awk has read: a group of bars for each row, a bar for each map.

END {
	NBARS = 4
	name[1] = "4K map"
	name[2] = "4K map, hardware joins four pages in an entry"
	name[3] = "block map, fresh from boot"
	name[4] = "block map, aged: 100 modules, 50 BPF programs, 64 secret pages"
	# Readers with colour blindness can tell these colours apart.
	split("#0b3a6f #6fa8d6 #e69f00 #b0400a", colour, " ")
	LABEL = 236; BARS = 480; HIGH = 9; GROUP = NBARS * (HIGH + 2) + 11; TOP = 148

	for (i = 1; i <= nrows; i++) {
		value[i, 1] = rate("4k", "fresh", rows[i], MODEL)
		value[i, 2] = rate("4k", "fresh", rows[i], "1280" SUBSEP "16K-1G")
		value[i, 3] = rate("blocks", "fresh", rows[i], MODEL)
		value[i, 4] = rate("blocks", "aged", rows[i], MODEL)
		for (b = 1; b <= NBARS; b++)
			if (value[i, b] > most)
				most = value[i, b]
	}
	if (!most) {
		print "bench/tlb/svg.awk: no walks, no picture" > "/dev/stderr"
		exit 1
	}
	width = LABEL + BARS + 94
	height = TOP + nrows * GROUP
	head()
	for (i = 1; i <= nrows; i++)
		group(TOP + (i - 1) * GROUP)
	print "</svg>"
}

function words(x, y, string, how)
{
	printf "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, how, string
}

function box(x, y, w, h, fill)
{
	printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, w, h, fill
}

function head(b)
{
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n",
		width, height, width, height
	box(0, 0, width, height, "white")
	words(20, 30, "Page walks of the linear map per 1,000 instructions of the kernel", "font-size=\"20\" font-weight=\"bold\"")
	words(20, 50, "Counted by a model of a TLB (48 + 1,280 entries, as in Cortex-A76) under QEMU. No time: a walk can cost little or much.", "fill=\"#555\"")
	for (b = 1; b <= NBARS; b++) {
		box(20, 44 + b * 20, 20, 12, colour[b])
		words(48, 54 + b * 20, name[b], "")
	}
}

# The bars of row i, from y down.
function group(y, b)
{
	words(LABEL - 10, y + GROUP / 2 - 4, label[rows[i]], "text-anchor=\"end\"")
	for (b = 1; b <= NBARS; b++) {
		if (value[i, b] < 0)
			continue
		# A thin line shows where a bar of length 0 is.
		box(LABEL, y, 1 + BARS * value[i, b] / most, HIGH, colour[b])
		words(LABEL + 7 + BARS * value[i, b] / most, y + HIGH - 0.5,
			sprintf("%.4f", value[i, b]), "font-size=\"10\"")
		y += HIGH + 2
	}
}
