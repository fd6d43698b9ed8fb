// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of lazy MMU mode: when the barriers of kernel entries are pending, and
 * when they are issued.
 *
 * The tests store entries to a page that is no table: nothing depends on the entries.
 * They check the state of the task. The barriers and their order are not visible to a
 * test on the CPU that issues them.
 */
#include <kunit/test.h>

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <asm/fixmap.h>

#define pending()	(current->thread.lazy_mmu_pending)
#define depth()		(current->thread.lazy_mmu_depth)

static pte_t kernel_pte(void)
{
	return pfn_pte(0, PAGE_KERNEL);
}

static pte_t *scratch_table(struct kunit *test)
{
	pte_t *table = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_EQ(test, depth(), 0);
	KUNIT_ASSERT_FALSE(test, pending());

	return table;
}

static void lazy_mmu_plain(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	__set_pte(table, kernel_pte());
	KUNIT_EXPECT_FALSE(test, pending());

	arch_enter_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, pending());
	__set_pte(table, kernel_pte());
	KUNIT_EXPECT_TRUE(test, pending());
	arch_flush_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, pending());
	set_pmd((pmd_t *)table, __pmd(pte_val(kernel_pte())));
	KUNIT_EXPECT_TRUE(test, pending());
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, pending());
	KUNIT_EXPECT_EQ(test, depth(), 0);
}

/* Invalid entries and entries of user space need no barriers. */
static void lazy_mmu_no_barriers_for_other_entries(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	arch_enter_lazy_mmu_mode();
	__set_pte(table, __pte(0));
	__set_pte(table, pte_mkinvalid(kernel_pte()));
	__set_pte(table, pfn_pte(0, PAGE_SHARED));
	KUNIT_EXPECT_FALSE(test, pending());
	arch_leave_lazy_mmu_mode();
}

static void lazy_mmu_nested(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	arch_enter_lazy_mmu_mode();
	__set_pte(table, kernel_pte());
	arch_enter_lazy_mmu_mode();
	__set_pte(table + 1, kernel_pte());
	KUNIT_EXPECT_TRUE(test, pending());
	arch_leave_lazy_mmu_mode();
	/* The end of the inner section issued the barriers. The outer section goes on. */
	KUNIT_EXPECT_FALSE(test, pending());
	__set_pte(table + 2, kernel_pte());
	KUNIT_EXPECT_TRUE(test, pending());
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, pending());
	KUNIT_EXPECT_EQ(test, depth(), 0);
}

/**
 * struct interruption - an interrupt or a softirq that stores an entry
 * @work: raises the interrupt
 * @tasklet: raises the softirq
 * @table: entry to store
 * @pending: barriers of the task were pending right after the store
 * @depth: depth of the task inside the section of the interrupt
 */
struct interruption {
	struct irq_work work;
	struct tasklet_struct tasklet;
	pte_t *table;
	bool pending;
	unsigned int depth;
};

static void store_in_section(struct interruption *irq)
{
	arch_enter_lazy_mmu_mode();
	irq->depth = depth();
	__set_pte(irq->table, kernel_pte());
	irq->pending = pending();
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

/* local_bh_enable() runs the softirq in this task. */
static void softirq_now(struct interruption *irq)
{
	local_bh_disable();
	tasklet_schedule(&irq->tasklet);
	local_bh_enable();
}

/*
 * An interrupt issues the barriers of each store at once. A section inside the interrupt
 * changes neither the depth nor the pending barriers of the interrupted task:
 *
 *	task				interrupt
 *	----				---------
 *	enter section: depth 1
 *	store, barriers pending
 *					enter section: depth stays 1
 *					store, issue the barriers
 *					leave section: depth stays 1
 *	barriers still pending
 *	leave section, issue the barriers
 */
static void expect_task_unaffected(struct kunit *test, struct interruption *irq,
				   void (*interrupt)(struct interruption *irq))
{
	irq->pending = true;
	irq->depth = 0;
	arch_enter_lazy_mmu_mode();
	/* No barriers of the task are pending: the store of the interrupt adds none. */
	interrupt(irq);
	KUNIT_EXPECT_FALSE(test, irq->pending);
	KUNIT_EXPECT_EQ(test, irq->depth, 1);
	KUNIT_EXPECT_FALSE(test, pending());

	/* The interrupt neither issues the task's barriers nor ends the task's section. */
	__set_pte(irq->table + 1, kernel_pte());
	interrupt(irq);
	KUNIT_EXPECT_TRUE(test, pending());
	KUNIT_EXPECT_EQ(test, depth(), 1);
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, pending());
}

