// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the block-mapped linear map, on live mappings: split, boot state, freed
 * areas, collapse, counters and tracepoints.
 *
 * The tests need a machine that supports BBML2 without aborts, and skip on others. There
 * pageattr_kunit.c tests that a change of a partially covered leaf is refused.
 *
 * Other CPUs split and collapse leaves while the tests run. A test compares only leaves of
 * memory that it owns. Global counters are compared as lower bounds, or with a walk of the
 * tables; this comparison is repeated until both agree.
 *
 * Not covered: a CPU that cannot change the block size, and a TLBI that misses an address.
 * QEMU has no TLB conflicts and invalidates more than the TLBI names.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kasan.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/moduleparam.h>
#include <linux/pagewalk.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include "../linear_map.h"
#include "../trace.h"
#include "pageattr_probe.h"

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);

static int need_split(struct kunit *test)
{
	if (!system_supports_bbml2_noabort())
		kunit_skip(test, "not all CPUs support BBML2 without aborts");
	if (!pageattr_probe_rodata_full())
		kunit_skip(test, "without rodata=full the linear map never changes");
	if (debug_pagealloc_enabled())
		kunit_skip(test, "debug_pagealloc maps the linear map at page granularity");

	return 0;
}

/*
 * Memory that the test owns
 */

static void memory_put(void *memory)
{
	struct page *page = virt_to_page(memory);

	__free_pages(page, page_private(page));
}

/* Allocate two PMD blocks, or as much as the page allocator has in one piece. */
static unsigned long memory_get(struct kunit *test, unsigned long *size)
{
	unsigned int order = min_t(unsigned int, MAX_PAGE_ORDER, get_order(2 * PMD_SIZE));
	struct page *page = alloc_pages(GFP_KERNEL, order);
	void *memory;

	KUNIT_ASSERT_NOT_NULL(test, page);
	/* Attribute changes take addresses without a KASAN tag. */
	memory = kasan_reset_tag(page_address(page));
	set_page_private(page, order);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, memory_put, memory), 0);
	*size = PAGE_SIZE << order;

	/* Former owners have split leaves. Collapse them now, not in the middle of a test. */
	collapse_kernel_leaves_now();

	return (unsigned long)memory;
}

/* Size of the largest leaf that maps only memory of the test, which has @size bytes. */
static unsigned long owned_leaf(unsigned long size)
{
	if (size >= PMD_SIZE)
		return PMD_SIZE;

	return size >= CONT_PTE_SIZE ? CONT_PTE_SIZE : PAGE_SIZE;
}

static struct pageattr_leaf leaf_at(struct kunit *test, unsigned long addr)
{
	struct pageattr_leaf leaf = { };
	bool found;

	/* A collapse frees tables after a grace period. */
	rcu_read_lock();
	found = pageattr_probe_leaf(addr, &leaf);
	rcu_read_unlock();
	KUNIT_ASSERT_TRUE(test, found);

	return leaf;
}

/* Allocate memory in which there is something to split. */
static unsigned long block_get(struct kunit *test, unsigned long *size)
{
	unsigned long addr = memory_get(test, size);

	if (leaf_at(test, addr).size == PAGE_SIZE)
		kunit_skip(test, "the linear map is mapped at page granularity");

	return addr;
}

/**
 * struct page_state - how the linear map maps one page
 * @phys: physical address
 * @attrs: attributes, without the bits that depend on the size of the leaf
 * @size: size of the leaf, at most owned_leaf()
 */
struct page_state {
	u64 phys;
	u64 attrs;
	unsigned long size;
};

static struct page_state state_at(struct kunit *test, unsigned long addr, unsigned long size)
{
	struct pageattr_leaf leaf = leaf_at(test, addr);
	/* An entry of a contiguous group maps only its part of the group. */
	unsigned long part = leaf.level == 3 ? PAGE_SIZE : leaf.level == 2 ? PMD_SIZE : PUD_SIZE;
	pte_t pte = __pte(leaf.raw);

	return (struct page_state){
		.phys = __pte_to_phys(pte) + (addr & (part - 1)),
		.attrs = pgprot_val(pte_pgprot(pte)) & ~(PTE_CONT | PTE_TABLE_BIT),
		.size = min(leaf.size, owned_leaf(size)),
	};
}

/* The state of each page of the memory, to be compared later. */
static void save_states(struct kunit *test, struct page_state *states, unsigned long addr,
			unsigned long size)
{
	unsigned long i;

	for (i = 0; i < size / PAGE_SIZE; i++)
		states[i] = state_at(test, addr + i * PAGE_SIZE, size);
}

static struct page_state *get_states(struct kunit *test, unsigned long addr, unsigned long size)
{
	struct page_state *states;

	states = kunit_kcalloc(test, size / PAGE_SIZE, sizeof(*states), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, states);
	save_states(test, states, addr, size);

	return states;
}

