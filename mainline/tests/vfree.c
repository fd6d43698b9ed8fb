// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the topic vfree. */
#include <linux/panic.h>

#include "kernel.h"

#define PAGES	64

/* An area whose vfree() resets the linear map, as that of a module. */
static void *area_to_reset(struct kunit *test)
{
	void *mem = vmalloc(PAGES * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	kernel.find_vm_area(mem)->flags |= VM_FLUSH_RESET_PERMS;

	return mem;
}

static unsigned long linear(struct page *page)
{
	return (unsigned long)page_address(page);
}

static void expect_writable(struct kunit *test, struct page **pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_TRUE(test, cpu_can_write(linear(pages[i])));
		KUNIT_EXPECT_TRUE(test, store_works(linear(pages[i])));
	}
}

static void unchanged_pages_keep_their_leaves(struct kunit *test)
{
	unsigned long size, split = 0, blocks = 0;
	struct page **pages;
	void *mem;
	unsigned long sizes[PAGES];
	unsigned int i;
	u64 descriptor;

	if (!linear_map_has_blocks())
		kunit_skip(test, "the CPUs lack BBML3");
	mem = vmap_blocks(test, 6, 1);
	pages = hold_pages(test, mem, PAGES);
	for (i = 0; i < PAGES; i++) {
		sizes[i] = leaf_at(linear(pages[i]), &descriptor);
		blocks += sizes[i] > PAGE_SIZE;
	}
	vfree(mem);
	for (i = 0; i < PAGES; i++) {
		size = leaf_at(linear(pages[i]), &descriptor);
		split += size != sizes[i];
	}
	KUNIT_EXPECT_GT(test, blocks, 0);
	KUNIT_EXPECT_EQ(test, split, 0);
	expect_writable(test, pages, PAGES);
}

static void vfree_works_without_memory(struct kunit *test)
{
	struct page **pages;
	struct call_counter *attempts;
	unsigned int before;
	void *mem;

	if (!linear_map_has_blocks())
		kunit_skip(test, "the CPUs lack BBML3");
	mem = vmap_blocks(test, 6, 1);
	pages = hold_pages(test, mem, PAGES);
	KUNIT_ASSERT_EQ(test, kernel.set_memory_ro((unsigned long)mem, PAGES / 2), 0);
	attempts = count_calls(test, "split_kernel_leaf_mapping");
	/* Allocates a page for instructions, which is an attempt. */
	fail_allocations(test, true);
	before = attempts->calls;
	vfree(mem);
	KUNIT_EXPECT_EQ(test, attempts->calls, before);
	fail_allocations(test, false);
	expect_writable(test, pages, PAGES);
}

static void changed_pages_get_the_default(struct kunit *test)
{
	void *mem = area_to_reset(test);
	struct page **pages = hold_pages(test, mem, PAGES);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, kernel.set_memory_ro((unsigned long)mem + 3 * PAGE_SIZE, 20), 0);
	KUNIT_ASSERT_EQ(test, kernel.set_direct_map_invalid_noflush(pages[40]), 0);
	flush_tlb_kernel_range(linear(pages[40]), linear(pages[40]) + PAGE_SIZE);
	for (i = 3; i < 23; i++) {
		KUNIT_EXPECT_FALSE(test, cpu_can_write(linear(pages[i])));
		/* Give the TLB a read-only entry. */
		KUNIT_EXPECT_TRUE(test, load_works(linear(pages[i])));
	}
	KUNIT_EXPECT_FALSE(test, cpu_can_read(linear(pages[40])));
	vfree(mem);
	expect_writable(test, pages, PAGES);
}

/* All tests that hold pages share a page[] of 4 MiB: the largest run, in whole blocks. */
static void whole_blocks_get_the_default(struct kunit *test)
{
	unsigned int nr = 1 << MAX_PAGE_ORDER;
	void *mem = vmap_blocks(test, MAX_PAGE_ORDER, 1);
	struct page **pages = hold_pages(test, mem, nr);

	KUNIT_ASSERT_EQ(test, kernel.set_memory_ro((unsigned long)mem, nr), 0);
	KUNIT_EXPECT_FALSE(test, cpu_can_write(linear(pages[0])));
	KUNIT_EXPECT_FALSE(test, cpu_can_write(linear(pages[nr - 1])));
	vfree(mem);
	expect_writable(test, pages, nr);
}

static unsigned long watched;
static bool mapped_at_reset, reset_seen;

static int see_area(struct kprobe *kp, struct pt_regs *regs)
{
	reset_seen = true;
	mapped_at_reset |= load_works(watched);

	return 0;
}

/* No TLB may map the area when its pages become writable. */
static void area_is_gone_before_its_pages_are_writable(struct kunit *test)
{
	struct kprobe reset = {
		.symbol_name = "set_direct_map_default_pages_noflush",
		.pre_handler = see_area,
	};
	void *mem = area_to_reset(test);
	struct page **pages = hold_pages(test, mem, PAGES);

	watched = (unsigned long)mem;
	if (register_kprobe(&reset)) {
		reset.symbol_name = "set_direct_map_default_noflush";
		reset.addr = NULL;
		reset.flags = 0;
		KUNIT_ASSERT_EQ(test, register_kprobe(&reset), 0);
	}
	KUNIT_EXPECT_TRUE(test, load_works(watched));
	vfree(mem);
	unregister_kprobe(&reset);
	KUNIT_EXPECT_TRUE(test, reset_seen);
	KUNIT_EXPECT_FALSE(test, mapped_at_reset);
	expect_writable(test, pages, PAGES);
}

static void vfree_never_makes_pages_invalid(struct kunit *test)
{
	void *mem = area_to_reset(test);
	struct call_counter *invalid;

	invalid = count_calls(test, "set_direct_map_invalid_noflush");
	vfree(mem);
	KUNIT_EXPECT_EQ(test, invalid->calls, 0);
}

static struct kunit_case vfree_cases[] = {
	KUNIT_CASE(unchanged_pages_keep_their_leaves),
	KUNIT_CASE(vfree_works_without_memory),
	KUNIT_CASE(changed_pages_get_the_default),
	KUNIT_CASE(whole_blocks_get_the_default),
	KUNIT_CASE(area_is_gone_before_its_pages_are_writable),
	KUNIT_CASE(vfree_never_makes_pages_invalid),
	{}
};

TOPIC_SUITE(vfree, kernel_look_up);
