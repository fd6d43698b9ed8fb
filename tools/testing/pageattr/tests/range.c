// SPDX-License-Identifier: GPL-2.0-only
/* Changes of ranges that start and end at, across or next to the bounds of all leaves. */
#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"
#include "log.h"

static void sweep(unsigned int first_op, unsigned int step)
{
	unsigned int i, j, nr = first_op;

	for (i = 0; i < nr_bounds; i++) {
		for (j = 0; j < nr_bounds; j += step) {
			const struct op *op = attr_op(nr++ % NR_OPS);

			test_context("%s of %016lx-%016lx%s", op->name, bounds[i], bounds[j],
				     arm64_use_ng_mappings ? ", nG" : "");
			checked_range(bounds[i], bounds[j], op->set, op->clear);
			if (test_failed())
				return;
		}
	}
}

/* Set nG in all leaves: KPTI maps the kernel like this. */
static void use_ng(void)
{
	unsigned int i;

	arm64_use_ng_mappings = true;
	for (i = 0; i < nr_leaves; i++) {
		leaves[i].val |= LEAF_NG;
		*leaves[i].entry = leaves[i].val;
	}
}

/*
 * Change every pair of bounds, empty and reversed ones included, by every operation.
 * Each pass of sweep() starts with another operation, so each pair meets all of them.
 */
static void sweep_all(bool ng, bool bti)
{
	unsigned int op;

	map_leaf_rows();
	if (ng)
		use_ng();
	host_has_bti = bti;
	tables_copy();
	for (op = 0; op < NR_OPS; op++)
		sweep(op, 1);
}

static void every_pair_of_bounds(void)
{
	sweep_all(false, false);
}

static void every_pair_of_bounds_ng(void)
{
	sweep_all(true, true);
}

/* The last page ends at address 0, which update_range_prot() must refuse as an end. */
static void end_of_address_space(void)
{
	int level;

	for (level = top_leaf_level(); level <= 3; level++) {
		map_last_rows(level);
		tables_copy();
		sweep(0, 1);
		sweep(3, 1);
	}
}

/* Replace a leaf by another kind of entry. */
static void put_defect(struct leaf *leaf, unsigned int kind)
{
	u64 val = leaf->val;

	switch (kind) {
	case 0:	/* none */
		model_unmap(leaf->addr);
		return;
	case 1:	/* neither none nor present */
		val = 0xbad000 & ~(LEAF_VALID | LEAF_NG);
		break;
	case 2:	/* the address and attributes of a leaf, but not present */
		val &= ~(LEAF_VALID | LEAF_NG | LEAF_CONT);
		break;
	case 3:	/* present-invalid */
		val = (val & ~LEAF_VALID) | LEAF_NG;
		break;
	case 4:	/* read-only */
		val |= LEAF_RDONLY;
		break;
	case 5:	/* contiguous, though the rest of its group may not be */
		val |= LEAF_CONT;
		break;
	}
	model_map(leaf->addr, leaf->level, val);
}

static void one_leaf_is_different(void)
{
	unsigned int i, kind, b = 0;

	map_leaf_rows();
	for (i = 0; i < nr_leaves; i++) {
		unsigned long addr = leaves[i].addr, end = leaf_end(&leaves[i]), at[MAX_BOUNDS];
		unsigned int nr = nr_bounds, first, last;

		memcpy(at, bounds, sizeof(at));
		/* Only the leaves at the ends of their rows: a bound is next to them. */
		for (b = 0; b < nr && at[b] != addr && at[b] != end; b++)
			;
		if (b == nr)
			continue;

		for (kind = 0; kind < 6; kind++) {
			if (kind == 5 && leaves[i].level < 2)
				continue;
			map_leaf_rows();
			put_defect(&leaves[i], kind);
			tables_copy();
			for (first = 0; first < nr; first++) {
				for (last = first + 1; last < nr; last++) {
					const struct op *op;

					op = attr_op((first + last + kind) % NR_OPS);
					if (at[first] > addr || at[last] < end)
						continue;
					test_context("%s of %016lx-%016lx, %016lx is of kind %u",
						     op->name, at[first], at[last], addr, kind);
					checked_range(at[first], at[last], op->set, op->clear);
					if (test_failed())
						return;
				}
			}
		}
		map_leaf_rows();
	}
}

