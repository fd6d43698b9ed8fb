/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference model: a sorted list of leaves. It computes the result of a change of a
 * range without tables and without a walk, and compares that with the log and the tables
 * after each call. Leaf sizes do not change here, see split_model.h.
 */
#ifndef MODEL_H
#define MODEL_H

#include "kernel.h"
#include "tables.h"

/**
 * struct leaf - a leaf of the tables, valid or not
 * @addr: start of the range that the leaf maps
 * @level: level of the entry, see tables.h
 * @entry: the entry
 * @val: the value that *@entry must have
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

/* Arm ARM, "VMSAv8-64 descriptor formats"; Linux uses DBM as the writable bit. */
#define LEAF_PXN	BIT(53)
#define LEAF_CONT	BIT(52)
#define LEAF_WRITE	BIT(51)
#define LEAF_GP		BIT(50)
#define LEAF_NG		BIT(11)
#define LEAF_RDONLY	BIT(7)
#define LEAF_TAGGED	BIT(2)	/* AttrIndx of normal memory with tags */
#define LEAF_VALID	BIT(0)

/* Start over with a kernel that has just booted, and without leaves. */
void model_reset(void);

/* The value of a leaf as the kernel maps memory: valid, writable, not executable. */
u64 model_leaf(int level, phys_addr_t phys);

/* Store a leaf in the model and in the tables; remove it. */
void model_map(unsigned long addr, int level, u64 val);
void model_unmap(unsigned long addr);

/* The leaf that maps @addr, or NULL. */
struct leaf *model_find(unsigned long addr);

/* Whether the leaf is valid or present-invalid. Other leaves cannot be changed. */
bool leaf_present(const struct leaf *leaf);

static inline unsigned long leaf_size(const struct leaf *leaf)
{
	return LEVEL_SIZE(leaf->level);
}

/* End address (exclusive); 0 for the last leaf of the address space. */
static inline unsigned long leaf_end(const struct leaf *leaf)
{
	return leaf->addr + leaf_size(leaf);
}

/**
 * struct planned_range - one range of a call, with the expected effects
 * @start: start address
 * @end: end address (exclusive)
 * @set: bits to set in each leaf
 * @clear: bits to clear in each leaf, before
 * @stores: number of leaves that change
 * @root_stores: number of leaves in the root that change
 * @valid_stores: number of leaves that change and are valid afterwards
 * @flush: the range must be invalidated: a valid leaf changes, or one that was read-only
 *	becomes writable
 */
struct planned_range {
	unsigned long start;
	unsigned long end;
	u64 set;
	u64 clear;
	unsigned int stores;
	unsigned int root_stores;
	unsigned int valid_stores;
	bool flush;
};

#define MAX_RANGES	600

/**
 * struct plan - the expected effects of one call
 * @ret: return value
 * @may_warn: a leaf of the linear map is partially covered
 * @must_warn: the same, and it is the only reason to refuse
 * @noflush: the caller invalidates, not the call
 * @nr: number of ranges
 * @range: the ranges, in the order of the check pass
 */
struct plan {
	int ret;
	bool may_warn;
	bool must_warn;
	bool noflush;
	unsigned int nr;
	struct planned_range range[MAX_RANGES];
};

void plan_reset(struct plan *plan);
void plan_range(struct plan *plan, unsigned long start, unsigned long end, u64 set, u64 clear);

/*
 * Compare the effects of a call with the plan, and apply the plan to the model. @ret is
 * the return value of the call. log_reset() must precede the call.
 */
void check_call(struct plan *plan, int ret);

/* Plan, call and check update_range_prot(). Returns the return value of the call. */
int checked_range(unsigned long start, unsigned long end, u64 set, u64 clear);

#endif /* MODEL_H */