static void lazy_mmu_interrupted(struct kunit *test)
{
	struct interruption irq = {
		.work	= IRQ_WORK_INIT_HARD(store_from_interrupt),
		.table	= scratch_table(test),
	};

	tasklet_setup(&irq.tasklet, store_from_softirq);
	expect_task_unaffected(test, &irq, interrupt_now);
	expect_task_unaffected(test, &irq, softirq_now);
	tasklet_kill(&irq.tasklet);
}

/* With bottom halves disabled, the task can still begin and end a section. */
static void lazy_mmu_with_bottom_halves_off(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	arch_enter_lazy_mmu_mode();
	local_bh_disable();
	__set_pte(table, kernel_pte());
	KUNIT_EXPECT_TRUE(test, pending());
	arch_leave_lazy_mmu_mode();
	local_bh_enable();
	KUNIT_EXPECT_FALSE(test, pending());
	KUNIT_EXPECT_EQ(test, depth(), 0);
}

static void lazy_mmu_preempted(struct kunit *test)
{
	pte_t *table = scratch_table(test);
	unsigned int cpu;

	arch_enter_lazy_mmu_mode();
	__set_pte(table, kernel_pte());
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_TRUE(test, pending());
	KUNIT_EXPECT_EQ(test, depth(), 1);

	/*
	 * The pending barriers migrate with the task. The DSB in __switch_to() orders the
	 * task's stores on the former CPU before the barriers on the new CPU.
	 */
	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (cpu < nr_cpu_ids) {
		KUNIT_EXPECT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
		KUNIT_EXPECT_EQ(test, raw_smp_processor_id(), cpu);
		KUNIT_EXPECT_EQ(test, set_cpus_allowed_ptr(current, cpu_possible_mask), 0);
		KUNIT_EXPECT_TRUE(test, pending());
		KUNIT_EXPECT_EQ(test, depth(), 1);
	}
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_FALSE(test, pending());
}

static void lazy_mmu_faulting(struct kunit *test)
{
	pte_t *table = scratch_table(test);
	unsigned long word;

	arch_enter_lazy_mmu_mode();
	arch_enter_lazy_mmu_mode();
	__set_pte(table, kernel_pte());
	/* No entry maps VMALLOC_END. The fault handler issues the pending barriers. */
	KUNIT_EXPECT_NE(test, copy_from_kernel_nofault(&word, (void *)VMALLOC_END,
						       sizeof(word)), 0);
	KUNIT_EXPECT_FALSE(test, pending());
	KUNIT_EXPECT_EQ(test, depth(), 2);
	__set_pte(table, kernel_pte());
	KUNIT_EXPECT_TRUE(test, pending());
	arch_leave_lazy_mmu_mode();
	arch_leave_lazy_mmu_mode();
	KUNIT_EXPECT_EQ(test, depth(), 0);
}

static void lazy_mmu_fixmap_is_in_effect(struct kunit *test)
{
	pte_t *table = scratch_table(test);

	/*
	 * set_swapper_pgd() writes through the fixmap right after set_fixmap(). The slot
	 * belongs to early_ioremap(), so no CPU uses it after boot.
	 */
	arch_enter_lazy_mmu_mode();
	__set_pte(table, kernel_pte());
	set_fixmap(FIX_BTMAP_END, __pa(table));
	KUNIT_EXPECT_FALSE(test, pending());
	clear_fixmap(FIX_BTMAP_END);
	arch_leave_lazy_mmu_mode();
}

#ifdef CONFIG_ARM64_CONTPTE
static unsigned int vmap_stores, vmap_lazy_stores;

