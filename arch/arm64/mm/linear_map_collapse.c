// SPDX-License-Identifier: GPL-2.0-only
/*
 * Collapse of the linear map.
 *
 * A split leaf stays split when its parts have the same attributes again. The collapse
 * worker replaces a table by a leaf if all entries map adjacent memory with the default
 * attributes. In other tables it sets the contiguous bit of each group that fulfils the same
 * condition, in a copy that replaces the table. Memory with other attributes stays split:
 * its owners would have to split again to free a part, and freeing must not fail.
 *
 * Changes and splits take no lock. A collapse must not lose a change:
 *
 *	CPU0 (set_memory_ro)			CPU1 (collapse worker)
 *	-----------------------------------	-----------------------------------
 *						1. set TABLE_COLLAPSING
 *	rcu_read_lock()
 *	check pass: clear TABLE_COLLAPSING	2. synchronize_rcu()
 *	apply pass: store the entries
 *	rcu_read_unlock()
 *						3. check all entries of the table
 *						4. cmpxchg() fails: give up
 *
 * A change that has started before step 1 has stored its entries before step 3. A change
 * that starts later clears the mark. Without a change, the worker goes on:
 *
 *	4. cmpxchg() the descriptor: the new leaf or table, marked with TLBI_PENDING
 *	5. invalidate the walk caches, then the range
 *	6. clear TLBI_PENDING
 *	7. synchronize_rcu(), free the replaced table
 *
 * Between steps 4 and 6 a walk cache can still lead to the replaced table, and refill a
 * TLB with an old entry after a change and its invalidation:
 *
 *	CPU0 (set_memory_ro)			CPU1 (collapse worker)
 *	-----------------------------------	-----------------------------------
 *						4. link the new table, TLBI_PENDING
 *	check pass: sees TLBI_PENDING,
 *	does steps 5 and 6 itself
 *	store the new entry, TLBI of its range
 *						5. TLBI, 6. cmpxchg() fails
 *
 * tools/testing/pageattr/model/ has a SPIN model of both races.
 *
 * ptdump and trans_pgd walk outside of RCU read-side critical sections. They hold the mmap
 * lock of init_mm, which the worker holds for writing in steps 3 to 6. Memory hot-remove
 * frees tables, too: the worker holds mem_hotplug_lock for reading.
 */
#include <linux/cleanup.h>
#include <linux/cpufeature.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/mmzone.h>
#include <linux/pagewalk.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <asm/sections.h>
#include <asm/tlbflush.h>

#include "linear_map.h"
#include "trace.h"

/* Delay of a collapse after a request: freed memory is often allocated again soon. */
#define COLLAPSE_DELAY		HZ

/* Size of a pass of the worker. Hibernation and memory hotplug wait for a pass. */
#define COLLAPSE_RANGE		(512 * PMD_SIZE)

/* Number of tables that share the two grace periods. */
#define COLLAPSE_BATCH		32

/**
 * struct collapse_level - a kind of table that can collapse
 * @size:	number of bytes that an entry maps
 * @nr:		number of entries
 * @cont:	number of entries of a contiguous group
 * @entry:	value of the default entry of this level for a linear address
 * @leaf:	value of the default leaf that replaces the table, NULL if there is none
 * @entry_size:	leaf size of an entry
 * @cont_size:	leaf size of a contiguous group
 * @leaf_size:	leaf size of @leaf
 * @ops:	walk that marks tables of this level
 */
struct collapse_level {
	unsigned long size;
	unsigned int nr;
	unsigned int cont;
	u64 (*entry)(unsigned long addr);
	u64 (*leaf)(unsigned long addr);
	enum kernel_leaf_size entry_size;
	enum kernel_leaf_size cont_size;
	enum kernel_leaf_size leaf_size;
	struct mm_walk_ops ops;
};

/**
 * struct collapse - a table that can collapse
 * @entry:	its descriptor
 * @desc:	value of the descriptor without marks
 * @addr:	first address that the table maps
 * @spare:	page for a new table; after the collapse, the page to free
 */
struct collapse {
	u64 *entry;
	u64 desc;
	unsigned long addr;
	void *spare;
};

/**
 * struct collapse_pass - a pass over the tables of one level
 * @level:	the level
 * @next:	address at which the next batch starts
 * @nr:		number of tables in @batch
 * @batch:	marked tables
 */
struct collapse_pass {
	const struct collapse_level *level;
	unsigned long next;
	unsigned int nr;
	struct collapse batch[COLLAPSE_BATCH];
};

/* Results of collapse_check(). */
enum collapse_result {
	COLLAPSE_NONE,
	COLLAPSE_GROUPS,
	COLLAPSE_LEAF,
};

