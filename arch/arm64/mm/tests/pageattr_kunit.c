// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of attribute changes on kernel memory, on live mappings.
 *
 * Leaves of every size are made in a hole of vmalloc space, on top of memory that
 * the test or nobody uses; set_memory_*() and its kind get memory from their usual
 * allocators. What a change did is asked of the CPU: an access, a call and AT.
 * What it shall not have done is compared entry by entry.
 *
 * Not shown here: an invalidation with a wrong address or stride (QEMU drops more
 * than it is asked to), barriers, and anything about real TLBs.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/execmem.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pgalloc.h>
#include <linux/prandom.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <asm/sections.h>
#include <asm/tlbflush.h>

#include "pageattr_probe.h"

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);

/*
 * Leaves of every size
 */

struct leaf_kind {
	const char *name;
	int level;
	unsigned long size;
	unsigned int entries;
};

static const struct leaf_kind leaf_kinds[] = {
	{ "PTE",		3,	PAGE_SIZE,	1 },
	{ "contiguous PTE",	3,	CONT_PTE_SIZE,	CONT_PTES },
	{ "PMD",		2,	PMD_SIZE,	1 },
	{ "contiguous PMD",	2,	CONT_PMD_SIZE,	CONT_PMDS },
	{ "PUD",		1,	PUD_SIZE,	1 },
};

KUNIT_ARRAY_PARAM_DESC(any_leaf, leaf_kinds, name);

/* The next kind that this page size has, is larger than a page and so on. */
static const void *leaf_gen_params(const void *prev, char *desc)
{
	const struct leaf_kind *kind = prev;

	do {
		kind = any_leaf_gen_params(kind, desc);
	} while (kind && kind->level == 1 && !pud_sect_supported());

	return kind;
}

static const void *large_leaf_gen_params(const void *prev, char *desc)
{
	const struct leaf_kind *kind = prev;

	do {
		kind = leaf_gen_params(kind, desc);
	} while (kind && kind->size == PAGE_SIZE);

	return kind;
}

static const void *cont_leaf_gen_params(const void *prev, char *desc)
{
	const struct leaf_kind *kind = prev;

	do {
		kind = leaf_gen_params(kind, desc);
	} while (kind && kind->entries == 1);

	return kind;
}

/**
 * struct hole - two neighbouring leaves of one kind in vmalloc space
 * @kind: which
 * @area: what keeps others out
 * @page: a page of the test's own, mapped by both leaves
 * @addr: address of the first leaf; the second one follows
 * @at: where @page lies within each leaf
 * @table: the page of entries that both leaves lie in
 * @first: index of their first entry there
 * @before: copy of @table
 */
struct hole {
	const struct leaf_kind *kind;
	struct vm_struct *area;
	struct page *page;
	unsigned long addr;
	unsigned long at;
	u64 *table;
	unsigned int first;
	u64 *before;
};

static bool is_ram(phys_addr_t start, unsigned long size)
{
	phys_addr_t addr;

	for (addr = start; addr < start + size; addr += PAGES_PER_SECTION << PAGE_SHIFT) {
		if (!pfn_valid(PHYS_PFN(addr)))
			return false;
	}

	return pfn_valid(PHYS_PFN(start + size - 1));
}

/* Entry @i of a leaf of @kind that maps @phys. */
static u64 leaf_entry(const struct leaf_kind *kind, phys_addr_t phys, unsigned int i)
{
	u64 val = __phys_to_pte_val(phys + i * (kind->size / kind->entries)) |
		  pgprot_val(PAGE_KERNEL);

	if (kind->level < 3)
		val &= ~PTE_TABLE_BIT;
	if (kind->entries > 1)
		val |= PTE_CONT;

	return val;
}

static void hole_set(struct hole *hole, unsigned int i, u64 val)
{
	switch (hole->kind->level) {
	case 1:
		set_pud((pud_t *)&hole->table[i], __pud(val));
		break;
	case 2:
		set_pmd((pmd_t *)&hole->table[i], __pmd(val));
		break;
	default:
		__set_pte((pte_t *)&hole->table[i], __pte(val));
	}
}

static void hole_put(void *data)
{
	struct hole *hole = data;
	unsigned int i;

	for (i = 0; i < 2 * hole->kind->entries; i++)
		hole_set(hole, hole->first + i, 0);
	flush_tlb_all();
	free_vm_area(hole->area);
	__free_page(hole->page);
	kfree(hole->before);
	pageattr_probe_exit();
}

static void *hole_entry(const struct leaf_kind *kind, unsigned long addr)
{
	p4d_t *p4dp = p4d_alloc(&init_mm, pgd_offset_k(addr), addr);
	pud_t *pudp = p4dp ? pud_alloc(&init_mm, p4dp, addr) : NULL;
	pmd_t *pmdp;

	if (!pudp || kind->level == 1)
		return pudp;
	pmdp = pmd_alloc(&init_mm, pudp, addr);
	if (!pmdp || kind->level == 2)
		return pmdp;

	return pte_alloc_kernel(pmdp, addr);
}

static struct hole *hole_get(struct kunit *test)
{
	const struct leaf_kind *kind = test->param_value;
	struct hole *hole = kunit_kzalloc(test, sizeof(*hole), GFP_KERNEL);
	phys_addr_t phys;
	unsigned int i;
	u64 *entry;

	if (kind->level == 1 && IS_ENABLED(CONFIG_KASAN_VMALLOC))
		kunit_skip(test, "KASAN's shadow of it takes half a gigabyte");
	KUNIT_ASSERT_NOT_NULL(test, hole);
	hole->kind = kind;
	/* Something that a write and a call can be tried on. */
	hole->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, hole->page);
	phys = page_to_phys(hole->page);
	hole->at = phys & (kind->size - 1);
	phys -= hole->at;
	if (!is_ram(phys, kind->size)) {
		__free_page(hole->page);
		kunit_skip(test, "no %lu MiB of memory, aligned", kind->size >> 20);
	}

	hole->before = kmalloc(PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, hole->before);
	/* Twice what is needed, so that both leaves lie in one table. */
	hole->area = get_vm_area(4 * kind->size, VM_MAP);
	KUNIT_ASSERT_NOT_NULL(test, hole->area);
	hole->addr = ALIGN((unsigned long)kasan_reset_tag(hole->area->addr),
			   2 * kind->size);
	entry = hole_entry(kind, hole->addr);
	KUNIT_ASSERT_NOT_NULL(test, entry);
	hole->table = PTR_ALIGN_DOWN(entry, PAGE_SIZE);
	hole->first = entry - hole->table;

	KUNIT_ASSERT_EQ(test, pageattr_probe_init(), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, hole_put, hole), 0);
	for (i = 0; i < 2 * kind->entries; i++)
		hole_set(hole, hole->first + i,
			 leaf_entry(kind, phys, i % kind->entries));

	KUNIT_ASSERT_EQ(test, pageattr_probe_plant(hole->addr + hole->at), 0);
	memcpy(hole->before, hole->table, PAGE_SIZE);

	return hole;
}

