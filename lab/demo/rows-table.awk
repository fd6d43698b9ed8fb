# SPDX-License-Identifier: GPL-2.0-only
#
# Print the rows of the module pageattr_demo as a table, with colours if colour=1. Fails
# if a row is wrong, incomplete or missing.

BEGIN {
	FS = "\t"
	nleaves = split("PTE:CONT PTE:PMD:CONT PMD:PUD", leaves, ":")
	nops = split("ro rw x nx invalid valid", ops, " ")
	RED = 31; GREEN = 32; YELLOW = 33; MAGENTA = 35; GREY = 90
}

NR == 1 { next }

NF != 19 {
	complain("line " NR " is incomplete: " $0)
	next
}

{
	nrows++
	seen[$3, $6] = 1
	# Group the rows by mapping, in the order of their first rows.
	key = $3 SUBSEP $5 SUBSEP $2 SUBSEP $7
	if (!(key in lines)) {
		groups[++ngroups] = key
		leaf[key] = $3
		heading[key] = sprintf("%s, %s, rodata=%s, %s pages",
				       $3, $5, $2, $1)
		if ($7 != "-")
			heading[key] = heading[key] ": " size($4) " at " $7
	}
	lines[key] = lines[key] line()

	if ($19 == "ok")
		nok++
	else if ($19 == "n/a")
		nna++
	else
		complain($3 ", " $5 ", " $6 ": " $19)
}

END {
	for (i = 1; i <= nleaves; i++)
		for (j = 1; j <= ngroups; j++)
			if (leaf[groups[j]] == leaves[i])
				print_group(groups[j])

	if (!nrows)
		complain("the guest sent no row")
	else
		for (i = 1; i <= nleaves; i++)
			for (j = 1; j <= nops; j++)
				if (!((leaves[i], ops[j]) in seen))
					complain(leaves[i] ", " ops[j] \
						 ": the guest sent no row")

	printf "%d rows: %d ok, %d n/a, %d wrong\n", nrows, nok, nna,
		nrows - nok - nna
	finish()
}

function size(bytes, units, n, i)
{
	n = split("bytes KiB MiB GiB", units, " ")
	for (i = 1; i < n && bytes >= 1024; i++)
		bytes /= 1024
	return bytes " " units[i]
}

# Pad before adding colour: escape sequences must not count.
function perms(text, padded)
{
	padded = sprintf("%-13s", text)
	if (text ~ /^invalid/)
		return paint(GREY, padded)
	if (text ~ / X$/)
		return paint(MAGENTA, padded)
	if (text ~ / RO /)
		return paint(YELLOW, padded)
	return padded
}

function line(verdict)
{
	if ($19 == "n/a")
		return sprintf("  %-8s%s\n", $6, paint(GREY, $19))

	verdict = $19
	if (verdict == "ok")
		verdict = paint(GREEN, verdict)
	else
		verdict = paint(RED, verdict)
	return sprintf("  %-8s%-8s%-18s%s  %-8s%-18s%s  %-8s%-5s%-4s%s\n",
		       $6, $8, $9, perms($10), $12, $13, perms($14),
		       $16, $17, $18, verdict)
}

function print_group(key)
{
	print heading[key]
	if (!heads++)
		printf "  %-8s%-8s%-18s%-15s%-8s%-18s%-15s%-8s%-5s%-4s\n",
			"", "level", "entry before", "", "level",
			"entry after", "", "expect", "CPU", "AT"
	print lines[key]
}
