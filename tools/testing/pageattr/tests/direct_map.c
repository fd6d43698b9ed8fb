// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of the linear map: set_memory_valid(), set_direct_map_*(), arch_vm_reset_perms(),
 * __kernel_map_pages() and kernel_page_present().
 */
#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"
#include "log.h"
#include "vmalloc_area.h"

void __kernel_map_pages(struct page *page, int numpages, int enable);

static struct plan plan;

static void plan_op(unsigned int nr, unsigned long start, unsigned long end)
{
	const struct op *op = attr_op(nr);

	plan_reset(&plan);
	plan_range(&plan, start, end, op->set, op->clear);
	log_reset();
}

/* All pairs of bounds whose pages an int can count. Every other start has a tag. */
static void valid_of_ranges(void)
{
	unsigned int i, j;
	bool ng;

	for (ng = false;; ng = true) {
		map_leaf_rows();
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

/* The first page of every leaf. Without BBML2, only a PTE outside of a group can change. */
static void single_pages(void)
{
	unsigned int i, round;

	map_leaf_rows();
	tables_copy();
	for (round = 0; round < 2; round++) {
		host_page_tags = round;
		for (i = 0; i < nr_leaves; i++) {
			unsigned long addr = leaves[i].addr;

			test_context("page at %016lx", addr);

			/* A valid and read-only page: the TLBs must not keep it. */
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
		/* The second round starts with valid, read-only leaves that have nG. */
		arm64_use_ng_mappings = true;
		for (i = 0; i < nr_leaves; i++)
			model_map(leaves[i].addr, leaves[i].level,
				  (leaves[i].val & ~LEAF_WRITE) | LEAF_RDONLY | LEAF_NG);
		tables_copy();
	}
}

/*
 * A page that was read-only when it became invalid. Without an invalidation the TLBs can
 * hold the read-only entry, and the first write to the page would be fatal.
 */
static void read_only_page_becomes_default(void)
{
	unsigned int i;

	map_leaf_rows();
	for (i = 0; i < nr_leaves; i++)
		model_map(leaves[i].addr, leaves[i].level,
			  (leaves[i].val & ~LEAF_WRITE) | LEAF_RDONLY);
	tables_copy();
	for (i = 0; i < nr_leaves; i++) {
		unsigned long addr = leaves[i].addr;

		test_context("page at %016lx", addr);
		plan_op(OP_INVALID, addr, addr + PAGE_SIZE);
		plan.noflush = true;
		check_call(&plan, set_direct_map_invalid_noflush(page_at(addr)));

		plan_op(OP_DEFAULT, addr, addr + PAGE_SIZE);
		check_call(&plan, set_direct_map_default_noflush(page_at(addr)));
	}
}

/* Adjacent pages become invalid and valid again: each leaf is the same bit for bit. */
static void ranges_come_back(void)
{
	unsigned int i, nr, round;

	/* In the second round, leaves have nG and pages have tags. */
	for (round = 0; round < 2; round++) {
		map_leaf_rows();
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

/* Change the alias behind the model's back, like the owner of the area before vfree(). */
static void area_changes_pages(unsigned int nr, const struct op *op)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct leaf *leaf = model_find((unsigned long)page_to_virt(area_pages[i]));

		*leaf->entry = (leaf->val & ~op->clear) | op->set;
	}
}

/* An area whose alias is default in the model and has the bits of @op in the tables. */
static unsigned long area_to_reset(const unsigned int *order, const struct op *op)
{
	unsigned long linear = linear_map + FAR_OFF;
	unsigned int i;

	area_make(linear, order, NR_RESET);
	area_map_alias();
	for (i = 0; arm64_use_ng_mappings && i < NR_RESET; i++) {
		struct leaf *leaf = model_find(linear + order[i] * PAGE_SIZE);

		model_map(leaf->addr, leaf->level, leaf->val | LEAF_NG);
	}
	area_changes_pages(NR_RESET, op);
	log_reset();

	return linear;
}

static void expect_default(void)
{
	unsigned int i;

	for (i = 0; i < NR_RESET; i++) {
		struct leaf *leaf = model_find((unsigned long)page_to_virt(area_pages[i]));

		EXPECT(*leaf->entry == leaf->val, "%016lx is %016llx instead of %016llx",
		       leaf->addr, *leaf->entry, leaf->val);
	}
}

/*
 * One TLBI for each page of the area, and for no other page. It follows the last store to
 * the page and a DSB ISHST. All TLBIs wait for one DSB ISH and ISB.
 */
static void expect_one_flush(unsigned long linear)
{
	const char *log = log_string();
	unsigned int i, hits[10] = { }, wanted = 0;

	for (i = 0; i < log_nr; i++) {
		unsigned long addr = 0, end;

		if (events[i].type == EV_STORE) {
			hits[(tables_addr(events[i].entry) - linear) / PAGE_SIZE] = 0;
		} else if (events[i].type == EV_TLBI) {
			EXPECT(events[i - 1].type == EV_TLBI ||
			       events[i - 1].type == EV_DSB_ISHST,
			       "TLBI without DSB ISHST after the stores");
			addr = events[i].start;
		}
		for (end = events[i].end; addr && addr < end; addr += PAGE_SIZE) {
			if (EXPECT(addr >= linear && addr < linear + 10 * PAGE_SIZE,
				   "TLBI of %016lx", addr))
				hits[(addr - linear) / PAGE_SIZE]++;
		}
	}
	for (i = 0; i < NR_RESET; i++)
		wanted |= BIT(((unsigned long)page_to_virt(area_pages[i]) - linear) / PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(hits); i++)
		EXPECT(hits[i] == !!(wanted & BIT(i)), "%u TLBIs of page %u", hits[i], i);
	EXPECT(log_count(EV_DSB_ISH) == 1, "%u times DSB ISH", log_count(EV_DSB_ISH));
	EXPECT(events[log_nr - 2].type == EV_DSB_ISH && events[log_nr - 1].type == EV_ISB,
	       "no DSB ISH, ISB at the end: %s", log);
}

/* vfree() resets the alias to the default, whatever the owner has made of it. */
static void pages_of_an_area_are_reset(void)
{
	static const unsigned int order[NR_RESET] = { 7, 8, 9, 2, 1, 5 };
	static const unsigned int ops[] = { OP_RO, OP_INVALID, OP_RO, OP_INVALID };
	unsigned int op;

	for (op = 0; op < ARRAY_SIZE(ops); op++) {
		const struct op *o;
		unsigned long linear;

		model_reset();
		arm64_use_ng_mappings = op >= 2;
		o = attr_op(ops[op]);
		linear = area_to_reset(order, o);
		test_context("after %s, nG %d", o->name, arm64_use_ng_mappings);
		test_count();
		EXPECT(arch_vm_reset_perms(&area), "left to the generic code");
		/* Areas that wait to be unmapped can map the pages with other permissions. */
		EXPECT(events[0].type == EV_UNMAP_ALIASES, "stores before vm_unmap_aliases()");
		expect_default();
		if (ops[op] == OP_RO)
			expect_one_flush(linear);
		else
			EXPECT(!log_count(EV_TLBI) && !log_count(EV_DSB_ISH),
			       "invalid leaves are invalidated");
		EXPECT(!log_rcu_outside, "%u accesses outside of RCU", log_rcu_outside);

		log_reset();
		EXPECT(arch_vm_reset_perms(&area), "left to the generic code");
		EXPECT(!strcmp(log_string(), "U"), "the second call: %s", log_string());

		/* The first three pages are one run: one RCU read-side critical section. */
		area_changes_pages(3, o);
		area.nr_pages = 3;
		log_reset();
		EXPECT(arch_vm_reset_perms(&area), "left to the generic code");
		EXPECT(log_count(EV_STORE) && !log_rcu_torn,
		       "%u accesses outside of the first RCU read-side critical section",
		       log_rcu_torn);
	}
}

/* A page that cannot be reset does not keep vfree() from resetting the pages of other runs. */
static void hole_in_an_area_that_is_reset(void)
{
	static const unsigned int order[NR_RESET] = { 7, 8, 9, 2, 1, 5 };
	struct leaf *hole;

	model_reset();
	area_to_reset(order, attr_op(OP_RO));
	hole = model_find((unsigned long)page_to_virt(area_pages[3]));
	*hole->entry = 0;
	test_count();
	EXPECT(arch_vm_reset_perms(&area), "left to the generic code");
	EXPECT(log_count(EV_WARN), "no warning");
	EXPECT(!*hole->entry, "the hole is %016llx", *hole->entry);
	*hole->entry = hole->val;
	/* The page before the hole is in the same run, and stays as it was. */
	*model_find((unsigned long)page_to_virt(area_pages[4]))->entry =
		model_find((unsigned long)page_to_virt(area_pages[4]))->val;
	expect_default();
}

/* vfree() gets an area without pages if the allocation of the first page failed. */
static void area_without_pages_is_reset(void)
{
	map_leaf_rows();
	tables_copy();
	area = (struct vm_struct){ };
	log_reset();
	test_count();
	EXPECT(arch_vm_reset_perms(&area), "left to the generic code");
	EXPECT(!strcmp(log_string(), "U"), "%s", log_string());
}

/* Unless can_set_direct_map(), nothing changes the linear map. */
static void only_if_pages_can_be_set(void)
{
	unsigned long addr;

	map_leaf_rows();
	/* With can_set_direct_map(), each of the calls would change this leaf. */
	leaves[0].val = (leaves[0].val & ~LEAF_WRITE) | LEAF_RDONLY;
	*leaves[0].entry = leaves[0].val;
	tables_copy();
	addr = leaves[0].addr;
	rodata_full = false;
	plan_reset(&plan);
	log_reset();
	EXPECT(!can_set_direct_map(), "without rodata=full");
	check_call(&plan, set_direct_map_invalid_noflush(page_at(addr)));
	check_call(&plan, set_direct_map_default_noflush(page_at(addr)));
	check_call(&plan, set_direct_map_valid_noflush(page_at(addr), 1, false));
	check_call(&plan, (__kernel_map_pages(page_at(addr), 1, 0), 0));
	host_debug_pagealloc = true;
	EXPECT(can_set_direct_map(), "debug_pagealloc");
	plan_op(OP_INVALID, addr, addr + PAGE_SIZE);
	check_call(&plan, (__kernel_map_pages(page_at(addr), 1, 0), 0));
	host_debug_pagealloc = false;

	area_pages[0] = page_at(addr);
	area = (struct vm_struct){ .pages = area_pages, .nr_pages = 1 };
	log_reset();
	arch_vm_reset_perms(&area);
	EXPECT(!log_count(EV_STORE), "%u stores without rodata=full", log_count(EV_STORE));

	rodata_full = true;
	EXPECT(can_set_direct_map(), "rodata=full");
}

/* kernel_page_present() for valid leaves, invalid leaves and holes, next to each bound. */
static void present(void)
{
	unsigned int i, round;

	map_leaf_rows();
	log_reads = true;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < nr_bounds; i++) {
			struct leaf *leaf = model_find(bounds[i]);
			bool valid = leaf && (leaf->val & LEAF_VALID);

			/* arm64 has no leaves at P4D and PGD level. */
			if (leaf && leaf->level < 1)
				continue;
			test_count();
			log_reset();
			EXPECT(kernel_page_present(page_at(bounds[i])) == valid, "%016lx",
			       bounds[i]);
			EXPECT(!log_rcu_outside, "%u accesses outside of RCU", log_rcu_outside);
			log_check_reads();
		}
		/* The second round has invalid leaves; in the third half of them are holes. */
		for (i = 0; i < nr_leaves; i++) {
			if (round == 1 && i % 2)
				model_unmap(leaves[i].addr);
			else
				model_map(leaves[i].addr, leaves[i].level,
					  (leaves[i].val & ~LEAF_VALID) | LEAF_NG);
		}
	}
	log_reads = false;
	/* Without any table but the root. */
	model_reset();
	EXPECT(!kernel_page_present(page_at(linear_map)), "present without tables");
}

static u64 *replaced_entry, replacement;

static void replace_when_read(enum access access, u64 *entry)
{
	if (access == AFTER_READ && entry == replaced_entry)
		*entry = replacement;
}

/*
 * CPU0 (kernel_page_present)      CPU1 (collapse worker)
 * --------------------------      -------------------------------
 * read the table entry
 *                                 replace the table by a block
 * read the PTE in the old table
 *
 * The table stays until the end of the RCU read-side critical section of CPU0. The block
 * is invalid here: a second read of the table entry would give the wrong result.
 */
static void present_during_collapse(void)
{
	unsigned int i;
	int level;

	map_leaf_rows();
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
			EXPECT(kernel_page_present(page_at(addr)), "not present");
			log_hook = NULL;
			EXPECT(*replaced_entry == replacement, "no read of the table entry");
			*replaced_entry = table;
		}
	}
}

