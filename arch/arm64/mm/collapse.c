// SPDX-License-Identifier: GPL-2.0-only
/*
 * Putting the leaves of the linear map back together.
 *
 * What was split because a part had to differ stays split when the part is the same
 * again. Here a table whose entries all have the default permissions, of adjacent
 * memory, is replaced by the leaf that they add up to, and entries that add up to a
 * contiguous group get the bit again, in a new table that replaces theirs. Only the
 * default: memory that is uniformly something else may belong to several owners,
 * each of whom would have to split it again to give his part back, and giving back
 * must not fail.
 *
 * Changes take no lock, so a collapse has to do without one too, and must never
 * lose a change. It is, for a number of tables at once:
 *
 *   1. mark the descriptor of a table in which something can be gained,
 *   2. wait for a grace period,
 *   3. look at all of its entries,
 *   4. exchange the marked descriptor for the leaf, or the new table, marked as stale,
 *   5. invalidate the range at the old size, and the walk caches,
 *   6. take that mark away,
 *   7. wait for a grace period, and free the former table.
 *
 * Whoever changes an entry, or splits, is in an RCU read section from the walk that
 * finds the entry until it is stored, and takes away a mark that he meets. So in step 3
 * everyone who came by before the mark is done, and whoever came later has taken it
 * away, and 4 fails: the change wins. Between 4 and 6 what the former table said is
 * still cached, and a walk cache could bring it back into a TLB after the change and
 * its invalidation: whoever comes then does 5 and 6 himself before he goes on.
 * tools/testing/pageattr/model/ has this for SPIN.
 *
 * Readers that are in no read section, ptdump and trans_pgd, hold init_mm's mmap lock,
 * which 3 to 6 hold for writing, and hot-remove, which frees tables, mem_hotplug_lock.
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

/* How long memory that was given back is let alone: it may be taken again. */
#define COLLAPSE_DELAY		HZ

/* What is looked at in one go: hibernation and hotplug wait until that is done. */
#define COLLAPSE_RANGE		(512 * PMD_SIZE)

/* Tables that share the grace periods. */
#define COLLAPSE_BATCH		32

/**
 * struct collapse - one table that may go
 * @entry: its descriptor
 * @desc: what that is, without the mark
 * @addr: first address that it maps, in bytes
 * @spare: page for the new table, or the former one when that is to be freed
 */
struct collapse {
	u64 *entry;
	u64 desc;
	unsigned long addr;
	void *spare;
};

/**
 * struct collapse_level - what differs between tables of PTEs and of PMDs
 * @size: bytes that an entry of the table maps
 * @cont: number of entries in a contiguous group
 * @nr: number of entries
 * @upper: the level above has leaves
 * @entry: what an entry that is not contiguous is counted as
 */
struct collapse_level {
	unsigned long size;
	unsigned int cont;
	unsigned int nr;
	bool upper;
	enum kernel_leaf_size entry;
};

static const struct collapse_level pte_level = {
	.size	= PAGE_SIZE,
	.cont	= CONT_PTES,
	.nr	= PTRS_PER_PTE,
	.upper	= true,
	.entry	= LEAF_PTE,
};

static const struct collapse_level pmd_level = {
	.size	= PMD_SIZE,
	.cont	= CONT_PMDS,
	.nr	= PTRS_PER_PMD,
	.upper	= IS_ENABLED(CONFIG_ARM64_4K_PAGES),
	.entry	= LEAF_PMD,
};

/* What shall be looked at, and nothing if @start is not below @end. */
static struct {
	raw_spinlock_t lock;	/* for both */
	unsigned long start;
	unsigned long end;
} request = {
	.lock	= __RAW_SPIN_LOCK_UNLOCKED(request.lock),
	.start	= ULONG_MAX,
};

/**
 * struct collapse_pass - one pass over the tables of a level
 * @level: which
 * @next: where to go on, in bytes
 * @nr: tables in @batch
 * @batch: those that were marked
 */
struct collapse_pass {
	const struct collapse_level *level;
	unsigned long next;
	unsigned int nr;
	struct collapse batch[COLLAPSE_BATCH];
};

static bool overlap(unsigned long addr, unsigned long size, unsigned long start,
		    unsigned long end)
{
	return addr < end && start < addr + size;
}

