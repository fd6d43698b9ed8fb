// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remap of the linear map at page granularity.
 *
 * map_mem() maps the linear map with blocks if the boot CPU supports BBML2 without
 * aborts. A secondary CPU that lacks the capability must not use a leaf while another
 * CPU splits it. If one is found at boot, remap_linear_map() replaces all tables of the
 * linear map, before the first split.
 *
 * The remap changes the leaf size of live mappings, so each CPU needs break-before-make
 * (Arm ARM, "TLB maintenance requirements"). cpu_replace_ttbr1() provides it: running in
 * the idmap, it installs a reserved TTBR1, invalidates the TLB of the CPU and installs
 * the new root. No CPU may use a root whose entries change, so all CPUs use a temporary
 * root meanwhile:
 *
 *	CPU0 (first online CPU)         CPU1 (each other CPU)
 *	-------------------------       -------------------------
 *	stop_machine()
 *	fill the new tables
 *	fill the temporary root
 *	           -- all CPUs wait for each other --
 *	use the temporary root          use the temporary root
 *	           -- all CPUs wait for each other --
 *	update swapper_pg_dir
 *	           -- all CPUs wait for each other --
 *	use swapper_pg_dir              use swapper_pg_dir
 *
 * Changes of the linear map meanwhile
 * -----------------------------------
 *
 * The new tables must contain each change that was stored to the old ones. A change reads
 * an entry, and stores to it later. stop_machine() would preempt a task in between:
 *
 *	CPU0 (remap)                    CPU1 (KFENCE: object is freed)
 *	-------------------------       -------------------------
 *	                                find the entry in the old table
 *	stop_machine()                  preempted
 *	copy the tables, switch
 *	                                store to the old table: lost
 *
 * Therefore CLASS(kernel_change, early)() disables preemption until the capabilities are
 * final. stop_machine() then waits for the end of each change.
 *
 * Readers, as kernel_page_present(), can be preempted. They are in an RCU read-side
 * critical section, and the old tables are freed after a grace period.
 */
#include <linux/cpu.h>
#include <linux/cpufeature.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mmu_context.h>
#include <linux/pgalloc.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>

#include "linear_map.h"

/* Levels are numbered as in the Arm ARM: a lower number is nearer to the root. */
#define PTE_LEVEL	3

/*
 * remap - state of the remap, shared by all CPUs
 * @entry: first entry of the linear map in the root
 * @nr_entries: number of its entries in the root
 * @level: level of the root
 * @root: temporary root
 * @old: old values of the entries in the root
 * @tables: pages for the new tables
 * @nr: number of pages in @tables
 * @used: number of pages in use
 * @arrived: number of arrivals in rendezvous(), sum of all phases
 * @phase: last phase that all CPUs have reached
 */
static struct {
	u64 *entry;
	unsigned int nr_entries;
	int level;
	u64 *root;
	u64 *old;
	u64 **tables;
	unsigned long nr;
	unsigned long used;
	atomic_t arrived;
	atomic_t phase;
} remap __initdata;

/*
 * Return the entry in the root for @addr. A CPU with a smaller VA size than the kernel's
 * folds one level: the root is then a table of the next level.
 */
static u64 * __init root_entry(unsigned long addr, int *level)
{
	pgd_t *pgdp = pgd_offset_k(addr);
	p4d_t *p4dp = p4d_offset(pgdp, addr);

	if (!pgtable_l4_enabled()) {
		*level = max(1, PTE_LEVEL + 1 - CONFIG_PGTABLE_LEVELS);
		return &pud_val(*pud_offset(p4dp, addr));
	}
	if (!pgtable_l5_enabled()) {
		*level = 0;
		return &p4d_val(*p4dp);
	}
	*level = PTE_LEVEL + 1 - CONFIG_PGTABLE_LEVELS;

	return &pgd_val(*pgdp);
}

static bool __init is_table(u64 desc, int level)
{
	return level < PTE_LEVEL && (desc & PTE_TYPE_MASK) == PTE_TYPE_PAGE;
}

/* Return entry @i of the table @desc, or the part @i of the block @desc. */
static u64 __init entry_below(u64 desc, int level, unsigned int i)
{
	if (is_table(desc, level))
		return ((u64 *)__va(__pmd_to_phys(__pmd(desc))))[i];

	/* A page descriptor differs from a block descriptor in PTE_TABLE_BIT only. */
	desc &= ~PTE_CONT;
	if (level == PTE_LEVEL - 1)
		desc |= PTE_TABLE_BIT;

	return desc + ((u64)i << ARM64_HW_PGTABLE_LEVEL_SHIFT(level + 1));
}

/* Count the tables that map the memory of @desc at page granularity. */
static unsigned long __init tables_below(u64 desc, int level)
{
	unsigned long nr = 1;
	unsigned int i;

	if (level == PTE_LEVEL || !desc)
		return 0;
	for (i = 0; level < PTE_LEVEL - 1 && i < PTRS_PER_PTE; i++)
		nr += tables_below(entry_below(desc, level, i), level + 1);

	return nr;
}

/* Build tables for the memory of @desc, PTE-mapped, and return their descriptor. */
static u64 __init remapped(u64 desc, int level)
{
	unsigned int i;
	u64 *table;

	if (level == PTE_LEVEL)
		return desc & ~PTE_CONT;
	if (!desc)
		return 0;

	table = remap.tables[remap.used++];
	for (i = 0; i < PTRS_PER_PTE; i++)
		table[i] = remapped(entry_below(desc, level, i), level + 1);

	return kernel_table_desc(PAGE_OFFSET, table);
}

