/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sweeps sweep: leaves of every kind in a row, and where it gets interesting. */
#ifndef WINDOW_H
#define WINDOW_H

#include "model.h"

#define MAX_BOUNDS	128

/* From the start of the linear map: apart from the rows, and aligned for any leaf. */
#define FAR_OFF		(IS_ENABLED(CONFIG_ARM64_64K_PAGES) ? 512 * LEVEL_SIZE(2) : \
			 64 * LEVEL_SIZE(max(1, tables_root_level())))

/* Addresses at, and just beside, the ends of leaves, groups and rows of leaves. */
extern unsigned long bounds[MAX_BOUNDS];
extern unsigned int nr_bounds;

/* The highest level that can have leaves. */
int window_top_level(void);

/*
 * Rows of leaves in the linear map, without a gap: PTEs, contiguous PTEs, PMDs, and
 * so on up to the highest level, and down again. So each table on the way is
 * entered in its middle, left at its end, and the other way round.
 */
void window_stairs(void);

/*
 * The same as map_mem() maps it, on a CPU that can split: up to the highest level that
 * arm64 has leaves at, and nothing more could be put together.
 */
void window_linear_map(void);

/* A few leaves of @level at the very end of the address space. */
void window_top(int level);

/*
 * One page of each leaf at a bound that is larger, or of its contiguous group; @nr
 * starts as 0. Returns false if there is no other.
 */
bool window_part(unsigned int *nr, unsigned long *start, unsigned long *end);

/* Find the bounds anew, for leaves that a test has mapped itself. */
void window_bounds(void);

/* The changes that the kernel makes, as set and clear masks. */
struct op {
	const char *name;
	u64 set;
	u64 clear;
};

enum { OP_RO, OP_RW, OP_X, OP_NX, OP_ROX, OP_INVALID, OP_VALID, OP_DEFAULT, NR_OPS };

/* For the nG mappings in use, see arm64_use_ng_mappings. */
const struct op *window_op(unsigned int nr);

#endif /* WINDOW_H */
