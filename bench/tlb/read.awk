# SPDX-License-Identifier: GPL-2.0-only
#
# Read results.tsv of bench/tlb/gain.sh:
#   nrows, rows[i], label[row]            the rows in order
#   walks[map, state, row, entries, sizes]  page walks of the linear map
#   kernel[map, state, row]               instructions of the kernel

BEGIN {
	FS = "\t"
	label["seqread"] = "read 512 MiB in order"
	label["randread"] = "100,000 random 4K reads"
	label["randcopy"] = "100,000 random 4K copies"
	label["sockets"] = "2,000 socket pairs, 256 bytes"
	label["tree"] = "tree, 50,000 files in order"
	label["shuffled"] = "tree, 50,000 files shuffled"
	label["fork"] = "fork and exec"
	label["pipe"] = "pipes, 64K messages"
	label["unix"] = "a socket pair, 64K messages"
	MODEL = "1280" SUBSEP "4K-1G"
}

FNR == 1 { next }

{
	if (!($3 in seen)) {
		seen[$3] = 1
		rows[++nrows] = $3
	}
	kernel[$1, $2, $3] = $6
	walks[$1, $2, $3, $4, $5] = $10
}

# Page walks of the linear map per 1,000 instructions of the kernel.
function rate(map, state, row, model)
{
	if (!((map, state, row, model) in walks))
		return -1
	return walks[map, state, row, model] * 1000 / kernel[map, state, row]
}