/* After the store of the last PTE that can belong to a contiguous group. */
static int vmap_stored(struct kprobe *kp, struct pt_regs *regs)
{
	vmap_stores++;
	vmap_lazy_stores += depth() && pending();

	return 0;
}

static struct kprobe vmap_probe = {
	.symbol_name	= "__contpte_try_fold",
	.pre_handler	= vmap_stored,
};

static void unregister_vmap_probe(void *unused)
{
	unregister_kprobe(&vmap_probe);
	vmap_probe.addr = NULL;
	vmap_probe.flags = 0;
}

static void free_block(void *block)
{
	free_pages((unsigned long)block, CONT_PTE_SHIFT - PAGE_SHIFT);
}

static void free_area(void *area)
{
	free_vm_area(area);
}

/* The PTEs were stored in a lazy MMU section, and the mapping is in effect. */
static void expect_mapped(struct kunit *test, unsigned long addr, const char *block)
{
	KUNIT_EXPECT_GT(test, vmap_stores, 0);
	KUNIT_EXPECT_EQ(test, vmap_lazy_stores, vmap_stores);
	KUNIT_EXPECT_FALSE(test, pending());
	KUNIT_EXPECT_EQ(test, depth(), 0);
	KUNIT_EXPECT_EQ(test, *(u8 *)(addr + CONT_PTE_SIZE - 1), block[CONT_PTE_SIZE - 1]);
	vmap_stores = 0;
	vmap_lazy_stores = 0;
}

/* Map the pages of a contiguous group by both ways of mm/vmalloc.c. */
static void lazy_mmu_vmap(struct kunit *test)
{
	unsigned long start, end;
	struct vm_struct *area;
	struct page **pages;
	unsigned int i;
	char *block;

	block = (void *)__get_free_pages(GFP_KERNEL, CONT_PTE_SHIFT - PAGE_SHIFT);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_block, block), 0);
	memset(block, 0x5a, CONT_PTE_SIZE);
	area = get_vm_area(2 * CONT_PTE_SIZE, VM_SPARSE);
	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_area, area), 0);
	pages = kunit_kcalloc(test, CONT_PTES, sizeof(*pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < CONT_PTES; i++)
		pages[i] = virt_to_page(block + i * PAGE_SIZE);
	start = ALIGN((unsigned long)area->addr, CONT_PTE_SIZE);
	end = start + CONT_PTE_SIZE;

	KUNIT_ASSERT_EQ(test, register_kprobe(&vmap_probe), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_vmap_probe, NULL), 0);
	KUNIT_ASSERT_EQ(test, vm_area_map_pages(area, start, end, pages), 0);
	expect_mapped(test, start, block);
	vm_area_unmap_pages(area, start, end);

	KUNIT_ASSERT_EQ(test, vmap_page_range(start, end, __pa(block), PAGE_KERNEL), 0);
	expect_mapped(test, start, block);
	vm_area_unmap_pages(area, start, end);
}
#endif

static struct kunit_case lazy_mmu_cases[] = {
	KUNIT_CASE(lazy_mmu_plain),
	KUNIT_CASE(lazy_mmu_no_barriers_for_other_entries),
	KUNIT_CASE(lazy_mmu_nested),
	KUNIT_CASE(lazy_mmu_interrupted),
	KUNIT_CASE(lazy_mmu_with_bottom_halves_off),
	KUNIT_CASE(lazy_mmu_preempted),
	KUNIT_CASE(lazy_mmu_faulting),
	KUNIT_CASE(lazy_mmu_fixmap_is_in_effect),
#ifdef CONFIG_ARM64_CONTPTE
	KUNIT_CASE(lazy_mmu_vmap),
#endif
	{}
};

static struct kunit_suite lazy_mmu_suite = {
	.name = "arm64_lazy_mmu",
	.test_cases = lazy_mmu_cases,
};

kunit_test_suite(lazy_mmu_suite);

MODULE_DESCRIPTION("KUnit tests of arm64 lazy MMU mode");
MODULE_LICENSE("GPL");
