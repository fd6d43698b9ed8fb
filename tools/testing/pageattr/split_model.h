/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two reference models for leaves that are split and collapsed. The translation model has
 * the output address and the attributes of each page, whatever the leaf sizes. The layout
 * model has the address, the level and the contiguous bit of each leaf.
 */
#ifndef SPLIT_MODEL_H
#define SPLIT_MODEL_H

#include "kernel_split.h"
#include "leaf_rows.h"
#include "model.h"
#include "tables.h"

/*
 * Map rows like map_mem() on a CPU with BBML2 without aborts: up to the highest level with
 * leaves in the linear map, and with nothing left to collapse.
 */
void map_linear_map_rows(void);

/*
 * Get one page of a block or contiguous group that begins at a bound. @nr starts as 0.
 * Returns false after the last one.
 */
bool next_partial_page(unsigned int *nr, unsigned long *start, unsigned long *end);

/* Expect the translation that the tables have now. */
void translation_record(void);

/* Expect a change of a range without holes. */
void translation_change(unsigned long start, unsigned long end, u64 set, u64 clear);

/* Whether the range has no hole; whether a page would change; whether a TLB can hold it. */
bool translation_is_complete(unsigned long start, unsigned long end);
bool translation_differs(unsigned long start, unsigned long end, u64 set, u64 clear);
bool translation_must_flush(unsigned long start, unsigned long end, u64 set, u64 clear);

/*
 * Compare the tables with the model. Also check that leaves are well formed, that no mark
 * of a collapse is left, that each table is linked or freed, and that counters are right.
 */
void translation_check(void);

/* Expect the leaves that the tables have now. */
void layout_record(void);

/* Expect that leaves and groups are split until none crosses @addr. */
void layout_split_at(unsigned long addr);

/* The same for a PUD block where the linear map has none, so that no collapse restores it. */
void layout_split_pud_at(unsigned long addr);

/* Compare the tables with the model. */
void layout_check(void);

/* Size of the leaf or contiguous group at @addr in the tables. */
unsigned long layout_leaf_size(unsigned long addr);

/* Call update_range_prot() and check both models, barriers and TLBIs. */
void checked_change(const struct op *op, unsigned long start, unsigned long end);

/* count_model.c: expect the counters to follow the tables; compare with @nr entries. */
void counts_record(void);
void counts_check(const struct found *found, unsigned int nr);

#endif /* SPLIT_MODEL_H */
