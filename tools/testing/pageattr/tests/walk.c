// SPDX-License-Identifier: GPL-2.0-only
/* Tests of walk_kernel_page_table_range_lockless(). */
#include <linux/pagewalk.h>

#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"
#include "log.h"

#define MAX_CALLS	40000

struct call {
	int level;		/* of the callback, or 4 for a hole */
	int depth;
	unsigned long addr;
	unsigned long next;
	const void *entry;
};

/**
 * struct trace - the calls that one walk makes, and one reaction to them
 * @calls: the calls
 * @nr: number of @calls
 * @act_at: number of the call that takes @action and returns @ret
 * @action: action of this call
 * @ret: return value of this call
 */
static struct trace {
	struct call calls[MAX_CALLS];
	unsigned int nr;
	unsigned int act_at;
	enum page_walk_action action;
	int ret;
} want, got;

static int called(struct mm_walk *walk, int level, const void *entry, unsigned long addr,
		  unsigned long next, int depth)
{
	struct trace *trace = walk->private;
	unsigned int nr = trace->nr++;

	EXPECT(walk->action == ACTION_SUBTREE, "action %d at the start of a call", walk->action);
	EXPECT(walk->no_vma && walk->mm == &init_mm, "not a walk of init_mm");
	if (nr < MAX_CALLS)
		trace->calls[nr] = (struct call){ level, depth, addr, next, entry };
	if (nr != trace->act_at)
		return 0;
	walk->action = trace->action;

	return trace->ret;
}

static int on_pgd(pgd_t *pgdp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return called(walk, -1, pgdp, addr, next, 0);
}

static int on_p4d(p4d_t *p4dp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return called(walk, 0, p4dp, addr, next, 0);
}

static int on_pud(pud_t *pudp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return called(walk, 1, pudp, addr, next, 0);
}

static int on_pmd(pmd_t *pmdp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return called(walk, 2, pmdp, addr, next, 0);
}

static int on_pte(pte_t *ptep, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return called(walk, 3, ptep, addr, next, 0);
}

static int on_hole(unsigned long addr, unsigned long next, int depth, struct mm_walk *walk)
{
	return called(walk, 4, NULL, addr, next, depth);
}

static const struct mm_walk_ops all_ops = {
	.pgd_entry = on_pgd, .p4d_entry = on_p4d, .pud_entry = on_pud,
	.pmd_entry = on_pmd, .pte_entry = on_pte, .pte_hole = on_hole,
};

static void trace_reset(struct trace *trace)
{
	trace->nr = 0;
	trace->act_at = MAX_CALLS;
	trace->action = ACTION_SUBTREE;
	trace->ret = 0;
}

static int walk(unsigned long start, unsigned long end, const struct mm_walk_ops *ops,
		struct trace *trace)
{
	int ret;

	test_count();
	log_reset();
	rcu_read_lock();
	ret = walk_kernel_page_table_range_lockless(start, end, ops, trace);
	rcu_read_unlock();

	return ret;
}

static bool same_call(const struct call *a, const struct call *b)
{
	return a->level == b->level && a->depth == b->depth && a->addr == b->addr &&
	       a->next == b->next && a->entry == b->entry;
}

static void expect_same(const struct trace *a, const struct trace *b)
{
	unsigned int i;

	for (i = 0; i < a->nr && i < b->nr; i++) {
		if (!EXPECT(same_call(&a->calls[i], &b->calls[i]),
			    "call %u is level %d, %016lx-%016lx and not %d, %016lx-%016lx", i,
			    b->calls[i].level, b->calls[i].addr, b->calls[i].next,
			    a->calls[i].level, a->calls[i].addr, a->calls[i].next))
			return;
	}
	EXPECT(a->nr == b->nr, "%u calls and not %u", b->nr, a->nr);
}

