// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the topic hotplug. The boot leaves out the memory above mem= of the command line:
 * at least 1 GiB, which the tests add and remove.
 */
#include <linux/memory_hotplug.h>
#include <linux/sizes.h>

#include "kernel.h"

static u64 start;
static bool middle_gone;

static u64 middle(void)
{
	return start + SZ_1G / 2;
}

static void remove_rest(void *unused)
{
	unsigned long block = memory_block_size_bytes();
	u64 at;

	for (at = start; at < start + SZ_1G; at += block)
		if (at != middle() || !middle_gone)
			offline_and_remove_memory(at, block);
}

static void add(struct kunit *test)
{
	middle_gone = false;
	KUNIT_ASSERT_EQ(test, add_memory(0, start, SZ_1G, MHP_NONE), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, remove_rest, NULL), 0);
}

/* Each page of the added memory is mapped, apart from the block in the middle. */
static void expect_all_but_the_middle(struct kunit *test)
{
	u64 at, end = middle() + memory_block_size_bytes(), descriptor;

	for (at = start; at < start + SZ_1G; at += SZ_2M) {
		bool gone = middle() <= at && at < end;

		KUNIT_EXPECT_EQ(test, !leaf_at((unsigned long)__va(at), &descriptor), gone);
		KUNIT_EXPECT_EQ(test, cpu_can_write((unsigned long)__va(at)), !gone);
	}
}

static void no_leaf_spans_two_memory_blocks(struct kunit *test)
{
	u64 at, descriptor;

	add(test);
	for (at = start; at < start + SZ_1G; at += SZ_2M)
		KUNIT_EXPECT_LE(test, leaf_at((unsigned long)__va(at), &descriptor),
				memory_block_size_bytes());
}

static void block_that_never_was_online_goes_alone(struct kunit *test)
{
	add(test);
	middle_gone = !remove_memory(middle(), memory_block_size_bytes());
	KUNIT_EXPECT_TRUE(test, middle_gone);
	expect_all_but_the_middle(test);
}

static int online_movable(struct memory_block *block, void *unused)
{
	block->online_type = MMOP_ONLINE_MOVABLE;

	return kernel.device_online(&block->dev);
}

static void online_block_goes_alone(struct kunit *test)
{
	add(test);
	KUNIT_ASSERT_EQ(test, kernel.walk_memory_blocks(start, SZ_1G, NULL, online_movable), 0);
	middle_gone = !offline_and_remove_memory(middle(), memory_block_size_bytes());
	KUNIT_EXPECT_TRUE(test, middle_gone);
	expect_all_but_the_middle(test);
}

static struct kunit_case hotplug_cases[] = {
	KUNIT_CASE(no_leaf_spans_two_memory_blocks),
	KUNIT_CASE(block_that_never_was_online_goes_alone),
	KUNIT_CASE(online_block_goes_alone),
	{}
};

static int find_start(struct kunit_suite *suite)
{
	int ret = kernel_look_up(suite);

	start = __pa(high_memory);

	return ret ?: IS_ALIGNED(start, SZ_1G) ? 0 : -EINVAL;
}
TOPIC_SUITE(hotplug, find_start);
