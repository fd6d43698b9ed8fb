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
#define PER_TABLE		(PAGE_SIZE / sizeof(u64))

/* In table descriptors, for all below: not executable by the kernel, or by users. */
#define TABLE_PXN		BIT(59)
#define TABLE_UXN		BIT(60)

/* How many entries a contiguous group of a level has; 1 where there are none. */
static inline unsigned int group_entries(int level)
{
	if (level == 3)
		return 1 << CONFIG_ARM64_CONT_PTE_SHIFT;

	return level == 2 ? 1 << CONFIG_ARM64_CONT_PMD_SHIFT : 1;
}

/* The level of the root, which the CPU can fold too: LPA2 without 52-bit addresses. */
static inline int tables_root_level(void)
{
	int level = 4 - CONFIG_PGTABLE_LEVELS;

	return IS_ENABLED(CONFIG_ARM64_LPA2) && !host_has_va52 ? level + 1 : level;
}

/**
 * enum table_state - what has become of a table
 * @TABLE_PRIVATE: allocated, and seen by its maker only
 * @TABLE_LINKED: table walks find it
 * @TABLE_UNLINKED: they no longer do, but may be in it
 * @TABLE_FREED: it is something else
 */
enum table_state { TABLE_PRIVATE, TABLE_LINKED, TABLE_UNLINKED, TABLE_FREED };

/**
 * struct table - one table
 * @mem: its entries; an allocation of its own, so that the sanitizer knows where it ends
 * @copy: what tables_copy() found there
 * @published: while it is private: what was there at the last DSB ISHST
 * @addr: first address that it maps, while it is linked, and after
 * @level: of its entries
 * @state: see there
 * @early: was there from the start, and not allocated
 * @unlinked: what happened since it was unlinked, see bbm.c
 */
struct table {
	u64 *mem;
	u64 *copy;
	u64 *published;
	unsigned long addr;
	int level;
	enum table_state state;
	bool early;
	struct {
		bool visible;
		unsigned long flushed_to;
		bool flushed_walks;
		bool flushed;
		bool grace;
		bool quiet;
		bool locked;
	} unlinked;
};

void tables_reset(void);
u64 *tables_entry(unsigned long addr, int level);
bool tables_is_table(const u64 *entry);
bool tables_contain(const u64 *entry);
unsigned long tables_addr(const u64 *entry);

/* The table that an entry lies in, and that a descriptor at @level leads to; or NULL. */
struct table *tables_of(const u64 *entry);
struct table *tables_linked_by(u64 desc, int level);
struct table *tables_nth(unsigned int nr);
bool tables_reachable(const struct table *table);

static inline unsigned long table_end(const struct table *table)
{
	return table->addr + PER_TABLE * LEVEL_SIZE(table->level);
}

/*
 * Allocation: how many tables were allocated and not yet freed since tables_reset(),
 * how many allocations were tried, and which of these fails, counted from 1.
 */
extern unsigned int tables_in_use, tables_tries, tables_fail;

/* A copy of all tables that are in use, made and compared with. */
void tables_copy(void);
void tables_copy_set(const u64 *entry, u64 val);
const u64 *tables_differ(u64 *want);

/**
 * struct seen - an entry as a walk from the root finds it
 * @addr: first address that it maps
 * @level: of the entry
 * @val: the entry; of a table without its address
 * @table: is a table, whose entries follow
 */
struct seen {
	unsigned long addr;
	int level;
	u64 val;
	bool table;
};

#define MAX_SEEN	0x20000U

/* All entries that are not none, tables first. Returns how many. */
unsigned int tables_see(struct seen *seen);

#endif /* TABLES_H */
