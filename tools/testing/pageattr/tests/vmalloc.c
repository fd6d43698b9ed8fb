// SPDX-License-Identifier: GPL-2.0-only
/* set_memory_*() on vmalloc areas and on their linear alias. */
#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"
#include "log.h"
#include "vmalloc_area.h"

#define NR	24

/* The pages of an area, in ascending order ... */
static const unsigned int rising[NR] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
};

/* ... in descending order ... */
static const unsigned int falling[NR] = {
	23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
};

/* ... without adjacent pages ... */
static const unsigned int scattered[NR] = {
	0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46,
};

/* ... and in runs of both directions. */
static const unsigned int mixed[NR] = {
	8, 9, 10, 3, 2, 1, 0, 20, 40, 41, 42, 43, 39, 38, 37, 60, 61, 59, 58, 70, 80, 79, 90, 91,
};

/* Five adjacent pages, of which a page from elsewhere replaces one, at each place. */
static const unsigned int rising_gaps[NR] = {
	0, 100, 2, 3, 4, 10, 11, 101, 13, 14, 20, 21, 22, 102, 24, 30, 31, 32, 33, 103,
	50, 51, 52, 53,
};

static const unsigned int falling_gaps[NR] = {
	64, 100, 62, 61, 60, 54, 53, 101, 51, 50, 44, 43, 42, 102, 40, 34, 33, 32, 31, 103,
	24, 23, 22, 21,
};

/* Runs in the table of the run before, in another table, and across two tables. */
#define T	PTRS_PER_PTE

static const unsigned int tables[NR] = {
	5, 6, T + 5, T + 7, 9, T - 2, T - 1, T, T + 1, T + 9, 2 * T - 2, 2 * T - 1, 2 * T,
	2 * T + 3, 2 * T + 4, T + 12, T + 11, 20, 21, 22, 3 * T + 1, 3 * T, 3 * T - 1, 3 * T - 2,
};

#undef T

static const struct {
	const char *name;
	const unsigned int *pages;
} orders[] = {
	{ "rising", rising },
	{ "falling", falling },
	{ "scattered", scattered },
	{ "mixed", mixed },
	{ "rising, with gaps", rising_gaps },
	{ "falling, with gaps", falling_gaps },
	{ "in several tables", tables },
};

/* Where a test puts a hole: at the ends of the area and at the ends of its runs. */
static const unsigned int holes[] = { 0, 1, 2, 3, 6, 7, 14, 22, 23 };

static unsigned long linear;

static void set_up(const unsigned int *order)
{
	model_reset();
	/* This address is aligned for a contiguous group and for a leaf of any level. */
	linear = linear_map + 4 * LEVEL_SIZE(top_leaf_level());
	area_make(linear, order, NR);
}

static unsigned long tagged(unsigned long addr, unsigned long tag)
{
	return (addr & ~(0xffUL << 56)) | tag << 56;
}

/* Change each range within and beyond the area, by each operation in turn. */
static void sweep(unsigned long tag, unsigned long more)
{
	unsigned int op = 0;
	int first, nr;

	for (first = -1; first <= NR + 2; first++) {
		for (nr = -1; nr <= NR + 2; nr++) {
			const struct set_memory_op *o = &set_memory_ops[op++ % 5];
			unsigned long addr = area_start + first * PAGE_SIZE + more;

			test_context("set_memory_%s() of %d pages from page %d on%s%s", o->name, nr,
				     first, tag == 0xff ? "" : ", tagged",
				     rodata_full ? "" : ", without rodata=full");
			checked_set_memory(o, tag == 0xff ? addr : tagged(addr, tag), nr);
			if (test_failed())
				return;
		}
	}
}

static void every_range_in_every_order(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		set_up(orders[i].pages);
		area_map_alias();
		tables_copy();
		sweep(0xff, 0);
		/* With BTI, executable pages are guarded. */
		host_has_bti = true;
		sweep(0xff, 0);
		host_has_tlb_range = true;
		sweep(0xff, 0);
		host_has_tlb_range = false;
		rodata_full = false;
		sweep(0xff, 0);
	}
}

/* The address of the caller and of the area have a tag each, in all combinations. */
static void tags(void)
{
	set_up(mixed);
	area_map_alias();
	tables_copy();
	host_page_tags = true;
	sweep(0xf3, 0);
	area.addr = (void *)tagged(area_start, 0xa1);
	sweep(0xff, 0);
	sweep(0xf3, 0);
	sweep(0xa1, 0);
}

static void unaligned(void)
{
	set_up(rising);
	area_map_alias();
	tables_copy();
	sweep(0xff, 1);
	sweep(0xff, PAGE_SIZE / 2);
}

/* pages[] ends with the last page of the area: ASan reports reads beyond it. */
static void pages_array_of_exact_size(void)
{
	struct page **pages = aligned_alloc(sizeof(*pages), NR * sizeof(*pages));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		set_up(orders[i].pages);
		area_map_alias();
		tables_copy();
		memcpy(pages, area_pages, NR * sizeof(*pages));
		area.pages = pages;
		sweep(0xff, 0);
	}
	arch_vm_reset_perms(&area);
	area.pages = area_pages;
	free(pages);
}

