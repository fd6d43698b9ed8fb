// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (c) 2014, The Linux Foundation. All rights reserved.
 */

/**
 * DOC: changing the attributes of kernel memory
 *
 * These functions change permissions and validity of kernel mappings in place, on leaves of
 * any size.
 * With rodata=full, read-only and writable also apply to the linear alias of vmalloc memory.
 *
 * The check pass walks all ranges of a change and stores no attribute. It refuses a range that
 * cannot change as a whole, and finds the leaves that must be split first. The apply pass
 * walks the same ranges in a lazy MMU section and cannot fail. A call that returns an
 * error has therefore changed no attribute. The TLBs are invalidated once, after the
 * apply pass, if a valid leaf has changed (Arm ARM, "TLB maintenance requirements").
 *
 * The walks and the stores take no lock: the caller owns the memory, and nothing else
 * changes it meanwhile.
 * Both passes run in one RCU read-side critical section, which keeps the tables in place.
 * A split runs outside of this section. Another check pass follows, as a collapse can undo
 * the split.
 *
 * Context: set_memory_ro(), set_memory_rw(), set_memory_x(), set_memory_nx() and
 * set_memory_rox() may sleep. The other functions run in any context but NMI. Where a leaf
 * must be split, they run in task context that may sleep.
 *
 * Return: 0 on success. -EINVAL if the range is empty or not mapped throughout, or if it
 * partially covers a leaf that cannot be split, which warns once in the linear map.
 * -EBUSY and -ENOMEM come from split_kernel_leaf_at(). No attribute has changed then.
 */
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

#include <kunit/visibility.h>

#include <asm/kfence.h>
#include <asm/set_memory.h>
#include <asm/tlbflush.h>

#include "linear_map.h"
#include "trace.h"

/* Results of the check pass: the leaf that crosses an end of the range must be split. */
enum { SPLIT_START = 1, SPLIT_END = 2 };

/* The bits in which a vmalloc mapping and its linear alias must agree. */
#define PTE_ALIAS_MASK		(PTE_RDONLY | PTE_WRITE)

/**
 * struct pageattr - a change of the attributes of a range
 * @start:	start address
 * @end:	end address (exclusive)
 * @set_mask:	bits to set in each leaf, after @clear_mask
 * @clear_mask:	bits to clear in each leaf
 * @table:	the last table of PTEs that was found
 * @table_addr:	an address that @table maps, 0 if there is none
 * @seen:	descriptor that the last PUD callback has read, see kernel_table_settled()
 * @replaced:	set by the apply pass: bits of the old values of leaves that changed, and
 *		PTE_VALID if the TLBs can hold one of them
 * @split:	set by the check pass: SPLIT_START, SPLIT_END
 * @was_split:	leaves were split for this change
 */
struct pageattr {
	unsigned long start;
	unsigned long end;
	pteval_t set_mask;
	pteval_t clear_mask;
	pte_t *table;
	unsigned long table_addr;
	u64 seen;
	pteval_t replaced;
	unsigned int split;
	bool was_split;
};

struct pageattr_range {
	unsigned long start;
	unsigned long end;
};

/* Number of runs that the check pass keeps, and of ranges that are invalidated separately. */
#define PAGEATTR_RUNS		32

/**
 * struct pageattr_alias - a change of the attributes of a linear alias
 * @pa:		the change; its range is the current run of adjacent pages
 * @pages:	the pages
 * @nr_pages:	number of @pages
 * @next:	index of the first page of the next run
 * @run:	number of the next run, at most PAGEATTR_RUNS
 * @nr_runs:	number of runs that are kept in @runs
 * @runs:	the first PAGEATTR_RUNS runs, kept from the check pass; the last slot is for a
 *		later run
 * @nr_flush:	number of ranges that have changed
 * @flush:	these ranges; the last slot is for all further ranges and what lies between them
 */
struct pageattr_alias {
	struct pageattr pa;
	struct page **pages;
	unsigned int nr_pages;
	unsigned int next;
	unsigned int run;
	unsigned int nr_runs;
	struct pageattr_range runs[PAGEATTR_RUNS + 1];
	unsigned int nr_flush;
	struct pageattr_range flush[PAGEATTR_RUNS];
};

