/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference: a sorted list of leaves, and what a change of a range must do to
 * them or why it must refuse. It knows no tables and no walk.
 */
#ifndef MODEL_H
#define MODEL_H

#include "kernel.h"
#include "tables.h"

/**
 * struct leaf - an entry that is no table and not none
 * @addr: first address that it maps
 * @level: of the entry, see tables.h
 * @entry: where it is
 * @val: what it must be
 */
struct leaf {
	unsigned long addr;
	int level;
	u64 *entry;
	u64 val;
};

#define MAX_LEAVES	40000

extern struct leaf leaves[MAX_LEAVES];
extern unsigned int nr_leaves;

/* As in the Arm ARM, "VMSAv8-64 descriptor formats", and DBM as Linux uses it. */
#define LEAF_PXN	BIT(53)
#define LEAF_CONT	BIT(52)
#define LEAF_WRITE	BIT(51)
#define LEAF_GP		BIT(50)
#define LEAF_NG		BIT(11)
#define LEAF_RDONLY	BIT(7)
#define LEAF_TAGGED	BIT(2)	/* MAIR's index of normal memory with tags */
#define LEAF_VALID	BIT(0)

void model_reset(void);
u64 model_leaf(int level, phys_addr_t phys);
void model_map(unsigned long addr, int level, u64 val);
void model_unmap(unsigned long addr);
struct leaf *model_find(unsigned long addr);
bool leaf_present(const struct leaf *leaf);

static inline unsigned long leaf_size(const struct leaf *leaf)
{
	return LEVEL_SIZE(leaf->level);
}

/* 0 for the last leaf of the address space. */
static inline unsigned long end_of(const struct leaf *leaf)
{
	return leaf->addr + leaf_size(leaf);
}

/* One range of a change, and what follows from the leaves in it. */
struct run {
	unsigned long start;
	unsigned long end;
	u64 set;
	u64 clear;
	unsigned int stores;
	unsigned int root_stores;
	unsigned int valid_stores;
	bool flush;
};

#define MAX_RUNS	600

/**
 * struct plan - what one call must do
 * @ret: what it returns
 * @may_warn: a leaf of the linear map is cut
 * @must_warn: and nothing else is wrong
 * @noflush: the call leaves the invalidation to its caller
 * @nr: number of @run
 * @run: the ranges, in the order in which they are looked at
 */
struct plan {
	int ret;
	bool may_warn;
	bool must_warn;
	bool noflush;
	unsigned int nr;
	struct run run[MAX_RUNS];
};

void plan_reset(struct plan *plan);
void plan_range(struct plan *plan, unsigned long start, unsigned long end, u64 set, u64 clear);

/* log_reset() and the call were before: see whether it did what was planned. */
void check_call(struct plan *plan, int ret);

/* update_range_prot() of a range, planned, called and checked. Returns its result. */
int checked_range(unsigned long start, unsigned long end, u64 set, u64 clear);

#endif /* MODEL_H */
