// SPDX-License-Identifier: GPL-2.0-only
/*
 * Splitting leaves of kernel mappings that are in use.
 *
 * A leaf becomes a table of smaller leaves that translate all addresses just as
 * it did, or a contiguous group becomes its entries. On most CPUs that takes
 * break-before-make, which memory that the kernel itself uses cannot have: only
 * CPUs that take a change of size in place, and do not abort on the conflict in
 * their TLBs, get here (Arm ARM, FEAT_BBM, "Support levels for changing block
 * size").
 *
 * No lock is taken. The table is complete before it is linked by a compare and
 * exchange with the very leaf that it was made from: if two owners of parts of one
 * leaf split it at once, one of the tables is linked, and serves both. Entries of a
 * contiguous group lose the bit one by one, whoever does it.
 *
 * Splitting invalidates nothing that it split: what a TLB holds of the former leaf
 * is still right. Whoever changes a part of it invalidates that part, at all
 * levels, and with it what is left of the former leaf.
 */
#include <linux/atomic.h>
#include <linux/cpufeature.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/tlbflush.h>

#include "linear_map.h"

/**
 * struct split - one place at which leaves have to begin
 * @addr: the place, in bytes
 * @table: a page for a table, NULL if there is none
 */
struct split {
	unsigned long addr;
	void *table;
};

static bool boot_cpu_can_split __ro_after_init;

/**
 * kernel_leaf_init - keep whether the boot CPU can split leaves
 *
 * Context: The boot CPU, before map_mem() makes the linear map by it.
 */
void __init kernel_leaf_init(void)
{
	boot_cpu_can_split = cpu_supports_bbml2_noabort();
}

/**
 * kernel_leaf_can_split - whether leaves of kernel mappings can be split in use
 *
 * Before the capabilities of the system are final, this is what the boot CPU says,
 * by which map_mem() has made the linear map.
 *
 * Context: Any.
 * Return: true if they can.
 */
bool kernel_leaf_can_split(void)
{
	if (system_capabilities_finalized())
		return system_supports_bbml2_noabort();

	return boot_cpu_can_split;
}

/**
 * kernel_entry_replace - replace an entry of the kernel's tables, if still the same
 * @entry: the entry, of any level
 * @old: what it is replaced for
 * @new: what to put there
 *
 * What @new points to is visible to table walks first. The entry may be in the
 * root, which only the fixmap can write.
 *
 * Context: Any but NMI.
 * Return: true if @new is there now, and in effect.
 */
bool kernel_entry_replace(u64 *entry, u64 old, u64 new)
{
	dsb(ishst);
	if (in_swapper_pgdir(entry))
		return cmpxchg_swapper_pgd((pgd_t *)entry, __pgd(old), __pgd(new));

	if (cmpxchg_relaxed(entry, old, new) != old)
		return false;

	dsb(ishst);
	isb();

	return true;
}

/**
 * kernel_table_desc - the descriptor of a table of kernel mappings
 * @addr: an address that it maps, in bytes
 * @table: the table, by its address in the linear map
 *
 * Return: the descriptor, the same at every level, as map_mem() and vmalloc make it.
 */
u64 kernel_table_desc(unsigned long addr, const void *table)
{
	u64 desc = __phys_to_pmd_val(__pa(table)) | PMD_TYPE_TABLE | PMD_TABLE_UXN;

	return __is_lm_address(addr) ? desc | PMD_TABLE_PXN : desc;
}

/* Tables that were allocated here, less those that were freed, for tests. */
VISIBLE_IF_KUNIT atomic_long_t kernel_tables = ATOMIC_LONG_INIT(0);

/**
 * kernel_table_alloc - allocate a page for a table of kernel mappings
 * @gfp:	how hard to try
 *
 * It is not zeroed. Tables of the linear map have no constructor: those of the early
 * allocator had none either, and whoever frees one, memory hot-remove too, need not
 * know its age.
 *
 * Context: Task context, may sleep.
 * Return: the page by its address, or NULL.
 */
void *kernel_table_alloc(gfp_t gfp)
{
	void *table;

	KUNIT_STATIC_STUB_REDIRECT(kernel_table_alloc, gfp);
	table = (void *)__get_free_page(gfp);
	if (table)
		atomic_long_inc(&kernel_tables);

	return table;
}