bool rodata_full __ro_after_init = IS_ENABLED(CONFIG_RODATA_FULL_DEFAULT_ENABLED);

/* Compute the new value of a leaf; returns whether it changes. */
static bool pageattr_changes(const struct pageattr *pa, pteval_t *val)
{
	pteval_t old = *val;

	*val = (old & ~pa->clear_mask) | pa->set_mask;

	return *val != old;
}

/* Whether the range partially covers the leaf, or group, of @size bytes around @addr. */
static bool partially_covered(const struct pageattr *pa, unsigned long addr, unsigned long size)
{
	unsigned long first = ALIGN_DOWN(addr, size);

	return first < pa->start || first + (size - 1) > pa->end - 1;
}

/*
 * Whether the group of @nr entries around @entry is contiguous. The TLB can hold one entry
 * for the group as long as an entry of it has the bit (Arm ARM, "The Contiguous bit").
 * Entries differ in the bit while a split clears it.
 */
static __always_inline bool is_contiguous(const u64 *entry, unsigned int nr)
{
	unsigned int i;
	u64 any = 0;

	entry = PTR_ALIGN_DOWN(entry, nr * sizeof(*entry));
	for (i = 0; i < nr; i++)
		any |= READ_ONCE(entry[i]);

	return any & PTE_CONT;
}

/* Check the leaf @val of @size bytes around @addr. */
static int check_leaf(struct pageattr *pa, pteval_t val, unsigned long addr, unsigned long size)
{
	if (!partially_covered(pa, addr, size))
		return 0;
	if (!kernel_leaf_can_split()) {
		WARN_ON_ONCE(__is_lm_address(addr));
		return -EINVAL;
	}
	/* Only vmap() of I/O memory makes PUD blocks. Its PMD table would need a constructor. */
	if (size > CONT_PMD_SIZE && !__is_lm_address(addr))
		return -EINVAL;

	if (!pageattr_changes(pa, &val))
		return 0;
	/* If the leaf crosses both ends, the next check pass finds the rest to split. */
	pa->split |= ALIGN_DOWN(addr, size) < pa->start ? SPLIT_START : SPLIT_END;

	return 0;
}

/*
 * Check the PTE group around @addr, if it is contiguous and partially covered. Its covered
 * entries have the same attributes.
 */
static __always_inline int check_group(struct pageattr *pa, pte_t *ptep, unsigned long addr)
{
	if (!partially_covered(pa, addr, CONT_PTE_SIZE) ||
	    !is_contiguous(&pte_val(*ptep), CONT_PTES))
		return 0;

	return check_leaf(pa, pte_val(__ptep_get(ptep)), addr, CONT_PTE_SIZE);
}

/* Check the PTEs of [@addr, @end), which are in one table. */
static __always_inline int check_ptes(struct pageattr *pa, pte_t *ptep, unsigned long addr,
				      unsigned long end)
{
	pte_t *endp = ptep + PHYS_PFN(end - addr), *p = ptep;
	pteval_t any = 0;
	int ret;

	do {
		pteval_t val = pte_val(__ptep_get(p));

		/* pte_present() in one test */
		if (!(val & (PTE_VALID | PTE_PRESENT_INVALID)))
			return -EINVAL;
		any |= val;
	} while (++p != endp);

	/* Without BBML2, no group is split: each of its entries has the bit. */
	if (!(any & PTE_CONT) && !system_supports_bbml2_noabort())
		return 0;

	/* The range can cover only its first and its last group partially. */
	ret = check_group(pa, ptep, addr);
	if (!ret && ALIGN_DOWN(end - 1, CONT_PTE_SIZE) > addr)
		ret = check_group(pa, endp - 1, end - PAGE_SIZE);

	return ret;
}

static int check_pgd(pgd_t *pgdp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pgd_t pgd = pgdp_get(pgdp);

	if (pgd_leaf(pgd))
		return check_leaf(walk->private, pgd_val(pgd), addr, PGDIR_SIZE);

	return pgd_bad(pgd) ? -EINVAL : 0;
}

