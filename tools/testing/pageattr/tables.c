// SPDX-License-Identifier: GPL-2.0-only
#include "kernel.h"
#include "ktap.h"
#include "libc.h"
#include "tables.h"

#define MAX_TABLES	64
#define PER_TABLE	(PAGE_SIZE / sizeof(u64))

/* Physical memory that holds nothing but tables. */
#define TABLES_PHYS	BIT(40)

/* The root, all of the page: a folded level can be there by more than its start. */
pgd_t swapper_pg_dir[PER_TABLE] __aligned(PAGE_SIZE);

/* Each table is an allocation of its own: the sanitizer knows where it ends. */
static struct table {
	u64 *mem;
	u64 *copy;
	unsigned long addr;	/* first address that it maps */
	int level;
} tables[MAX_TABLES];
static unsigned int nr_tables;

static void table_init(struct table *table, unsigned long addr, int level)
{
	memset(table->mem, 0, PAGE_SIZE);
	table->addr = addr;
	table->level = level;
}

void tables_reset(void)
{
	struct table *root = &tables[0];

	if (!root->mem) {
		root->mem = (u64 *)swapper_pg_dir;
		root->copy = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	}
	table_init(root, linear_map, tables_root_level());
	nr_tables = 1;
}

static struct table *table_new(unsigned long addr, int level)
{
	struct table *table = &tables[nr_tables];

	if (nr_tables++ == MAX_TABLES) {
		printf("Bail out! more than %d tables\n", MAX_TABLES);
		exit(1);
	}
	if (!table->mem) {
		table->mem = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
		table->copy = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	}
	table_init(table, addr, level);

	return table;
}

/* Whether an entry leads to one of the tables. */
bool tables_is_table(const u64 *entry)
{
	return (*entry & 3) == 3 && *entry - TABLES_PHYS < MAX_TABLES * PAGE_SIZE;
}

/* The entry of @addr at @level, with the tables above it. */
u64 *tables_entry(unsigned long addr, int level)
{
	struct table *table = &tables[0];
	u64 *entry;
	int l;

	for (l = tables_root_level();; l++) {
		unsigned long mask = PER_TABLE - 1;

		if (l == 4 - CONFIG_PGTABLE_LEVELS)
			mask = (1UL << (VA_BITS - LEVEL_SHIFT(l))) - 1;
		entry = table->mem + (addr >> LEVEL_SHIFT(l) & mask);
		if (l == level)
			return entry;

		if (!*entry) {
			table = table_new(addr & ~(LEVEL_SIZE(l) - 1), l + 1);
			*entry = (TABLES_PHYS + (table - tables) * PAGE_SIZE) | 3;
		} else if (tables_is_table(entry)) {
			table = &tables[(*entry - TABLES_PHYS) / PAGE_SIZE];
		} else {
			printf("Bail out! a leaf is in the way of %016lx\n", addr);
			exit(1);
		}
	}
}

static struct table *table_of(const u64 *entry)
{
	unsigned int i;

	for (i = 0; i < nr_tables; i++) {
		if (entry >= tables[i].mem && entry < tables[i].mem + PER_TABLE)
			return &tables[i];
	}

	return NULL;
}

bool tables_contain(const u64 *entry)
{
	return table_of(entry);
}

/* The first address that an entry maps. */
unsigned long tables_addr(const u64 *entry)
{
	struct table *table = table_of(entry);

	return table->addr + (entry - table->mem) * LEVEL_SIZE(table->level);
}

/*
 * __va(): tables are where the process has them. All else is an address in the
 * linear map, and nothing is there.
 */
void *host_va(phys_addr_t phys)
{
	phys_addr_t offset = phys - TABLES_PHYS;

	if (offset < nr_tables * PAGE_SIZE)
		return (char *)tables[offset / PAGE_SIZE].mem + offset % PAGE_SIZE;

	return (void *)__phys_to_virt(phys);
}

void tables_copy(void)
{
	unsigned int i;

	for (i = 0; i < nr_tables; i++)
		memcpy(tables[i].copy, tables[i].mem, PAGE_SIZE);
}

void tables_copy_set(const u64 *entry, u64 val)
{
	struct table *table = table_of(entry);

	table->copy[entry - table->mem] = val;
}

/* The first entry that is not as in the copy, and what it is there; NULL if none. */
const u64 *tables_differ(u64 *want)
{
	unsigned int i, j;

	for (i = 0; i < nr_tables; i++) {
		if (!memcmp(tables[i].mem, tables[i].copy, PAGE_SIZE))
			continue;
		for (j = 0; tables[i].mem[j] == tables[i].copy[j]; j++)
			;
		*want = tables[i].copy[j];
		return &tables[i].mem[j];
	}

	return NULL;
}
