// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"
#include "log.h"
#include "vmalloc_area.h"

struct vm_struct area;
struct page *area_pages[MAX_AREA_PAGES];
unsigned long area_start;
struct vm_struct *host_area;

static void reset(void)
{
	host_area = NULL;
}

ON_KERNEL_RESET(reset);

/* Ignores the tag of @addr, like the kernel's function. */
struct vm_struct *find_vm_area(const void *addr)
{
	unsigned long start;

	if (!host_area)
		return NULL;
	start = (unsigned long)kasan_reset_tag(host_area->addr);
	addr = kasan_reset_tag(addr);
	if ((unsigned long)addr - start >= host_area->size)
		return NULL;

	return host_area;
}

void vm_unmap_aliases(void)
{
	log_add(EV_UNMAP_ALIASES);
}

const struct set_memory_op set_memory_ops[5] = {
	{ "ro", set_memory_ro, OP_RO, true },
	{ "rw", set_memory_rw, OP_RW, true },
	{ "x", set_memory_x, OP_X, false },
	{ "nx", set_memory_nx, OP_NX, false },
	{ "rox", set_memory_rox, OP_ROX, true },
};

/* Bits that are the same in the area and in the alias. */
#define ALIAS_BITS	(LEAF_RDONLY | LEAF_WRITE)

static unsigned long linear_of(const struct page *page)
{
	return PAGE_OFFSET + (page_to_pfn(page) << PAGE_SHIFT) - PHYS_OFFSET;
}

void area_make(unsigned long linear, const unsigned int *order, unsigned int nr)
{
	unsigned int i;

	area_start = (VMALLOC_START + 2 * LEVEL_SIZE(2)) & ~(LEVEL_SIZE(2) - 1);
	area = (struct vm_struct){
		.addr = (void *)area_start,
		.size = (nr + 1) * PAGE_SIZE,
		.flags = VM_ALLOC,
		.pages = area_pages,
		.nr_pages = nr,
	};
	for (i = 0; i < nr; i++) {
		unsigned long at = linear + order[i] * PAGE_SIZE;

		area_pages[i] = page_at(at);
		model_map(area_start + i * PAGE_SIZE, 3, model_leaf(3, at - linear_map + MEM_PHYS));
	}
	host_area = &area;
}

void area_map_alias(void)
{
	unsigned int i;

	for (i = 0; i < area.nr_pages; i++) {
		unsigned long at = linear_of(area_pages[i]);

		model_map(at, 3, model_leaf(3, at - linear_map + MEM_PHYS));
	}
}

/* Number of pages from @pages on, each @step pages above the one before. */
static unsigned int run_length(struct page **pages, unsigned int nr, long step)
{
	unsigned int run = 1;

	while (run < nr && linear_of(pages[run]) == linear_of(pages[run - 1]) + step * PAGE_SIZE)
		run++;

	return run;
}

/*
 * The alias changes in runs of adjacent pages, which the area has in ascending or in
 * descending order.
 */
static void plan_alias(struct plan *plan, struct page **pages, unsigned int nr, u64 set, u64 clear)
{
	unsigned int i, run;

	for (i = 0; i < nr && !plan->ret; i += run) {
		unsigned int down = run_length(pages + i, nr - i, -1);
		unsigned long low;

		run = down > 1 ? down : run_length(pages + i, nr - i, 1);
		low = linear_of(pages[down > 1 ? i + run - 1 : i]);
		plan_range(plan, low, low + run * PAGE_SIZE, set, clear);
	}
}

static unsigned long untagged(unsigned long addr)
{
	return addr | 0xffUL << 56;
}

static void plan_set_memory(struct plan *plan, const struct set_memory_op *op, unsigned long addr,
			    int numpages)
{
	const struct op *masks = attr_op(op->op);
	unsigned long start = untagged(addr), nr = numpages, first, pages;

	plan_reset(plan);
	first = (start - untagged((unsigned long)area.addr)) / PAGE_SIZE;
	pages = area.size / PAGE_SIZE - 1;

	if (!host_area || !(area.flags & VM_ALLOC) || start % PAGE_SIZE ||
	    start < untagged((unsigned long)area.addr) || numpages < 0 || first > pages ||
	    nr > pages - first) {
		plan->ret = -EINVAL;
		return;
	}
	if (!numpages)
		return;
	if (rodata_full && op->alias && first + nr > area.nr_pages) {
		plan->ret = -EINVAL;
		return;
	}

	plan_range(plan, start, start + nr * PAGE_SIZE, masks->set, masks->clear);
	if (rodata_full && op->alias)
		plan_alias(plan, area.pages + first, nr, masks->set & ALIAS_BITS,
			   masks->clear & ALIAS_BITS);
}

int checked_set_memory(const struct set_memory_op *op, unsigned long addr, int numpages)
{
	static struct plan plan;
	int ret;

	plan_set_memory(&plan, op, addr, numpages);
	log_reset();
	ret = op->fn(addr, numpages);
	check_call(&plan, ret);

	return ret;
}
