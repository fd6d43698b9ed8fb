// SPDX-License-Identifier: GPL-2.0-only
/* set_memory_valid(), set_direct_map_*(), __kernel_map_pages(), kernel_page_present() */
#include "area.h"
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "window.h"

void __kernel_map_pages(struct page *page, int numpages, int enable);

static struct plan plan;

static void plan_op(unsigned int nr, unsigned long start, unsigned long end)
{
	const struct op *op = window_op(nr);

	plan_reset(&plan);
	plan_range(&plan, start, end, op->set, op->clear);
	log_reset();
}

/* Ranges that an int can count, of all pairs of bounds; every other one has a tag. */
static void valid_of_ranges(void)
{
	unsigned int i, j;
	bool ng;

	for (ng = false;; ng = true) {
		window_stairs();
		arm64_use_ng_mappings = ng;
		for (i = 0; ng && i < nr_leaves; i++)
			model_map(leaves[i].addr, leaves[i].level, leaves[i].val | LEAF_NG);
		tables_copy();
		for (i = 0; i < nr_bounds; i++) {
			for (j = i; j < nr_bounds; j++) {
				unsigned long start = bounds[i], end = bounds[j], given = start;
				unsigned long pages = (end - start) >> PAGE_SHIFT;
				int enable = (i + j) % 2;

				if (pages > INT_MAX)
					continue;
				if (i % 2)
					given &= ~(0xffUL << 56) | 0x5a;
				test_context("set_memory_valid(%016lx, %lx, %d)", given, pages,
					     enable);
				plan_op(enable ? OP_VALID : OP_INVALID, start, end);
				check_call(&plan, set_memory_valid(given, pages, enable));
				if (test_failed())
					return;
			}
		}
		if (ng)
			return;
	}
}

/* One page each, of every leaf: only PTEs can be, but for contiguous ones. */
static void single_pages(void)
{
	unsigned int i, round;

	window_stairs();
	tables_copy();
	for (round = 0; round < 2; round++) {
		host_page_tags = round;
		for (i = 0; i < nr_leaves; i++) {
			unsigned long addr = leaves[i].addr;

			test_context("page at %016lx", addr);

			/* Of what is valid and read-only: no TLB keeps that. */
			plan_op(OP_DEFAULT, addr, addr + PAGE_SIZE);
			check_call(&plan, set_direct_map_default_noflush(page_at(addr)));

			plan_op(OP_INVALID, addr, addr + PAGE_SIZE);
			plan.noflush = true;
			check_call(&plan, set_direct_map_invalid_noflush(page_at(addr)));

			plan_op(OP_DEFAULT, addr, addr + PAGE_SIZE);
			check_call(&plan, set_direct_map_default_noflush(page_at(addr)));

			plan_op(OP_INVALID, addr, addr + PAGE_SIZE);
			check_call(&plan, (__kernel_map_pages(page_at(addr), 1, 0), plan.ret));

			plan_op(OP_VALID, addr, addr + PAGE_SIZE);
			check_call(&plan, (__kernel_map_pages(page_at(addr), 1, 1), plan.ret));
		}
		/* And again, valid and read-only, with nG. */
		arm64_use_ng_mappings = true;
		for (i = 0; i < nr_leaves; i++)
			model_map(leaves[i].addr, leaves[i].level,
				  (leaves[i].val & ~LEAF_WRITE) | LEAF_RDONLY | LEAF_NG);
		tables_copy();
	}
}

/* Pages that are neighbours, which come back as they were. */
static void ranges_come_back(void)
{
	unsigned int i, nr, round;

	/* In the second nG is set, and pages have tags. */
	for (round = 0; round < 2; round++) {
		window_stairs();
		arm64_use_ng_mappings = round;
		for (i = 0; i < nr_leaves; i++) {
			u64 val = leaves[i].val | (round ? LEAF_NG : 0);

			if (i % 2 == 0)
				val = (val & ~LEAF_WRITE) | LEAF_RDONLY;
			model_map(leaves[i].addr, leaves[i].level, val);
		}
		tables_copy();
		for (i = 0; i < nr_bounds; i++) {
			for (nr = 1; nr < 40; nr += nr) {
				unsigned long start = bounds[i], end = start + nr * PAGE_SIZE;
				struct page *page = page_at(start);

				host_page_tags = round;
				test_context("%u pages at %016lx, round %u", nr, start, round);
				plan_op(OP_INVALID, start, end);
				plan.noflush = true;
				check_call(&plan, set_direct_map_valid_noflush(page, nr, false));
				plan_op(OP_VALID, start, end);
				plan.noflush = true;
				check_call(&plan, set_direct_map_valid_noflush(page, nr, true));
				host_page_tags = false;
			}
		}
	}
}