/* Number of pages with another translation or other attributes than in @was. */
static unsigned long changed_pages(struct kunit *test, const struct page_state *was,
				   unsigned long addr, unsigned long size)
{
	unsigned long i, nr = 0;

	for (i = 0; i < size / PAGE_SIZE; i++) {
		struct page_state is = state_at(test, addr + i * PAGE_SIZE, size);

		nr += is.phys != was[i].phys || is.attrs != was[i].attrs;
	}

	return nr;
}

/* Number of pages that a leaf of another size maps than in @was. */
static unsigned long resized_pages(struct kunit *test, const struct page_state *was,
				   unsigned long addr, unsigned long size)
{
	unsigned long i, nr = 0;

	for (i = 0; i < size / PAGE_SIZE; i++)
		nr += state_at(test, addr + i * PAGE_SIZE, size).size != was[i].size;

	return nr;
}

static int change(unsigned long addr, unsigned long size, u64 set, u64 clear)
{
	return update_range_prot(addr, size, __pgprot(set), __pgprot(clear));
}

static int make_ro(unsigned long addr, unsigned long size)
{
	return change(addr, size, PTE_RDONLY, PTE_WRITE);
}

static int make_rw(unsigned long addr, unsigned long size)
{
	return change(addr, size, PTE_WRITE, PTE_RDONLY);
}

/*
 * Split
 */

static const struct {
	unsigned int first, nr;
} split_ranges[] = {
	{ 0, 1 }, { 5, 1 }, { 16, 16 }, { 17, 16 }, { 3, 90 }, { 511, 1 }, { 0, 512 },
	{ 500, 24 }, { 512, 512 }, { 1, 511 },
};

/* Size of the largest leaf of at most @max bytes at @addr that does not cross @boundary. */
static unsigned long largest_leaf(unsigned long addr, unsigned long boundary,
				  unsigned long max)
{
	static const unsigned long sizes[] = {
		PUD_SIZE, CONT_PMD_SIZE, PMD_SIZE, CONT_PTE_SIZE, PAGE_SIZE,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned long start = ALIGN_DOWN(addr, sizes[i]);

		if (sizes[i] <= max && (boundary <= start || boundary >= start + sizes[i]))
			return sizes[i];
	}

	return 0;
}

/* Only [@start, @end) is read-only, and no leaf is smaller than these ends require. */
static void expect_split_at_ends(struct kunit *test, const struct page_state *was,
				 unsigned long addr, unsigned long size,
				 unsigned long start, unsigned long end)
{
	unsigned long at;

	for (at = addr; at < addr + size; at += PAGE_SIZE, was++) {
		struct pageattr_leaf is = leaf_at(test, at);
		bool in = at >= start && at < end;

		KUNIT_EXPECT_EQ(test, is.write, !in);
		KUNIT_EXPECT_TRUE(test, is.valid);
		KUNIT_EXPECT_EQ(test, pageattr_probe_at_write(at), !in);
		if (in)
			KUNIT_EXPECT_TRUE(test, is.start >= start && is.start + is.size <= end);
		else
			KUNIT_EXPECT_TRUE(test, is.start + is.size <= start || is.start >= end);
		KUNIT_EXPECT_GE(test, is.size,
				min3(was->size, largest_leaf(at, start, was->size),
				     largest_leaf(at, end, was->size)));
	}
}

/* The split for one range leaves smaller leaves for the next range. */
static void split_is_at_the_ends_only(struct kunit *test)
{
	unsigned long size, addr, start, end;
	struct page_state *was;
	int i;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	for (i = 0; i < ARRAY_SIZE(split_ranges); i++) {
		start = addr + split_ranges[i].first * PAGE_SIZE;
		end = start + split_ranges[i].nr * PAGE_SIZE;
		if (end > addr + size)
			continue;
		save_states(test, was, addr, size);
		KUNIT_EXPECT_EQ(test, make_ro(start, end - start), 0);
		expect_split_at_ends(test, was, addr, size, start, end);
		KUNIT_EXPECT_EQ(test, make_rw(start, end - start), 0);
		KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
	}
}

/* A change that changes no bit splits nothing. */
static void no_split_without_need(struct kunit *test)
{
	struct page_state *was;
	unsigned long size, addr;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	KUNIT_EXPECT_EQ(test, make_rw(addr + PAGE_SIZE, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr + PAGE_SIZE, 3, 1), 0);
	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(virt_to_page((void *)addr)), 0);
	KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
	KUNIT_EXPECT_EQ(test, resized_pages(test, was, addr, size), 0);
}

