// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping the linear map by pages after all.
 *
 * The boot CPU decides how the linear map is made, before any other CPU has run. If
 * one of those cannot take a change of block size in place, nothing of it may be split
 * while that CPU uses it, and splitting is what large leaves rely on. So all of the
 * tables are made anew, with pages only, and every CPU changes from the one set to the
 * other with none of the linear map in its TLB: by way of the idmap, and of a root that
 * is not in use otherwise. It is what break-before-make asks for (Arm ARM, "TLB
 * maintenance requirements"), and takes no code of its own in the idmap.
 *
 * That happens once, before the first split.
 */
#include <linux/cpu.h>
#include <linux/cpufeature.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mmu_context.h>
#include <linux/pgalloc.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>

#include "linear_map.h"

/* The level of pages; others have lower numbers, as in the Arm ARM. */
#define PTE_LEVEL	3

/*
 * repaint - what the CPUs share
 * @entry: first entry of the root that is of the linear map
 * @nr_entries: how many there are
 * @level: their level
 * @root: page for the root in between
 * @former: what the entries were
 * @tables: pages for the new tables
 * @nr: how many
 * @used: how many of them are used
 * @arrived: CPUs at a rendezvous, of all phases
 * @phase: which phase all CPUs have reached
 */
static struct {
	u64 *entry;
	unsigned int nr_entries;
	int level;
	u64 *root;
	u64 *former;
	u64 **tables;
	unsigned long nr;
	unsigned long used;
	atomic_t arrived;
	atomic_t phase;
} repaint __initdata;

/* The root is folded where the CPU has fewer bits of address than the kernel. */
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

/* The entry @i of what the entry @desc of @level maps, a table or a block. */
static u64 __init entry_below(u64 desc, int level, unsigned int i)
{
	if (is_table(desc, level))
		return ((u64 *)__va(__pmd_to_phys(__pmd(desc))))[i];

	/* A page differs from a block in one bit; i does not carry out of the block. */
	desc &= ~PTE_CONT;
	if (level == PTE_LEVEL - 1)
		desc |= PTE_TABLE_BIT;

	return desc + ((u64)i << ARM64_HW_PGTABLE_LEVEL_SHIFT(level + 1));
}

/* How many tables there are in, or it takes for, the entry @desc. */
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

/* The entry of @level for what @desc maps, by pages only. */
static u64 __init repainted(u64 desc, int level)
{
	unsigned int i;
	u64 *table;

	if (level == PTE_LEVEL)
		return desc & ~PTE_CONT;
	if (!desc)
		return 0;

	table = repaint.tables[repaint.used++];
	for (i = 0; i < PTRS_PER_PTE; i++)
		table[i] = repainted(entry_below(desc, level, i), level + 1);

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

/* All CPUs get here, with interrupts off; none goes on before the last has come. */
static void __init rendezvous(int phase)
{
	if (atomic_inc_return(&repaint.arrived) == phase * num_online_cpus())
		atomic_set_release(&repaint.phase, phase);
	while (atomic_read_acquire(&repaint.phase) < phase)
		cpu_relax();
}

static int __init repaint_cpu(void *unused)
{
	const bool first = smp_processor_id() == cpumask_first(cpu_online_mask);
	u64 *new = repaint.root + offset_in_page(repaint.entry) / sizeof(u64);
	unsigned int i;

	/* Nobody stores to a table now: copy them, and make a root with the copies. */
	if (first) {
		memcpy(repaint.root, PTR_ALIGN_DOWN(repaint.entry, PAGE_SIZE), PAGE_SIZE);
		for (i = 0; i < repaint.nr_entries; i++) {
			repaint.former[i] = repaint.entry[i];
			new[i] = repainted(repaint.entry[i], repaint.level);
		}
		dsb(ishst);
	}
	rendezvous(1);
	cpu_replace_ttbr1((pgd_t *)repaint.root);
	rendezvous(2);

	/*
	 * Nobody uses the linear map of swapper_pg_dir now. What is in use may not change
	 * either, the root in between included.
	 */
	for (i = 0; first && i < repaint.nr_entries; i++)
		set_swapper_pgd((pgd_t *)&repaint.entry[i], __pgd(new[i]));
	rendezvous(3);
	cpu_replace_ttbr1(lm_alias(swapper_pg_dir));

	return 0;
}

/* The last address of the linear map that there is memory for. */
static unsigned long __init last_address(void)
{
	return (unsigned long)__va(memblock_end_of_DRAM() - 1);
}

/**
 * linear_map_can_repaint - whether the linear map shares no entry of the root
 *
 * The last one can be that of other mappings too, where memory comes up to the end of
 * the linear map: with five levels, or with KASAN's shadow behind it. Their tables may
 * not be replaced.
 *
 * Context: Boot, once all memory is known.
 * Return: true if repaint_linear_map() can be called later.
 */
bool __init linear_map_can_repaint(void)
{
	unsigned long last = last_address();
	int level;

	root_entry(last, &level);

	return (last | (BIT(ARM64_HW_PGTABLE_LEVEL_SHIFT(level)) - 1)) < PAGE_END;
}

/**
 * repaint_linear_map - map all of the linear map by pages
 *
 * Context: Boot, with the CPUs online that were found, before their capabilities are
 * final. Sleeps, and stops the machine. Panics if there is no memory for the tables:
 * nothing else would be safe.
 */
void __init repaint_linear_map(void)
{
	unsigned long start = _PAGE_OFFSET(vabits_actual), i;

	repaint.entry = root_entry(start, &repaint.level);
	repaint.nr_entries = root_entry(last_address(), &repaint.level) -
			     repaint.entry + 1;

	for (i = 0; i < repaint.nr_entries; i++)
		repaint.nr += tables_below(repaint.entry[i], repaint.level);
	repaint.tables = kvmalloc_array(repaint.nr, sizeof(*repaint.tables), GFP_KERNEL);
	repaint.root = kernel_table_alloc(GFP_KERNEL);
	repaint.former = kernel_table_alloc(GFP_KERNEL);
	for (i = 0; repaint.tables && i < repaint.nr; i++) {
		repaint.tables[i] = kernel_table_alloc(GFP_KERNEL);
		if (!repaint.tables[i])
			break;
	}
	if (!repaint.root || !repaint.former || !repaint.tables || i < repaint.nr)
		panic("no memory for %lu tables to map the linear map by pages\n", repaint.nr);

	leaf_count_range(start, PAGE_END, false);
	stop_machine(repaint_cpu, NULL, cpu_online_mask);
	leaf_count_range(start, PAGE_END, true);

	kernel_table_free(repaint.root);
	kvfree(repaint.tables);

	pr_info("linear map: by pages now, as not all CPUs can split blocks (%lu kB of tables)\n",
		repaint.used * PAGE_SIZE / SZ_1K);
}

/* The early allocator made them: pages around them may not be initialised before. */
static int __init repaint_free_former(void)
{
	unsigned int i;

	if (!repaint.former)
		return 0;
	for (i = 0; i < repaint.nr_entries; i++)
		free_tables(repaint.former[i], repaint.level);
	kernel_table_free(repaint.former);

	return 0;
}
late_initcall(repaint_free_former);
