# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v asked=ROWS: judge the results that read.awk has read. In each asked row that reads
# a file or a tree, a fresh block map needs at most 1 % of the page walks of a fresh 4K map,
# in each model with entries of up to 1 GiB. Prints `passed|failed gain.ROW` for each row.

END {
	n = split(asked, want, " ")
	for (i = 1; i <= n; i++)
		if (want[i] ~ /^(seqread|randread|randcopy|tree|shuffled)$/)
			judge(want[i])
}

function judge(row, why)
{
	why = compare(row, "1280", "4K-1G") compare(row, "1280", "16K-1G") \
		compare(row, "2048", "4K-1G") compare(row, "2048", "16K-1G")
	print (why ? "failed" : "passed") " gain." row (why ? ":" why : "")
}

# Return an empty string, or the reason why the model's figures are not good enough.
function compare(row, entries, sizes, pages, blocks)
{
	if (!(("4k", "fresh", row, entries, sizes) in walks) ||
	    !(("blocks", "fresh", row, entries, sizes) in walks))
		return " no figures of TLB " entries " " sizes ";"
	pages = walks["4k", "fresh", row, entries, sizes]
	blocks = walks["blocks", "fresh", row, entries, sizes]
	# A model that counts nothing must not pass.
	if (pages < 100)
		return " only " pages " walks with the 4K map, TLB " entries " " sizes ";"
	if (blocks * 100 > pages)
		return " " blocks " walks with blocks, " pages " with the 4K map, TLB " \
			entries " " sizes ";"
	return ""
}
