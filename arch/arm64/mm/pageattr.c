// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (c) 2014, The Linux Foundation. All rights reserved.
 *
 * Attributes of kernel memory, changed in place on leaves of any size.
 *
 * A change is two walks of the range. The first one looks: it refuses what
 * cannot be changed as a whole, and finds out whether anything differs. The
 * second one stores, and cannot fail any more. So a call that returns an error
 * has changed nothing. Where one leaf, or the entries of one table, are the whole
 * range, the first walk has seen all of it there, and stores at once.
 *
 * The walks take no lock: the caller owns the memory. They are one RCU read
 * section, which keeps the tables that others share.
 *
 * What may be changed live, and how, is the Arm ARM's, "TLB maintenance
 * requirements": permissions and validity of a leaf may, if a TLBI follows where
 * the old entry was valid. Its size may not.
 */
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

/* The bits that a vmalloc mapping and its linear alias must agree in. */
#define PTE_ALIAS_MASK		(PTE_RDONLY | PTE_WRITE)

/**
 * struct pageattr - one change of attributes of one range
 * @start:	first address, in bytes
 * @end:	first address behind it
 * @set_mask:	bits to set in each leaf, after @clear_mask
 * @clear_mask:	bits to clear in each leaf
 * @look:	this walk looks
 * @store:	this walk stores; if it also looks, only what is the whole range
 * @stored:	a walk that also looked did
 * @differs:	seen by the walk: a leaf was not yet as it shall be
 * @flush:	seen by the walk: such a leaf was valid, so a TLB may hold it
 */
struct pageattr {
	unsigned long start;
	unsigned long end;
	pteval_t set_mask;
	pteval_t clear_mask;
	bool look;
	bool store;
	bool stored;
	bool differs;
	bool flush;
};

bool rodata_full __ro_after_init = IS_ENABLED(CONFIG_RODATA_FULL_DEFAULT_ENABLED);

static pteval_t set_pageattr_masks(pteval_t val, pteval_t set_mask,
				   pteval_t clear_mask)
{
	return (val & ~clear_mask) | set_mask;
}

/*
 * A range ends inside a leaf. An argument of set_memory_*() can do that to a huge
 * vmalloc mapping; in the linear map it takes a bug in the kernel.
 */
static int pageattr_cut(unsigned long addr)
{
	WARN_ON_ONCE(__is_lm_address(addr));
	return -EINVAL;
}

/* Whether to store to what maps @addr to @next, which was looked at if need be. */
static bool pageattr_stores(struct pageattr *pa, unsigned long addr,
			    unsigned long next)
{
	if (!pa->store)
		return false;
	if (pa->look && (!pa->differs || addr != pa->start || next != pa->end))
		return false;

	pa->stored = true;

	return true;
}

