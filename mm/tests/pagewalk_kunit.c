// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of walk_kernel_page_table_range_lockless(), and of what the locked
 * walks of kernel tables share with it.
 *
 * The walked tables are init_mm's, in a hole of vmalloc space which the tests fill
 * themselves. Nothing is accessed through the mappings. What the walk shall report
 * is found by a descent of the tests' own. Not shown: races with whoever frees
 * tables, which no test can win on purpose.
 */
#include <kunit/test.h>

#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/pgalloc.h>
#include <linux/pgtable.h>
#include <linux/vmalloc.h>

enum level { PGD, P4D, PUD, PMD, PTE, HOLE };

/**
 * struct event - one call of a callback
 * @level: which callback
 * @depth: of a hole
 * @addr: as given to it
 * @next: as given to it
 * @entry: as given to it
 * @action: walk->action when it was called
 */
struct event {
	enum level level;
	int depth;
	unsigned long addr;
	unsigned long next;
	void *entry;
	enum page_walk_action action;
};

#define MAX_EVENTS	64
#define NR_PTES		4

/**
 * struct ground - kernel tables that belong to a test
 * @area: of vmalloc space
 * @page: what the PTEs map
 * @base: of the tested range: a table with @NR_PTES pages, a hole of PMD size, a
 *	block of PMD size, another hole
 * @pmdp: the entries of these
 * @ptep: the first PTE
 * @events: what the callbacks saw
 * @nr: how much of that
 * @act_level: at which level to act
 * @action: what to ask for there
 * @ret: what to return there
 * @hook: called there
 */
struct ground {
	struct vm_struct *area;
	struct page *page;
	unsigned long base;
	pmd_t *pmdp[4];
	pte_t *ptep;

	struct event events[MAX_EVENTS];
	unsigned int nr;

	enum level act_level;
	enum page_walk_action action;
	int ret;
	void (*hook)(struct ground *g, struct mm_walk *walk, unsigned long addr);
};

static int note(struct mm_walk *walk, enum level level, void *entry,
		unsigned long addr, unsigned long next, int depth)
{
	struct ground *g = walk->private;

	if (g->nr < MAX_EVENTS)
		g->events[g->nr] = (struct event) {
			.level = level, .depth = depth, .addr = addr,
			.next = next, .entry = entry, .action = walk->action,
		};
	g->nr++;

	if (level != g->act_level)
		return 0;
	walk->action = g->action;
	if (g->hook)
		g->hook(g, walk, addr);

	return g->ret;
}

static int see_pgd(pgd_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return note(walk, PGD, p, addr, next, -1);
}

static int see_p4d(p4d_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return note(walk, P4D, p, addr, next, -1);
}

static int see_pud(pud_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return note(walk, PUD, p, addr, next, -1);
}

static int see_pmd(pmd_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return note(walk, PMD, p, addr, next, -1);
}

static int see_pte(pte_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return note(walk, PTE, p, addr, next, -1);
}

static int see_hole(unsigned long addr, unsigned long next, int depth, struct mm_walk *walk)
{
	return note(walk, HOLE, NULL, addr, next, depth);
}

static const struct mm_walk_ops see_all = {
	.pgd_entry = see_pgd,
	.p4d_entry = see_p4d,
	.pud_entry = see_pud,
	.pmd_entry = see_pmd,
	.pte_entry = see_pte,
	.pte_hole = see_hole,
};

static const struct mm_walk_ops see_ptes = { .pte_entry = see_pte };
static const struct mm_walk_ops see_runs = { .pte_run = see_pte };
static const struct mm_walk_ops see_pmds = { .pmd_entry = see_pmd };
static const struct mm_walk_ops see_pmds_and_holes = {
	.pmd_entry = see_pmd,
	.pte_hole = see_hole,
};

static int walk(struct ground *g, unsigned long size, const struct mm_walk_ops *ops)
{
	g->nr = 0;

	return walk_kernel_page_table_range_lockless(g->base, g->base + size, ops, g);
}

static unsigned int count(const struct ground *g, enum level level)
{
	unsigned int i, n = 0;

	for (i = 0; i < min(g->nr, MAX_EVENTS); i++)
		n += g->events[i].level == level;

	return n;
}

