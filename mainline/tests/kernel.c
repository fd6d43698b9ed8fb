// SPDX-License-Identifier: GPL-2.0-only
/* See kernel.h. */
#include <linux/module.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "kernel.h"

struct kernel_functions kernel;

int kernel_look_up(struct kunit_suite *suite)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long (*symbol)(const char *name);
	int ret = register_kprobe(&kp);

	if (ret)
		return ret;
	symbol = (void *)kp.addr;
	unregister_kprobe(&kp);

#define LOOK_UP(name)	(kernel.name = (void *)symbol(#name))
	LOOK_UP(set_memory_ro);
	LOOK_UP(set_memory_rw);
	LOOK_UP(set_memory_x);
	LOOK_UP(set_memory_rox);
	LOOK_UP(set_memory_valid);
	LOOK_UP(set_direct_map_invalid_noflush);
	LOOK_UP(set_direct_map_default_noflush);
	LOOK_UP(set_swapper_pgd);
	LOOK_UP(alloc_insn_page);
	LOOK_UP(execmem_free);
	LOOK_UP(find_vm_area);
	LOOK_UP(vm_unmap_aliases);
	LOOK_UP(copy_to_kernel_nofault);
	LOOK_UP(walk_memory_blocks);
	LOOK_UP(device_online);
	LOOK_UP(init_mm);
	LOOK_UP(vmap_lazy_nr);
#undef LOOK_UP
	kernel.walk = (void *)symbol("walk_kernel_page_table_range_lockless");
	kernel.command_line = *(char **)symbol("saved_command_line");

	return kernel.set_memory_ro && kernel.init_mm && kernel.vmap_lazy_nr ? 0 : -ENOENT;
}

static int count_call(struct kprobe *kp, struct pt_regs *regs)
{
	struct call_counter *counter = container_of(kp, struct call_counter, kp);

	if (current == counter->task)
		counter->calls++;

	return 0;
}

KUNIT_DEFINE_ACTION_WRAPPER(stop_counting, unregister_kprobe, struct kprobe *);

struct call_counter *count_calls(struct kunit *test, const char *function)
{
	struct call_counter *counter = kunit_kzalloc(test, sizeof(*counter), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, counter);
	counter->task = current;
	counter->kp.symbol_name = function;
	counter->kp.pre_handler = count_call;
	KUNIT_ASSERT_EQ_MSG(test, register_kprobe(&counter->kp), 0, "%s", function);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, stop_counting, &counter->kp), 0);

	return counter;
}

static struct task_struct *starved;

/* The page is lost. The tests lose a few. */
static int return_null(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (current == READ_ONCE(starved))
		regs->regs[0] = 0;

	return 0;
}

static struct kretprobe allocator = {
	.kp.symbol_name = "__alloc_frozen_pages_noprof",
	.handler = return_null,
};

static void feed(void *unused)
{
	WRITE_ONCE(starved, NULL);
	unregister_kretprobe(&allocator);
}

void fail_allocations(struct kunit *test, bool on)
{
	if (!on) {
		kunit_release_action(test, feed, NULL);
		return;
	}
	allocator.kp.addr = NULL;
	allocator.kp.flags = 0;
	KUNIT_ASSERT_EQ(test, register_kretprobe(&allocator), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, feed, NULL), 0);
	WRITE_ONCE(starved, current);
}

unsigned long leaf_at(unsigned long addr, u64 *descriptor)
{
	pgd_t *pgdp = pgd_offset_pgd(kernel.init_mm->pgd, addr);
	p4d_t *p4dp = p4d_offset(pgdp, addr);
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;
	pte_t pte;

	if (p4d_none(READ_ONCE(*p4dp)))
		return 0;
	pudp = pud_offset(p4dp, addr);
	pud = READ_ONCE(*pudp);
	*descriptor = pud_val(pud);
	if (pud_none(pud) || pud_leaf(pud))
		return pud_none(pud) ? 0 : PUD_SIZE;
	pmdp = pmd_offset(pudp, addr);
	pmd = READ_ONCE(*pmdp);
	*descriptor = pmd_val(pmd);
	if (pmd_none(pmd) || pmd_leaf(pmd))
		return pmd_none(pmd) ? 0 : PMD_SIZE;
	pte = READ_ONCE(*pte_offset_kernel(pmdp, addr));
	*descriptor = pte_val(pte);

	return pte_none(pte) ? 0 : PAGE_SIZE;
}

