// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the break-before-make checker: it must find each planted violation, and must
 * find none in correct sequences.
 */
#include "bbm.h"
#include "ktap.h"
#include "libc.h"
#include "split_model.h"

/* A block, a contiguous group of PTEs, and a table of PTEs that can become a block. */
static unsigned long start;
static u64 *block, *group, *table;

static void set_up(bool can_split)
{
	unsigned int i;

	model_reset();
	host_bbml2 = can_split;
	start = linear_map + FAR_OFF;
	model_map(start, 2, model_leaf(2, MEM_PHYS));
	for (i = 0; i < CONT_PTES; i++)
		model_map(start + LEVEL_SIZE(2) + i * PAGE_SIZE, 3,
			  model_leaf(3, MEM_PHYS + i * PAGE_SIZE) | LEAF_CONT);
	for (i = 0; i < PTRS_PER_PTE; i++)
		model_map(start + 2 * LEVEL_SIZE(2) + i * PAGE_SIZE, 3,
			  model_leaf(3, MEM_PHYS + i * PAGE_SIZE));
	block = tables_entry(start, 2);
	group = tables_entry(start + LEVEL_SIZE(2), 3);
	table = tables_entry(start + 2 * LEVEL_SIZE(2), 2);
	log_reset();
	bbm_reset();
	bbm_planted = true;
}

static void store(u64 *entry, u64 val)
{
	rcu_read_lock();
	WRITE_ONCE(*entry, val);
	rcu_read_unlock();
}

static void expect(bool violation, const char *what)
{
	test_count();
	EXPECT(!!bbm_found == violation, "%s: %u found, %s", what, bbm_found, bbm_last);
	bbm_reset();
}

static void expect_store(u64 *entry, u64 val, bool violation, const char *what)
{
	bbm_reset();
	bbm_planted = true;
	store(entry, val);
	expect(violation, what);
}

/* Change some bits of a valid leaf by one store. */
static void valid_leaves(void)
{
	static const struct { u64 bits; bool violation; const char *what; } changes[] = {
		{ LEAF_RDONLY | LEAF_WRITE, false, "read-only" },
		{ LEAF_PXN, false, "executable" },
		{ LEAF_GP, false, "guarded" },
		{ BIT(55), false, "a software bit" },
		{ LEAF_TAGGED, false, "tagged" },
		{ LEAF_VALID, false, "invalid" },
		{ LEAF_VALID | LEAF_NG, false, "present-invalid" },
		{ BIT(3), true, "another type of memory" },
		{ BIT(21) << 16, true, "another address" },
		{ LEAF_NG, true, "of one address space" },
		{ BIT(8), true, "shareability" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		set_up(i % 2);
		expect_store(block, *block ^ changes[i].bits, changes[i].violation,
			     changes[i].what);
	}
	set_up(true);
	expect_store(block, 0, false, "none");
	expect_store(block, model_leaf(2, MEM_PHYS + LEVEL_SIZE(2)), false, "none before");
}

static void contiguous_groups(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		set_up(i);
		expect_store(&group[3], group[3] & ~LEAF_CONT, !i, "not contiguous");
		set_up(i);
		expect_store(&group[3], group[3] | LEAF_RDONLY, true, "a part is read-only");
		set_up(i);
		expect_store(&group[3], (group[3] & ~LEAF_VALID) | LEAF_NG, true,
			     "a part is invalid");
	}

	/* One entry has lost the contiguous bit, but the group is still contiguous. */
	set_up(true);
	store(&group[0], group[0] & ~LEAF_CONT);
	expect_store(&group[0], group[0] | LEAF_RDONLY, true, "partially split");

	/* Change all entries in one RCU read-side critical section. */
	set_up(true);
	rcu_read_lock();
	for (i = 0; i < CONT_PTES; i++)
		WRITE_ONCE(group[i], group[i] | LEAF_RDONLY);
	rcu_read_unlock();
	expect(false, "the whole group");
	/* Leave out the last entry. */
	set_up(true);
	rcu_read_lock();
	for (i = 0; i < CONT_PTES - 1; i++)
		WRITE_ONCE(group[i], group[i] | LEAF_RDONLY);
	rcu_read_unlock();
	expect(true, "the whole group but one");
	/* Split the group first. */
	set_up(true);
	for (i = 0; i < CONT_PTES; i++)
		store(&group[i], group[i] & ~LEAF_CONT);
	store(&group[3], group[3] | LEAF_RDONLY);
	expect(false, "split");
}

