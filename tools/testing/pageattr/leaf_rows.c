// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"

unsigned long bounds[MAX_BOUNDS];
unsigned int nr_bounds;

int top_leaf_level(void)
{
	int level;

	if (IS_ENABLED(CONFIG_HOST_HIGH_LEAVES))
		level = -1;
	else if (IS_ENABLED(CONFIG_ARM64_64K_PAGES))
		level = 2;
	else
		level = 1;

	return max(level, tables_root_level());
}

/* Like group_entries(), and 0 if the level has no groups. */
static unsigned int cont_entries(int level)
{
	return group_entries(level) > 1 ? group_entries(level) : 0;
}

/* Map @nr leaves from @addr on to the memory that the linear map has there. */
static void map_row(unsigned long addr, int level, unsigned int nr, u64 more)
{
	for (; nr; nr--, addr += LEVEL_SIZE(level))
		model_map(addr, level, model_leaf(level, addr - linear_map + MEM_PHYS) | more);
}

void map_leaf_rows_to(int top)
{
	unsigned long up, down;
	int level;

	model_reset();
	/* Leave room for the lower levels, aligned for the top level. */
	up = linear_map + 4 * LEVEL_SIZE(top) * max(cont_entries(top), 1U);
	down = up + 2 * LEVEL_SIZE(top);

	if (cont_entries(top) == 0)
		map_row(up, top++, 2, 0);
	else
		down = up;
	for (level = top; level <= 3; level++) {
		unsigned int cont = cont_entries(level);
		unsigned long size = LEVEL_SIZE(level);

		up -= cont * size;
		map_row(up, level, cont, LEAF_CONT);
		up -= 2 * size;
		map_row(up, level, 2, 0);

		map_row(down, level, cont, LEAF_CONT);
		down += cont * size;
		map_row(down, level, 2, 0);
		down += 2 * size;
	}
	find_bounds();
}

void map_leaf_rows(void)
{
	map_leaf_rows_to(top_leaf_level());
}

void map_last_rows(int level)
{
	unsigned long cont = cont_entries(level);
	unsigned long start = -cont * LEVEL_SIZE(level);

	model_reset();
	map_row(start - 2 * LEVEL_SIZE(level), level, 2, 0);
	map_row(start, level, cont, LEAF_CONT);
	find_bounds();
}

static void add_bound(unsigned long addr)
{
	unsigned int i, j;

	for (i = 0; i < nr_bounds && bounds[i] - 1 < addr - 1; i++)
		;
	if (i < nr_bounds && bounds[i] == addr)
		return;
	if (nr_bounds == MAX_BOUNDS)
		test_bail("more than %d bounds", MAX_BOUNDS);
	for (j = nr_bounds++; j > i; j--)
		bounds[j] = bounds[j - 1];
	bounds[i] = addr;
}

static bool same_row(const struct leaf *a, const struct leaf *b)
{
	return a->level == b->level && !((a->val ^ b->val) & LEAF_CONT) &&
	       a->addr + leaf_size(a) == b->addr;
}

void find_bounds(void)
{
	unsigned int i, last;

	nr_bounds = 0;
	for (i = 0; i < nr_leaves; i = last + 1) {
		unsigned long size = leaf_size(&leaves[i]);
		unsigned long start = leaves[i].addr, end;

		for (last = i; last + 1 < nr_leaves && same_row(&leaves[last], &leaves[last + 1]);
		     last++)
			;
		end = leaves[last].addr + size;

		add_bound(start);
		add_bound(start + size);
		add_bound(end - size);
		add_bound(end);
		if (size > PAGE_SIZE) {
			add_bound(start + PAGE_SIZE);
			add_bound(end - PAGE_SIZE);
		}
	}
	add_bound(leaves[0].addr - PAGE_SIZE);
	if (leaf_end(&leaves[nr_leaves - 1]))
		add_bound(leaf_end(&leaves[nr_leaves - 1]) + PAGE_SIZE);
}

const struct op *attr_op(unsigned int nr)
{
	static struct op ops[NR_OPS];
	const u64 rdonly = LEAF_RDONLY, write = LEAF_WRITE, pxn = LEAF_PXN;
	const u64 gp = host_has_bti ? LEAF_GP : 0;
	const u64 valid = LEAF_VALID | (arm64_use_ng_mappings ? LEAF_NG : 0);

	ops[OP_RO] = (struct op){ "ro", rdonly, write };
	ops[OP_RW] = (struct op){ "rw", write, rdonly };
	ops[OP_X] = (struct op){ "x", gp, pxn };
	ops[OP_NX] = (struct op){ "nx", pxn, gp };
	ops[OP_ROX] = (struct op){ "rox", rdonly | gp, write | pxn };
	ops[OP_INVALID] = (struct op){ "invalid", LEAF_NG, LEAF_VALID };
	ops[OP_VALID] = (struct op){ "valid", valid, LEAF_NG };
	ops[OP_DEFAULT] = (struct op){ "default", valid | write, LEAF_NG | rdonly };

	return &ops[nr];
}
