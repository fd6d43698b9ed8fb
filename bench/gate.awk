# SPDX-License-Identifier: GPL-2.0-only
#
# Find rows of the series that are missing, or that cost more than on 6.12. An allocation may
# take 2 % more instructions: it issues one DSB for a table and not for each page. Paths of user
# memory and walks may take 0.5 % more. Reads of /proc print more lines.

BEGIN { FS = "\t" }
/^#/ || $4 == "value" || $2 ~ /^read / { next }
{ key = $2 " of " $3 " pages, " $4 }
$1 == "6.12" { base[key] = $5; dsb[key] = $6 }
$1 == "series" {
	seen[key] = 1
	if ($4 == "first" && $2 !~ /^user: /)
		next
	most = $2 ~ /alloc|pack/ ? 1.02 : $2 ~ /^user: |walk/ ? 1.005 : 1
	if (!(key in base))
		complain(key ": not on 6.12")
	else if ($5 > base[key] * most)
		complain(key ": " base[key] " on 6.12, " $5 " here")
	else if ($6 > dsb[key])
		complain(key ": " dsb[key] " DSBs on 6.12, " $6 " here")
}

function complain(text)
{
	print text
	bad = 1
}

END {
	for (key in base)
		if (!(key in seen))
			complain(key ": not with the series")
	exit bad
}
