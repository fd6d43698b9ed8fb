// SPDX-License-Identifier: GPL-2.0-only
/*
 * Barriers and invalidations, as sequences that can be read; see log_string().
 * That every other call follows the same rules is checked by the model.
 */
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "window.h"

/* @nr leaves of @level, with nothing beside them. Returns where. */
static unsigned long few_leaves(int level, unsigned int nr, u64 set, u64 clear)
{
	unsigned long start, i;

	model_reset();
	start = linear_map + 4 * LEVEL_SIZE(window_top_level());
	for (i = 0; i < nr; i++)
		model_map(start + i * LEVEL_SIZE(level), level,
			  (model_leaf(level, SZ_1G + i * LEVEL_SIZE(level)) & ~clear) | set);
	tables_copy();

	return start;
}

static void expect_sequence(int level, u64 set, u64 clear, unsigned int op, const char *want)
{
	unsigned long start = few_leaves(level, 2, set, clear);
	const struct op *o = window_op(op);

	test_context("%s of two leaves of level %d", o->name, level);
	checked_range(start, start + 2 * LEVEL_SIZE(level), o->set, o->clear);
	EXPECT(!strcmp(log_string(), want), "%s and not %s", log_string(), want);
}

/*
 * Two stores, the barriers that put them into effect, and one invalidation. Stores
 * through the fixmap, which are those to the root, have barriers of their own.
 */
static void order_of_events(void)
{
	int level;

	for (level = 3; level > tables_root_level(); level--) {
		/* Level 0 and above cannot know that they store an invalid leaf. */
		const char *invalid = level > 0 ? "SSDTHI" : "SSDIDTHI";

		if (level < window_top_level())
			break;

		/* Of valid leaves, that change, stay as they are, go or come. */
		expect_sequence(level, 0, 0, OP_RO, "SSDIDTHI");
		expect_sequence(level, 0, 0, OP_X, "SSDIDTHI");
		expect_sequence(level, 0, 0, OP_RW, "");
		expect_sequence(level, 0, 0, OP_VALID, "");
		expect_sequence(level, 0, 0, OP_INVALID, invalid);
		expect_sequence(level, LEAF_NG, LEAF_VALID, OP_VALID, "SSDI");
		expect_sequence(level, LEAF_NG, LEAF_VALID, OP_INVALID, "");
		/* Of invalid leaves: no TLB has them. */
		expect_sequence(level, LEAF_NG, LEAF_VALID, OP_RO, level > 0 ? "SS" : "SSDI");
		expect_sequence(level, LEAF_NG, LEAF_VALID, OP_DEFAULT, "SSDI");
		/* Valid and read-only: nobody forgives a permission fault. */
		expect_sequence(level, LEAF_RDONLY, LEAF_WRITE, OP_DEFAULT, "SSDIDTHI");
		expect_sequence(level, LEAF_RDONLY, LEAF_WRITE, OP_RW, "SSDIDTHI");
	}
}

/* One leaf of two has to change: one store, and all of the range is invalidated. */
static void one_of_two(void)
{
	unsigned long start = few_leaves(3, 2, 0, 0);
	const struct op *ro = window_op(OP_RO);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		start = few_leaves(3, 2, 0, 0);
		model_map(start + i * PAGE_SIZE, 3,
			  (model_leaf(3, SZ_1G) & ~ro->clear) | ro->set);
		tables_copy();
		checked_range(start, start + 2 * PAGE_SIZE, ro->set, ro->clear);
		EXPECT(!strcmp(log_string(), "SDIDTHI"), "%s", log_string());
	}
}