static void split_refuses_atomic_context(struct kunit *test)
{
	unsigned long size, addr, flags;
	struct page_state *was;
	bool irqs_stayed_off;
	int ret;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	local_irq_save(flags);
	ret = set_memory_valid(addr + PAGE_SIZE, 1, 0);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, ret, -EBUSY);
	/* On PREEMPT_RT the kernel does not see that bottom halves are off. */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT)) {
		local_bh_disable();
		ret = set_memory_valid(addr + PAGE_SIZE, 1, 0);
		local_bh_enable();
		KUNIT_EXPECT_EQ(test, ret, -EBUSY);
	}
	/* Without PREEMPT_COUNT the kernel does not see that preemption is off. */
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT)) {
		preempt_disable();
		ret = set_memory_valid(addr + PAGE_SIZE, 1, 0);
		preempt_enable();
		KUNIT_EXPECT_EQ(test, ret, -EBUSY);
	}
	KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
	KUNIT_EXPECT_EQ(test, resized_pages(test, was, addr, size), 0);

	/* The page is PTE-mapped now. Changes in atomic context need no split. */
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr + PAGE_SIZE, 1, 0), 0);
	local_irq_save(flags);
	ret = set_memory_valid(addr + PAGE_SIZE, 1, 1) ?:
	      set_memory_valid(addr + PAGE_SIZE, 1, 0);
	irqs_stayed_off = irqs_disabled();
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, ret, 0);
	/* A valid page requests a collapse, and the request takes a lock. */
	KUNIT_EXPECT_TRUE(test, irqs_stayed_off);
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr + PAGE_SIZE, 1, 1), 0);
}

/* Only the test's own calls use the stub of kernel_table_alloc(). */
static int tables_left;
static int tables_asked;

static void *alloc_tables_left(gfp_t gfp)
{
	void *table;

	tables_asked++;
	if (!tables_left)
		return NULL;
	tables_left--;
	table = (void *)__get_free_page(GFP_KERNEL);
	if (table)
		atomic_long_inc(&kernel_tables);

	return table;
}

/* Make all but the first and the last page read-only, with memory for @nr tables. */
static int make_ro_with_tables(struct kunit *test, unsigned long addr, unsigned long size, int nr)
{
	int ret;

	tables_left = nr;
	kunit_activate_static_stub(test, kernel_table_alloc, alloc_tables_left);
	ret = make_ro(addr + PAGE_SIZE, size - 2 * PAGE_SIZE);
	kunit_deactivate_static_stub(test, kernel_table_alloc);

	return ret;
}

static void expect_writable(struct kunit *test, unsigned long addr, unsigned long size)
{
	unsigned long at;

	for (at = addr; at < addr + size; at += PAGE_SIZE)
		KUNIT_EXPECT_TRUE(test, pageattr_probe_at_write(at));
}

/* Each call gets memory for one more table, until each allocation has failed once. */
static void split_without_memory_changes_nothing(struct kunit *test)
{
	unsigned long size, addr;
	struct page_state *was;
	int n, ret;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	for (n = 0; n < 8; n++) {
		ret = make_ro_with_tables(test, addr, size, min(n, 1));
		if (!ret)
			break;
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
		expect_writable(test, addr, size);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_GT(test, n, 0);
	KUNIT_EXPECT_EQ(test, make_rw(addr + PAGE_SIZE, size - 2 * PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
}

/* Make a block invalid and one of its pages valid, then the whole block valid again. */
static void split_invalid_block(struct kunit *test, unsigned long addr, unsigned long block)
{
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr, block / PAGE_SIZE, 0), 0);
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr + PAGE_SIZE, 1, 1), 0);
	KUNIT_EXPECT_FALSE(test, kernel_page_present(virt_to_page((void *)addr)));
	KUNIT_EXPECT_TRUE(test, kernel_page_present(virt_to_page((void *)addr + PAGE_SIZE)));
	KUNIT_EXPECT_FALSE(test, pageattr_probe_at_read(addr + 2 * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, pageattr_probe_at_read(addr + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr, block / PAGE_SIZE, 1), 0);
}

static void invalid_leaf_can_be_split(struct kunit *test)
{
	unsigned long size, addr;
	struct page_state *was;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	split_invalid_block(test, addr, min(size, PMD_SIZE));
	KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
}

/*
 * The linear map in blocks: boot state and vm_reset_perms(). The remap for a late CPU needs
 * a separate boot.
 */

static int sum_pud(pud_t *pudp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	unsigned long *bytes = walk->private;

	if (pud_leaf(pudp_get(pudp)))
		bytes[LEAF_PUD] += next - addr;

	return 0;
}

static int sum_pmd(pmd_t *pmdp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	unsigned long *bytes = walk->private;
	pmd_t pmd = pmdp_get(pmdp);
	pte_t *ptep, pte;

	walk->action = ACTION_CONTINUE;
	if (pmd_leaf(pmd))
		bytes[pmd_cont(pmd) ? LEAF_CONT_PMD : LEAF_PMD] += next - addr;
	if (!pmd_table(pmd))
		return 0;

	for (ptep = pte_offset_kernel(&pmd, addr); addr < next; addr += PAGE_SIZE, ptep++) {
		pte = __ptep_get(ptep);
		if (pte_present(pte))
			bytes[pte_cont(pte) ? LEAF_CONT_PTE : LEAF_PTE] += PAGE_SIZE;
	}

	return 0;
}

/* Bytes that leaves of each size map. The caller holds the mmap lock: no table is freed. */
static void sum_linear_map(unsigned long bytes[NR_LEAF_SIZES])
{
	static const struct mm_walk_ops ops = { .pud_entry = sum_pud, .pmd_entry = sum_pmd };

	mmap_assert_write_locked(&init_mm);
	memset(bytes, 0, NR_LEAF_SIZES * sizeof(*bytes));
	walk_kernel_page_table_range_lockless(_PAGE_OFFSET(vabits_actual), PAGE_END, &ops, bytes);
}

