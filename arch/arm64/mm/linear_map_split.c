// SPDX-License-Identifier: GPL-2.0-only
/*
 * Splits of live leaves of kernel mappings.
 *
 * A split replaces a leaf by a table of smaller leaves, or clears the contiguous bit of
 * a group. Translation and permissions of every address stay the same. Most CPUs need
 * break-before-make for a change of the block size, which the kernel cannot afford for
 * memory that it uses itself. Therefore a split needs a machine that supports BBML2
 * without aborts (Arm ARM, FEAT_BBM, "Support levels for changing block size").
 *
 * A split takes no lock. It fills the new table first, and links it with cmpxchg()
 * against the value of the leaf that it has read:
 *
 *	CPU0 (owner of page 1)		CPU1 (owner of page 2 of the same block)
 *	------------------------	----------------------------------------
 *	read the leaf, fill table A	read the leaf, fill table B
 *	cmpxchg(): links A
 *					cmpxchg() fails: free B later
 *	change page 1 in A		read the entry again: find A
 *					change page 2 in A
 *
 * Each CPU that splits a contiguous group clears the bit entry by entry with cmpxchg().
 *
 * A split needs no TLB invalidation: a cached entry of the old leaf is still right. The
 * change that follows invalidates its own range at all levels, and with it the cached
 * entry of the old leaf.
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
#include "trace.h"

/**
 * struct split - state of split_kernel_leaf_at()
 * @addr:	address at which a leaf must start
 * @table:	page for a table, or NULL
 * @seen:	for kernel_table_settled()
 */
struct split {
	unsigned long addr;
	void *table;
	u64 seen;
};

static bool boot_cpu_can_split __ro_after_init;

/**
 * kernel_leaf_init - record whether the boot CPU can split leaves
 *
 * Context: The boot CPU, before map_mem() creates the linear map.
 */
void __init kernel_leaf_init(void)
{
	boot_cpu_can_split = cpu_supports_bbml2_noabort();
}

/**
 * kernel_leaf_can_split - whether live leaves of kernel mappings can be split
 *
 * Until the system capabilities are final, the answer is that of the boot CPU.
 *
 * Context: Any.
 * Return: true on a machine that supports BBML2 without aborts.
 */
bool kernel_leaf_can_split(void)
{
	if (system_capabilities_finalized())
		return system_supports_bbml2_noabort();

	return boot_cpu_can_split;
}

/**
 * kernel_entry_replace - replace an entry of a kernel page table if it is unchanged
 * @entry:	the entry, of any level
 * @old:	expected value
 * @new:	new value
 *
 * Table walks see the memory that @new points to before they see @new. The entry can be
 * in swapper_pg_dir.
 *
 * Context: Any but NMI.
 * Return: true if the entry has the value @new now, and table walks see it.
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
 * kernel_table_desc - descriptor of a table of kernel mappings
 * @addr:	an address that the table maps
 * @table:	linear address of the table
 *
 * Return: the table descriptor that map_mem() and vmalloc() use, the same at every level.
 */
u64 kernel_table_desc(unsigned long addr, const void *table)
{
	u64 desc = __phys_to_pmd_val(__pa(table)) | PMD_TYPE_TABLE | PMD_TABLE_UXN;

	return __is_lm_address(addr) ? desc | PMD_TABLE_PXN : desc;
}

/* Number of allocations less number of frees, for tests. Early tables are freed, too. */
VISIBLE_IF_KUNIT atomic_long_t kernel_tables = ATOMIC_LONG_INIT(0);

static void kernel_tables_add(long nr)
{
	if (IS_ENABLED(CONFIG_KUNIT))
		atomic_long_add(nr, &kernel_tables);
}

/**
 * kernel_table_alloc - allocate a page for a table of kernel mappings
 * @gfp:	allocation flags
 *
 * The page is not zeroed. It has no page table constructor: tables of the early allocator
 * have none either, and memory hot-remove frees both kinds in the same way.
 *
 * Context: Task context, may sleep.
 * Return: linear address of the page, or NULL.
 */
void *kernel_table_alloc(gfp_t gfp)
{
	void *table;

	KUNIT_STATIC_STUB_REDIRECT(kernel_table_alloc, gfp);
	table = (void *)__get_free_page(gfp);
	if (table)
		kernel_tables_add(1);

	return table;
}

/**
 * kernel_table_free - free a table of kernel mappings
 * @table:	linear address of the table
 *
 * A memory cgroup that pays for the table pays no longer.
 *
 * Context: Task context. No CPU can walk the table any more.
 */
void kernel_table_free(void *table)
{
	struct page *page = virt_to_page(table);

	kernel_tables_add(-1);
	if (PageReserved(page))
		free_reserved_page(page);
	else
		__free_page(page);
}

/* Replace the leaf @old by s->table, unless another CPU was faster. */
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
		trace_kernel_leaf_split(addr, LEAF_PUD);
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

	/* PTE_TABLE_BIT tells a page from a block, also in a present-invalid leaf. */
	pgprot_val(prot) |= PTE_TABLE_BIT | PTE_CONT;
	for (i = 0; i < PTRS_PER_PTE; i++, pfn++)
		__set_pte_nosync(ptep + i, pfn_pte(pfn, prot));

	if (split_link(s, &pmd_val(*pmdp), pmd_val(pmd), addr)) {
		leaf_count_moved(addr, PMD_SIZE, LEAF_PMD, LEAF_CONT_PTE);
		leaf_count_split(addr, LEAF_PMD);
		trace_kernel_leaf_split(addr, LEAF_PMD);
	}

	return 0;
}