/* The table is as it was, but for @n leaves from @leaf on, 0 or 1. */
static bool hole_unchanged(struct hole *hole, unsigned int leaf, unsigned int n)
{
	unsigned int from = hole->first + leaf * hole->kind->entries;
	unsigned int to = from + n * hole->kind->entries;

	return !memcmp(hole->before, hole->table, from * sizeof(u64)) &&
	       !memcmp(hole->before + to, hole->table + to,
		       PAGE_SIZE - to * sizeof(u64));
}

static void expect_cpu(struct kunit *test, const char *when, unsigned long addr,
		       bool read, bool write, bool exec)
{
	KUNIT_EXPECT_EQ_MSG(test, pageattr_probe_at_read(addr), read, "%s", when);
	KUNIT_EXPECT_EQ_MSG(test, pageattr_probe_at_write(addr), write, "%s", when);
	KUNIT_EXPECT_EQ_MSG(test, pageattr_probe_read(addr), read, "%s", when);
	KUNIT_EXPECT_EQ_MSG(test, pageattr_probe_write(addr), write, "%s", when);
	KUNIT_EXPECT_EQ_MSG(test, pageattr_probe_exec(addr), exec, "%s", when);
}

static void pageattr_changes_whole_leaves(struct kunit *test)
{
	static const struct {
		const char *name;
		pteval_t set, clear;
		bool write, exec;
	} steps[] = {
		{ "ro",		PTE_RDONLY,	PTE_WRITE,	false,	false },
		{ "x",		0,		PTE_PXN,	false,	true },
		{ "rw",		PTE_WRITE,	PTE_RDONLY,	true,	true },
		{ "nx",		PTE_PXN,	0,		true,	false },
	};
	struct hole *hole = hole_get(test);
	unsigned long size = hole->kind->size;
	unsigned long addr = hole->addr + hole->at;
	struct pageattr_leaf leaf;
	int i;

	expect_cpu(test, "at first", addr, true, true, false);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		KUNIT_EXPECT_EQ(test, update_range_prot(hole->addr, size,
							__pgprot(steps[i].set),
							__pgprot(steps[i].clear)), 0);
		expect_cpu(test, steps[i].name, addr, true, steps[i].write,
			   steps[i].exec);
		KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 1));
		KUNIT_ASSERT_TRUE(test, pageattr_probe_leaf(addr, &leaf));
		KUNIT_EXPECT_EQ(test, leaf.start, hole->addr);
		KUNIT_EXPECT_EQ(test, leaf.size, size);
		KUNIT_EXPECT_EQ(test, leaf.cont, hole->kind->entries > 1);
	}
	KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 0));

	/* Both leaves, and each entry of them. */
	KUNIT_EXPECT_EQ(test, update_range_prot(hole->addr, 2 * size,
						__pgprot(PTE_RDONLY),
						__pgprot(PTE_WRITE)), 0);
	KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 2));
	for (i = hole->first; i < hole->first + 2 * hole->kind->entries; i++)
		KUNIT_EXPECT_EQ(test, hole->table[i],
				(hole->before[i] | PTE_RDONLY) & ~PTE_WRITE);
}

static void pageattr_invalid_and_valid_again(struct kunit *test)
{
	struct hole *hole = hole_get(test);
	unsigned long addr = hole->addr + hole->at;
	int nr = hole->kind->size >> PAGE_SHIFT;
	struct pageattr_leaf leaf;
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, set_memory_valid(hole->addr, nr, 0), 0);
		expect_cpu(test, "invalid", addr, false, false, false);
		KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 1));
		/* Readers still see a leaf. */
		KUNIT_ASSERT_TRUE(test, pageattr_probe_leaf(addr, &leaf));
		KUNIT_EXPECT_EQ(test, leaf.size, hole->kind->size);
		KUNIT_EXPECT_FALSE(test, leaf.valid);
		KUNIT_EXPECT_PTR_EQ(test, vmalloc_to_page((void *)addr), hole->page);
		/* Once more changes nothing. */
		KUNIT_EXPECT_EQ(test, set_memory_valid(hole->addr, nr, 0), 0);
		KUNIT_EXPECT_FALSE(test, pageattr_probe_at_read(addr));

		KUNIT_EXPECT_EQ(test, set_memory_valid(hole->addr, nr, 1), 0);
		expect_cpu(test, "valid", addr, true, true, false);
		KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 0));
		KUNIT_EXPECT_EQ(test, set_memory_valid(hole->addr, nr, 1), 0);
		KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 0));
	}
}

static void expect_refused(struct kunit *test, struct hole *hole,
			   unsigned long offset, unsigned long size)
{
	KUNIT_EXPECT_EQ_MSG(test, update_range_prot(hole->addr + offset, size,
						    __pgprot(PTE_RDONLY),
						    __pgprot(PTE_WRITE)),
			    -EINVAL, "%#lx bytes at %#lx", size, offset);
	KUNIT_EXPECT_TRUE_MSG(test, hole_unchanged(hole, 0, 0),
			      "%#lx bytes at %#lx", size, offset);
}

static void pageattr_refuses_to_cut_a_leaf(struct kunit *test)
{
	struct hole *hole = hole_get(test);
	unsigned long size = hole->kind->size;

	if (system_supports_bbml2_noabort())
		kunit_skip(test, "the CPUs can split it");
	expect_refused(test, hole, 0, PAGE_SIZE);
	expect_refused(test, hole, size - PAGE_SIZE, PAGE_SIZE);
	expect_refused(test, hole, size / 2, PAGE_SIZE);
	expect_refused(test, hole, 0, size / 2);
	expect_refused(test, hole, size / 2, size / 2);
	expect_refused(test, hole, 0, size - PAGE_SIZE);
	expect_refused(test, hole, PAGE_SIZE, size - PAGE_SIZE);
	expect_refused(test, hole, PAGE_SIZE, size);
	expect_refused(test, hole, size - PAGE_SIZE, 2 * PAGE_SIZE);
	expect_refused(test, hole, 0, size + PAGE_SIZE);
	expect_refused(test, hole, PAGE_SIZE, 2 * size - PAGE_SIZE);
}