/* Map the rows of leaves. In each row, turn some leaves into none or bad entries. */
static void rows_with_defects(void)
{
	unsigned int i;

	map_leaf_rows();
	for (i = 1; i < nr_bounds - 1; i++) {
		struct leaf *leaf = model_find(bounds[i]);

		if (!leaf || leaf->addr != bounds[i])
			continue;
		if (i % 3 == 0)
			model_unmap(leaf->addr);
		else if (i % 3 == 1)
			model_map(leaf->addr, leaf->level, 0xbad000);
	}
	tables_copy();
}

static void expect_untouched(void)
{
	const u64 *differs;
	u64 was;

	differs = tables_differ(&was);
	EXPECT(!differs, "entry of %016lx was %016llx and is %016llx", tables_addr(differs), was,
	       *differs);
	EXPECT(!log_count(EV_STORE), "%u stores", log_count(EV_STORE));
}

/* The walk under a lock is the independent reference: it is older code of other authors. */
static void same_calls_as_locked_walk(void)
{
	unsigned int i, j;

	rows_with_defects();
	for (i = 0; i < nr_bounds; i++) {
		for (j = i + 1; j < nr_bounds; j++) {
			test_context("%016lx-%016lx", bounds[i], bounds[j]);
			trace_reset(&want);
			trace_reset(&got);
			rcu_read_lock();
			walk_kernel_page_table_range(bounds[i], bounds[j], &all_ops, NULL, &want);
			rcu_read_unlock();
			EXPECT(!walk(bounds[i], bounds[j], &all_ops, &got), "an error");
			expect_same(&want, &got);
			expect_untouched();
			if (test_failed())
				return;
		}
	}
}

static void end_of_address_space(void)
{
	unsigned int i, level, last;

	for (level = 2; level <= 3; level++) {
		map_last_rows(level);
		tables_copy();
		last = nr_leaves - 1;
		for (i = 0; i < nr_leaves; i++) {
			unsigned long end = -PAGE_SIZE;

			test_context("%016lx-%016lx", leaves[i].addr, end);
			trace_reset(&got);
			if (i == last && level == 3) {
				EXPECT(walk(leaves[i].addr, 0, &all_ops, &got) == -EINVAL,
				       "an end of 0 is accepted");
				EXPECT(!got.nr, "%u calls", got.nr);
				continue;
			}
			trace_reset(&want);
			rcu_read_lock();
			walk_kernel_page_table_range(leaves[i].addr, end, &all_ops, NULL, &want);
			rcu_read_unlock();
			EXPECT(!walk(leaves[i].addr, end, &all_ops, &got), "an error");
			expect_same(&want, &got);
		}
	}
}

static void refuses_bad_arguments(void)
{
	static const struct mm_walk_ops none, hole_only = { .pte_hole = on_hole };
	struct mm_walk_ops ops;
	unsigned long start, end;

	map_leaf_rows();
	tables_copy();
	start = leaves[0].addr;
	end = leaf_end(&leaves[0]);
	trace_reset(&got);

	EXPECT(walk(start, start, &all_ops, &got) == -EINVAL, "empty range");
	EXPECT(walk(end, start, &all_ops, &got) == -EINVAL, "end before start");
	EXPECT(walk(start, 0, &all_ops, &got) == -EINVAL, "end of 0");
	EXPECT(walk(start, end, NULL, &got) == -EINVAL, "no ops");
	EXPECT(walk(start, end, &none, &got) == -EINVAL, "ops without callbacks");
	EXPECT(walk(start, end, &hole_only, &got) == -EINVAL, "ops with pte_hole() only");
	ops = all_ops;
	ops.test_walk = (void *)on_hole;
	EXPECT(walk(start, end, &ops, &got) == -EINVAL, "test_walk()");
	ops = all_ops;
	ops.hugetlb_entry = (void *)on_hole;
	EXPECT(walk(start, end, &ops, &got) == -EINVAL, "hugetlb_entry()");
	ops = all_ops;
	ops.pre_vma = (void *)on_hole;
	EXPECT(walk(start, end, &ops, &got) == -EINVAL, "pre_vma()");
	ops = all_ops;
	ops.post_vma = (void *)on_hole;
	EXPECT(walk(start, end, &ops, &got) == -EINVAL, "post_vma()");
	ops = all_ops;
	ops.walk_lock = PGWALK_WRLOCK;
	EXPECT(walk(start, end, &ops, &got) == -EINVAL, "walk_lock");
	EXPECT(!got.nr, "%u calls", got.nr);

	EXPECT(!walk(start, end, &all_ops, &got), "valid arguments are refused");
	EXPECT(got.nr, "no calls");
}