/* The pages of an invalidation, one by one, up to the limit above which all go. */
static void addresses_of_invalidation(void)
{
	static const unsigned int sizes[] = { 1, 2, 3, 15, 16, 17, PTRS_PER_PTE - 1, PTRS_PER_PTE };
	const struct op *op;
	unsigned int s, i;

	/* By page, and by range operations; from an even page, and from an odd one. */
	for (s = 0; s < 4 * ARRAY_SIZE(sizes); s++) {
		unsigned int pages = sizes[s / 4], odd = s % 2;
		unsigned long start, end, pos;

		start = few_leaves(3, pages + odd, 0, 0) + odd * PAGE_SIZE;
		end = start + pages * PAGE_SIZE;
		host_has_tlb_range = s / 2 % 2;
		op = window_op(OP_RO);
		test_context("%u pages from page %u on, range operations %u", pages, odd,
			     host_has_tlb_range);
		checked_range(start, end, op->set, op->clear);
		for (i = 0, pos = start; i < log_nr; i++) {
			if (events[i].type != EV_TLBI)
				continue;
			EXPECT(events[i].start == pos, "%016lx and not %016lx", events[i].start,
			       pos);
			EXPECT(!strcmp(events[i].text, "vaale1is") ||
			       !strcmp(events[i].text, "rvaale1is"), "%s", events[i].text);
			pos = events[i].end;
		}
		EXPECT(pos == end, "up to %016lx and not %016lx", pos, end);
		/* With LPA2 the first ones go by page, up to an address of 64K. */
		EXPECT(!host_has_tlb_range || pages < 64 || log_count(EV_TLBI) < pages / 2,
		       "%u TLBIs", log_count(EV_TLBI));
		host_has_tlb_range = false;
	}

	/* Two blocks are more pages than that. */
	op = window_op(OP_RO);
	few_leaves(2, 2, 0, 0);
	checked_range(leaves[0].addr, end_of(&leaves[1]), op->set, op->clear);
	EXPECT(log_count(EV_TLBI) == 1, "%u TLBIs", log_count(EV_TLBI));
}

/* A hint would keep entries of a former, larger leaf; see check_one_flush(). */
static void no_level_hint(void)
{
	const struct op *op;
	int level;

	for (level = window_top_level(); level <= 3; level++) {
		unsigned long start = few_leaves(level, 2, 0, 0);

		host_has_ttl = true;
		host_has_tlb_range = true;
		op = window_op(OP_RO);
		checked_range(start, start + 2 * LEVEL_SIZE(level), op->set, op->clear);
		op = window_op(OP_RW);
		checked_range(start, start + LEVEL_SIZE(level), op->set, op->clear);
		host_has_ttl = false;
		host_has_tlb_range = false;
	}
}

/* The look comes first: what is refused at its last entry has stored nothing. */
static void no_store_before_the_look(void)
{
	unsigned long start, end;
	unsigned int op;
	int level;

	for (level = window_top_level(); level <= 3; level++) {
		for (op = 0; op < NR_OPS; op++) {
			const struct op *o = window_op(op);

			/* The third is a hole; the first two are whole, and may be a table. */
			start = few_leaves(level, 2, op == OP_RW ? LEAF_RDONLY : 0, 0);
			test_context("%s, level %d", o->name, level);
			end = start + 3 * LEVEL_SIZE(level);
			EXPECT(checked_range(start, end, o->set, o->clear) == -EINVAL,
			       "not refused");
			EXPECT(!strcmp(log_string(), ""), "%s", log_string());
		}
	}
}

static unsigned int looks, stores;

static void count_by_section(enum access access, u64 *entry)
{
	if (entry != leaves[0].entry && entry != leaves[1].entry)
		return;
	looks += access == AFTER_READ && !current->thread.lazy_mmu_depth;
	stores += access == BEFORE_STORE && current->thread.lazy_mmu_depth;
}

/* The look is no part of the section that the stores are made in. */
static void look_before_the_section(void)
{
	const struct op *op = window_op(OP_RO);
	int level;

	for (level = window_top_level(); level <= 3; level++) {
		unsigned long start = few_leaves(level, 2, 0, 0);

		test_context("level %d", level);
		looks = 0;
		stores = 0;
		log_hook = count_by_section;
		checked_range(start, start + 2 * LEVEL_SIZE(level), op->set, op->clear);
		log_hook = NULL;
		EXPECT(looks >= 2, "%u reads outside of a section", looks);
		EXPECT(stores == 2, "%u stores in one", stores);
	}
}

static const struct test_case cases[] = {
	{ "order_of_events", order_of_events },
	{ "one_of_two", one_of_two },
	{ "addresses_of_invalidation", addresses_of_invalidation },
	{ "no_level_hint", no_level_hint },
	{ "no_store_before_the_look", no_store_before_the_look },
	{ "look_before_the_section", look_before_the_section },
	{ }
};

const struct test_suite flush_suite = { "flush", cases };