/* One sibling that still says contiguous is unfolded before another entry changes. */
static void pageattr_asks_the_whole_group(struct kunit *test)
{
	struct hole *hole = hole_get(test);
	unsigned int last = hole->first + hole->kind->entries - 1;
	unsigned long step = hole->kind->size / hole->kind->entries;
	unsigned int i;

	if (!system_supports_bbml2_noabort())
		kunit_skip(test, "no group is ever unfolded");
	for (i = hole->first; i < last; i++)
		hole_set(hole, i, hole->table[i] & ~PTE_CONT);
	memcpy(hole->before, hole->table, PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, update_range_prot(hole->addr, step, __pgprot(PTE_RDONLY),
						__pgprot(PTE_WRITE)), 0);
	KUNIT_EXPECT_EQ(test, hole->table[hole->first],
			(hole->before[hole->first] | PTE_RDONLY) & ~PTE_WRITE);
	KUNIT_EXPECT_EQ(test, hole->table[last], hole->before[last] & ~PTE_CONT);
	hole_set(hole, hole->first, hole->before[hole->first]);
	hole_set(hole, last, hole->before[last]);
	KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 0));
}

static void pageattr_refuses_a_hole(struct kunit *test)
{
	struct hole *hole = hole_get(test);
	unsigned long size = hole->kind->size;
	unsigned int i;

	for (i = 0; i < hole->kind->entries; i++)
		hole_set(hole, hole->first + hole->kind->entries + i, 0);
	memcpy(hole->before, hole->table, PAGE_SIZE);

	expect_refused(test, hole, 0, 2 * size);
	expect_refused(test, hole, size, size);
	expect_refused(test, hole, 0, 0);

	/* Neither valid nor present-invalid: not ours to make sense of. */
	for (i = 0; i < hole->kind->entries; i++)
		hole_set(hole, hole->first + hole->kind->entries + i, BIT(12));
	memcpy(hole->before, hole->table, PAGE_SIZE);
	expect_refused(test, hole, 0, 2 * size);
}

/*
 * Invalidations
 */

static struct {
	struct {
		unsigned long start, end;
	} own[2];
	unsigned int calls;
	unsigned long start, end;
} flushed;

static void count_flush(unsigned long start, unsigned long end)
{
	int i;

	/*
	 * Others free pages meanwhile, in this task too: in softirq, or when areas
	 * are purged. With debug_pagealloc that invalidates as well.
	 */
	for (i = 0; i < ARRAY_SIZE(flushed.own); i++) {
		if (start >= flushed.own[i].end || end <= flushed.own[i].start)
			continue;
		flushed.calls++;
		flushed.start = start;
		flushed.end = end;
		break;
	}
	flush_tlb_kernel_range(start, end);
}

/* Count those of memory that the test owns, in flushed.calls. */
static void count_flushes_of(struct kunit *test, unsigned long start,
			     unsigned long size)
{
	memset(&flushed, 0, sizeof(flushed));
	flushed.own[0].start = start;
	flushed.own[0].end = start + size;
	kunit_activate_static_stub(test, pageattr_flush_range, count_flush);
}

static void pageattr_flushes_once_if_needed(struct kunit *test)
{
	struct hole *hole = hole_get(test);
	unsigned long size = hole->kind->size;
	int nr = size >> PAGE_SHIFT;

	count_flushes_of(test, hole->addr, 2 * size);

	KUNIT_EXPECT_EQ(test, update_range_prot(hole->addr, 2 * size,
						__pgprot(PTE_RDONLY),
						__pgprot(PTE_WRITE)), 0);
	KUNIT_EXPECT_EQ(test, flushed.calls, 1);
	KUNIT_EXPECT_EQ(test, flushed.start, hole->addr);
	KUNIT_EXPECT_EQ(test, flushed.end, hole->addr + 2 * size);
	/* The bits are so already. */
	KUNIT_EXPECT_EQ(test, update_range_prot(hole->addr, 2 * size,
						__pgprot(PTE_RDONLY),
						__pgprot(PTE_WRITE)), 0);
	KUNIT_EXPECT_EQ(test, flushed.calls, 1);

	flushed.calls = 0;
	KUNIT_EXPECT_EQ(test, set_memory_valid(hole->addr, nr, 0), 0);
	KUNIT_EXPECT_EQ(test, flushed.calls, 1);
	KUNIT_EXPECT_EQ(test, set_memory_valid(hole->addr, nr, 1), 0);
	KUNIT_EXPECT_EQ(test, flushed.calls, 1);

	/* One leaf was valid all the time: its TLB entry has to go. */
	KUNIT_EXPECT_EQ(test, set_memory_valid(hole->addr, nr, 0), 0);
	flushed.calls = 0;
	KUNIT_EXPECT_EQ(test, update_range_prot(hole->addr, 2 * size,
						__pgprot(PTE_VALID_KERNEL | PTE_WRITE),
						__pgprot(PTE_PRESENT_INVALID | PTE_RDONLY)), 0);
	KUNIT_EXPECT_EQ(test, flushed.calls, 1);

	/* A refusal has nothing to invalidate. */
	flushed.calls = 0;
	hole_set(hole, hole->first + hole->kind->entries, 0);
	KUNIT_EXPECT_EQ(test, update_range_prot(hole->addr, 2 * size,
						__pgprot(PTE_RDONLY),
						__pgprot(PTE_WRITE)), -EINVAL);
	KUNIT_EXPECT_EQ(test, flushed.calls, 0);
}

/*
 * set_memory_*() on vmalloc memory
 */

#define NR_PAGES	8

/**
 * struct buffer - pages from vmalloc, and what maps them
 * @addr: of the vmalloc memory
 * @area: its area
 * @mapping: the entries of the pages in vmalloc space
 * @alias: their entries in the linear map
 */
struct buffer {
	unsigned long addr;
	struct vm_struct *area;
	u64 mapping[NR_PAGES];
	u64 alias[NR_PAGES];
};