static int check_p4d(p4d_t *p4dp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	p4d_t p4d = p4dp_get(p4dp);

	if (p4d_leaf(p4d))
		return check_leaf(walk->private, p4d_val(p4d), addr, P4D_SIZE);

	return p4d_bad(p4d) ? -EINVAL : 0;
}

static int check_pud(pud_t *pudp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct pageattr *pa = walk->private;
	pud_t pud = pudp_get(pudp);

	walk->action = ACTION_AGAIN;
	if (collapse_clear_marks(&pud_val(*pudp), pud_val(pud), addr, PUD_SIZE))
		return 0;

	if (pud_leaf(pud)) {
		walk->action = ACTION_CONTINUE;
		return check_leaf(pa, pud_val(pud), addr, PUD_SIZE);
	}
	if (pud_bad(pud))
		return -EINVAL;
	if (kernel_table_settled(&pa->seen, pud_val(pud)))
		walk->action = ACTION_SUBTREE;

	return 0;
}

/* The walk does not descend: this function checks the table that it has read. */
static int check_pmd(pmd_t *pmdp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct pageattr *pa = walk->private;
	unsigned long size = PMD_SIZE;
	pmd_t pmd = pmdp_get(pmdp);

	walk->action = ACTION_AGAIN;
	if (collapse_clear_marks(&pmd_val(*pmdp), pmd_val(pmd), addr, PMD_SIZE))
		return 0;

	walk->action = ACTION_CONTINUE;
	if (pmd_table(pmd))
		return check_ptes(pa, pte_offset_kernel(&pmd, addr), addr, next);
	if (!pmd_leaf(pmd))
		return -EINVAL;
	if (partially_covered(pa, addr, CONT_PMD_SIZE) &&
	    is_contiguous(&pmd_val(*pmdp), CONT_PMDS))
		size = CONT_PMD_SIZE;

	return check_leaf(pa, pmd_val(pmd), addr, size);
}

static int check_hole(unsigned long addr, unsigned long next, int depth, struct mm_walk *walk)
{
	return -EINVAL;
}

static const struct mm_walk_ops check_ops = {
	.pgd_entry	= check_pgd,
	.p4d_entry	= check_p4d,
	.pud_entry	= check_pud,
	.pmd_entry	= check_pmd,
	.pte_hole	= check_hole,
};

/*
 * The apply pass does not check for marks: a collapse that starts after the check pass
 * waits for this RCU read-side critical section.
 *
 * An unchanged entry is not stored: the split of another owner can clear its contiguous bit
 * at the same time.
 */
static bool apply_leaf(struct pageattr *pa, pteval_t *val)
{
	pteval_t old = *val;

	if (!pageattr_changes(pa, val))
		return false;
	pa->replaced |= old;

	return true;
}

static __always_inline void apply_ptes(struct pageattr *pa, pte_t *ptep, unsigned long size)
{
	const struct pageattr masks = *pa;
	pte_t *end = ptep + PHYS_PFN(size);
	pteval_t replaced = 0;

	do {
		pteval_t old = pte_val(__ptep_get(ptep)), val = old;

		if (!pageattr_changes(&masks, &val))
			continue;
		__set_pte_nosync(ptep, __pte(val));
		replaced |= old;
	} while (++ptep != end);
	pa->replaced |= replaced;
	/* The barriers of __set_pte(), once for all entries. */
	if (replaced && ((replaced & ~masks.clear_mask) | masks.set_mask) & PTE_VALID)
		queue_pte_barriers();
}

static int apply_pgd(pgd_t *pgdp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pgd_t pgd = pgdp_get(pgdp);

	if (pgd_leaf(pgd) && apply_leaf(walk->private, &pgd_val(pgd)))
		set_pgd(pgdp, pgd);

	return 0;
}

static int apply_p4d(p4d_t *p4dp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	p4d_t p4d = p4dp_get(p4dp);

	if (p4d_leaf(p4d) && apply_leaf(walk->private, &p4d_val(p4d)))
		set_p4d(p4dp, p4d);

	return 0;
}

