// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of walk_kernel_page_table_range_lockless(), and of what the locked
 * walks of kernel tables share with it.
 *
 * The walked tables are init_mm's, in a hole of vmalloc space which the tests fill
 * themselves, from the top level down. Nothing is accessed through the mappings.
 * Not shown: a race with whoever frees tables, which no test can win on purpose.
 */
#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/pgalloc.h>
#include <linux/pgtable.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

enum walk_level { PGD, P4D, PUD, PMD, PTE, HOLE };
#define NR_LEVELS	(PTE + 1)

/**
 * struct event - one call of a callback
 * @level: which callback
 * @depth: of a hole
 * @addr: as given to it
 * @next: as given to it
 * @entry: as given to it
 */
struct event {
	enum walk_level level;
	int depth;
	unsigned long addr;
	unsigned long next;
	void *entry;
};

#define MAX_EVENTS	64
#define NR_PTES		4
#define NR_TOPS		4

/**
 * struct ground - kernel tables that belong to a test
 * @base: first address of @NR_TOPS entries of the top level
 * @top: the highest level that is not folded
 * @saved: what was in these entries
 * @entry: what maps @base at each level. At each level that is not folded, the
 *	entry is a table and the next one is none. At the PMD level, and at the PUD
 *	level if @pud_leaf, a leaf comes after that, and another hole. The last
 *	table has @NR_PTES pages.
 * @pud_leaf: whether there is a leaf of PUD size
 * @page: what the PTEs map
 * @events: what the callbacks saw
 * @nr: how much of that
 * @trace: a sum over all of it
 * @stray: calls with a struct mm_walk or an address that is not as it must be: of
 *	init_mm, without a VMA, the action reset, in the range
 * @start: of the walk, as @end
 * @end: of the walk
 * @act_level: at which level to act
 * @act_addr: at which address, 0 for any
 * @action: what to ask for there
 * @times: how often, 0 for always
 * @ret: what to return there
 * @hook: called there
 * @value: for the hook
 * @timer: walks where it expires
 * @done: it has
 * @context: where that was
 */
struct ground {
	unsigned long base;
	enum walk_level top;
	u64 saved[NR_TOPS];
	void *entry[NR_LEVELS];
	bool pud_leaf;
	struct page *page;

	struct event events[MAX_EVENTS];
	unsigned int nr;
	unsigned long trace;
	unsigned int stray;
	unsigned long start;
	unsigned long end;

	enum walk_level act_level;
	unsigned long act_addr;
	enum page_walk_action action;
	unsigned int times;
	int ret;
	void (*hook)(struct ground *g, void *entry, struct mm_walk *walk);
	u64 value;

	struct hrtimer timer;
	struct completion done;
	bool (*context)(void);
};