/* The requested range, empty if @start is not below @end. */
static struct {
	raw_spinlock_t lock;	/* protects @start and @end */
	unsigned long start;
	unsigned long end;
} request = {
	.lock	= __RAW_SPIN_LOCK_UNLOCKED(request.lock),
	.start	= ULONG_MAX,
};

static bool overlap(unsigned long addr, unsigned long size, unsigned long start,
		    unsigned long end)
{
	return addr < end && start < addr + size;
}

/*
 * Whether one leaf may map [@addr, @addr + @size). KFENCE changes pages of its pool in any
 * context. The linear alias of the kernel image has other permissions. Hot-added memory can
 * be removed in units of a section. memblock does not know device memory, which can be
 * removed in smaller units.
 */
static bool may_be_leaf(unsigned long addr, unsigned long size)
{
	unsigned long section = 1UL << PA_SECTION_SHIFT, pa = __pa(addr), at;

	if (!IS_ALIGNED(addr | pa, size))
		return false;
#ifdef CONFIG_KFENCE
	if (__kfence_pool && overlap(addr, size, (unsigned long)__kfence_pool,
				     (unsigned long)__kfence_pool + KFENCE_POOL_SIZE))
		return false;
#endif
	if (overlap(addr, size, (unsigned long)lm_alias(_text),
		    (unsigned long)lm_alias(_end)))
		return false;
	if (!memblock_is_region_memory(pa, size))
		return false;
	if (size <= section)
		return true;
	for (at = pa; at < pa + size; at += section)
		if (!early_section(__pfn_to_section(PHYS_PFN(at))))
			return false;

	return true;
}

/* The default entries of the linear map, as map_mem() creates them, without PTE_CONT. */
static u64 default_pte(unsigned long addr)
{
	return pte_val(pfn_pte(PHYS_PFN(__pa(addr)), pgprot_tagged(PAGE_KERNEL)));
}

static u64 default_pmd(unsigned long addr)
{
	return pmd_val(pfn_pmd(PHYS_PFN(__pa(addr)),
			       mk_pmd_sect_prot(pgprot_tagged(PAGE_KERNEL))));
}

static u64 default_pud(unsigned long addr)
{
	return pud_val(pfn_pud(PHYS_PFN(__pa(addr)),
			       mk_pud_sect_prot(pgprot_tagged(PAGE_KERNEL))));
}

/*
 * Determine what a collapse makes of @table, which maps memory from @addr on. @copy, if not
 * NULL, receives the entries, with the contiguous bit in each group that can have it.
 */
static enum collapse_result collapse_check(const struct collapse_level *level,
					   unsigned long addr, const u64 *table, u64 *copy)
{
	const unsigned long group_size = level->size * level->cont;
	bool leaf = level->leaf && may_be_leaf(addr, level->size * level->nr);
	bool groups = false;
	unsigned int i, k;

	for (i = 0; i < level->nr; i += level->cont, addr += group_size) {
		u64 want = level->entry(addr), cont = PTE_CONT;
		bool same = true;

		for (k = 0; k < level->cont; k++, want += level->size) {
			u64 val = READ_ONCE(table[i + k]);

			same &= (val & ~PTE_CONT) == want;
			cont &= val;
			if (copy)
				copy[i + k] = val;
		}
		leaf &= same;
		if (!same || cont || !may_be_leaf(addr, group_size))
			continue;
		groups = true;
		for (k = 0; copy && k < level->cont; k++)
			copy[i + k] |= PTE_CONT;
	}
	if (leaf)
		return COLLAPSE_LEAF;

	return groups ? COLLAPSE_GROUPS : COLLAPSE_NONE;
}

/* Invalidate TLB and walk-cache entries that come from the replaced table. */
static void collapse_flush(unsigned long addr, unsigned long size)
{
	addr = ALIGN_DOWN(addr, size);
	/* The walk caches first: they can refill the TLBs from the replaced table. */
	__flush_tlb_kernel_pgtable(addr);
	flush_tlb_kernel_range(addr, addr + size);
}

/**
 * __collapse_clear_marks - clear the marks of a collapse in an entry
 * @entry:	the entry
 * @val:	its value, with marks
 * @addr:	an address that the entry maps
 * @size:	number of bytes that the entry maps
 *
 * With TLBI_PENDING the function invalidates the range first.
 *
 * Context: Any but NMI, in the RCU read-side critical section of the change or the split.
 * Return: true.
 */
bool __collapse_clear_marks(u64 *entry, u64 val, unsigned long addr, unsigned long size)
{
	if (val & TLBI_PENDING)
		collapse_flush(addr, size);
	kernel_entry_replace(entry, val, val & ~COLLAPSE_MARKS);

	return true;
}

static u64 *desc_table(u64 desc)
{
	return __va(__pmd_to_phys(__pmd(desc)));
}

