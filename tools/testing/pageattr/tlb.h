/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What TLBs and walk caches can hold. The architecture lets a CPU cache every entry that a
 * walk can see, at any time. The model is therefore a set: all entries that can be cached
 * now by any CPU. An entry leaves the set only by a TLBI that names it.
 *
 * The model follows the translation of single pages. Without a followed page it does nothing.
 */
#ifndef TLB_H
#define TLB_H

#include "log.h"
#include "tables.h"

/* Forget everything. */
void tlb_reset(void);

/* Follow the page at @addr. The tables are at rest. */
void tlb_follow(unsigned long addr);

/* Whether a followed page, or its contiguous group, uses the entry. */
bool tlb_follows(const u64 *entry);

/* Whether the TLBI names a followed page. */
bool tlb_names(const struct event *tlbi);

/*
 * The attributes that [@start, @end) must have: the old or the new ones from tlb_change()
 * to tlb_changed(), then the new ones only, or the old ones if the change has failed.
 */
void tlb_change(unsigned long start, unsigned long end, u64 set, u64 clear);
void tlb_changed(unsigned long start, unsigned long end, bool failed);

/* Compare all entries that can be cached with the attributes that the pages must have. */
void tlb_check(void);

/* Whether a followed page must be valid. */
bool tlb_wants_valid(unsigned long addr);

/* Events of log_cpu: it reads, replaces an entry, issues a barrier or TLBI, frees a table. */
void tlb_read(const u64 *entry);
void tlb_before_store(const u64 *entry);
void tlb_after_store(u64 *entry, u64 old);
void tlb_event(const struct event *ev);
void tlb_free(const struct table *table);

#endif /* TLB_H */