static unsigned long alias_of(struct buffer *buf, int i)
{
	return (unsigned long)kasan_reset_tag(page_address(buf->area->pages[i]));
}

/* What the page's own entry would be: neighbours may come to lie in smaller leaves. */
static u64 raw_entry(unsigned long addr)
{
	struct pageattr_leaf leaf;
	phys_addr_t phys;

	if (!pageattr_probe_leaf(addr, &leaf))
		return 0;
	leaf.raw &= ~PTE_CONT;
	if (leaf.level == 3)
		return leaf.raw;

	phys = __pte_to_phys(__pte(leaf.raw));
	leaf.raw &= ~__phys_to_pte_val(phys);
	phys += addr & ((leaf.level == 2 ? PMD_SIZE : PUD_SIZE) - 1);

	return leaf.raw | PTE_TABLE_BIT | __phys_to_pte_val(phys);
}

static void buffer_put(void *data)
{
	struct buffer *buf = data;

	set_memory_nx(buf->addr, NR_PAGES);
	set_memory_rw(buf->addr, NR_PAGES);
	vfree((void *)buf->addr);
	pageattr_probe_exit();
}

static struct buffer *buffer_get(struct kunit *test)
{
	struct buffer *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	/* A tag would be in the way of comparisons and calls. */
	buf->addr = (unsigned long)kasan_reset_tag(vmalloc(NR_PAGES * PAGE_SIZE));
	KUNIT_ASSERT_NOT_NULL(test, (void *)buf->addr);
	KUNIT_ASSERT_EQ(test, pageattr_probe_init(), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, buffer_put, buf), 0);
	buf->area = find_vm_area((void *)buf->addr);
	KUNIT_ASSERT_EQ(test, buf->area->nr_pages, NR_PAGES);
	for (i = 0; i < NR_PAGES; i++) {
		KUNIT_ASSERT_EQ(test, pageattr_probe_plant(buf->addr + i * PAGE_SIZE), 0);
		buf->mapping[i] = raw_entry(buf->addr + i * PAGE_SIZE);
		buf->alias[i] = raw_entry(alias_of(buf, i));
	}

	return buf;
}

/* All entries but those of @nr pages from @first on are as they were. */
static bool buffer_unchanged(struct buffer *buf, int first, int nr)
{
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		if (i >= first && i < first + nr)
			continue;
		if (raw_entry(buf->addr + i * PAGE_SIZE) != buf->mapping[i] ||
		    raw_entry(alias_of(buf, i)) != buf->alias[i])
			return false;
	}

	return true;
}

static void set_memory_changes_what_it_says(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	unsigned long page2 = buf->addr + 2 * PAGE_SIZE;
	unsigned long page4 = buf->addr + 4 * PAGE_SIZE;

	/* Now the TLB has them as they were. */
	expect_cpu(test, "at first", page2, true, true, false);
	expect_cpu(test, "at first", page4, true, true, false);
	KUNIT_EXPECT_EQ(test, set_memory_ro(page2, 3), 0);
	expect_cpu(test, "ro", page2, true, false, false);
	expect_cpu(test, "ro", page4, true, false, false);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 2, 3));
	KUNIT_EXPECT_EQ(test, set_memory_x(page2, 3), 0);
	expect_cpu(test, "x", page4, true, false, true);
	KUNIT_EXPECT_EQ(test, set_memory_rw(page2, 3), 0);
	expect_cpu(test, "rw", page4, true, true, true);
	KUNIT_EXPECT_EQ(test, set_memory_nx(page2, 3), 0);
	expect_cpu(test, "nx", page4, true, true, false);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

static void set_memory_refuses_bad_ranges(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	unsigned long addr = buf->addr, end = addr + NR_PAGES * PAGE_SIZE;
	void *linear = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	void *vmapped;

	KUNIT_EXPECT_EQ(test, set_memory_ro(addr, 0), 0);
	KUNIT_EXPECT_EQ(test, set_memory_ro(addr, -1), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_memory_ro(addr, INT_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_memory_ro(addr + 1, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_memory_ro(addr + PAGE_SIZE / 2, 1), -EINVAL);
	/* The guard page belongs to the area, and is no memory. */
	KUNIT_EXPECT_EQ(test, set_memory_ro(addr, NR_PAGES + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_memory_ro(end - PAGE_SIZE, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_memory_ro(end, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_memory_ro((unsigned long)linear, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_memory_ro((unsigned long)_stext, 1), -EINVAL);

	vmapped = vmap(buf->area->pages, NR_PAGES, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vmapped);
	KUNIT_EXPECT_EQ(test, set_memory_ro((unsigned long)vmapped, 1), -EINVAL);
	vunmap(vmapped);

	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

static void set_memory_refuses_a_hole(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	unsigned long hole = buf->addr + 5 * PAGE_SIZE;
	pte_t *ptep = pte_offset_kernel(pmd_off_k(hole), hole);
	pte_t pte = __ptep_get(ptep);

	__set_pte(ptep, __pte(0));
	flush_tlb_kernel_range(hole, hole + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, NR_PAGES), -EINVAL);
	KUNIT_EXPECT_EQ(test, pte_val(__ptep_get(ptep)), 0);
	__set_pte(ptep, pte);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

/* As vmalloc_huge() maps an area; the pages are not the area's, and stay writable. */
static void set_memory_takes_whole_huge_leaves(struct kunit *test)
{
	struct hole *hole = hole_get(test);
	unsigned long addr = hole->addr + hole->at;
	int nr = PHYS_PFN(hole->kind->size);
	struct pageattr_leaf leaf;

	KUNIT_EXPECT_EQ(test, set_memory_x(hole->addr, nr), -EINVAL);
	hole->area->flags |= VM_ALLOC;
	expect_cpu(test, "at first", addr, true, true, false);
	KUNIT_EXPECT_EQ(test, set_memory_x(hole->addr, nr), 0);
	expect_cpu(test, "x", addr, true, true, true);
	KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 1));
	KUNIT_ASSERT_TRUE(test, pageattr_probe_leaf(addr, &leaf));
	KUNIT_EXPECT_EQ(test, leaf.size, hole->kind->size);
	KUNIT_EXPECT_EQ(test, set_memory_nx(hole->addr, nr), 0);
	expect_cpu(test, "nx", addr, true, true, false);
	KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 0));

	/* An alias that would have to change, and is not known. */
	if (pageattr_probe_rodata_full())
		KUNIT_EXPECT_EQ(test, set_memory_ro(hole->addr, nr), -EINVAL);
	/* None is split at a PUD of vmalloc space. */
	if (!system_supports_bbml2_noabort() || hole->kind->level == 1) {
		KUNIT_EXPECT_EQ(test, set_memory_x(hole->addr, nr - 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, set_memory_x(hole->addr + PAGE_SIZE, nr), -EINVAL);
	}
	KUNIT_EXPECT_TRUE(test, hole_unchanged(hole, 0, 0));
}

/*
 * The linear alias
 */

static void alias_follows_the_range_asked_for(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	bool full = pageattr_probe_rodata_full();
	int i;

	/* Now the TLB has it as it was. */
	for (i = 2; i < 5; i++)
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)), 1);
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr + 2 * PAGE_SIZE, 3), 0);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 2, 3));
	for (i = 2; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)), !full);
		KUNIT_EXPECT_EQ(test, pageattr_probe_at_write(alias_of(buf, i)), !full);
	}
	/* Execution does not concern the alias. */
	KUNIT_EXPECT_EQ(test, set_memory_x(buf->addr, NR_PAGES), 0);
	KUNIT_EXPECT_EQ(test, pageattr_probe_exec(alias_of(buf, 0)), 0);
	KUNIT_EXPECT_EQ(test, set_memory_nx(buf->addr, NR_PAGES), 0);

	KUNIT_EXPECT_EQ(test, set_memory_rw(buf->addr + 2 * PAGE_SIZE, 3), 0);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, 3)), 1);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