/* Mark the table of *@entry if it can collapse; returns 1 when the batch is full. */
static int collapse_mark(struct collapse_pass *pass, u64 *entry, unsigned long addr,
			 unsigned long next)
{
	struct collapse *c = &pass->batch[pass->nr];
	enum collapse_result result;

	cond_resched();
	*c = (struct collapse){ .entry = entry, .desc = READ_ONCE(*entry), .addr = addr };
	result = collapse_check(pass->level, addr, desc_table(c->desc), NULL);
	if (result == COLLAPSE_NONE)
		return 0;
	if (result == COLLAPSE_GROUPS) {
		/* Collapsing is optional: fail rather than invoke the OOM killer. */
		c->spare = kernel_table_alloc(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!c->spare)
			return 0;
	}
	if (!kernel_entry_replace(entry, c->desc, c->desc | TABLE_COLLAPSING)) {
		if (c->spare)
			kernel_table_free(c->spare);
		return 0;
	}

	pass->next = next;

	return ++pass->nr == COLLAPSE_BATCH;
}

static int collapse_pud_entry(pud_t *pudp, unsigned long addr, unsigned long next,
			      struct mm_walk *walk)
{
	walk->action = ACTION_CONTINUE;
	if (!pud_present(pudp_get(pudp)) || !pud_table(pudp_get(pudp)))
		return 0;

	return collapse_mark(walk->private, &pud_val(*pudp), addr, next);
}

static int collapse_pmd_entry(pmd_t *pmdp, unsigned long addr, unsigned long next,
			      struct mm_walk *walk)
{
	walk->action = ACTION_CONTINUE;
	if (!pmd_table(pmdp_get(pmdp)))
		return 0;

	return collapse_mark(walk->private, &pmd_val(*pmdp), addr, next);
}

/*
 * Tables of PMDs come last: a collapse of PTE tables can make them uniform. With two levels
 * the only table of PMDs is the root, which cannot be replaced.
 */
#define NR_COLLAPSE_LEVELS	(CONFIG_PGTABLE_LEVELS > 2 ? 2 : 1)

static const struct collapse_level levels[] = {
	{
		.size		= PAGE_SIZE,
		.nr		= PTRS_PER_PTE,
		.cont		= CONT_PTES,
		.entry		= default_pte,
		.leaf		= default_pmd,
		.entry_size	= LEAF_PTE,
		.cont_size	= LEAF_CONT_PTE,
		.leaf_size	= LEAF_PMD,
		.ops		= { .pmd_entry = collapse_pmd_entry },
	},
	{
		.size		= PMD_SIZE,
		.nr		= PTRS_PER_PMD,
		.cont		= CONT_PMDS,
		.entry		= default_pmd,
		.leaf		= IS_ENABLED(CONFIG_ARM64_4K_PAGES) ? default_pud : NULL,
		.entry_size	= LEAF_PMD,
		.cont_size	= LEAF_CONT_PMD,
		.leaf_size	= LEAF_PUD,
		.ops		= { .pud_entry = collapse_pud_entry },
	},
};

/**
 * struct collapse_count - what a collapse changes in the counters of leaf sizes
 * @cont:	entries of the old table with the contiguous bit
 * @set:	entries in which the copy sets the contiguous bit
 * @groups:	groups in which the copy sets the contiguous bit
 */
struct collapse_count {
	unsigned int cont;
	unsigned int set;
	unsigned int groups;
};

/* Count before the copy is linked: it can change at once. */
static struct collapse_count collapse_count(const struct collapse_level *level,
					    const u64 *table, const u64 *copy)
{
	struct collapse_count count = { };
	unsigned int i, group = level->nr;

	for (i = 0; i < level->nr; i++) {
		count.cont += !!(table[i] & PTE_CONT);
		if (!copy || !((table[i] ^ copy[i]) & PTE_CONT))
			continue;
		count.set++;
		count.groups += group != i / level->cont;
		group = i / level->cont;
	}

	return count;
}

static void collapse_account(const struct collapse_level *level, unsigned long addr,
			     enum collapse_result result, struct collapse_count count)
{
	enum kernel_leaf_size to = level->cont_size;
	unsigned int nr = count.groups;

	if (result == COLLAPSE_LEAF) {
		to = level->leaf_size;
		nr = 1;
		leaf_count_moved(addr, count.cont * level->size, level->cont_size, to);
		leaf_count_moved(addr, (level->nr - count.cont) * level->size,
				 level->entry_size, to);
	} else {
		leaf_count_moved(addr, count.set * level->size, level->entry_size, to);
	}
	leaf_count_collapsed(to, nr);
	trace_kernel_leaf_collapse(addr, to, nr);
}