bool linear_map_has_blocks(void)
{
	unsigned long addr, end = (unsigned long)high_memory;
	u64 descriptor;

	for (addr = PAGE_OFFSET; addr < end; addr += PMD_SIZE)
		if (leaf_at(addr, &descriptor) > PAGE_SIZE)
			return true;

	return false;
}

struct page *alloc_in_block(unsigned int order)
{
	struct page *page, *rejected[64];
	unsigned int i, nr = 0;
	u64 descriptor;

	for (;;) {
		page = alloc_pages(GFP_KERNEL, order);
		if (!page || nr == ARRAY_SIZE(rejected) || !linear_map_has_blocks() ||
		    leaf_at((unsigned long)page_address(page), &descriptor) > PAGE_SIZE)
			break;
		rejected[nr++] = page;
	}
	for (i = 0; i < nr; i++)
		__free_pages(rejected[i], order);

	return page;
}

#define ask_cpu(instruction, addr) ({						\
	u64 par;								\
										\
	preempt_disable();							\
	asm volatile("at " instruction ", %1\n"				\
		     "isb\n"							\
		     "mrs %0, par_el1\n" : "=r" (par) : "r" (addr) : "memory");	\
	preempt_enable();							\
	!(par & SYS_PAR_EL1_F);							\
})

bool cpu_can_read(unsigned long addr)
{
	return ask_cpu("s1e1r", addr);
}

bool cpu_can_write(unsigned long addr)
{
	return ask_cpu("s1e1w", addr);
}

bool load_works(unsigned long addr)
{
	u8 byte;

	return !copy_from_kernel_nofault(&byte, (void *)addr, 1);
}

bool store_works(unsigned long addr)
{
	u8 byte = 0;

	return !kernel.copy_to_kernel_nofault((void *)addr, &byte, 1);
}

struct held {
	struct page **pages;
	unsigned int nr;
};

static void put_held(void *data)
{
	struct held *held = data;

	while (held->nr--)
		put_page(held->pages[held->nr]);
}

struct page **hold_pages(struct kunit *test, void *area, unsigned int nr)
{
	struct held *held = kunit_kzalloc(test, sizeof(*held), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, held);
	held->pages = kunit_kcalloc(test, nr, sizeof(*held->pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, held->pages);
	held->nr = nr;
	for (i = 0; i < nr; i++) {
		held->pages[i] = vmalloc_to_page(area + i * PAGE_SIZE);
		get_page(held->pages[i]);
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_held, held), 0);

	return held->pages;
}

unsigned int runs_of(struct page **pages, unsigned int nr)
{
	unsigned int i, runs = 1;

	for (i = 1; i < nr; i++)
		if (page_to_pfn(pages[i]) != page_to_pfn(pages[i - 1]) + 1)
			runs++;

	return runs;
}

static int descending(const void *a, const void *b)
{
	return *(struct page **)a < *(struct page **)b ? 1 : -1;
}

void *vmap_blocks(struct kunit *test, unsigned int order, unsigned int nr)
{
	unsigned int i, j, size = 1 << order;
	struct page **blocks = kunit_kcalloc(test, nr, sizeof(*blocks), GFP_KERNEL);
	struct page **pages = kvmalloc_array(nr * size, sizeof(*pages), GFP_KERNEL);
	void *mem;

	KUNIT_ASSERT_NOT_NULL(test, blocks);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < nr; i++) {
		blocks[i] = alloc_in_block(order);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		if (order)
			split_page(blocks[i], order);
	}
	sort(blocks, nr, sizeof(*blocks), descending, NULL);
	for (i = 0; i < nr; i++)
		for (j = 0; j < size; j++)
			pages[i * size + j] = blocks[i] + j;
	/* The area owns pages and array. */
	mem = vmap(pages, nr * size, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	kernel.find_vm_area(mem)->flags |= VM_ALLOC | VM_FLUSH_RESET_PERMS;

	return mem;
}

MODULE_DESCRIPTION("KUnit tests of the topic series for mainline");
MODULE_LICENSE("GPL");
