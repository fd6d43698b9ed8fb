// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure the cost of permission changes with the CPU's counter, for functions that
 * both the base kernel and the patched kernel have. With QEMU's -icount shift=0 a
 * nanosecond of the counter is one instruction.
 *
 * The functions are not exported, and some exist in one kernel only: look them up
 * by name.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagewalk.h>
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

/* Measure splits and collapses instead. Needs CPUs that support BBML2 without aborts. */
static bool split;
module_param(split, bool, 0);

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

static int nothing(unsigned long addr, int nr)
{
	return 0;
}

/* Marks for bench/plugin. An unallocated hint is a NOP. */
#define MARK_BEGIN()	asm volatile("hint #100" ::: "memory")
#define MARK_END()	asm volatile("hint #101" ::: "memory")
#define MARK_NEXT()	asm volatile("hint #102" ::: "memory")

/* Measure calls of @change. An optional @undo runs after each call, unmeasured. */
static u64 ticks(int (*change)(unsigned long, int), int (*undo)(unsigned long, int),
		 unsigned long addr, int nr)
{
	u64 start, sum = 0;
	int i, ret;

	for (i = 0; i < CALLS; i++) {
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

/* Measure a page in a block. /proc/vmstat tells which sizes were split. */
static int split_rows(void)
{
	unsigned long addr = __get_free_pages(GFP_KERNEL, 1);

	p_collapse = look_up("collapse_kernel_leaves_now");
	if (!addr || !p_collapse)
		return -ENOENT;

	row("invalid, with a split", 1, invalid, valid_and_collapse, addr);
	row("collapse", 1, collapse, split_for_it, addr);
	valid_and_collapse(addr, 1);
	if (invalid(addr + PAGE_SIZE, 1))
		return -EINVAL;
	row("invalid, already split", 1, invalid, valid, addr);
	valid_and_collapse(addr + PAGE_SIZE, 1);
	free_pages(addr, 1);

	return 0;
}

static int __init pageattr_bench_init(void)
{
	void *linear;
	int i;

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

	if (split)
		return split_rows();

	if (vmalloc_rows("set_memory_ro, rw", ro_rw, NULL) ||
	    vmalloc_rows("set_memory_rox", change_rox, back_to_data))
		return -ENOMEM;

	linear = alloc_pages_exact(512 * PAGE_SIZE, GFP_KERNEL);
	if (!linear)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		row("set_memory_valid off, on", sizes[i], off_on, NULL, (unsigned long)linear);
	row("set_direct_map invalid, default", 1, direct_map, NULL, (unsigned long)linear);
	free_pages_exact(linear, 512 * PAGE_SIZE);

	return walk_row();
}

static void __exit pageattr_bench_exit(void)
{
}

module_init(pageattr_bench_init);
module_exit(pageattr_bench_exit);

MODULE_DESCRIPTION("Cost of permission changes, in instructions under -icount");
MODULE_LICENSE("GPL");
