// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (c) 2014, The Linux Foundation. All rights reserved.
 *
 * Attributes of kernel memory, changed in place on leaves of any size.
 *
 * A change is a walk of the range that looks, and then the stores. The look refuses
 * what cannot be changed as a whole, and finds out whether anything differs. The
 * stores cannot fail any more. So a call that returns an error has changed nothing.
 * They take a second walk, but where the PTEs of one table are the whole range:
 * the look has found these.
 *
 * All of that takes no lock: the caller owns the memory. It is one RCU read section,
 * which keeps the tables that others share.
 *
 * What may be changed live, and how, is the Arm ARM's, "TLB maintenance
 * requirements": permissions and validity of a leaf may, if a TLBI follows where
 * the old entry was valid. Its size may not.
 */
#include <linux/cleanup.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/mmu_context.h>
#include <linux/pagewalk.h>
#include <linux/pfn.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/kfence.h>
#include <asm/set_memory.h>
#include <asm/tlbflush.h>

#include "linear_map.h"
#include "trace.h"

/* The walk met leaves that have to be split first; no caller sees this. */
#define PAGEATTR_CUT		(-EXDEV)

/* The bits that a vmalloc mapping and its linear alias must agree in. */
#define PTE_ALIAS_MASK		(PTE_RDONLY | PTE_WRITE)

/**
 * struct pageattr - one change of attributes of one range
 * @start:	first address, in bytes
 * @end:	first address behind it
 * @set_mask:	bits to set in each leaf, after @clear_mask
 * @clear_mask:	bits to clear in each leaf
 * @ptep:	found by the look: the first entry, if PTEs of one table are the range
 * @all:	seen by the look: bits that all leaves have
 * @any:	seen by the look: bits that any leaf has
 * @differs:	seen by the look: a leaf was not yet as it shall be
 * @flush:	seen by the look: such a leaf was valid, so a TLB may hold it
 * @store:	this walk stores
 * @cut_first:	seen by the look: the leaf at @start has to be split there
 * @cut_last:	seen by the look: the leaf before @end has to be split there
 * @split:	leaves were split for the change
 */
struct pageattr {
	unsigned long start;
	unsigned long end;
	pteval_t set_mask;
	pteval_t clear_mask;
	pte_t *ptep;
	pteval_t all;
	pteval_t any;
	bool differs;
	bool flush;
	bool store;
	bool cut_first;
	bool cut_last;
	bool split;
};

bool rodata_full __ro_after_init = IS_ENABLED(CONFIG_RODATA_FULL_DEFAULT_ENABLED);

static pteval_t set_pageattr_masks(pteval_t val, pteval_t set_mask,
				   pteval_t clear_mask)
{
	return (val & ~clear_mask) | set_mask;
}

/*
 * The range ends inside the leaf, or the contiguous group, of @size bytes around @addr.
 * Where it can be split, that is done if a bit of it differs, when all of the range was
 * looked at: a call that is refused splits nothing. Where it cannot, an argument of
 * set_memory_*() can lead here with a huge vmalloc mapping; in the linear map it takes a
 * bug in the kernel.
 */
static int pageattr_cut(struct pageattr *pa, unsigned long addr, unsigned long size,
			bool differs)
{
	unsigned long leaf = ALIGN_DOWN(addr, size);

	if (!kernel_leaf_can_split()) {
		WARN_ON_ONCE(__is_lm_address(addr));
		return -EINVAL;
	}
	/* vmalloc makes no PUDs for this; its PMD tables would have a constructor. */
	if (size > CONT_PMD_SIZE && !__is_lm_address(addr))
		return -EINVAL;

	if (differs) {
		pa->cut_first |= leaf < pa->start;
		pa->cut_last |= leaf + (size - 1) > pa->end - 1;
	}

	return 0;
}

/* What the leaf @old shall be. */
static pteval_t pageattr_note(struct pageattr *pa, pteval_t old)
{
	pteval_t new = set_pageattr_masks(old, pa->set_mask, pa->clear_mask);

	pa->all &= old;
	pa->any |= old;
	if (old != new) {
		pa->differs = true;
		if (old & PTE_VALID)
			pa->flush = true;
	}

	return new;
}

/*
 * Look at the leaf *@val and make it what it shall be. Returns 1 if it has to be
 * stored.
 */
static int pageattr_leaf(pteval_t *val, unsigned long addr, unsigned long next,
			 unsigned long size, struct mm_walk *walk)
{
	struct pageattr *pa = walk->private;
	pteval_t old = *val;

	walk->action = ACTION_CONTINUE;
	*val = pageattr_note(pa, old);
	if (next - addr != size)
		return pageattr_cut(pa, addr, size, *val != old);

	return pa->store && *val != old;
}

/* Whether the range ends inside the aligned group of @size bytes around @addr. */
static bool pageattr_cuts_group(const struct pageattr *pa, unsigned long addr,
				unsigned long size)
{
	unsigned long group = ALIGN_DOWN(addr, size);

	return group < pa->start || group + (size - 1) > pa->end - 1;
}

static int pageattr_pgd_entry(pgd_t *pgdp, unsigned long addr,
			      unsigned long next, struct mm_walk *walk)
{
	pgd_t pgd = pgdp_get(pgdp);
	int ret;

	if (!pgd_leaf(pgd))
		return -EINVAL;

	ret = pageattr_leaf(&pgd_val(pgd), addr, next, PGDIR_SIZE, walk);
	if (ret > 0)
		set_pgd(pgdp, pgd);

	return min(ret, 0);
}

