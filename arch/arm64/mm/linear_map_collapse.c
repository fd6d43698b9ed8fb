// SPDX-License-Identifier: GPL-2.0-only
/*
 * Collapse of the linear map.
 *
 * Without a collapse, a split leaf stays split when its parts have the same attributes again.
 * The collapse worker replaces a table by a leaf if all entries map adjacent memory with the
 * default attributes. In other tables it sets the contiguous bit of each group that fulfils the
 * same condition, in a copy that replaces the table. Memory with other attributes stays split:
 * its owners would have to split again to free a part, and freeing must not fail.
 *
 * Each address keeps its translation; the size of its leaf changes, or the contiguous bit. BBML2
 * allows both in live tables, in both directions (Arm ARM, "FEAT_BBM", level 2). Until step 5
 * below, TLBs can have entries of both sizes: without aborts, this is no TLB conflict abort.
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
 * ptdump and kexec walk outside of RCU read-side critical sections. They hold
 * kernel_tables_rwsem for reading, the worker for writing. Memory hot-remove frees tables,
 * too: the worker holds mem_hotplug_lock for reading.
 *
 * Requests are kept by chunk. A request is due after COLLAPSE_DELAY. The worker handles one
 * chunk each time it runs, in the order of addresses, and starts again at the lowest chunk: no
 * chunk waits for another chunk twice. In between, the kernel can freeze the workqueue, and
 * memory hotplug can take mem_hotplug_lock.
 */
#include <linux/cleanup.h>
#include <linux/cpufeature.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/memblock.h>
#include <linux/memcontrol.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/moduleparam.h>
#include <linux/pagewalk.h>
#include <linux/pgalloc.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <asm/sections.h>
#include <asm/tlbflush.h>

#include "linear_map.h"
#include "trace.h"

/* Delay of a collapse after a request: freed memory is often allocated again soon. */
#define COLLAPSE_DELAY		HZ

/*
 * Size of a chunk. The worker reads at most 2^18 PTEs at a time, and the tables of a chunk
 * share the two grace periods.
 */
#define COLLAPSE_CHUNK		(PAGE_SIZE << 18)
#define COLLAPSE_TABLES		(COLLAPSE_CHUNK / PMD_SIZE)

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
 * struct collapse_pass - a pass over the tables of one level in a chunk
 * @level:	the level
 * @nr:		number of marked tables
 * @tables:	the marked tables
 */
struct collapse_pass {
	const struct collapse_level *level;
	unsigned int nr;
	struct collapse tables[COLLAPSE_TABLES];
};

/* Results of collapse_gain() and collapse_check(). */
enum collapse_result {
	COLLAPSE_NONE,
	COLLAPSE_GROUPS,
	COLLAPSE_LEAF,
};

/* Requested chunks, by number from PAGE_OFFSET on; the value is the time when one is due. */
static DEFINE_XARRAY_FLAGS(requests, XA_FLAGS_LOCK_IRQ);

/* The newest request, if the worker has not erased it. Written under the lock of @requests. */
static unsigned long newest_request = ULONG_MAX;

/*
 * The worker requests all memory: a request was not stored, for want of memory or in atomic
 * context with PREEMPT_RT, or the collapse was switched on.
 */
static bool request_all;

static bool collapse_enabled = true;

/* Allocated together. There is one work item, which does not run twice at a time. */
static struct workqueue_struct *collapse_wq;
static struct collapse_pass *collapse_pass;

static bool overlap(unsigned long addr, unsigned long size, unsigned long start,
		    unsigned long end)
{
	return addr < end && start < addr + size;
}

/*
 * Whether memblock knows all of [@pa, @pa + @size). Regions of a node, and those of a table
 * that ACPI has moved, can begin in the middle of a block that map_mem() has made before.
 */
