// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the topic alias-runs. */
#include <asm/cacheflush.h>

#include "kernel.h"

#define PAGES	512

static void free_area(void *mem)
{
	vfree(mem);
}

static void *area(struct kunit *test)
{
	void *mem = vmap_blocks(test, 5, PAGES / 32);

	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_area, mem), 0);

	return mem;
}

static bool alias_is_writable(struct page *page)
{
	return cpu_can_write((unsigned long)page_address(page));
}

static int make_rox(unsigned long addr, int nr)
{
	if (kernel.set_memory_rox)
		return kernel.set_memory_rox(addr, nr);

	return kernel.set_memory_ro(addr, nr) ?: kernel.set_memory_x(addr, nr);
}

static void alias_is_changed_in_runs(struct kunit *test)
{
	void *mem = area(test);
	struct page **pages = hold_pages(test, mem, PAGES);
	unsigned int runs = runs_of(pages, PAGES);
	struct call_counter *attempts, *walks;

	attempts = count_calls(test, "split_kernel_leaf_mapping");
	walks = count_calls(test, "walk_kernel_page_table_range_lockless");
	KUNIT_EXPECT_EQ(test, kernel.set_memory_ro((unsigned long)mem, PAGES), 0);
	KUNIT_EXPECT_EQ(test, runs, PAGES / 32);
	KUNIT_EXPECT_EQ(test, attempts->calls, runs + 1);
	KUNIT_EXPECT_EQ(test, walks->calls, runs + 1);
	KUNIT_EXPECT_EQ(test, kernel.set_memory_rw((unsigned long)mem, PAGES), 0);
}

static void alias_of_the_range_alone_changes(struct kunit *test)
{
	void *mem = area(test);
	struct page **pages = hold_pages(test, mem, PAGES);
	unsigned int i, start, end;

	for (start = 0; start < PAGES; start += 97) {
		end = min_t(unsigned int, PAGES, start + 200);
		KUNIT_ASSERT_EQ(test, kernel.set_memory_ro((unsigned long)mem + start * PAGE_SIZE,
							   end - start), 0);
		for (i = 0; i < PAGES; i++) {
			bool inside = start <= i && i < end;

			KUNIT_ASSERT_EQ(test, alias_is_writable(pages[i]), !inside);
			KUNIT_ASSERT_EQ(test, store_works((unsigned long)page_address(pages[i])),
					!inside);
		}
		KUNIT_ASSERT_EQ(test, kernel.set_memory_rw((unsigned long)mem + start * PAGE_SIZE,
							   end - start), 0);
		for (i = 0; i < PAGES; i++)
			KUNIT_ASSERT_TRUE(test, store_works((unsigned long)page_address(pages[i])));
	}
}

static void rox_is_one_pass(struct kunit *test)
{
	void *mem = area(test);
	struct page **pages = hold_pages(test, mem, PAGES);
	struct call_counter *walks;

	walks = count_calls(test, "walk_kernel_page_table_range_lockless");
	KUNIT_EXPECT_EQ(test, make_rox((unsigned long)mem, PAGES), 0);
	KUNIT_EXPECT_EQ(test, walks->calls, runs_of(pages, PAGES) + 1);
}

static void rox_can_be_called_and_not_written(struct kunit *test)
{
	/* bti c; ret */
	static const u32 function[] = { 0xd503245f, 0xd65f03c0 };
	void *mem = area(test);
	struct page **pages = hold_pages(test, mem, PAGES);
	unsigned int i;
	u64 descriptor;

	for (i = 0; i < PAGES; i++)
		memcpy(mem + i * PAGE_SIZE, function, sizeof(function));
	caches_clean_inval_pou((unsigned long)mem, (unsigned long)mem + PAGES * PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, make_rox((unsigned long)mem, PAGES), 0);
	for (i = 0; i < PAGES; i++) {
		void (*call)(void) = mem + i * PAGE_SIZE;

		call();
		KUNIT_EXPECT_FALSE(test, store_works((unsigned long)call));
		KUNIT_EXPECT_FALSE(test, alias_is_writable(pages[i]));
		leaf_at((unsigned long)page_address(pages[i]), &descriptor);
		KUNIT_EXPECT_TRUE(test, descriptor & PTE_PXN);
	}
}

static void free_insn_page(void *page)
{
	kernel.execmem_free(page);
}

static void kprobe_page_changes_the_alias_only(struct kunit *test)
{
	struct call_counter *walks;
	void *page;
	u64 descriptor;

	walks = count_calls(test, "walk_kernel_page_table_range_lockless");
	page = kernel.alloc_insn_page();
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_insn_page, page), 0);
	KUNIT_EXPECT_EQ(test, walks->calls, 1);
	KUNIT_EXPECT_FALSE(test, store_works((unsigned long)page));
	KUNIT_EXPECT_FALSE(test, alias_is_writable(vmalloc_to_page(page)));
	leaf_at((unsigned long)page, &descriptor);
	KUNIT_EXPECT_FALSE(test, descriptor & PTE_PXN);
}

static void block_inside_a_run_stays_a_block(struct kunit *test)
{
	unsigned int nr = 1 << MAX_PAGE_ORDER;
	unsigned long addr;
	void *mem;
	u64 descriptor;

	if (!linear_map_has_blocks())
		kunit_skip(test, "the CPUs lack BBML3");
	mem = vmap_blocks(test, MAX_PAGE_ORDER, 1);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_area, mem), 0);
	addr = (unsigned long)page_address(vmalloc_to_page(mem));
	if (leaf_at(addr, &descriptor) < PMD_SIZE)
		kunit_skip(test, "another test has split this memory");
	KUNIT_EXPECT_EQ(test, kernel.set_memory_ro((unsigned long)mem, nr), 0);
	KUNIT_EXPECT_GE(test, leaf_at(addr, &descriptor), PMD_SIZE);
	KUNIT_EXPECT_FALSE(test, cpu_can_write(addr));
	KUNIT_EXPECT_EQ(test, kernel.set_memory_rw((unsigned long)mem, nr), 0);
	KUNIT_EXPECT_GE(test, leaf_at(addr, &descriptor), PMD_SIZE);
	KUNIT_EXPECT_TRUE(test, cpu_can_write(addr));
}

static struct kunit_case alias_runs_cases[] = {
	KUNIT_CASE(alias_is_changed_in_runs),
	KUNIT_CASE(alias_of_the_range_alone_changes),
	KUNIT_CASE(rox_is_one_pass),
	KUNIT_CASE(rox_can_be_called_and_not_written),
	KUNIT_CASE(kprobe_page_changes_the_alias_only),
	KUNIT_CASE(block_inside_a_run_stays_a_block),
	{}
};

TOPIC_SUITE(alias_runs, kernel_look_up);