static void linear_map_is_block_mapped(struct kunit *test)
{
	unsigned long bytes[NR_LEAF_SIZES], all = 0, size, addr;
	int i;

	addr = memory_get(test, &size);
	KUNIT_EXPECT_GT(test, leaf_at(test, addr).size, PAGE_SIZE);

	mmap_write_lock(&init_mm);
	sum_linear_map(bytes);
	mmap_write_unlock(&init_mm);
	for (i = 0; i < NR_LEAF_SIZES; i++)
		all += bytes[i];
	kunit_info(test, "kB by leaf size: PTE %lu, contpte %lu, PMD %lu, contpmd %lu, PUD %lu\n",
		   bytes[LEAF_PTE] >> 10, bytes[LEAF_CONT_PTE] >> 10, bytes[LEAF_PMD] >> 10,
		   bytes[LEAF_CONT_PMD] >> 10, bytes[LEAF_PUD] >> 10);
	KUNIT_EXPECT_GT(test, all, SZ_64M);
	/* The limit is three blocks where 15 % of the memory is less than that. */
	KUNIT_EXPECT_LE(test, bytes[LEAF_PTE] + bytes[LEAF_CONT_PTE],
			max(all / 100 * 15, 3 * PMD_SIZE));
	/* The root table cannot be replaced: a collapse could not restore a group there. */
	if (CONFIG_PGTABLE_LEVELS == 2)
		KUNIT_EXPECT_EQ(test, bytes[LEAF_CONT_PMD], 0);
}

#define AREA_PAGES	8

/* Freeing an area must not fail: vm_reset_perms() has no memory for tables. */
static void vfree_splits_no_leaf(struct kunit *test)
{
	struct page *pages[AREA_PAGES];
	unsigned long alias;
	int i, rox;
	void *area;

	for (rox = 0; rox < 2; rox++) {
		area = vmalloc(AREA_PAGES * PAGE_SIZE);
		KUNIT_ASSERT_NOT_NULL(test, area);
		set_vm_flush_reset_perms(area);
		for (i = 0; i < AREA_PAGES; i++) {
			/* The reference keeps the page after vfree(). */
			pages[i] = vmalloc_to_page(area + i * PAGE_SIZE);
			get_page(pages[i]);
		}
		if (rox)
			KUNIT_EXPECT_EQ(test, set_memory_rox((unsigned long)area, AREA_PAGES), 0);

		tables_left = 0;
		tables_asked = 0;
		kunit_activate_static_stub(test, kernel_table_alloc, alloc_tables_left);
		vfree(area);
		kunit_deactivate_static_stub(test, kernel_table_alloc);
		KUNIT_EXPECT_EQ(test, tables_asked, 0);

		for (i = 0; i < AREA_PAGES; i++) {
			alias = (unsigned long)kasan_reset_tag(page_address(pages[i]));
			KUNIT_EXPECT_TRUE(test, kernel_page_present(pages[i]));
			KUNIT_EXPECT_TRUE(test, pageattr_probe_at_write(alias));
			KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias), 1);
			__free_page(pages[i]);
		}
	}
}

/*
 * Collapse
 */

/* Each range starts with the large leaves that the collapse after the last range restored. */
static void collapse_restores_split_leaves(struct kunit *test)
{
	unsigned long size, addr, start, end;
	struct page_state *was;
	int i;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	for (i = 0; i < ARRAY_SIZE(split_ranges); i++) {
		start = addr + split_ranges[i].first * PAGE_SIZE;
		end = start + split_ranges[i].nr * PAGE_SIZE;
		if (end > addr + size)
			continue;
		KUNIT_EXPECT_EQ(test, make_ro(start, end - start), 0);
		expect_split_at_ends(test, was, addr, size, start, end);
		KUNIT_EXPECT_EQ(test, make_rw(start, end - start), 0);
		collapse_kernel_leaves_now();
		KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
		KUNIT_EXPECT_EQ(test, resized_pages(test, was, addr, size), 0);
	}
}

static void collapse_restores_invalid_leaves(struct kunit *test)
{
	unsigned long size, addr;
	struct page_state *was;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	split_invalid_block(test, addr, min(size, PMD_SIZE));
	collapse_kernel_leaves_now();
	KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
	KUNIT_EXPECT_EQ(test, resized_pages(test, was, addr, size), 0);
}

