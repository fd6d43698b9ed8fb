# SPDX-License-Identifier: GPL-2.0-only
#
# Find rows of the series that are missing, or that cost more than on 6.12. Calls that only change
# attributes may not take one instruction more. An allocation of the kernel may take 3 % more: it
# issues one DSB for a table and not for each page. A user that touches or unmaps 64 MiB may
# take 5 % more: the page allocator's lists differ. Each other path may take 0.5 % more. Reads of
# /proc print more lines. In the windows of user memory, interrupts issue DSBs.
#
# Bounds of column latency: a change that splits nothing masks no interrupts, and disables
# preemption for the search of its area only. Its RCU read-side critical section is proportional to
# the pages. A collapse of 1 GiB has short sections.

BEGIN { FS = "\t" }
/^#/ || $4 == "value" || $2 ~ /^read / { next }
{ key = $2 " of " $3 " pages, " $4 }
$1 == "6.12" { base[key] = $5; dsb[key] = $6 }
$1 == "series" {
	seen[key] = 1
	if ($4 == "first" && $2 !~ /^user: /)
		next
	most = 1.005
	if ($2 ~ /^(set_memory|set_direct_map|rox)/)
		most = 1
	else if ($2 ~ /alloc|new BPF pack/)
		most = 1.03
	else if ($2 ~ /^user: (first|munmap)/)
		most = 1.05
	if (!(key in base))
		complain(key ": not on 6.12")
	else if ($5 > base[key] * most)
		complain(key ": " base[key] " on 6.12, " $5 " here")
	else if ($2 !~ /^user: / && $6 > dsb[key])
		complain(key ": " dsb[key] " DSBs on 6.12, " $6 " here")
}
$1 ~ /latency$/ && $4 == "warm" && $2 ~ /^(set_memory|set_direct_map|rox|growth)/ && ($9 > 0 || $10 > 500) {
	complain(key ": " $9 " instructions with interrupts masked, " $10 " without preemption")
}
$1 ~ /latency$/ && $2 ~ /^(set_memory|set_direct_map|rox|growth|execmem|vfree)/ && $8 > 4000 + 800 * $3 {
	complain(key ": " $8 " instructions in an RCU read-side critical section")
}
$1 ~ /latency$/ && $2 ~ /^collapse of/ && ($8 > 4000 || $9 > 4000 || $10 > 4000) {
	complain(key ": sections of " $8 ", " $9 " and " $10 " instructions")
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