static int apply_pud(pud_t *pudp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pud_t pud = pudp_get(pudp);

	if (pud_leaf(pud) && apply_leaf(walk->private, &pud_val(pud)))
		set_pud(pudp, pud);

	return 0;
}

static int apply_pmd(pmd_t *pmdp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pmd_t pmd = pmdp_get(pmdp);

	walk->action = ACTION_CONTINUE;
	if (pmd_table(pmd))
		apply_ptes(walk->private, pte_offset_kernel(&pmd, addr), next - addr);
	else if (apply_leaf(walk->private, &pmd_val(pmd)))
		set_pmd(pmdp, pmd);

	return 0;
}

static const struct mm_walk_ops apply_ops = {
	.pgd_entry	= apply_pgd,
	.p4d_entry	= apply_p4d,
	.pud_entry	= apply_pud,
	.pmd_entry	= apply_pmd,
};

/*
 * Find the PTE of @addr. Returns NULL if a leaf above PTE level maps @addr, or nothing.
 * *@last is the last entry that was read, with the marks of the entry above it.
 */
static __always_inline pte_t *find_pte(unsigned long addr, u64 *last)
{
	pgd_t *pgdp = pgd_offset_k(addr), pgd = pgdp_get(pgdp);
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t pmd;

	*last = pgd_val(pgd);
	if (pgd_bad(pgd))
		return NULL;

	p4dp = p4d_offset_lockless(pgdp, pgd, addr);
	p4d = p4dp_get(p4dp);
	*last = p4d_val(p4d);
	if (p4d_bad(p4d))
		return NULL;

	pudp = pud_offset_lockless(p4dp, p4d, addr);
	pud = pudp_get(pudp);
	*last = pud_val(pud);
	if (pud_bad(pud) || pud_leaf(pud))
		return NULL;

	pmd = pmdp_get(pmd_offset_lockless(pudp, pud, addr));
	*last = pmd_val(pmd) | (pud_val(pud) & COLLAPSE_MARKS);

	return pmd_table(pmd) ? pte_offset_kernel(&pmd, addr) : NULL;
}

/*
 * Returns the PTE of @pa->start if one unmarked table of PTEs maps the range, else NULL.
 * The walk of a single page costs three times as much. Adjacent runs of an alias often
 * share the table. It stays in place until the end of the RCU read-side critical section.
 */
static __always_inline pte_t *pageattr_ptep(struct pageattr *pa)
{
	pte_t *ptep;
	u64 last;

	if ((pa->start ^ (pa->end - 1)) & PMD_MASK)
		return NULL;
	if ((pa->start ^ pa->table_addr) & PMD_MASK) {
		ptep = find_pte(pa->start, &last);
		if (!ptep || (last & COLLAPSE_MARKS))
			return NULL;
		pa->table = PTR_ALIGN_DOWN(ptep, PAGE_SIZE);
		pa->table_addr = pa->start;
	}

	return pa->table + pte_index(pa->start);
}

static __always_inline int pageattr_check(struct pageattr *pa, pte_t *ptep)
{
	if (ptep)
		return check_ptes(pa, ptep, pa->start, pa->end);

	return walk_kernel_page_table_range_lockless(pa->start, pa->end, &check_ops, pa);
}

static noinline void pageattr_trace(const struct pageattr *pa)
{
	unsigned long bytes[NR_LEAF_SIZES];

	leaf_count_walk(pa->start, pa->end, bytes);
	trace_pageattr_change(pa->start, pa->end, pa->set_mask, pa->clear_mask, bytes,
			      pa->replaced, pa->was_split, pa->replaced & PTE_VALID);
}

/* Returns whether the TLBs can hold an old entry. */
static __always_inline bool pageattr_apply(struct pageattr *pa, pte_t *ptep)
{
	pa->replaced = 0;
	if (ptep)
		apply_ptes(pa, ptep, pa->end - pa->start);
	else
		WARN_ON_ONCE(walk_kernel_page_table_range_lockless(pa->start, pa->end,
								   &apply_ops, pa));
	/*
	 * A read-only leaf that was made invalid without an invalidation can still be in a
	 * TLB. A write through this entry would be fatal once the leaf is writable.
	 */
	if (pa->replaced & pa->clear_mask & PTE_RDONLY)
		pa->replaced |= PTE_VALID;
	if (trace_pageattr_change_enabled())
		pageattr_trace(pa);
	/* A leaf that becomes valid or writable can have the default attributes again. */
	if (system_supports_bbml2_noabort() && pa->replaced &&
	    pa->set_mask & (PTE_WRITE | PTE_VALID))
		collapse_kernel_leaves(pa->start, pa->end);

	return pa->replaced & PTE_VALID;
}

