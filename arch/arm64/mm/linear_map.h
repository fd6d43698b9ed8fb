/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files that split, count and collapse the leaves of kernel mappings.
 */
#ifndef __ARM64_MM_LINEAR_MAP_H
#define __ARM64_MM_LINEAR_MAP_H

#include <linux/bits.h>
#include <linux/pagewalk.h>
#include <linux/pgtable.h>
#include <linux/types.h>

/*
 * Marks of a collapse, in descriptors of tables and of blocks. Hardware ignores the
 * bits (Arm ARM, "VMSAv8-64 translation table format descriptors": bits[58:51] of table
 * descriptors, [58:55] of blocks). Whoever goes through a descriptor to change, or to
 * split, what it maps takes them away first, see collapse_walk_again().
 *
 * COLLAPSE_LOOKS: it may be about to replace this table, and gives up without it.
 * COLLAPSE_STALE: it has replaced a table by this. TLBs and walk caches may still have
 * what the former table said.
 */
#define COLLAPSE_LOOKS		BIT(56)
#define COLLAPSE_STALE		BIT(57)
#define COLLAPSE_MARKS		(COLLAPSE_LOOKS | COLLAPSE_STALE)

/* The sizes of leaves, by which they are counted. */
enum kernel_leaf_size {
	LEAF_PTE,
	LEAF_CONT_PTE,
	LEAF_PMD,
	LEAF_CONT_PMD,
	LEAF_PUD,
	NR_LEAF_SIZES,
};

/* split.c */
void kernel_leaf_init(void);
bool kernel_leaf_can_split(void);
int split_kernel_leaf_mapping(unsigned long start, unsigned long end);
int split_kernel_range_to_pages(unsigned long start, unsigned long end);
bool kernel_entry_replace(u64 *entry, u64 old, u64 new);
u64 kernel_table_desc(unsigned long addr, const void *table);
void *kernel_table_alloc(gfp_t gfp);
void kernel_table_free(void *table);
#if IS_ENABLED(CONFIG_KUNIT)
extern atomic_long_t kernel_tables;
#endif

/* collapse.c */
int collapse_walk_again(u64 *entry, u64 val, unsigned long addr, unsigned long size,
			struct mm_walk *walk);
void collapse_kernel_leaves(unsigned long start, unsigned long end);
#if IS_ENABLED(CONFIG_KUNIT)
void collapse_kernel_leaves_now(void);
#endif

/* leaf_count.c */
void leaf_count_walk(unsigned long start, unsigned long end,
		     unsigned long bytes[NR_LEAF_SIZES]);
void leaf_count_range(unsigned long start, unsigned long end, bool mapped);
void leaf_count_moved(unsigned long addr, unsigned long bytes,
		      enum kernel_leaf_size from, enum kernel_leaf_size to);
void leaf_count_split(unsigned long addr, enum kernel_leaf_size from);
void leaf_count_collapsed(unsigned long addr, enum kernel_leaf_size to, unsigned int nr);
void leaf_count_read(unsigned long bytes[NR_LEAF_SIZES]);

/* repaint.c */
bool linear_map_can_repaint(void);
void repaint_linear_map(void);

/* mmu.c */
bool cmpxchg_swapper_pgd(pgd_t *pgdp, pgd_t old, pgd_t new);

#endif /* __ARM64_MM_LINEAR_MAP_H */
