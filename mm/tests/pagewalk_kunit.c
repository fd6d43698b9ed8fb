// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of walk_kernel_page_table_range_lockless() and of the rules that the locked
 * walk of kernel page tables shares with it.
 *
 * The tests build their own page tables in an unused part of vmalloc space, under
 * init_mm. No test accesses memory through these mappings.
 *
 * Not covered: a page table that another CPU frees during the walk. The caller's RCU
 * read-side critical section prevents it, and no test can force this race.
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
 * @level: level of the callback, HOLE for pte_hole()
 * @depth: depth argument of pte_hole(), -1 for other callbacks
 * @addr: address argument
 * @next: end address argument (exclusive)
 * @entry: entry argument, NULL for pte_hole()
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
 * struct walk_tables - page tables of a test, and the log of a walk over them
 * @base: address that the first of @NR_TOPS entries of level @top maps
 * @top: highest level that is not folded
 * @saved: former values of these @NR_TOPS entries
 * @entry: the entry of each level that maps @base; see below
 * @pud_leaf: there is a leaf at PUD level
 * @page: page that all PTEs map
 * @events: log, one event for each call of a callback
 * @nr: number of calls; the log keeps the first @MAX_EVENTS
 * @trace: checksum over all calls
 * @stray: number of calls that break a rule: a wrong mm, a VMA, an action that was not
 *	reset, an address out of the range
 * @start: start address of the walk
 * @end: end address of the walk (exclusive)
 * @act_level: level at which callbacks apply @action, @hook and @ret
 * @act_addr: address at which they do, 0 for every address
 * @action: action to request
 * @times: number of visits to one entry that request @action, 0 for all
 * @ret: return value of the callback
 * @hook: function to call with the entry
 * @value: argument or result of @hook
 * @timer: runs a walk in interrupt context
 * @done: completed after the walk of @timer
 * @context: tells whether the walk of @timer runs in the expected context
 *
 * At each level, entry 0 is a table and entry 1 is none. Entry 2 is a leaf at PMD level,
 * and at PUD level if @pud_leaf. Entry 3 is none. The PTE table maps @NR_PTES pages.
 */
struct walk_tables {
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
	void (*hook)(struct walk_tables *t, void *entry, struct mm_walk *walk);
	u64 value;

	struct hrtimer timer;
	struct completion done;
	bool (*context)(void);
};

static int record(struct mm_walk *walk, enum walk_level level, void *entry,
		  unsigned long addr, unsigned long next, int depth)
{
	struct walk_tables *t = walk->private;
	struct event e = {
		.level = level, .depth = depth, .addr = addr,
		.next = next, .entry = entry,
	};

	if (walk->mm != &init_mm || walk->vma || walk->pgd || !walk->no_vma ||
	    walk->action != ACTION_SUBTREE || addr < t->start || addr >= t->end)
		t->stray++;
	if (t->nr < MAX_EVENTS)
		t->events[t->nr] = e;
	t->nr++;
	t->trace = t->trace * 31 + level;
	t->trace = t->trace * 31 + depth;
	t->trace = t->trace * 31 + addr;
	t->trace = t->trace * 31 + next;
	t->trace = t->trace * 31 + (unsigned long)entry;

	if (level != t->act_level || (t->act_addr && addr != t->act_addr))
		return 0;
	if (!t->times || (t->nr - 1) % (t->times + 1) < t->times)
		walk->action = t->action;
	if (t->hook)
		t->hook(t, entry, walk);

	return t->ret;
}

static int see_pgd(pgd_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return record(walk, PGD, p, addr, next, -1);
}

static int see_p4d(p4d_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return record(walk, P4D, p, addr, next, -1);
}

static int see_pud(pud_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return record(walk, PUD, p, addr, next, -1);
}

static int see_pmd(pmd_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return record(walk, PMD, p, addr, next, -1);
}

static int see_pte(pte_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return record(walk, PTE, p, addr, next, -1);
}

static int see_hole(unsigned long addr, unsigned long next, int depth, struct mm_walk *walk)
{
	return record(walk, HOLE, NULL, addr, next, depth);
}

static const struct mm_walk_ops see_all = {
	.pgd_entry = see_pgd,
	.p4d_entry = see_p4d,
	.pud_entry = see_pud,
	.pmd_entry = see_pmd,
	.pte_entry = see_pte,
	.pte_hole = see_hole,
};

/* Indexed by level: the only callback. */
static const struct mm_walk_ops see_only[] = {
	[PGD] = { .pgd_entry = see_pgd },
	[P4D] = { .p4d_entry = see_p4d },
	[PUD] = { .pud_entry = see_pud },
	[PMD] = { .pmd_entry = see_pmd },
	[PTE] = { .pte_entry = see_pte },
};

static const struct mm_walk_ops see_ptes_and_holes = {
	.pte_entry = see_pte,
	.pte_hole = see_hole,
};

static int walk_range(struct walk_tables *t, unsigned long start, unsigned long end,
		      const struct mm_walk_ops *ops)
{
	t->nr = 0;
	t->trace = 0;
	t->start = start;
	t->end = end;

	return walk_kernel_page_table_range_lockless(start, end, ops, t);
}

