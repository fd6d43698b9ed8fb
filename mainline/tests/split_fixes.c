// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the topic split-fixes. */
#include <linux/panic.h>

#include "kernel.h"

/*
 * The store through the fixmap must follow the barriers of the fixmap entry. In lazy MMU
 * mode barriers that were not issued are pending when the function returns.
 */
static void root_is_not_written_with_pending_barriers(struct kunit *test)
{
	pgd_t *pgdp = pgd_offset_pgd(kernel.init_mm->pgd, PAGE_OFFSET);
	bool pending;

	lazy_mmu_mode_enable();
	clear_thread_flag(TIF_LAZY_MMU_PENDING);
	kernel.set_swapper_pgd(pgdp, READ_ONCE(*pgdp));
	pending = test_thread_flag(TIF_LAZY_MMU_PENDING);
	lazy_mmu_mode_disable();
	KUNIT_EXPECT_FALSE(test, pending);
}

static unsigned int lazy_fixmap_entries;

static int see_mode(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (is_lazy_mmu_mode_active())
		lazy_fixmap_entries++;

	return 0;
}

static struct kretprobe set_fixmap_probe = {
	.kp.symbol_name = "__set_fixmap",
	.handler = see_mode,
};

/* Not a guarantee, but the proof that the case above happens: a split gets there. */
static void split_writes_root_in_lazy_mmu_mode(struct kunit *test)
{
	unsigned long addr;
	unsigned int i;
	u64 descriptor;

	if (CONFIG_PGTABLE_LEVELS != 3)
		kunit_skip(test, "a PUD does not lie in swapper_pg_dir");
	if (!linear_map_has_blocks())
		kunit_skip(test, "the CPUs lack BBML3");

	/* A PUD block that no test has split yet. */
	for (addr = PAGE_OFFSET, i = 0; i < 16; i++, addr += PUD_SIZE)
		if (leaf_at(addr, &descriptor) == PUD_SIZE)
			break;
	if (i == 16)
		kunit_skip(test, "no PUD block is left");

	KUNIT_ASSERT_EQ(test, register_kretprobe(&set_fixmap_probe), 0);
	KUNIT_EXPECT_EQ(test, kernel.set_memory_valid(addr, 1, 1), 0);
	unregister_kretprobe(&set_fixmap_probe);
	KUNIT_EXPECT_LT(test, leaf_at(addr, &descriptor), PUD_SIZE);
	KUNIT_EXPECT_GT(test, lazy_fixmap_entries, 0);
}

static void free_block(void *page)
{
	__free_pages(page, MAX_PAGE_ORDER);
}

/* Two PMD blocks of memory that is the test's, in blocks of the linear map. */
static unsigned long two_blocks(struct kunit *test)
{
	struct page *page;
	unsigned int i;
	u64 descriptor;

	if (!linear_map_has_blocks())
		kunit_skip(test, "the CPUs lack BBML3");
	for (i = 0; i < 64; i++) {
		page = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
		KUNIT_ASSERT_NOT_NULL(test, page);
		KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_block, page), 0);
		if (leaf_at((unsigned long)page_address(page), &descriptor) >= PMD_SIZE &&
		    leaf_at((unsigned long)page_address(page) + PMD_SIZE, &descriptor) >= PMD_SIZE)
			return (unsigned long)page_address(page);
	}
	KUNIT_FAIL_AND_ABORT(test, "no memory in blocks");

	return 0;
}

static void split_without_memory_is_no_bug(struct kunit *test)
{
	unsigned long addr = two_blocks(test);
	int ret;

	if (test_taint(TAINT_WARN))
		KUNIT_FAIL_AND_ABORT(test, "an earlier warning hides a new one");
	fail_allocations(test, true);
	ret = kernel.set_memory_valid(addr + PAGE_SIZE, 1, 0);
	fail_allocations(test, false);
	KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
	KUNIT_EXPECT_FALSE(test, test_taint(TAINT_WARN));
	KUNIT_EXPECT_TRUE(test, cpu_can_write(addr + PAGE_SIZE));
}

/*
 * The first page of the range is mapped by a PTE, the end of the range lies in a block. A
 * stale TLB entry of the first page shows whether the failed call has invalidated: without
 * a TLBI a load still works.
 */
static void failed_split_does_not_invalidate(struct kunit *test)
{
	unsigned long addr = two_blocks(test), flags;
	bool stale_before = false, stale_after = false;
	unsigned int i;
	pmd_t *pmdp;
	pte_t *ptep, pte;

	KUNIT_ASSERT_EQ(test, kernel.set_memory_valid(addr, 1, 0), 0);
	KUNIT_ASSERT_EQ(test, kernel.set_memory_valid(addr, 1, 1), 0);
	pmdp = pmd_offset(pud_offset(p4d_offset(pgd_offset_pgd(kernel.init_mm->pgd, addr), addr),
				     addr), addr);
	ptep = pte_offset_kernel(pmdp, addr);
	pte = READ_ONCE(*ptep);

	fail_allocations(test, true);
	for (i = 0; i < 100 && !stale_after; i++) {
		local_irq_save(flags);
		load_works(addr);
		WRITE_ONCE(*ptep, __pte(pte_val(pte) & ~PTE_VALID));
		dsb(ishst);
		stale_before = load_works(addr);
		local_irq_restore(flags);
		if (kernel.set_memory_valid(addr, PTRS_PER_PTE + 1, 0) != -ENOMEM)
			break;
		stale_after = load_works(addr);
		WRITE_ONCE(*ptep, pte);
		dsb(ishst);
	}
	WRITE_ONCE(*ptep, pte);
	flush_tlb_kernel_range(addr, addr + PAGE_SIZE);
	fail_allocations(test, false);
	if (!stale_before)
		kunit_skip(test, "the CPU keeps no stale entry");
	KUNIT_EXPECT_TRUE(test, stale_after);
}

static struct kunit_case split_fixes_cases[] = {
	KUNIT_CASE(root_is_not_written_with_pending_barriers),
	KUNIT_CASE(split_writes_root_in_lazy_mmu_mode),
	KUNIT_CASE(split_without_memory_is_no_bug),
	KUNIT_CASE(failed_split_does_not_invalidate),
	{}
};

TOPIC_SUITE(split_fixes, kernel_look_up);