static void alias_is_changed_in_runs(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	struct page **was = buf->area->pages;
	struct page *pages[NR_PAGES], *block;
	bool full = pageattr_probe_rodata_full();
	int i;

	/* Two runs, one that rises and one that falls, over pages of our own. */
	block = alloc_pages(GFP_KERNEL, get_order(NR_PAGES * PAGE_SIZE));
	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < NR_PAGES / 2; i++) {
		pages[i] = block + i;
		pages[NR_PAGES / 2 + i] = block + NR_PAGES - 1 - i;
	}

	count_flushes_of(test, buf->addr, NR_PAGES * PAGE_SIZE);
	flushed.own[1].start = (unsigned long)kasan_reset_tag(page_address(block));
	flushed.own[1].end = flushed.own[1].start + NR_PAGES * PAGE_SIZE;
	buf->area->pages = pages;
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, NR_PAGES), 0);
	/* Two for the alias, one for the mapping. */
	KUNIT_EXPECT_EQ(test, flushed.calls, full ? 3 : 1);
	for (i = 0; i < NR_PAGES; i++)
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)), !full);
	KUNIT_EXPECT_EQ(test, set_memory_rw(buf->addr, NR_PAGES), 0);
	KUNIT_EXPECT_EQ(test, flushed.calls, full ? 6 : 2);
	for (i = 0; i < NR_PAGES; i++)
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)), 1);
	buf->area->pages = was;

	__free_pages(block, get_order(NR_PAGES * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

static void alias_errors_leave_both_alone(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	struct page **was = buf->area->pages;
	struct page *pages[NR_PAGES];
	/* Where the alias does not change, nothing is wrong with it. */
	int err = pageattr_probe_rodata_full() ? -EINVAL : 0;

	/* An area that does not say which pages it has, as percpu's. */
	buf->area->nr_pages = 4;
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, 5), err);
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr + 4 * PAGE_SIZE, 1), err);
	KUNIT_EXPECT_EQ(test, set_memory_x(buf->addr, 5), 0);
	KUNIT_EXPECT_EQ(test, set_memory_nx(buf->addr, 5), 0);
	buf->area->nr_pages = NR_PAGES;

	/* A page without alias: the last one, where the linear map ends. */
	memcpy(pages, was, sizeof(pages));
	pages[6] = pfn_to_page(PHYS_PFN(__pa(PAGE_END - PAGE_SIZE)));
	buf->area->pages = pages;
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, NR_PAGES), err);
	KUNIT_EXPECT_EQ(test, set_memory_rw(buf->addr, NR_PAGES), err);
	buf->area->pages = was;
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

static void set_memory_rox_is_one_pass(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	u64 ro_then_x[NR_PAGES];
	int i;

	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, NR_PAGES), 0);
	KUNIT_EXPECT_EQ(test, set_memory_x(buf->addr, NR_PAGES), 0);
	for (i = 0; i < NR_PAGES; i++)
		ro_then_x[i] = raw_entry(buf->addr + i * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, set_memory_nx(buf->addr, NR_PAGES), 0);
	KUNIT_EXPECT_EQ(test, set_memory_rw(buf->addr, NR_PAGES), 0);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));

	/* The alias has its own. */
	count_flushes_of(test, buf->addr, NR_PAGES * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, set_memory_rox(buf->addr, NR_PAGES), 0);
	KUNIT_EXPECT_EQ(test, flushed.start, buf->addr);
	KUNIT_EXPECT_EQ(test, flushed.end, buf->addr + NR_PAGES * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, flushed.calls, 1);
	for (i = 0; i < NR_PAGES; i++) {
		KUNIT_EXPECT_EQ(test, raw_entry(buf->addr + i * PAGE_SIZE),
				ro_then_x[i]);
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)),
				!pageattr_probe_rodata_full());
	}
	expect_cpu(test, "rox", buf->addr, true, false, true);
	KUNIT_EXPECT_EQ(test, set_memory_rox(buf->addr + 1, 1), -EINVAL);
}

/*
 * Pointers with tags
 */

#if defined(CONFIG_KASAN_SW_TAGS) || defined(CONFIG_KASAN_HW_TAGS)
static unsigned long tagged(unsigned long addr, u8 tag)
{
	return (unsigned long)__tag_set((void *)addr, tag);
}