static void ground_clear(void *data)
{
	struct ground *g = data;
	unsigned int i;

	for (i = 0; i < NR_PTES; i++)
		pte_clear(&init_mm, g->base + i * PAGE_SIZE, g->ptep + i);
	pmd_clear_huge(g->pmdp[2]);
	flush_tlb_kernel_range(g->base, g->base + 4 * PMD_SIZE);
	free_vm_area(g->area);
	__free_page(g->page);
}

static struct ground *ground_prepare(struct kunit *test)
{
	struct ground *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);
	unsigned long span = max(PUD_SIZE, 8 * PMD_SIZE);
	p4d_t *p4dp;
	pud_t *pudp;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, g);
	g->act_level = -1;
	g->page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, g->page);
	g->area = get_vm_area(2 * span, VM_MAP);
	KUNIT_ASSERT_NOT_NULL(test, g->area);
	g->base = ALIGN((unsigned long)g->area->addr, span);

	for (i = 0; i < 4; i++) {
		unsigned long addr = g->base + i * PMD_SIZE;

		p4dp = p4d_alloc(&init_mm, pgd_offset_k(addr), addr);
		KUNIT_ASSERT_NOT_NULL(test, p4dp);
		pudp = pud_alloc(&init_mm, p4dp, addr);
		KUNIT_ASSERT_NOT_NULL(test, pudp);
		g->pmdp[i] = pmd_alloc(&init_mm, pudp, addr);
		KUNIT_ASSERT_NOT_NULL(test, g->pmdp[i]);
		/* A table of a former owner of the address. */
		if (!pmd_none(*g->pmdp[i]))
			pmd_free_pte_page(g->pmdp[i], addr);
		KUNIT_ASSERT_TRUE(test, pmd_none(*g->pmdp[i]));
	}
	g->ptep = pte_alloc_kernel(g->pmdp[0], g->base);
	KUNIT_ASSERT_NOT_NULL(test, g->ptep);
	for (i = 0; i < NR_PTES; i++)
		set_pte_at(&init_mm, g->base + i * PAGE_SIZE, g->ptep + i,
			   mk_pte(g->page, PAGE_KERNEL));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, ground_clear, g), 0);
	KUNIT_ASSERT_EQ(test, pmd_set_huge(g->pmdp[2],
					   ALIGN_DOWN(page_to_phys(g->page), PMD_SIZE),
					   PAGE_KERNEL), 1);

	return g;
}

/* The depth of a hole at PMD level: folded levels do not count. */
static int pmd_depth(void)
{
	if (PTRS_PER_PMD > 1)
		return 3;
	if (PTRS_PER_PUD > 1)
		return 2;

	return PTRS_PER_P4D > 1 ? 1 : 0;
}

static int no_test_walk(unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return 0;
}

static int no_hugetlb(pte_t *p, unsigned long hmask, unsigned long addr,
		      unsigned long next, struct mm_walk *walk)
{
	return 0;
}

static void no_post_vma(struct mm_walk *walk) { }

static void walk_refuses_bad_arguments(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	const struct mm_walk_ops bad[] = {
		{ },
		{ .pte_hole = see_hole },
		{ .pte_entry = see_pte, .test_walk = no_test_walk },
		{ .pte_entry = see_pte, .hugetlb_entry = no_hugetlb },
		{ .pte_entry = see_pte, .pre_vma = no_test_walk },
		{ .pte_entry = see_pte, .post_vma = no_post_vma },
		{ .pte_entry = see_pte, .walk_lock = PGWALK_WRLOCK },
		{ .pte_entry = see_pte, .walk_lock = PGWALK_WRLOCK_VERIFY },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, walk(g, PMD_SIZE, &bad[i]), -EINVAL, "%d", i);
	KUNIT_EXPECT_EQ(test, walk(g, PMD_SIZE, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, walk(g, 0, &see_all), -EINVAL);
	KUNIT_EXPECT_EQ(test, walk(g, -PAGE_SIZE, &see_all), -EINVAL);
	KUNIT_EXPECT_EQ(test, g->nr, 0);
}

static void walk_sees_every_level_once(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	unsigned long addr = g->base;
	pgd_t *pgdp = pgd_offset_k(addr);
	p4d_t *p4dp = p4d_offset(pgdp, addr);
	pud_t *pudp = pud_offset(p4dp, addr);
	/* In the table, folded or not: callbacks store. */
	void *entries[] = { pgdp, p4dp, pudp, pmd_offset(pudp, addr), g->ptep };
	int i;

	KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_all), 0);
	KUNIT_ASSERT_EQ(test, g->nr, 5);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, g->events[i].level, i);
		KUNIT_EXPECT_EQ(test, g->events[i].addr, addr);
		KUNIT_EXPECT_EQ(test, g->events[i].next, addr + PAGE_SIZE);
		KUNIT_EXPECT_PTR_EQ(test, g->events[i].entry, entries[i]);
		KUNIT_EXPECT_EQ(test, g->events[i].action, ACTION_SUBTREE);
	}
}

