/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For sweeps over ranges: adjacent rows of leaves of every size, the addresses at which a
 * range can begin or end differently, and the attribute changes of the kernel.
 */
#ifndef LEAF_ROWS_H
#define LEAF_ROWS_H

#include "model.h"

#define MAX_BOUNDS	128

/* Offset in the linear map that is clear of the rows and aligned for any leaf. */
#define FAR_OFF		(IS_ENABLED(CONFIG_ARM64_64K_PAGES) ? 512 * LEVEL_SIZE(2) : \
			 64 * LEVEL_SIZE(max(1, tables_root_level())))

/* Start and end addresses of leaves, groups and rows, and one page before and after. */
extern unsigned long bounds[MAX_BOUNDS];
extern unsigned int nr_bounds;

/* Compute the bounds again after a test has mapped leaves. */
void find_bounds(void);

/* The highest level with leaves. */
int top_leaf_level(void);

/*
 * Map rows in the linear map without a gap: PTEs, contiguous PTEs, PMDs, and so on up to
 * level @top, and down again. So a walk enters each table in the middle and leaves it at
 * the end, or enters it at the start and leaves it in the middle.
 */
void map_leaf_rows_to(int top);

/* The same up to the highest level. */
void map_leaf_rows(void);

/* Map a few leaves of @level at the end of the address space. */
void map_last_rows(int level);

/* A change of attributes, as bits to set and to clear. */
struct op {
	const char *name;
	u64 set;
	u64 clear;
};

enum { OP_RO, OP_RW, OP_X, OP_NX, OP_ROX, OP_INVALID, OP_VALID, OP_DEFAULT, NR_OPS };

/* The bits depend on host_has_bti and arm64_use_ng_mappings. */
const struct op *attr_op(unsigned int nr);

#endif /* LEAF_ROWS_H */