static int note(struct mm_walk *walk, enum walk_level level, void *entry,
		unsigned long addr, unsigned long next, int depth)
{
	struct ground *g = walk->private;
	struct event e = {
		.level = level, .depth = depth, .addr = addr,
		.next = next, .entry = entry,
	};

	if (walk->mm != &init_mm || walk->vma || walk->pgd || !walk->no_vma ||
	    walk->action != ACTION_SUBTREE || addr < g->start || addr >= g->end)
		g->stray++;
	if (g->nr < MAX_EVENTS)
		g->events[g->nr] = e;
	g->nr++;
	g->trace = g->trace * 31 + level;
	g->trace = g->trace * 31 + depth;
	g->trace = g->trace * 31 + addr;
	g->trace = g->trace * 31 + next;
	g->trace = g->trace * 31 + (unsigned long)entry;

	if (level != g->act_level || (g->act_addr && addr != g->act_addr))
		return 0;
	if (!g->times || (g->nr - 1) % (g->times + 1) < g->times)
		walk->action = g->action;
	if (g->hook)
		g->hook(g, entry, walk);

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

/* One callback only, by its level. */
static const struct mm_walk_ops see_only[] = {
	[PGD] = { .pgd_entry = see_pgd },
	[P4D] = { .p4d_entry = see_p4d },
	[PUD] = { .pud_entry = see_pud },
	[PMD] = { .pmd_entry = see_pmd },
	[PTE] = { .pte_entry = see_pte },
};

static const struct mm_walk_ops see_runs = { .pte_run = see_pte };
static const struct mm_walk_ops see_ptes_and_holes = {
	.pte_entry = see_pte,
	.pte_hole = see_hole,
};

static int walk_range(struct ground *g, unsigned long start, unsigned long end,
		      const struct mm_walk_ops *ops)
{
	g->nr = 0;
	g->trace = 0;
	g->start = start;
	g->end = end;

	return walk_kernel_page_table_range_lockless(start, end, ops, g);
}

static int walk(struct ground *g, unsigned long size, const struct mm_walk_ops *ops)
{
	return walk_range(g, g->base, g->base + size, ops);
}

static int walk_locked(struct ground *g, unsigned long start, unsigned long end,
		       const struct mm_walk_ops *ops)
{
	int ret;

	g->nr = 0;
	g->trace = 0;
	g->start = start;
	g->end = end;
	mmap_write_lock(&init_mm);
	ret = walk_kernel_page_table_range(start, end, ops, NULL, g);
	mmap_write_unlock(&init_mm);

	return ret;
}

static unsigned int count(const struct ground *g, enum walk_level level)
{
	unsigned int i, n = 0;

	for (i = 0; i < min(g->nr, MAX_EVENTS); i++)
		n += g->events[i].level == level;

	return n;
}

static const struct event *last_event(const struct ground *g)
{
	return &g->events[clamp_t(unsigned int, g->nr, 1, MAX_EVENTS) - 1];
}

static unsigned long size_of(enum walk_level level)
{
	switch (level) {
	case PGD:
		return PGDIR_SIZE;
	case P4D:
		return P4D_SIZE;
	case PUD:
		return PUD_SIZE;
	case PMD:
		return PMD_SIZE;
	default:
		return PAGE_SIZE;
	}
}

/* Not folded: an entry of this level can be none. */
static bool is_real(enum walk_level level)
{
	switch (level) {
	case PGD:
		return !mm_p4d_folded(&init_mm);
	case P4D:
		return !mm_pud_folded(&init_mm);
	case PUD:
		return !mm_pmd_folded(&init_mm);
	default:
		return true;
	}
}

/* The depth of a hole: levels that are folded at compile time do not count. */
static int depth_of(enum walk_level level)
{
	const int ptrs[] = { PTRS_PER_PGD, PTRS_PER_P4D, PTRS_PER_PUD, PTRS_PER_PMD };

	while (level > PGD && ptrs[level] == 1)
		level--;

	return level;
}

static void *entry_of(enum walk_level level, unsigned long addr)
{
	pgd_t *pgdp = pgd_offset_k(addr);
	p4d_t *p4dp;
	pud_t *pudp;
	pmd_t *pmdp;

	if (level == PGD)
		return pgdp;
	p4dp = p4d_offset(pgdp, addr);
	if (level == P4D)
		return p4dp;
	pudp = pud_offset(p4dp, addr);
	if (level == PUD)
		return pudp;
	pmdp = pmd_offset(pudp, addr);
	if (level == PMD)
		return pmdp;

	return pte_offset_kernel(pmdp, addr);
}

static u64 get_entry(const void *entry)
{
	return READ_ONCE(*(const u64 *)entry);
}

static void set_entry(enum walk_level level, void *entry, u64 value)
{
	switch (level) {
	case PGD:
		set_pgd((pgd_t *)entry, __pgd(value));
		break;
	case P4D:
		set_p4d((p4d_t *)entry, __p4d(value));
		break;
	case PUD:
		set_pud((pud_t *)entry, __pud(value));
		break;
	default:
		set_pmd((pmd_t *)entry, __pmd(value));
	}
}

/* The entry that is @i behind the one that maps the base. */
static void *entry_at(const struct ground *g, enum walk_level level, int i)
{
	return (u64 *)g->entry[level] + i;
}

static unsigned long addr_at(const struct ground *g, enum walk_level level, int i)
{
	return g->base + i * size_of(level);
}

/* Over everything in the tests' tables, to see that a walk changed nothing. */
static unsigned long tables_sum(const struct ground *g)
{
	unsigned long sum = 0;
	enum walk_level level;
	int i;

	for (level = g->top; level <= PTE; level++)
		for (i = 0; i < (level == g->top ? NR_TOPS : PAGE_SIZE / sizeof(u64)); i++)
			sum = sum * 31 + get_entry(entry_at(g, level, i));

	return sum;
}

/* Whether this architecture takes the entry for a leaf, or for a bad one. */
static bool is_end(enum walk_level level, const void *entry)
{
	switch (level) {
	case PGD:
		return pgd_leaf(*(pgd_t *)entry) || pgd_bad(*(pgd_t *)entry);
	case P4D:
		return p4d_leaf(*(p4d_t *)entry) || p4d_bad(*(p4d_t *)entry);
	case PUD:
		return pud_leaf(*(pud_t *)entry) || pud_bad(*(pud_t *)entry);
	default:
		return pmd_leaf(*(pmd_t *)entry) || pmd_bad(*(pmd_t *)entry);
	}
}

static bool is_free(enum walk_level top, unsigned long addr)
{
	void *entry = entry_of(top, addr);

	if (!get_entry(entry))
		return true;

	/* Some architectures allocate the tables of the second level at boot. */
	if (top >= PMD || is_end(top, entry))
		return false;

	return !memchr_inv(entry_of(top + 1, addr), 0, PAGE_SIZE);
}

/*
 * A quarter into vmalloc space, which hands out addresses from its ends. They are
 * not reserved there: KASAN would give terabytes of them a shadow.
 */
static unsigned long find_base(enum walk_level top)
{
	unsigned long size = size_of(top);
	unsigned long addr = ALIGN(VMALLOC_START + (VMALLOC_END - VMALLOC_START) / 4, size);
	int n = 0;

	for (; addr + size < VMALLOC_END && addr + size > addr; addr += size) {
		n = is_free(top, addr) ? n + 1 : 0;
		if (n == NR_TOPS)
			return addr - (NR_TOPS - 1) * size;
	}

	return 0;
}

static void ground_clear(void *data)
{
	struct ground *g = data;
	int i;

	for (i = 0; i < NR_TOPS; i++)
		set_entry(g->top, entry_at(g, g->top, i), g->saved[i]);
	flush_tlb_all();

	if (g->entry[PTE])
		pte_free_kernel(&init_mm, g->entry[PTE]);
	if (g->entry[PMD] && g->top < PMD) {
		pmd_free(&init_mm, g->entry[PMD]);
		mm_dec_nr_pmds(&init_mm);
	}
	if (g->entry[PUD] && g->top < PUD) {
		pud_free(&init_mm, g->entry[PUD]);
		mm_dec_nr_puds(&init_mm);
	}
	if (g->entry[P4D] && g->top < P4D)
		p4d_free(&init_mm, g->entry[P4D]);
	if (g->page)
		__free_page(g->page);
}

static void put_leaves(struct kunit *test, struct ground *g)
{
	phys_addr_t phys = page_to_phys(g->page);

	KUNIT_ASSERT_EQ(test, pmd_set_huge(entry_at(g, PMD, 2), ALIGN_DOWN(phys, PMD_SIZE),
					   PAGE_KERNEL_RO), 1);
	if (!is_real(PUD))
		return;
	g->pud_leaf = pud_set_huge(entry_at(g, PUD, 2), ALIGN_DOWN(phys, PUD_SIZE),
				   PAGE_KERNEL_RO);
	if (g->pud_leaf && !pud_leaf(*(pud_t *)entry_at(g, PUD, 2))) {
		set_entry(PUD, entry_at(g, PUD, 2), 0);
		g->pud_leaf = false;
	}
}

static struct ground *ground_prepare(struct kunit *test)
{
	struct ground *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);
	pgd_t *pgdp;
	p4d_t *p4dp;
	pud_t *pudp;
	pmd_t *pmdp;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, g);
	g->act_level = -1;
	for (g->top = PGD; !is_real(g->top); g->top++)
		;
	g->base = find_base(g->top);
	if (!g->base)
		kunit_skip(test, "the top level has too few free entries");

	g->entry[g->top] = entry_of(g->top, g->base);
	for (i = 0; i < NR_TOPS; i++) {
		g->saved[i] = get_entry(entry_at(g, g->top, i));
		set_entry(g->top, entry_at(g, g->top, i), 0);
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, ground_clear, g), 0);

	g->page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, g->page);
	pgdp = pgd_offset_k(g->base);
	g->entry[PGD] = pgdp;
	p4dp = p4d_alloc(&init_mm, pgdp, g->base);
	KUNIT_ASSERT_NOT_NULL(test, p4dp);
	g->entry[P4D] = p4dp;
	pudp = pud_alloc(&init_mm, p4dp, g->base);
	KUNIT_ASSERT_NOT_NULL(test, pudp);
	g->entry[PUD] = pudp;
	pmdp = pmd_alloc(&init_mm, pudp, g->base);
	KUNIT_ASSERT_NOT_NULL(test, pmdp);
	g->entry[PMD] = pmdp;
	g->entry[PTE] = pte_alloc_kernel(pmdp, g->base);
	KUNIT_ASSERT_NOT_NULL(test, g->entry[PTE]);
	for (i = 0; i < NR_PTES; i++)
		set_pte_at(&init_mm, addr_at(g, PTE, i), entry_at(g, PTE, i),
			   mk_pte(g->page, PAGE_KERNEL_RO));
	put_leaves(test, g);

	return g;
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
	enum walk_level level;
	int i;

	/* The last one goes over a hole at the top level, too. */
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, walk(g, 2 * size_of(g->top), &bad[i]), -EINVAL,
				    "%d", i);
	KUNIT_EXPECT_EQ(test, walk(g, PMD_SIZE, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, walk(g, 0, &see_all), -EINVAL);
	KUNIT_EXPECT_EQ(test, walk(g, -PAGE_SIZE, &see_all), -EINVAL);
	/* The last page has no end: it cannot be walked. */
	KUNIT_EXPECT_EQ(test, walk_range(g, -PAGE_SIZE, 0, &see_all), -EINVAL);
	KUNIT_EXPECT_EQ(test, g->nr, 0);

	/* Any one callback for entries is enough. */
	for (level = PGD; level <= PTE; level++) {
		KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_only[level]), 0);
		KUNIT_EXPECT_EQ(test, g->nr, 1);
		KUNIT_EXPECT_EQ(test, g->events[0].level, level);
		KUNIT_EXPECT_PTR_EQ(test, g->events[0].entry, g->entry[level]);
	}
	KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_runs), 0);
	KUNIT_EXPECT_EQ(test, g->nr, 1);
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