/* Forget the result of an earlier check pass. */
static void pageattr_reset(struct pageattr *pa)
{
	pa->table_addr = 0;
	pa->seen = 0;
	pa->split = 0;
}

/* page_to_virt() can add a tag. */
static unsigned long linear_address(struct page *page)
{
	return (unsigned long)kasan_reset_tag(page_to_virt(page));
}

/*
 * Make the next run of adjacent pages the current range of the alias. After the last run,
 * return false and start again. vmalloc often gets adjacent pages, in ascending or
 * descending order.
 */
static __always_inline bool pageattr_next_run(struct pageattr_alias *alias)
{
	struct page **p = alias->pages + alias->next, **end = alias->pages + alias->nr_pages;
	struct pageattr_range *run = alias->runs + alias->run;
	struct page *first, *next;
	long nr, step;

	if (p == end) {
		alias->next = 0;
		alias->run = 0;
		return false;
	}

	if (alias->run == alias->nr_runs) {
		first = *p;
		step = p + 1 < end && p[1] == first - 1 ? -1 : 1;
		for (next = first + step; ++p < end && *p == next; next += step)
			;
		nr = p - alias->pages - alias->next;
		run->start = linear_address(step < 0 ? first - nr + 1 : first);
		run->end = run->start + nr * PAGE_SIZE;
		alias->nr_runs = min(alias->nr_runs + 1, PAGEATTR_RUNS);
	}
	alias->run = min(alias->run + 1, PAGEATTR_RUNS);
	alias->pa.start = run->start;
	alias->pa.end = run->end;
	alias->next += PHYS_PFN(run->end - run->start);

	return true;
}

static int pageattr_check_alias(struct pageattr_alias *alias)
{
	int ret = 0;

	pageattr_reset(&alias->pa);
	alias->next = 0;
	alias->run = 0;
	while (!ret && pageattr_next_run(alias))
		ret = pageattr_check(&alias->pa, pageattr_ptep(&alias->pa));

	return ret;
}

/* Split the leaves that the check pass has found at the ends of the range. */
static noinline int pageattr_split(struct pageattr *pa)
{
	int ret = 0;

	if (pa->split & SPLIT_START)
		ret = split_kernel_leaf_at(pa->start);
	if (!ret && pa->split & SPLIT_END)
		ret = split_kernel_leaf_at(pa->end);
	/* The change can still fail. With -EBUSY no leaf was split. */
	if (pa->split && ret != -EBUSY)
		collapse_kernel_leaves(pa->start, pa->end + PAGE_SIZE);
	pa->was_split |= pa->split;

	return ret;
}

/* Split the leaves that cross the ends of all ranges, which have passed the check pass. */
static int pageattr_split_all(struct pageattr *pa, struct pageattr_alias *alias)
{
	int ret = pageattr_split(pa);

	while (!ret && alias && pageattr_next_run(alias)) {
		pageattr_reset(&alias->pa);
		scoped_guard(rcu)
			ret = pageattr_check(&alias->pa, pageattr_ptep(&alias->pa));
		ret = ret ?: pageattr_split(&alias->pa);
	}

	return ret;
}

/*
 * Remember to invalidate the range of @pa. All CPUs execute the TLBI of each range. If the
 * pages are scattered, fewer TLBIs for all memory between the last ranges cost less.
 */
static __always_inline void pageattr_flush_later(struct pageattr_alias *alias,
						 const struct pageattr *pa)
{
	struct pageattr_range *range = &alias->flush[min(alias->nr_flush, PAGEATTR_RUNS - 1)];
	bool extend = alias->nr_flush++ >= PAGEATTR_RUNS;

	range->start = extend ? min(range->start, pa->start) : pa->start;
	range->end = extend ? max(range->end, pa->end) : pa->end;
}