/* What the leaf @old shall be. */
static pteval_t pageattr_note(struct pageattr *pa, pteval_t old)
{
	pteval_t new = set_pageattr_masks(old, pa->set_mask, pa->clear_mask);

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
	if (next - addr != size)
		return pageattr_cut(addr);

	*val = pageattr_note(pa, old);

	return *val != old && pageattr_stores(pa, addr, next);
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
 * Contiguous bit"). Ask the group, not the entry: a sibling that still says
 * contiguous is enough for that.
 */
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

static bool cont_ptes(pte_t *ptep)
{
	pteval_t any = 0;
	int i;

	ptep = PTR_ALIGN_DOWN(ptep, sizeof(*ptep) * CONT_PTES);
	/* Each change of a single page comes here: four at a time. */
	for (i = 0; i < CONT_PTES; i += 4, ptep += 4)
		any |= pte_val(__ptep_get(ptep)) | pte_val(__ptep_get(ptep + 1)) |
		       pte_val(__ptep_get(ptep + 2)) | pte_val(__ptep_get(ptep + 3));

	return any & PTE_CONT;
}

static int pageattr_pmd_entry(pmd_t *pmdp, unsigned long addr,
			      unsigned long next, struct mm_walk *walk)
{
	struct pageattr *pa = walk->private;
	pmd_t pmd = pmdp_get(pmdp);
	int ret;

	if (!pmd_leaf(pmd))
		return -EINVAL;

	if (pa->look && pageattr_cuts_group(pa, addr, CONT_PMD_SIZE) &&
	    cont_pmds(pmdp))
		return pageattr_cut(addr);

	ret = pageattr_leaf(&pmd_val(pmd), addr, next, PMD_SIZE, walk);
	if (ret > 0)
		set_pmd(pmdp, pmd);

	return min(ret, 0);
}

static int pageattr_look_at_ptes(pte_t *ptep, unsigned long addr,
				 unsigned long next, struct pageattr *pa)
{
	unsigned int nr = PHYS_PFN(next - addr), i;
	pteval_t all = ~(pteval_t)0, any = 0;

	for (i = 0; i < nr; i++) {
		pteval_t val = pte_val(__ptep_get(ptep + i));

		all &= val;
		any |= val;
	}

	if (pte_present(__pte(all)) && !((all ^ any) & PTE_VALID)) {
		/* A bit differs in one of them if it does in these two. */
		pageattr_note(pa, all);
		pageattr_note(pa, any);
	} else {
		for (i = 0; i < nr; i++) {
			pte_t pte = __ptep_get(ptep + i);

			if (!pte_present(pte))
				return -EINVAL;
			pageattr_note(pa, pte_val(pte));
		}
	}

	/* Only the first and the last group can be cut. */
	if (pageattr_cuts_group(pa, addr, CONT_PTE_SIZE) && cont_ptes(ptep))
		return pageattr_cut(addr);
	if (nr > 1 && pageattr_cuts_group(pa, next - PAGE_SIZE, CONT_PTE_SIZE) &&
	    cont_ptes(ptep + nr - 1))
		return pageattr_cut(next - PAGE_SIZE);

	return 0;
}

/* All entries of one table that are in the range. */
static int pageattr_pte_entry(pte_t *ptep, unsigned long addr,
			      unsigned long next, struct mm_walk *walk)
{
	struct pageattr *pa = walk->private;
	const pteval_t set_mask = pa->set_mask, clear_mask = pa->clear_mask;
	pte_t *end = ptep + PHYS_PFN(next - addr);
	pteval_t stored = 0;
	int ret;

	if (pa->look) {
		ret = pageattr_look_at_ptes(ptep, addr, next, pa);
		if (ret)
			return ret;
	}

	if (!pageattr_stores(pa, addr, next))
		return 0;

	for (; ptep < end; ptep++) {
		pteval_t old = pte_val(__ptep_get(ptep));
		pteval_t new = set_pageattr_masks(old, set_mask, clear_mask);

		if (new == old)
			continue;
		__set_pte_nosync(ptep, __pte(new));
		stored |= new;
	}
	/* As __set_pte() does, once for all. */
	if (pte_valid_not_user(__pte(stored)))
		queue_pte_barriers();

	return 0;
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
};

static int pageattr_walk(struct pageattr *pa, bool look, bool store)
{
	pa->look = look;
	pa->store = store;

	return walk_kernel_page_table_range_lockless(pa->start, pa->end,
						     &pageattr_ops, pa);
}

static int pageattr_look(struct pageattr *pa)
{
	pa->differs = false;

	return pageattr_walk(pa, true, false);
}

/*
 * The entries are in effect on return, but a TLB may hold former ones where
 * @pa->flush says so.
 */
static int pageattr_look_and_store(struct pageattr *pa)
{
	int ret;

	pa->stored = false;
	pa->differs = false;
	pa->flush = false;

	rcu_read_lock();
	arch_enter_lazy_mmu_mode();
	ret = pageattr_walk(pa, true, true);
	if (!ret && pa->differs && !pa->stored)
		ret = pageattr_walk(pa, false, true);
	arch_leave_lazy_mmu_mode();
	rcu_read_unlock();

	return ret;
}

VISIBLE_IF_KUNIT void pageattr_flush_range(unsigned long start, unsigned long end)
{
	KUNIT_STATIC_STUB_REDIRECT(pageattr_flush_range, start, end);
	flush_tlb_kernel_range(start, end);
}

static void pageattr_flush(const struct pageattr *pa)
{
	if (pa->flush)
		pageattr_flush_range(pa->start, pa->end);
}

static int pageattr_change(struct pageattr *pa)
{
	int ret = pageattr_look_and_store(pa);

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
 * Context: Any but NMI. The caller owns the range, see
 * walk_kernel_page_table_range_lockless(). Takes no lock.
 *
 * Return: 0. -EINVAL if @size is 0, if part of the range is not mapped, or if it
 * has only a part of a leaf or of a contiguous group; nothing has changed then.
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
static unsigned long linear_address(unsigned long pfn)
{
	return (unsigned long)__va(PFN_PHYS(pfn));
}

/*
 * Pages of a vmalloc area are seldom scattered: the allocator hands out
 * neighbours, in rising or in falling order. Make the longest such run that
 * @pages begin with the range of @pa, and return how many pages it has.
 */
static unsigned int pageattr_alias_run(struct pageattr *pa, struct page **pages,
				       unsigned int nr)
{
	unsigned long first = page_to_pfn(pages[0]), pfn = first;
	unsigned long step = 1;
	unsigned int run = 1;

	if (nr > 1 && page_to_pfn(pages[1]) == first - 1)
		step = -1;
	while (run < nr && page_to_pfn(pages[run]) == pfn + step) {
		pfn += step;
		run++;
	}

	pa->start = linear_address(min(first, pfn));
	pa->end = pa->start + run * PAGE_SIZE;

	return run;
}

/*
 * Change @pa and, with the same bits, the linear alias of its @nr @pages. All of
 * both was looked at, and cannot fail, before the first store to either.
 */
static int pageattr_change_with_alias(struct pageattr *pa, struct page **pages,
				      unsigned int nr)
{
	struct pageattr alias = {
		.set_mask	= pa->set_mask & PTE_ALIAS_MASK,
		.clear_mask	= pa->clear_mask & PTE_ALIAS_MASK,
	};
	bool alias_differs = false;
	unsigned int i, run;
	int ret;

	rcu_read_lock();
	ret = pageattr_look(pa);
	for (i = 0; !ret && i < nr; i += run) {
		run = pageattr_alias_run(&alias, pages + i, nr - i);
		ret = pageattr_look(&alias);
		alias_differs |= alias.differs;
	}
	for (i = 0; !ret && alias_differs && i < nr; i += run) {
		run = pageattr_alias_run(&alias, pages + i, nr - i);
		ret = pageattr_change(&alias);
	}
	if (!ret && pa->differs)
		ret = pageattr_change(pa);
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

	if (alias)
		return pageattr_change_with_alias(&pa, area->pages + first, numpages);

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
 * count), not mapped throughout, if it ends inside a huge mapping, or if the area
 * does not say which pages it has and the alias has to change. The mapping and
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
 * Context: Any but NMI, interrupts on or off. The caller owns the pages.
 *
 * Return: 0. -EINVAL, with nothing changed, if the range is empty, not mapped
 * throughout, or ends inside a leaf; the last is a bug and warns once.
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
 * That takes a linear map of pages, which rodata=full and debug_pagealloc ask
 * for, and a KFENCE pool that may be set up late.
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
 * Context: Any but NMI. The caller owns the page.
 * Return: 0, also if !can_set_direct_map(), when nothing is done. -EINVAL if the
 * page is not mapped, or not by a leaf of its own; nothing has changed then.
 */
int set_direct_map_invalid_noflush(struct page *page)
{
	unsigned long start = linear_address(page_to_pfn(page));
	struct pageattr pa = {
		.start		= start,
		.end		= start + PAGE_SIZE,
		.set_mask	= PTE_PRESENT_INVALID,
		.clear_mask	= PTE_VALID,
	};

	if (!can_set_direct_map())
		return 0;

	return pageattr_look_and_store(&pa);
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
 * Context: Any but NMI. The caller owns the page.
 * Return: As set_direct_map_invalid_noflush().
 */
int set_direct_map_default_noflush(struct page *page)
{
	if (!can_set_direct_map())
		return 0;

	return update_range_prot(linear_address(page_to_pfn(page)), PAGE_SIZE,
				 __pgprot(PTE_VALID_KERNEL | PTE_WRITE),
				 __pgprot(PTE_PRESENT_INVALID | PTE_RDONLY));
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

	set_memory_valid(linear_address(page_to_pfn(page)), numpages, enable);
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
	unsigned long addr = linear_address(page_to_pfn(page));
	pgd_t *pgdp = pgd_offset_k(addr);
	p4d_t *p4dp;
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;

	if (pgd_none(pgdp_get(pgdp)))
		return false;

	p4dp = p4d_offset(pgdp, addr);
	if (p4d_none(p4dp_get(p4dp)))
		return false;

	pudp = pud_offset(p4dp, addr);
	pud = pudp_get(pudp);
	if (pud_none(pud))
		return false;
	if (pud_leaf(pud))
		return pud_valid(pud);

	pmdp = pmd_offset(pudp, addr);
	pmd = pmdp_get(pmdp);
	if (pmd_none(pmd))
		return false;
	if (pmd_leaf(pmd))
		return pmd_valid(pmd);

	return pte_valid(__ptep_get(pte_offset_kernel(pmdp, addr)));
}