/*
 * Whether [@addr, @addr + @size) may become one leaf. KFENCE changes pages of its
 * pool in any context; the image's alias has permissions of its own. Memory that was
 * hot-added may be removed in units of a section, and that of a device, which memblock
 * does not know, in smaller ones.
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

/* The leaf of @level at @addr that map_mem() makes, but for PTE_CONT. */
static u64 default_leaf(const struct collapse_level *level, unsigned long addr)
{
	pgprot_t prot = pgprot_tagged(PAGE_KERNEL);
	unsigned long pfn = PHYS_PFN(__pa(addr));

	if (level == &pte_level)
		return pte_val(pfn_pte(pfn, prot));
	if (level == &pmd_level)
		return pmd_val(pfn_pmd(pfn, mk_pmd_sect_prot(prot)));

	return pud_val(pfn_pud(pfn, mk_pud_sect_prot(prot)));
}

/**
 * struct gain - what replacing a table would gain
 * @leaf: one leaf can map all of it
 * @groups: contiguous groups that can be made
 * @entries: entries in these groups that were not contiguous
 * @cont: entries that are contiguous now
 */
struct gain {
	bool leaf;
	unsigned int groups;
	unsigned int entries;
	unsigned int cont;
};

/*
 * Look at the @table that maps memory from @addr on. @copy, if there is one, gets its
 * entries with the groups made. Returns whether there is anything to gain.
 */
static bool collapse_gain(const struct collapse_level *level, unsigned long addr,
			  const u64 *table, u64 *copy, struct gain *gain)
{
	const unsigned long group_size = level->size * level->cont;
	unsigned int i, k;

	*gain = (struct gain){
		.leaf = level->upper && may_be_leaf(addr, level->size * level->nr),
	};
	for (i = 0; i < level->nr; i += level->cont, addr += group_size) {
		u64 want = default_leaf(level, addr);
		unsigned int cont = 0;
		bool same = true;

		for (k = 0; k < level->cont; k++, want += level->size) {
			u64 val = READ_ONCE(table[i + k]);

			same &= (val & ~PTE_CONT) == want;
			cont += !!(val & PTE_CONT);
			if (copy)
				copy[i + k] = val;
		}
		gain->leaf &= same;
		gain->cont += cont;
		if (!same || cont == level->cont || !may_be_leaf(addr, group_size))
			continue;
		gain->groups++;
		gain->entries += level->cont - cont;
		for (k = 0; copy && k < level->cont; k++)
			copy[i + k] |= PTE_CONT;
	}

	return gain->leaf || gain->groups;
}

/* What @size bytes around @addr were mapped by a table that is no longer linked. */
static void collapse_flush(unsigned long addr, unsigned long size)
{
	addr = ALIGN_DOWN(addr, size);
	flush_tlb_kernel_range(addr, addr + size);
	__flush_tlb_kernel_pgtable(addr);
}

/**
 * collapse_walk_again - take the marks of a collapse off an entry
 * @entry:	the entry
 * @val:	what was read from it
 * @addr:	an address that it maps, in bytes
 * @size:	how much it maps
 * @walk:	the walk, which is told to look again
 *
 * For the callbacks of walks that change or split. Such walks skip tables, so they are
 * given one only if it has a mark, or if the entry became a table after they had read
 * it.
 *
 * Context: As the walk, in the RCU read section in which the entry is changed.
 * Return: 0.
 */
int collapse_walk_again(u64 *entry, u64 val, unsigned long addr, unsigned long size,
			struct mm_walk *walk)
{
	if (val & COLLAPSE_STALE)
		collapse_flush(addr, size);
	if (val & COLLAPSE_MARKS)
		kernel_entry_replace(entry, val, val & ~COLLAPSE_MARKS);
	walk->action = ACTION_AGAIN;

	return 0;
}

static u64 *desc_table(u64 desc)
{
	return __va(__pmd_to_phys(__pmd(desc)));
}