static void expect_all_refused(int first, int nr)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		const struct set_memory_op *o = &set_memory_ops[i];

		test_context("set_memory_%s() of %d pages from page %d on", o->name, nr, first);
		EXPECT(checked_set_memory(o, area_start + first * PAGE_SIZE, nr) == -EINVAL,
		       "not refused");
	}
}

static void not_an_area(void)
{
	set_up(rising);
	area_map_alias();
	tables_copy();

	host_area = NULL;
	expect_all_refused(0, 1);
	expect_all_refused(0, 0);
	host_area = &area;
	area.flags = 0;
	expect_all_refused(0, NR);
	expect_all_refused(0, 0);
}

/* Areas without pages[], like those of percpu, and with too few of them. */
static void without_pages(void)
{
	unsigned int i, nr;

	set_up(rising);
	area_map_alias();
	tables_copy();
	for (nr = NR; !test_failed(); nr -= 8) {
		area.nr_pages = nr;
		area.pages = nr ? area_pages : NULL;
		sweep(0xff, 0);
		for (i = 0; i < 5; i++) {
			const struct set_memory_op *o = &set_memory_ops[i];
			int ret = checked_set_memory(o, area_start, NR);

			EXPECT((ret == -EINVAL) == (o->alias && nr < NR), "%s of %u pages: %d",
			       o->name, nr, ret);
		}
		if (!nr)
			break;
	}
}

/* The guard page does not belong to the area, even if something is mapped there. */
static void guard_page(void)
{
	set_up(rising);
	area_map_alias();
	model_map(area_start + NR * PAGE_SIZE, 3, model_leaf(3, SZ_1G));
	area_pages[NR] = page_at(linear);
	tables_copy();
	expect_all_refused(0, NR + 1);
	expect_all_refused(NR, 1);
	area.nr_pages++;
	expect_all_refused(0, NR + 1);
	expect_all_refused(NR - 1, 2);
}

static void without_guard_page(void)
{
	set_up(rising);
	area_map_alias();
	tables_copy();
	area.flags |= VM_NO_GUARD;
	EXPECT(!set_memory_ro(area_start, NR), "the area without its last page is refused");
	EXPECT(set_memory_ro(area_start, NR + 1) == -EINVAL,
	       "a page that is not mapped is accepted");
}

/* A call whose range has a hole in the mapping changes nothing. */
static void hole_in_the_mapping(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(holes); i++) {
		unsigned int hole = holes[i];

		set_up(mixed);
		area_map_alias();
		model_unmap(area_start + hole * PAGE_SIZE);
		tables_copy();
		expect_all_refused(0, NR);
		expect_all_refused(hole, 1);
		sweep(0xff, 0);
	}
}

/* The mapping passes the check pass, the alias has a hole: the call changes nothing. */
static void hole_in_the_alias(void)
{
	unsigned int i, j, op;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		for (j = 0; j < ARRAY_SIZE(holes); j++) {
			unsigned int hole = holes[j];

			set_up(orders[i].pages);
			area_map_alias();
			model_unmap(linear + orders[i].pages[hole] * PAGE_SIZE);
			tables_copy();
			for (op = 0; op < 5; op++) {
				const struct set_memory_op *o = &set_memory_ops[op];
				int ret = checked_set_memory(o, area_start, NR);

				EXPECT((ret == -EINVAL) == o->alias, "%s: %d", o->name, ret);
			}
			sweep(0xff, 0);
		}
	}
}

/* More runs than pageattr.c keeps: no two pages of the area are adjacent. */
#define MANY	100

/* The runs that change are stored, and invalidated as flush_ranges() in model.c says. */
static void many_runs_in_order(bool ascending)
{
	unsigned int order[MANY], i, nr;

	for (i = 0; i < MANY; i++)
		order[i] = 2 * (ascending ? i : MANY - 1 - i);
	model_reset();
	linear = linear_map + 4 * LEVEL_SIZE(top_leaf_level());
	area_make(linear, order, MANY);
	area_map_alias();
	tables_copy();
	for (nr = MANY; nr > 30 && !test_failed(); nr--) {
		const struct set_memory_op *o = &set_memory_ops[nr % 2];

		test_context("%u runs", nr);
		/* Each third run has the new attributes already. */
		for (i = 0; i < nr; i += 3)
			checked_set_memory(o, area_start + i * PAGE_SIZE, 1);
		EXPECT(!checked_set_memory(o, area_start, nr), "refused");
	}
	model_unmap(linear + order[MANY - 1] * PAGE_SIZE);
	tables_copy();
	for (i = 0; i < 5; i++)
		EXPECT((checked_set_memory(&set_memory_ops[i], area_start, MANY) == -EINVAL) ==
		       set_memory_ops[i].alias, "%s", set_memory_ops[i].name);
}