static void __init free_tables(u64 desc, int level)
{
	unsigned int i;

	if (!is_table(desc, level))
		return;
	for (i = 0; level < PTE_LEVEL - 1 && i < PTRS_PER_PTE; i++)
		free_tables(entry_below(desc, level, i), level + 1);
	kernel_table_free(__va(__pmd_to_phys(__pmd(desc))));
}

/* Wait until all CPUs have reached @phase. Interrupts are off. */
static void __init rendezvous(int phase)
{
	if (atomic_inc_return(&remap.arrived) == phase * num_online_cpus())
		atomic_set_release(&remap.phase, phase);
	while (atomic_read_acquire(&remap.phase) < phase)
		cpu_relax();
}

static int __init remap_cpu(void *unused)
{
	const bool first = smp_processor_id() == cpumask_first(cpu_online_mask);
	u64 *new = remap.root + offset_in_page(remap.entry) / sizeof(u64);
	unsigned int i;

	/* Each CPU is in stop_machine(): no change is between its check and apply pass. */
	if (first) {
		memcpy(remap.root, PTR_ALIGN_DOWN(remap.entry, PAGE_SIZE), PAGE_SIZE);
		for (i = 0; i < remap.nr_entries; i++) {
			remap.old[i] = remap.entry[i];
			new[i] = remapped(remap.entry[i], remap.level);
		}
		dsb(ishst);
	}
	rendezvous(1);
	cpu_replace_ttbr1((pgd_t *)remap.root);
	rendezvous(2);

	/* No CPU uses swapper_pg_dir: its entries may change without break-before-make. */
	for (i = 0; first && i < remap.nr_entries; i++)
		set_swapper_pgd((pgd_t *)&remap.entry[i], __pgd(new[i]));
	rendezvous(3);
	cpu_replace_ttbr1(lm_alias(swapper_pg_dir));

	return 0;
}

/* Return the last address of the linear map that has memory at boot. */
static unsigned long __init last_address(void)
{
	return (unsigned long)__va(memblock_end_of_DRAM() - 1);
}

/**
 * linear_map_can_remap - check whether remap_linear_map() can replace the tables
 *
 * The remap replaces entries of the root. The last entry is shared with other mappings
 * if the memory reaches the end of the linear map: with five levels, or with KASAN's
 * shadow behind the linear map. Tables of other mappings must not be replaced.
 *
 * Context: Boot, after memblock knows all memory.
 * Return: true if no entry of the root is shared.
 */
bool __init linear_map_can_remap(void)
{
	unsigned long last = last_address();
	int level;

	root_entry(last, &level);

	return (last | (BIT(ARM64_HW_PGTABLE_LEVEL_SHIFT(level)) - 1)) < PAGE_END;
}

static void __init alloc_tables(void)
{
	unsigned long i;

	for (i = 0; i < remap.nr_entries; i++)
		remap.nr += tables_below(remap.entry[i], remap.level);

	remap.root = kernel_table_alloc(GFP_KERNEL);
	remap.old = kernel_table_alloc(GFP_KERNEL);
	remap.tables = kvmalloc_array(remap.nr, sizeof(*remap.tables), GFP_KERNEL);
	if (!remap.root || !remap.old || !remap.tables)
		goto nomem;

	for (i = 0; i < remap.nr; i++) {
		remap.tables[i] = kernel_table_alloc(GFP_KERNEL);
		if (!remap.tables[i])
			goto nomem;
	}
	return;

nomem:
	/* No leaf may be split on this machine: with blocks, no module could be loaded. */
	panic("linear map: no memory for %lu tables to remap at page granularity\n",
	      remap.nr);
}

/**
 * remap_linear_map - map all of the linear map at page granularity
 *
 * Context: Boot, all CPUs that were found are online, their capabilities are not final.
 * Sleeps, and stops the machine. Panics if the allocation of the tables fails.
 */
void __init remap_linear_map(void)
{
	unsigned long start = _PAGE_OFFSET(vabits_actual);

	remap.entry = root_entry(start, &remap.level);
	remap.nr_entries = root_entry(last_address(), &remap.level) - remap.entry + 1;

	alloc_tables();
	leaf_count_range(start, PAGE_END, false);
	stop_machine(remap_cpu, NULL, cpu_online_mask);
	leaf_count_range(start, PAGE_END, true);

	kernel_table_free(remap.root);
	kvfree(remap.tables);

	pr_info("linear map: remapped at page granularity, not all CPUs support BBML2 without aborts (%lu kB of tables)\n",
		remap.used * PAGE_SIZE / SZ_1K);
}

/*
 * Free the old tables, which come from the early allocator. Their struct pages can be
 * initialised as late as in page_alloc_init_late(), after the remap.
 */
static int __init remap_free_old_tables(void)
{
	unsigned int i;

	if (!remap.old)
		return 0;

	/* A reader that was preempted during the remap can still use the old tables. */
	synchronize_rcu();
	for (i = 0; i < remap.nr_entries; i++)
		free_tables(remap.old[i], remap.level);
	kernel_table_free(remap.old);

	return 0;
}
late_initcall(remap_free_old_tables);