static void walk_sees_ptes_in_order(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	int i;

	/* None entries too. */
	KUNIT_EXPECT_EQ(test, walk(g, (NR_PTES + 2) * PAGE_SIZE, &see_ptes), 0);
	KUNIT_ASSERT_EQ(test, g->nr, NR_PTES + 2);
	for (i = 0; i < NR_PTES + 2; i++) {
		KUNIT_EXPECT_EQ(test, g->events[i].addr, g->base + i * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, g->events[i].next, g->base + (i + 1) * PAGE_SIZE);
		KUNIT_EXPECT_PTR_EQ(test, g->events[i].entry, (void *)(g->ptep + i));
	}

	g->base += PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_ptes), 0);
	g->base -= PAGE_SIZE;
	KUNIT_ASSERT_EQ(test, g->nr, 1);
	KUNIT_EXPECT_PTR_EQ(test, g->events[0].entry, (void *)(g->ptep + 1));
}

static void walk_hands_over_runs(struct kunit *test)
{
	static const struct mm_walk_ops both = { .pte_entry = see_pte, .pte_run = see_pte };
	struct ground *g = ground_prepare(test);
	int i;

	g->base += PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, walk(g, 3 * PAGE_SIZE, &see_runs), 0);
	g->base -= PAGE_SIZE;
	KUNIT_ASSERT_EQ(test, g->nr, 1);
	KUNIT_EXPECT_EQ(test, g->events[0].addr, g->base + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, g->events[0].next, g->base + 4 * PAGE_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, g->events[0].entry, (void *)(g->ptep + 1));

	/* A run ends with its table. It comes instead of single entries. */
	set_pmd(g->pmdp[1], *g->pmdp[0]);
	KUNIT_EXPECT_EQ(test, walk(g, 2 * PMD_SIZE, &both), 0);
	set_pmd(g->pmdp[1], __pmd(0));
	KUNIT_ASSERT_EQ(test, g->nr, 2);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, g->events[i].addr, g->base + i * PMD_SIZE);
		KUNIT_EXPECT_EQ(test, g->events[i].next, g->base + (i + 1) * PMD_SIZE);
		KUNIT_EXPECT_PTR_EQ(test, g->events[i].entry, (void *)g->ptep);
	}

	g->act_level = PTE;
	g->action = ACTION_AGAIN;
	KUNIT_EXPECT_EQ(test, walk(g, PMD_SIZE, &see_runs), -EAGAIN);
	KUNIT_EXPECT_LT(test, g->nr, MAX_EVENTS);
}

static void walk_reports_holes_and_leaves(struct kunit *test)
{
	static const enum level levels[] = { PMD, HOLE, PMD, HOLE };
	struct ground *g = ground_prepare(test);
	pmd_t leaf = *g->pmdp[2];
	int i;

	KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_pmds_and_holes), 0);
	KUNIT_ASSERT_EQ(test, g->nr, 4);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, g->events[i].level, levels[i]);
		KUNIT_EXPECT_EQ(test, g->events[i].addr, g->base + i * PMD_SIZE);
		KUNIT_EXPECT_EQ(test, g->events[i].next, g->base + (i + 1) * PMD_SIZE);
		if (levels[i] == HOLE)
			KUNIT_EXPECT_EQ(test, g->events[i].depth, pmd_depth());
		else
			KUNIT_EXPECT_PTR_EQ(test, g->events[i].entry, (void *)g->pmdp[i]);
	}

	/* Only pages have PTEs; leaves and holes are passed over in silence. */
	KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_ptes), 0);
	KUNIT_EXPECT_EQ(test, g->nr, PTRS_PER_PTE);
	KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_pmds), 0);
	KUNIT_EXPECT_EQ(test, g->nr, 2);
	KUNIT_EXPECT_EQ(test, pmd_val(*g->pmdp[2]), pmd_val(leaf));
	for (i = 1; i < 4; i += 2)
		KUNIT_EXPECT_TRUE(test, pmd_none(*g->pmdp[i]));
}

