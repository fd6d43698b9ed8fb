// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of how the linear map is split where a permission differs, and put back
 * together, on live mappings, where the CPUs can split. Where they cannot, the tests
 * say so and skip; what is refused there is tested in pageattr_kunit.c.
 *
 * Not shown here: that a CPU takes the change of size, and invalidations that are too
 * small: QEMU has no conflicts in its TLB, and drops more from it than it is asked to.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kasan.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pagewalk.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "../linear_map.h"
#include "pageattr_probe.h"

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);

static unsigned long seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the random changes; 0 takes one, and prints it");

static int need_split(struct kunit *test)
{
	if (!system_supports_bbml2_noabort())
		kunit_skip(test, "the CPUs cannot split leaves in use");
	if (!pageattr_probe_rodata_full())
		kunit_skip(test, "the linear map cannot be changed without rodata=full");
	if (debug_pagealloc_enabled())
		kunit_skip(test, "debug_pagealloc has it mapped by pages");

	/* What users before gave back. */
	collapse_kernel_leaves_now();

	return 0;
}

/*
 * Memory of the linear map that nobody else changes, aligned to its size.
 */

static void block_put(void *block)
{
	struct page *page = virt_to_page(block);

	__free_pages(page, page_private(page));
}

/* At least two blocks, or what the allocator has as largest. */
static unsigned long block_get(struct kunit *test, unsigned long *size)
{
	unsigned int order = min_t(unsigned int, MAX_PAGE_ORDER, get_order(2 * PMD_SIZE));
	struct page *page = alloc_pages(GFP_KERNEL, order);
	void *block;

	KUNIT_ASSERT_NOT_NULL(test, page);
	/* Addresses are given without a tag. */
	block = kasan_reset_tag(page_address(page));
	set_page_private(page, order);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, block_put, block), 0);
	*size = PAGE_SIZE << order;

	return (unsigned long)block;
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

static struct pageattr_leaf leaf_at(struct kunit *test, unsigned long addr)
{
	struct pageattr_leaf leaf = { };
	bool found;

	/* For the tables, which a collapse may replace. */
	rcu_read_lock();
	found = pageattr_probe_leaf(addr, &leaf);
	rcu_read_unlock();
	KUNIT_ASSERT_TRUE(test, found);

	return leaf;
}

/* By far the most of the linear map; or all but three blocks where these are huge. */
static void linear_map_is_of_large_leaves(struct kunit *test)
{
	unsigned long bytes[NR_LEAF_SIZES], all = 0;
	int i;

	leaf_count_read(bytes);
	for (i = 0; i < NR_LEAF_SIZES; i++)
		all += bytes[i];
	kunit_info(test, "kB by size of leaf: %lu %lu %lu %lu %lu\n", bytes[LEAF_PTE] >> 10,
		   bytes[LEAF_CONT_PTE] >> 10, bytes[LEAF_PMD] >> 10,
		   bytes[LEAF_CONT_PMD] >> 10, bytes[LEAF_PUD] >> 10);
	KUNIT_EXPECT_GT(test, all, SZ_64M);
	KUNIT_EXPECT_LE(test, bytes[LEAF_PTE] + bytes[LEAF_CONT_PTE],
			max(all / 100 * 15, 3 * PMD_SIZE));
	/* In the root, groups could not be put back together. */
	if (CONFIG_PGTABLE_LEVELS == 2)
		KUNIT_EXPECT_EQ(test, bytes[LEAF_CONT_PMD], 0);
}