/* The callbacks of this test do not read: every read in the log is one of the walk. */
static void reads_each_entry_once(void)
{
	unsigned int i, j;

	rows_with_defects();
	log_reads = true;
	for (i = 0; i < nr_bounds; i += 5) {
		for (j = i + 1; j < nr_bounds; j += 3) {
			test_context("%016lx-%016lx", bounds[i], bounds[j]);
			trace_reset(&got);
			walk(bounds[i], bounds[j], &all_ops, &got);
			EXPECT(log_nr, "nothing read");
			log_check_reads();
		}
	}
	log_reads = false;
}

/* @block replaces *@block_entry after the last read of the entry. */
static u64 *block_entry, block;
static unsigned int block_reads, last_read;

static void count_reads(enum access access, u64 *entry)
{
	block_reads += access == AFTER_READ && entry == block_entry;
}

static void becomes_block(enum access access, u64 *entry)
{
	if (access == AFTER_READ && entry == block_entry && ++block_reads == last_read)
		*entry = block;
}

/*
 * A collapse can replace a table entry by a block after the walk has read it. A second
 * read would take the data of the block for a table. The data is another table here, so
 * the calls would differ. The walk must descend from the value of its first read.
 */
static void table_becomes_block(void)
{
	int level;

	for (level = tables_root_level(); level < 3; level++) {
		unsigned long start, end;
		u64 was;

		map_leaf_rows();
		start = leaves[0].addr;
		end = leaf_end(&leaves[nr_leaves - 1]);
		test_context("level %d", level);

		tables_entry(linear_map, 3);
		block = (*tables_entry(linear_map, 2) & ~3UL) | 1;
		block_entry = tables_entry(start, level);
		was = *block_entry;

		trace_reset(&want);
		trace_reset(&got);
		block_reads = 0;
		log_hook = count_reads;
		walk(start, end, &all_ops, &want);
		last_read = block_reads;
		block_reads = 0;
		log_hook = becomes_block;
		EXPECT(!walk(start, end, &all_ops, &got), "an error");
		log_hook = NULL;
		EXPECT(*block_entry == block, "no read of the entry");
		*block_entry = was;
		expect_same(&want, &got);
	}
}

static bool below(const struct call *c, const struct call *other)
{
	return other->level > c->level && other->addr - c->addr < c->next - c->addr;
}

/* Walk all rows with all callbacks. Call @at takes @action and returns @ret. */
static int walk_with(unsigned int at, enum page_walk_action action, int ret)
{
	trace_reset(&got);
	got.act_at = at;
	got.action = action;
	got.ret = ret;

	return walk(leaves[0].addr, leaf_end(&leaves[nr_leaves - 1]), &all_ops, &got);
}

/* The walk ends at the first non-zero return value and returns it. */
static void expect_end(unsigned int at, int ret)
{
	EXPECT(walk_with(at, ACTION_SUBTREE, ret) == ret, "%d is not returned", ret);
	EXPECT(got.nr == at + 1, "%u calls", got.nr);
}