/* At each level in turn, the table above the page is missing. */
static void no_table(void)
{
	const struct op *op = attr_op(OP_RO);
	unsigned long start;
	int level;

	for (level = tables_root_level(); level < 3; level++) {
		model_reset();
		start = linear_map + 2 * LEVEL_SIZE(2);
		model_map(start, 3, model_leaf(3, MEM_PHYS));
		model_unmap(start);
		*tables_entry(start, level) = 0;
		tables_copy();
		test_context("no entry of level %d", level);
		EXPECT(checked_range(start, start + PAGE_SIZE, op->set, op->clear) == -EINVAL,
		       "not refused");
		if (test_failed())
			return;
	}
}

/* Make each leaf, and each contiguous group as a whole, invalid and valid again. */
static void round_trip(bool ng)
{
	const struct op *invalid, *valid;
	unsigned int i, first, last;
	u64 before[2];

	map_leaf_rows();
	if (ng)
		use_ng();
	tables_copy();
	invalid = attr_op(OP_INVALID);
	valid = attr_op(OP_VALID);

	for (first = 0; first < nr_leaves; first = last + 1) {
		unsigned long start = leaves[first].addr, end;

		last = first;
		if (leaves[first].val & LEAF_CONT)
			last += (leaves[first].level == 3 ? CONT_PTES :
				 1 << CONFIG_ARM64_CONT_PMD_SHIFT) - 1;
		end = leaf_end(&leaves[last]);
		test_context("%016lx-%016lx", start, end);
		before[0] = *leaves[first].entry;
		before[1] = *leaves[last].entry;

		/* The second call finds nothing to change. */
		for (i = 0; i < 2; i++)
			EXPECT(!checked_range(start, end, invalid->set, invalid->clear), "refused");
		EXPECT(!(*leaves[first].entry & LEAF_VALID), "still valid");
		for (i = 0; i < 2; i++)
			EXPECT(!checked_range(start, end, valid->set, valid->clear), "refused");
		EXPECT(*leaves[first].entry == before[0] && *leaves[last].entry == before[1],
		       "%016llx became %016llx", before[0], *leaves[first].entry);
	}
}

static void invalid_and_valid_again(void)
{
	round_trip(false);
}

static void invalid_and_valid_again_ng(void)
{
	round_trip(true);
}

/* Ranges that start and end at, or one page beyond, the ends of one table of PTEs. */
static void whole_table_of_ptes(void)
{
	unsigned long start, i;
	unsigned int op;

	model_reset();
	start = linear_map + 2 * LEVEL_SIZE(2);
	for (i = 0; i < PTRS_PER_PTE + 2; i++)
		model_map(start + (i - 1) * PAGE_SIZE, 3,
			  model_leaf(3, SZ_1G + 2 * LEVEL_SIZE(2) + i * PAGE_SIZE));
	tables_copy();
	for (op = 0; op < NR_OPS; op++) {
		const struct op *o = attr_op(op);

		test_context("%s", o->name);
		checked_range(start, start + LEVEL_SIZE(2), o->set, o->clear);
		checked_range(start - PAGE_SIZE, start + LEVEL_SIZE(2), o->set, o->clear);
		checked_range(start, start + LEVEL_SIZE(2) + PAGE_SIZE, o->set, o->clear);
		checked_range(start - PAGE_SIZE, start + LEVEL_SIZE(2) + PAGE_SIZE, o->set,
			      o->clear);
	}
}

/* Neither an unaligned start nor an unaligned size reaches a table. */
static void unaligned(void)
{
	pgprot_t set = __pgprot(PTE_RDONLY), clear = __pgprot(PTE_WRITE);
	unsigned long start, boundary;

	map_leaf_rows();
	tables_copy();
	start = leaves[0].addr;
	boundary = ALIGN(start + 1, LEVEL_SIZE(2));
	log_reset();
	test_count();
	EXPECT(update_range_prot(start + 8, PAGE_SIZE, set, clear) == -EINVAL, "start");
	EXPECT(update_range_prot(start, PAGE_SIZE + 8, set, clear) == -EINVAL, "size");
	EXPECT(update_range_prot(boundary - 8, PAGE_SIZE, set, clear) == -EINVAL, "boundary");
	EXPECT(!log_nr, "%s", log_string());
}

static const struct test_case cases[] = {
	{ "every_pair_of_bounds", every_pair_of_bounds },
	{ "every_pair_of_bounds_ng", every_pair_of_bounds_ng },
	{ "end_of_address_space", end_of_address_space },
	{ "unaligned", unaligned },
	{ "one_leaf_is_different", one_leaf_is_different },
	{ "no_table", no_table },
	{ "invalid_and_valid_again", invalid_and_valid_again },
	{ "invalid_and_valid_again_ng", invalid_and_valid_again_ng },
	{ "whole_table_of_ptes", whole_table_of_ptes },
	{ }
};

const struct test_suite range_suite = { "range", cases };
