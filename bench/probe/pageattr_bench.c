// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure permission changes by functions that 6.12, mainline and the patched kernel have.
 * A row is a window between the marks of bench/plugin, and a line `bench ROW PAGES STATE`
 * in the kernel log. State first is the first call, state warm are CALLS later calls. A
 * number that the plugin does not count has state value.
 *
 * The functions are not exported, and some exist in one kernel only: look them up
 * by name. A row without its function is left out.
 */
#include <linux/delay.h>
#include <linux/execmem.h>
#include <linux/filter.h>
#include <linux/kfence.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagewalk.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <asm/arch_timer.h>

#include "marks.h"

#define CALLS	64

static int (*p_set_memory_ro)(unsigned long addr, int numpages);
static int (*p_set_memory_rw)(unsigned long addr, int numpages);
static int (*p_set_memory_x)(unsigned long addr, int numpages);
static int (*p_set_memory_nx)(unsigned long addr, int numpages);
/* NULL if the kernel has the generic inline function. */
static int (*p_set_memory_rox)(unsigned long addr, int numpages);
static int (*p_set_memory_valid)(unsigned long addr, int numpages, int enable);
static int (*p_direct_map_invalid)(struct page *page);
static int (*p_direct_map_default)(struct page *page);
static void (*p_collapse)(void);
static int (*p_walk)(unsigned long start, unsigned long end, const struct mm_walk_ops *ops,
		     pgd_t *pgd, void *private);
static void *(*p_execmem_alloc)(enum execmem_type type, size_t size);
static void (*p_execmem_free)(void *mem);
static void *(*p_pack_alloc)(u32 size, bpf_jit_fill_hole_t fill, bool was_classic);
static void (*p_pack_free)(void *mem, u32 size);
static bpf_jit_fill_hole_t p_fill;
static struct vm_struct *(*p_find_vm_area)(const void *addr);
static struct page *(*p_contig_alloc)(unsigned long nr, gfp_t gfp, int nid, nodemask_t *nodemask);
static void *(*p_kfence_alloc)(struct kmem_cache *s, size_t size, gfp_t flags);
static void (*p_kfence_free)(void *addr);
static atomic_t *kfence_gate;
static struct mm_struct *kernel_mm;
static bool *collapse_enabled;

/* Measure only the rows whose name has this part. */
static char *only = "";
module_param(only, charp, 0);

/* Measure the rows of `make test` only. They are the first, so that all runs allocate alike. */
static bool brief;
module_param(brief, bool, 0);

/* Measure what no kernel can avoid, see limit(). */
static bool limit;
module_param(limit, bool, 0);

/* Measure growing ranges of leaves of each size, and long calls. Needs 4 GiB. */
static bool growth;
module_param(growth, bool, 0);

static void *look_up(const char *name)
{
	struct kprobe kp = { .symbol_name = name };
	void *addr;

	if (register_kprobe(&kp))
		return NULL;
	addr = kp.addr;
	unregister_kprobe(&kp);
	/* The probe can lie behind a landing pad at the start of the function. */
	return addr;
}

static int change_rox(unsigned long addr, int nr)
{
	if (p_set_memory_rox)
		return p_set_memory_rox(addr, nr);

	return p_set_memory_ro(addr, nr) ?: p_set_memory_x(addr, nr);
}

static int ro_rw(unsigned long addr, int nr)
{
	return p_set_memory_ro(addr, nr) ?: p_set_memory_rw(addr, nr);
}

static int back_to_data(unsigned long addr, int nr)
{
	return p_set_memory_nx(addr, nr) ?: p_set_memory_rw(addr, nr);
}

static int off_on(unsigned long addr, int nr)
{
	return p_set_memory_valid(addr, nr, 0) ?: p_set_memory_valid(addr, nr, 1);
}

static int direct_map(unsigned long addr, int nr)
{
	struct page *page = virt_to_page((void *)addr);

	return p_direct_map_invalid(page) ?: p_direct_map_default(page);
}

static int invalid(unsigned long addr, int nr)
{
	return p_direct_map_invalid(virt_to_page((void *)addr));
}

static int valid(unsigned long addr, int nr)
{
	return p_direct_map_default(virt_to_page((void *)addr));
}

static int valid_and_collapse(unsigned long addr, int nr)
{
	int ret = valid(addr, nr);

	p_collapse();

	return ret;
}