#define NR_RESET	6

/* As if the owner of the area had: what reset_direct_map() is to find. */
static void area_changes_pages(unsigned int nr, const struct op *op)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct leaf *leaf = model_find((unsigned long)page_to_virt(area_pages[i]));

		*leaf->entry = (leaf->val & ~op->clear) | op->set;
	}
}

/* Whatever an area has done to its pages: they are the default, and in no TLB else. */
static void pages_of_an_area_are_reset(void)
{
	static const unsigned int order[NR_RESET] = { 7, 8, 9, 2, 1, 5 };
	static const unsigned int ops[] = { OP_RO, OP_INVALID, OP_RO, OP_INVALID };
	unsigned int i, k, op;

	for (op = 0; op < ARRAY_SIZE(ops); op++) {
		unsigned long linear, lowest = 0, behind = 0;
		const struct op *o;

		model_reset();
		arm64_use_ng_mappings = op >= 2;
		o = window_op(ops[op]);
		linear = linear_map + FAR_OFF;
		area_make(linear, order, NR_RESET);
		area_map_alias();
		for (i = 0; arm64_use_ng_mappings && i < NR_RESET; i++) {
			struct leaf *leaf = model_find(linear + order[i] * PAGE_SIZE);

			model_map(leaf->addr, leaf->level, leaf->val | LEAF_NG);
		}
		area_changes_pages(NR_RESET, o);
		log_reset();
		reset_direct_map(area_pages, NR_RESET);
		test_count();
		test_context("after %s, nG %d", o->name, arm64_use_ng_mappings);
		for (i = 0; i < NR_RESET; i++) {
			struct leaf *leaf = model_find(linear + order[i] * PAGE_SIZE);

			EXPECT(*leaf->entry == leaf->val, "%016lx is %016llx instead of %016llx",
			       leaf->addr, *leaf->entry, leaf->val);
		}
		for (i = 0, k = 0; i < log_nr; i++) {
			k += events[i].type == EV_DSB_ISH;
			if (events[i].type == EV_STORE) {
				lowest = 0;
				behind = 0;
			}
			if (events[i].type != EV_TLBI)
				continue;
			EXPECT(lowest || events[i - 1].type == EV_DSB_ISHST,
			       "an invalidation that does not wait for the stores");
			lowest = lowest ?: events[i].start;
			EXPECT(!behind || events[i].start == behind, "a hole");
			behind = events[i].end;
		}
		if (ops[op] == OP_RO) {
			EXPECT(k == 1, "%u invalidations", k);
			EXPECT(lowest == linear + PAGE_SIZE && behind == linear + 10 * PAGE_SIZE,
			       "%016lx-%016lx", lowest, behind);
		} else {
			EXPECT(!k, "%u invalidations of what was in no TLB", k);
		}
		EXPECT(!log_rcu_outside, "%u accesses outside of RCU", log_rcu_outside);
		log_reset();
		reset_direct_map(area_pages, NR_RESET);
		EXPECT(!log_nr, "the second time: %s", log_string());

		/* Its first three pages are one run. */
		area_changes_pages(3, o);
		log_reset();
		reset_direct_map(area_pages, 3);
		EXPECT(log_count(EV_STORE) && !log_rcu_torn,
		       "%u accesses outside of the RCU read section", log_rcu_torn);
	}
}

/* Without a reason to map the linear map by pages, nothing is done to it. */
static void only_if_pages_can_be_set(void)
{
	unsigned long addr;

	window_stairs();
	tables_copy();
	addr = leaves[0].addr;
	rodata_full = false;
	plan_reset(&plan);
	log_reset();
	EXPECT(!can_set_direct_map(), "no");
	check_call(&plan, set_direct_map_invalid_noflush(page_at(addr)));
	check_call(&plan, set_direct_map_default_noflush(page_at(addr)));
	check_call(&plan, set_direct_map_valid_noflush(page_at(addr), 1, false));
	check_call(&plan, (__kernel_map_pages(page_at(addr), 1, 0), 0));
	host_debug_pagealloc = true;
	EXPECT(can_set_direct_map(), "debug_pagealloc");
	plan_op(OP_INVALID, addr, addr + PAGE_SIZE);
	check_call(&plan, (__kernel_map_pages(page_at(addr), 1, 0), 0));
	host_debug_pagealloc = false;
	rodata_full = true;
	EXPECT(can_set_direct_map(), "rodata=full");
}