/* Mark the table that *@entry links, if it may go; 1 when the batch is full. */
static int collapse_mark(struct collapse_pass *pass, u64 *entry, unsigned long addr,
			 unsigned long next)
{
	struct collapse *c = &pass->batch[pass->nr];
	struct gain gain;

	cond_resched();
	*c = (struct collapse){ .entry = entry, .desc = READ_ONCE(*entry), .addr = addr };
	if (!collapse_gain(pass->level, addr, desc_table(c->desc), NULL, &gain))
		return 0;
	if (!gain.leaf) {
		/* What it gains is not worth killing somebody for. */
		c->spare = kernel_table_alloc(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!c->spare)
			return 0;
	}
	if (!kernel_entry_replace(entry, c->desc, c->desc | COLLAPSE_LOOKS)) {
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

static const struct mm_walk_ops collapse_pud_ops = { .pud_entry = collapse_pud_entry };
static const struct mm_walk_ops collapse_pmd_ops = { .pmd_entry = collapse_pmd_entry };

/* Steps 3 to 6. c->spare is what has to be freed afterwards. */
static void collapse_finish(const struct collapse_level *level, struct collapse *c)
{
	u64 *table = desc_table(c->desc), new = c->desc;
	struct gain gain;

	if (collapse_gain(level, c->addr, table, c->spare, &gain)) {
		if (gain.leaf)
			new = default_leaf(level == &pte_level ? &pmd_level : NULL, c->addr);
		else if (c->spare)
			new = kernel_table_desc(c->addr, c->spare);
	}
	if (new == c->desc) {
		kernel_entry_replace(c->entry, c->desc | COLLAPSE_LOOKS, c->desc);
		return;
	}
	if (!kernel_entry_replace(c->entry, c->desc | COLLAPSE_LOOKS, new | COLLAPSE_STALE)) {
		/* Whoever took the mark away may have changed nothing after all. */
		collapse_kernel_leaves(c->addr, c->addr + level->size * level->nr);
		return;
	}

	collapse_flush(c->addr, level->size * level->nr);
	kernel_entry_replace(c->entry, new | COLLAPSE_STALE, new);
	if (gain.leaf) {
		if (c->spare)
			kernel_table_free(c->spare);
		leaf_count_moved(c->addr, gain.cont * level->size, level->entry + 1,
				 level->entry + 2);
		leaf_count_moved(c->addr, (level->nr - gain.cont) * level->size,
				 level->entry, level->entry + 2);
		leaf_count_collapsed(c->addr, level->entry + 2, 1);
	} else {
		leaf_count_moved(c->addr, gain.entries * level->size, level->entry,
				 level->entry + 1);
		leaf_count_collapsed(c->addr, level->entry + 1, gain.groups);
	}
	c->spare = table;
}

/* Steps 2 to 7 for the tables that were marked. */
static void collapse_batch(struct collapse_pass *pass)
{
	struct collapse *c, *end = pass->batch + pass->nr;

	if (!pass->nr)
		return;

	synchronize_rcu();
	mmap_write_lock(&init_mm);
	for (c = pass->batch; c < end; c++)
		collapse_finish(pass->level, c);
	mmap_write_unlock(&init_mm);

	synchronize_rcu();
	for (c = pass->batch; c < end; c++)
		if (c->spare)
			kernel_table_free(c->spare);
}

static void collapse_range(const struct collapse_level *level,
			   const struct mm_walk_ops *ops, unsigned long start,
			   unsigned long end)
{
	/* There is one work, which never runs twice at a time. */
	static struct collapse_pass pass;
	const unsigned long size = level->size * level->nr;
	int full;

	start = ALIGN_DOWN(start, size);
	end = ALIGN(end, size);
	pass.level = level;
	do {
		pass.nr = 0;
		full = walk_kernel_page_table_range_lockless(start, end, ops, &pass);
		start = pass.next;
		collapse_batch(&pass);
	} while (full && start < end);
}

static void collapse_work(struct work_struct *work)
{
	unsigned long start, end, last;

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
	collapse_range(&pte_level, &collapse_pmd_ops, start, end);
	if (CONFIG_PGTABLE_LEVELS > 2)
		collapse_range(&pmd_level, &collapse_pud_ops, start, end);
	put_online_mems();

	if (end < last)
		queue_delayed_work(system_freezable_wq, to_delayed_work(work), 0);
}

static DECLARE_DELAYED_WORK(collapse_dwork, collapse_work);

/**
 * collapse_kernel_leaves - put leaves of the linear map back together, later
 * @start:	first address that has its default permissions again, in bytes
 * @end:	first address behind it
 *
 * Context: Any but NMI. Nothing of the caller's is needed until it is done.
 */
void collapse_kernel_leaves(unsigned long start, unsigned long end)
{
	if (!system_supports_bbml2_noabort() || debug_pagealloc_enabled() ||
	    !__is_lm_address(start) || is_kfence_address((void *)start))
		return;

	/* Of a work and its timer, hibernation may have copied one already. */
	if (system_state == SYSTEM_SUSPEND)
		return;

	scoped_guard(raw_spinlock_irqsave, &request.lock) {
		request.start = min(request.start, start);
		request.end = max(request.end, end);
	}
	queue_delayed_work(system_freezable_wq, &collapse_dwork, COLLAPSE_DELAY);
}

#if IS_ENABLED(CONFIG_KUNIT)
/**
 * collapse_kernel_leaves_now - do at once what was asked for
 *
 * For tests. Context: Task context, sleeps.
 */
void collapse_kernel_leaves_now(void)
{
	while (flush_delayed_work(&collapse_dwork))
		;
}
#endif /* CONFIG_KUNIT */
