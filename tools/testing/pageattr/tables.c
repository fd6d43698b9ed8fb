// SPDX-License-Identifier: GPL-2.0-only
#include "kernel.h"
#include "ktap.h"
#include "libc.h"
#include "tables.h"

#define MAX_TABLES	512

/* Physical memory for tables only. */
#define TABLES_PHYS	BIT(40)
#define ADDR_MASK	GENMASK_ULL(47, PAGE_SHIFT)

/* A whole page: the kernel may use only the end of the root if it folds a level at boot. */
pgd_t swapper_pg_dir[PER_TABLE] __aligned(PAGE_SIZE);

static struct table tables[MAX_TABLES];
static unsigned int nr_tables;

static void table_init(struct table *table, unsigned long addr, int level)
{
	memset(table->mem, 0, PAGE_SIZE);
	table->addr = addr;
	table->level = level;
	table->state = TABLE_LINKED;
	table->early = true;
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

/* Reuses the table that was freed first, so that an access to a freed table is noticed. */
struct table *tables_new(void)
{
	static unsigned int oldest;
	struct table *table;
	unsigned int i;

	if (nr_tables < MAX_TABLES) {
		table = &tables[nr_tables++];
	} else {
		for (i = 0; i < MAX_TABLES; i++) {
			oldest = (oldest + 1) % MAX_TABLES;
			if (tables[oldest].state == TABLE_FREED)
				break;
		}
		if (i == MAX_TABLES)
			test_bail("more than %d tables", MAX_TABLES);
		table = &tables[oldest];
	}
	if (!table->mem) {
		table->mem = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
		table->copy = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
		table->published = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	}

	return table;
}

struct table *tables_nth(unsigned int nr)
{
	return nr < nr_tables ? &tables[nr] : NULL;
}

struct table *tables_by_phys(phys_addr_t phys)
{
	return &tables[(phys - TABLES_PHYS) / PAGE_SIZE];
}

struct table *tables_linked_by(u64 desc, int level)
{
	u64 nr = ((desc & ADDR_MASK) - TABLES_PHYS) / PAGE_SIZE;

	return level < 3 && (desc & 3) == 3 && nr < nr_tables ? &tables[nr] : NULL;
}

bool tables_is_table(const u64 *entry)
{
	return tables_linked_by(*entry, tables_of(entry)->level);
}

/* The attributes are those of map_mem() and vmalloc. */
static u64 table_desc(unsigned long addr, const struct table *table)
{
	u64 desc = (TABLES_PHYS + (table - tables) * PAGE_SIZE) | 3 | TABLE_UXN;

	return addr >= linear_map && addr < PAGE_END ? desc | TABLE_PXN : desc;
}

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
			table = tables_new();
			table_init(table, addr & ~(LEVEL_SIZE(l) - 1), l + 1);
			*entry = table_desc(addr, table);
		} else if (tables_is_table(entry)) {
			table = tables_linked_by(*entry, l);
		} else {
			test_bail("a leaf is mapped at %016lx", addr);
		}
	}
}

struct table *tables_of(const u64 *entry)
{
	static unsigned int last;
	unsigned int i;

	if (last < nr_tables && entry >= tables[last].mem && entry < tables[last].mem + PER_TABLE)
		return &tables[last];
	for (i = 0; i < nr_tables; i++) {
		if (entry >= tables[i].mem && entry < tables[i].mem + PER_TABLE) {
			last = i;
			return &tables[i];
		}
	}

	return NULL;
}

unsigned long tables_addr(const u64 *entry)
{
	struct table *table = tables_of(entry);

	return table->addr + (entry - table->mem) * LEVEL_SIZE(table->level);
}

static bool reachable_from(const struct table *from, const struct table *table)
{
	unsigned int i;

	if (from == table)
		return true;
	for (i = 0; i < PER_TABLE && from->level < 3; i++) {
		const struct table *below = tables_linked_by(from->mem[i], from->level);

		if (below && reachable_from(below, table))
			return true;
	}

	return false;
}

bool tables_reachable(const struct table *table)
{
	return reachable_from(&tables[0], table);
}

/*
 * __va(): for a table the address in the process. Other addresses are in the linear map,
 * where the process has no memory.
 */
void *host_va(phys_addr_t phys)
{
	phys_addr_t offset = phys - TABLES_PHYS;

	if (offset < nr_tables * PAGE_SIZE)
		return (char *)tables[offset / PAGE_SIZE].mem + offset % PAGE_SIZE;

	return (void *)__phys_to_virt(phys);
}

phys_addr_t host_pa(unsigned long addr)
{
	struct table *table = tables_of((u64 *)addr);

	if (!table)
		return __lm_to_phys(addr);

	return TABLES_PHYS + (table - tables) * PAGE_SIZE + (addr - (unsigned long)table->mem);
}

void tables_copy(void)
{
	unsigned int i;

	for (i = 0; i < nr_tables; i++)
		memcpy(tables[i].copy, tables[i].mem, PAGE_SIZE);
}

void tables_copy_set(const u64 *entry, u64 val)
{
	struct table *table = tables_of(entry);

	table->copy[entry - table->mem] = val;
}

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

static unsigned int list_table(const struct table *table, unsigned long addr,
			       struct found *found, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < PER_TABLE; i++, addr += LEVEL_SIZE(table->level)) {
		u64 val = table->mem[i];
		const struct table *below = tables_linked_by(val, table->level);

		if (!val)
			continue;
		if (nr == MAX_FOUND)
			test_bail("more than %u entries", MAX_FOUND);
		found[nr++] = (struct found){
			.addr = addr,
			.level = table->level,
			.val = below ? val & ~ADDR_MASK : val,
			.table = below,
		};
		if (below)
			nr = list_table(below, addr, found, nr);
	}

	return nr;
}

unsigned int tables_list(struct found *found)
{
	return list_table(&tables[0], tables[0].addr, found, 0);
}