static int split_for_it(unsigned long addr, int nr)
{
	return invalid(addr, nr) ?: valid(addr, nr);
}

static int collapse(unsigned long addr, int nr)
{
	p_collapse();

	return 0;
}

static int direct_map_each(unsigned long addr, int nr)
{
	int ret = 0;

	for (; !ret && nr; nr--, addr += PAGE_SIZE)
		ret = direct_map(addr, 1);

	return ret;
}

/*
 * The least that a change can do: load, mask and store each entry, make the stores visible,
 * one range TLBI, wait.
 */
static int limit_change(int entries)
{
	static u64 table[2 * 512];
	int i;

	for (i = 0; i < entries; i++)
		WRITE_ONCE(table[i], (READ_ONCE(table[i]) & ~PTE_WRITE) | PTE_RDONLY);
	dsb(ishst);
	/* RVAALE1IS, two pages of 4K */
	asm volatile("sys #0, c8, c2, #7, %0" :: "r"(1UL << 46 | ((ulong)table << 16) >> 28));
	dsb(ish);
	isb();

	return 0;
}

/* An area and its linear alias. */
static int limit_area(unsigned long addr, int nr)
{
	return limit_change(2 * nr);
}

static int limit_valid(unsigned long addr, int nr, int enable)
{
	return limit_change(nr);
}

static int limit_page(struct page *page)
{
	return limit_change(1);
}

static void use_limit(void)
{
	p_set_memory_ro = p_set_memory_rw = p_set_memory_x = p_set_memory_nx = limit_area;
	p_set_memory_rox = limit_area;
	p_set_memory_valid = limit_valid;
	p_direct_map_invalid = p_direct_map_default = limit_page;
}

/* The memory of the rows that allocate and free. A row allocates before it frees. */
static void *allocated;

static int alloc_vmalloc(unsigned long addr, int nr)
{
	allocated = vmalloc(nr * PAGE_SIZE);

	return allocated ? 0 : -ENOMEM;
}

static int free_vmalloc(unsigned long addr, int nr)
{
	vfree(allocated);

	return 0;
}

static int alloc_execmem(unsigned long addr, int nr)
{
	allocated = p_execmem_alloc(EXECMEM_DEFAULT, nr * PAGE_SIZE);

	return allocated ? 0 : -ENOMEM;
}

static int rox_execmem(unsigned long addr, int nr)
{
	return change_rox((unsigned long)allocated, nr);
}

static int data_execmem(unsigned long addr, int nr)
{
	return back_to_data((unsigned long)allocated, nr);
}

static int alloc_rox_execmem(unsigned long addr, int nr)
{
	return alloc_execmem(addr, nr) ?: rox_execmem(addr, nr);
}

static int free_execmem(unsigned long addr, int nr)
{
	p_execmem_free(allocated);

	return 0;
}

/* No pack has room for @nr pages if they fill one: the call makes a new pack. */
static int alloc_pack(unsigned long addr, int nr)
{
	allocated = p_pack_alloc(nr * PAGE_SIZE, p_fill, false);

	return allocated ? 0 : -ENOMEM;
}

static int free_pack(unsigned long addr, int nr)
{
	p_pack_free(allocated, nr * PAGE_SIZE);

	return 0;
}

/* The pages of an allocation alone, as vmalloc() asks for them. */
static struct page *bulk[512];

static int alloc_bulk(unsigned long addr, int nr)
{
#ifdef alloc_pages_bulk_array
	return alloc_pages_bulk_array(GFP_KERNEL, nr, bulk) == nr ? 0 : -ENOMEM;
#else
	return alloc_pages_bulk(GFP_KERNEL, nr, bulk) == nr ? 0 : -ENOMEM;
#endif
}

static int free_bulk(unsigned long addr, int nr)
{
	while (nr--) {
		__free_page(bulk[nr]);
		bulk[nr] = NULL;
	}

	return 0;
}

static struct kmem_cache *cache;

/* The gate lets one allocation pass in each sample interval. */
static int alloc_kfence(unsigned long addr, int nr)
{
	atomic_set(kfence_gate, -1);
	allocated = p_kfence_alloc(cache, 64, GFP_KERNEL);

	return allocated ? 0 : -ENOMEM;
}