/* Others may change the linear map while this looks: it has to agree soon. */
static void expect_count_equals_walk(struct kunit *test)
{
	unsigned long counted[NR_LEAF_SIZES], walked[NR_LEAF_SIZES];
	int i;

	for (i = 0; i < 5; i++) {
		collapse_kernel_leaves_now();
		/* No table goes meanwhile. */
		mmap_write_lock(&init_mm);
		leaf_count_read(counted);
		leaf_count_walk(_PAGE_OFFSET(vabits_actual), PAGE_END, walked);
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

/* Tables of the linear map that no split made, less those of splits that are lost. */
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

static void expect_no_table_lost(struct kunit *test, long before)
{
	long now = 0;
	int i;

	for (i = 0; i < 5; i++) {
		now = tables_not_split();
		if (now == before)
			return;
		msleep(20);
	}
	KUNIT_EXPECT_EQ(test, now, before);
}

/* How often @item was counted, or -1 */
static long events(struct kunit *test, enum vm_event_item item)
{
	unsigned long *all = kunit_kcalloc(test, NR_VM_EVENT_ITEMS, sizeof(*all), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, all);
	if (!IS_ENABLED(CONFIG_VM_EVENT_COUNTERS))
		return -1;
	all_vm_events(all);

	return all[item];
}

static void count_equals_a_walk(struct kunit *test)
{
	expect_count_equals_walk(test);
}

/* The largest leaf of @most bytes or less at @addr, when one has to begin at @at. */
static unsigned long largest_leaf(unsigned long addr, unsigned long at, unsigned long most)
{
	static const unsigned long sizes[] = {
		PUD_SIZE, CONT_PMD_SIZE, PMD_SIZE, CONT_PTE_SIZE, PAGE_SIZE,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned long start = ALIGN_DOWN(addr, sizes[i]);

		if (sizes[i] <= most && (at <= start || at >= start + sizes[i]))
			return sizes[i];
	}

	return 0;
}

static void split_is_at_the_ends_only(struct kunit *test)
{
	static const struct { unsigned int first, nr; } ranges[] = {
		{ 0, 1 }, { 5, 1 }, { 16, 16 }, { 17, 16 }, { 3, 90 }, { 511, 1 }, { 0, 512 },
		{ 500, 24 }, { 512, 512 }, { 1, 511 },
	};
	unsigned long size, addr, at, start, end, before[NR_LEAF_SIZES], after[NR_LEAF_SIZES];
	struct pageattr_leaf was, is;
	int i;

	addr = block_get(test, &size);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		start = addr + ranges[i].first * PAGE_SIZE;
		end = start + ranges[i].nr * PAGE_SIZE;
		if (end > addr + size)
			continue;
		collapse_kernel_leaves_now();
		was = leaf_at(test, addr);
		leaf_count_read(before);

		KUNIT_EXPECT_EQ(test, make_ro(start, end - start), 0);
		for (at = addr; at < addr + size; at += PAGE_SIZE) {
			bool in = at >= start && at < end;

			is = leaf_at(test, at);
			KUNIT_EXPECT_EQ(test, is.write, !in);
			KUNIT_EXPECT_TRUE(test, is.valid);
			KUNIT_EXPECT_EQ(test, pageattr_probe_at_write(at), !in);
			/* It ends where the range does, and is not smaller than it has to be. */
			if (in)
				KUNIT_EXPECT_TRUE(test, is.start >= start &&
						  is.start + is.size <= end);
			else
				KUNIT_EXPECT_TRUE(test, is.start + is.size <= start ||
						  is.start >= end);
			KUNIT_EXPECT_GE(test, is.size,
					min3(was.size, largest_leaf(at, start, was.size),
					     largest_leaf(at, end, was.size)));
		}

		KUNIT_EXPECT_EQ(test, make_rw(start, end - start), 0);
		collapse_kernel_leaves_now();
		is = leaf_at(test, addr);
		KUNIT_EXPECT_EQ(test, is.size, was.size);
		KUNIT_EXPECT_EQ(test, is.raw, was.raw);
		leaf_count_read(after);
		KUNIT_EXPECT_MEMEQ(test, before, after, sizeof(before));
	}
	expect_count_equals_walk(test);
}

/* The bits are so already, or the range has the whole leaf: nothing is split. */
static void no_split_without_need(struct kunit *test)
{
	unsigned long size, addr, before[NR_LEAF_SIZES], after[NR_LEAF_SIZES];

	addr = block_get(test, &size);
	collapse_kernel_leaves_now();
	leaf_count_read(before);
	KUNIT_EXPECT_EQ(test, make_rw(addr + PAGE_SIZE, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr + PAGE_SIZE, 3, 1), 0);
	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(virt_to_page((void *)addr)), 0);
	leaf_count_read(after);
	KUNIT_EXPECT_MEMEQ(test, before, after, sizeof(before));
}