static int pageattr_p4d_entry(p4d_t *p4dp, unsigned long addr,
			      unsigned long next, struct mm_walk *walk)
{
	p4d_t p4d = p4dp_get(p4dp);
	int ret;

	if (!p4d_leaf(p4d))
		return -EINVAL;

	ret = pageattr_leaf(&p4d_val(p4d), addr, next, P4D_SIZE, walk);
	if (ret > 0)
		set_p4d(p4dp, p4d);

	return min(ret, 0);
}

static int pageattr_pud_entry(pud_t *pudp, unsigned long addr,
			      unsigned long next, struct mm_walk *walk)
{
	pud_t pud = pudp_get(pudp);
	int ret;

	if ((pud_val(pud) & COLLAPSE_MARKS) || (pud_present(pud) && pud_table(pud)))
		return collapse_walk_again(&pud_val(*pudp), pud_val(pud), addr, PUD_SIZE,
					   walk);
	if (!pud_leaf(pud))
		return -EINVAL;

	ret = pageattr_leaf(&pud_val(pud), addr, next, PUD_SIZE, walk);
	if (ret > 0)
		set_pud(pudp, pud);

	return min(ret, 0);
}

/*
 * A contiguous group is one leaf: all of it may be changed entry by entry, a part
 * of it may not, as the TLB may hold one entry for the whole (Arm ARM, "The
 * Contiguous bit"). Where groups are unfolded, ask the group, not the entry: a sibling
 * that still says contiguous is enough for that. @seen are bits of entries in the range.
 */
static __always_inline bool may_be_cont(pteval_t seen)
{
	return (seen & PTE_CONT) || system_supports_bbml2_noabort();
}

static bool cont_pmds(pmd_t *pmdp)
{
	int i;

	pmdp = PTR_ALIGN_DOWN(pmdp, sizeof(*pmdp) * CONT_PMDS);
	for (i = 0; i < CONT_PMDS; i++) {
		pmd_t pmd = pmdp_get(pmdp + i);

		if (pmd_leaf(pmd) && pmd_cont(pmd))
			return true;
	}

	return false;
}

/* What any of four entries has. */
static __always_inline pteval_t any_of_four(pte_t *ptep)
{
	return pte_val(__ptep_get(ptep)) | pte_val(__ptep_get(ptep + 1)) |
	       pte_val(__ptep_get(ptep + 2)) | pte_val(__ptep_get(ptep + 3));
}

/* Each change of a single page comes here. */
static __always_inline bool cont_ptes(pte_t *ptep)
{
	pteval_t any = 0;
	int i;

	for (i = 0; i < CONT_PTES; i += 16, ptep += 16)
		any |= any_of_four(ptep) | any_of_four(ptep + 4) |
		       any_of_four(ptep + 8) | any_of_four(ptep + 12);

	return any & PTE_CONT;
}

static int pageattr_pmd_entry(pmd_t *pmdp, unsigned long addr,
			      unsigned long next, struct mm_walk *walk)
{
	struct pageattr *pa = walk->private;
	pmd_t pmd = pmdp_get(pmdp);
	int ret;

	if ((pmd_val(pmd) & COLLAPSE_MARKS) || (pmd_present(pmd) && pmd_table(pmd)))
		return collapse_walk_again(&pmd_val(*pmdp), pmd_val(pmd), addr, PMD_SIZE,
					   walk);
	if (!pmd_leaf(pmd))
		return -EINVAL;

	if (!pa->store && may_be_cont(pmd_val(pmd)) &&
	    pageattr_cuts_group(pa, addr, CONT_PMD_SIZE) && cont_pmds(pmdp)) {
		pteval_t new = pageattr_note(pa, pmd_val(pmd));

		walk->action = ACTION_CONTINUE;
		return pageattr_cut(pa, addr, CONT_PMD_SIZE, new != pmd_val(pmd));
	}

	ret = pageattr_leaf(&pmd_val(pmd), addr, next, PMD_SIZE, walk);
	if (ret > 0)
		set_pmd(pmdp, pmd);

	return min(ret, 0);
}

/* The entries from @ptep to @end have a part of @group, which is contiguous. */
static __always_inline bool cuts_cont_ptes(pte_t *group, pte_t *ptep, pte_t *end)
{
	return (group < ptep || group + CONT_PTES > end) && cont_ptes(group);
}

/* The range has the entries from @ptep, which is that of @addr, to @end of a group. */
static int pageattr_cut_ptes(struct pageattr *pa, pte_t *ptep, pte_t *end,
			     unsigned long addr)
{
	bool differs = false;

	for (; ptep < end; ptep++) {
		pteval_t val = pte_val(__ptep_get(ptep));

		differs |= set_pageattr_masks(val, pa->set_mask, pa->clear_mask) != val;
	}

	return pageattr_cut(pa, addr, CONT_PTE_SIZE, differs);
}

/* PAGEATTR_CUT if the look, which returned @ret, can go on once leaves are split. */
static int pageattr_looked(const struct pageattr *pa, int ret)
{
	return ret ?: pa->cut_first || pa->cut_last ? PAGEATTR_CUT : 0;
}

/* The range cuts the group @first, of @ptep and @addr, or the group @last, or both. */
static noinline int pageattr_cut_groups(struct pageattr *pa, pte_t *ptep, pte_t *end,
					pte_t *first, pte_t *last, unsigned long addr)
{
	int ret = 0;

	if (cuts_cont_ptes(first, ptep, end))
		ret = pageattr_cut_ptes(pa, ptep, min(end, first + CONT_PTES), addr);
	if (!ret && last != first && cuts_cont_ptes(last, ptep, end))
		ret = pageattr_cut_ptes(pa, last, end, addr + (last - ptep) * PAGE_SIZE);

	return pageattr_looked(pa, ret);
}