static void walk_sees_every_level_once(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	int i;

	KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_all), 0);
	KUNIT_ASSERT_EQ(test, g->nr, NR_LEVELS);
	for (i = 0; i < NR_LEVELS; i++) {
		KUNIT_EXPECT_EQ(test, g->events[i].level, i);
		KUNIT_EXPECT_EQ(test, g->events[i].addr, g->base);
		KUNIT_EXPECT_EQ(test, g->events[i].next, g->base + PAGE_SIZE);
		/* In the table, folded or not: callbacks store. */
		KUNIT_EXPECT_PTR_EQ(test, g->events[i].entry, g->entry[i]);
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

static void walk_sees_ptes_in_order(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	int i;

	/* None entries too, which are no holes. */
	KUNIT_EXPECT_EQ(test, walk(g, (NR_PTES + 2) * PAGE_SIZE, &see_ptes_and_holes), 0);
	KUNIT_ASSERT_EQ(test, g->nr, NR_PTES + 2);
	for (i = 0; i < NR_PTES + 2; i++) {
		KUNIT_EXPECT_EQ(test, g->events[i].level, PTE);
		KUNIT_EXPECT_EQ(test, g->events[i].addr, addr_at(g, PTE, i));
		KUNIT_EXPECT_EQ(test, g->events[i].next, addr_at(g, PTE, i + 1));
		KUNIT_EXPECT_PTR_EQ(test, g->events[i].entry, entry_at(g, PTE, i));
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

static void walk_keeps_to_the_range(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	unsigned long sum = tables_sum(g);
	unsigned long start;
	enum walk_level level;
	int i;

	KUNIT_EXPECT_EQ(test, walk_range(g, addr_at(g, PTE, 1), addr_at(g, PTE, 2),
					 &see_only[PTE]), 0);
	KUNIT_ASSERT_EQ(test, g->nr, 1);
	KUNIT_EXPECT_PTR_EQ(test, g->events[0].entry, entry_at(g, PTE, 1));

	/* All of a table, and all but its ends. */
	KUNIT_EXPECT_EQ(test, walk(g, PMD_SIZE, &see_only[PTE]), 0);
	KUNIT_EXPECT_EQ(test, g->nr, PTRS_PER_PTE);
	KUNIT_EXPECT_EQ(test, walk_range(g, g->base + PAGE_SIZE, g->base + PMD_SIZE - PAGE_SIZE,
					 &see_only[PTE]), 0);
	KUNIT_EXPECT_EQ(test, g->nr, PTRS_PER_PTE - 2);

	/* Whatever the end, a callback gets the part of its entry in the range. */
	for (level = g->top; level < PTE; level++) {
		start = addr_at(g, level, 1) - PAGE_SIZE;
		set_entry(level, entry_at(g, level, 1), get_entry(g->entry[level]));
		KUNIT_EXPECT_EQ(test, walk_range(g, start, start + 2 * PAGE_SIZE,
						 &see_only[level]), 0);
		set_entry(level, entry_at(g, level, 1), 0);
		KUNIT_ASSERT_EQ_MSG(test, g->nr, 2, "level %d", level);
		for (i = 0; i < 2; i++) {
			KUNIT_EXPECT_EQ(test, g->events[i].addr, start + i * PAGE_SIZE);
			KUNIT_EXPECT_EQ(test, g->events[i].next, start + (i + 1) * PAGE_SIZE);
			KUNIT_EXPECT_PTR_EQ(test, g->events[i].entry, entry_at(g, level, i));
		}
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
	KUNIT_EXPECT_EQ(test, tables_sum(g), sum);
}

static void walk_hands_over_runs(struct kunit *test)
{
	static const struct mm_walk_ops both = { .pte_entry = see_pte, .pte_run = see_pte };
	struct ground *g = ground_prepare(test);
	int i;

	KUNIT_EXPECT_EQ(test, walk_range(g, addr_at(g, PTE, 1), addr_at(g, PTE, 4), &see_runs), 0);
	KUNIT_ASSERT_EQ(test, g->nr, 1);
	KUNIT_EXPECT_EQ(test, g->events[0].addr, addr_at(g, PTE, 1));
	KUNIT_EXPECT_EQ(test, g->events[0].next, addr_at(g, PTE, 4));
	KUNIT_EXPECT_PTR_EQ(test, g->events[0].entry, entry_at(g, PTE, 1));

	/* A run ends with its table. It comes instead of single entries. */
	set_entry(PMD, entry_at(g, PMD, 1), get_entry(g->entry[PMD]));
	KUNIT_EXPECT_EQ(test, walk(g, 2 * PMD_SIZE, &both), 0);
	set_entry(PMD, entry_at(g, PMD, 1), 0);
	KUNIT_ASSERT_EQ(test, g->nr, 2);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, g->events[i].addr, addr_at(g, PMD, i));
		KUNIT_EXPECT_EQ(test, g->events[i].next, addr_at(g, PMD, i + 1));
		KUNIT_EXPECT_PTR_EQ(test, g->events[i].entry, g->entry[PTE]);
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);

	g->act_level = PTE;
	g->action = ACTION_AGAIN;
	KUNIT_EXPECT_EQ(test, walk(g, PMD_SIZE, &see_runs), -EAGAIN);
	KUNIT_EXPECT_LT(test, g->nr, MAX_EVENTS);
	KUNIT_EXPECT_GT(test, g->nr, 1);
}

/* The last event of a walk from PGD to an entry at @level, and nothing behind. */
static void expect_end_at(struct kunit *test, const struct ground *g, enum walk_level level,
			  const struct event *want)
{
	const struct event *e = last_event(g);

	KUNIT_EXPECT_EQ_MSG(test, g->nr, level + 1, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, e->level, want->level, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, e->depth, want->depth, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, e->addr, want->addr, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, e->next, want->next, "level %d", level);
	KUNIT_EXPECT_PTR_EQ_MSG(test, e->entry, want->entry, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, g->stray, 0, "level %d", level);
}

static void walk_reports_holes_at_each_depth(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	unsigned long sum = tables_sum(g);
	enum walk_level level;

	for (level = g->top; level < PTE; level++) {
		struct event hole = {
			.level = HOLE, .depth = depth_of(level),
			.addr = addr_at(g, level, 1), .next = addr_at(g, level, 2),
		};

		KUNIT_EXPECT_EQ(test, walk_range(g, hole.addr, hole.next, &see_all), 0);
		expect_end_at(test, g, level, &hole);
		hole.addr += PAGE_SIZE;
		hole.next -= PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, walk_range(g, hole.addr, hole.next, &see_all), 0);
		expect_end_at(test, g, level, &hole);
		/* Passed over in silence. */
		KUNIT_EXPECT_EQ(test, walk_range(g, hole.addr, hole.next, &see_only[PTE]), 0);
		KUNIT_EXPECT_EQ(test, g->nr, 0);
	}
	/* Nothing was allocated for them. */
	KUNIT_EXPECT_EQ(test, tables_sum(g), sum);
}

static void walk_does_not_enter_leaves(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	unsigned long sum = tables_sum(g);
	enum walk_level level;

	for (level = g->pud_leaf ? PUD : PMD; level < PTE; level++) {
		struct event leaf = {
			.level = level, .depth = -1, .entry = entry_at(g, level, 2),
			.addr = addr_at(g, level, 2), .next = addr_at(g, level, 3),
		};

		KUNIT_EXPECT_EQ(test, walk_range(g, leaf.addr, leaf.next, &see_all), 0);
		expect_end_at(test, g, level, &leaf);
		leaf.addr += PAGE_SIZE;
		leaf.next -= PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, walk_range(g, leaf.addr, leaf.next, &see_all), 0);
		expect_end_at(test, g, level, &leaf);
		KUNIT_EXPECT_EQ(test, walk_range(g, leaf.addr, leaf.next, &see_ptes_and_holes), 0);
		KUNIT_EXPECT_EQ(test, g->nr, 0);
	}
	KUNIT_EXPECT_EQ(test, tables_sum(g), sum);
}