static void split_refuses_where_it_cannot_sleep(struct kunit *test)
{
	unsigned long size, addr, flags;
	struct pageattr_leaf was, is;
	bool irqs_stayed_off;
	int ret;

	addr = block_get(test, &size);
	collapse_kernel_leaves_now();
	was = leaf_at(test, addr + PAGE_SIZE);
	local_irq_save(flags);
	ret = set_memory_valid(addr + PAGE_SIZE, 1, 0);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, ret, -EBUSY);
	local_bh_disable();
	ret = set_memory_valid(addr + PAGE_SIZE, 1, 0);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, ret, -EBUSY);
	preempt_disable();
	ret = set_memory_valid(addr + PAGE_SIZE, 1, 0);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, ret, -EBUSY);
	is = leaf_at(test, addr + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, is.raw, was.raw);

	/* A leaf of its own needs no split, there either. */
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr + PAGE_SIZE, 1, 0), 0);
	local_irq_save(flags);
	ret = set_memory_valid(addr + PAGE_SIZE, 1, 1) ?:
	      set_memory_valid(addr + PAGE_SIZE, 1, 0);
	irqs_stayed_off = irqs_disabled();
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, ret, 0);
	/* What is made valid is asked to be put together, under a lock. */
	KUNIT_EXPECT_TRUE(test, irqs_stayed_off);
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr + PAGE_SIZE, 1, 1), 0);
}

static int tables_left;

static void *alloc_tables_left(gfp_t gfp)
{
	if (!tables_left)
		return NULL;
	tables_left--;

	return (void *)__get_free_page(GFP_KERNEL);
}

/* Each allocation of a split fails once: all stays as it was, but for the size of leaves. */
static void split_without_memory_changes_nothing(struct kunit *test)
{
	unsigned long size, addr, at;
	struct pageattr_leaf leaf;
	int n, ret;

	addr = block_get(test, &size);
	for (n = 0; n < 8; n++) {
		collapse_kernel_leaves_now();
		tables_left = n;
		kunit_activate_static_stub(test, kernel_table_alloc, alloc_tables_left);
		ret = make_ro(addr + PAGE_SIZE, size - 2 * PAGE_SIZE);
		kunit_deactivate_static_stub(test, kernel_table_alloc);
		if (!ret)
			break;
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		for (at = addr; at < addr + size; at += PAGE_SIZE) {
			leaf = leaf_at(test, at);
			KUNIT_EXPECT_TRUE(test, leaf.write && leaf.valid);
			KUNIT_EXPECT_EQ(test, __pte_to_phys(__pte(leaf.raw)) +
					(leaf.cont ? 0 : at - leaf.start), __pa(at));
			KUNIT_EXPECT_TRUE(test, pageattr_probe_at_write(at));
		}
		/* What was split on the way is not needed. */
		collapse_kernel_leaves(addr, addr + size);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_GT(test, n, 0);
	KUNIT_EXPECT_EQ(test, make_rw(addr + PAGE_SIZE, size - 2 * PAGE_SIZE), 0);
	expect_count_equals_walk(test);
}

/* An invalid block is split into invalid entries, and becomes what it was. */
static void invalid_leaf_can_be_split(struct kunit *test)
{
	unsigned long size, addr, block;
	struct pageattr_leaf was, is;

	addr = block_get(test, &size);
	block = min(size, PMD_SIZE);
	collapse_kernel_leaves_now();
	was = leaf_at(test, addr);
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr, block / PAGE_SIZE, 0), 0);
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr + PAGE_SIZE, 1, 1), 0);
	KUNIT_EXPECT_FALSE(test, kernel_page_present(virt_to_page((void *)addr)));
	KUNIT_EXPECT_TRUE(test, kernel_page_present(virt_to_page((void *)addr + PAGE_SIZE)));
	KUNIT_EXPECT_FALSE(test, pageattr_probe_at_read(addr + 2 * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, pageattr_probe_at_read(addr + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, set_memory_valid(addr, block / PAGE_SIZE, 1), 0);
	collapse_kernel_leaves_now();
	is = leaf_at(test, addr);
	KUNIT_EXPECT_EQ(test, is.size, was.size);
	KUNIT_EXPECT_EQ(test, is.raw, was.raw);
}

/*
 * Random changes by several CPUs, each of pages of its own, side by side in the same
 * leaves, while another one puts back together whatever it can.
 */
#define OWNERS		4
#define CHANGES		2500
#define CHANGES_IN_ROW	125
#define MAX_RUN		40

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
	{ 0, 0 },	/* valid again; its bits are not constant */
};

#define LEAF_BITS	(PTE_VALID | PTE_RDONLY | PTE_WRITE | PTE_NG | PTE_PXN)