static int free_kfence(unsigned long addr, int nr)
{
	p_kfence_free(allocated);

	return 0;
}

static int unmap_aliases(unsigned long addr, int nr)
{
	vm_unmap_aliases();

	return 0;
}

/* As a module: a part is read-only, and vfree() resets the linear map. */
static int alloc_module_memory(unsigned long addr, int nr)
{
	if (alloc_vmalloc(0, nr))
		return -ENOMEM;
	p_find_vm_area(allocated)->flags |= VM_FLUSH_RESET_PERMS;

	return p_set_memory_ro((unsigned long)allocated, DIV_ROUND_UP(nr, 2));
}

/* No tick in a measured window: its interrupt stays pending. */
static void mask_timer(bool mask)
{
	sysreg_clear_set(cntv_ctl_el0, mask ? 0 : ARCH_TIMER_CTRL_IT_MASK,
			 mask ? ARCH_TIMER_CTRL_IT_MASK : 0);
	isb();
}

/*
 * Measure calls of @change. An optional @undo runs after each call, unmeasured. Areas that
 * wait to be purged are purged before, so that no worker does it in the measured window.
 */
static void measure(const char *name, int nr, const char *state, int calls,
		    int (*change)(unsigned long, int), int (*undo)(unsigned long, int),
		    unsigned long addr)
{
	int i, ret = 0;

	for (i = 0; i < calls && !ret; i++) {
		vm_unmap_aliases();
		/* The collapse sleeps: it needs the timer. */
		mask_timer(change != collapse);
		MARK_BEGIN();
		ret = change(addr, nr);
		MARK_END();
		mask_timer(false);
		if (!ret && undo)
			ret = undo(addr, nr);
	}
	MARK_NEXT();
	pr_info("bench\t%s\t%d\t%s\n", name, nr, ret ? "failed" : state);
	/* Mainline prints in a kernel thread, which must not run in the next window. */
	msleep(20);
}

static bool asked(const char *name)
{
	return strstr(name, only);
}

static void row(const char *name, int nr, int (*change)(unsigned long, int),
		int (*undo)(unsigned long, int), unsigned long addr)
{
	int i;

	if (!asked(name))
		return;
	/* A request of the row before must not be in the measured window. */
	if (p_collapse)
		p_collapse();
	measure(name, nr, "first", 1, change, undo, addr);
	for (i = 1; i < CALLS; i++)
		if (change(addr, nr) || (undo && undo(addr, nr)))
			break;
	measure(name, nr, "warm", CALLS, change, undo, addr);
}

static const int sizes[] = { 1, 16, 512 };

static int vmalloc_rows(const char *name, int (*change)(unsigned long, int),
			int (*undo)(unsigned long, int))
{
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *mem = vmalloc(sizes[i] * PAGE_SIZE);

		if (!mem)
			return -ENOMEM;
		row(name, sizes[i], change, undo, (unsigned long)mem);
		vfree(mem);
	}

	return 0;
}

static int linear_rows(void)
{
	void *linear = alloc_pages_exact(512 * PAGE_SIZE, GFP_KERNEL);
	unsigned long addr = (unsigned long)linear;
	int i;

	if (!linear)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		row("set_memory_valid off, on", sizes[i], off_on, NULL, addr);
	row("set_direct_map invalid, default", 1, direct_map, NULL, addr);
	row("set_direct_map, page by page", 512, direct_map_each, NULL, addr);
	free_pages_exact(linear, 512 * PAGE_SIZE);

	return 0;
}

/* Measure @free after each @alloc. */
static void free_row(const char *name, int nr, int (*free)(unsigned long, int),
		     int (*alloc)(unsigned long, int))
{
	if (alloc(0, nr)) {
		pr_info("bench\t%s\t%d\tfailed\n", name, nr);
		return;
	}
	row(name, nr, free, alloc, 0);
	free(0, nr);
}

/* An allocation and its release. */
static void alloc_rows(const char *alloc_name, const char *free_name, int nr,
		       int (*alloc)(unsigned long, int), int (*free)(unsigned long, int))
{
	row(alloc_name, nr, alloc, free, 0);
	free_row(free_name, nr, free, alloc);
}

/* The odd pages are free, the even pages in use: the next pages of order 0 are scattered. */
static struct page *scattered[4096];