/* CONTINUE skips the entries below the entry of this call, and no others. */
static void expect_continue(unsigned int at)
{
	static struct trace locked;
	const struct call *c = &want.calls[at];
	unsigned int i, j = at + 1;

	EXPECT(!walk_with(at, ACTION_CONTINUE, 0), "an error");
	while (j < want.nr && below(c, &want.calls[j]))
		j++;
	for (i = at + 1; i < got.nr && j < want.nr; i++, j++) {
		if (!same_call(&got.calls[i], &want.calls[j]))
			break;
	}
	EXPECT(i == got.nr && j == want.nr, "call %u of %u differs", i, got.nr);

	/* The walk under a lock does not reset the action between two PTEs. */
	if (c->level == 3)
		return;
	trace_reset(&locked);
	locked.act_at = at;
	locked.action = ACTION_CONTINUE;
	EXPECT(!walk_kernel_page_table_range(leaves[0].addr, leaf_end(&leaves[nr_leaves - 1]),
					     &all_ops, NULL, &locked), "an error");
	expect_same(&locked, &got);
}

/* AGAIN repeats this call; the calls after it are the same as without AGAIN. */
static void expect_again(unsigned int at)
{
	EXPECT(!walk_with(at, ACTION_AGAIN, 0), "an error");
	EXPECT(got.nr == want.nr + 1, "%u calls and not %u", got.nr, want.nr + 1);
	EXPECT(same_call(&got.calls[at + 1], &want.calls[at]), "another call");
}

/* Each call of the walk takes each action. */
static void actions(void)
{
	unsigned int i, nr;

	rows_with_defects();
	trace_reset(&want);
	walk(leaves[0].addr, leaf_end(&leaves[nr_leaves - 1]), &all_ops, &want);
	nr = min(want.nr, 300U);
	for (i = 0; i < nr && !test_failed(); i++) {
		test_context("call %u of %u, level %d", i, want.nr, want.calls[i].level);
		expect_end(i, -ENODATA);
		expect_end(i, 7);
		if (want.calls[i].level == 4) {
			/* The walk ignores the action of pte_hole(). */
			EXPECT(!walk_with(i, ACTION_CONTINUE, 0), "an error");
			expect_same(&got, &want);
			EXPECT(!walk_with(i, ACTION_AGAIN, 0), "an error");
			expect_same(&got, &want);
		} else {
			expect_continue(i);
			expect_again(i);
		}
	}
	expect_untouched();
}

static int always_again(pte_t *ptep, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	unsigned int *calls = walk->private;

	++*calls;
	walk->action = ACTION_AGAIN;

	return 0;
}

/* Ask for two visits of each entry. @walk->private counts the calls. */
static int twice(pte_t *ptep, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	unsigned int *calls = walk->private;

	if ((*calls)++ % 2 == 0)
		walk->action = ACTION_AGAIN;

	return 0;
}

/*
 * The limit of ACTION_AGAIN applies to one entry: 40 entries can ask for two visits each.
 * The root can have fewer than 40 entries, so the test leaves out level -1.
 */
static void again_for_each(void)
{
	static const struct mm_walk_ops ops[] = {
		{ .pgd_entry = (void *)twice }, { .p4d_entry = (void *)twice },
		{ .pud_entry = (void *)twice }, { .pmd_entry = (void *)twice },
		{ .pte_entry = twice },
	};
	unsigned int calls;
	int level, ret;

	for (level = 3; level >= max(top_leaf_level(), 0); level--) {
		unsigned int i;

		model_reset();
		for (i = 0; i < 40; i++)
			model_map(linear_map + FAR_OFF + i * LEVEL_SIZE(level), level,
				  model_leaf(level, MEM_PHYS));
		calls = 0;
		log_reset();
		rcu_read_lock();
		ret = walk_kernel_page_table_range_lockless(leaves[0].addr,
							    leaf_end(&leaves[39]),
							    &ops[level + 1], &calls);
		rcu_read_unlock();
		test_count();
		EXPECT(!ret, "level %d: returned %d", level, ret);
		EXPECT(calls == 80, "level %d: %u calls", level, calls);
	}
}