/*
 * Like present_during_collapse(), for a change: the check pass and the apply pass use the
 * table that they read first. A collapse replaces no table without TABLE_COLLAPSING, see
 * collapse.table_replaced_during_change.
 */
static void change_during_collapse(void)
{
	unsigned int i;
	int level;

	map_leaf_rows();
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
			EXPECT(*replaced_entry == replacement, "no read of the table entry");
			EXPECT(*entry == ((old & ~LEAF_WRITE) | LEAF_RDONLY), "%016llx", *entry);
			*replaced_entry = table;
			*entry = old;
		}
	}
}

static const struct test_case cases[] = {
	{ "valid_of_ranges", valid_of_ranges },
	{ "single_pages", single_pages },
	{ "read_only_page_becomes_default", read_only_page_becomes_default },
	{ "ranges_come_back", ranges_come_back },
	{ "pages_of_an_area_are_reset", pages_of_an_area_are_reset },
	{ "hole_in_an_area_that_is_reset", hole_in_an_area_that_is_reset },
	{ "area_without_pages_is_reset", area_without_pages_is_reset },
	{ "only_if_pages_can_be_set", only_if_pages_can_be_set },
	{ "present", present },
	{ "present_during_collapse", present_during_collapse },
	{ "change_during_collapse", change_during_collapse },
	{ }
};

const struct test_suite direct_map_suite = { "direct_map", cases };