/* The caller's tag and the area's need not be one, nor be there at all. */
static void set_memory_ignores_tags(struct kunit *test)
{
	static const u8 tags[] = { 0x00, 0x2a, 0x7f, 0xf0, 0xff };
	struct buffer *buf = buffer_get(test);
	unsigned long page2 = buf->addr + 2 * PAGE_SIZE;
	unsigned long end = buf->addr + NR_PAGES * PAGE_SIZE;
	void *was = buf->area->addr;
	bool full = pageattr_probe_rodata_full();
	int i, j;

	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		for (j = 0; j < ARRAY_SIZE(tags); j++) {
			buf->area->addr = (void *)tagged(buf->addr, tags[j]);
			KUNIT_EXPECT_EQ(test, set_memory_ro(tagged(page2, tags[i]), 3), 0);
			KUNIT_EXPECT_EQ(test, pageattr_probe_write(page2), 0);
			KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, 2)),
					!full);
			KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 2, 3));
			KUNIT_EXPECT_EQ(test, set_memory_rw(tagged(page2, tags[i]), 3), 0);
			KUNIT_EXPECT_EQ(test, set_memory_ro(tagged(end, tags[i]), 1),
					-EINVAL);
			KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
		}
	}
	buf->area->addr = was;

	KUNIT_EXPECT_EQ(test, set_memory_valid(tagged(page2, 0x2a), 1, 0), 0);
	KUNIT_EXPECT_FALSE(test, pageattr_probe_at_read(page2));
	KUNIT_EXPECT_EQ(test, set_memory_valid(tagged(page2, 0x7f), 1, 1), 0);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}
#endif

/*
 * Pages of the linear map
 */

static struct page *page_get(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_TRUE(test, kernel_page_present(page));

	return page;
}

static void direct_map_takes_a_page_out_and_puts_it_back(struct kunit *test)
{
	struct page *page = page_get(test);
	unsigned long addr = (unsigned long)kasan_reset_tag(page_address(page));
	bool gone = can_set_direct_map();
	u64 raw = raw_entry(addr);
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), 1);
		KUNIT_EXPECT_EQ(test, set_direct_map_invalid_noflush(page), 0);
		flush_tlb_kernel_range(addr, addr + PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, kernel_page_present(page), !gone);
		KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), !gone);
		KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(page), 0);
		KUNIT_EXPECT_TRUE(test, kernel_page_present(page));
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 1);
		KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);
	}

	__free_page(page);
}

/*
 * What was unmapped before is in no TLB any more, in whichever way it was mapped. The
 * calls change nothing, so that no invalidation of their own can take it out.
 */
static void set_memory_ends_former_mappings(struct kunit *test)
{
	struct page *page = page_get(test);
	unsigned long mem = (unsigned long)vmalloc(PAGE_SIZE), addr;
	int stale = 0, i;
	void *p;

	KUNIT_ASSERT_NE(test, mem, 0);
	p = vm_map_ram(&page, 1, NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, p);
	addr = (unsigned long)kasan_reset_tag(p);
	KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), 1);
	vm_unmap_ram(p, 1);
	KUNIT_EXPECT_EQ(test, set_memory_rw(mem, 1), 0);
	KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), 0);

	/*
	 * Here somebody else may be given the address at once; and a TLB that should have
	 * been flushed may have dropped the entry of itself. Neither is so most times.
	 */
	for (i = 0; i < 16; i++) {
		p = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		addr = (unsigned long)kasan_reset_tag(p);
		KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), 1);
		vunmap(p);
		KUNIT_EXPECT_EQ(test, set_memory_rw(mem, 1), 0);
		stale += pageattr_probe_read(addr);
	}
	KUNIT_EXPECT_LT(test, stale, 4);

	vfree((void *)mem);
	__free_page(page);
}

/* A page that was read-only and valid may be in the TLB as such. */
static void direct_map_default_makes_writable_at_once(struct kunit *test)
{
	struct page *page = page_get(test);
	unsigned long addr = (unsigned long)kasan_reset_tag(page_address(page));
	u64 raw = raw_entry(addr);

	/* Without single pages there is nothing to make read-only. */
	if (!can_set_direct_map()) {
		KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(page), 0);
		KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);
		__free_page(page);
		return;
	}

	KUNIT_EXPECT_EQ(test, update_range_prot(addr, PAGE_SIZE, __pgprot(PTE_RDONLY),
						__pgprot(PTE_WRITE)), 0);
	KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), 1);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 0);
	count_flushes_of(test, addr, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(page), 0);
	KUNIT_EXPECT_EQ(test, flushed.calls, 1);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 1);
	KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);

	__free_page(page);
}

/* With debug_pagealloc a page that nobody owns cannot be touched. */
static void debug_pagealloc_takes_free_pages_out(struct kunit *test)
{
	bool gone = debug_pagealloc_enabled();
	struct page *page = page_get(test), *next;
	unsigned long addr = (unsigned long)kasan_reset_tag(page_address(page));
	bool present[2], read[2];
	u64 raw = raw_entry(addr);
	unsigned long flags;

	kunit_info(test, "debug_pagealloc is %s", gone ? "on" : "off");
	debug_pagealloc_unmap_pages(page, 1);
	KUNIT_EXPECT_EQ(test, kernel_page_present(page), !gone);
	KUNIT_EXPECT_EQ(test, pageattr_probe_at_read(addr), !gone);
	KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), !gone);
	debug_pagealloc_map_pages(page, 1);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 1);
	KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);

	/* With interrupts off nobody else gets the page meanwhile. */
	local_irq_save(flags);
	__free_page(page);
	present[0] = kernel_page_present(page);
	read[0] = pageattr_probe_read(addr);
	next = alloc_page(GFP_ATOMIC);
	if (next) {
		present[1] = kernel_page_present(next);
		read[1] = pageattr_probe_read((unsigned long)page_address(next));
	}
	local_irq_restore(flags);

	KUNIT_EXPECT_EQ(test, present[0], !gone);
	KUNIT_EXPECT_EQ(test, read[0], !gone);
	KUNIT_ASSERT_NOT_NULL(test, next);
	KUNIT_EXPECT_TRUE(test, present[1]);
	KUNIT_EXPECT_TRUE(test, read[1]);
	if (next == page)
		KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);
	__free_page(next);
}

/*
 * Areas that are freed with the permissions that they have at the time
 */

struct reset_kind {
	const char *name;
	int execmem;
};

static const struct reset_kind reset_kinds[] = {
	{ "vmalloc",		-1 },
	{ "module text",	EXECMEM_MODULE_TEXT },
	{ "kprobes",		EXECMEM_KPROBES },
	{ "BPF",		EXECMEM_BPF },
};

KUNIT_ARRAY_PARAM_DESC(reset, reset_kinds, name);

