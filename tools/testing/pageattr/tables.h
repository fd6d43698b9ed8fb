/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page tables, in memory of the process. They are built by what the Arm ARM
 * says about levels and not by the macros of the kernel, so that a mistake in
 * those does not hide here too.
 *
 * Levels are the architecture's: 3 is PTE, 2 PMD, 1 PUD, 0 P4D, -1 PGD, whatever
 * is folded.
 */
#ifndef TABLES_H
#define TABLES_H

#define LEVEL_SHIFT(level)	((PAGE_SHIFT - 3) * (4 - (level)) + 3)
#define LEVEL_SIZE(level)	(1UL << LEVEL_SHIFT(level))

/* The level of the root, which the CPU can fold too: LPA2 without 52-bit addresses. */
static inline int tables_root_level(void)
{
	int level = 4 - CONFIG_PGTABLE_LEVELS;

	return IS_ENABLED(CONFIG_ARM64_LPA2) && !host_has_va52 ? level + 1 : level;
}

void tables_reset(void);
u64 *tables_entry(unsigned long addr, int level);
bool tables_is_table(const u64 *entry);
bool tables_contain(const u64 *entry);
unsigned long tables_addr(const u64 *entry);

/* A copy of all tables that are in use, made and compared with. */
void tables_copy(void);
void tables_copy_set(const u64 *entry, u64 val);
const u64 *tables_differ(u64 *want);

#endif /* TABLES_H */