static void walk_skips_tables(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	struct mm_walk_ops no_tables = see_all;
	enum walk_level level;

	no_tables.skip_tables = true;
	KUNIT_EXPECT_EQ(test, walk_range(g, addr_at(g, PTE, 0), addr_at(g, PTE, NR_PTES),
					 &no_tables), 0);
	KUNIT_EXPECT_EQ(test, g->nr, NR_PTES);
	KUNIT_EXPECT_EQ(test, count(g, PTE), NR_PTES);

	/* What is no table has its callback: a hole, a leaf, what is neither. */
	for (level = g->top; level < PTE; level++) {
		void *entry = entry_at(g, level, 1);

		KUNIT_EXPECT_EQ(test, walk_range(g, addr_at(g, level, 1),
						 addr_at(g, level, 2), &no_tables), 0);
		KUNIT_EXPECT_EQ(test, g->nr, 1);
		KUNIT_EXPECT_EQ(test, last_event(g)->level, HOLE);
		set_entry(level, entry, BIT(12));
		KUNIT_EXPECT_EQ(test, walk_range(g, addr_at(g, level, 1),
						 addr_at(g, level, 2), &no_tables), 0);
		set_entry(level, entry, 0);
		KUNIT_EXPECT_EQ(test, g->nr, 1);
		KUNIT_EXPECT_EQ(test, last_event(g)->level, level);
	}
	KUNIT_EXPECT_EQ(test, walk_range(g, addr_at(g, PMD, 2), addr_at(g, PMD, 3),
					 &no_tables), 0);
	KUNIT_EXPECT_EQ(test, g->nr, 1);
	KUNIT_EXPECT_PTR_EQ(test, last_event(g)->entry, entry_at(g, PMD, 2));
}