/* The fault in linking a table in the place of a block. */
enum fault { NOTHING, NO_CAPABILITY, NO_DSB, STALE_WALKS, GARBAGE, PERMISSION, ADDRESS, FREED };

static void link_table(enum fault fault)
{
	unsigned int i;
	u64 *mem;

	set_up(fault != NO_CAPABILITY);
	mem = kernel_table_alloc(GFP_KERNEL);
	for (i = 0; i < PTRS_PER_PTE; i++)
		mem[i] = model_leaf(3, MEM_PHYS + i * PAGE_SIZE);
	if (fault == GARBAGE)
		mem[PTRS_PER_PTE - 1] = 0x123;
	if (fault == PERMISSION)
		mem[PTRS_PER_PTE / 2] |= LEAF_RDONLY;
	if (fault == ADDRESS)
		mem[1] = mem[0];
	if (fault != NO_DSB)
		dsb(ishst);
	if (fault == FREED)
		kernel_table_free(mem);
	/* The walk caches can still hold the entry of the former table. */
	if (fault == STALE_WALKS)
		store(table, model_leaf(2, MEM_PHYS));
	store(fault == STALE_WALKS ? table : block, kernel_table_desc(start, mem));
}

static void tables_for_leaves(void)
{
	enum fault fault;

	for (fault = NOTHING; fault <= FREED; fault++) {
		link_table(fault);
		test_context("fault %d", fault);
		expect(fault != NOTHING, "link");
	}
	/* A table entry can get a mark. No other bit may change, and the table must stay. */
	set_up(true);
	expect_store(table, *table | TABLE_COLLAPSING, false, "marked");
	expect_store(table, *table ^ TABLE_PXN, true, "executable below");
	expect_store(table, 0, true, "no table");
}

/* The step of a collapse that unlink_table() leaves out, or the fault that it makes. */
enum step {
	ALL_STEPS, NO_FLUSH, NO_FLUSH_OF_WALKS, NO_DSB_ISH, SHORT_FLUSH, NO_GRACE, EARLY_GRACE,
	NO_LOCK, STORE_AFTER, LOAD_AFTER, STILL_LINKED, TWICE,
};

static void unlink_table(enum step left_out)
{
	u64 *ptes = tables_entry(start + 2 * LEVEL_SIZE(2), 3);
	struct table *t = tables_of(ptes);
	unsigned long addr = start + 2 * LEVEL_SIZE(2), last;

	if (left_out != STILL_LINKED)
		store(table, model_leaf(2, MEM_PHYS));
	if (left_out == STORE_AFTER)
		store(&ptes[1], ptes[1] | LEAF_RDONLY);
	dsb(ishst);
	if (left_out == EARLY_GRACE)
		synchronize_rcu();
	last = addr + LEVEL_SIZE(2) - (left_out == SHORT_FLUSH ? PAGE_SIZE : 0);
	for (; left_out != NO_FLUSH && addr < last; addr += PAGE_SIZE)
		host_tlbi("vaale1is", addr >> 12 & GENMASK_ULL(43, 0));
	if (left_out != NO_FLUSH_OF_WALKS)
		host_tlbi("vaae1is", t->addr >> 12 & GENMASK_ULL(43, 0));
	if (left_out != NO_DSB_ISH)
		dsb(ish);
	if (left_out != NO_GRACE && left_out != EARLY_GRACE)
		synchronize_rcu();
	if (left_out != NO_LOCK) {
		down_write(&kernel_tables_rwsem);
		up_write(&kernel_tables_rwsem);
	}
	kernel_table_free(ptes);
	if (left_out == LOAD_AFTER)
		(void)READ_ONCE(ptes[0]);
	if (left_out == TWICE)
		kernel_table_free(ptes);
}

static void freed_tables(void)
{
	enum step step;

	for (step = ALL_STEPS; step <= TWICE; step++) {
		set_up(true);
		unlink_table(step);
		test_context("step %d", step);
		expect(step != ALL_STEPS, "free");
	}
}

static const struct test_case cases[] = {
	{ "valid_leaves", valid_leaves },
	{ "contiguous_groups", contiguous_groups },
	{ "tables_for_leaves", tables_for_leaves },
	{ "freed_tables", freed_tables },
	{ }
};

const struct test_suite bbm_suite = { "bbm", cases };