static bool is_memblock_memory(phys_addr_t pa, unsigned long size)
{
	unsigned long pfn = PHYS_PFN(pa), end = pfn + PHYS_PFN(size), start, next;

	for (; pfn < end; pfn = next) {
		next = pfn;
		memblock_search_pfn_nid(pfn, &start, &next);
		if (next == pfn)
			return false;
	}

	return true;
}

/*
 * Whether one leaf may map [@addr, @addr + @size). KFENCE changes pages of its pool in any
 * context. The linear alias of kernel text and rodata has other permissions; that of init
 * memory, which is freed after boot, has not. Hot-added memory can be removed in units of a
 * section. memblock does not know device memory, which can be removed in smaller units.
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
		    (unsigned long)lm_alias(__init_begin)))
		return false;
	if (!is_memblock_memory(pa, size))
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

/* Whether @nr entries of @entries map memory from @addr on with the default attributes. */
static bool entries_are_default(const struct collapse_level *level, unsigned long addr,
				const u64 *entries, unsigned int nr)
{
	u64 want = level->entry(addr);
	unsigned int i;

	for (i = 0; i < nr; i++, want += level->size)
		if ((READ_ONCE(entries[i]) & ~PTE_CONT) != want)
			return false;

	return true;
}

/*
 * Determine whether a collapse of @table is worth a try. The entries of a contiguous group
 * have the same attributes: read one of them. As soon as no leaf is possible, skip the
 * contiguous groups. As soon as the result is known, stop.
 */
