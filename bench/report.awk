# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v asked="COLUMN ...": print the results of make bench or make mainline-bench as tables.

BEGIN {
	FS = "\t"
	ncolumns = split(asked ? asked : "6.12 7.3 7.3-bbm series series-bbm limit", columns, " ")
}

/^#/ { next }
sub(/^growth-/, "", $1) && $1 != "latency" && $2 ~ /^growth, / { grows($1 ": " substr($2, 9), $3, $5); next }

{
	key = $2 FS $3 FS $4
	instructions[$1, key] = $5
	events[$1, key] = $6 "/" $7
	rcu[$1, key] = $8
	masked[$1, key] = $9
	preemption[$1, key] = $10
}
$1 !~ /-8cpu$|latency$/ && !(key in seen) {
	seen[key] = 1
	keys[++nkeys] = key
}
$1 == "latency" && $4 != "value" && $2 !~ /^boot/ && ($2 !~ /^growth/ || $3 == 262144) { sections[++nsections] = key }

function grows(leaf, pages, cost)
{
	if (!(leaf in leaves))
		order[++nleaves] = leaf
	at[leaf, ++leaves[leaf]] = pages
	costs[leaf, leaves[leaf]] = cost
}

function value(values, column, key)
{
	return (column, key) in values ? values[column, key] : "-"
}

function table(title, state, values, i, c, part)
{
	printf "\n%-36s %6s", title, "pages"
	for (c = 1; c <= ncolumns; c++)
		printf " %12s", columns[c]
	print ""
	for (i = 1; i <= nkeys; i++) {
		split(keys[i], part, FS)
		if (part[3] != state)
			continue
		printf "%-36s %6s", part[1], part[2]
		for (c = 1; c <= ncolumns; c++)
			printf " %12s", value(values, columns[c], keys[i])
		print ""
	}
}

function cpus(names, i, n, key)
{
	key = "set_memory_ro, rw" FS 1 FS "warm"
	n = split("6.12 7.3 series", names, " ")
	if (!(("6.12-8cpu", key) in instructions))
		return
	printf "\n%-43s %12s %12s\n", "set_memory_ro, rw of a page, possible CPUs", 1, 8
	for (i = 1; i <= n; i++)
		printf "%-43s %12s %12s\n", names[i], value(instructions, names[i], key),
			value(instructions, names[i] "-8cpu", key)
}

# Rows of column latency: the longest of the sections of each kind.
function latency(i, part)
{
	printf "\n%-36s %6s %5s %12s %12s %12s\n", "longest section, series-bbm", "pages", "", "RCU",
		"interrupts", "preemption"
	for (i = 1; i <= nsections; i++) {
		split(sections[i], part, FS)
		printf "%-36s %6s %5s %12s %12s %12s\n", part[1], part[2], part[3],
			rcu["latency", sections[i]], masked["latency", sections[i]],
			preemption["latency", sections[i]]
	}
}

# The cost of each further leaf of a range: constant if the line is straight.
function growth(i, j, leaf, n, slope, least, most)
{
	if (nleaves)
		printf "\n%-43s %9s %12s %12s %20s\n", "set_memory_valid, off and on", "leaves",
			"one leaf", "all leaves", "each further leaf"
	for (i = 1; i <= nleaves; i++) {
		leaf = order[i]
		n = leaves[leaf]
		for (j = 2; j <= n; j++) {
			slope = (costs[leaf, j] - costs[leaf, j - 1]) * at[leaf, 1] / (at[leaf, j] - at[leaf, j - 1])
			least = j == 2 || slope < least ? slope : least
			most = j == 2 || slope > most ? slope : most
		}
		printf "%-43s %9d %12d %12d %20s\n", leaf, at[leaf, n] / at[leaf, 1], costs[leaf, 1],
			costs[leaf, n], (n > 1 ? sprintf("%.1f to %.1f", least, most) : "-")
	}
}

END {
	table("instructions of a call", "warm", instructions)
	table("instructions of the first call", "first", instructions)
	table("other values", "value", instructions)
	table("DSBs/TLBIs of a call", "warm", events)
	table("DSBs/TLBIs of the first call", "first", events)
	table("longest RCU critical section", "warm", rcu)
	table("longest with interrupts masked", "warm", masked)
	if (nsections)
		latency()
	cpus()
	growth()
}
