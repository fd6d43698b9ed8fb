# SPDX-License-Identifier: GPL-2.0-only
#
# Print the snapshots of linear-map-read.awk as a table, with colours if colour=1. Fails if
# a snapshot is wrong, incomplete or missing.

END {
	GREEN = 32; RED = 31; YELLOW = 33
	plain = first[1]
	split_boot = first[2]
	if (!plain || last[1] != plain)
		complain("CPUs without BBML2_NOABORT: not one snapshot")
	if (!split_boot || last[2] != split_boot + 3)
		complain("CPUs with BBML2_NOABORT: not four snapshots")

	printf "%-18s%" nsizes * 11 "s%10s%10s%10s\n", "",
		"kB of the linear map in leaves of", "tables", "splits", "collapses"
	printf "%-18s", ""
	for (s = nsizes; s; s--)
		printf "%11s", name(size[s])
	printf "%10s%10s%10s\n", "kB", "so far", "so far"
	for (m = 1; m <= nsnapshots; m++) {
		if (m == plain)
			print "CPUs without BBML2_NOABORT: as in 6.12"
		if (m == split_boot)
			print "CPUs with BBML2_NOABORT"
		row(m)
	}
	print ""
	if (split_boot && last[2] == split_boot + 3)
		blocks(split_boot, split_boot + 1, last[2])

	printf "%d snapshots: %d ok, %d wrong\n", nsnapshots, nok, nsnapshots - nok
	finish()
}

function row(m, s, before)
{
	printf "  %-16s", label[m]
	for (s = nsizes; s; s--)
		printf "%11s", commas(kb[m, size[s]])
	before = ncomplaints
	judge(m)
	nok += before == ncomplaints
	printf "%10s%10s%10s  %s\n", commas(table_kb[m]), commas(splits[m]),
		commas(collapses[m]),
		before == ncomplaints ? paint(GREEN, "ok") : paint(RED, "wrong")
}

function wrong(m, text) { complain(label[m] ": " text) }

function judge(m, i, s, where)
{
	if (!nranges[m]) {
		wrong(m, "the guest sent no page tables")
		return
	}
	for (i = 2; i <= nranges[m]; i++)
		if (from[m, i] != to[m, i - 1]) {
			wrong(m, "the page tables are incomplete from " hex(to[m, i - 1]))
			return
		}
	for (s = 1; s <= nsizes; s++)
		if (direct_map[m, size[s]] != kb[m, size[s]] + 0)
			wrong(m, "/proc/meminfo has " direct_map[m, size[s]] " kB in leaves of " \
				 name(size[s]) ", the page tables have " kb[m, size[s]] + 0)
	table_kb[m] = tables(m)

	where = m - first[boot_of[m]]
	if (boot_of[m] == 1)
		judge_plain(m)
	else if (where == 0)
		judge_boot(m)
	else {
		compare(split_boot, m)
		if (where == 1)
			judge_loaded(m)
		else if (where == 2)
			judge_removed(m)
		else
			judge_back(m)
	}
}

# All memory but the kernel image's alias must be PTE-mapped.
function judge_plain(m, i)
{
	for (i = 1; i <= nranges[m]; i++)
		if (leaf[m, i] > size[1] && !read_only(attr[m, i]))
			wrong(m, "a writable leaf of " name(leaf[m, i]) " at " hex(from[m, i]) \
				 ", which these CPUs cannot split")
	if (splits[m])
		wrong(m, splits[m] " splits on CPUs without BBML2_NOABORT")
}

function judge_boot(m, s, n)
{
	for (s = 2; s <= nsizes; s++)
		n += kb[m, size[s]]
	if (n <= kb[m, size[1]])
		wrong(m, "most of the map is PTE-mapped")
	if (!(table_kb[m] < table_kb[plain]))
		wrong(m, "block-mapped, but no fewer tables than PTE-mapped")
}

# Exactly the module's read-only pages are read-only in the linear map, and no leaf is
# smaller than that requires.
function judge_loaded(m, p, ro, s, block)
{
	for (p = 1; p <= npieces; p++) {
		if (attr[split_boot, was[p]] == attr[m, is[p]])
			continue
		if (!read_only(attr[m, is[p]]) || permission(attr[split_boot, was[p]]) != "RW NX")
			wrong(m, "from " permission(attr[split_boot, was[p]]) " to " \
				 permission(attr[m, is[p]]) " at " hex(at[p]))
		ro += (till[p] - at[p]) / 1024
	}
	if (ro + 0 == 0 || ro != module_ro[m] - module_ro[split_boot])
		wrong(m, ro + 0 " kB became read-only, the module has " \
			 module_ro[m] - module_ro[split_boot])
	if (splits[m] <= splits[split_boot])
		wrong(m, "no leaf was split")
	for (p = 1; p <= npieces; p++) {
		if (leaf[m, is[p]] == leaf[split_boot, was[p]])
			continue
		s = larger(leaf[m, is[p]])
		for (block = floor(at[p], s); block < till[p]; block += s)
			if (!changed(split_boot, m, block, block + s))
				wrong(m, name(s) " at " hex(block) " was split to " \
					 name(leaf[m, is[p]]) " without need")
	}
}

# Removing the module restores all permissions at once. Leaves can still be small.
function judge_removed(m, n)
{
	n = changed(split_boot, m, 0, 2 ^ 52)
	if (n)
		wrong(m, n " kB do not have the permissions from boot")
}

function judge_back(m, p)
{
	for (p = 1; p <= npieces; p++)
		if (leaf[m, is[p]] != leaf[split_boot, was[p]] ||
		    attr[m, is[p]] != attr[split_boot, was[p]])
			wrong(m, hex(at[p]) "-" hex(till[p]) ": " \
				 what(m, is[p]) ", at boot " what(split_boot, was[p]))
	if (nranges[m] != nranges[split_boot] || table_kb[m] != table_kb[split_boot])
		wrong(m, "ranges or tables differ from those at boot")
}

function what(m, i)
{
	return leaf[m, i] ? name(leaf[m, i]) ", " permission(attr[m, i]) : "nothing"
}

# Print the parts of each split leaf.
function blocks(boot, with, after, p, s, block, done)
{
	compare(boot, with)
	for (p = 1; p <= npieces; p++) {
		s = leaf[boot, was[p]]
		if (s == leaf[with, is[p]] || !s)
			continue
		block = floor(at[p], s)
		if ((block, s) in done)
			continue
		done[block, s] = 1
		printf "The leaf of %s at %s\n", name(s), hex(block)
		within(boot, block, block + s)
		within(with, block, block + s)
		within(after, block, block + s)
		print ""
	}
}

function within(m, low, high, i, a, b, text)
{
	print "  " label[m]
	for (i = 1; i <= nranges[m]; i++) {
		a = from[m, i] > low ? from[m, i] : low
		b = to[m, i] < high ? to[m, i] : high
		if (a >= b)
			continue
		text = sprintf("    %s%12s = %6s x %-8s%s", hex(a), name(b - a),
			       commas((b - a) / leaf[m, i]), name(leaf[m, i]), permission(attr[m, i]))
		print read_only(attr[m, i]) ? paint(YELLOW, text) : text
	}
}