/* What is neither none, a leaf nor a table is shown, kept and not followed. */
static void walk_keeps_bad_entries(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	pmd_t bad = __pmd(BIT(12));
	p4d_t bad_p4d = __p4d(BIT(12));
	struct vm_struct *area;
	unsigned long addr;
	p4d_t *p4dp;

	set_pmd(g->pmdp[1], bad);
	KUNIT_EXPECT_EQ(test, walk(g, 2 * PMD_SIZE, &see_ptes), 0);
	KUNIT_EXPECT_EQ(test, g->nr, PTRS_PER_PTE);
	KUNIT_EXPECT_EQ(test, walk(g, 2 * PMD_SIZE, &see_pmds_and_holes), 0);
	KUNIT_EXPECT_EQ(test, pmd_val(*g->pmdp[1]), pmd_val(bad));
	KUNIT_EXPECT_EQ(test, count(g, PMD), 2);
	KUNIT_EXPECT_EQ(test, count(g, HOLE), 0);
	set_pmd(g->pmdp[1], __pmd(0));

	/* The walk under the lock, at the level that it used to clear. */
	area = get_vm_area(2 * P4D_SIZE, VM_MAP);
	KUNIT_ASSERT_NOT_NULL(test, area);
	addr = ALIGN((unsigned long)area->addr, P4D_SIZE);
	p4dp = p4d_offset(pgd_offset_k(addr), addr);
	if (pgd_none(*pgd_offset_k(addr)) || !p4d_none(*p4dp)) {
		free_vm_area(area);
		return;
	}
	set_p4d(p4dp, bad_p4d);
	g->nr = 0;
	mmap_write_lock(&init_mm);
	KUNIT_EXPECT_EQ(test, walk_kernel_page_table_range(addr, addr + PAGE_SIZE,
							   &see_all, NULL, g), 0);
	KUNIT_EXPECT_EQ(test, p4d_val(*p4dp), p4d_val(bad_p4d));
	KUNIT_EXPECT_EQ(test, count(g, P4D), 1);
	KUNIT_EXPECT_EQ(test, count(g, PUD), 0);
	KUNIT_EXPECT_EQ(test, count(g, HOLE), 0);
	g->nr = 0;
	KUNIT_EXPECT_EQ(test, walk_kernel_page_table_range_lockless(addr, addr + PAGE_SIZE,
								    &see_all, g), 0);
	KUNIT_EXPECT_EQ(test, p4d_val(*p4dp), p4d_val(bad_p4d));
	KUNIT_EXPECT_EQ(test, count(g, PUD), 0);
	KUNIT_EXPECT_EQ(test, count(g, HOLE), 0);
	mmap_write_unlock(&init_mm);
	set_p4d(p4dp, __p4d(0));
	free_vm_area(area);
}

static void walk_honours_continue(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	enum level level;
	int i, ret;

	g->action = ACTION_CONTINUE;
	for (level = PGD; level < PTE; level++) {
		g->act_level = level;
		KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ(test, g->nr, level + 1);

		/* The walks under the lock, PGD and P4D included. */
		g->nr = 0;
		mmap_write_lock(&init_mm);
		ret = walk_kernel_page_table_range(g->base, g->base + PAGE_SIZE,
						   &see_all, NULL, g);
		mmap_write_unlock(&init_mm);
		KUNIT_EXPECT_EQ(test, ret, 0);
		KUNIT_EXPECT_EQ(test, g->nr, level + 1);
		KUNIT_EXPECT_EQ(test, g->events[level].action, ACTION_SUBTREE);
	}

	/* Asked for at one entry, forgotten at the next. */
	g->act_level = PMD;
	KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_pmds), 0);
	KUNIT_ASSERT_EQ(test, g->nr, 2);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, g->events[i].action, ACTION_SUBTREE);
	g->act_level = PTE;
	KUNIT_EXPECT_EQ(test, walk(g, NR_PTES * PAGE_SIZE, &see_ptes), 0);
	KUNIT_ASSERT_EQ(test, g->nr, NR_PTES);
	for (i = 0; i < NR_PTES; i++)
		KUNIT_EXPECT_EQ(test, g->events[i].action, ACTION_SUBTREE);
}

/* Lends the leaf's place to the table, once, and asks to be called again. */
static void put_table(struct ground *g, struct mm_walk *walk, unsigned long addr)
{
	pmd_t *pmdp = g->pmdp[2];

	if (!pmd_leaf(*pmdp))
		return;
	walk->action = ACTION_AGAIN;
	set_pmd(pmdp, *g->pmdp[0]);
}