/* Look at the PTEs of one table from @ptep, which is that of @addr, to @next. */
static __always_inline int pageattr_look_at_ptes(struct pageattr *pa, pte_t *ptep,
						 unsigned long addr, unsigned long next)
{
	const pteval_t set_mask = pa->set_mask, clear_mask = pa->clear_mask;
	const unsigned long group = sizeof(*ptep) * CONT_PTES;
	pte_t *end = ptep + PHYS_PFN(next - addr), *first, *last, *p;
	pteval_t all = pte_val(__ptep_get(ptep)), any = all;

	p = ptep + 1;
	if (p < end) {
		for (; p + 4 <= end; p += 4) {
			pteval_t a = pte_val(__ptep_get(p));
			pteval_t b = pte_val(__ptep_get(p + 1));
			pteval_t c = pte_val(__ptep_get(p + 2));
			pteval_t d = pte_val(__ptep_get(p + 3));

			all &= a & b & c & d;
			any |= a | b | c | d;
		}
		for (; p < end; p++) {
			pteval_t val = pte_val(__ptep_get(p));

			all &= val;
			any |= val;
		}
	}

	pa->all &= all;
	pa->any |= any;

	if (likely(pte_present(__pte(all)) && !((all ^ any) & PTE_VALID))) {
		if ((any & clear_mask & ~set_mask) | (set_mask & ~all)) {
			pa->differs = true;
			if (all & PTE_VALID)
				pa->flush = true;
		}
	} else {
		for (p = ptep; p < end; p++) {
			pte_t pte = __ptep_get(p);

			if (!pte_present(pte))
				return -EINVAL;
			pageattr_note(pa, pte_val(pte));
		}
	}

	/* Only the first and the last group can be cut. */
	if (!may_be_cont(any))
		return 0;
	first = PTR_ALIGN_DOWN(ptep, group);
	last = PTR_ALIGN_DOWN(end - 1, group);
	if (cuts_cont_ptes(first, ptep, end) ||
	    (last != first && cuts_cont_ptes(last, ptep, end)))
		return pageattr_cut_groups(pa, ptep, end, first, last, addr);

	return 0;
}

/* What changes in each entry, if it is the same in all that were looked at, or 0. */
static __always_inline pteval_t pageattr_flip(const struct pageattr *pa)
{
	/* Bits that all have, or none, change in all or in none. */
	if ((pa->all ^ pa->any) & (pa->set_mask | pa->clear_mask))
		return 0;

	return set_pageattr_masks(pa->all, pa->set_mask, pa->clear_mask) ^ pa->all;
}

static __always_inline void pageattr_flip_ptes(pte_t *ptep, unsigned long nr,
					       pteval_t flip)
{
	for (; nr >= 4; nr -= 4, ptep += 4) {
		__set_pte_nosync(ptep, __pte(pte_val(__ptep_get(ptep)) ^ flip));
		__set_pte_nosync(ptep + 1, __pte(pte_val(__ptep_get(ptep + 1)) ^ flip));
		__set_pte_nosync(ptep + 2, __pte(pte_val(__ptep_get(ptep + 2)) ^ flip));
		__set_pte_nosync(ptep + 3, __pte(pte_val(__ptep_get(ptep + 3)) ^ flip));
	}
	for (; nr; nr--, ptep++)
		__set_pte_nosync(ptep, __pte(pte_val(__ptep_get(ptep)) ^ flip));
}

/* As __set_pte() does, once for all: @stored are bits of any entry that was stored. */
static __always_inline void pageattr_stored(pteval_t stored)
{
	if (pte_valid_not_user(__pte(stored)))
		queue_pte_barriers();
}

/* Make @nr entries what they shall be, which all of them were looked at for. */
static void pageattr_store_ptes(const struct pageattr *pa, pte_t *ptep, unsigned long nr)
{
	const pteval_t set_mask = pa->set_mask, clear_mask = pa->clear_mask;
	pteval_t flip = pageattr_flip(pa), stored = 0;

	if (flip) {
		pageattr_flip_ptes(ptep, nr, flip);
		pageattr_stored(pa->any ^ flip);
		return;
	}

	for (; nr; nr--, ptep++) {
		pteval_t old = pte_val(__ptep_get(ptep));
		pteval_t new = set_pageattr_masks(old, set_mask, clear_mask);

		if (new == old)
			continue;
		__set_pte_nosync(ptep, __pte(new));
		stored |= new;
	}
	pageattr_stored(stored);
}

/* All entries of one table that are in the range. */
static int pageattr_pte_entry(pte_t *ptep, unsigned long addr,
			      unsigned long next, struct mm_walk *walk)
{
	struct pageattr *pa = walk->private;

	int ret;

	if (pa->store) {
		pageattr_store_ptes(pa, ptep, PHYS_PFN(next - addr));
		return 0;
	}

	/* What follows may be refused. */
	ret = pageattr_look_at_ptes(pa, ptep, addr, next);

	return ret == PAGEATTR_CUT ? 0 : ret;
}

static int pageattr_hole(unsigned long addr, unsigned long next, int depth,
			 struct mm_walk *walk)
{
	return -EINVAL;
}