/* Clear the contiguous bit of the group around @entry; returns whether it was set. */
static bool split_group(u64 *entry, unsigned long addr, enum kernel_leaf_size from)
{
	bool ptes = from == LEAF_CONT_PTE, cont = false, first = false;
	unsigned int i, cleared = 0, nr = ptes ? CONT_PTES : CONT_PMDS;

	entry = PTR_ALIGN_DOWN(entry, sizeof(*entry) * nr);
	for (i = 0; i < nr; i++) {
		u64 old = READ_ONCE(entry[i]);

		while ((old & PTE_CONT) && pte_present(__pte(old))) {
			cont = true;
			if (cmpxchg_relaxed(&entry[i], old, old & ~PTE_CONT) == old) {
				first |= !i;
				cleared++;
				break;
			}
			old = READ_ONCE(entry[i]);
		}
	}

	leaf_count_moved(addr, cleared * (ptes ? PAGE_SIZE : PMD_SIZE), from, from - 1);
	/* Several CPUs can clear a part each. The CPU that clears the first entry counts. */
	if (first) {
		leaf_count_split(addr, from);
		trace_kernel_leaf_split(addr, from);
	}

	return cont;
}

static int split_pud_entry(pud_t *pudp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	struct split *s = walk->private;
	pud_t pud = pudp_get(pudp);

	walk->action = ACTION_AGAIN;
	if (collapse_clear_marks(&pud_val(*pudp), pud_val(pud), addr, PUD_SIZE))
		return 0;
	if (pud_leaf(pud) && !IS_ALIGNED(s->addr, PUD_SIZE))
		return split_pud(s, pudp, pud, addr);

	if (pud_leaf(pud))
		walk->action = ACTION_CONTINUE;
	else if (kernel_table_settled(&s->seen, pud_val(pud)))
		walk->action = ACTION_SUBTREE;

	return 0;
}

/* The walk does not descend: this function handles the table that it has read. */
static int split_pmd_entry(pmd_t *pmdp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	struct split *s = walk->private;
	pmd_t pmd = pmdp_get(pmdp);

	walk->action = ACTION_AGAIN;
	if (collapse_clear_marks(&pmd_val(*pmdp), pmd_val(pmd), addr, PMD_SIZE))
		return 0;
	if (pmd_leaf(pmd)) {
		if (!IS_ALIGNED(s->addr, CONT_PMD_SIZE) &&
		    split_group(&pmd_val(*pmdp), addr, LEAF_CONT_PMD))
			return 0;
		if (!IS_ALIGNED(s->addr, PMD_SIZE))
			return split_pmd(s, pmdp, pmd, addr);
	} else if (pmd_table(pmd) && !IS_ALIGNED(s->addr, CONT_PTE_SIZE)) {
		split_group(&pte_val(*pte_offset_kernel(&pmd, addr)), addr, LEAF_CONT_PTE);
	}

	walk->action = ACTION_CONTINUE;

	return 0;
}

static const struct mm_walk_ops split_ops = {
	.pud_entry	= split_pud_entry,
	.pmd_entry	= split_pmd_entry,
};

/**
 * split_kernel_leaf_at - split the leaf of a kernel mapping that crosses an address
 * @addr:	the address, page aligned
 *
 * Splits the leaf down to the largest size with a boundary at @addr, and no other leaf.
 * Translation and permissions stay, also those of present-invalid leaves.
 *
 * A collapse can undo the split as long as the caller is not in an RCU read-side critical
 * section. Therefore the caller checks again inside of one. The caller also requests a
 * collapse, because the change that needs the split can still fail.
 *
 * The memory cgroup of the caller pays for a table until it is freed, which can be after the
 * memory of the caller: users could otherwise exceed their limit with memfd_secret().
 *
 * Context: Task context, may sleep. The caller owns the memory at @addr or before it; the
 * leaf can map memory of other owners. It is the duty of the caller not to be in atomic
 * context. The function sees interrupts off, interrupt handlers and, except on PREEMPT_RT,
 * bottom halves off. With PREEMPT_COUNT, it also sees preemption off and spinlocks held.
 * For the rest, might_sleep() warns if DEBUG_ATOMIC_SLEEP is on.
 *
 * Return: 0, also if no leaf crosses @addr or nothing is mapped there. -EBUSY if the
 * function sees an atomic context, or before the system capabilities are final.
 * -ENOMEM if no table can be allocated; a PUD block may already be split into PMD blocks.
 * -EAGAIN if the entry changes at each visit.
 */
int split_kernel_leaf_at(unsigned long addr)
{
	struct split s = { .addr = addr };
	int ret;

	if (!system_capabilities_finalized() || preempt_count() || irqs_disabled())
		return -EBUSY;
	might_sleep();

	/* Allocate outside of the RCU read-side critical section, one table a round. */
	do {
		s.seen = 0;
		rcu_read_lock();
		ret = walk_kernel_page_table_range_lockless(addr, addr + PAGE_SIZE,
							    &split_ops, &s);
		rcu_read_unlock();
	} while (ret == -ENOMEM && !s.table && (s.table = kernel_table_alloc(GFP_KERNEL_ACCOUNT)));

	if (s.table)
		kernel_table_free(s.table);

	return ret;
}

/**
 * split_kernel_range_to_ptes - map a range of kernel memory at page granularity
 * @start:	start address, page aligned
 * @end:	end address (exclusive)
 *
 * Context: Task context, may sleep. The caller owns the range.
 * Return: 0, or an error of split_kernel_leaf_at().
 */
int split_kernel_range_to_ptes(unsigned long start, unsigned long end)
{
	int ret = split_kernel_leaf_at(start);

	while (!ret && start < end) {
		start += PAGE_SIZE;
		ret = split_kernel_leaf_at(start);
	}

	return ret;
}
