/* SPDX-License-Identifier: GPL-2.0-only */
/* Stand-ins for what linear_map_split.c calls: mainly the allocation of tables. */
#ifndef KERNEL_SPLIT_H
#define KERNEL_SPLIT_H

#include "../../../arch/arm64/mm/linear_map.h"

/*
 * Since kernel_reset(): tables that were allocated and not freed, and attempts to
 * allocate. The attempt number @table_alloc_fails_at fails, counted from 1; 0 is none.
 */
extern unsigned int tables_allocated, table_allocs, table_alloc_fails_at;

/* Since kernel_reset(): tables that a memory cgroup pays for. The task can be in none. */
extern unsigned int tables_charged;
extern bool task_in_no_memcg;

#endif /* KERNEL_SPLIT_H */
