# SPDX-License-Identifier: GPL-2.0-only
#
# Print the results that read.awk has read as a table.

END {
	print "Page walks of the linear map per 1,000 instructions of the kernel, by TLB models."
	print "1280, 2048: entries of the L2 TLB. x4: an entry maps four neighbouring PTEs."
	print "2M: an entry maps 2 MiB at most, as in a guest on blocks of 2 MiB."
	print "gone: modules, programs and secret pages went, and the map collapsed."
	print ""
	printf "%-30s   %-32s%-32s%s\n", "", "4K map, fresh", "block map, 1280", "with 2M"
	printf "%-30s%8s%8s%8s%8s%8s%8s%8s%8s%8s\n", "row", "1280", "1280x4", "2048", "2048x4",
		"fresh", "aged", "aged x4", "gone", "fresh"
	for (i = 1; i <= nrows; i++) {
		printf "%-30s", label[rows[i]]
		number("4k", "fresh", MODEL)
		number("4k", "fresh", "1280" SUBSEP "16K-1G")
		number("4k", "fresh", "2048" SUBSEP "4K-1G")
		number("4k", "fresh", "2048" SUBSEP "16K-1G")
		number("blocks", "fresh", MODEL)
		number("blocks", "aged", MODEL)
		number("blocks", "aged", "1280" SUBSEP "16K-1G")
		number("blocks", "collapsed", MODEL)
		number("blocks", "fresh", "1280" SUBSEP "4K-2M")
		print ""
	}
}

function number(map, state, model, value)
{
	value = rate(map, state, rows[i], model)
	if (value < 0)
		printf "%8s", "-"
	else
		printf "%8.4f", value
}
