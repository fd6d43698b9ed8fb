// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure the cost of permission changes with the CPU's counter, for functions that
 * both the base kernel and the patched kernel have. With QEMU's -icount shift=0 a
 * nanosecond of the counter is one instruction.
 *
 * The functions are not exported, and some exist in one kernel only: look them up
 * by name.
 */
#include <linux/execmem.h>
#include <linux/filter.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagewalk.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <asm/arch_timer.h>

/* The counter ticks every 16 ns: average over this many calls. */
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

/* Measure splits and collapses, too. Needs CPUs that support BBML2 without aborts. */
static bool split;
module_param(split, bool, 0);

/* Measure what the topics for mainline change, too: the purge and vfree(). */
static bool topics;
module_param(topics, bool, 0);

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
 * The memory of the rows that allocate and free. A row may free without an allocation
 * before, and allocate twice: the measurement of the loop itself does so.
 */
static void *allocated;

static int alloc_vmalloc(unsigned long addr, int nr)
{
	allocated = allocated ?: vmalloc(nr * PAGE_SIZE);

	return allocated ? 0 : -ENOMEM;
}

static int free_vmalloc(unsigned long addr, int nr)
{
	vfree(allocated);
	allocated = NULL;

	return 0;
}

static int alloc_execmem(unsigned long addr, int nr)
{
	allocated = allocated ?: p_execmem_alloc(EXECMEM_DEFAULT, nr * PAGE_SIZE);

	return allocated ? 0 : -ENOMEM;
}

static int rox_execmem(unsigned long addr, int nr)
{
	return alloc_execmem(addr, nr) ?: change_rox((unsigned long)allocated, nr);
}

static int data_execmem(unsigned long addr, int nr)
{
	return back_to_data((unsigned long)allocated, nr);
}

static int free_execmem(unsigned long addr, int nr)
{
	if (allocated)
		p_execmem_free(allocated);
	allocated = NULL;

	return 0;
}

/* No pack has room for @nr pages if they fill one: the call makes a new pack. */
static int alloc_pack(unsigned long addr, int nr)
{
	allocated = allocated ?: p_pack_alloc(nr * PAGE_SIZE, p_fill, false);

	return allocated ? 0 : -ENOMEM;
}

static int free_pack(unsigned long addr, int nr)
{
	if (allocated)
		p_pack_free(allocated, nr * PAGE_SIZE);
	allocated = NULL;

	return 0;
}

static void (*p_vm_unmap_aliases)(void);
static struct vm_struct *(*p_find_vm_area)(const void *addr);

static int unmap_aliases(unsigned long addr, int nr)
{
	p_vm_unmap_aliases();

	return 0;
}

/* As a module: a part is read-only, and vfree() resets the linear map. */
static int alloc_module_memory(unsigned long addr, int nr)
{
	free_vmalloc(0, nr);
	if (alloc_vmalloc(0, nr))
		return -ENOMEM;
	p_find_vm_area(allocated)->flags |= VM_FLUSH_RESET_PERMS;

	return p_set_memory_ro((unsigned long)allocated, DIV_ROUND_UP(nr, 2));
}

static int nothing(unsigned long addr, int nr)
{
	return 0;
}

/* Marks for bench/plugin. An unallocated hint is a NOP. */
#define MARK_BEGIN()	asm volatile("hint #100" ::: "memory")
#define MARK_END()	asm volatile("hint #101" ::: "memory")
#define MARK_NEXT()	asm volatile("hint #102" ::: "memory")

/*
 * Measure calls of @change. An optional @undo runs after each call, unmeasured. Areas that
 * wait to be purged are purged before, so that no worker does it in the measured window.
 */
static u64 ticks(int (*change)(unsigned long, int), int (*undo)(unsigned long, int),
		 unsigned long addr, int nr)
{
	u64 start, sum = 0;
	int i, ret;

	for (i = 0; i < CALLS; i++) {
		vm_unmap_aliases();
		start = __arch_counter_get_cntvct();
		MARK_BEGIN();
		ret = change(addr, nr);
		MARK_END();
		sum += __arch_counter_get_cntvct() - start;
		if (ret || (undo && undo(addr, nr)))
			return 0;
	}

	return sum;
}