static void walk_honours_again(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	unsigned long start = g->base + 2 * PMD_SIZE;
	pmd_t leaf = *g->pmdp[2];
	unsigned long end;
	enum level level;

	g->act_level = PMD;
	g->action = ACTION_SUBTREE;
	g->hook = put_table;
	end = start + NR_PTES * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, walk_kernel_page_table_range_lockless(start, end,
								    &see_all, g), 0);
	set_pmd(g->pmdp[2], leaf);
	KUNIT_EXPECT_EQ(test, count(g, PMD), 2);
	KUNIT_EXPECT_EQ(test, count(g, PTE), NR_PTES);
	KUNIT_EXPECT_PTR_EQ(test, g->events[g->nr - 1].entry, (void *)(g->ptep + NR_PTES - 1));

	/* Without end it ends anyway. */
	g->hook = NULL;
	g->action = ACTION_AGAIN;
	for (level = PGD; level <= PTE; level++) {
		g->act_level = level;
		KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_all), -EAGAIN);
		KUNIT_EXPECT_LT(test, g->nr, MAX_EVENTS);
		KUNIT_EXPECT_GT(test, count(g, level), 1);
	}
}

static void walk_stops_at_an_error(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	enum level level;

	for (level = PGD; level <= PTE; level++) {
		g->act_level = level;
		g->ret = -ENODEV;
		KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_all), -ENODEV);
		KUNIT_EXPECT_EQ(test, g->nr, level + 1);
		g->ret = 7;
		KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_all), 7);
		KUNIT_EXPECT_EQ(test, g->nr, level + 1);
	}
	g->act_level = HOLE;
	g->ret = -ENOENT;
	KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_pmds_and_holes), -ENOENT);
	KUNIT_EXPECT_EQ(test, count(g, HOLE), 1);
}

static void take_entry(struct ground *g, struct mm_walk *walk, unsigned long addr)
{
	set_pmd(g->pmdp[0], __pmd(0));
}

static void put_leaf(struct ground *g, struct mm_walk *walk, unsigned long addr)
{
	set_pmd(g->pmdp[0], *g->pmdp[2]);
}

/* Where the entry changes under the walk, it goes by what it has read. */
static void walk_reads_an_entry_once(struct kunit *test)
{
	void (*hooks[])(struct ground *g, struct mm_walk *walk, unsigned long addr) = {
		take_entry, put_leaf,
	};
	struct ground *g = ground_prepare(test);
	pmd_t table = *g->pmdp[0];
	int i;

	g->act_level = PMD;
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		g->hook = hooks[i];
		KUNIT_EXPECT_EQ(test, walk(g, NR_PTES * PAGE_SIZE, &see_all), 0);
		set_pmd(g->pmdp[0], table);
		KUNIT_EXPECT_EQ(test, count(g, PTE), NR_PTES);
		KUNIT_EXPECT_PTR_EQ(test, g->events[g->nr - 1].entry,
				    (void *)(g->ptep + NR_PTES - 1));
	}
}

static void walk_runs_with_interrupts_off(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	unsigned long flags;
	int ret;

	local_irq_save(flags);
	ret = walk(g, 4 * PMD_SIZE, &see_pmds);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, g->nr, 2);
}

static struct kunit_case pagewalk_cases[] = {
	KUNIT_CASE(walk_refuses_bad_arguments),
	KUNIT_CASE(walk_sees_every_level_once),
	KUNIT_CASE(walk_sees_ptes_in_order),
	KUNIT_CASE(walk_hands_over_runs),
	KUNIT_CASE(walk_reports_holes_and_leaves),
	KUNIT_CASE(walk_keeps_bad_entries),
	KUNIT_CASE(walk_honours_continue),
	KUNIT_CASE(walk_honours_again),
	KUNIT_CASE(walk_stops_at_an_error),
	KUNIT_CASE(walk_reads_an_entry_once),
	KUNIT_CASE(walk_runs_with_interrupts_off),
	{}
};

static struct kunit_suite pagewalk_suite = {
	.name = "pagewalk_lockless",
	.test_cases = pagewalk_cases,
};

kunit_test_suite(pagewalk_suite);

MODULE_DESCRIPTION("KUnit tests of the lockless walk of kernel page tables");
MODULE_LICENSE("GPL");
