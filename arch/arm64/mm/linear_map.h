/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leaves of kernel mappings: split, collapse, counters, remap of the linear map.
 */
#ifndef __ARM64_MM_LINEAR_MAP_H
#define __ARM64_MM_LINEAR_MAP_H

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/cpufeature.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

/*
 * Marks of a collapse in table and block descriptors. Hardware ignores these bits (Arm
 * ARM, "VMSAv8-64 translation table format descriptors": bits [58:51] of a table
 * descriptor, bits [58:55] of a block descriptor). They are PTE_SPECIAL and PTE_DEVMAP,
 * which kernel mappings have in PTEs only (vmap_pfn()). No PTE is searched for marks.
 *
 * TABLE_COLLAPSING: the collapse worker checks this table and may replace it.
 * TLBI_PENDING: the collapse worker has stored this descriptor in place of a table. TLBs
 * and walk caches can still hold entries of the replaced table.
 *
 * A change or a split that meets a mark calls collapse_clear_marks() first.
 */
#define TABLE_COLLAPSING	BIT(56)
#define TLBI_PENDING		BIT(57)
#define COLLAPSE_MARKS		(TABLE_COLLAPSING | TLBI_PENDING)

/* The leaf sizes. A contiguous group follows the size of its entries. */
enum kernel_leaf_size {
	LEAF_PTE,
	LEAF_CONT_PTE,
	LEAF_PMD,
	LEAF_CONT_PMD,
	LEAF_PUD,
	NR_LEAF_SIZES,
};

/* linear_map_split.c */
void kernel_leaf_init(void);
bool kernel_leaf_can_split(void);
int split_kernel_leaf_at(unsigned long addr);
int split_kernel_range_to_ptes(unsigned long start, unsigned long end);
bool kernel_entry_replace(u64 *entry, u64 old, u64 new);
u64 kernel_table_desc(unsigned long addr, const void *table);
void *kernel_table_alloc(gfp_t gfp);
void kernel_table_free(void *table);
#if IS_ENABLED(CONFIG_KUNIT)
extern atomic_long_t kernel_tables;
#endif

/* linear_map_collapse.c */
bool __collapse_clear_marks(u64 *entry, u64 val, unsigned long addr, unsigned long size);
void collapse_kernel_leaves(unsigned long start, unsigned long end);
#if IS_ENABLED(CONFIG_KUNIT)
void collapse_kernel_leaves_now(void);
#endif

/* linear_map_count.c */
void leaf_count_walk(unsigned long start, unsigned long end,
		     unsigned long bytes[NR_LEAF_SIZES]);
void leaf_count_range(unsigned long start, unsigned long end, bool mapped);
void leaf_count_ptes(unsigned long bytes);
void leaf_count_moved(unsigned long addr, unsigned long bytes,
		      enum kernel_leaf_size from, enum kernel_leaf_size to);
void leaf_count_split(unsigned long addr, enum kernel_leaf_size from);
void leaf_count_collapsed(enum kernel_leaf_size to, unsigned int nr);
void leaf_count_read(unsigned long bytes[NR_LEAF_SIZES]);

/* linear_map_remap.c */
bool linear_map_can_remap(void);
void remap_linear_map(void);

/* mmu.c */
bool cmpxchg_swapper_pgd(pgd_t *pgdp, pgd_t old, pgd_t new);

/* Returns true if @val has a mark: the caller must read the entry again. */
static inline bool collapse_clear_marks(u64 *entry, u64 val, unsigned long addr,
					unsigned long size)
{
	return unlikely(val & COLLAPSE_MARKS) &&
	       __collapse_clear_marks(entry, val, addr, size);
}

/*
 * CLASS(kernel_change, early)() disables preemption during a change, until the system
 * capabilities are final: remap_linear_map() copies the tables in stop_machine(), which waits
 * for code with preemption off.
 *
 * The kernel patches system_capabilities_finalized() in stop_machine(), too. Therefore the
 * answer does not change while preemption is off.
 */
static inline bool kernel_change_begin(void)
{
	if (likely(system_capabilities_finalized()))
		return false;

	preempt_disable();
	if (!system_capabilities_finalized())
		return true;
	preempt_enable();

	return false;
}

DEFINE_CLASS(kernel_change, bool, if (unlikely(_T)) preempt_enable(), kernel_change_begin(), void)

/*
 * Whether a PUD callback may let the walk descend into the table @val that it has read.
 * The walk descends from the value that it has read itself, and a collapse can come
 * between the two reads:
 *
 *	CPU0 (split or check pass)	CPU1 (collapse worker)
 *	------------------------------	--------------------------------------
 *	walk: read marked table A
 *					link table B, invalidate the TLBs,
 *					clear TLBI_PENDING
 *	callback: read B, no mark
 *	walk: descend into A
 *
 * The callback asks for ACTION_AGAIN until the function returns true. The callback has then
 * read the same table twice, and the walk has read this table in between. The caller
 * starts with *@seen = 0.
 */
static inline bool kernel_table_settled(u64 *seen, u64 val)
{
	bool settled = *seen == val;

	*seen = val;

	return settled;
}

#endif /* __ARM64_MM_LINEAR_MAP_H */
