// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the topic unmap-aliases. */
#include <linux/tracepoint.h>

#include "kernel.h"

static struct tracepoint *purge_event;
static struct task_struct *purger;
static unsigned int purges;

static void find_purge_event(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "purge_vmap_area_lazy"))
		purge_event = tp;
}

static void see_purge(void *unused, unsigned long start, unsigned long end, unsigned int nr)
{
	if (current == purger)
		purges++;
}

static void stop_seeing(void *unused)
{
	tracepoint_probe_unregister(purge_event, see_purge, NULL);
	tracepoint_synchronize_unregister();
}

static void see_purges(struct kunit *test)
{
	for_each_kernel_tracepoint(find_purge_event, NULL);
	KUNIT_ASSERT_NOT_NULL(test, purge_event);
	purger = current;
	KUNIT_ASSERT_EQ(test, tracepoint_probe_register(purge_event, see_purge, NULL), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, stop_seeing, NULL), 0);
}

static void without_lazy_areas_nothing_is_purged(struct kunit *test)
{
	unsigned int i;

	see_purges(test);
	/* Another task may free an area in between. */
	for (i = 0; i < 100; i++) {
		kernel.vm_unmap_aliases();
		if (atomic_long_read(kernel.vmap_lazy_nr))
			continue;
		purges = 0;
		kernel.vm_unmap_aliases();
		if (!purges)
			return;
	}
	KUNIT_FAIL(test, "each call purges");
}

static void lazily_freed_area_is_purged(struct kunit *test)
{
	void *mem = vmalloc(PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	see_purges(test);
	purges = 0;
	KUNIT_EXPECT_TRUE(test, load_works((unsigned long)mem));
	vfree(mem);
	KUNIT_EXPECT_GT(test, atomic_long_read(kernel.vmap_lazy_nr), 0);
	kernel.vm_unmap_aliases();
	KUNIT_EXPECT_GT(test, purges, 0);
	KUNIT_EXPECT_FALSE(test, load_works((unsigned long)mem));
}

/* A block of vm_map_ram() is no lazily freed area: its dirty range needs the flush, too. */
static void dirty_block_is_flushed(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	bool stale = false, gone = true;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < 100; i++) {
		/* A second mapping keeps the block. */
		void *other = vm_map_ram(&page, 1, NUMA_NO_NODE);
		void *mem = vm_map_ram(&page, 1, NUMA_NO_NODE);

		kernel.vm_unmap_aliases();
		load_works((unsigned long)mem);
		vm_unmap_ram(mem, 1);
		stale |= load_works((unsigned long)mem);
		kernel.vm_unmap_aliases();
		gone &= !load_works((unsigned long)mem);
		vm_unmap_ram(other, 1);
	}
	__free_page(page);
	KUNIT_EXPECT_TRUE_MSG(test, stale, "the CPU keeps no stale entry");
	KUNIT_EXPECT_TRUE(test, gone);
}

static struct kunit_case unmap_aliases_cases[] = {
	KUNIT_CASE(without_lazy_areas_nothing_is_purged),
	KUNIT_CASE(lazily_freed_area_is_purged),
	KUNIT_CASE(dirty_block_is_flushed),
	{}
};

TOPIC_SUITE(unmap_aliases, kernel_look_up);