/**
 * kernel_table_free - free a table of kernel mappings
 * @table:	its address in the linear map
 *
 * Context: Task context. Nothing uses it any more.
 */
void kernel_table_free(void *table)
{
	struct page *page = virt_to_page(table);

	atomic_long_dec(&kernel_tables);
	if (PageReserved(page))
		free_reserved_page(page);
	else
		__free_page(page);
}

/* Link s->table, filled from the leaf @old, in its place; it may be too late for that. */
static bool split_link(struct split *s, u64 *entry, u64 old, unsigned long addr)
{
	if (!kernel_entry_replace(entry, old, kernel_table_desc(addr, s->table)))
		return false;

	s->table = NULL;

	return true;
}

static int split_pud(struct split *s, pud_t *pudp, pud_t pud, unsigned long addr)
{
	pmd_t *pmdp = s->table;
	unsigned long pfn = pud_pfn(pud);
	pgprot_t prot = pud_pgprot(pud);
	int i;

	if (!pmdp)
		return -ENOMEM;

	pgprot_val(prot) |= PTE_CONT;
	for (i = 0; i < PTRS_PER_PMD; i++, pfn += PMD_SIZE >> PAGE_SHIFT)
		WRITE_ONCE(pmdp[i], pfn_pmd(pfn, prot));

	if (split_link(s, &pud_val(*pudp), pud_val(pud), addr)) {
		leaf_count_moved(addr, PUD_SIZE, LEAF_PUD, LEAF_CONT_PMD);
		leaf_count_split(addr, LEAF_PUD);
	}

	return 0;
}

static int split_pmd(struct split *s, pmd_t *pmdp, pmd_t pmd, unsigned long addr)
{
	pte_t *ptep = s->table;
	unsigned long pfn = pmd_pfn(pmd);
	pgprot_t prot = pmd_pgprot(pmd);
	int i;

	if (!ptep)
		return -ENOMEM;

	/* A page differs from a block in this bit, whether it is valid or not. */
	pgprot_val(prot) |= PTE_TABLE_BIT | PTE_CONT;
	for (i = 0; i < PTRS_PER_PTE; i++, pfn++)
		__set_pte_nosync(ptep + i, pfn_pte(pfn, prot));

	if (split_link(s, &pmd_val(*pmdp), pmd_val(pmd), addr)) {
		leaf_count_moved(addr, PMD_SIZE, LEAF_PMD, LEAF_CONT_PTE);
		leaf_count_split(addr, LEAF_PMD);
	}

	return 0;
}

/* Let no entry of the group around @entry be contiguous; returns whether one was. */
static bool split_group(u64 *entry, unsigned long addr, enum kernel_leaf_size from)
{
	bool ptes = from == LEAF_CONT_PTE, cont = false, first = false;
	unsigned int i, mine = 0, nr = ptes ? CONT_PTES : CONT_PMDS;

	entry = PTR_ALIGN_DOWN(entry, sizeof(*entry) * nr);
	for (i = 0; i < nr; i++) {
		u64 old = READ_ONCE(entry[i]);

		while ((old & PTE_CONT) && pte_present(__pte(old))) {
			cont = true;
			if (cmpxchg_relaxed(&entry[i], old, old & ~PTE_CONT) == old) {
				first |= !i;
				mine++;
				break;
			}
			old = READ_ONCE(entry[i]);
		}
	}

	leaf_count_moved(addr, mine * (ptes ? PAGE_SIZE : PMD_SIZE), from, from - 1);
	if (first)
		leaf_count_split(addr, from);

	return cont;
}

/*
 * What the walk meets is read again here, and may have become a table in between:
 * then the walk shall look again.
 */
static int split_pud_entry(pud_t *pudp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	struct split *s = walk->private;
	pud_t pud = pudp_get(pudp);

	if ((pud_val(pud) & COLLAPSE_MARKS) || (pud_present(pud) && pud_table(pud)))
		return collapse_walk_again(&pud_val(*pudp), pud_val(pud), addr, PUD_SIZE,
					   walk);

	walk->action = ACTION_AGAIN;
	if (pud_leaf(pud) && !IS_ALIGNED(s->addr, PUD_SIZE))
		return split_pud(s, pudp, pud, addr);

	walk->action = ACTION_CONTINUE;

	return 0;
}

