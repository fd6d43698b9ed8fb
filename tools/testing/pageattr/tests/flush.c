// SPDX-License-Identifier: GPL-2.0-only
/*
 * Barriers and invalidations of single calls, as sequences of letters: see log_string().
 * The model applies the same rules to the calls of all other suites.
 */
#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"
#include "log.h"

/* Map @nr leaves of @level between holes. Returns the address of the first leaf. */
static unsigned long few_leaves(int level, unsigned int nr, u64 set, u64 clear)
{
	unsigned long start, i;

	model_reset();
	start = linear_map + 4 * LEVEL_SIZE(top_leaf_level());
	for (i = 0; i < nr; i++)
		model_map(start + i * LEVEL_SIZE(level), level,
			  (model_leaf(level, SZ_1G + i * LEVEL_SIZE(level)) & ~clear) | set);
	tables_copy();

	return start;
}

static void expect_sequence(int level, u64 set, u64 clear, unsigned int op, const char *want)
{
	unsigned long start = few_leaves(level, 2, set, clear);
	const struct op *o = attr_op(op);

	test_context("%s of two leaves of level %d", o->name, level);
	checked_range(start, start + 2 * LEVEL_SIZE(level), o->set, o->clear);
	EXPECT(!strcmp(log_string(), want), "%s and not %s", log_string(), want);
}

/*
 * A call makes two stores, issues the barriers of these stores once, and invalidates
 * once. The test leaves out the root: set_swapper_pgd() issues barriers for each store.
 */
static void order_of_events(void)
{
	int level;

	for (level = 3; level > tables_root_level(); level--) {
		/* set_p4d() and set_pgd() issue barriers for invalid leaves too. */
		const char *invalid = level > 0 ? "SSDTHI" : "SSDIDTHI";

		if (level < top_leaf_level())
			break;

		/* A valid leaf changes, stays the same, or becomes invalid or valid. */
		expect_sequence(level, 0, 0, OP_RO, "SSDIDTHI");
		expect_sequence(level, 0, 0, OP_X, "SSDIDTHI");
		expect_sequence(level, 0, 0, OP_RW, "");
		expect_sequence(level, 0, 0, OP_VALID, "");
		expect_sequence(level, 0, 0, OP_INVALID, invalid);
		expect_sequence(level, LEAF_NG, LEAF_VALID, OP_VALID, "SSDI");
		expect_sequence(level, LEAF_NG, LEAF_VALID, OP_INVALID, "");
		/* No TLB holds an invalid leaf: no invalidation. */
		expect_sequence(level, LEAF_NG, LEAF_VALID, OP_RO, level > 0 ? "SS" : "SSDI");
		expect_sequence(level, LEAF_NG, LEAF_VALID, OP_DEFAULT, "SSDI");
		/* The kernel does not recover from a permission fault: invalidate. */
		expect_sequence(level, LEAF_RDONLY, LEAF_WRITE, OP_DEFAULT, "SSDIDTHI");
		expect_sequence(level, LEAF_RDONLY, LEAF_WRITE, OP_RW, "SSDIDTHI");
	}
}

/* One leaf of two changes: one store, but TLBIs for the whole range. */
static void one_of_two(void)
{
	unsigned long start = few_leaves(3, 2, 0, 0);
	const struct op *ro = attr_op(OP_RO);
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

/*
 * TLBIs cover each page of the range, up to the limit for TLBIs by address. Few range
 * operations suffice. With LPA2 they start at a multiple of 64K: the TLBIs of several pages
 * begin there and end with an even number of pages. check_one_flush() in model.c checks the
 * addresses once more.
 */
static void addresses_of_invalidation(void)
{
	static const unsigned int first_pages[] = { 0, 1, SZ_64K / PAGE_SIZE - 1 };
	static const unsigned int sizes[] = { 1, 2, 3, 15, 16, 17, PTRS_PER_PTE - 1, PTRS_PER_PTE };
	const struct op *op;
	unsigned int s, i;

	/* With and without range operations, from each of the first pages. */
	for (s = 0; s < 6 * ARRAY_SIZE(sizes); s++) {
		unsigned int pages = sizes[s / 6], first = first_pages[s % 3];
		unsigned long start, end, pos;

		start = few_leaves(3, pages + first, 0, 0) + first * PAGE_SIZE;
		end = start + pages * PAGE_SIZE;
		host_has_tlb_range = s / 3 % 2;
		op = attr_op(OP_RO);
		test_context("%u pages from page %u on, range operations %u", pages, first,
			     host_has_tlb_range);
		checked_range(start, end, op->set, op->clear);
		if (host_has_tlb_range && lpa2_is_enabled() && first && pages > 1) {
			start = round_down(start, SZ_64K);
			end = start + round_up(first + pages, 2) * PAGE_SIZE;
		}
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
		/* Multiples of 2048, 64 and 2 pages, and one page. */
		EXPECT(!host_has_tlb_range || log_count(EV_TLBI) <= 4,
		       "%u TLBIs", log_count(EV_TLBI));
		host_has_tlb_range = false;
	}

	/* Two blocks exceed the limit: one TLBI for all addresses. */
	op = attr_op(OP_RO);
	few_leaves(2, 2, 0, 0);
	checked_range(leaves[0].addr, leaf_end(&leaves[1]), op->set, op->clear);
	EXPECT(log_count(EV_TLBI) == 1, "%u TLBIs", log_count(EV_TLBI));
}

/* Number of TLBIs without range operations. */
static unsigned int tlbis_by_address(unsigned long pages)
{
	return pages > PTRS_PER_PTE ? 1 : pages;
}

/* Check that the TLBIs in the log cover [@start, @end), without a gap. */
static void expect_covered(unsigned long start, unsigned long end)
{
	unsigned long pos = start;
	unsigned int i;

	for (i = 0; i < log_nr; i++) {
		if (events[i].type != EV_TLBI)
			continue;
		if (events[i].all) {
			pos = end;
			continue;
		}
		EXPECT(events[i].start <= pos, "TLBI of %016lx, not %016lx", events[i].start, pos);
		EXPECT(events[i].end - 1 >= events[i].start, "TLBI of %016lx-%016lx",
		       events[i].start, events[i].end);
		pos = events[i].end;
	}
	EXPECT(pos - start >= end - start, "TLBIs end at %016lx", pos);
}

/* No range takes more TLBIs than by address, from any page of 64K, at the top too. */
static void no_more_tlbis_than_by_address(void)
{
	static const unsigned long sizes[] = {
		1, 2, 3, 63, 64, 65, 511, 512, 513, 600, 2047, 2048, 2049, 5000, 8191, 8192, 8193,
		50000, 65535, 65536, 65537, 1000000, 2097151, 2097152, 2097153, 5000000,
	};
	unsigned int s, first, range;

	model_reset();
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		unsigned long size = sizes[s] * PAGE_SIZE;

		for (first = 0; first < 17 * 4; first++) {
			bool at_top = first % 2;
			unsigned long skip = first / 4 * PAGE_SIZE;
			unsigned long start = at_top ? -size - skip : linear_map + skip;

			range = first / 2 % 2;
			host_has_tlb_range = range;
			test_context("%lu pages at %016lx, range operations %u", sizes[s], start,
				     range);
			log_reset();
			flush_tlb_kernel_range(start, start + size);
			test_count();
			EXPECT(log_count(EV_TLBI) <= tlbis_by_address(sizes[s]), "%u TLBIs",
			       log_count(EV_TLBI));
			expect_covered(start, start + size);
			host_has_tlb_range = false;
		}
	}
}