/* Steps 3 to 6. On return, c->spare is the page to free in step 7. */
static void collapse_replace(const struct collapse_level *level, struct collapse *c)
{
	const unsigned long size = level->size * level->nr;
	u64 *table = desc_table(c->desc), *copy = c->spare, new = c->desc;
	enum collapse_result result = collapse_check(level, c->addr, table, copy);
	struct collapse_count count = collapse_count(level, table, copy);

	if (result == COLLAPSE_LEAF)
		new = level->leaf(c->addr);
	else if (result == COLLAPSE_GROUPS && copy)
		new = kernel_table_desc(c->addr, copy);

	if (new == c->desc) {
		kernel_entry_replace(c->entry, c->desc | TABLE_COLLAPSING, c->desc);
		/* Without a page for the groups, the next pass allocates one. */
		if (result != COLLAPSE_NONE)
			collapse_kernel_leaves(c->addr, c->addr + size);
		return;
	}
	if (!kernel_entry_replace(c->entry, c->desc | TABLE_COLLAPSING, new | TLBI_PENDING)) {
		/* The change that cleared the mark can have failed: try again later. */
		collapse_kernel_leaves(c->addr, c->addr + size);
		return;
	}

	collapse_flush(c->addr, size);
	kernel_entry_replace(c->entry, new | TLBI_PENDING, new);
	collapse_account(level, c->addr, result, count);
	if (result == COLLAPSE_LEAF && copy)
		kernel_table_free(copy);
	c->spare = table;
}

/* Steps 2 to 7 for the marked tables. */
static void collapse_batch(struct collapse_pass *pass)
{
	struct collapse *c, *end = pass->batch + pass->nr;

	if (!pass->nr)
		return;

	synchronize_rcu();
	mmap_write_lock(&init_mm);
	for (c = pass->batch; c < end; c++)
		collapse_replace(pass->level, c);
	mmap_write_unlock(&init_mm);

	synchronize_rcu();
	for (c = pass->batch; c < end; c++)
		if (c->spare)
			kernel_table_free(c->spare);
}

static void collapse_range(const struct collapse_level *level, unsigned long start,
			   unsigned long end)
{
	/* There is one work item, which does not run twice at a time. */
	static struct collapse_pass pass;
	const unsigned long size = level->size * level->nr;
	int full;

	start = ALIGN_DOWN(start, size);
	end = ALIGN(end, size);
	pass.level = level;
	do {
		pass.nr = 0;
		full = walk_kernel_page_table_range_lockless(start, end, &level->ops, &pass);
		start = pass.next;
		collapse_batch(&pass);
	} while (full && start < end);
}

static void collapse_work(struct work_struct *work)
{
	unsigned long start, end, last;
	int i;

	scoped_guard(raw_spinlock_irq, &request.lock) {
		start = request.start;
		last = request.end;
		end = min(last, ALIGN(start + 1, COLLAPSE_RANGE));
		request.start = end < last ? end : ULONG_MAX;
		request.end = end < last ? last : 0;
	}
	if (start >= end)
		return;

	get_online_mems();
	for (i = 0; i < NR_COLLAPSE_LEVELS; i++)
		collapse_range(&levels[i], start, end);
	put_online_mems();

	if (end < last)
		queue_delayed_work(system_freezable_wq, to_delayed_work(work), 0);
}

static DECLARE_DELAYED_WORK(collapse_dwork, collapse_work);

/**
 * collapse_kernel_leaves - request a collapse of a range of the linear map
 * @start:	start address of the range that has its default attributes again
 * @end:	end address (exclusive)
 *
 * The collapse worker runs later. A range outside of the linear map is ignored, as is the
 * KFENCE pool.
 *
 * Context: Any but NMI.
 */
void collapse_kernel_leaves(unsigned long start, unsigned long end)
{
	if (!system_supports_bbml2_noabort() || debug_pagealloc_enabled() ||
	    !__is_lm_address(start) || is_kfence_address((void *)start))
		return;

	/*
	 * Hibernation copies memory page by page. The image could have the pending work
	 * item without its timer, and the restored kernel would never run the worker.
	 */
	if (system_state == SYSTEM_SUSPEND)
		return;

	scoped_guard(raw_spinlock_irqsave, &request.lock) {
		request.start = min(request.start, start);
		request.end = max(request.end, end);
		/* A pending worker takes the lock later and sees this request. */
		if (delayed_work_pending(&collapse_dwork))
			return;
	}
	queue_delayed_work(system_freezable_wq, &collapse_dwork, COLLAPSE_DELAY);
}

#if IS_ENABLED(CONFIG_KUNIT)
/**
 * collapse_kernel_leaves_now - run the collapse worker until no request is left
 *
 * Context: Task context, may sleep. For tests.
 */
void collapse_kernel_leaves_now(void)
{
	while (flush_delayed_work(&collapse_dwork))
		;
}
#endif /* CONFIG_KUNIT */