static void scatter(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(scattered); i++)
		scattered[i] = alloc_page(GFP_KERNEL);
	for (i = 1; i < ARRAY_SIZE(scattered); i += 2)
		__free_page(scattered[i]);
}

static void gather(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(scattered); i += 2)
		__free_page(scattered[i]);
}

static void execmem_rows(void)
{
	int i;

	if (!p_execmem_alloc || !p_execmem_free)
		return;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		alloc_rows("execmem_alloc", "execmem_free", sizes[i], alloc_execmem, free_execmem);
	free_row("execmem_free after rox", 512, free_execmem, alloc_rox_execmem);

	scatter();
	alloc_rows("execmem_alloc, scattered", "execmem_free, scattered", 512, alloc_execmem,
		   free_execmem);
	if (!alloc_execmem(0, 512)) {
		row("rox, scattered", 512, rox_execmem, data_execmem, 0);
		free_execmem(0, 512);
	}
	free_row("execmem_free after rox, scattered", 512, free_execmem, alloc_rox_execmem);
	gather();
}

static void kfence_rows(void)
{
	cache = kmem_cache_create("pageattr_bench", 64, 0, 0, NULL);
	if (!cache || !p_kfence_alloc || !p_kfence_free || !kfence_gate)
		return;
	alloc_rows("KFENCE alloc", "KFENCE free", 0, alloc_kfence, free_kfence);
}

static void memory_rows(void)
{
	row("page allocation alone", 512, alloc_bulk, free_bulk, 0);
	execmem_rows();
	if (p_pack_alloc && p_pack_free && p_fill)
		alloc_rows("new BPF pack", "free a BPF pack", SZ_2M / PAGE_SIZE, alloc_pack,
			   free_pack);
	kfence_rows();
	row("vm_unmap_aliases", 0, unmap_aliases, NULL, 0);
	if (p_find_vm_area)
		free_row("vfree, half read-only", 16, free_vmalloc, alloc_module_memory);
}

static int see_pte(pte_t *ptep, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return 0;
}

static const struct mm_walk_ops see_ops = { .pte_entry = see_pte };

static int walk(unsigned long addr, int nr)
{
	return p_walk(addr, addr + nr * PAGE_SIZE, &see_ops, NULL, NULL);
}

/* The walk of ptdump on mapped pages. Under the lock, no collapse can be waited for. */
static int walk_row(void)
{
	void *mem = vmalloc(512 * PAGE_SIZE);
	unsigned long addr = (unsigned long)mem;

	if (!mem)
		return -ENOMEM;
	if (asked("walk of kernel tables")) {
		mmap_read_lock(kernel_mm);
		measure("walk of kernel tables", 512, "first", 1, walk, NULL, addr);
		measure("walk of kernel tables", 512, "warm", CALLS, walk, NULL, addr);
		mmap_read_unlock(kernel_mm);
	}
	vfree(mem);

	return 0;
}

/* Return the size of the leaf that maps a linear address, or 0. @tables counts what leads to it. */
static unsigned long leaf_size(unsigned long addr, int *tables)
{
	pud_t *pud = pud_offset(p4d_offset(pgd_offset(kernel_mm, addr), addr), addr);
	pmd_t *pmd;
	pte_t *pte;

	*tables = 0;
	if (pud_none(*pud))
		return 0;
	if (pud_leaf(*pud))
		return PUD_SIZE;
	(*tables)++;
	pmd = pmd_offset(pud, addr);
	if (pmd_none(*pmd))
		return 0;
	if (pmd_leaf(*pmd))
		return pmd_val(*pmd) & PTE_CONT ? CONT_PMD_SIZE : PMD_SIZE;
	(*tables)++;
	pte = pte_offset_kernel(pmd, addr);

	return pte_val(*pte) & PTE_CONT ? CONT_PTE_SIZE : PAGE_SIZE;
}

/* The tables of PMDs and PTEs, for up to 64 GiB of memory. */
static void table_row(void)
{
	unsigned long addr, nr = 0;
	int tables;

	if (!asked("tables of the linear map, kB"))
		return;
	for (addr = PAGE_OFFSET; addr < PAGE_OFFSET + 64UL * SZ_1G; addr += PMD_SIZE) {
		leaf_size(addr, &tables);
		nr += tables == 2;
		nr += tables && IS_ALIGNED(addr, PUD_SIZE);
	}
	MARK_NEXT();
	pr_info("bench\ttables of the linear map, kB\t0\tvalue\t%lu\n", nr * PAGE_SIZE / SZ_1K);
	msleep(20);
}

