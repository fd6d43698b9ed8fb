// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of lazy MMU mode: when the barriers of kernel entries are owed, and
 * when they are paid.
 *
 * Entries are stored to a page that is no table, so nothing depends on them. What
 * is looked at is the task's account; that the barriers themselves are there, and
 * in order, is not visible from inside.
 */
#include <kunit/test.h>

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <asm/fixmap.h>

#define owed()	(current->thread.lazy_mmu_pending)
#define depth()	(current->thread.lazy_mmu_depth)

static pte_t kernel_pte(void)
{
	return pfn_pte(0, PAGE_KERNEL);
}

static pte_t *scratch_table(struct kunit *test)
{
	pte_t *table = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_EQ(test, depth(), 0);
	KUNIT_ASSERT_FALSE(test, owed());

	return table;
}

static void lazy_mmu_plain(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	__set_pte(table, kernel_pte());
	KUNIT_EXPECT_FALSE(test, owed());

	arch_enter_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, owed());
	__set_pte(table, kernel_pte());
	KUNIT_EXPECT_TRUE(test, owed());
	arch_flush_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, owed());
	set_pmd((pmd_t *)table, __pmd(pte_val(kernel_pte())));
	KUNIT_EXPECT_TRUE(test, owed());
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, owed());
	KUNIT_EXPECT_EQ(test, depth(), 0);
}

static void lazy_mmu_owes_nothing_for_other_entries(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	arch_enter_lazy_mmu_mode();
	__set_pte(table, __pte(0));
	__set_pte(table, pte_mkinvalid(kernel_pte()));
	__set_pte(table, pfn_pte(0, PAGE_SHARED));
	KUNIT_EXPECT_FALSE(test, owed());
	arch_leave_lazy_mmu_mode();
}

static void lazy_mmu_nested(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	arch_enter_lazy_mmu_mode();
	__set_pte(table, kernel_pte());
	arch_enter_lazy_mmu_mode();
	__set_pte(table + 1, kernel_pte());
	KUNIT_EXPECT_TRUE(test, owed());
	arch_leave_lazy_mmu_mode();
	/* The inner section's entries are in effect, the outer one is still lazy. */
	KUNIT_EXPECT_FALSE(test, owed());
	__set_pte(table + 2, kernel_pte());
	KUNIT_EXPECT_TRUE(test, owed());
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, owed());
	KUNIT_EXPECT_EQ(test, depth(), 0);
}

/**
 * struct interruption - an interrupt, or a softirq, that stores an entry
 * @work: that raises the one
 * @tasklet: that is the other
 * @table: where
 * @owed: whether the interrupted task owed barriers right after
 * @depth: of the interrupted task, inside a section of the interrupt's own
 */
struct interruption {
	struct irq_work work;
	struct tasklet_struct tasklet;
	pte_t *table;
	bool owed;
	unsigned int depth;
};

static void store_in_section(struct interruption *irq)
{
	arch_enter_lazy_mmu_mode();
	irq->depth = depth();
	__set_pte(irq->table, kernel_pte());
	irq->owed = owed();
	arch_leave_lazy_mmu_mode();
}

static void store_from_interrupt(struct irq_work *work)
{
	store_in_section(container_of(work, struct interruption, work));
}

static void store_from_softirq(struct tasklet_struct *tasklet)
{
	store_in_section(container_of(tasklet, struct interruption, tasklet));
}

static void interrupt_now(struct interruption *irq)
{
	irq_work_queue(&irq->work);
	irq_work_sync(&irq->work);
}

/* In this task, when it lets bottom halves in again. */
static void softirq_now(struct interruption *irq)
{
	local_bh_disable();
	tasklet_schedule(&irq->tasklet);
	local_bh_enable();
}

static void expect_own_affair(struct kunit *test, struct interruption *irq,
			      void (*interrupt)(struct interruption *irq))
{
	irq->owed = true;
	irq->depth = 0;
	arch_enter_lazy_mmu_mode();
	interrupt(irq);
	/* Its barriers were its own affair, and are not owed here. */
	KUNIT_EXPECT_FALSE(test, irq->owed);
	KUNIT_EXPECT_EQ(test, irq->depth, 1);
	KUNIT_EXPECT_FALSE(test, owed());

	/* And it does not pay for the task, nor end its section. */
	__set_pte(irq->table + 1, kernel_pte());
	interrupt(irq);
	KUNIT_EXPECT_TRUE(test, owed());
	KUNIT_EXPECT_EQ(test, depth(), 1);
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, owed());
}

