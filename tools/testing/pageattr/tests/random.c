// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs of random operations on random mappings. The output has the seed. The same
 * seed, as SEED or as the second argument, repeats the programs.
 */
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "split_model.h"
#include "vmalloc_area.h"

#define PROGRAMS	60
#define OPERATIONS	120

/* Turn up to @nr leaves into holes, bad entries or leaves with other attributes. */
static void disarrange(unsigned int nr)
{
	while (nr-- && nr_leaves) {
		struct leaf *leaf = &leaves[any(nr_leaves)];
		u64 val = leaf->val;

		/* A bad entry stays: as a leaf it could differ from the rest of its group. */
		if (val == 0xbad000)
			continue;
		switch (any(5)) {
		case 0:
			model_unmap(leaf->addr);
			continue;
		case 1:
			val = (val & ~LEAF_VALID) | LEAF_NG;
			break;
		case 2:
			val |= LEAF_RDONLY;
			break;
		case 3:
			val &= ~LEAF_PXN;
			break;
		case 4:
			val = 0xbad000;
			break;
		}
		model_map(leaf->addr, leaf->level, val);
	}
}

/* The masks of one operation of the kernel, or of two combined. */
static void random_masks(u64 *set, u64 *clear)
{
	const struct op *op = attr_op(any(NR_OPS));

	*set = op->set;
	*clear = op->clear;
	if (!any(4)) {
		op = attr_op(any(OP_INVALID));
		*set |= op->set;
		*clear |= op->clear;
	}
}

static void ranges(void)
{
	unsigned int program, i;

	for (program = 0; program < PROGRAMS; program++) {
		any_start(program);
		map_leaf_rows();
		arm64_use_ng_mappings = any(2);
		host_has_bti = any(2);
		for (i = 0; arm64_use_ng_mappings && i < nr_leaves; i++)
			model_map(leaves[i].addr, leaves[i].level, leaves[i].val | LEAF_NG);
		disarrange(any(12));
		tables_copy();

		for (i = 0; i < OPERATIONS; i++) {
			unsigned int from = any(nr_leaves);
			unsigned int to = any(3) ? min(from + (unsigned int)any(4), nr_leaves - 1) :
						   (unsigned int)any(nr_leaves);
			unsigned long first = leaves[from].addr, end = leaf_end(&leaves[to]);
			u64 set, clear;

			if (!any(5))
				first += any(4) * PAGE_SIZE;
			if (!any(5))
				end -= any(4) * PAGE_SIZE;
			random_masks(&set, &clear);
			test_context("SEED=%lu, program %u, call %u: %016lx-%016lx +%llx -%llx",
				     test_seed(), program, i, first, end, set, clear);
			checked_range(first, end, set, clear);
			if (test_failed())
				return;
		}
	}
}

/* Order the pages of an area in runs of random length, direction and place. */
static void random_order(unsigned int *order, unsigned int nr)
{
	unsigned int i = 0, place = 0;

	while (i < nr) {
		unsigned int run = min((unsigned int)any(9) + 1, nr - i), j;
		bool falls = any(2);

		place += any(3) * 5;
		for (j = 0; j < run; j++)
			order[i + j] = place + (falls ? run - 1 - j : j);
		i += run;
		place += run;
	}
}

static void areas(void)
{
	static unsigned int order[96];
	unsigned int program, i;

	for (program = 0; program < PROGRAMS; program++) {
		unsigned long linear;
		unsigned int nr;

		any_start(program);
		model_reset();
		nr = any(ARRAY_SIZE(order)) + 1;
		random_order(order, nr);
		linear = linear_map + 4 * LEVEL_SIZE(top_leaf_level());
		area_make(linear, order, nr);
		area_map_alias();
		rodata_full = any(4);
		host_has_bti = any(2);
		if (!any(3))
			area.nr_pages = any(nr + 1);
		if (!any(3))
			area.addr = (void *)(area_start & ~(any(256) << 56));
		disarrange(any(4));
		tables_copy();

		for (i = 0; i < OPERATIONS; i++) {
			const struct set_memory_op *op = &set_memory_ops[any(5)];
			unsigned int first = any(nr + 1);
			int pages = any(4) ? any(nr - first + 1) : any(nr + 3);
			unsigned long addr = area_start + first * PAGE_SIZE;

			if (!any(3))
				addr &= ~(any(256) << 56);
			test_context("SEED=%lu, program %u, call %u: %s(%016lx, %d)",
				     test_seed(), program, i, op->name, addr, pages);
			checked_set_memory(op, addr, pages);
			if (test_failed())
				return;
		}
	}
}

/* Changes that split leaves or restore the default permission, and collapses. */
static void splits(void)
{
	static const unsigned int ops[] = { OP_RO, OP_RW, OP_INVALID, OP_VALID, OP_DEFAULT };
	const struct op *op;
	unsigned int program, i;

	for (program = 0; program < PROGRAMS / 6; program++) {
		unsigned long first, end;

		any_start(program);
		map_linear_map_rows();
		collapse_kernel_leaves_now();
		translation_record();
		for (i = 0; i < OPERATIONS / 2; i++) {
			unsigned int from = any(nr_bounds), to = any(nr_bounds);

			first = bounds[from] + any(4) * PAGE_SIZE;
			end = any(3) ? first + any(40) * PAGE_SIZE : bounds[to];
			op = attr_op(ops[any(ARRAY_SIZE(ops))]);
			test_context("SEED=%lu, program %u, call %u: %s of %016lx-%016lx",
				     test_seed(), program, i, op->name, first, end);
			checked_change(op, first, end);
			if (!any(4)) {
				log_reset();
				collapse_kernel_leaves_now();
				translation_check();
			}
			if (test_failed())
				return;
		}
	}
}

static const struct test_case cases[] = {
	{ "splits", splits },
	{ "ranges", ranges },
	{ "areas", areas },
	{ }
};

const struct test_suite random_suite = { "random", cases };