/* A bit that the architectures which run this leave to software, in tables too. */
#define MARK	BIT_ULL(56)

static void walk_shows_marked_tables(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	struct mm_walk_ops no_tables = see_all;
	enum walk_level level;
	u64 table;

	no_tables.skip_tables = true;
	no_tables.table_mark = MARK;
	/* Above, an entry with more bits than it needs can count as bad. */
	for (level = max(g->top, PUD); level < PTE; level++) {
		table = get_entry(g->entry[level]);
		set_entry(level, g->entry[level], table | MARK);
		KUNIT_EXPECT_EQ(test, walk_range(g, addr_at(g, PTE, 0), addr_at(g, PTE, NR_PTES),
						 &no_tables), 0);
		set_entry(level, g->entry[level], table);
		KUNIT_EXPECT_EQ_MSG(test, count(g, level), 1, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(g, PTE), NR_PTES, "level %d", level);
	}
	KUNIT_EXPECT_EQ(test, walk_range(g, addr_at(g, PTE, 0), addr_at(g, PTE, NR_PTES),
					 &no_tables), 0);
	KUNIT_EXPECT_EQ(test, g->nr, NR_PTES);
}

/* What is neither none nor a table is shown, kept and not followed, by any walk. */
static void walk_keeps_bad_entries(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	/* Not valid in any form, and a leaf, also where there can be none. */
	const u64 bad[] = { BIT(12), get_entry(entry_at(g, PMD, 2)) };
	enum walk_level level;
	unsigned long i;

	for (level = g->top; level < PTE; level++) {
		void *entry = entry_at(g, level, 1);
		struct event e = {
			.level = level, .depth = -1, .entry = entry,
			.addr = addr_at(g, level, 1), .next = addr_at(g, level, 2),
		};

		for (i = 0; i < ARRAY_SIZE(bad); i++) {
			if (i == 1 && level == PUD && !g->pud_leaf)
				continue;
			/* riscv takes anything valid above PUDs for a table. */
			if (i == 1 && !is_end(level, &bad[i]))
				continue;
			set_entry(level, entry, bad[i]);
			KUNIT_EXPECT_EQ(test, walk_range(g, e.addr, e.next, &see_all), 0);
			expect_end_at(test, g, level, &e);
			KUNIT_EXPECT_EQ(test, get_entry(entry), bad[i]);
			KUNIT_EXPECT_EQ(test, walk_locked(g, e.addr, e.next, &see_all), 0);
			expect_end_at(test, g, level, &e);
			KUNIT_EXPECT_EQ(test, get_entry(entry), bad[i]);
			set_entry(level, entry, 0);
		}
	}
}