/* Whether all pages of the owner are mapped as they should. */
static unsigned int wrong_pages(struct owner *owner, unsigned int first, unsigned int nr)
{
	unsigned int i, wrong = 0;

	for (i = first; i < first + nr; i++) {
		unsigned long addr = owner->addr + i * PAGE_SIZE;
		struct pageattr_leaf leaf;
		bool ok;

		/* The tables above may be replaced meanwhile. */
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

/* All that the owner has is again as it was, for a time that a collapse can use. */
static void pause(struct owner *owner)
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
		unsigned int what = prandom_u32_state(&rnd) % ARRAY_SIZE(changes);
		u64 set = changes[what].set, clear = changes[what].clear;

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
			pause(owner);
		cond_resched();
	}
	for (k = 0; k < owner->nr; k++)
		if (owner->owned_by[k] == owner->id)
			owner->wrong += wrong_pages(owner, k, 1);
	complete(&owner->done);

	return 0;
}

static void random_changes_equal_a_model(struct kunit *test)
{
	unsigned long size, addr, before[NR_LEAF_SIZES], after[NR_LEAF_SIZES];
	unsigned int i, k, nr, run, rounds = 0;
	struct pageattr_leaf was, is;
	struct task_struct *task;
	struct owner *owners;
	long tables, splits, collapses;
	struct rnd_state rnd;
	u64 *model;
	u8 *owned_by;

	if (!seed)
		seed = get_random_u32();
	kunit_info(test, "linear_map_kunit.seed=%lu\n", seed);
	prandom_seed_state(&rnd, seed);

	addr = block_get(test, &size);
	nr = size / PAGE_SIZE;
	owners = kunit_kcalloc(test, OWNERS, sizeof(*owners), GFP_KERNEL);
	owned_by = kunit_kzalloc(test, nr, GFP_KERNEL);
	model = kunit_kcalloc(test, nr, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, owners && owned_by && model);

	tables = tables_not_split();
	splits = events(test, DIRECT_MAP_PMD_SPLIT);
	collapses = events(test, DIRECT_MAP_PMD_COLLAPSE);
	leaf_count_read(before);
	was = leaf_at(test, addr);
	for (i = 0; i < nr; i += run) {
		u8 id = prandom_u32_state(&rnd) % OWNERS;

		run = min(1 + prandom_u32_state(&rnd) % MAX_RUN, nr - i);
		for (k = i; k < i + run; k++) {
			owned_by[k] = id;
			model[k] = was.raw;
		}
	}

	for (i = 0; i < OWNERS; i++) {
		owners[i] = (struct owner){
			.addr = addr, .nr = nr, .owned_by = owned_by, .id = i,
			.model = model, .seed = seed + 1 + i,
		};
		init_completion(&owners[i].done);
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
			rounds++;
		}
	}
	splits = events(test, DIRECT_MAP_PMD_SPLIT) - splits;
	collapses = events(test, DIRECT_MAP_PMD_COLLAPSE) - collapses;
	kunit_info(test, "%u looks at the range meanwhile, blocks split %ld, put together %ld\n",
		   rounds, splits, collapses);
	KUNIT_EXPECT_GT(test, rounds, 0);
	if (IS_ENABLED(CONFIG_VM_EVENT_COUNTERS) && was.size >= PMD_SIZE) {
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
	is = leaf_at(test, addr);
	KUNIT_EXPECT_EQ(test, is.size, was.size);
	KUNIT_EXPECT_EQ(test, is.raw, was.raw);
	leaf_count_read(after);
	KUNIT_EXPECT_MEMEQ(test, before, after, sizeof(before));
	expect_count_equals_walk(test);
	expect_no_table_lost(test, tables);
}

static struct kunit_case linear_map_cases[] = {
	KUNIT_CASE(linear_map_is_of_large_leaves),
	KUNIT_CASE(count_equals_a_walk),
	KUNIT_CASE(split_is_at_the_ends_only),
	KUNIT_CASE(no_split_without_need),
	KUNIT_CASE(split_refuses_where_it_cannot_sleep),
	KUNIT_CASE(split_without_memory_changes_nothing),
	KUNIT_CASE(invalid_leaf_can_be_split),
	KUNIT_CASE(random_changes_equal_a_model),
	{}
};

static struct kunit_suite linear_map_suite = {
	.name = "arm64_linear_map",
	.init = need_split,
	.test_cases = linear_map_cases,
};

kunit_test_suite(linear_map_suite);

MODULE_LICENSE("GPL");
