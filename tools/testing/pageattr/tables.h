/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables in memory of the process. tables.c builds them from the Arm ARM's description
 * and not with the kernel's macros, so that it does not share a mistake with them.
 *
 * Levels are the architecture's, folded or not: 3 is PTE, 2 PMD, 1 PUD, 0 P4D, -1 PGD.
 */
#ifndef TABLES_H
#define TABLES_H

#define LEVEL_SHIFT(level)	((PAGE_SHIFT - 3) * (4 - (level)) + 3)
#define LEVEL_SIZE(level)	(1UL << LEVEL_SHIFT(level))
#define PER_TABLE		(PAGE_SIZE / sizeof(u64))

/* Bits of table entries: no execution by the kernel, or by users, in the whole range. */
#define TABLE_PXN		BIT(59)
#define TABLE_UXN		BIT(60)

/* Bits for software that mark a table or a block during a collapse. */
#define TABLE_MARKS		GENMASK_ULL(57, 56)

/* Entries of a contiguous group at @level; 1 if the level has no groups. */
static inline unsigned int group_entries(int level)
{
	if (level == 3)
		return 1 << CONFIG_ARM64_CONT_PTE_SHIFT;

	return level == 2 ? 1 << CONFIG_ARM64_CONT_PMD_SHIFT : 1;
}

/* A kernel with LPA2 folds one level more on a CPU without 52-bit addresses. */
static inline int tables_root_level(void)
{
	int level = 4 - CONFIG_PGTABLE_LEVELS;

	return IS_ENABLED(CONFIG_ARM64_LPA2) && !host_has_va52 ? level + 1 : level;
}

/**
 * enum table_state - the life of a table
 * @TABLE_PRIVATE: allocated, not linked yet
 * @TABLE_LINKED: reachable from the root
 * @TABLE_UNLINKED: replaced; walks that began earlier may still use it
 * @TABLE_FREED: free memory
 */
enum table_state { TABLE_PRIVATE, TABLE_LINKED, TABLE_UNLINKED, TABLE_FREED };

/**
 * struct table - one table
 * @mem: the entries; a separate allocation, so that the sanitizer knows the bounds
 * @copy: the entries at the last tables_copy()
 * @published: of a private table: the entries at the last DSB ISHST
 * @addr: start of the range that the table maps, or did before it was unlinked
 * @level: level of the entries
 * @state: the state
 * @early: not from the page allocator
 * @unlinked: steps since the table was unlinked, see bbm.c
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

/* Start over with an empty root. */
void tables_reset(void);

/* The entry of @addr at @level. Makes the tables above it. */
u64 *tables_entry(unsigned long addr, int level);

/* Whether the entry points to another table. */
bool tables_is_table(const u64 *entry);

/* Start of the range that the entry maps. */
unsigned long tables_addr(const u64 *entry);

/* The table that contains @entry, or that an entry @desc at @level points to; or NULL. */
struct table *tables_of(const u64 *entry);
struct table *tables_linked_by(u64 desc, int level);

/* The table at physical address @phys; all tables by number, NULL after the last one. */
struct table *tables_by_phys(phys_addr_t phys);
struct table *tables_nth(unsigned int nr);

/* A table that is not in use. */
struct table *tables_new(void);

/* Whether a walk from the root reaches @table. */
bool tables_reachable(const struct table *table);

static inline unsigned long table_end(const struct table *table)
{
	return table->addr + PER_TABLE * LEVEL_SIZE(table->level);
}

/*
 * Copy all tables; set an entry of the copy. tables_differ() returns the first entry that
 * differs from the copy, with the copy's value in @want, or NULL.
 */
void tables_copy(void);
void tables_copy_set(const u64 *entry, u64 val);
const u64 *tables_differ(u64 *want);

/**
 * struct found - an entry that a walk from the root finds
 * @addr: start of the range that the entry maps
 * @level: level of the entry
 * @val: value; for a table entry without the address
 * @table: a table entry; the entries of the table follow
 */
struct found {
	unsigned long addr;
	int level;
	u64 val;
	bool table;
};

#define MAX_FOUND	0x20000U

/* List all entries that are not 0, a table entry before the table. Returns the number. */
unsigned int tables_list(struct found *found);

#endif /* TABLES_H */