static const struct mm_walk_ops pageattr_ops = {
	.pgd_entry	= pageattr_pgd_entry,
	.p4d_entry	= pageattr_p4d_entry,
	.pud_entry	= pageattr_pud_entry,
	.pmd_entry	= pageattr_pmd_entry,
	.pte_run	= pageattr_pte_entry,
	.pte_hole	= pageattr_hole,
	.skip_tables	= true,
	.table_mark	= COLLAPSE_MARKS,
};

static int pageattr_walk(struct pageattr *pa)
{
	return walk_kernel_page_table_range_lockless(pa->start, pa->end,
						     &pageattr_ops, pa);
}

/*
 * The walk, where the PTEs of one table are the range, as they are for almost every
 * call: straight down. Returns false where it takes the walk. Each entry is read once,
 * as there.
 */
static __always_inline bool pageattr_find_ptes(struct pageattr *pa)
{
	unsigned long start = pa->start, end = pa->end;
	pgd_t *pgdp = pgd_offset_k(start), pgd;
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t pmd;

	if (start >= end || ((start ^ (end - 1)) & PMD_MASK))
		return false;

	pgd = pgdp_get(pgdp);
	if (pgd_bad(pgd))
		return false;

	p4dp = p4d_offset_lockless(pgdp, pgd, start);
	p4d = p4dp_get(p4dp);
	if (p4d_bad(p4d))
		return false;

	pudp = pud_offset_lockless(p4dp, p4d, start);
	pud = pudp_get(pudp);
	/* With 64K pages pud_table() is always true. */
	if (pud_bad(pud) || !pud_table(pud))
		return false;

	pmd = pmdp_get(pmd_offset_lockless(pudp, pud, start));
	if (!pmd_table(pmd) || ((pud_val(pud) | pmd_val(pmd)) & COLLAPSE_MARKS))
		return false;

	pa->ptep = pte_offset_kernel(&pmd, start);

	return true;
}

static noinline int pageattr_look_many(struct pageattr *pa)
{
	pa->ptep = NULL;

	return pageattr_looked(pa, pageattr_walk(pa));
}

/* Nothing was seen yet. */
static __always_inline void pageattr_look_begin(struct pageattr *pa)
{
	pa->all = ~(pteval_t)0;
	pa->any = 0;
	pa->differs = false;
	pa->flush = false;
	pa->cut_first = false;
	pa->cut_last = false;
}

/* With PAGEATTR_CUT, all of the range can be changed once it is split at its ends. */
static int pageattr_look(struct pageattr *pa)
{
	pageattr_look_begin(pa);
	if (pageattr_find_ptes(pa))
		return pageattr_look_at_ptes(pa, pa->ptep, pa->start, pa->end);

	return pageattr_look_many(pa);
}

static noinline void pageattr_trace(const struct pageattr *pa)
{
	unsigned long bytes[NR_LEAF_SIZES];

	leaf_count_walk(pa->start, pa->end, bytes);
	trace_pageattr_change(pa->start, pa->end, pa->set_mask, pa->clear_mask, bytes,
			      pa->differs, pa->split, pa->flush);
}

static noinline void pageattr_store_many(struct pageattr *pa, bool lazy)
{
	/* The end of a section inside of another puts into effect what both stored. */
	if (!lazy)
		arch_enter_lazy_mmu_mode();
	if (pa->ptep) {
		pageattr_store_ptes(pa, pa->ptep, PHYS_PFN(pa->end - pa->start));
	} else {
		pa->store = true;
		WARN_ON_ONCE(pageattr_walk(pa));
		pa->store = false;
	}
	if (!lazy)
		arch_leave_lazy_mmu_mode();
}

/*
 * Store what pageattr_look() has looked at, in the same RCU read section. The
 * entries are in effect on return, or with @lazy when lazy MMU mode ends, but a TLB may
 * hold former ones where @pa->flush says so.
 */
static __always_inline void pageattr_store(struct pageattr *pa, const bool lazy)
{
	pteval_t new;

	if (trace_pageattr_change_enabled())
		pageattr_trace(pa);
	if (!pa->differs)
		return;

	if (!pa->ptep || pa->end - pa->start != PAGE_SIZE) {
		pageattr_store_many(pa, lazy);
		return;
	}

	/*
	 * One entry: nothing can fault between its store and the barriers. Read it
	 * again: a group that it was part of may have been split since.
	 */
	new = set_pageattr_masks(pte_val(__ptep_get(pa->ptep)), pa->set_mask,
				 pa->clear_mask);
	__set_pte_nosync(pa->ptep, __pte(new));
	if (!pte_valid_not_user(__pte(new)))
		return;
	if (lazy)
		queue_pte_barriers();
	else
		emit_pte_barriers();
}

static __always_inline int pageattr_look_and_store(struct pageattr *pa)
{
	int ret;

	rcu_read_lock();
	ret = pageattr_look(pa);
	if (!ret)
		pageattr_store(pa, false);
	rcu_read_unlock();

	return ret;
}

/* What follows pageattr_flush_begin(), for one range or several. */
VISIBLE_IF_KUNIT void pageattr_flush_range(unsigned long start, unsigned long end)
{
	KUNIT_STATIC_STUB_REDIRECT(pageattr_flush_range, start, end);
	__flush_tlb_kernel_range_nosync(start, end);
}

static __always_inline void pageattr_flush_begin(void)
{
	dsb(ishst);
}

static __always_inline void pageattr_flush_end(void)
{
	__tlbi_sync_s1ish();
	isb();
}

static void pageattr_flush(const struct pageattr *pa)
{
	if (!pa->flush)
		return;
	pageattr_flush_begin();
	pageattr_flush_range(pa->start, pa->end);
	pageattr_flush_end();
}

