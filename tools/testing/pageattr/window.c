// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "libc.h"
#include "window.h"

unsigned long bounds[MAX_BOUNDS];
unsigned int nr_bounds;

int window_top_level(void)
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

static unsigned int cont_entries(int level)
{
	if (level == 3)
		return CONT_PTES;
	if (level == 2)
		return 1 << CONFIG_ARM64_CONT_PMD_SHIFT;

	return 0;
}

/* @nr leaves from @addr on, of the physical memory that the linear map has there. */
static void map_row(unsigned long addr, int level, unsigned int nr, u64 more)
{
	for (; nr; nr--, addr += LEVEL_SIZE(level))
		model_map(addr, level, model_leaf(level, addr - linear_map + MEM_PHYS) | more);
}

static void stairs(int top)
{
	unsigned long up, down;
	int level;

	model_reset();
	/* Room for what goes up, and aligned for what is at the top. */
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
	window_bounds();
}

void window_stairs(void)
{
	stairs(window_top_level());
}

void window_linear_map(void)
{
	unsigned int i;

	stairs(max(IS_ENABLED(CONFIG_ARM64_64K_PAGES) ? 2 : 1, tables_root_level()));
	for (i = 0; i < nr_leaves; i++) {
		leaves[i].val |= LEAF_TAGGED;
		/* As map_mem(): no group of the root could be put back together. */
		if (leaves[i].level == tables_root_level())
			leaves[i].val &= ~LEAF_CONT;
		*leaves[i].entry = leaves[i].val;
	}
	window_bounds();
	host_bbml2 = true;
}

void window_top(int level)
{
	unsigned long cont = cont_entries(level);
	unsigned long start = -cont * LEVEL_SIZE(level);

	model_reset();
	map_row(start - 2 * LEVEL_SIZE(level), level, 2, 0);
	map_row(start, level, cont, LEAF_CONT);
	window_bounds();
}

static void add_bound(unsigned long addr)
{
	unsigned int i, j;

	for (i = 0; i < nr_bounds && bounds[i] - 1 < addr - 1; i++)
		;
	if (i < nr_bounds && bounds[i] == addr)
		return;
	if (nr_bounds == MAX_BOUNDS) {
		printf("Bail out! more than %d bounds\n", MAX_BOUNDS);
		exit(1);
	}
	for (j = nr_bounds++; j > i; j--)
		bounds[j] = bounds[j - 1];
	bounds[i] = addr;
}

static bool same_row(const struct leaf *a, const struct leaf *b)
{
	return a->level == b->level && !((a->val ^ b->val) & LEAF_CONT) &&
	       a->addr + leaf_size(a) == b->addr;
}

void window_bounds(void)
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
	if (end_of(&leaves[nr_leaves - 1]))
		add_bound(end_of(&leaves[nr_leaves - 1]) + PAGE_SIZE);
}

bool window_part(unsigned int *nr, unsigned long *start, unsigned long *end)
{
	for (; *nr < nr_leaves; ++*nr) {
		const struct leaf *leaf = &leaves[*nr];
		unsigned int i;

		for (i = 0; i < nr_bounds && bounds[i] != leaf->addr; i++)
			;
		if (i == nr_bounds || (leaf->level == 3 && !(leaf->val & LEAF_CONT)))
			continue;
		*start = leaf->addr + (leaf->level < 3 ? PAGE_SIZE : 0);
		*end = *start + PAGE_SIZE;
		++*nr;
		return true;
	}

	return false;
}

const struct op *window_op(unsigned int nr)
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