static void row(const char *name, int nr, int (*change)(unsigned long, int),
		int (*undo)(unsigned long, int), unsigned long addr)
{
	u64 sum, empty;

	/* A request of the row before must not be in the measured window. */
	if (p_collapse)
		p_collapse();
	/* Warm up: the first calls allocate and split. */
	ticks(change, undo, addr, nr);
	empty = ticks(nothing, undo, addr, nr);
	MARK_NEXT();
	sum = ticks(change, undo, addr, nr);
	MARK_NEXT();
	if (!sum) {
		pr_info("bench\t%s\t%d\tfailed\n", name, nr);
		return;
	}
	pr_info("bench\t%s\t%d\t%llu\n", name, nr,
		div64_u64((sum - empty) * NSEC_PER_SEC, (u64)CALLS * read_sysreg(cntfrq_el0)));
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

static const int sizes[] = { 1, 16, 512 };

/*
 * Measure the walk of ptdump on mapped pages. No marks for the plugin: bench.sh treats the
 * row as a path of user memory, which may cost 0.5 % more.
 */
static int walk_row(void)
{
	unsigned long (*p_symbol)(const char *name) = look_up("kallsyms_lookup_name");
	struct mm_struct *kernel_mm = p_symbol ? (void *)p_symbol("init_mm") : NULL;
	void *mem = vmalloc(512 * PAGE_SIZE);
	unsigned long addr = (unsigned long)mem;
	u64 sum, empty;

	if (!kernel_mm || !mem)
		return -ENOMEM;

	mmap_read_lock(kernel_mm);
	ticks(walk, NULL, addr, 512);
	empty = ticks(nothing, NULL, addr, 512);
	sum = ticks(walk, NULL, addr, 512);
	mmap_read_unlock(kernel_mm);
	vfree(mem);
	pr_info("bench\twalk of kernel tables\t512\t%llu\n",
		div64_u64((sum - empty) * NSEC_PER_SEC, (u64)CALLS * read_sysreg(cntfrq_el0)));

	return 0;
}

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

/* An allocation and its release. */
static void alloc_rows(const char *alloc_name, const char *free_name, int nr,
		       int (*alloc)(unsigned long, int), int (*free)(unsigned long, int))
{
	row(alloc_name, nr, alloc, free, 0);
	row(free_name, nr, free, alloc, 0);
	free(0, nr);
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

static void memory_rows(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		alloc_rows("vmalloc", "vfree", sizes[i], alloc_vmalloc, free_vmalloc);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		alloc_rows("execmem_alloc", "execmem_free", sizes[i], alloc_execmem, free_execmem);
	row("execmem_free after rox", 512, free_execmem, rox_execmem, 0);
	free_execmem(0, 512);
	row("new BPF pack", SZ_2M / PAGE_SIZE, alloc_pack, free_pack, 0);

	scatter();
	alloc_rows("execmem_alloc, scattered", "execmem_free, scattered", 512, alloc_execmem,
		   free_execmem);
	row("rox, scattered", 512, rox_execmem, data_execmem, 0);
	row("execmem_free after rox, scattered", 512, free_execmem, rox_execmem, 0);
	free_execmem(0, 512);
	gather();
}

static int topic_rows(void)
{
	p_vm_unmap_aliases = look_up("vm_unmap_aliases");
	p_find_vm_area = look_up("find_vm_area");
	if (!p_vm_unmap_aliases || !p_find_vm_area)
		return -ENOENT;

	if (vmalloc_rows("set_memory_ro, rw", ro_rw, NULL) ||
	    vmalloc_rows("set_memory_rox", change_rox, back_to_data))
		return -ENOMEM;
	row("vm_unmap_aliases", 0, unmap_aliases, NULL, 0);
	alloc_module_memory(0, 16);
	row("vfree, half read-only", 16, free_vmalloc, alloc_module_memory, 0);
	free_vmalloc(0, 16);

	return 0;
}

/* Measure a page in a block. /proc/vmstat tells which sizes were split. */
static int split_rows(void)
{
	unsigned long addr = __get_free_pages(GFP_KERNEL, 1);
	unsigned long block = __get_free_pages(GFP_KERNEL, PMD_SHIFT - PAGE_SHIFT);

	if (!addr || !block)
		return -ENOMEM;

	row("invalid, with a split", 1, invalid, valid_and_collapse, addr);
	row("collapse", 1, collapse, split_for_it, addr);
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

static int __init pageattr_bench_init(void)
{
	p_set_memory_ro = look_up("set_memory_ro");
	p_set_memory_rw = look_up("set_memory_rw");
	p_set_memory_x = look_up("set_memory_x");
	p_set_memory_nx = look_up("set_memory_nx");
	p_set_memory_rox = look_up("set_memory_rox");
	p_set_memory_valid = look_up("set_memory_valid");
	p_direct_map_invalid = look_up("set_direct_map_invalid_noflush");
	p_direct_map_default = look_up("set_direct_map_default_noflush");
	p_walk = look_up("walk_kernel_page_table_range");
	if (!p_set_memory_ro || !p_set_memory_rw || !p_set_memory_x ||
	    !p_set_memory_nx || !p_set_memory_valid || !p_direct_map_invalid ||
	    !p_direct_map_default || !p_walk)
		return -ENOENT;
	if (topics)
		return topic_rows();

	p_execmem_alloc = look_up("execmem_alloc");
	p_execmem_free = look_up("execmem_free");
	p_pack_alloc = look_up("bpf_prog_pack_alloc");
	p_pack_free = look_up("bpf_prog_pack_free");
	p_fill = look_up("jit_fill_hole");
	if (!p_execmem_alloc || !p_execmem_free || !p_pack_alloc || !p_pack_free || !p_fill)
		return -ENOENT;

	if (split) {
		p_collapse = look_up("collapse_kernel_leaves_now");
		if (!p_collapse || split_rows())
			return -EINVAL;
	}

	if (vmalloc_rows("set_memory_ro, rw", ro_rw, NULL) ||
	    vmalloc_rows("set_memory_rox", change_rox, back_to_data) ||
	    linear_rows())
		return -ENOMEM;
	memory_rows();

	return split ? 0 : walk_row();
}

static void __exit pageattr_bench_exit(void)
{
}

module_init(pageattr_bench_init);
module_exit(pageattr_bench_exit);

MODULE_DESCRIPTION("Cost of permission changes, in instructions under -icount");
MODULE_LICENSE("GPL");