/* Every page at a bound, of valid and invalid leaves of each level, and of holes. */
static void present(void)
{
	unsigned int i, round;

	window_stairs();
	log_reads = true;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < nr_bounds; i++) {
			struct leaf *leaf = model_find(bounds[i]);
			bool valid = leaf && (leaf->val & LEAF_VALID);

			/* It knows the levels that arm64 has leaves at. */
			if (leaf && leaf->level < 1)
				continue;
			test_count();
			log_reset();
			EXPECT(kernel_page_present(page_at(bounds[i])) == valid, "%016lx",
			       bounds[i]);
			EXPECT(!log_rcu_outside, "%u accesses outside of RCU", log_rcu_outside);
			log_check_reads();
		}
		/* Next all are invalid, and then every other one is a hole too. */
		for (i = 0; i < nr_leaves; i++) {
			if (round == 1 && i % 2)
				model_unmap(leaves[i].addr);
			else
				model_map(leaves[i].addr, leaves[i].level,
					  (leaves[i].val & ~LEAF_VALID) | LEAF_NG);
		}
	}
	log_reads = false;
	/* Where not even the tables are. */
	model_reset();
	EXPECT(!kernel_page_present(page_at(linear_map)), "of no tables");
}

static u64 *replaced_entry, replacement;

static void replace_when_read(enum access access, u64 *entry)
{
	if (access == AFTER_READ && entry == replaced_entry)
		*entry = replacement;
}

/* A table that becomes a block once its descriptor was read is gone through to the end. */
static void present_beside_a_collapse(void)
{
	unsigned int i;
	int level;

	window_stairs();
	for (i = 0; i < nr_leaves; i++) {
		unsigned long addr = leaves[i].addr;

		for (level = tables_root_level() + 1; level < leaves[i].level; level++) {
			u64 table;

			replaced_entry = tables_entry(addr, level);
			replacement = model_leaf(level, MEM_PHYS) & ~LEAF_VALID;
			table = *replaced_entry;
			test_context("%016lx, level %d", addr, level);
			test_count();
			log_hook = replace_when_read;
			EXPECT(kernel_page_present(page_at(addr)), "not there");
			log_hook = NULL;
			EXPECT(*replaced_entry == replacement, "never read");
			*replaced_entry = table;
		}
	}
}

/* The same for a change: the page is still mapped by the table that was there. */
static void change_beside_a_collapse(void)
{
	unsigned int i;
	int level;

	window_stairs();
	for (i = 0; i < nr_leaves; i++) {
		unsigned long addr = leaves[i].addr;
		u64 *entry;

		if (leaves[i].level != 3 || (leaves[i].val & LEAF_CONT))
			continue;
		entry = tables_entry(addr, 3);
		for (level = tables_root_level() + 1; level < 3; level++) {
			u64 table, old = *entry;

			replaced_entry = tables_entry(addr, level);
			replacement = model_leaf(level, MEM_PHYS);
			table = *replaced_entry;
			test_context("%016lx, level %d", addr, level);
			test_count();
			log_hook = replace_when_read;
			EXPECT(!update_range_prot(addr, PAGE_SIZE, __pgprot(LEAF_RDONLY),
						  __pgprot(LEAF_WRITE)), "refused");
			log_hook = NULL;
			EXPECT(*replaced_entry == replacement, "never read");
			EXPECT(*entry == ((old & ~LEAF_WRITE) | LEAF_RDONLY), "%016llx", *entry);
			*replaced_entry = table;
			*entry = old;
		}
	}
}

static const struct test_case cases[] = {
	{ "valid_of_ranges", valid_of_ranges },
	{ "single_pages", single_pages },
	{ "ranges_come_back", ranges_come_back },
	{ "pages_of_an_area_are_reset", pages_of_an_area_are_reset },
	{ "only_if_pages_can_be_set", only_if_pages_can_be_set },
	{ "present", present },
	{ "present_beside_a_collapse", present_beside_a_collapse },
	{ "change_beside_a_collapse", change_beside_a_collapse },
	{ }
};

const struct test_suite direct_map_suite = { "direct_map", cases };