static enum collapse_result collapse_gain(const struct collapse_level *level,
					  unsigned long addr, const u64 *table)
{
	const unsigned long group_size = level->size * level->cont;
	bool leaf = level->leaf && may_be_leaf(addr, level->size * level->nr);
	bool groups = false;
	unsigned int i;

	for (i = 0; i < level->nr && (leaf || !groups); i += level->cont, addr += group_size) {
		bool cont = READ_ONCE(table[i]) & PTE_CONT, same;

		if (cont && !leaf)
			continue;
		same = entries_are_default(level, addr, table + i, cont ? 1 : level->cont);
		leaf &= same;
		groups |= same && !cont && may_be_leaf(addr, group_size);
	}
	if (leaf)
		return COLLAPSE_LEAF;

	return groups ? COLLAPSE_GROUPS : COLLAPSE_NONE;
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

/* The memory cgroup that pays for @table also pays for its copy. */
static void *collapse_copy_alloc(const u64 *table)
{
	struct mem_cgroup *memcg, *old;
	void *copy;

	scoped_guard(rcu)
		memcg = get_mem_cgroup_from_folio(virt_to_folio(table));
	old = set_active_memcg(memcg);
	/* Collapsing is optional: fail rather than invoke the OOM killer. */
	copy = kernel_table_alloc(GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN);
	set_active_memcg(old);
	mem_cgroup_put(memcg);

	return copy;
}

/* Mark the table @desc of *@entry if it can collapse. */
static void collapse_mark(struct collapse_pass *pass, u64 *entry, u64 desc, unsigned long addr)
{
	struct collapse *c = &pass->tables[pass->nr];
	enum collapse_result result;

	cond_resched();
	*c = (struct collapse){ .entry = entry, .desc = desc, .addr = addr };
	result = collapse_gain(pass->level, addr, desc_table(desc));
	if (result == COLLAPSE_NONE)
		return;
	if (result == COLLAPSE_GROUPS) {
		c->spare = collapse_copy_alloc(desc_table(desc));
		if (!c->spare)
			return;
	}
	if (kernel_entry_replace(entry, desc, desc | TABLE_COLLAPSING))
		pass->nr++;
	else if (c->spare)
		kernel_table_free(c->spare);
}

static int collapse_pud_entry(pud_t *pudp, unsigned long addr, unsigned long next,
			      struct mm_walk *walk)
{
	pud_t pud = pudp_get(pudp);

	walk->action = ACTION_CONTINUE;
	if (pud_present(pud) && pud_table(pud))
		collapse_mark(walk->private, &pud_val(*pudp), pud_val(pud), addr);

	return 0;
}

static int collapse_pmd_entry(pmd_t *pmdp, unsigned long addr, unsigned long next,
			      struct mm_walk *walk)
{
	pmd_t pmd = pmdp_get(pmdp);

	walk->action = ACTION_CONTINUE;
	if (pmd_table(pmd))
		collapse_mark(walk->private, &pmd_val(*pmdp), pmd_val(pmd), addr);

	return 0;
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
		u64 val = READ_ONCE(table[i]);

		count.cont += !!(val & PTE_CONT);
		if (!copy || !((val ^ copy[i]) & PTE_CONT))
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

/* Steps 1 to 7 for the tables of one level in [@start, @end). */
static void collapse_tables(struct collapse_pass *pass, unsigned long start, unsigned long end)
{
	const unsigned long size = pass->level->size * pass->level->nr;
	struct collapse *c;

	pass->nr = 0;
	walk_kernel_page_table_range_lockless(ALIGN_DOWN(start, size), ALIGN(end, size),
					      &pass->level->ops, pass);
	if (!pass->nr)
		return;

	synchronize_rcu();
	for (c = pass->tables; c < pass->tables + pass->nr; c++) {
		cond_resched();
		collapse_replace(pass->level, c);
	}

	synchronize_rcu();
	for (c = pass->tables; c < pass->tables + pass->nr; c++)
		if (c->spare)
			kernel_table_free(c->spare);
}

static void collapse_chunk(unsigned long chunk)
{
	unsigned long start = PAGE_OFFSET + chunk * COLLAPSE_CHUNK;
	int i;

	guard(rwsem_write)(&kernel_tables_rwsem);
	get_online_mems();
	for (i = 0; i < NR_COLLAPSE_LEVELS; i++) {
		collapse_pass->level = &levels[i];
		collapse_tables(collapse_pass, start, start + COLLAPSE_CHUNK);
	}
	put_online_mems();
}

static void collapse_request_all(void)
{
	phys_addr_t start, end;
	u64 i;

	get_online_mems();
	for_each_mem_range(i, &start, &end)
		collapse_kernel_leaves((unsigned long)__va(start), (unsigned long)__va(end));
	put_online_mems();
}

static void collapse_work(struct work_struct *work)
{
	static unsigned long chunk;
	void *due;

	if (!READ_ONCE(collapse_enabled))
		return;

	xa_for_each_start(&requests, chunk, due, chunk) {
		if (time_before(jiffies, xa_to_value(due)))
			continue;
		xa_lock_irq(&requests);
		__xa_erase(&requests, chunk);
		WRITE_ONCE(newest_request, ULONG_MAX);
		xa_unlock_irq(&requests);
		/* Pairs with collapse_request(): a request from here on is a new one. */
		smp_mb();
		collapse_chunk(chunk++);
		/* A new request can have queued the work with a delay. */
		mod_delayed_work(collapse_wq, to_delayed_work(work), 0);
		return;
	}

	chunk = 0;
	if (xchg(&request_all, false))
		collapse_request_all();
	if (!xa_empty(&requests) || READ_ONCE(request_all))
		queue_delayed_work(collapse_wq, to_delayed_work(work), COLLAPSE_DELAY);
}

static DECLARE_DELAYED_WORK(collapse_dwork, collapse_work);

/* Returns whether the request is new. */
static bool collapse_request(unsigned long chunk)
{
	unsigned long flags;
	int ret;

	/*
	 * If the worker has not erased an earlier request, it reads the tables later: it sees
	 * the stores of the caller. Pairs with collapse_work().
	 */
	smp_mb();
	if (READ_ONCE(newest_request) == chunk)
		return false;

	/* With PREEMPT_RT the lock and the allocator sleep. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && (preempt_count() || irqs_disabled())) {
		WRITE_ONCE(request_all, true);
		return true;
	}

	xa_lock_irqsave(&requests, flags);
	ret = __xa_insert(&requests, chunk, xa_mk_value(jiffies + COLLAPSE_DELAY),
			  GFP_NOWAIT | __GFP_NOWARN);
	if (ret != -ENOMEM)
		WRITE_ONCE(newest_request, chunk);
	xa_unlock_irqrestore(&requests, flags);
	if (ret == -ENOMEM)
		WRITE_ONCE(request_all, true);

	return ret != -EBUSY;
}

/**
 * collapse_kernel_leaves - request a collapse of a range of the linear map
 * @start:	start address of a range that was split, or has its default attributes again
 * @end:	end address (exclusive)
 *
 * The collapse worker runs later. A range outside of the linear map is ignored, as is the
 * KFENCE pool.
 *
 * Context: Any but NMI. With PREEMPT_RT, a request in atomic context is one for all of memory.
 */
void collapse_kernel_leaves(unsigned long start, unsigned long end)
{
	unsigned long chunk;
	bool new = false;

	if (!READ_ONCE(collapse_enabled) || !system_supports_bbml2_noabort() ||
	    debug_pagealloc_enabled() || !__is_lm_address(start) ||
	    (is_kfence_address((void *)start) && is_kfence_address((void *)(end - 1))))
		return;

	/*
	 * Hibernation copies memory page by page. The image could have a part of the request,
	 * or the pending work item without its timer.
	 */
	if (system_state == SYSTEM_SUSPEND)
		return;

	/* The end of a request can be a page behind a range that was split. */
	if (end > PAGE_END)
		end = PAGE_END;
	for (chunk = (start - PAGE_OFFSET) / COLLAPSE_CHUNK;
	     chunk <= (end - 1 - PAGE_OFFSET) / COLLAPSE_CHUNK; chunk++)
		new |= collapse_request(chunk);
	/* The CPU that has made an earlier request has queued the work. */
	if (new && collapse_wq)
		queue_delayed_work(collapse_wq, &collapse_dwork, COLLAPSE_DELAY);
}

/* Unbound: an isolated CPU has no collapse. Freezable: no collapse while an image is made. */
static int __init collapse_init(void)
{
	if (!system_supports_bbml2_noabort())
		return 0;

	collapse_pass = kvmalloc(sizeof(*collapse_pass), GFP_KERNEL);
	if (!collapse_pass)
		return -ENOMEM;
	collapse_wq = alloc_workqueue("linear_map_collapse", WQ_UNBOUND | WQ_FREEZABLE, 1);
	if (!collapse_wq) {
		kvfree(collapse_pass);
		return -ENOMEM;
	}

	/* Requests of the boot. */
	queue_delayed_work(collapse_wq, &collapse_dwork, COLLAPSE_DELAY);

	return 0;
}
core_initcall(collapse_init);

static int collapse_enable_set(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_bool(val, kp);

	if (!ret && collapse_enabled && collapse_wq) {
		WRITE_ONCE(request_all, true);
		queue_delayed_work(collapse_wq, &collapse_dwork, 0);
	}

	return ret;
}

static const struct kernel_param_ops collapse_enable_ops = {
	.set	= collapse_enable_set,
	.get	= param_get_bool,
};
module_param_cb(enable, &collapse_enable_ops, &collapse_enabled, 0644);
MODULE_PARM_DESC(enable, "Collapse split leaves of the linear map");

#if IS_ENABLED(CONFIG_KUNIT)
/**
 * collapse_kernel_leaves_now - run the collapse worker until no request is left
 *
 * Context: Task context, may sleep. For tests.
 */
void collapse_kernel_leaves_now(void)
{
	unsigned long chunk;
	void *due;

	if (!collapse_wq)
		return;
	do {
		xa_for_each(&requests, chunk, due)
			xa_cmpxchg_irq(&requests, chunk, due, xa_mk_value(jiffies), GFP_KERNEL);
	} while (flush_delayed_work(&collapse_dwork));
}
#endif /* CONFIG_KUNIT */