/* A change that fails requests the collapse of the leaves that it has split. */
static void collapse_restores_leaves_of_a_failed_change(struct kunit *test)
{
	unsigned long size, addr;
	struct page_state *was;
	int n, ret;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	/* Each allocation of the split fails once. */
	for (n = 0; n < 8; n++) {
		ret = make_ro_with_tables(test, addr, size, n);
		if (!ret)
			break;
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		collapse_kernel_leaves_now();
		KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
		KUNIT_EXPECT_EQ(test, resized_pages(test, was, addr, size), 0);
		expect_writable(test, addr, size);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_GT(test, n, 0);
	KUNIT_EXPECT_EQ(test, make_rw(addr + PAGE_SIZE, size - 2 * PAGE_SIZE), 0);
	collapse_kernel_leaves_now();
	KUNIT_EXPECT_EQ(test, resized_pages(test, was, addr, size), 0);
}

/* A split requests no collapse. The caller does, and the collapse undoes the split. */
static void collapse_undoes_a_split_on_request(struct kunit *test)
{
	static const unsigned int splits[] = { 1, 15, 16, 511, 512, 513 };
	unsigned long size, addr, at, page;
	struct page_state *was, *now;
	struct pageattr_leaf is;
	int i;

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	now = get_states(test, addr, size);
	for (i = 0; i < ARRAY_SIZE(splits); i++) {
		at = addr + splits[i] * PAGE_SIZE;
		if (at >= addr + size)
			continue;
		KUNIT_EXPECT_EQ(test, split_kernel_leaf_at(at), 0);
		for (page = addr; page < addr + size; page += PAGE_SIZE) {
			is = leaf_at(test, page);
			KUNIT_EXPECT_TRUE(test, is.start + is.size <= at || is.start >= at);
			KUNIT_EXPECT_GE(test, is.size,
					min(was[0].size, largest_leaf(page, at, was[0].size)));
		}
		KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
		/* A second split at the same address has nothing to do. */
		save_states(test, now, addr, size);
		KUNIT_EXPECT_EQ(test, split_kernel_leaf_at(at), 0);
		KUNIT_EXPECT_EQ(test, resized_pages(test, now, addr, size), 0);

		collapse_kernel_leaves(addr, addr + size);
		collapse_kernel_leaves_now();
		KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
		KUNIT_EXPECT_EQ(test, resized_pages(test, was, addr, size), 0);
	}
}

/*
 * Counters: DirectMap lines and vmstat
 */

/* A split on another CPU can come between the two sums: repeat until they agree. */
static void expect_count_equals_walk(struct kunit *test)
{
	unsigned long counted[NR_LEAF_SIZES], walked[NR_LEAF_SIZES];
	int i;

	for (i = 0; i < 20; i++) {
		collapse_kernel_leaves_now();
		mmap_write_lock(&init_mm);
		leaf_count_read(counted);
		sum_linear_map(walked);
		mmap_write_unlock(&init_mm);
		if (!memcmp(counted, walked, sizeof(counted)))
			return;
		msleep(20);
	}
	for (i = 0; i < NR_LEAF_SIZES; i++)
		KUNIT_EXPECT_EQ_MSG(test, counted[i], walked[i], "leaf size %d", i);
}

static int count_pud_table(pud_t *pudp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	pud_t pud = pudp_get(pudp);

	*(long *)walk->private += pud_present(pud) && pud_table(pud);

	return 0;
}

static int count_pmd_table(pmd_t *pmdp, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	*(long *)walk->private += pmd_table(pmdp_get(pmdp));
	walk->action = ACTION_CONTINUE;

	return 0;
}

/*
 * Number of linked tables of the linear map, less the number of tables that splits have
 * allocated and nothing has freed. Splits and collapses on any CPU leave it as it is.
 */
static long tables_not_split(void)
{
	static const struct mm_walk_ops ops = {
		.pud_entry = count_pud_table,
		.pmd_entry = count_pmd_table,
	};
	long linked = 0;

	collapse_kernel_leaves_now();
	mmap_write_lock(&init_mm);
	walk_kernel_page_table_range_lockless(_PAGE_OFFSET(vabits_actual), PAGE_END, &ops,
					      &linked);
	linked -= atomic_long_read(&kernel_tables);
	mmap_write_unlock(&init_mm);

	return linked;
}

/* A split on another CPU can have a table that is not linked yet: repeat. */
static void expect_no_table_lost(struct kunit *test, long before)
{
	long now = 0;
	int i;

	for (i = 0; i < 20; i++) {
		now = tables_not_split();
		if (now == before)
			return;
		msleep(20);
	}
	KUNIT_EXPECT_EQ(test, now, before);
}

/* Number of times that @item was counted. Other CPUs only add to it. */
static unsigned long events(struct kunit *test, enum vm_event_item item)
{
	unsigned long *all = kunit_kcalloc(test, NR_VM_EVENT_ITEMS, sizeof(*all), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, all);
	all_vm_events(all);

	return all[item];
}

static void count_equals_a_walk(struct kunit *test)
{
	unsigned long size, addr;

	expect_count_equals_walk(test);
	addr = block_get(test, &size);
	KUNIT_EXPECT_EQ(test, make_ro(addr + PAGE_SIZE, PAGE_SIZE), 0);
	expect_count_equals_walk(test);
	KUNIT_EXPECT_EQ(test, make_rw(addr + PAGE_SIZE, PAGE_SIZE), 0);
	expect_count_equals_walk(test);
}

static void vmstat_counts_splits_and_collapses(struct kunit *test)
{
	unsigned long size, addr, splits, group_splits, collapses;
	bool block;

	addr = block_get(test, &size);
	block = state_at(test, addr, size).size == PMD_SIZE;
	if (!IS_ENABLED(CONFIG_VM_EVENT_COUNTERS))
		kunit_skip(test, "the kernel does not count events");

	splits = events(test, DIRECT_MAP_PMD_SPLIT);
	group_splits = events(test, DIRECT_MAP_CONT_PTE_SPLIT);
	collapses = events(test, DIRECT_MAP_PMD_COLLAPSE);
	KUNIT_EXPECT_EQ(test, make_ro(addr + PAGE_SIZE, PAGE_SIZE), 0);
	if (block)
		KUNIT_EXPECT_GT(test, events(test, DIRECT_MAP_PMD_SPLIT), splits);
	KUNIT_EXPECT_GT(test, events(test, DIRECT_MAP_CONT_PTE_SPLIT), group_splits);
	KUNIT_EXPECT_EQ(test, make_rw(addr + PAGE_SIZE, PAGE_SIZE), 0);
	collapse_kernel_leaves_now();
	if (block)
		KUNIT_EXPECT_GT(test, events(test, DIRECT_MAP_PMD_COLLAPSE), collapses);
}

/*
 * Random changes by several CPUs. Each CPU owns some of the pages that a leaf maps, and the
 * test task requests collapses all the time:
 *
 *	CPU0 (owner)			CPU1 (collapse worker)
 *	------------------------------	------------------------------
 *	split the block, change a page
 *					set TABLE_COLLAPSING
 *	clear TABLE_COLLAPSING,
 *	change another page
 *					cmpxchg() fails: keep the table
 *
 *	CPU0 (owner)			CPU1 (another owner)
 *	------------------------------	------------------------------
 *	read the block, fill a table	read the block, fill a table
 *	cmpxchg() links the table
 *					cmpxchg() fails: use CPU0's table
 */
#define OWNERS		4
#define CHANGES		2500
#define CHANGES_IN_ROW	125
#define MAX_RUN		40

/**
 * struct owner - a kthread that changes its pages at random
 * @addr: address of the memory that all owners share
 * @nr: number of pages
 * @owned_by: owner of each page
 * @id: of this owner, in @owned_by
 * @model: for each page, the entry that the owner of the page expects
 * @seed: of the random changes
 * @refused: number of calls that returned an error; -EAGAIN of the walk is one, too
 * @wrong: number of pages that differ from @model
 * @done: completed after the last change
 */
struct owner {
	unsigned long addr;
	unsigned int nr;
	u8 *owned_by;
	u8 id;
	u64 *model;
	u64 seed;
	unsigned int refused;
	unsigned int wrong;
	struct completion done;
};

static const struct {
	u64 set, clear;
} changes[] = {
	{ PTE_RDONLY, PTE_WRITE },
	{ PTE_WRITE, PTE_RDONLY },
	{ PTE_PRESENT_INVALID, PTE_VALID },
	{ 0, 0 },	/* make valid: PTE_VALID_KERNEL is no constant */
};

#define LEAF_BITS	(PTE_VALID | PTE_RDONLY | PTE_WRITE | PTE_NG | PTE_PXN)

/* Number of pages of the owner that differ from the model. */
static unsigned int wrong_pages(struct owner *owner, unsigned int first, unsigned int nr)
{
	unsigned int i, wrong = 0;

	for (i = first; i < first + nr; i++) {
		unsigned long addr = owner->addr + i * PAGE_SIZE;
		struct pageattr_leaf leaf;
		bool ok;

		/* A collapse frees tables after a grace period. */
		rcu_read_lock();
		ok = pageattr_probe_leaf(addr, &leaf) &&
		     (leaf.raw & LEAF_BITS) == (owner->model[i] & LEAF_BITS);
		rcu_read_unlock();
		ok &= pageattr_probe_at_read(addr) == !!(owner->model[i] & PTE_VALID);
		ok &= pageattr_probe_at_write(addr) ==
		      ((owner->model[i] & (PTE_VALID | PTE_RDONLY)) == PTE_VALID);
		wrong += !ok;
	}

	return wrong;
}

/* Restore the default attributes, and give a collapse the time to use them. */
static void restore_and_wait(struct owner *owner)
{
	const u64 set = PTE_VALID_KERNEL | PTE_WRITE, clear = PTE_PRESENT_INVALID | PTE_RDONLY;
	unsigned int k;

	for (k = 0; k < owner->nr; k++) {
		if (owner->owned_by[k] != owner->id)
			continue;
		if (change(owner->addr + k * PAGE_SIZE, PAGE_SIZE, set, clear))
			owner->refused++;
		owner->model[k] = (owner->model[k] & ~clear) | set;
	}
	schedule_timeout_uninterruptible(HZ / 8);
}

static int change_at_random(void *data)
{
	struct owner *owner = data;
	struct rnd_state rnd;
	unsigned int i, k;

	prandom_seed_state(&rnd, owner->seed);
	for (i = 0; i < CHANGES; i++) {
		unsigned int first = prandom_u32_state(&rnd) % owner->nr, nr = 0;
		unsigned int max = 1 + prandom_u32_state(&rnd) % MAX_RUN;
		unsigned int kind = prandom_u32_state(&rnd) % ARRAY_SIZE(changes);
		u64 set = changes[kind].set, clear = changes[kind].clear;

		if (!set) {
			set = PTE_VALID_KERNEL;
			clear = PTE_PRESENT_INVALID;
		}
		while (owner->owned_by[first] != owner->id)
			first = (first + 1) % owner->nr;
		while (nr < max && first + nr < owner->nr &&
		       owner->owned_by[first + nr] == owner->id)
			nr++;

		if (change(owner->addr + first * PAGE_SIZE, nr * PAGE_SIZE, set, clear))
			owner->refused++;
		for (k = first; k < first + nr; k++)
			owner->model[k] = (owner->model[k] & ~clear) | set;
		owner->wrong += wrong_pages(owner, first, nr);
		if (i % CHANGES_IN_ROW == CHANGES_IN_ROW - 1)
			restore_and_wait(owner);
		cond_resched();
	}
	for (k = 0; k < owner->nr; k++)
		if (owner->owned_by[k] == owner->id)
			owner->wrong += wrong_pages(owner, k, 1);
	complete(&owner->done);

	return 0;
}

static unsigned long seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of the random changes; 0 picks one and logs it");

/* Give each page of the memory an owner, in runs. */
static struct owner *owners_prepare(struct kunit *test, unsigned long addr, unsigned long size)
{
	unsigned int i, k, run, nr = size / PAGE_SIZE;
	u64 raw = leaf_at(test, addr).raw;
	struct rnd_state rnd;
	struct owner *owners;
	u8 *owned_by;
	u64 *model;

	owners = kunit_kcalloc(test, OWNERS, sizeof(*owners), GFP_KERNEL);
	owned_by = kunit_kzalloc(test, nr, GFP_KERNEL);
	model = kunit_kcalloc(test, nr, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, owners && owned_by && model);

	prandom_seed_state(&rnd, seed);
	for (i = 0; i < nr; i += run) {
		u8 id = prandom_u32_state(&rnd) % OWNERS;

		run = min(1 + prandom_u32_state(&rnd) % MAX_RUN, nr - i);
		for (k = i; k < i + run; k++) {
			owned_by[k] = id;
			model[k] = raw;
		}
	}
	for (i = 0; i < OWNERS; i++) {
		owners[i] = (struct owner){
			.addr = addr, .nr = nr, .owned_by = owned_by, .id = i,
			.model = model, .seed = seed + 1 + i,
		};
		init_completion(&owners[i].done);
	}

	return owners;
}

/* Run all owners beside collapses. Returns the number of collapse passes. */
static unsigned int owners_run(struct kunit *test, struct owner *owners, unsigned long addr,
			       unsigned long size)
{
	struct task_struct *task;
	unsigned int i, passes = 0;

	for (i = 0; i < OWNERS; i++) {
		task = kthread_create_on_cpu(change_at_random, &owners[i],
					     cpumask_nth(i % num_online_cpus(), cpu_online_mask),
					     "owner/%u");
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		wake_up_process(task);
	}
	for (i = 0; i < OWNERS; i++) {
		while (!wait_for_completion_timeout(&owners[i].done, 1)) {
			collapse_kernel_leaves(addr, addr + size);
			collapse_kernel_leaves_now();
			passes++;
		}
	}

	return passes;
}

static void random_changes_equal_a_model(struct kunit *test)
{
	unsigned long size, addr, splits, collapses;
	struct page_state *was;
	struct owner *owners;
	unsigned int i, passes;
	bool counted;
	long tables;

	if (!seed)
		seed = get_random_u32();
	kunit_info(test, "linear_map_kunit.seed=%lu\n", seed);

	addr = block_get(test, &size);
	was = get_states(test, addr, size);
	owners = owners_prepare(test, addr, size);
	tables = tables_not_split();
	counted = IS_ENABLED(CONFIG_VM_EVENT_COUNTERS) && was[0].size >= PMD_SIZE;
	splits = counted ? events(test, DIRECT_MAP_PMD_SPLIT) : 0;
	collapses = counted ? events(test, DIRECT_MAP_PMD_COLLAPSE) : 0;

	passes = owners_run(test, owners, addr, size);
	KUNIT_EXPECT_GT(test, passes, 0);
	if (counted) {
		splits = events(test, DIRECT_MAP_PMD_SPLIT) - splits;
		collapses = events(test, DIRECT_MAP_PMD_COLLAPSE) - collapses;
		kunit_info(test, "%u collapse passes; PMD blocks: %lu splits, %lu collapses\n",
			   passes, splits, collapses);
		KUNIT_EXPECT_GT(test, splits, 1);
		KUNIT_EXPECT_GT(test, collapses, 1);
	}
	for (i = 0; i < OWNERS; i++) {
		KUNIT_EXPECT_EQ_MSG(test, owners[i].refused, 0, "owner %u", i);
		KUNIT_EXPECT_EQ_MSG(test, owners[i].wrong, 0, "owner %u", i);
	}

	KUNIT_EXPECT_EQ(test, change(addr, size, PTE_VALID_KERNEL | PTE_WRITE,
				     PTE_PRESENT_INVALID | PTE_RDONLY), 0);
	collapse_kernel_leaves_now();
	KUNIT_EXPECT_EQ(test, changed_pages(test, was, addr, size), 0);
	KUNIT_EXPECT_EQ(test, resized_pages(test, was, addr, size), 0);
	expect_count_equals_walk(test);
	expect_no_table_lost(test, tables);
}

/*
 * Tracepoints
 */

/**
 * struct leaf_events - events of memory that the test owns
 * @start: start address
 * @end: end address (exclusive)
 * @splits: number of splits, by the size of the leaf
 * @collapses: number of leaves that a collapse has made, by size
 */
struct leaf_events {
	unsigned long start;
	unsigned long end;
	atomic_t splits[NR_LEAF_SIZES];
	atomic_t collapses[NR_LEAF_SIZES];
};

static void record_split(void *data, unsigned long addr, enum kernel_leaf_size from)
{
	struct leaf_events *e = data;

	if (addr >= e->start && addr < e->end)
		atomic_inc(&e->splits[from]);
}

static void record_collapse(void *data, unsigned long addr, enum kernel_leaf_size to,
			    unsigned int nr)
{
	struct leaf_events *e = data;

	if (addr >= e->start && addr < e->end)
		atomic_add(nr, &e->collapses[to]);
}

static void unregister_split(void *data)
{
	unregister_trace_kernel_leaf_split(record_split, data);
	tracepoint_synchronize_unregister();
}

static void unregister_collapse(void *data)
{
	unregister_trace_kernel_leaf_collapse(record_collapse, data);
	tracepoint_synchronize_unregister();
}

static void tracepoints_report_splits_and_collapses(struct kunit *test)
{
	struct leaf_events *e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);
	unsigned long size;
	bool block;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "the kernel has no tracepoints");
	KUNIT_ASSERT_NOT_NULL(test, e);
	e->start = block_get(test, &size);
	e->end = e->start + size;
	block = state_at(test, e->start, size).size == PMD_SIZE;
	KUNIT_ASSERT_EQ(test, register_trace_kernel_leaf_split(record_split, e), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_split, e), 0);
	KUNIT_ASSERT_EQ(test, register_trace_kernel_leaf_collapse(record_collapse, e), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_collapse, e), 0);

	KUNIT_EXPECT_EQ(test, make_rw(e->start + PAGE_SIZE, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&e->splits[LEAF_PMD]), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&e->splits[LEAF_CONT_PTE]), 0);

	/* Both ends are in the same group: one split of each size. */
	KUNIT_EXPECT_EQ(test, make_ro(e->start + PAGE_SIZE, PAGE_SIZE), 0);
	if (block)
		KUNIT_EXPECT_GE(test, atomic_read(&e->splits[LEAF_PMD]), 1);
	KUNIT_EXPECT_GE(test, atomic_read(&e->splits[LEAF_CONT_PTE]), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&e->collapses[LEAF_PMD]), 0);

	KUNIT_EXPECT_EQ(test, make_rw(e->start + PAGE_SIZE, PAGE_SIZE), 0);
	collapse_kernel_leaves_now();
	if (block)
		KUNIT_EXPECT_GE(test, atomic_read(&e->collapses[LEAF_PMD]), 1);
}