static void *reset_alloc(const struct reset_kind *kind)
{
	void *p;

	if (kind->execmem >= 0)
		return execmem_alloc(kind->execmem, NR_PAGES * PAGE_SIZE);

	p = vmalloc(NR_PAGES * PAGE_SIZE);
	if (p)
		set_vm_flush_reset_perms(p);

	return p;
}

static void vfree_leaves_the_linear_map_as_it_was(struct kunit *test)
{
	const struct reset_kind *kind = test->param_value;
	bool full = pageattr_probe_rodata_full();
	unsigned long addr, alias[NR_PAGES];
	struct page *pages[NR_PAGES];
	u64 raw[NR_PAGES];
	int i;

	addr = (unsigned long)reset_alloc(kind);
	KUNIT_ASSERT_NE(test, addr, 0);
	for (i = 0; i < NR_PAGES; i++) {
		/* A reference of our own: nobody else has the page afterwards. */
		pages[i] = vmalloc_to_page((void *)addr + i * PAGE_SIZE);
		get_page(pages[i]);
		alias[i] = (unsigned long)kasan_reset_tag(page_address(pages[i]));
		raw[i] = raw_entry(alias[i]);
	}

	KUNIT_EXPECT_EQ(test, set_memory_rox(addr, NR_PAGES), 0);
	/* Both mappings are in the TLB now, as they are. */
	for (i = 0; i < NR_PAGES; i++) {
		KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr + i * PAGE_SIZE), 1);
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias[i]), !full);
	}

	vfree((void *)addr);

	for (i = 0; i < NR_PAGES; i++) {
		KUNIT_EXPECT_TRUE(test, kernel_page_present(pages[i]));
		KUNIT_EXPECT_EQ(test, raw_entry(alias[i]), raw[i]);
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias[i]), 1);
		KUNIT_EXPECT_TRUE(test, pageattr_probe_at_write(alias[i]));
		/* Unless somebody got the addresses already. */
		if (!find_vm_area((void *)addr + i * PAGE_SIZE))
			KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr + i * PAGE_SIZE), 0);
		__free_page(pages[i]);
	}
}

/* In blocks, in pages, and also if the linear map was mapped by pages afterwards. */
static void text_alias_is_read_only(struct kunit *test)
{
	unsigned long addr, end = (unsigned long)lm_alias(__init_begin);

	for (addr = (unsigned long)lm_alias(_text); addr < end; addr += PAGE_SIZE) {
		KUNIT_ASSERT_TRUE_MSG(test, pageattr_probe_at_read(addr), "%lx", addr);
		KUNIT_ASSERT_FALSE_MSG(test, pageattr_probe_at_write(addr), "%lx", addr);
	}
}

/**
 * struct in_context - a change made where nothing may sleep
 * @tasklet: that makes it
 * @addr: of the page that becomes invalid and valid
 * @page: that is put into the linear map, and taken out again
 * @ret: what the two calls for @addr returned
 * @direct_ret: what the two calls for @page returned
 * @read_between: whether @addr could be read between them
 * @present_between: whether @page was there between them
 */
struct in_context {
	struct tasklet_struct tasklet;
	unsigned long addr;
	struct page *page;
	int ret[2];
	int direct_ret[2];
	bool read_between;
	bool present_between;
};

static void change_in_context(struct tasklet_struct *tasklet)
{
	struct in_context *ctx = container_of(tasklet, struct in_context, tasklet);

	ctx->ret[0] = set_memory_valid(ctx->addr, 1, 0);
	ctx->read_between = pageattr_probe_at_read(ctx->addr);
	ctx->ret[1] = set_memory_valid(ctx->addr, 1, 1);

	ctx->direct_ret[0] = set_direct_map_default_noflush(ctx->page);
	ctx->present_between = kernel_page_present(ctx->page);
	ctx->direct_ret[1] = set_direct_map_invalid_noflush(ctx->page);
}

static void check_context(struct kunit *test, struct in_context *ctx, struct buffer *buf)
{
	KUNIT_EXPECT_EQ(test, ctx->ret[0], 0);
	KUNIT_EXPECT_EQ(test, ctx->ret[1], 0);
	KUNIT_EXPECT_FALSE(test, ctx->read_between);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));

	KUNIT_EXPECT_EQ(test, ctx->direct_ret[0], 0);
	KUNIT_EXPECT_TRUE(test, ctx->present_between);
	KUNIT_EXPECT_EQ(test, ctx->direct_ret[1], 0);
	KUNIT_EXPECT_EQ(test, kernel_page_present(ctx->page), !can_set_direct_map());
}

static void valid_works_where_nothing_may_sleep(struct kunit *test)
{
	/* A page of its own in every boot, the linear map may have blocks. */
	struct buffer *buf = buffer_get(test);
	struct in_context ctx = { .addr = buf->addr };
	unsigned long flags;

	/*
	 * As hibernation has it, a page that is gone already; its neighbour, that no leaf
	 * is put together in between.
	 */
	ctx.page = alloc_pages(GFP_KERNEL, 1);
	KUNIT_ASSERT_NOT_NULL(test, ctx.page);
	KUNIT_EXPECT_EQ(test, set_direct_map_invalid_noflush(ctx.page), 0);
	KUNIT_EXPECT_EQ(test, set_direct_map_invalid_noflush(ctx.page + 1), 0);

	local_irq_save(flags);
	change_in_context(&ctx.tasklet);
	local_irq_restore(flags);
	check_context(test, &ctx, buf);

	/* From softirq, in the middle of this task's lazy section. */
	ctx = (struct in_context){
		.addr = ctx.addr, .page = ctx.page, .ret = { -1, -1 },
		.direct_ret = { -1, -1 }, .read_between = true,
	};
	tasklet_setup(&ctx.tasklet, change_in_context);
	arch_enter_lazy_mmu_mode();
	local_bh_disable();
	tasklet_schedule(&ctx.tasklet);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, ctx.direct_ret[1], 0);
	arch_leave_lazy_mmu_mode();
	tasklet_kill(&ctx.tasklet);
	check_context(test, &ctx, buf);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(ctx.addr), 1);

	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(ctx.page), 0);
	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(ctx.page + 1), 0);
	__free_pages(ctx.page, 1);
}

/*
 * Two owners of neighbouring pages
 */

#define OWNED_PAGES	16
#define OWNER_CHANGES	100000

