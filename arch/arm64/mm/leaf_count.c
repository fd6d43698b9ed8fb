// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the linear map is composed: by size of leaf, for /proc/meminfo, and how often
 * that changed, for /proc/vmstat. Other mappings are not counted. A leaf that was made
 * invalid counts as what it is.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/vmstat.h>

#include "linear_map.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static atomic_long_t leaf_bytes[NR_LEAF_SIZES];

static int count_pud_entry(pud_t *pudp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	unsigned long *bytes = walk->private;

	if (pud_leaf(pudp_get(pudp)))
		bytes[LEAF_PUD] += next - addr;

	return 0;
}

static int count_pmd_entry(pmd_t *pmdp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	unsigned long *bytes = walk->private;
	pmd_t pmd = pmdp_get(pmdp);

	if (pmd_leaf(pmd))
		bytes[pmd_cont(pmd) ? LEAF_CONT_PMD : LEAF_PMD] += next - addr;

	return 0;
}

static int count_pte_run(pte_t *ptep, unsigned long addr, unsigned long next,
			 struct mm_walk *walk)
{
	unsigned long *bytes = walk->private;

	for (; addr != next; addr += PAGE_SIZE, ptep++) {
		pte_t pte = __ptep_get(ptep);

		if (pte_present(pte))
			bytes[pte_cont(pte) ? LEAF_CONT_PTE : LEAF_PTE] += PAGE_SIZE;
	}

	return 0;
}

static const struct mm_walk_ops count_ops = {
	.pud_entry	= count_pud_entry,
	.pmd_entry	= count_pmd_entry,
	.pte_run	= count_pte_run,
	.skip_tables	= true,
};

/**
 * leaf_count_walk - count the leaves of a range of kernel mappings
 * @start:	first address, in bytes
 * @end:	first address behind the range
 * @bytes:	gets, by size of leaf, how many bytes such leaves map
 *
 * Context: Any. The caller keeps the tables.
 */
void leaf_count_walk(unsigned long start, unsigned long end,
		     unsigned long bytes[NR_LEAF_SIZES])
{
	memset(bytes, 0, NR_LEAF_SIZES * sizeof(*bytes));
	walk_kernel_page_table_range_lockless(start, end, &count_ops, bytes);
}

/**
 * leaf_count_range - count, or no longer count, a range of the linear map
 * @start:	first address, in bytes
 * @end:	first address behind the range
 * @mapped:	true after it was mapped, false before it is unmapped
 *
 * Context: Any. The leaves of the range do not change meanwhile.
 */
void leaf_count_range(unsigned long start, unsigned long end, bool mapped)
{
	unsigned long bytes[NR_LEAF_SIZES];
	int i;

	leaf_count_walk(start, end, bytes);
	for (i = 0; i < NR_LEAF_SIZES; i++)
		atomic_long_add(mapped ? bytes[i] : -bytes[i], &leaf_bytes[i]);
}

/**
 * leaf_count_moved - memory of the linear map is mapped by leaves of another size
 * @addr:	an address in it, in bytes; other mappings are not counted
 * @bytes:	how much
 * @from:	by what it was mapped
 * @to:		by what it is mapped now
 *
 * Context: Any.
 */
void leaf_count_moved(unsigned long addr, unsigned long bytes,
		      enum kernel_leaf_size from, enum kernel_leaf_size to)
{
	if (!__is_lm_address(addr))
		return;

	atomic_long_sub(bytes, &leaf_bytes[from]);
	atomic_long_add(bytes, &leaf_bytes[to]);
}

/**
 * leaf_count_split - count, and trace, a split; of other mappings than the linear map,
 * only trace it
 * @addr:	an address in the former leaf, in bytes
 * @from:	what it was
 *
 * Context: Any.
 */
void leaf_count_split(unsigned long addr, enum kernel_leaf_size from)
{
	trace_kernel_leaf_split(addr, from);
	if (__is_lm_address(addr))
		count_vm_event(DIRECT_MAP_CONT_PTE_SPLIT + from - LEAF_CONT_PTE);
}

/**
 * leaf_count_collapsed - count leaves of the linear map that were put back together
 * @addr:	first address of the former table, in bytes
 * @to:		what they are now
 * @nr:		how many of these
 *
 * Context: Any.
 */
void leaf_count_collapsed(unsigned long addr, enum kernel_leaf_size to, unsigned int nr)
{
	trace_kernel_leaf_collapse(addr, to, nr);
	count_vm_events(DIRECT_MAP_CONT_PTE_COLLAPSE + to - LEAF_CONT_PTE, nr);
}

/**
 * leaf_count_read - what is counted of the linear map
 * @bytes:	gets, by size of leaf, how many bytes such leaves map
 *
 * Context: Any.
 */
void leaf_count_read(unsigned long bytes[NR_LEAF_SIZES])
{
	int i;

	for (i = 0; i < NR_LEAF_SIZES; i++)
		bytes[i] = atomic_long_read(&leaf_bytes[i]);
}

#ifdef CONFIG_PROC_FS
static const unsigned long leaf_size[NR_LEAF_SIZES] = {
	[LEAF_PTE]	= PAGE_SIZE,
	[LEAF_CONT_PTE]	= CONT_PTE_SIZE,
	[LEAF_PMD]	= PMD_SIZE,
	[LEAF_CONT_PMD]	= CONT_PMD_SIZE,
	[LEAF_PUD]	= PUD_SIZE,
};

/* One line for each size that this kernel has, as on other architectures. */
void arch_report_meminfo(struct seq_file *m)
{
	unsigned long bytes[NR_LEAF_SIZES];
	int i;

	leaf_count_read(bytes);
	for (i = 0; i < NR_LEAF_SIZES; i++) {
		unsigned int mib = leaf_size[i] >> 20, shown = mib >> 10 ?: mib;
		char name[24];

		if (i == LEAF_PUD && !pud_sect_supported())
			continue;
		if (shown)
			snprintf(name, sizeof(name), "%u%c:", shown, mib >> 10 ? 'G' : 'M');
		else
			snprintf(name, sizeof(name), "%luk:", leaf_size[i] >> 10);
		/* Of a split, what was made is counted before what it was made from, or after. */
		seq_printf(m, "DirectMap%-6s %8lu kB\n", name,
			   (unsigned long)max((long)bytes[i], 0L) >> 10);
	}
}
#endif /* CONFIG_PROC_FS */