static struct kunit_case linear_map_cases[] = {
	/* split */
	KUNIT_CASE(split_is_at_the_ends_only),
	KUNIT_CASE(no_split_without_need),
	KUNIT_CASE(split_refuses_atomic_context),
	KUNIT_CASE(split_without_memory_changes_nothing),
	KUNIT_CASE(invalid_leaf_can_be_split),
	/* the linear map in blocks */
	KUNIT_CASE(linear_map_is_block_mapped),
	KUNIT_CASE(vfree_splits_no_leaf),
	/* collapse */
	KUNIT_CASE(collapse_restores_split_leaves),
	KUNIT_CASE(collapse_restores_invalid_leaves),
	KUNIT_CASE(collapse_restores_leaves_of_a_failed_change),
	KUNIT_CASE(collapse_undoes_a_split_on_request),
	/* counters */
	KUNIT_CASE(count_equals_a_walk),
	KUNIT_CASE(vmstat_counts_splits_and_collapses),
	KUNIT_CASE(random_changes_equal_a_model),
	/* tracepoints */
	KUNIT_CASE(tracepoints_report_splits_and_collapses),
	{}
};

static struct kunit_suite linear_map_suite = {
	.name = "arm64_linear_map",
	.init = need_split,
	.test_cases = linear_map_cases,
};

kunit_test_suite(linear_map_suite);

MODULE_DESCRIPTION("KUnit tests for the block-mapped linear map of arm64");
MODULE_LICENSE("GPL");
