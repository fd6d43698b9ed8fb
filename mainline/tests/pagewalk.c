// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the topic pagewalk. */
#include <linux/pagewalk.h>

#include "kernel.h"

struct seen {
	unsigned int p4ds, puds, holes;
	enum page_walk_action before;
};

static int see_p4d(p4d_t *p4d, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct seen *seen = walk->private;

	seen->p4ds++;
	seen->before = walk->action;
	walk->action = ACTION_CONTINUE;

	return 0;
}

static int see_pud(pud_t *pud, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct seen *seen = walk->private;

	seen->puds++;
	walk->action = ACTION_CONTINUE;

	return 0;
}

static int see_hole(unsigned long addr, unsigned long next, int depth, struct mm_walk *walk)
{
	struct seen *seen = walk->private;

	seen->holes++;

	return 0;
}

static const struct mm_walk_ops skip_p4ds = {
	.p4d_entry = see_p4d,
	.pud_entry = see_pud,
};

static const struct mm_walk_ops see_puds = {
	.pud_entry = see_pud,
	.pte_hole = see_hole,
};

/* A private table with one entry that is neither none nor a table, in the slot of @addr. */
static pgd_t *table_with_bad_entry(struct kunit *test, unsigned long addr)
{
	pgd_t *table = (pgd_t *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	table[pgd_index(addr)] = __pgd(virt_to_phys(table) | PTE_VALID);

	return table;
}

static void walk_clears_no_entry(struct kunit *test)
{
	unsigned long addr = PAGE_OFFSET;
	struct seen seen = {};
	u64 before, after;
	pgd_t *table;
	int ret;

	if (CONFIG_PGTABLE_LEVELS < 4)
		kunit_skip(test, "the top level is that of PUDs");
	table = table_with_bad_entry(test, addr);
	before = pgd_val(table[pgd_index(addr)]);
	ret = kernel.walk(addr, addr + PAGE_SIZE, &see_puds, table, &seen);
	after = pgd_val(table[pgd_index(addr)]);
	free_page((unsigned long)table);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, after, before);
	KUNIT_EXPECT_EQ(test, seen.holes, 0);
	KUNIT_EXPECT_EQ(test, seen.puds, 0);
}

static void action_of_p4d_callback_counts(struct kunit *test)
{
	unsigned long addr = PAGE_OFFSET;
	struct seen seen = {};

	KUNIT_EXPECT_EQ(test, kernel.walk(addr, addr + PAGE_SIZE, &skip_p4ds, NULL, &seen), 0);
	KUNIT_EXPECT_EQ(test, seen.p4ds, 1);
	KUNIT_EXPECT_EQ(test, seen.puds, 0);
}

static void p4d_callback_finds_the_default_action(struct kunit *test)
{
	/* The second call follows one that has left ACTION_CONTINUE. */
	unsigned long addr = PAGE_OFFSET + P4D_SIZE - PAGE_SIZE;
	struct seen seen = {};

	KUNIT_EXPECT_EQ(test, kernel.walk(addr, addr + 2 * PAGE_SIZE, &skip_p4ds, NULL, &seen), 0);
	KUNIT_EXPECT_GE(test, seen.p4ds, 1);
	KUNIT_EXPECT_EQ(test, seen.before, ACTION_SUBTREE);
}

static void tables_are_walked_and_holes_reported(struct kunit *test)
{
	unsigned long addr = PAGE_OFFSET;
	struct seen seen = {};
	pgd_t *table = (pgd_t *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, kernel.walk(addr, addr + PAGE_SIZE, &see_puds, NULL, &seen), 0);
	KUNIT_EXPECT_EQ(test, seen.puds, 1);
	KUNIT_EXPECT_EQ(test, seen.holes, 0);
	KUNIT_EXPECT_EQ(test, kernel.walk(addr, addr + PAGE_SIZE, &see_puds, table, &seen), 0);
	KUNIT_EXPECT_EQ(test, seen.holes, 1);
	free_page((unsigned long)table);
}

static struct kunit_case pagewalk_cases[] = {
	KUNIT_CASE(walk_clears_no_entry),
	KUNIT_CASE(action_of_p4d_callback_counts),
	KUNIT_CASE(p4d_callback_finds_the_default_action),
	KUNIT_CASE(tables_are_walked_and_holes_reported),
	{}
};

TOPIC_SUITE(pagewalk, kernel_look_up);