/**
 * struct owner - who changes some pages of a table, all the time
 * @addr: of the first page
 * @entry: its entry in the table
 * @model: what the entries shall be
 * @seed: of the changes
 * @refused: how many calls failed
 * @wrong: how many entries were not as they should, after a change
 * @done: all changes are made
 */
struct owner {
	unsigned long addr;
	u64 *entry;
	u64 model[OWNED_PAGES];
	u64 seed;
	unsigned int refused;
	unsigned int wrong;
	struct completion done;
};

static int change_own_pages(void *data)
{
	const struct {
		pteval_t set, clear;
	} changes[] = {
		{ PTE_RDONLY, PTE_WRITE },
		{ PTE_WRITE, PTE_RDONLY },
		{ PTE_PRESENT_INVALID, PTE_VALID },
		{ PTE_VALID_KERNEL, PTE_PRESENT_INVALID },
	};
	struct owner *owner = data;
	struct rnd_state rnd;
	int i, j;

	prandom_seed_state(&rnd, owner->seed);
	for (i = 0; i < OWNER_CHANGES; i++) {
		u32 random = prandom_u32_state(&rnd);
		unsigned int first = random % OWNED_PAGES;
		unsigned int nr = 1 + (random >> 8) % (OWNED_PAGES - first);
		unsigned int what = (random >> 16) % ARRAY_SIZE(changes);
		u64 set = changes[what].set, clear = changes[what].clear;

		if (update_range_prot(owner->addr + first * PAGE_SIZE, nr * PAGE_SIZE,
				      __pgprot(set), __pgprot(clear)))
			owner->refused++;
		for (j = first; j < first + nr; j++)
			owner->model[j] = (owner->model[j] & ~clear) | set;
		for (j = 0; j < OWNED_PAGES; j++)
			owner->wrong += READ_ONCE(owner->entry[j]) != owner->model[j];
		if (i % 256 == 0)
			cond_resched();
	}
	complete(&owner->done);

	return 0;
}

static void neighbours_do_not_disturb_each_other(struct kunit *test)
{
	const unsigned long size = OWNED_PAGES * PAGE_SIZE;
	struct task_struct *task;
	unsigned long addr, mem;
	struct owner *owners;
	int i, j, cpu;

	KUNIT_ASSERT_GT(test, num_online_cpus(), 1);
	owners = kunit_kcalloc(test, 2, sizeof(*owners), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, owners);
	mem = (unsigned long)kasan_reset_tag(vmalloc(4 * size));
	KUNIT_ASSERT_NE(test, mem, 0);
	/* Both in one table, and with them the end of one and the start of the other. */
	addr = mem;
	if (ALIGN_DOWN(addr, PMD_SIZE) != ALIGN_DOWN(addr + 2 * size - 1, PMD_SIZE))
		addr += 2 * size;

	cpu = cpumask_first(cpu_online_mask);
	for (i = 0; i < 2; i++, cpu = cpumask_next(cpu, cpu_online_mask)) {
		struct owner *owner = &owners[i];

		owner->addr = addr + i * size;
		owner->entry = (u64 *)pte_offset_kernel(pmd_off_k(owner->addr), owner->addr);
		owner->seed = i + 1;
		for (j = 0; j < OWNED_PAGES; j++)
			owner->model[j] = owner->entry[j];
		init_completion(&owner->done);
		task = kthread_create_on_cpu(change_own_pages, owner, cpu, "owner/%u");
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		wake_up_process(task);
	}
	for (i = 0; i < 2; i++) {
		wait_for_completion(&owners[i].done);
		KUNIT_EXPECT_EQ(test, owners[i].refused, 0);
		KUNIT_EXPECT_EQ_MSG(test, owners[i].wrong, 0, "owner %d", i);
		KUNIT_EXPECT_EQ(test, set_memory_valid(owners[i].addr, OWNED_PAGES, 1), 0);
		KUNIT_EXPECT_EQ(test, set_memory_rw(owners[i].addr, OWNED_PAGES), 0);
	}
	vfree((void *)mem);
}

static struct kunit_case pageattr_cases[] = {
	KUNIT_CASE_PARAM(pageattr_changes_whole_leaves, leaf_gen_params),
	KUNIT_CASE_PARAM(pageattr_invalid_and_valid_again, leaf_gen_params),
	KUNIT_CASE_PARAM(pageattr_refuses_to_cut_a_leaf, large_leaf_gen_params),
	KUNIT_CASE_PARAM(pageattr_asks_the_whole_group, cont_leaf_gen_params),
	KUNIT_CASE_PARAM(pageattr_refuses_a_hole, leaf_gen_params),
	KUNIT_CASE_PARAM(pageattr_flushes_once_if_needed, leaf_gen_params),
	KUNIT_CASE(set_memory_changes_what_it_says),
	KUNIT_CASE(set_memory_refuses_bad_ranges),
	KUNIT_CASE(set_memory_refuses_a_hole),
	KUNIT_CASE_PARAM(set_memory_takes_whole_huge_leaves, large_leaf_gen_params),
	KUNIT_CASE(alias_follows_the_range_asked_for),
	KUNIT_CASE(alias_is_changed_in_runs),
	KUNIT_CASE(alias_errors_leave_both_alone),
#if defined(CONFIG_KASAN_SW_TAGS) || defined(CONFIG_KASAN_HW_TAGS)
	KUNIT_CASE(set_memory_ignores_tags),
#endif
	KUNIT_CASE(set_memory_rox_is_one_pass),
	KUNIT_CASE(set_memory_ends_former_mappings),
	KUNIT_CASE(direct_map_takes_a_page_out_and_puts_it_back),
	KUNIT_CASE(direct_map_default_makes_writable_at_once),
	KUNIT_CASE(debug_pagealloc_takes_free_pages_out),
	KUNIT_CASE_PARAM(vfree_leaves_the_linear_map_as_it_was, reset_gen_params),
	KUNIT_CASE(text_alias_is_read_only),
	KUNIT_CASE(valid_works_where_nothing_may_sleep),
	KUNIT_CASE(neighbours_do_not_disturb_each_other),
	{}
};

static struct kunit_suite pageattr_suite = {
	.name = "arm64_pageattr",
	.test_cases = pageattr_cases,
};

kunit_test_suite(pageattr_suite);

MODULE_DESCRIPTION("KUnit tests of arm64 attribute changes on kernel memory");
MODULE_LICENSE("GPL");