static void many_runs(void)
{
	many_runs_in_order(true);
	many_runs_in_order(false);
}

/* Without BBML2, an alias in larger leaves changes only if the range covers them. */
static void alias_in_larger_leaves(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		unsigned int j;

		/* Some ranges cover all of a contiguous group, others a part. */
		set_up(orders[i].pages);
		for (j = 0; j < 128 && j < PTRS_PER_PTE; j++)
			model_map(linear + j * PAGE_SIZE, 3,
				  model_leaf(3, SZ_1G + j * PAGE_SIZE) | LEAF_CONT);
		tables_copy();
		sweep(0xff, 0);

		/* A block that is larger than the area: every range covers a part. */
		set_up(orders[i].pages);
		model_map(linear, 2, model_leaf(2, SZ_1G));
		tables_copy();
		sweep(0xff, 0);
	}
}

/*
 * An area of two PMD blocks and some PTEs. A range must cover a block whole. Two blocks
 * have more pages than area_pages[] has room for, so the alias stays out.
 */
static void huge_mapping(void)
{
	unsigned int i, j, op = 0;

	set_up(rising);
	for (i = 0; i < NR; i++)
		model_unmap(area_start + i * PAGE_SIZE);
	/* model_unmap() leaves the table of PTEs linked: unlink it. */
	*tables_entry(area_start, 2) = 0;
	for (i = 0; i < 2; i++)
		model_map(area_start + i * LEVEL_SIZE(2), 2, model_leaf(2, SZ_2G));
	for (i = 0; i < 4; i++)
		model_map(area_start + 2 * LEVEL_SIZE(2) + i * PAGE_SIZE, 3, model_leaf(3, SZ_1G));
	area.size = 2 * LEVEL_SIZE(2) + 5 * PAGE_SIZE;
	rodata_full = false;
	find_bounds();
	tables_copy();

	for (i = 0; i < nr_bounds; i++) {
		for (j = i; j < nr_bounds; j++) {
			const struct set_memory_op *o = &set_memory_ops[op++ % 5];

			test_context("set_memory_%s() of %016lx-%016lx", o->name, bounds[i],
				     bounds[j]);
			checked_set_memory(o, bounds[i], (bounds[j] - bounds[i]) / PAGE_SIZE);
			if (test_failed())
				return;
		}
	}
	EXPECT(!checked_set_memory(&set_memory_ops[0], area_start, LEVEL_SIZE(2) / PAGE_SIZE),
	       "a whole block is refused");
	EXPECT(checked_set_memory(&set_memory_ops[1], area_start, 1) == -EINVAL,
	       "a part of a block is accepted");
}

/* Areas that wait to be unmapped can map the same pages: unmap them before any store. */
static void unmaps_aliases_first(void)
{
	unsigned int i;

	set_up(falling);
	area_map_alias();
	tables_copy();
	for (i = 0; i < 5; i++) {
		unsigned int j;

		checked_set_memory(&set_memory_ops[i], area_start, NR);
		EXPECT(log_count(EV_UNMAP_ALIASES) == 1, "%s: %u times", set_memory_ops[i].name,
		       log_count(EV_UNMAP_ALIASES));
		for (j = 0; j < log_nr && events[j].type != EV_UNMAP_ALIASES; j++)
			EXPECT(events[j].type != EV_STORE, "a store before it");
	}
}

/* set_memory_rox() changes mapping and alias at once, and waits for one DSB ISH. */
static void rox_is_one_pass(void)
{
	unsigned int i, flushes = 0;

	set_up(rising);
	area_map_alias();
	tables_copy();
	checked_set_memory(&set_memory_ops[4], area_start, NR);
	EXPECT(log_count(EV_STORE) == 2 * NR, "%u stores", log_count(EV_STORE));
	for (i = 0; i < log_nr; i++)
		flushes += events[i].type == EV_DSB_ISH;
	EXPECT(flushes == 1, "%u invalidations", flushes);
}

static const struct test_case cases[] = {
	{ "every_range_in_every_order", every_range_in_every_order },
	{ "tags", tags },
	{ "unaligned", unaligned },
	{ "not_an_area", not_an_area },
	{ "without_pages", without_pages },
	{ "pages_array_of_exact_size", pages_array_of_exact_size },
	{ "guard_page", guard_page },
	{ "without_guard_page", without_guard_page },
	{ "hole_in_the_mapping", hole_in_the_mapping },
	{ "hole_in_the_alias", hole_in_the_alias },
	{ "many_runs", many_runs },
	{ "alias_in_larger_leaves", alias_in_larger_leaves },
	{ "huge_mapping", huge_mapping },
	{ "unmaps_aliases_first", unmaps_aliases_first },
	{ "rox_is_one_pass", rox_is_one_pass },
	{ }
};

const struct test_suite vmalloc_suite = { "vmalloc", cases };