/* What is made valid or writable may be put back together. */
static __always_inline bool pageattr_collapses(const struct pageattr *pa)
{
	return system_supports_bbml2_noabort() && (pa->set_mask & (PTE_WRITE | PTE_VALID));
}

static __always_inline void pageattr_collapse(const struct pageattr *pa)
{
	if (pageattr_collapses(pa) && pa->differs)
		collapse_kernel_leaves(pa->start, pa->end);
}

/* Split what the look, which returned @ret, could not go on at. */
static int pageattr_split(struct pageattr *pa, int ret)
{
	if (likely(ret != PAGEATTR_CUT))
		return ret;

	pa->split = true;
	ret = split_kernel_leaf_mapping(pa->cut_first ? pa->start : pa->end,
					pa->cut_last ? pa->end : pa->start);

	return ret ?: PAGEATTR_CUT;
}

/* The caller invalidates the TLBs, where @pa->flush says so. */
static __always_inline int pageattr_change_noflush(struct pageattr *pa)
{
	int ret;

	/* A collapse may come between a split and the look that follows. */
	do {
		ret = pageattr_split(pa, pageattr_look_and_store(pa));
	} while (unlikely(ret == PAGEATTR_CUT));
	if (!ret)
		pageattr_collapse(pa);

	return ret;
}

static int pageattr_change(struct pageattr *pa)
{
	int ret = pageattr_change_noflush(pa);

	if (!ret)
		pageattr_flush(pa);

	return ret;
}

/**
 * update_range_prot - change attributes of a range of kernel memory
 * @start:	first address, in bytes, page aligned and without a tag
 * @size:	size in bytes, a multiple of the page size
 * @set_mask:	bits to set in each leaf
 * @clear_mask:	bits to clear in each leaf, before @set_mask
 *
 * The masks are given as bits of a page descriptor; those of permissions and
 * validity are the same at every level. Nothing is done to an alias. The TLBs are
 * invalidated, once, if a leaf was valid and changed; not if validity was all
 * that was missing, as invalid entries are never cached (Arm ARM, "TLB
 * maintenance requirements").
 *
 * Context: Any but NMI, and task context that may sleep if a leaf has to be split. The
 * caller owns the range, see walk_kernel_page_table_range_lockless(). No lock is held
 * while entries change; where leaves can be put together, asking for that takes one.
 *
 * Return: 0. -EINVAL if @size is 0, if part of the range is not mapped, or if it
 * has only a part of a leaf or of a contiguous group, which cannot be split; or what
 * split_kernel_leaf_mapping() returns, -EAGAIN also where nothing is to be split. No
 * attribute has changed then.
 */
VISIBLE_IF_KUNIT int update_range_prot(unsigned long start, unsigned long size,
				       pgprot_t set_mask, pgprot_t clear_mask)
{
	struct pageattr pa = {
		.start		= start,
		.end		= start + size,
		.set_mask	= pgprot_val(set_mask),
		.clear_mask	= pgprot_val(clear_mask),
	};

	return pageattr_change(&pa);
}
EXPORT_SYMBOL_IF_KUNIT(update_range_prot);

/* Without the tag that page_address() may add. */
static unsigned long linear_address(struct page *page)
{
	return (unsigned long)kasan_reset_tag(page_to_virt(page));
}

/*
 * Pages of a vmalloc area are seldom scattered: the allocator hands out
 * neighbours, in rising or in falling order. Make the longest such run from @pages
 * on, and before @end, the range of @pa, and return where the next one begins.
 */
static __always_inline struct page **
pageattr_alias_run(struct pageattr *pa, struct page **pages, struct page **end)
{
	struct page **p = pages + 1, *low = *pages, *next = low + 1;

	/* The map of pages is virtual: neighbours are so by their address, too. */
	if (p < end && *p == low - 1) {
		for (; end - p >= 4 && p[0] == low - 1 && p[1] == low - 2 &&
		     p[2] == low - 3 && p[3] == low - 4; p += 4)
			low -= 4;
		for (; p < end && *p == low - 1; p++)
			low--;
	} else {
		for (; end - p >= 4 && p[0] == next && p[1] == next + 1 &&
		     p[2] == next + 2 && p[3] == next + 3; p += 4)
			next += 4;
		for (; p < end && *p == next; p++)
			next++;
	}

	pa->start = linear_address(low);
	pa->end = pa->start + (p - pages) * PAGE_SIZE;

	return p;
}

/* So many runs of the alias are stored, and leave the TLBs, together. */
#define PAGEATTR_RUNS	32

/**
 * struct pageattr_run - what the look saw of one run of the alias
 * @start:	first address, in bytes
 * @end:	first address behind it
 * @ptep:	as in struct pageattr
 * @differs:	as in struct pageattr
 * @flush:	as in struct pageattr
 */
struct pageattr_run {
	unsigned long start;
	unsigned long end;
	pte_t *ptep;
	bool differs;
	bool flush;
};

/* The change of the alias that goes with @pa, of no run yet. */
static void pageattr_alias(struct pageattr *alias, const struct pageattr *pa)
{
	alias->start = 0;
	alias->set_mask = pa->set_mask & PTE_ALIAS_MASK;
	alias->clear_mask = pa->clear_mask & PTE_ALIAS_MASK;
	alias->ptep = NULL;
	alias->store = false;
	alias->split = pa->split;
}

/*
 * Look at the run that @alias is of now; @alias->all and @alias->any are of all runs since
 * pageattr_look_begin(). Most runs are in the table of the one before, which was at
 * @before: this RCU read section keeps it.
 */