static void walk_honours_continue(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	enum walk_level level;

	/* The walk under the lock, too. */
	g->action = ACTION_CONTINUE;
	for (level = PGD; level < PTE; level++) {
		g->act_level = level;
		KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ(test, g->nr, level + 1);
		KUNIT_EXPECT_EQ(test, walk_locked(g, g->base, g->base + PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ(test, g->nr, level + 1);
	}

	/* Asked for at one entry, forgotten at the next. */
	for (level = g->top; level < PTE; level++) {
		void *entry = entry_at(g, level, 1);

		set_entry(level, entry, get_entry(g->entry[level]));
		g->act_level = level;
		g->act_addr = addr_at(g, level, 1) - PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, walk_range(g, g->act_addr, g->act_addr + 2 * PAGE_SIZE,
						 &see_all), 0);
		KUNIT_EXPECT_EQ_MSG(test, count(g, level), 2, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(g, PTE), 1, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(g, HOLE), 0, "level %d", level);
		set_entry(level, entry, 0);
	}
	g->act_level = PTE;
	g->act_addr = 0;
	KUNIT_EXPECT_EQ(test, walk(g, NR_PTES * PAGE_SIZE, &see_all), 0);
	KUNIT_EXPECT_EQ(test, count(g, PTE), NR_PTES);
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

/* Once: puts something else there, and asks to be called for it. */
static void replace_and_ask(struct ground *g, void *entry, struct mm_walk *walk)
{
	if (get_entry(entry) == g->value)
		return;
	set_entry(g->act_level, entry, g->value);
	walk->action = ACTION_AGAIN;
}

static void walk_honours_again(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	enum walk_level level;

	g->hook = replace_and_ask;
	for (level = g->top; level < PTE; level++) {
		void *entry = entry_at(g, level, 1);
		unsigned long addr = addr_at(g, level, 1);

		/* A table instead: it is entered. */
		g->act_level = level;
		g->value = get_entry(g->entry[level]);
		set_entry(level, entry, BIT(12));
		KUNIT_EXPECT_EQ(test, walk_range(g, addr, addr + NR_PTES * PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ_MSG(test, count(g, level), 2, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(g, PTE), NR_PTES, "level %d", level);
		KUNIT_EXPECT_PTR_EQ(test, last_event(g)->entry, entry_at(g, PTE, NR_PTES - 1));

		/* By the walk under the lock too. */
		set_entry(level, entry, BIT(12));
		KUNIT_EXPECT_EQ(test, walk_locked(g, addr, addr + NR_PTES * PAGE_SIZE, &see_all),
				0);
		KUNIT_EXPECT_EQ_MSG(test, count(g, level), 2, "locked, level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(g, PTE), NR_PTES, "locked, level %d", level);

		/* A hole instead: it is reported. */
		g->value = 0;
		KUNIT_EXPECT_EQ(test, walk_range(g, addr, addr + NR_PTES * PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ_MSG(test, count(g, level), 1, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(g, HOLE), 1, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(g, PTE), 0, "level %d", level);
		KUNIT_EXPECT_EQ(test, get_entry(entry), 0);
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

static void walk_does_not_go_on_for_ever(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	enum walk_level level;

	g->action = ACTION_AGAIN;
	for (level = PGD; level <= PTE; level++) {
		g->act_level = level;
		KUNIT_EXPECT_EQ(test, walk(g, PAGE_SIZE, &see_all), -EAGAIN);
		KUNIT_EXPECT_LT_MSG(test, g->nr, MAX_EVENTS, "level %d", level);
		KUNIT_EXPECT_GT_MSG(test, count(g, level), 1, "level %d", level);
		KUNIT_EXPECT_EQ(test, last_event(g)->level, level);
	}

	/* The limit is one of each entry, not of the walk. */
	g->times = 10;
	for (level = g->top; level <= PTE; level++) {
		if (level < PTE)
			set_entry(level, entry_at(g, level, 1), BIT(12));
		g->act_level = level;
		KUNIT_EXPECT_EQ(test, walk(g, 2 * size_of(level), &see_only[level]), 0);
		KUNIT_EXPECT_EQ_MSG(test, g->nr, 2 * (g->times + 1), "level %d", level);
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

static void walk_stops_at_an_error(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	unsigned long start;
	enum walk_level level;

	for (level = PGD; level <= PTE; level++) {
		g->act_level = level;
		g->ret = -ENODEV;
		KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_all), -ENODEV);
		KUNIT_EXPECT_EQ(test, g->nr, level + 1);
		g->ret = 7;
		KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_all), 7);
		KUNIT_EXPECT_EQ(test, g->nr, level + 1);
	}
	KUNIT_EXPECT_EQ(test, walk(g, PMD_SIZE, &see_runs), 7);
	KUNIT_EXPECT_EQ(test, g->nr, 1);

	g->act_level = HOLE;
	g->ret = -ENOENT;
	for (level = g->top; level < PTE; level++) {
		start = addr_at(g, level, 1);
		KUNIT_EXPECT_EQ(test, walk_range(g, start, start + 3 * size_of(level), &see_all),
				-ENOENT);
		KUNIT_EXPECT_EQ_MSG(test, g->nr, level + 1, "level %d", level);
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

static void replace(struct ground *g, void *entry, struct mm_walk *walk)
{
	set_entry(g->act_level, entry, g->value);
}

/* Where an entry changes under the walk, it goes by what it has read. */
static void walk_reads_an_entry_once(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	const u64 values[] = { 0, BIT(12), get_entry(entry_at(g, PMD, 2)) };
	unsigned long size = NR_PTES * PAGE_SIZE;
	unsigned long trace;
	enum walk_level level;
	int i;

	KUNIT_EXPECT_EQ(test, walk(g, size, &see_all), 0);
	trace = g->trace;
	g->hook = replace;
	for (level = g->top; level < PTE; level++) {
		u64 table = get_entry(g->entry[level]);

		g->act_level = level;
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			g->value = values[i];
			KUNIT_EXPECT_EQ(test, walk(g, size, &see_all), 0);
			KUNIT_EXPECT_EQ(test, get_entry(g->entry[level]), values[i]);
			set_entry(level, g->entry[level], table);
			KUNIT_EXPECT_EQ_MSG(test, count(g, PTE), NR_PTES, "level %d", level);
			KUNIT_EXPECT_EQ_MSG(test, g->trace, trace, "level %d", level);
		}
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

/* Both walks over a range, with the same actions, call the same callbacks. */
static void expect_same(struct kunit *test, struct ground *g, unsigned long start,
			unsigned long end, const struct mm_walk_ops *ops)
{
	unsigned long trace;
	unsigned int nr;

	KUNIT_EXPECT_EQ(test, walk_locked(g, start, end, ops), 0);
	trace = g->trace;
	nr = g->nr;
	KUNIT_EXPECT_EQ(test, walk_range(g, start, end, ops), 0);
	KUNIT_EXPECT_EQ_MSG(test, g->nr, nr, "%#lx-%#lx", start, end);
	KUNIT_EXPECT_EQ_MSG(test, g->trace, trace, "%#lx-%#lx", start, end);
}

static void walk_equals_the_locked_walk(struct kunit *test)
{
	static const struct mm_walk_ops see_pmds_and_holes = {
		.pmd_entry = see_pmd,
		.pte_hole = see_hole,
	};
	const struct mm_walk_ops *ops[] = { &see_all, &see_pmds_and_holes, &see_only[PUD] };
	struct ground *g = ground_prepare(test);
	unsigned long points[4 * NR_LEVELS + 1];
	unsigned long sum = tables_sum(g);
	enum walk_level level;
	int i, j, k, n = 0;

	points[n++] = g->base;
	points[n++] = g->base + PAGE_SIZE / 2;
	for (level = g->top; level < PTE; level++) {
		points[n++] = addr_at(g, level, 1) - PAGE_SIZE;
		points[n++] = addr_at(g, level, 1);
		points[n++] = addr_at(g, level, 2) + PAGE_SIZE;
		points[n++] = addr_at(g, level, 3);
	}
	for (i = 0; i < n; i++) {
		for (j = 0; j < n; j++) {
			if (points[i] >= points[j])
				continue;
			for (k = 0; k < ARRAY_SIZE(ops); k++)
				expect_same(test, g, points[i], points[j], ops[k]);
		}
	}

	g->action = ACTION_CONTINUE;
	for (level = PGD; level < PTE; level++) {
		g->act_level = level;
		for (j = 1; j < n; j++)
			expect_same(test, g, g->base, points[j], &see_all);
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
	KUNIT_EXPECT_EQ(test, tables_sum(g), sum);
}

/* Up to the last byte but one that has an end: no address wraps. */
static void walk_ends_at_the_top(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	int i;

	for (i = 1; i <= 3; i++) {
		expect_same(test, g, -4 * PAGE_SIZE, -i * PAGE_SIZE, &see_all);
		KUNIT_EXPECT_GT(test, g->nr, 0);
	}
	expect_same(test, g, -2 * PMD_SIZE, ULONG_MAX, &see_all);
	KUNIT_EXPECT_GT(test, g->nr, 0);
	expect_same(test, g, -PAGE_SIZE, ULONG_MAX, &see_all);
	KUNIT_EXPECT_GT(test, g->nr, 0);
	KUNIT_EXPECT_EQ(test, g->stray, 0);
}

static bool in_hard(void)
{
	return in_hardirq();
}

static bool in_soft(void)
{
	return in_serving_softirq();
}

static enum hrtimer_restart walk_in_timer(struct hrtimer *timer)
{
	struct ground *g = container_of(timer, struct ground, timer);

	g->ret = g->context() ? walk(g, 4 * PMD_SIZE, &see_all) : -EBUSY;
	complete(&g->done);

	return HRTIMER_NORESTART;
}

/* Nothing in it sleeps, allocates, or takes a lock that is held here. */
static void walk_runs_in_any_context(struct kunit *test)
{
	struct ground *g = ground_prepare(test);
	unsigned long flags, trace, sum = tables_sum(g);
	int ret[4], i;

	KUNIT_EXPECT_EQ(test, walk(g, 4 * PMD_SIZE, &see_all), 0);
	trace = g->trace;

	preempt_disable();
	ret[0] = walk(g, 4 * PMD_SIZE, &see_all) ?: g->trace != trace;
	preempt_enable();
	local_bh_disable();
	ret[1] = walk(g, 4 * PMD_SIZE, &see_all) ?: g->trace != trace;
	local_bh_enable();
	local_irq_save(flags);
	ret[2] = walk(g, 4 * PMD_SIZE, &see_all) ?: g->trace != trace;
	local_irq_restore(flags);
	mmap_write_lock(&init_mm);
	spin_lock(&init_mm.page_table_lock);
	ret[3] = walk(g, 4 * PMD_SIZE, &see_all) ?: g->trace != trace;
	spin_unlock(&init_mm.page_table_lock);
	mmap_write_unlock(&init_mm);
	for (i = 0; i < ARRAY_SIZE(ret); i++)
		KUNIT_EXPECT_EQ_MSG(test, ret[i], 0, "%d", i);

	for (i = 0; i < 2; i++) {
		init_completion(&g->done);
		g->context = i ? in_soft : in_hard;
		hrtimer_init(&g->timer, CLOCK_MONOTONIC,
			     i ? HRTIMER_MODE_REL_SOFT : HRTIMER_MODE_REL_HARD);
		g->timer.function = walk_in_timer;
		hrtimer_start(&g->timer, ns_to_ktime(NSEC_PER_MSEC),
			      i ? HRTIMER_MODE_REL_SOFT : HRTIMER_MODE_REL_HARD);
		wait_for_completion(&g->done);
		hrtimer_cancel(&g->timer);
		KUNIT_EXPECT_EQ_MSG(test, g->ret, 0, "%d", i);
		KUNIT_EXPECT_EQ_MSG(test, g->trace, trace, "%d", i);
	}
	KUNIT_EXPECT_EQ(test, g->stray, 0);
	KUNIT_EXPECT_EQ(test, tables_sum(g), sum);
}

/**
 * struct crowd - two CPUs on one table
 * @g: its entry behind the first is turned into a table and a block, again and again
 * @nr: how often it was
 * @foreign: callbacks with an entry that is not in the tests' tables
 */
struct crowd {
	struct ground *g;
	unsigned long nr;
	unsigned long foreign;
};

static int turn_entry(void *data)
{
	struct crowd *c = data;
	void *entry = entry_at(c->g, PMD, 1);
	u64 values[] = { get_entry(c->g->entry[PMD]), get_entry(entry_at(c->g, PMD, 2)) };

	while (!kthread_should_stop()) {
		set_entry(PMD, entry, values[c->nr & 1]);
		WRITE_ONCE(c->nr, c->nr + 1);
		if (!(c->nr % 1024))
			cond_resched();
	}

	return 0;
}

static int crowd_pmd(pmd_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct crowd *c = walk->private;

	if ((void *)p != entry_at(c->g, PMD, (addr - c->g->base) / PMD_SIZE) ||
	    addr < c->g->start || next > c->g->end)
		c->foreign++;

	return 0;
}

static int crowd_ptes(pte_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct crowd *c = walk->private;

	if (((unsigned long)p & PAGE_MASK) != (unsigned long)c->g->entry[PTE] ||
	    addr < c->g->start || next > c->g->end)
		c->foreign++;
	c->g->nr++;

	return 0;
}

/* A neighbour changes its entry all the time; then the range is the neighbour's, too. */
static void walk_beside_another_cpu(struct kunit *test)
{
	static const struct mm_walk_ops ops = { .pmd_entry = crowd_pmd, .pte_run = crowd_ptes };
	struct crowd *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct ground *g = ground_prepare(test);
	const int rounds = 50000;
	struct task_struct *task;
	unsigned long limit;
	int i, ret = 0;

	if (num_online_cpus() < 2)
		kunit_skip(test, "there is one CPU only");
	KUNIT_ASSERT_NOT_NULL(test, c);
	c->g = g;
	task = kthread_create(turn_entry, c, "pagewalk_kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	migrate_disable();
	kthread_bind(task, cpumask_any_but(cpu_online_mask, smp_processor_id()));
	wake_up_process(task);
	while (READ_ONCE(c->nr) < 16)
		cond_resched();

	g->start = g->base;
	g->end = g->base + PMD_SIZE;
	for (i = 0; i < rounds && !ret; i++)
		ret = walk_kernel_page_table_range_lockless(g->start, g->end, &ops, c);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, g->nr, rounds);
	KUNIT_EXPECT_EQ(test, c->foreign, 0);

	g->nr = 0;
	g->end = g->base + 2 * PMD_SIZE;
	limit = jiffies + 20 * HZ;
	/* The other CPU may be a virtual one, which does not run all the time. */
	for (i = 0; !ret && (i < rounds || ((g->nr == i || g->nr == 2 * i) &&
					    time_before(jiffies, limit))); i++)
		ret = walk_kernel_page_table_range_lockless(g->start, g->end, &ops, c);
	KUNIT_EXPECT_EQ(test, ret, 0);
	/* Sometimes it was a table, sometimes a block. */
	KUNIT_EXPECT_GT(test, g->nr, i);
	KUNIT_EXPECT_LT(test, g->nr, 2 * i);
	KUNIT_EXPECT_EQ(test, c->foreign, 0);
	kthread_stop(task);
	migrate_enable();
	KUNIT_EXPECT_GT(test, c->nr, 1000);
}

static struct kunit_case pagewalk_cases[] = {
	KUNIT_CASE(walk_refuses_bad_arguments),
	KUNIT_CASE(walk_sees_every_level_once),
	KUNIT_CASE(walk_sees_ptes_in_order),
	KUNIT_CASE(walk_keeps_to_the_range),
	KUNIT_CASE(walk_ends_at_the_top),
	KUNIT_CASE(walk_hands_over_runs),
	KUNIT_CASE(walk_reports_holes_at_each_depth),
	KUNIT_CASE(walk_does_not_enter_leaves),
	KUNIT_CASE(walk_skips_tables),
	KUNIT_CASE(walk_shows_marked_tables),
	KUNIT_CASE(walk_keeps_bad_entries),
	KUNIT_CASE(walk_honours_continue),
	KUNIT_CASE(walk_honours_again),
	KUNIT_CASE(walk_does_not_go_on_for_ever),
	KUNIT_CASE(walk_stops_at_an_error),
	KUNIT_CASE(walk_reads_an_entry_once),
	KUNIT_CASE(walk_equals_the_locked_walk),
	KUNIT_CASE(walk_runs_in_any_context),
	KUNIT_CASE(walk_beside_another_cpu),
	{}
};

static struct kunit_suite pagewalk_suite = {
	.name = "pagewalk_lockless",
	.test_cases = pagewalk_cases,
};

kunit_test_suite(pagewalk_suite);

MODULE_DESCRIPTION("KUnit tests of the lockless walk of kernel page tables");
MODULE_LICENSE("GPL");