static const struct {
	unsigned long size;
	const char *name;
	const char *growth_name;
} leaf_names[] = {
	{ PUD_SIZE, "first change in a PUD leaf", "growth, PUD leaves" },
	{ CONT_PMD_SIZE, "first change in a contpmd group", "growth, contpmd groups" },
	{ PMD_SIZE, "first change in a PMD leaf", "growth, PMD leaves" },
	{ CONT_PTE_SIZE, "first change in a contpte group", "growth, contpte groups" },
	{ PAGE_SIZE, "first change of a PTE", "growth, PTEs" },
};

/* Measure the first change in @addr's leaf if no leaf of this size was measured before. */
static void first_change(unsigned long addr)
{
	static bool done[ARRAY_SIZE(leaf_names)];
	int i, tables;

	for (i = 0; i < ARRAY_SIZE(leaf_names); i++) {
		if (leaf_names[i].size != leaf_size(addr, &tables) || done[i])
			continue;
		done[i] = true;
		measure(leaf_names[i].name, 1, "first", 1, invalid, valid, addr);
		break;
	}
}

/* After a split, memory beside the page has smaller leaves: chunks of 4 MiB show all sizes. */
static void first_change_rows(void)
{
	static unsigned long chunks[768];
	int i;

	if (!asked("first change"))
		return;
	if (p_collapse)
		p_collapse();
	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		chunks[i] = __get_free_pages(GFP_KERNEL | __GFP_NOWARN, MAX_PAGE_ORDER);
		if (!chunks[i])
			break;
		first_change(chunks[i]);
		first_change(chunks[i] + PMD_SIZE);
		first_change(chunks[i] + PMD_SIZE + CONT_PTE_SIZE);
		first_change(chunks[i] + PMD_SIZE + CONT_PTE_SIZE + PAGE_SIZE);
	}
	while (i--)
		free_pages(chunks[i], MAX_PAGE_ORDER);
}

/* Measure a page in a block. /proc/vmstat tells which sizes were split. */
static int collapse_rows(void)
{
	unsigned long addr = __get_free_pages(GFP_KERNEL, 1);
	unsigned long block = __get_free_pages(GFP_KERNEL, PMD_SHIFT - PAGE_SHIFT);
	int tables;

	if (!addr || !block)
		return -ENOMEM;
	if (leaf_size(block, &tables) == PAGE_SIZE)
		return 0;

	row("invalid, with a split", 1, invalid, valid_and_collapse, addr);
	if (asked("collapse") && !split_for_it(addr, 1))
		measure("collapse", 1, "warm", CALLS, collapse, split_for_it, addr);
	valid_and_collapse(addr, 1);
	if (invalid(addr + PAGE_SIZE, 1))
		return -EINVAL;
	row("invalid, already split", 1, invalid, valid, addr);
	valid_and_collapse(addr + PAGE_SIZE, 1);
	free_pages(addr, 1);

	/* An invalid page keeps the block split: only a contiguous group is left to split. */
	if (invalid(block, 1))
		return -EINVAL;
	row("invalid, in a contiguous group", 1, invalid, valid_and_collapse,
	    block + 2 * CONT_PTE_SIZE + PAGE_SIZE);
	valid_and_collapse(block, 1);
	free_pages(block, PMD_SHIFT - PAGE_SHIFT);

	return 0;
}

#define GIB_PAGES	(SZ_1G / PAGE_SIZE)

/* Measure 1, 2, 4 ... leaves. Each leaf of the range has size @size. */
static void growth_row(const char *name, unsigned long addr, unsigned long size)
{
	unsigned long nr;

	for (nr = size / PAGE_SIZE; nr <= GIB_PAGES; nr *= 2) {
		if (off_on(addr, nr))
			break;
		measure(name, nr, "warm", 1, off_on, NULL, addr);
	}
}