static __always_inline int pageattr_look_at_run(struct pageattr *alias,
						unsigned long before)
{
	unsigned long other = (before ^ alias->start) | (before ^ (alias->end - 1));

	alias->differs = false;
	alias->flush = false;
	if (alias->ptep && !(other & PMD_MASK))
		alias->ptep = PTR_ALIGN_DOWN(alias->ptep, PAGE_SIZE) +
			      pte_index(alias->start);
	else if (!pageattr_find_ptes(alias))
		return pageattr_look_many(alias);

	return pageattr_look_at_ptes(alias, alias->ptep, alias->start, alias->end);
}

static __always_inline struct pageattr_run pageattr_keep(const struct pageattr *alias)
{
	return (struct pageattr_run){
		.start = alias->start, .end = alias->end, .ptep = alias->ptep,
		.differs = alias->differs, .flush = alias->flush,
	};
}

/* Store one run, in lazy MMU mode: with @flip, that is what changes in each entry. */
static __always_inline void pageattr_store_run(struct pageattr *alias,
					       const struct pageattr_run *run,
					       pteval_t flip)
{
	if (flip && run->ptep) {
		pageattr_flip_ptes(run->ptep, PHYS_PFN(run->end - run->start), flip);
		return;
	}

	alias->start = run->start;
	alias->end = run->end;
	alias->ptep = run->ptep;
	alias->differs = run->differs;
	alias->flush = run->flush;
	pageattr_store(alias, true);
}

/* Split all that the change needs to be split; nothing has changed yet. */
static noinline int pageattr_split_all(struct pageattr *pa, struct page **pages,
				       struct page **end)
{
	struct pageattr range = *pa;
	int ret;

	for (;;) {
		do {
			rcu_read_lock();
			ret = pageattr_look(&range);
			rcu_read_unlock();
			ret = pageattr_split(&range, ret);
		} while (ret == PAGEATTR_CUT);
		pa->split |= range.split;
		if (ret || pages == end)
			return ret;

		pageattr_alias(&range, pa);
		pages = pageattr_alias_run(&range, pages, end);
	}
}

/*
 * Change @pa and, with the same bits, the linear alias of the pages from @pages to
 * @end. All of both was looked at, and cannot fail, before the first store to either.
 */
static __always_inline int pageattr_change_with_alias(struct pageattr *pa,
						      struct page **pages,
						      struct page **end)
{
	struct pageattr_run runs[PAGEATTR_RUNS] __uninitialized, *last = runs, *run;
	struct page **p = pages, **rest = pages;
	bool cut = false, flush = false;
	struct pageattr alias __uninitialized;
	unsigned long before;
	pteval_t flip;
	int ret;

	pageattr_alias(&alias, pa);
	rcu_read_lock();
	ret = pageattr_look(pa);
	pageattr_look_begin(&alias);
	for (;;) {
		if (unlikely(ret)) {
			if (ret != PAGEATTR_CUT)
				goto out;
			cut = true;
		}
		if (p == end)
			break;

		before = alias.start;
		p = pageattr_alias_run(&alias, p, end);
		ret = pageattr_look_at_run(&alias, before);
		if (last < runs + PAGEATTR_RUNS) {
			*last++ = pageattr_keep(&alias);
			rest = p;
		}
	}
	ret = cut ? PAGEATTR_CUT : 0;
	if (ret)
		goto out;

	for (;;) {
		/* What all of them have is in each. */
		flip = trace_pageattr_change_enabled() ? 0 : pageattr_flip(&alias);
		arch_enter_lazy_mmu_mode();
		for (run = runs; run < last; run++) {
			pageattr_store_run(&alias, run, flip);
			flush |= run->flush;
		}
		if (flip)
			pageattr_stored(alias.any ^ flip);
		if (rest == end) {
			pageattr_store(pa, true);
			flush |= pa->flush;
		}
		arch_leave_lazy_mmu_mode();

		if (flush)
			pageattr_flush_begin();
		for (run = runs; run < last; run++) {
			if (run->flush)
				pageattr_flush_range(run->start, run->end);
			if (pageattr_collapses(&alias) && run->differs)
				collapse_kernel_leaves(run->start, run->end);
		}
		if (rest == end)
			break;

		/* What has passed once passes again. */
		for (last = runs; last < runs + PAGEATTR_RUNS && rest < end; last++) {
			before = alias.start;
			rest = pageattr_alias_run(&alias, rest, end);
			pageattr_look_at_run(&alias, before);
			*last = pageattr_keep(&alias);
		}
	}
	if (pa->flush)
		pageattr_flush_range(pa->start, pa->end);
	if (flush)
		pageattr_flush_end();
out:
	rcu_read_unlock();

	return ret;
}