/*
 * TLBIs have no level hint: a hint would keep TLB entries of a larger leaf that was split.
 * check_one_flush() in model.c checks this.
 */
static void no_level_hint(void)
{
	const struct op *op;
	int level;

	for (level = top_leaf_level(); level <= 3; level++) {
		unsigned long start = few_leaves(level, 2, 0, 0);

		host_has_ttl = true;
		host_has_tlb_range = true;
		op = attr_op(OP_RO);
		checked_range(start, start + 2 * LEVEL_SIZE(level), op->set, op->clear);
		op = attr_op(OP_RW);
		checked_range(start, start + LEVEL_SIZE(level), op->set, op->clear);
		host_has_ttl = false;
		host_has_tlb_range = false;
	}
}

/* A call that the check pass refuses at the last entry of the range has stored nothing. */
static void no_store_before_check_pass(void)
{
	unsigned long start, end;
	unsigned int op;
	int level;

	for (level = top_leaf_level(); level <= 3; level++) {
		for (op = 0; op < NR_OPS; op++) {
			const struct op *o = attr_op(op);

			/* Two leaves and a hole. */
			start = few_leaves(level, 2, op == OP_RW ? LEAF_RDONLY : 0, 0);
			test_context("%s, level %d", o->name, level);
			end = start + 3 * LEVEL_SIZE(level);
			EXPECT(checked_range(start, end, o->set, o->clear) == -EINVAL,
			       "not refused");
			EXPECT(!strcmp(log_string(), ""), "%s", log_string());
		}
	}
}

static unsigned int checks, stores;

static void count_by_mode(enum access access, u64 *entry)
{
	if (entry != leaves[0].entry && entry != leaves[1].entry)
		return;
	checks += access == AFTER_READ && !current->thread.lazy_mmu_depth;
	stores += access == BEFORE_STORE && current->thread.lazy_mmu_depth;
}

/* Only the apply pass runs in a lazy MMU section. */
static void check_pass_before_lazy_mmu_section(void)
{
	const struct op *op = attr_op(OP_RO);
	int level;

	for (level = top_leaf_level(); level <= 3; level++) {
		unsigned long start = few_leaves(level, 2, 0, 0);

		test_context("level %d", level);
		checks = 0;
		stores = 0;
		log_hook = count_by_mode;
		checked_range(start, start + 2 * LEVEL_SIZE(level), op->set, op->clear);
		log_hook = NULL;
		EXPECT(checks >= 2, "%u reads outside of a lazy MMU section", checks);
		EXPECT(stores == 2, "%u stores in a lazy MMU section", stores);
	}
}

static const struct test_case cases[] = {
	{ "order_of_events", order_of_events },
	{ "one_of_two", one_of_two },
	{ "addresses_of_invalidation", addresses_of_invalidation },
	{ "no_more_tlbis_than_by_address", no_more_tlbis_than_by_address },
	{ "no_level_hint", no_level_hint },
	{ "no_store_before_check_pass", no_store_before_check_pass },
	{ "check_pass_before_lazy_mmu_section", check_pass_before_lazy_mmu_section },
	{ }
};

const struct test_suite flush_suite = { "flush", cases };