/*
 * Apply the change to the mapping @pa and to all runs of its alias, then invalidate once.
 * @pa is NULL for arch_vm_reset_perms(), which cannot return an error: check each run here,
 * and leave out a run that fails, with a warning.
 */
static void pageattr_apply_all(struct pageattr *pa, struct pageattr_alias *alias)
{
	pte_t *ptep;
	int ret = 0;

	alias->nr_flush = 0;
	arch_enter_lazy_mmu_mode();
	if (pa && pageattr_apply(pa, pageattr_ptep(pa)))
		pageattr_flush_later(alias, pa);
	while (pageattr_next_run(alias)) {
		ptep = pageattr_ptep(&alias->pa);
		alias->pa.split = 0;
		while (!pa && (ret = pageattr_check(&alias->pa, ptep)) == -EAGAIN)
			;
		/* The pages are freed in any case: go on with the next run. */
		if (WARN_ON_ONCE(ret || alias->pa.split))
			continue;
		if (pageattr_apply(&alias->pa, ptep))
			pageattr_flush_later(alias, &alias->pa);
	}
	arch_leave_lazy_mmu_mode();
	if (!alias->nr_flush)
		return;

	dsb(ishst);
	for (unsigned int i = 0; i < min(alias->nr_flush, PAGEATTR_RUNS); i++)
		__flush_tlb_kernel_range_nosync(alias->flush[i].start, alias->flush[i].end);
	__tlbi_sync_s1ish();
	isb();
}

/* Change a range and its linear alias, if any. With @noflush, the caller invalidates. */
static __always_inline int pageattr_change(struct pageattr *pa, struct pageattr_alias *alias,
					   bool noflush)
{
	CLASS(kernel_change, early)();
	bool split, flush;
	pte_t *ptep;
	int ret;

	/* Start again after a split, and if the walk has read one entry too often. */
	do {
		rcu_read_lock();
		pageattr_reset(pa);
		ptep = pageattr_ptep(pa);
		ret = pageattr_check(pa, ptep);
		if (!ret && alias)
			ret = pageattr_check_alias(alias);
		split = !ret && (pa->split || (alias && alias->pa.split));
		if (!ret && !split && alias) {
			pageattr_apply_all(pa, alias);
		} else if (!ret && !split) {
			arch_enter_lazy_mmu_mode();
			flush = pageattr_apply(pa, ptep);
			arch_leave_lazy_mmu_mode();
			if (flush && !noflush)
				flush_tlb_kernel_range(pa->start, pa->end);
		}
		rcu_read_unlock();

		if (unlikely(split))
			ret = pageattr_split_all(pa, alias) ?: -EAGAIN;
	} while (unlikely(ret == -EAGAIN));

	return ret;
}

static void pageattr_init(struct pageattr *pa, unsigned long start, unsigned long size,
			  pteval_t set_mask, pteval_t clear_mask)
{
	pa->start = start;
	pa->end = start + size;
	pa->set_mask = set_mask;
	pa->clear_mask = clear_mask;
	pa->was_split = false;
}

static int pageattr_change_range(unsigned long start, unsigned long size, pteval_t set_mask,
				 pteval_t clear_mask, bool noflush)
{
	struct pageattr pa __uninitialized;

	pageattr_init(&pa, start, size, set_mask, clear_mask);
	if (pa.start >= pa.end || !PAGE_ALIGNED(pa.start | pa.end))
		return -EINVAL;

	return pageattr_change(&pa, NULL, noflush);
}