static void lazy_mmu_interrupted(struct kunit *test)
{
	struct interruption irq = {
		.work	= IRQ_WORK_INIT_HARD(store_from_interrupt),
		.table	= scratch_table(test),
	};

	tasklet_setup(&irq.tasklet, store_from_softirq);
	expect_own_affair(test, &irq, interrupt_now);
	expect_own_affair(test, &irq, softirq_now);
	tasklet_kill(&irq.tasklet);
}

static void lazy_mmu_with_bottom_halves_off(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	/* Still the task's own context: a section may begin there and end here. */
	arch_enter_lazy_mmu_mode();
	local_bh_disable();
	__set_pte(table, kernel_pte());
	KUNIT_EXPECT_TRUE(test, owed());
	arch_leave_lazy_mmu_mode();
	local_bh_enable();
	KUNIT_EXPECT_FALSE(test, owed());
	KUNIT_EXPECT_EQ(test, depth(), 0);
}

static void lazy_mmu_preempted(struct kunit *test)
{
	pte_t *table = scratch_table(test);
	unsigned int cpu;

	arch_enter_lazy_mmu_mode();
	__set_pte(table, kernel_pte());
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_TRUE(test, owed());
	KUNIT_EXPECT_EQ(test, depth(), 1);

	/* The debt comes along to another CPU, for which DSB in __switch_to() is. */
	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (cpu < nr_cpu_ids) {
		KUNIT_EXPECT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
		KUNIT_EXPECT_EQ(test, raw_smp_processor_id(), cpu);
		KUNIT_EXPECT_EQ(test, set_cpus_allowed_ptr(current, cpu_possible_mask), 0);
		KUNIT_EXPECT_TRUE(test, owed());
		KUNIT_EXPECT_EQ(test, depth(), 1);
	}
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, owed());
}

static void lazy_mmu_faulting(struct kunit *test)
{
	pte_t *table = scratch_table(test);
	unsigned long word;

	arch_enter_lazy_mmu_mode();
	arch_enter_lazy_mmu_mode();
	__set_pte(table, kernel_pte());
	/* Nothing is mapped there. The handler found all entries in effect. */
	KUNIT_EXPECT_NE(test, copy_from_kernel_nofault(&word, (void *)VMALLOC_END,
						       sizeof(word)), 0);
	KUNIT_EXPECT_FALSE(test, owed());
	KUNIT_EXPECT_EQ(test, depth(), 2);
	__set_pte(table, kernel_pte());
	KUNIT_EXPECT_TRUE(test, owed());
	arch_leave_lazy_mmu_mode();
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_EQ(test, depth(), 0);
}

static void lazy_mmu_fixmap_is_in_effect(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	/* As set_swapper_pgd() has it: the caller writes through the fixmap next. */
	arch_enter_lazy_mmu_mode();
	__set_pte(table, kernel_pte());
	set_fixmap(FIX_TEXT_POKE0, __pa(table));
	KUNIT_EXPECT_FALSE(test, owed());
	clear_fixmap(FIX_TEXT_POKE0);
	arch_leave_lazy_mmu_mode();
}

static struct kunit_case lazy_mmu_cases[] = {
	KUNIT_CASE(lazy_mmu_plain),
	KUNIT_CASE(lazy_mmu_owes_nothing_for_other_entries),
	KUNIT_CASE(lazy_mmu_nested),
	KUNIT_CASE(lazy_mmu_interrupted),
	KUNIT_CASE(lazy_mmu_with_bottom_halves_off),
	KUNIT_CASE(lazy_mmu_preempted),
	KUNIT_CASE(lazy_mmu_faulting),
	KUNIT_CASE(lazy_mmu_fixmap_is_in_effect),
	{}
};

static struct kunit_suite lazy_mmu_suite = {
	.name = "arm64_lazy_mmu",
	.test_cases = lazy_mmu_cases,
};

kunit_test_suite(lazy_mmu_suite);

MODULE_DESCRIPTION("KUnit tests of arm64 lazy MMU mode");
MODULE_LICENSE("GPL");