/* Measure memory of 1 GiB with leaves of each size, and its collapse. */
static int growth_rows(void)
{
	struct page *pages = p_contig_alloc ? p_contig_alloc(GIB_PAGES, GFP_KERNEL, 0, NULL) : NULL;
	unsigned long addr, at, size;
	int i, tables;

	if (!pages)
		return -ENOMEM;
	addr = (unsigned long)page_address(pages);
	/* No collapse until the end. */
	if (collapse_enabled)
		WRITE_ONCE(*collapse_enabled, false);
	for (i = 0; i < ARRAY_SIZE(leaf_names); i++) {
		size = leaf_names[i].size;
		/* Split each larger leaf: change a part of this size. */
		for (at = addr; at < addr + SZ_1G; at += size)
			if (leaf_size(at, &tables) > size && off_on(at, size / PAGE_SIZE))
				return -EINVAL;
		if (leaf_size(addr, &tables) == size)
			growth_row(leaf_names[i].growth_name, addr, size);
	}
	if (!p_collapse || !collapse_enabled)
		return 0;
	WRITE_ONCE(*collapse_enabled, true);
	if (off_on(addr, 1))
		return -EINVAL;
	measure("collapse of a full chunk", GIB_PAGES, "first", 1, collapse, NULL, addr);

	return 0;
}

static int long_rows(void)
{
	int nr = SZ_64M / PAGE_SIZE;
	unsigned long mem = (unsigned long)vmalloc(nr * PAGE_SIZE);

	if (!mem)
		return -ENOMEM;
	measure("set_memory_ro", nr, "first", 1, p_set_memory_ro, p_set_memory_rw, mem);
	measure("set_memory_ro", nr, "warm", 1, p_set_memory_ro, p_set_memory_rw, mem);
	vfree((void *)mem);

	return 0;
}

static void look_up_all(void)
{
	unsigned long (*p_symbol)(const char *name) = look_up("kallsyms_lookup_name");

	p_set_memory_ro = look_up("set_memory_ro");
	p_set_memory_rw = look_up("set_memory_rw");
	p_set_memory_x = look_up("set_memory_x");
	p_set_memory_nx = look_up("set_memory_nx");
	p_set_memory_rox = look_up("set_memory_rox");
	p_set_memory_valid = look_up("set_memory_valid");
	p_direct_map_invalid = look_up("set_direct_map_invalid_noflush");
	p_direct_map_default = look_up("set_direct_map_default_noflush");
	p_walk = look_up("walk_kernel_page_table_range");
	p_execmem_alloc = look_up("execmem_alloc");
	p_execmem_free = look_up("execmem_free");
	p_pack_alloc = look_up("bpf_prog_pack_alloc");
	p_pack_free = look_up("bpf_prog_pack_free");
	p_fill = look_up("jit_fill_hole");
	p_find_vm_area = look_up("find_vm_area");
	p_contig_alloc = look_up("alloc_contig_pages_noprof");
	p_kfence_alloc = look_up("__kfence_alloc");
	p_kfence_free = look_up("__kfence_free");
	p_collapse = look_up("collapse_kernel_leaves_now");
	if (p_symbol) {
		kernel_mm = (void *)p_symbol("init_mm");
		kfence_gate = (void *)p_symbol("kfence_allocation_gate");
		collapse_enabled = (void *)p_symbol("collapse_enabled");
	}
}

static int __init pageattr_bench_init(void)
{
	int i;

	look_up_all();
	if (!p_set_memory_ro || !p_set_memory_rw || !p_set_memory_x || !p_set_memory_nx ||
	    !p_set_memory_valid || !p_direct_map_invalid || !p_direct_map_default || !p_walk ||
	    !kernel_mm)
		return -ENOENT;
	if (growth)
		return growth_rows() ?: long_rows();
	if (limit)
		use_limit();
	else
		table_row();

	if (vmalloc_rows("set_memory_ro, rw", ro_rw, NULL) ||
	    vmalloc_rows("set_memory_rox", change_rox, back_to_data) ||
	    linear_rows())
		return -ENOMEM;
	if (limit)
		return 0;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		alloc_rows("vmalloc", "vfree", sizes[i], alloc_vmalloc, free_vmalloc);
	if (brief)
		return 0;
	memory_rows();
	first_change_rows();
	if (p_collapse && collapse_rows())
		return -EINVAL;

	return walk_row();
}

static void __exit pageattr_bench_exit(void)
{
}

module_init(pageattr_bench_init);
module_exit(pageattr_bench_exit);

MODULE_DESCRIPTION("Cost of permission changes, in instructions under -icount");
MODULE_LICENSE("GPL");