/* A callback that always returns ACTION_AGAIN ends the walk with an error. */
static void again_is_bounded(void)
{
	struct mm_walk_ops ops[] = {
		{ .pgd_entry = (void *)always_again }, { .p4d_entry = (void *)always_again },
		{ .pud_entry = (void *)always_again }, { .pmd_entry = (void *)always_again },
		{ .pte_entry = (void *)always_again },
	};
	unsigned int i, calls;
	int ret;

	map_leaf_rows();
	tables_copy();
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		calls = 0;
		log_reset();
		rcu_read_lock();
		ret = walk_kernel_page_table_range_lockless(leaves[0].addr, leaf_end(&leaves[1]),
							    &ops[i], &calls);
		rcu_read_unlock();
		EXPECT(ret == -EAGAIN, "level %d: returned %d", (int)i - 1, ret);
		EXPECT(calls > 1 && calls < 1000, "level %d: %u calls", (int)i - 1, calls);
	}
	expect_untouched();
}

/* The callback replaces a block by the table @filled and asks for another visit. */
static u64 filled;

static int fill(pmd_t *pmdp, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	if (*(u64 *)pmdp == filled || !filled)
		return 0;
	*(u64 *)pmdp = filled;
	filled = 0;
	walk->action = ACTION_AGAIN;

	return 0;
}

static int count_ptes(pte_t *ptep, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	++*(unsigned int *)walk->private;

	return 0;
}

/* After ACTION_AGAIN the walk reads the entry again, and descends into the new table. */
static void again_reads_anew(void)
{
	static const struct mm_walk_ops ops = { .pmd_entry = fill, .pte_entry = count_ptes };
	unsigned int ptes = 0;
	unsigned long addr;
	u64 *entry;

	model_reset();
	addr = linear_map + 2 * LEVEL_SIZE(2);
	tables_entry(addr, 3);
	entry = tables_entry(addr, 2);
	filled = *entry;
	*entry = model_leaf(2, SZ_1G);
	rcu_read_lock();
	EXPECT(!walk_kernel_page_table_range_lockless(addr, addr + 3 * PAGE_SIZE, &ops, &ptes),
	       "an error");
	rcu_read_unlock();
	EXPECT(ptes == 3, "%u PTEs of the new table", ptes);
}

/* At every level, map an entry that is neither none, nor a leaf, nor a table. */
static void erases_nothing(void)
{
	static const u64 bad[] = { 0xbad000, 0xbad004, 0x1bad0ff000 };
	unsigned int i;
	int level;

	for (level = tables_root_level(); level <= 3; level++) {
		for (i = 0; i < ARRAY_SIZE(bad); i++) {
			unsigned long addr, size = LEVEL_SIZE(level);

			map_leaf_rows();
			addr = (leaves[0].addr & ~(size - 1)) - 2 * size;
			*tables_entry(addr, level) = bad[i];
			tables_copy();
			test_context("level %d, %llx", level, bad[i]);

			trace_reset(&got);
			EXPECT(!walk(addr - PAGE_SIZE, addr + 2 * size, &all_ops, &got),
			       "an error");
			expect_untouched();
			EXPECT(update_range_prot(addr, size, __pgprot(LEAF_RDONLY), __pgprot(0)) ==
			       -EINVAL, "not refused");
			expect_untouched();
		}
	}
}

static const struct test_case cases[] = {
	{ "refuses_bad_arguments", refuses_bad_arguments },
	{ "same_calls_as_locked_walk", same_calls_as_locked_walk },
	{ "end_of_address_space", end_of_address_space },
	{ "actions", actions },
	{ "again_is_bounded", again_is_bounded },
	{ "again_for_each", again_for_each },
	{ "again_reads_anew", again_reads_anew },
	{ "reads_each_entry_once", reads_each_entry_once },
	{ "table_becomes_block", table_becomes_block },
	{ "erases_nothing", erases_nothing },
	{ }
};

const struct test_suite walk_suite = { "walk", cases };
