# SPDX-License-Identifier: GPL-2.0-only
#
# Read the snapshots of lab/scenarios/linear-map/guest.sh from two boots, the first on CPUs
# without BBML2_NOABORT, the second on CPUs with it, for linear-map-table.awk and
# linear-map-svg.awk. A snapshot has a number m. Its ranges of equal entries, holes
# included, are from, to, level, leaf and attr[m, i].

BEGIN {
	level_of["PTE"] = 0; level_of["PMD"] = 1; level_of["PUD"] = 2
	level_of["P4D"] = 3
	ROOT = 9	# a range of the PGD: no table below the root maps it
}

FNR == 1 { boot++; area = "" }

/^snapshot / {
	m = ++nsnapshots
	label[m] = substr($0, 10)
	if (!(boot in first))
		first[boot] = m
	last[boot] = m
	boot_of[m] = boot
	area = ""
}

!nsnapshots { next }

/^DirectMap.*:/ {
	s = bytes(substr($1, 10))
	direct_map[m, s] = $2
	add_size(s)
}

/^direct_map_.*_splits/ { splits[m] += $2 }
/^direct_map_.*_collapses/ { collapses[m] += $2 }

/^---\[ .* start / { area = $2 }
/^---\[ .* end / { area = "" }

/^0x/ && area == "Linear" {
	i = ++nranges[m]
	from[m, i] = address(substr($1, 3, 16))
	to[m, i] = address(substr($1, 22, 16))
	level[m, i] = $3 in level_of ? level_of[$3] : ROOT
	entry = size[1]
	for (l = 0; l < level[m, i] && l < 4; l++)
		entry *= size[1] / 8
	attr[m, i] = attributes()
	leaf[m, i] = attr[m, i] == "" ? 0 : contiguous ? larger(entry) : entry
	if (attr[m, i] != "" && to[m, i] > memory_end)
		memory_end = to[m, i]
	kb[m, leaf[m, i]] += (to[m, i] - from[m, i]) / 1024
}

/^0x/ && area == "Modules" {
	if (read_only(attributes()))
		module_ro[m] += (address(substr($1, 22, 16)) - address(substr($1, 3, 16))) / 1024
}

# The attributes of an entry, without those that tell its size.
function attributes(i, text)
{
	contiguous = 0
	text = ""
	for (i = 4; i <= NF; i++)
		if ($i == "CON")
			contiguous = 1
		else if ($i != "BLK")
			text = text " " $i
	return text
}

function read_only(attr) { return attr ~ / ro / && attr !~ /^ F / }

# "RW NX", in the notation of rows-table.awk.
function permission(attr, part)
{
	if (attr == "")
		return "nothing"
	if (attr ~ /^ F /)
		return "invalid"
	return (attr ~ / ro / ? "RO" : "RW") (attr ~ / NX / ? " NX" : " X")
}

# Drop the upper 12 bits, which are ones in all kernel addresses: awk's numbers have 53.
function address(text, i, n)
{
	for (i = 4; i <= 16; i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n
}

function hex(n, high)
{
	high = int(n / 2 ^ 28)
	return sprintf("fff%06x%07x", high, n - high * 2 ^ 28)
}

function bytes(text, unit)
{
	unit = index("kMGT", substr(text, length(text) - 1, 1))
	return text * 1024 ^ unit
}

function name(s, units, n, i)
{
	n = split("bytes KiB MiB GiB TiB", units, " ")
	for (i = 1; i < n && s >= 1024 && s % 1024 == 0; i++)
		s /= 1024
	return s " " units[i]
}

function commas(n, text)
{
	n = sprintf("%d", n)
	while (length(n) > 3) {
		text = "," substr(n, length(n) - 2) text
		n = substr(n, 1, length(n) - 3)
	}
	return n text
}

# Keep size[] sorted. size[1] is the page size.
function add_size(s, i)
{
	for (i = 1; i <= nsizes; i++)
		if (size[i] == s)
			return
	for (i = ++nsizes; i > 1 && size[i - 1] > s; i--)
		size[i] = size[i - 1]
	size[i] = s
}

function larger(s, i)
{
	for (i = 1; i <= nsizes && size[i] <= s; i++)
		;
	return i <= nsizes ? size[i] : s
}

function floor(n, unit) { return n - n % unit }

# kB of the tables below the root. A range needs a table at its level and one at each level
# above.
function tables(m, start, bits, shift, levels, l, span, i, a, b, done, n)
{
	start = from[m, 1]
	bits = log2(to[m, nranges[m]] - start) + 1
	shift = log2(size[1])
	levels = int((bits - 4) / (shift - 3))
	for (l = 0; l < levels - 1; l++) {
		span = size[1] * (size[1] / 8) ^ (l + 1)
		done = -1
		for (i = 1; i <= nranges[m]; i++) {
			if (level[m, i] > l)
				continue
			a = floor(from[m, i] - start, span) / span
			b = floor(to[m, i] - 1 - start, span) / span
			n += b - (a > done ? a - 1 : done)
			done = b
		}
	}
	return n * size[1] / 1024
}

function log2(n, i)
{
	for (i = 0; n >= 2; i++)
		n /= 2
	return i
}

# Overlay the ranges of snapshots a and b. A piece [at, till) lies in range was[] of a and
# in range is[] of b.
function compare(a, b, i, j)
{
	npieces = 0
	i = j = 1
	while (i <= nranges[a] && j <= nranges[b]) {
		npieces++
		was[npieces] = i
		is[npieces] = j
		at[npieces] = from[a, i] > from[b, j] ? from[a, i] : from[b, j]
		till[npieces] = to[a, i] < to[b, j] ? to[a, i] : to[b, j]
		if (to[a, i] == till[npieces])
			i++
		if (to[b, j] == till[npieces])
			j++
	}
}

# kB in [low, high) with different permissions in the two compared snapshots.
function changed(a, b, low, high, p, x, y, n)
{
	for (p = 1; p <= npieces; p++) {
		if (attr[a, was[p]] == attr[b, is[p]])
			continue
		x = at[p] > low ? at[p] : low
		y = till[p] < high ? till[p] : high
		if (x < y)
			n += (y - x) / 1024
	}
	return n + 0
}
