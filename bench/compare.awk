# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v brief=1 -f compare.awk RECORDED NEW: print `passed|failed bench.ROW` for each recorded
# row of all columns, with brief for those of the short form. Instructions, in all and in the
# longest sections, may differ by 2 %, DSBs and TLBIs not at all. A different
# base, compiler or emulator changes code and runs of pages: compare only DSBs. The short form
# compares warm rows, and only DSBs of areas of several pages.

BEGIN {
	FS = "\t"
	section[8] = "in an RCU read-side critical section"
	section[9] = "with interrupts masked"
	section[10] = "with preemption disabled"
}

FNR == NR && /^# / { versions[$0] = 1; next }
/^# / {
	if (!brief || !/^# mainline/)
		other = other || !($0 in versions)
	next
}
/^#/ { next }

brief && ($1 !~ /^series(-bbm)?$/ || $4 != "warm" || $2 !~ /^(set_memory_ro|set_memory_valid|set_direct_map|vmalloc|vfree$)/) { next }

{ key = $1 " " $2 " " $3 " " $4 }
FNR == NR {
	old[key] = $0
	keys[++n] = key
	next
}
{ new[key] = $0 }

function far(a, b)
{
	return a > b * 1.02 || a < b * 0.98
}

# Return an empty string, or the reason why the row differs.
function differs(o, w, why, only_dsb, i)
{
	split(o, was, "\t")
	if (!w)
		return " the row is lost;"
	split(w, is, "\t")
	# On another machine the pages of an area can form other runs.
	only_dsb = other || (brief && was[3] > 1 && was[2] !~ /valid|direct_map/)
	if (!only_dsb && far(is[5], was[5]))
		why = " " is[5] " instructions, recorded " was[5] ";"
	if (is[6] != was[6])
		why = why " " is[6] " DSBs, recorded " was[6] ";"
	if (!only_dsb && is[7] != was[7])
		why = why " " is[7] " TLBIs, recorded " was[7] ";"
	for (i = 8; i <= 10; i++)
		if (!only_dsb && is[i] != was[i] && far(is[i], was[i]))
			why = why " " is[i] " instructions " section[i] ", recorded " was[i] ";"
	return why
}

END {
	if (other)
		print "notice: recorded with another kernel, compiler or emulator, comparing DSBs only" > "/dev/stderr"
	for (i = 1; i <= n; i++) {
		why = differs(old[keys[i]], new[keys[i]])
		name = keys[i]
		gsub(/[^a-zA-Z0-9.-]+/, "_", name)
		print (why ? "failed" : "passed") " bench." name (why ? ":" why : "")
	}
	if (!n)
		print "failed bench: no recorded rows"
}
