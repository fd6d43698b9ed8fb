// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of the linear map: bytes mapped by each leaf size for /proc/meminfo, splits
 * and collapses for /proc/vmstat. Other kernel mappings are not counted. A
 * present-invalid leaf counts as a leaf of its size.
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

/* KUnit counts TLB invalidations with a probe, also when it is built as a module. */
EXPORT_TRACEPOINT_SYMBOL_GPL(pageattr_change);

static atomic_long_t leaf_bytes[NR_LEAF_SIZES];

/*
 * The callbacks handle the entry that they have read themselves: a collapse or a split can
 * replace it after the walk has read it. Therefore the walk must not descend below a
 * counted block, nor into a PTE table.
 */
static int count_pud_entry(pud_t *pudp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	unsigned long *bytes = walk->private;

	if (pud_leaf(pudp_get(pudp))) {
		bytes[LEAF_PUD] += next - addr;
		walk->action = ACTION_CONTINUE;
	}

	return 0;
}

static int count_pmd_entry(pmd_t *pmdp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	unsigned long *bytes = walk->private;
	pmd_t pmd = pmdp_get(pmdp);
	pte_t *ptep;

	walk->action = ACTION_CONTINUE;
	if (pmd_leaf(pmd))
		bytes[pmd_cont(pmd) ? LEAF_CONT_PMD : LEAF_PMD] += next - addr;
	if (!pmd_table(pmd))
		return 0;

	for (ptep = pte_offset_kernel(&pmd, addr); addr != next; addr += PAGE_SIZE, ptep++) {
		pte_t pte = __ptep_get(ptep);

		if (pte_present(pte))
			bytes[pte_cont(pte) ? LEAF_CONT_PTE : LEAF_PTE] += PAGE_SIZE;
	}

	return 0;
}

static const struct mm_walk_ops count_ops = {
	.pud_entry	= count_pud_entry,
	.pmd_entry	= count_pmd_entry,
};

/**
 * leaf_count_walk - count the leaves of a range of kernel mappings
 * @start:	start address, in bytes
 * @end:	end address (exclusive)
 * @bytes:	result: bytes mapped by leaves of each size
 *
 * Context: Any. The caller guarantees that the page tables of the range are not freed,
 * for example by an RCU read-side critical section.
 */
void leaf_count_walk(unsigned long start, unsigned long end,
		     unsigned long bytes[NR_LEAF_SIZES])
{
	memset(bytes, 0, NR_LEAF_SIZES * sizeof(*bytes));
	walk_kernel_page_table_range_lockless(start, end, &count_ops, bytes);
}

/**
 * leaf_count_range - add a range of the linear map to the counters, or subtract it
 * @start:	start address, in bytes
 * @end:	end address (exclusive)
 * @mapped:	true after the range was mapped, false before it is unmapped
 *
 * Context: Any. The leaves of the range do not change during the call.
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
 * leaf_count_ptes - count memory that was mapped with PTEs without the contiguous bit
 * @bytes:	size of the memory
 *
 * Context: Any.
 */
void leaf_count_ptes(unsigned long bytes)
{
	atomic_long_add(bytes, &leaf_bytes[LEAF_PTE]);
}

/**
 * leaf_count_moved - count that leaves of another size map a part of the linear map
 * @addr:	an address in the part, in bytes; ignored outside of the linear map
 * @bytes:	size of the part
 * @from:	former leaf size
 * @to:		new leaf size
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
 * leaf_count_split - count a split in the linear map
 * @addr:	an address in the former leaf, in bytes; ignored outside of the linear map
 * @from:	size of the former leaf, not LEAF_PTE
 *
 * Context: Any.
 */
void leaf_count_split(unsigned long addr, enum kernel_leaf_size from)
{
	if (__is_lm_address(addr))
		count_vm_event(DIRECT_MAP_CONT_PTE_SPLIT + from - LEAF_CONT_PTE);
}

/**
 * leaf_count_collapsed - count leaves that a collapse made in the linear map
 * @to:		size of the new leaves, not LEAF_PTE
 * @nr:		number of new leaves
 *
 * Context: Any.
 */
void leaf_count_collapsed(enum kernel_leaf_size to, unsigned int nr)
{
	count_vm_events(DIRECT_MAP_CONT_PTE_COLLAPSE + to - LEAF_CONT_PTE, nr);
}

/**
 * leaf_count_read - read the counters of the linear map
 * @bytes:	result: bytes mapped by leaves of each size
 *
 * The values are not a snapshot: a split or collapse moves bytes between two counters
 * after it has replaced the entry.
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

/*
 * Print one DirectMap line for each leaf size of this kernel. A counter can be negative
 * for a moment, which reads as zero:
 *
 *	CPU0 (splits a block)           CPU1 (splits a contpte group of it)
 *	-----------------------         -----------------------------------
 *	link the table of contptes
 *	                                clear the contiguous bits
 *	                                subtract from LEAF_CONT_PTE
 *	add to LEAF_CONT_PTE
 */
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
		seq_printf(m, "DirectMap%-6s %8lu kB\n", name,
			   (unsigned long)max((long)bytes[i], 0L) >> 10);
	}
}
#endif /* CONFIG_PROC_FS */
