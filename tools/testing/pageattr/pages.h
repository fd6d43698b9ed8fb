/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference where leaves are split and put together: what each page translates to,
 * and with which attributes; and apart from that, which leaves there have to be.
 */
#ifndef PAGES_H
#define PAGES_H

#include "model.h"
#include "tables.h"
#include "window.h"

/* Take what the tables have as what there shall be. */
void pages_take(void);

/* What a change of a range does, which has no hole; and what that would be. */
void pages_change(unsigned long start, unsigned long end, u64 set, u64 clear);
bool pages_whole(unsigned long start, unsigned long end);
bool pages_differ(unsigned long start, unsigned long end, u64 set, u64 clear);
bool pages_any_valid(unsigned long start, unsigned long end, u64 set, u64 clear);

/*
 * All pages are as they shall be; blocks, pages and contiguous groups are well formed;
 * no mark is left; no table was lost; the leaves are counted right.
 */
void pages_check(void);

/*
 * The leaves: take those that there are as what there shall be, have them begin at
 * @addr too, and compare. What cannot be put together again can be left out of that.
 */
void shape_take(void);
void shape_cut(unsigned long addr);
void shape_check(void);
void shape_split_for_good(unsigned long addr);

/* How much the leaf, or the contiguous group, at @addr maps. */
unsigned long shape_size_at(unsigned long addr);

/* update_range_prot(), or what else does the same, was planned, called and checked. */
void checked_change(const struct op *op, unsigned long start, unsigned long end);

#endif /* PAGES_H */