/**
 * update_range_prot - change the attributes of a range of kernel memory
 * @start:	start address, page aligned and without a tag
 * @size:	size in bytes, a multiple of the page size
 * @set_mask:	bits of a PTE to set in each leaf
 * @clear_mask:	bits of a PTE to clear in each leaf, before @set_mask
 *
 * The linear alias does not change. For tests.
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
VISIBLE_IF_KUNIT int __maybe_unused
update_range_prot(unsigned long start, unsigned long size, pgprot_t set_mask, pgprot_t clear_mask)
{
	return pageattr_change_range(start, size, pgprot_val(set_mask), pgprot_val(clear_mask),
				     false);
}
EXPORT_SYMBOL_IF_KUNIT(update_range_prot);

static int change_memory_common(unsigned long addr, int numpages, pteval_t set_mask,
				pteval_t clear_mask)
{
	unsigned long start = (unsigned long)kasan_reset_tag((void *)addr);
	struct pageattr_alias alias __uninitialized;
	struct pageattr pa __uninitialized;
	bool has_alias = rodata_full && ((set_mask | clear_mask) & PTE_ALIAS_MASK);
	unsigned long first, nr_mapped;
	struct vm_struct *area;

	area = find_vm_area((void *)start);
	if (!area || !(area->flags & VM_ALLOC) || !PAGE_ALIGNED(start))
		return -EINVAL;

	first = PHYS_PFN(start - (unsigned long)kasan_reset_tag(area->addr));
	nr_mapped = PHYS_PFN(get_vm_area_size(area));
	if (first > nr_mapped || (unsigned long)numpages > nr_mapped - first)
		return -EINVAL;
	if (!numpages)
		return 0;

	/* Without pages[], the linear alias of the area would stay writable. */
	if (has_alias && first + numpages > area->nr_pages)
		return -EINVAL;

	/* Areas that are freed but not unmapped yet can map the pages, too. */
	vm_unmap_aliases();

	pageattr_init(&pa, start, PAGE_SIZE * numpages, set_mask, clear_mask);
	pageattr_init(&alias.pa, 0, 0, set_mask & PTE_ALIAS_MASK, clear_mask & PTE_ALIAS_MASK);
	alias.pages = area->pages + first;
	alias.nr_pages = numpages;
	alias.nr_runs = 0;

	return pageattr_change(&pa, has_alias ? &alias : NULL, false);
}

/**
 * set_memory_ro - make vmalloc memory and its linear alias read-only
 * @addr:	start address, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * The range lies in one area of vmalloc(), without its guard page. If the alias changes
 * (rodata=full), the area has pages[]. The other functions for vmalloc memory have the same
 * rules. For 0 pages, each returns 0.
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_memory_ro(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_RDONLY, PTE_WRITE);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_ro);

/**
 * set_memory_rw - make vmalloc memory and its linear alias writable
 * @addr:	start address, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_memory_rw(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_WRITE, PTE_RDONLY);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_rw);

/**
 * set_memory_nx - make vmalloc memory not executable
 * @addr:	start address, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * The linear alias is never executable and does not change.
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_memory_nx(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_PXN, PTE_MAYBE_GP);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_nx);

/**
 * set_memory_x - make vmalloc memory executable by the kernel
 * @addr:	start address, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_memory_x(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_MAYBE_GP, PTE_PXN);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_x);

/**
 * set_memory_rox - make vmalloc memory read-only and executable in one change
 * @addr:	start address, page aligned; a tag is ignored
 * @numpages:	number of pages
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_memory_rox(unsigned long addr, int numpages)
{
	return change_memory_common(addr, numpages, PTE_RDONLY | PTE_MAYBE_GP, PTE_WRITE | PTE_PXN);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_rox);

/**
 * set_memory_valid - make memory of the linear map invalid, or valid again
 * @addr:	start address in the linear map; a tag is ignored
 * @numpages:	number of pages
 * @enable:	non-zero to make the memory valid
 *
 * Invalid and valid again restores each leaf bit for bit.
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_memory_valid(unsigned long addr, int numpages, int enable)
{
	unsigned long start = (unsigned long)kasan_reset_tag((void *)addr);
	pteval_t set_mask = enable ? PTE_VALID_KERNEL : PTE_PRESENT_INVALID;
	pteval_t clear_mask = enable ? PTE_PRESENT_INVALID : PTE_VALID;

	return pageattr_change_range(start, PAGE_SIZE * numpages, set_mask, clear_mask, false);
}
EXPORT_SYMBOL_IF_KUNIT(set_memory_valid);

/**
 * can_set_direct_map - whether single pages of the linear map can be changed
 *
 * Return: true if rodata=full, debug_pagealloc or a KFENCE pool that can be allocated late
 * has asked for a linear map that is PTE-mapped, or that can be split.
 */