static int walk(struct walk_tables *t, unsigned long size, const struct mm_walk_ops *ops)
{
	return walk_range(t, t->base, t->base + size, ops);
}

static int walk_locked(struct walk_tables *t, unsigned long start, unsigned long end,
		       const struct mm_walk_ops *ops)
{
	int ret;

	t->nr = 0;
	t->trace = 0;
	t->start = start;
	t->end = end;
	mmap_write_lock(&init_mm);
	ret = walk_kernel_page_table_range(start, end, ops, NULL, t);
	mmap_write_unlock(&init_mm);

	return ret;
}

static unsigned int count(const struct walk_tables *t, enum walk_level level)
{
	unsigned int i, n = 0;

	for (i = 0; i < min(t->nr, MAX_EVENTS); i++)
		n += t->events[i].level == level;

	return n;
}

static const struct event *last_event(const struct walk_tables *t)
{
	return &t->events[clamp_t(unsigned int, t->nr, 1, MAX_EVENTS) - 1];
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

/* Returns true if @level is not folded: only its entries can be none. */
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

/* Depth that pte_hole() gets. Levels that are folded at compile time do not count. */
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

static u64 read_entry(const void *entry)
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

/* Entry @i of the table at @level, counted from the entry that maps t->base. */
static void *entry_at(const struct walk_tables *t, enum walk_level level, int i)
{
	return (u64 *)t->entry[level] + i;
}

static unsigned long addr_at(const struct walk_tables *t, enum walk_level level, int i)
{
	return t->base + i * size_of(level);
}

/* Checksum over all entries of the test's tables. */
static unsigned long tables_sum(const struct walk_tables *t)
{
	unsigned long sum = 0;
	enum walk_level level;
	int i;

	for (level = t->top; level <= PTE; level++)
		for (i = 0; i < (level == t->top ? NR_TOPS : PAGE_SIZE / sizeof(u64)); i++)
			sum = sum * 31 + read_entry(entry_at(t, level, i));

	return sum;
}

/* Returns true if this architecture sees a leaf or a bad entry in @entry. */
static bool is_leaf_or_bad(enum walk_level level, const void *entry)
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

static bool is_unused(enum walk_level top, unsigned long addr)
{
	void *entry = entry_of(top, addr);

	if (!read_entry(entry))
		return true;

	/* Some architectures allocate empty tables of the second level at boot. */
	if (top >= PMD || is_leaf_or_bad(top, entry))
		return false;

	return !memchr_inv(entry_of(top + 1, addr), 0, PAGE_SIZE);
}

/*
 * Find unused entries of level @top. Start at a quarter of vmalloc space, because the
 * allocator hands out addresses from both ends. Do not reserve the addresses there: KASAN
 * would allocate terabytes of shadow.
 */
static unsigned long find_base(enum walk_level top)
{
	unsigned long size = size_of(top);
	unsigned long addr = ALIGN(VMALLOC_START + (VMALLOC_END - VMALLOC_START) / 4, size);
	int n = 0;

	for (; addr + size < VMALLOC_END && addr + size > addr; addr += size) {
		n = is_unused(top, addr) ? n + 1 : 0;
		if (n == NR_TOPS)
			return addr - (NR_TOPS - 1) * size;
	}

	return 0;
}

static void tables_clear(void *data)
{
	struct walk_tables *t = data;
	int i;

	for (i = 0; i < NR_TOPS; i++)
		set_entry(t->top, entry_at(t, t->top, i), t->saved[i]);
	flush_tlb_all();

	if (t->entry[PTE])
		pte_free_kernel(&init_mm, t->entry[PTE]);
	if (t->entry[PMD] && t->top < PMD) {
		pmd_free(&init_mm, t->entry[PMD]);
		mm_dec_nr_pmds(&init_mm);
	}
	if (t->entry[PUD] && t->top < PUD) {
		pud_free(&init_mm, t->entry[PUD]);
		mm_dec_nr_puds(&init_mm);
	}
	if (t->entry[P4D] && t->top < P4D)
		p4d_free(&init_mm, t->entry[P4D]);
	if (t->page)
		__free_page(t->page);
}

static void put_leaves(struct kunit *test, struct walk_tables *t)
{
	phys_addr_t phys = page_to_phys(t->page);

	KUNIT_ASSERT_EQ(test, pmd_set_huge(entry_at(t, PMD, 2), ALIGN_DOWN(phys, PMD_SIZE),
					   PAGE_KERNEL_RO), 1);
	if (!is_real(PUD))
		return;
	t->pud_leaf = pud_set_huge(entry_at(t, PUD, 2), ALIGN_DOWN(phys, PUD_SIZE),
				   PAGE_KERNEL_RO);
	if (t->pud_leaf && !pud_leaf(*(pud_t *)entry_at(t, PUD, 2))) {
		set_entry(PUD, entry_at(t, PUD, 2), 0);
		t->pud_leaf = false;
	}
}

static struct walk_tables *tables_prepare(struct kunit *test)
{
	struct walk_tables *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	pgd_t *pgdp;
	p4d_t *p4dp;
	pud_t *pudp;
	pmd_t *pmdp;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->act_level = -1;
	for (t->top = PGD; !is_real(t->top); t->top++)
		;
	t->base = find_base(t->top);
	if (!t->base)
		kunit_skip(test, "the top level has too few free entries");

	t->entry[t->top] = entry_of(t->top, t->base);
	for (i = 0; i < NR_TOPS; i++) {
		t->saved[i] = read_entry(entry_at(t, t->top, i));
		set_entry(t->top, entry_at(t, t->top, i), 0);
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, tables_clear, t), 0);

	t->page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->page);
	pgdp = pgd_offset_k(t->base);
	t->entry[PGD] = pgdp;
	p4dp = p4d_alloc(&init_mm, pgdp, t->base);
	KUNIT_ASSERT_NOT_NULL(test, p4dp);
	t->entry[P4D] = p4dp;
	pudp = pud_alloc(&init_mm, p4dp, t->base);
	KUNIT_ASSERT_NOT_NULL(test, pudp);
	t->entry[PUD] = pudp;
	pmdp = pmd_alloc(&init_mm, pudp, t->base);
	KUNIT_ASSERT_NOT_NULL(test, pmdp);
	t->entry[PMD] = pmdp;
	t->entry[PTE] = pte_alloc_kernel(pmdp, t->base);
	KUNIT_ASSERT_NOT_NULL(test, t->entry[PTE]);
	for (i = 0; i < NR_PTES; i++)
		set_pte_at(&init_mm, addr_at(t, PTE, i), entry_at(t, PTE, i),
			   mk_pte(t->page, PAGE_KERNEL_RO));
	put_leaves(test, t);

	return t;
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
	struct walk_tables *t = tables_prepare(test);
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

	/* The range includes a hole at the top level. */
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, walk(t, 2 * size_of(t->top), &bad[i]), -EINVAL,
				    "%d", i);
	KUNIT_EXPECT_EQ(test, walk(t, PMD_SIZE, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, walk(t, 0, &see_all), -EINVAL);
	KUNIT_EXPECT_EQ(test, walk(t, -PAGE_SIZE, &see_all), -EINVAL);
	/* The end address of the last page is 0: no range can include this page. */
	KUNIT_EXPECT_EQ(test, walk_range(t, -PAGE_SIZE, 0, &see_all), -EINVAL);
	KUNIT_EXPECT_EQ(test, t->nr, 0);

	/* One callback for entries is enough. */
	for (level = PGD; level <= PTE; level++) {
		KUNIT_EXPECT_EQ(test, walk(t, PAGE_SIZE, &see_only[level]), 0);
		KUNIT_EXPECT_EQ(test, t->nr, 1);
		KUNIT_EXPECT_EQ(test, t->events[0].level, level);
		KUNIT_EXPECT_PTR_EQ(test, t->events[0].entry, t->entry[level]);
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

static void walk_sees_every_level_once(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	int i;

	KUNIT_EXPECT_EQ(test, walk(t, PAGE_SIZE, &see_all), 0);
	KUNIT_ASSERT_EQ(test, t->nr, NR_LEVELS);
	for (i = 0; i < NR_LEVELS; i++) {
		KUNIT_EXPECT_EQ(test, t->events[i].level, i);
		KUNIT_EXPECT_EQ(test, t->events[i].addr, t->base);
		KUNIT_EXPECT_EQ(test, t->events[i].next, t->base + PAGE_SIZE);
		/* Callbacks store: they need the entry in the table, at folded levels too. */
		KUNIT_EXPECT_PTR_EQ(test, t->events[i].entry, t->entry[i]);
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

static void walk_sees_ptes_in_order(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	int i;

	/* pte_entry() sees none PTEs, pte_hole() does not. */
	KUNIT_EXPECT_EQ(test, walk(t, (NR_PTES + 2) * PAGE_SIZE, &see_ptes_and_holes), 0);
	KUNIT_ASSERT_EQ(test, t->nr, NR_PTES + 2);
	for (i = 0; i < NR_PTES + 2; i++) {
		KUNIT_EXPECT_EQ(test, t->events[i].level, PTE);
		KUNIT_EXPECT_EQ(test, t->events[i].addr, addr_at(t, PTE, i));
		KUNIT_EXPECT_EQ(test, t->events[i].next, addr_at(t, PTE, i + 1));
		KUNIT_EXPECT_PTR_EQ(test, t->events[i].entry, entry_at(t, PTE, i));
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

static void walk_keeps_to_the_range(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	unsigned long sum = tables_sum(t);
	unsigned long start;
	enum walk_level level;
	int i;

	KUNIT_EXPECT_EQ(test, walk_range(t, addr_at(t, PTE, 1), addr_at(t, PTE, 2),
					 &see_only[PTE]), 0);
	KUNIT_ASSERT_EQ(test, t->nr, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->events[0].entry, entry_at(t, PTE, 1));

	/* The whole table, then all entries except the first and the last. */
	KUNIT_EXPECT_EQ(test, walk(t, PMD_SIZE, &see_only[PTE]), 0);
	KUNIT_EXPECT_EQ(test, t->nr, PTRS_PER_PTE);
	KUNIT_EXPECT_EQ(test, walk_range(t, t->base + PAGE_SIZE, t->base + PMD_SIZE - PAGE_SIZE,
					 &see_only[PTE]), 0);
	KUNIT_EXPECT_EQ(test, t->nr, PTRS_PER_PTE - 2);

	/* A callback gets only those addresses of its entry that are in the range. */
	for (level = t->top; level < PTE; level++) {
		start = addr_at(t, level, 1) - PAGE_SIZE;
		set_entry(level, entry_at(t, level, 1), read_entry(t->entry[level]));
		KUNIT_EXPECT_EQ(test, walk_range(t, start, start + 2 * PAGE_SIZE,
						 &see_only[level]), 0);
		set_entry(level, entry_at(t, level, 1), 0);
		KUNIT_ASSERT_EQ_MSG(test, t->nr, 2, "level %d", level);
		for (i = 0; i < 2; i++) {
			KUNIT_EXPECT_EQ(test, t->events[i].addr, start + i * PAGE_SIZE);
			KUNIT_EXPECT_EQ(test, t->events[i].next, start + (i + 1) * PAGE_SIZE);
			KUNIT_EXPECT_PTR_EQ(test, t->events[i].entry, entry_at(t, level, i));
		}
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
	KUNIT_EXPECT_EQ(test, tables_sum(t), sum);
}

/* The walk descended from PGD to @level, and its last event is @want. */
static void expect_last_event(struct kunit *test, const struct walk_tables *t,
			      enum walk_level level, const struct event *want)
{
	const struct event *e = last_event(t);

	KUNIT_EXPECT_EQ_MSG(test, t->nr, level + 1, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, e->level, want->level, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, e->depth, want->depth, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, e->addr, want->addr, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, e->next, want->next, "level %d", level);
	KUNIT_EXPECT_PTR_EQ_MSG(test, e->entry, want->entry, "level %d", level);
	KUNIT_EXPECT_EQ_MSG(test, t->stray, 0, "level %d", level);
}

static void walk_reports_holes_at_each_depth(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	unsigned long sum = tables_sum(t);
	enum walk_level level;

	for (level = t->top; level < PTE; level++) {
		struct event hole = {
			.level = HOLE, .depth = depth_of(level),
			.addr = addr_at(t, level, 1), .next = addr_at(t, level, 2),
		};

		KUNIT_EXPECT_EQ(test, walk_range(t, hole.addr, hole.next, &see_all), 0);
		expect_last_event(test, t, level, &hole);
		hole.addr += PAGE_SIZE;
		hole.next -= PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, walk_range(t, hole.addr, hole.next, &see_all), 0);
		expect_last_event(test, t, level, &hole);
		/* Without pte_hole() the walk skips a hole. */
		KUNIT_EXPECT_EQ(test, walk_range(t, hole.addr, hole.next, &see_only[PTE]), 0);
		KUNIT_EXPECT_EQ(test, t->nr, 0);
	}
	/* The walk allocated no table for a hole. */
	KUNIT_EXPECT_EQ(test, tables_sum(t), sum);
}

static void walk_does_not_enter_leaves(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	unsigned long sum = tables_sum(t);
	enum walk_level level;

	for (level = t->pud_leaf ? PUD : PMD; level < PTE; level++) {
		struct event leaf = {
			.level = level, .depth = -1, .entry = entry_at(t, level, 2),
			.addr = addr_at(t, level, 2), .next = addr_at(t, level, 3),
		};

		KUNIT_EXPECT_EQ(test, walk_range(t, leaf.addr, leaf.next, &see_all), 0);
		expect_last_event(test, t, level, &leaf);
		leaf.addr += PAGE_SIZE;
		leaf.next -= PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, walk_range(t, leaf.addr, leaf.next, &see_all), 0);
		expect_last_event(test, t, level, &leaf);
		KUNIT_EXPECT_EQ(test, walk_range(t, leaf.addr, leaf.next, &see_ptes_and_holes), 0);
		KUNIT_EXPECT_EQ(test, t->nr, 0);
	}
	KUNIT_EXPECT_EQ(test, tables_sum(t), sum);
}

/*
 * Both walks call the callback for an entry that is neither none nor a table. They do not
 * descend into this entry and do not clear it.
 */
static void walk_keeps_bad_entries(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	/* An invalid entry, and a leaf: the leaf is bad at levels that have no leaves. */
	const u64 bad[] = { BIT(12), read_entry(entry_at(t, PMD, 2)) };
	enum walk_level level;
	unsigned long i;

	for (level = t->top; level < PTE; level++) {
		void *entry = entry_at(t, level, 1);
		struct event e = {
			.level = level, .depth = -1, .entry = entry,
			.addr = addr_at(t, level, 1), .next = addr_at(t, level, 2),
		};

		for (i = 0; i < ARRAY_SIZE(bad); i++) {
			if (i == 1 && level == PUD && !t->pud_leaf)
				continue;
			/* riscv sees a table in every valid entry above PUD level. */
			if (i == 1 && !is_leaf_or_bad(level, &bad[i]))
				continue;
			set_entry(level, entry, bad[i]);
			KUNIT_EXPECT_EQ(test, walk_range(t, e.addr, e.next, &see_all), 0);
			expect_last_event(test, t, level, &e);
			KUNIT_EXPECT_EQ(test, read_entry(entry), bad[i]);
			KUNIT_EXPECT_EQ(test, walk_locked(t, e.addr, e.next, &see_all), 0);
			expect_last_event(test, t, level, &e);
			KUNIT_EXPECT_EQ(test, read_entry(entry), bad[i]);
			set_entry(level, entry, 0);
		}
	}
}

static void walk_honours_continue(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	enum walk_level level;

	/* Both walks. */
	t->action = ACTION_CONTINUE;
	for (level = PGD; level < PTE; level++) {
		t->act_level = level;
		KUNIT_EXPECT_EQ(test, walk(t, PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ(test, t->nr, level + 1);
		KUNIT_EXPECT_EQ(test, walk_locked(t, t->base, t->base + PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ(test, t->nr, level + 1);
	}

	/* ACTION_CONTINUE at one entry has no effect on the next entry. */
	for (level = t->top; level < PTE; level++) {
		void *entry = entry_at(t, level, 1);

		set_entry(level, entry, read_entry(t->entry[level]));
		t->act_level = level;
		t->act_addr = addr_at(t, level, 1) - PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, walk_range(t, t->act_addr, t->act_addr + 2 * PAGE_SIZE,
						 &see_all), 0);
		KUNIT_EXPECT_EQ_MSG(test, count(t, level), 2, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(t, PTE), 1, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(t, HOLE), 0, "level %d", level);
		set_entry(level, entry, 0);
	}
	t->act_level = PTE;
	t->act_addr = 0;
	KUNIT_EXPECT_EQ(test, walk(t, NR_PTES * PAGE_SIZE, &see_all), 0);
	KUNIT_EXPECT_EQ(test, count(t, PTE), NR_PTES);
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

/* A pmd_entry() that handles its table: count the present PTEs of the event. */
static void count_ptes(struct walk_tables *t, void *entry, struct mm_walk *walk)
{
	const struct event *e = last_event(t);
	unsigned long addr;
	pte_t *ptep;
	pmd_t pmd;

	pmd = pmdp_get(entry);
	if (!pmd_present(pmd) || pmd_leaf(pmd))
		return;
	ptep = pte_offset_kernel(&pmd, e->addr);
	for (addr = e->addr; addr < e->next; addr += PAGE_SIZE, ptep++)
		t->value += !!pte_present(ptep_get(ptep));
}

/* With ACTION_CONTINUE from a pmd_entry() that handles its table, no walk descends. */
static void walk_leaves_tables_to_pmd_entry(struct kunit *test)
{
	static const struct mm_walk_ops ops = {
		.pmd_entry = see_pmd,
		.pte_entry = see_pte,
		.pte_hole = see_hole,
	};
	struct walk_tables *t = tables_prepare(test);
	unsigned long start = t->base + PAGE_SIZE, end = addr_at(t, PMD, 4);
	unsigned int i, n;

	t->act_level = PMD;
	t->action = ACTION_CONTINUE;
	t->hook = count_ptes;
	set_entry(PMD, entry_at(t, PMD, 1), read_entry(t->entry[PMD]));
	for (i = 0; i < 2; i++) {
		t->value = 0;
		if (i)
			KUNIT_EXPECT_EQ(test, walk_locked(t, start, end, &ops), 0);
		else
			KUNIT_EXPECT_EQ(test, walk_range(t, start, end, &ops), 0);

		/* Two tables and a leaf, each of them once, and a hole. No call for a PTE. */
		KUNIT_ASSERT_EQ(test, t->nr, 4);
		for (n = 0; n < 4; n++) {
			const struct event *e = &t->events[n];

			KUNIT_EXPECT_EQ(test, e->level, n < 3 ? PMD : HOLE);
			KUNIT_EXPECT_EQ(test, e->addr, n ? addr_at(t, PMD, n) : start);
			KUNIT_EXPECT_EQ(test, e->next, addr_at(t, PMD, n + 1));
			KUNIT_EXPECT_PTR_EQ(test, e->entry,
					    n < 3 ? entry_at(t, PMD, n) : NULL);
		}
		KUNIT_EXPECT_EQ(test, t->value, 2 * NR_PTES - 1);
	}
	set_entry(PMD, entry_at(t, PMD, 1), 0);
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

/* Replace the entry by t->value on the first visit, and request another visit. */
static void replace_once(struct walk_tables *t, void *entry, struct mm_walk *walk)
{
	if (read_entry(entry) == t->value)
		return;
	set_entry(t->act_level, entry, t->value);
	walk->action = ACTION_AGAIN;
}

static void walk_honours_again(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	enum walk_level level;

	t->hook = replace_once;
	for (level = t->top; level < PTE; level++) {
		void *entry = entry_at(t, level, 1);
		unsigned long addr = addr_at(t, level, 1);

		/* The walk descends into a table that replaces a bad entry. */
		t->act_level = level;
		t->value = read_entry(t->entry[level]);
		set_entry(level, entry, BIT(12));
		KUNIT_EXPECT_EQ(test, walk_range(t, addr, addr + NR_PTES * PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ_MSG(test, count(t, level), 2, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(t, PTE), NR_PTES, "level %d", level);
		KUNIT_EXPECT_PTR_EQ(test, last_event(t)->entry, entry_at(t, PTE, NR_PTES - 1));

		/* So does the locked walk. */
		set_entry(level, entry, BIT(12));
		KUNIT_EXPECT_EQ(test, walk_locked(t, addr, addr + NR_PTES * PAGE_SIZE, &see_all),
				0);
		KUNIT_EXPECT_EQ_MSG(test, count(t, level), 2, "locked, level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(t, PTE), NR_PTES, "locked, level %d", level);

		/* The walk reports a hole that replaces a table. */
		t->value = 0;
		KUNIT_EXPECT_EQ(test, walk_range(t, addr, addr + NR_PTES * PAGE_SIZE, &see_all), 0);
		KUNIT_EXPECT_EQ_MSG(test, count(t, level), 1, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(t, HOLE), 1, "level %d", level);
		KUNIT_EXPECT_EQ_MSG(test, count(t, PTE), 0, "level %d", level);
		KUNIT_EXPECT_EQ(test, read_entry(entry), 0);
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

static void walk_does_not_go_on_for_ever(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	enum walk_level level;

	t->action = ACTION_AGAIN;
	for (level = PGD; level <= PTE; level++) {
		t->act_level = level;
		KUNIT_EXPECT_EQ(test, walk(t, PAGE_SIZE, &see_all), -EAGAIN);
		KUNIT_EXPECT_LT_MSG(test, t->nr, MAX_EVENTS, "level %d", level);
		KUNIT_EXPECT_GT_MSG(test, count(t, level), 1, "level %d", level);
		KUNIT_EXPECT_EQ(test, last_event(t)->level, level);
	}

	/* The limit counts visits to one entry, not to all entries of the walk. */
	t->times = 10;
	for (level = t->top; level <= PTE; level++) {
		if (level < PTE)
			set_entry(level, entry_at(t, level, 1), BIT(12));
		t->act_level = level;
		KUNIT_EXPECT_EQ(test, walk(t, 2 * size_of(level), &see_only[level]), 0);
		KUNIT_EXPECT_EQ_MSG(test, t->nr, 2 * (t->times + 1), "level %d", level);
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

static void walk_stops_at_an_error(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	unsigned long start;
	enum walk_level level;

	for (level = PGD; level <= PTE; level++) {
		t->act_level = level;
		t->ret = -ENODEV;
		KUNIT_EXPECT_EQ(test, walk(t, 4 * PMD_SIZE, &see_all), -ENODEV);
		KUNIT_EXPECT_EQ(test, t->nr, level + 1);
		t->ret = 7;
		KUNIT_EXPECT_EQ(test, walk(t, 4 * PMD_SIZE, &see_all), 7);
		KUNIT_EXPECT_EQ(test, t->nr, level + 1);
	}

	t->act_level = HOLE;
	t->ret = -ENOENT;
	for (level = t->top; level < PTE; level++) {
		start = addr_at(t, level, 1);
		KUNIT_EXPECT_EQ(test, walk_range(t, start, start + 3 * size_of(level), &see_all),
				-ENOENT);
		KUNIT_EXPECT_EQ_MSG(test, t->nr, level + 1, "level %d", level);
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

static void replace(struct walk_tables *t, void *entry, struct mm_walk *walk)
{
	set_entry(t->act_level, entry, t->value);
}

/* A callback changes its entry: the walk descends from the value that it read before. */
static void walk_reads_an_entry_once(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	const u64 values[] = { 0, BIT(12), read_entry(entry_at(t, PMD, 2)) };
	unsigned long size = NR_PTES * PAGE_SIZE;
	unsigned long trace;
	enum walk_level level;
	int i;

	KUNIT_EXPECT_EQ(test, walk(t, size, &see_all), 0);
	trace = t->trace;
	t->hook = replace;
	for (level = t->top; level < PTE; level++) {
		u64 table = read_entry(t->entry[level]);

		t->act_level = level;
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			t->value = values[i];
			KUNIT_EXPECT_EQ(test, walk(t, size, &see_all), 0);
			KUNIT_EXPECT_EQ(test, read_entry(t->entry[level]), values[i]);
			set_entry(level, t->entry[level], table);
			KUNIT_EXPECT_EQ_MSG(test, count(t, PTE), NR_PTES, "level %d", level);
			KUNIT_EXPECT_EQ_MSG(test, t->trace, trace, "level %d", level);
		}
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
}

/* Both walks make the same calls with the same arguments. */
static void expect_same(struct kunit *test, struct walk_tables *t, unsigned long start,
			unsigned long end, const struct mm_walk_ops *ops)
{
	unsigned long trace;
	unsigned int nr;

	KUNIT_EXPECT_EQ(test, walk_locked(t, start, end, ops), 0);
	trace = t->trace;
	nr = t->nr;
	KUNIT_EXPECT_EQ(test, walk_range(t, start, end, ops), 0);
	KUNIT_EXPECT_EQ_MSG(test, t->nr, nr, "%#lx-%#lx", start, end);
	KUNIT_EXPECT_EQ_MSG(test, t->trace, trace, "%#lx-%#lx", start, end);
}

static void walk_equals_the_locked_walk(struct kunit *test)
{
	static const struct mm_walk_ops see_pmds_and_holes = {
		.pmd_entry = see_pmd,
		.pte_hole = see_hole,
	};
	const struct mm_walk_ops *ops[] = { &see_all, &see_pmds_and_holes, &see_only[PUD] };
	struct walk_tables *t = tables_prepare(test);
	unsigned long points[4 * NR_LEVELS + 1];
	unsigned long sum = tables_sum(t);
	enum walk_level level;
	int i, j, k, n = 0;

	points[n++] = t->base;
	points[n++] = t->base + PAGE_SIZE / 2;
	for (level = t->top; level < PTE; level++) {
		points[n++] = addr_at(t, level, 1) - PAGE_SIZE;
		points[n++] = addr_at(t, level, 1);
		points[n++] = addr_at(t, level, 2) + PAGE_SIZE;
		points[n++] = addr_at(t, level, 3);
	}
	for (i = 0; i < n; i++) {
		for (j = 0; j < n; j++) {
			if (points[i] >= points[j])
				continue;
			for (k = 0; k < ARRAY_SIZE(ops); k++)
				expect_same(test, t, points[i], points[j], ops[k]);
		}
	}

	t->action = ACTION_CONTINUE;
	for (level = PGD; level < PTE; level++) {
		t->act_level = level;
		for (j = 1; j < n; j++)
			expect_same(test, t, t->base, points[j], &see_all);
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
	KUNIT_EXPECT_EQ(test, tables_sum(t), sum);
}

/*
 * The range ends at the highest possible address: no address may wrap. The test does not
 * own these entries. It compares only calls, and the tables there do not change.
 */
static void walk_ends_at_the_top(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	int i;

	for (i = 1; i <= 3; i++) {
		expect_same(test, t, -4 * PAGE_SIZE, -i * PAGE_SIZE, &see_all);
		KUNIT_EXPECT_GT(test, t->nr, 0);
	}
	expect_same(test, t, -2 * PMD_SIZE, ULONG_MAX, &see_all);
	KUNIT_EXPECT_GT(test, t->nr, 0);
	expect_same(test, t, -PAGE_SIZE, ULONG_MAX, &see_all);
	KUNIT_EXPECT_GT(test, t->nr, 0);
	KUNIT_EXPECT_EQ(test, t->stray, 0);
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
	struct walk_tables *t = container_of(timer, struct walk_tables, timer);

	t->ret = t->context() ? walk(t, 4 * PMD_SIZE, &see_all) : -EBUSY;
	complete(&t->done);

	return HRTIMER_NORESTART;
}

/* The walk does not sleep or allocate, and takes none of the locks that are held here. */
static void walk_runs_in_any_context(struct kunit *test)
{
	struct walk_tables *t = tables_prepare(test);
	unsigned long flags, trace, sum = tables_sum(t);
	int ret[4], i;

	KUNIT_EXPECT_EQ(test, walk(t, 4 * PMD_SIZE, &see_all), 0);
	trace = t->trace;

	preempt_disable();
	ret[0] = walk(t, 4 * PMD_SIZE, &see_all) ?: t->trace != trace;
	preempt_enable();
	local_bh_disable();
	ret[1] = walk(t, 4 * PMD_SIZE, &see_all) ?: t->trace != trace;
	local_bh_enable();
	local_irq_save(flags);
	ret[2] = walk(t, 4 * PMD_SIZE, &see_all) ?: t->trace != trace;
	local_irq_restore(flags);
	mmap_write_lock(&init_mm);
	spin_lock(&init_mm.page_table_lock);
	ret[3] = walk(t, 4 * PMD_SIZE, &see_all) ?: t->trace != trace;
	spin_unlock(&init_mm.page_table_lock);
	mmap_write_unlock(&init_mm);
	for (i = 0; i < ARRAY_SIZE(ret); i++)
		KUNIT_EXPECT_EQ_MSG(test, ret[i], 0, "%d", i);

	for (i = 0; i < 2; i++) {
		init_completion(&t->done);
		t->context = i ? in_soft : in_hard;
		hrtimer_init(&t->timer, CLOCK_MONOTONIC,
			     i ? HRTIMER_MODE_REL_SOFT : HRTIMER_MODE_REL_HARD);
		t->timer.function = walk_in_timer;
		hrtimer_start(&t->timer, ns_to_ktime(NSEC_PER_MSEC),
			      i ? HRTIMER_MODE_REL_SOFT : HRTIMER_MODE_REL_HARD);
		wait_for_completion(&t->done);
		hrtimer_cancel(&t->timer);
		KUNIT_EXPECT_EQ_MSG(test, t->ret, 0, "%d", i);
		KUNIT_EXPECT_EQ_MSG(test, t->trace, trace, "%d", i);
	}
	KUNIT_EXPECT_EQ(test, t->stray, 0);
	KUNIT_EXPECT_EQ(test, tables_sum(t), sum);
}

/**
 * struct contention - two CPUs that use one table
 * @t: the tables; a kthread switches PMD entry 1 between a table and a block
 * @nr: number of switches
 * @foreign: number of callbacks with a wrong entry or an address out of the range
 *
 *     CPU0 (walk)                       CPU1 (flip_entry)
 *     ------------------------------    ------------------------------
 *     read PMD entry 1: table
 *                                       set PMD entry 1: block
 *     call pmd_entry()
 *     descend into the table
 *
 * CPU0 must descend from the value that it read. A second read would return the block,
 * and the walk would take the data of the block for entries.
 */
struct contention {
	struct walk_tables *t;
	unsigned long nr;
	unsigned long foreign;
};

static int flip_entry(void *data)
{
	struct contention *c = data;
	void *entry = entry_at(c->t, PMD, 1);
	u64 values[] = { read_entry(c->t->entry[PMD]), read_entry(entry_at(c->t, PMD, 2)) };

	while (!kthread_should_stop()) {
		set_entry(PMD, entry, values[c->nr & 1]);
		WRITE_ONCE(c->nr, c->nr + 1);
		if (!(c->nr % 1024))
			cond_resched();
	}

	return 0;
}

static int check_pmd(pmd_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct contention *c = walk->private;

	if ((void *)p != entry_at(c->t, PMD, (addr - c->t->base) / PMD_SIZE) ||
	    addr < c->t->start || next > c->t->end)
		c->foreign++;

	return 0;
}

static int check_pte(pte_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct contention *c = walk->private;

	if ((void *)p != entry_at(c->t, PTE, pte_index(addr)) ||
	    addr < c->t->start || next > c->t->end)
		c->foreign++;
	c->t->nr++;

	return 0;
}

static void walk_beside_another_cpu(struct kunit *test)
{
	static const struct mm_walk_ops ops = { .pmd_entry = check_pmd, .pte_entry = check_pte };
	struct contention *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct walk_tables *t = tables_prepare(test);
	const int rounds = 50000;
	struct task_struct *task;
	unsigned long limit;
	int i, ret = 0;

	if (num_online_cpus() < 2)
		kunit_skip(test, "there is one CPU only");
	KUNIT_ASSERT_NOT_NULL(test, c);
	c->t = t;
	task = kthread_create(flip_entry, c, "pagewalk_kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	migrate_disable();
	kthread_bind(task, cpumask_any_but(cpu_online_mask, smp_processor_id()));
	wake_up_process(task);
	while (READ_ONCE(c->nr) < 16)
		cond_resched();

	/* The last PTE of entry 0: the other CPU changes only a neighbour of the range. */
	t->start = t->base + PMD_SIZE - PAGE_SIZE;
	t->end = t->base + PMD_SIZE;
	for (i = 0; i < rounds && !ret; i++)
		ret = walk_kernel_page_table_range_lockless(t->start, t->end, &ops, c);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, t->nr, rounds);
	KUNIT_EXPECT_EQ(test, c->foreign, 0);

	/* And the first PTE of entry 1: the other CPU changes an entry of the range. */
	t->nr = 0;
	t->end = t->base + PMD_SIZE + PAGE_SIZE;
	limit = jiffies + 20 * HZ;
	/* A virtual CPU does not run all the time: go on until both values were seen. */
	for (i = 0; !ret && (i < rounds || ((t->nr == i || t->nr == 2 * i) &&
					    time_before(jiffies, limit))); i++)
		ret = walk_kernel_page_table_range_lockless(t->start, t->end, &ops, c);
	KUNIT_EXPECT_EQ(test, ret, 0);
	/* Entry 1 was a table in some walks and a block in others. */
	KUNIT_EXPECT_GT(test, t->nr, i);
	KUNIT_EXPECT_LT(test, t->nr, 2 * i);
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
	KUNIT_CASE(walk_reports_holes_at_each_depth),
	KUNIT_CASE(walk_does_not_enter_leaves),
	KUNIT_CASE(walk_keeps_bad_entries),
	KUNIT_CASE(walk_honours_continue),
	KUNIT_CASE(walk_leaves_tables_to_pmd_entry),
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

MODULE_DESCRIPTION("KUnit tests for the lockless walk of kernel page tables");
MODULE_LICENSE("GPL");