static int change_memory_common(unsigned long addr, int numpages,
				pteval_t set_mask, pteval_t clear_mask)
{
	unsigned long start = (unsigned long)kasan_reset_tag((void *)addr);
	struct pageattr pa = {
		.start		= start,
		.end		= start + PAGE_SIZE * numpages,
		.set_mask	= set_mask,
		.clear_mask	= clear_mask,
	};
	unsigned long first, nr_mapped;
	struct vm_struct *area;
	bool alias;

	area = find_vm_area((void *)start);
	if (!area || !(area->flags & VM_ALLOC) || !PAGE_ALIGNED(start))
		return -EINVAL;

	first = PHYS_PFN(start - (unsigned long)kasan_reset_tag(area->addr));
	nr_mapped = PHYS_PFN(get_vm_area_size(area));
	if (first > nr_mapped || (unsigned long)numpages > nr_mapped - first)
		return -EINVAL;

	if (!numpages)
		return 0;

	/* Else the pages could be written by their address in the linear map. */
	alias = rodata_full && ((set_mask | clear_mask) & PTE_ALIAS_MASK);
	if (alias && first + numpages > area->nr_pages)
		return -EINVAL;

	/* Areas that were freed, but not yet unmapped, may map the pages too. */
	vm_unmap_aliases();

	if (alias) {
		struct page **pages = area->pages + first, **end = pages + numpages;
		int ret;

		do {
			ret = pageattr_change_with_alias(&pa, pages, end);
			if (unlikely(ret == PAGEATTR_CUT))
				ret = pageattr_split_all(&pa, pages, end) ?: PAGEATTR_CUT;
		} while (unlikely(ret == PAGEATTR_CUT));

		return ret;
	}

	return update_range_prot(start, PAGE_SIZE * numpages, __pgprot(set_mask),
				 __pgprot(clear_mask));
}

/**
 * set_memory_ro - make vmalloc memory read-only
 * @addr:	first address, in bytes, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * With rodata=full the linear alias of these pages, and of no others, changes
 * with them.
 *
 * Context: Task context, may sleep (vm_unmap_aliases()). The caller owns the
 * memory: it allocated the area, and changes it nowhere else meanwhile.
 *
 * Return: 0, also for 0 pages. -EINVAL if the range is not page aligned, not
 * within one area that vmalloc() and its kind allocated (its guard page does not
 * count), not mapped throughout, if it ends inside a huge mapping that cannot be
 * split, or if the area does not say which pages it has and the alias has to change;
 * or what split_kernel_leaf_mapping() returns. The permissions of the mapping and of
 * the alias are then as before.
 */
int set_memory_ro(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_RDONLY, PTE_WRITE);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_ro);

/**
 * set_memory_rw - make vmalloc memory writable
 * @addr:	first address, in bytes, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * The reverse of set_memory_ro(), in every respect.
 *
 * Context: As set_memory_ro().
 * Return: As set_memory_ro().
 */
int set_memory_rw(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_WRITE, PTE_RDONLY);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_rw);

/**
 * set_memory_nx - make vmalloc memory not executable
 * @addr:	first address, in bytes, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * The linear alias is not executable anyway, and is left alone.
 *
 * Context: As set_memory_ro().
 * Return: As set_memory_ro().
 */
int set_memory_nx(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_PXN, PTE_MAYBE_GP);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_nx);

/**
 * set_memory_x - make vmalloc memory executable by the kernel
 * @addr:	first address, in bytes, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * Context: As set_memory_ro().
 * Return: As set_memory_ro().
 */
int set_memory_x(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_MAYBE_GP, PTE_PXN);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_x);

/**
 * set_memory_rox - make vmalloc memory read-only and executable
 * @addr:	first address, in bytes, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * What set_memory_ro() and then set_memory_x() do, in one pass.
 *
 * Context: As set_memory_ro().
 * Return: As set_memory_ro().
 */
int set_memory_rox(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_RDONLY | PTE_MAYBE_GP,
				    PTE_WRITE | PTE_PXN);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_rox);

/**
 * set_memory_valid - give memory of the linear map its validity, or take it
 * @addr:	first address in the linear map, in bytes; a tag is ignored
 * @numpages:	number of pages
 * @enable:	non-zero to make it valid
 *
 * What was made invalid and then valid is bit for bit what it was. The TLBs are
 * invalidated only where a valid leaf changed.
 *
 * Context: Any but NMI, interrupts on or off, and task context that may sleep if a
 * leaf has to be split. The caller owns the pages.
 *
 * Return: 0. -EINVAL if the range is empty, not mapped throughout, or ends inside a
 * leaf that cannot be split; the last is a bug and warns once. Or what
 * split_kernel_leaf_mapping() returns. Nothing has changed then.
 */
int set_memory_valid(unsigned long addr, int numpages, int enable)
{
	unsigned long start = (unsigned long)kasan_reset_tag((void *)addr);
	pgprot_t invalid = __pgprot(PTE_PRESENT_INVALID);

	if (enable)
		return update_range_prot(start, PAGE_SIZE * numpages,
					 __pgprot(PTE_VALID_KERNEL), invalid);

	return update_range_prot(start, PAGE_SIZE * numpages, invalid,
				 __pgprot(PTE_VALID));
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_valid);

/**
 * can_set_direct_map - whether single pages of the linear map can be changed
 *
 * That takes a linear map of pages, or of leaves that can be split: rodata=full and
 * debug_pagealloc ask for it, and a KFENCE pool that may be set up late.
 *
 * Context: Any.
 * Return: true if they can.
 */
bool can_set_direct_map(void)
{
	return rodata_full || debug_pagealloc_enabled() ||
	       arm64_kfence_can_set_direct_map();
}

/**
 * set_direct_map_invalid_noflush - take a page out of the linear map
 * @page:	the page
 *
 * The TLBs may hold the former entry until the caller has invalidated it.
 *
 * Context: Any but NMI, and task context that may sleep if a leaf has to be split. The
 * caller owns the page.
 * Return: 0, also if !can_set_direct_map(), when nothing is done. -EINVAL if the page
 * is not mapped, or by a leaf that cannot be split; or what split_kernel_leaf_mapping()
 * returns. Nothing has changed then.
 */