static int split_pmd_entry(pmd_t *pmdp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	struct split *s = walk->private;
	pmd_t pmd = pmdp_get(pmdp);

	if ((pmd_val(pmd) & COLLAPSE_MARKS) || (pmd_present(pmd) && pmd_table(pmd)))
		return collapse_walk_again(&pmd_val(*pmdp), pmd_val(pmd), addr, PMD_SIZE,
					   walk);

	walk->action = ACTION_AGAIN;
	if (pmd_leaf(pmd)) {
		if (!IS_ALIGNED(s->addr, CONT_PMD_SIZE) &&
		    split_group(&pmd_val(*pmdp), addr, LEAF_CONT_PMD))
			return 0;
		if (!IS_ALIGNED(s->addr, PMD_SIZE))
			return split_pmd(s, pmdp, pmd, addr);
	}

	walk->action = ACTION_CONTINUE;

	return 0;
}

static int split_pte_entry(pte_t *ptep, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	struct split *s = walk->private;

	if (!IS_ALIGNED(s->addr, CONT_PTE_SIZE))
		split_group(&pte_val(*ptep), addr, LEAF_CONT_PTE);

	return 0;
}

static const struct mm_walk_ops split_ops = {
	.pud_entry	= split_pud_entry,
	.pmd_entry	= split_pmd_entry,
	.pte_entry	= split_pte_entry,
	.skip_tables	= true,
	.table_mark	= COLLAPSE_MARKS,
};

/* Split what is not split yet at s->addr; -ENOMEM if that takes a table. */
static int split_at(struct split *s, unsigned long addr)
{
	s->addr = addr;

	return walk_kernel_page_table_range_lockless(addr, addr + PAGE_SIZE,
						     &split_ops, s);
}

/**
 * split_kernel_leaf_mapping - let leaves of kernel mappings end where a range does
 * @start:	first address of the range, in bytes, page aligned
 * @end:	first address behind it
 *
 * Splits the leaf around @start, if it begins before, and that around @end, down to
 * the largest size that does, and no other. Leaves keep their translation and
 * their permissions, valid or not. What of the range is mapped by leaves of its
 * own then stays so until the end of an RCU read section that has seen it so: a
 * collapse may come in between.
 *
 * Context: Task context, may sleep. The caller owns the range; of the leaves, it
 * may own a part.
 *
 * Return: 0, also where nothing is mapped. -EBUSY if this context is known not to
 * sleep, or if it is not yet known of all CPUs that they can do it. -ENOMEM if there is
 * no memory for a table; some of the leaves may have been split. -EAGAIN if an entry
 * changes each time that it is read.
 */
int split_kernel_leaf_mapping(unsigned long start, unsigned long end)
{
	struct split s = { };
	int ret;

	if (!system_capabilities_finalized() || preempt_count() || irqs_disabled())
		return -EBUSY;
	might_sleep();

	/* Tables are allocated outside of the section, one for each round. */
	do {
		rcu_read_lock();
		ret = split_at(&s, start);
		if (!ret)
			ret = split_at(&s, end);
		rcu_read_unlock();
	} while (ret == -ENOMEM && !s.table && (s.table = kernel_table_alloc(GFP_KERNEL)));

	if (s.table)
		kernel_table_free(s.table);

	/* If the change does not come about, nobody else will ask for that. */
	collapse_kernel_leaves(min(start, end), max(start, end) + PAGE_SIZE);

	return ret;
}

/**
 * split_kernel_range_to_pages - have a range of kernel mappings mapped by pages
 * @start:	first address of the range, in bytes, page aligned
 * @end:	first address behind it
 *
 * Context: As split_kernel_leaf_mapping().
 * Return: As split_kernel_leaf_mapping().
 */
int split_kernel_range_to_pages(unsigned long start, unsigned long end)
{
	int ret = 0;

	for (; !ret && start < end; start += PAGE_SIZE)
		ret = split_kernel_leaf_mapping(start, start + PAGE_SIZE);

	return ret;
}