bool can_set_direct_map(void)
{
	return rodata_full || debug_pagealloc_enabled() || arm64_kfence_can_set_direct_map();
}

/**
 * set_direct_map_valid_noflush - make pages of the linear map invalid, or valid again
 * @page:	first page
 * @nr:		number of adjacent pages
 * @valid:	whether to make the pages valid
 *
 * The TLBs can hold the old entries until the caller invalidates them, also after the pages
 * are valid again. Without can_set_direct_map() the function does nothing and returns 0.
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_direct_map_valid_noflush(struct page *page, unsigned int nr, bool valid)
{
	pteval_t set_mask = valid ? PTE_VALID_KERNEL : PTE_PRESENT_INVALID;
	pteval_t clear_mask = valid ? PTE_PRESENT_INVALID : PTE_VALID;

	if (!can_set_direct_map())
		return 0;

	return pageattr_change_range(linear_address(page), nr * PAGE_SIZE, set_mask, clear_mask,
				     true);
}

/**
 * set_direct_map_invalid_noflush - remove a page from the linear map
 * @page:	the page
 *
 * The TLBs can hold the old entry until the caller invalidates it. Without
 * can_set_direct_map() the function does nothing and returns 0.
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_direct_map_invalid_noflush(struct page *page)
{
	return set_direct_map_valid_noflush(page, 1, false);
}

/**
 * set_direct_map_default_noflush - make a page of the linear map valid and writable
 * @page:	the page
 *
 * A page that was read-only, valid or not, is invalidated in the TLBs in spite of the name:
 * the kernel recovers from a spurious translation fault, not from a permission fault. Without
 * can_set_direct_map() the function does nothing and returns 0.
 *
 * Return: 0 or a negative error, see "changing the attributes of kernel memory" above.
 */
int set_direct_map_default_noflush(struct page *page)
{
	if (!can_set_direct_map())
		return 0;

	return pageattr_change_range(linear_address(page), PAGE_SIZE, PTE_VALID_KERNEL | PTE_WRITE,
				     PTE_PRESENT_INVALID | PTE_RDONLY, false);
}

/**
 * arch_vm_reset_perms - prepare a vmalloc area for its release
 * @area:	the area, which is not mapped any more
 *
 * Removes the area from the TLBs, then makes its pages valid and writable in the linear
 * map. A leaf that differs from this default was covered as a whole, or split, when it was
 * made to differ. Therefore no run covers it partially, and the function cannot fail.
 *
 * Context: Task context, may sleep.
 * Return: true: the caller has nothing left to do.
 */
bool arch_vm_reset_perms(struct vm_struct *area)
{
	struct pageattr_alias alias = { .pages = area->pages, .nr_pages = area->nr_pages };

	/* No TLB may have an executable entry of a page that becomes writable. */
	vm_unmap_aliases();
	if (!can_set_direct_map())
		return true;

	pageattr_init(&alias.pa, 0, 0, PTE_VALID_KERNEL | PTE_WRITE,
		      PTE_PRESENT_INVALID | PTE_RDONLY);
	CLASS(kernel_change, early)();
	guard(rcu)();
	pageattr_apply_all(NULL, &alias);

	return true;
}

#ifdef CONFIG_DEBUG_PAGEALLOC
void __kernel_map_pages(struct page *page, int numpages, int enable)
{
	if (can_set_direct_map())
		set_memory_valid(linear_address(page), numpages, enable);
}
#endif /* CONFIG_DEBUG_PAGEALLOC */

/**
 * kernel_page_present - whether a page is valid in the linear map
 * @page:	the page
 *
 * Context: Any.
 * Return: true if the leaf that maps the page is valid, whatever its size.
 */
bool kernel_page_present(struct page *page)
{
	pte_t *ptep;
	u64 last;

	guard(rcu)();
	ptep = find_pte(linear_address(page), &last);

	return ptep ? pte_valid(__ptep_get(ptep)) : last & PTE_VALID;
}
