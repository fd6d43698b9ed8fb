// SPDX-License-Identifier: GPL-2.0-only
/* Compares the counters of the linear map's leaves with the tables. */
#include "kernel_split.h"
#include "ktap.h"
#include "libc.h"
#include "split_model.h"

/*
 * Difference between leaf_count_read() and the tables when a test began: the tests map
 * leaves without the functions that count.
 */
static unsigned long offset[NR_LEAF_SIZES];

static void count_by_walk(unsigned long bytes[NR_LEAF_SIZES])
{
	rcu_read_lock();
	leaf_count_walk(linear_map, PAGE_END, bytes);
	rcu_read_unlock();
}

void counts_record(void)
{
	unsigned long counted[NR_LEAF_SIZES];
	unsigned int i;

	leaf_count_read(counted);
	count_by_walk(offset);
	for (i = 0; i < NR_LEAF_SIZES; i++)
		offset[i] = counted[i] - offset[i];
}

void counts_check(const struct found *found, unsigned int nr)
{
	unsigned long counted[NR_LEAF_SIZES], walked[NR_LEAF_SIZES], want[NR_LEAF_SIZES] = { };
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct found *f = &found[i];

		if (!f->table && f->level > 0 && f->addr >= linear_map && f->addr < PAGE_END)
			want[(3 - f->level) * 2 + !!(f->val & LEAF_CONT)] += LEVEL_SIZE(f->level);
	}
	leaf_count_read(counted);
	count_by_walk(walked);
	for (i = 0; i < NR_LEAF_SIZES; i++) {
		EXPECT(walked[i] == want[i], "leaf size %u: the walk counts %lx bytes, not %lx", i,
		       walked[i], want[i]);
		EXPECT(counted[i] - offset[i] == want[i],
		       "leaf size %u: the counter has %lx bytes, not %lx", i,
		       counted[i] - offset[i], want[i]);
	}
}