int set_direct_map_invalid_noflush(struct page *page)
{
	unsigned long start = linear_address(page);
	struct pageattr pa = {
		.start		= start,
		.end		= start + PAGE_SIZE,
		.set_mask	= PTE_PRESENT_INVALID,
		.clear_mask	= PTE_VALID,
	};

	if (!can_set_direct_map())
		return 0;

	return pageattr_change_noflush(&pa);
}

/**
 * set_direct_map_default_noflush - put a page back into the linear map
 * @page:	the page
 *
 * Makes the page valid and writable. A page that was invalid is in no TLB. One
 * that was valid and read-only may be, and here it is invalidated in spite of the
 * function's name: a write by the former entry takes a permission fault, and the
 * kernel forgives itself spurious translation faults only.
 *
 * Context: Any but NMI, and task context that may sleep if a leaf has to be split: not
 * for a page that set_direct_map_invalid_noflush() took out by itself. The caller owns
 * the page.
 * Return: As set_direct_map_invalid_noflush().
 */
int set_direct_map_default_noflush(struct page *page)
{
	if (!can_set_direct_map())
		return 0;

	return update_range_prot(linear_address(page), PAGE_SIZE,
				 __pgprot(PTE_VALID_KERNEL | PTE_WRITE),
				 __pgprot(PTE_PRESENT_INVALID | PTE_RDONLY));
}

/**
 * set_direct_map_valid_noflush - take pages out of the linear map, or put them back
 * @page:	the first page
 * @nr:		number of pages, adjacent in memory
 * @valid:	whether they shall be valid
 *
 * Puts them back as they were, where set_direct_map_default_noflush() gives one page
 * the default.
 *
 * Context: As set_direct_map_invalid_noflush().
 * Return: As set_direct_map_invalid_noflush().
 */
int set_direct_map_valid_noflush(struct page *page, unsigned int nr, bool valid)
{
	unsigned long start = linear_address(page);
	struct pageattr pa = {
		.start		= start,
		.end		= start + nr * PAGE_SIZE,
		.set_mask	= valid ? PTE_VALID_KERNEL : PTE_PRESENT_INVALID,
		.clear_mask	= valid ? PTE_PRESENT_INVALID : PTE_VALID,
	};

	if (!can_set_direct_map())
		return 0;

	return pageattr_change_noflush(&pa);
}

/**
 * reset_direct_map - put pages of a vmalloc area back into the linear map
 * @pages:	the pages
 * @nr:		their number
 *
 * Makes valid and writable what is not, and leaves alone what is, whatever leaf maps
 * it. So nothing has to be split, and it cannot fail: what differs was split when it
 * was made to differ.
 *
 * Context: Task context. The caller owns the pages, and no TLB has another mapping of
 * them that is executable.
 */
void reset_direct_map(struct page **pages, unsigned int nr)
{
	struct pageattr pa = {
		.set_mask	= PTE_VALID_KERNEL | PTE_WRITE,
		.clear_mask	= PTE_PRESENT_INVALID | PTE_RDONLY,
	};
	struct page **end = pages + nr;
	unsigned long flush_start = ULONG_MAX, flush_end = 0;

	if (!can_set_direct_map())
		return;

	while (pages < end) {
		pages = pageattr_alias_run(&pa, pages, end);
		if (WARN_ON_ONCE(pageattr_look_and_store(&pa)))
			continue;
		pageattr_collapse(&pa);
		if (!pa.flush)
			continue;
		flush_start = min(flush_start, pa.start);
		flush_end = max(flush_end, pa.end);
	}

	/* As in set_direct_map_default_noflush(): a write fault would be final. */
	if (flush_start < flush_end) {
		pageattr_flush_begin();
		pageattr_flush_range(flush_start, flush_end);
		pageattr_flush_end();
	}
}

#ifdef CONFIG_DEBUG_PAGEALLOC
/**
 * __kernel_map_pages - map or unmap free pages for debug_pagealloc
 * @page:	first page
 * @numpages:	number of pages
 * @enable:	non-zero to map them
 *
 * Context: Any but NMI, interrupts on or off.
 */
void __kernel_map_pages(struct page *page, int numpages, int enable)
{
	if (!can_set_direct_map())
		return;

	set_memory_valid(linear_address(page), numpages, enable);
}
#endif /* CONFIG_DEBUG_PAGEALLOC */

/**
 * kernel_page_present - whether a page can be read in the linear map
 * @page:	the page
 *
 * Context: Any. The answer is as good as the caller's hold on the page.
 * Return: true if the leaf that maps it is valid, whatever its size.
 */
bool kernel_page_present(struct page *page)
{
	unsigned long addr = linear_address(page);
	pgd_t *pgdp = pgd_offset_k(addr), pgd;
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t pmd;

	/* For the tables, which a collapse may replace: each entry is read once. */
	guard(rcu)();

	pgd = pgdp_get(pgdp);
	if (pgd_none(pgd))
		return false;

	p4dp = p4d_offset_lockless(pgdp, pgd, addr);
	p4d = p4dp_get(p4dp);
	if (p4d_none(p4d))
		return false;

	pudp = pud_offset_lockless(p4dp, p4d, addr);
	pud = pudp_get(pudp);
	if (pud_none(pud))
		return false;
	if (pud_leaf(pud))
		return pud_valid(pud);

	pmd = pmdp_get(pmd_offset_lockless(pudp, pud, addr));
	if (pmd_none(pmd))
		return false;
	if (pmd_leaf(pmd))
		return pmd_valid(pmd);

	return pte_valid(__ptep_get(pte_offset_kernel(&pmd, addr)));
}
