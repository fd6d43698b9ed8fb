// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of attribute changes on live kernel mappings.
 *
 * The tests create leaves of every size in a vmalloc area that they own, and call
 * set_memory_*() and set_direct_map_*() on memory from the usual allocators. The CPU is
 * the oracle: AT, an access and a call. Entries that must not change are compared with
 * a copy.
 *
 * Other CPUs change the entries around the area at any time. Therefore a test compares
 * only entries that it owns: its leaves and the guard leaves on both sides.
 *
 * Not covered: a TLBI with a wrong address or stride (QEMU invalidates more than
 * requested), barriers, and the behaviour of real TLBs.
 */
#include <kunit/test.h>

#include <linux/bpf.h>
#include <linux/completion.h>
#include <linux/execmem.h>
#include <linux/filter.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pgalloc.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/rwsem.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <asm/sections.h>
#include <asm/tlbflush.h>
#include <asm/trans_pgd.h>

#include "../trace.h"
#include "pageattr_probe.h"

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);

/*
 * Leaves of any size, changed by range
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

/* The next kind that this page size supports. */
static const void *leaf_gen_params(const void *prev, char *desc)
{
	const struct leaf_kind *kind = prev;

	do {
		kind = any_leaf_gen_params(kind, desc);
	} while (kind && kind->level == 1 && !pud_sect_supported());

	return kind;
}

/* The next kind that is larger than a page. */
static const void *large_leaf_gen_params(const void *prev, char *desc)
{
	const struct leaf_kind *kind = prev;

	do {
		kind = leaf_gen_params(kind, desc);
	} while (kind && kind->size == PAGE_SIZE);

	return kind;
}

/**
 * struct leaf_pair - two adjacent leaves of one kind, between two guard leaves
 * @kind: kind of all four leaves
 * @area: vmalloc area that reserves the addresses
 * @page: page that the test allocated; each leaf maps it
 * @addr: address of the first leaf between the guards
 * @at: offset of @page within each leaf
 * @entry: first entry of the four leaves; one table holds all their entries
 * @before: expected values of these entries
 * @former: values of the entries before the test, possibly tables that the last user
 *	of the addresses left behind
 */
struct leaf_pair {
	const struct leaf_kind *kind;
	struct vm_struct *area;
	struct page *page;
	unsigned long addr;
	unsigned long at;
	u64 *entry;
	u64 *before;
	u64 *former;
};

/* Index of the first entry of @leaf: 0 and 1 are the pair, -1 and 2 the guards. */
static unsigned int first_entry(const struct leaf_pair *pair, int leaf)
{
	return (leaf + 1) * pair->kind->entries;
}

static unsigned int nr_entries(const struct leaf_pair *pair)
{
	return first_entry(pair, 3);
}

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

static void pair_set(struct leaf_pair *pair, unsigned int i, u64 val)
{
	switch (pair->kind->level) {
	case 1:
		set_pud((pud_t *)&pair->entry[i], __pud(val));
		break;
	case 2:
		set_pmd((pmd_t *)&pair->entry[i], __pmd(val));
		break;
	default:
		__set_pte((pte_t *)&pair->entry[i], __pte(val));
	}
}

/* Break before make: a leaf can replace a table here, or a table a leaf. */
static void pair_clear(struct leaf_pair *pair)
{
	unsigned int i;

	for (i = 0; i < nr_entries(pair); i++)
		pair_set(pair, i, 0);
	flush_tlb_all();
}

/* Expect the entries to keep the values that they have now. */
static void pair_remember(struct leaf_pair *pair)
{
	memcpy(pair->before, pair->entry, nr_entries(pair) * sizeof(u64));
}

static void pair_put(void *data)
{
	struct leaf_pair *pair = data;
	unsigned int i;

	pair_clear(pair);
	for (i = 0; i < nr_entries(pair); i++)
		pair_set(pair, i, pair->former[i]);
	free_vm_area(pair->area);
	__free_page(pair->page);
	pageattr_probe_exit();
}

static void *alloc_tables(const struct leaf_kind *kind, unsigned long addr)
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

/* Allocate the page that the leaves map. Returns the address that a leaf starts at. */
static phys_addr_t pair_get_page(struct kunit *test, struct leaf_pair *pair)
{
	unsigned long size = pair->kind->size;
	phys_addr_t phys;

	pair->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, pair->page);
	phys = page_to_phys(pair->page);
	pair->at = phys & (size - 1);
	phys -= pair->at;
	if (!is_ram(phys, size)) {
		__free_page(pair->page);
		kunit_skip(test, "no %lu MiB of memory, aligned", size >> 20);
	}

	return phys;
}

static struct leaf_pair *pair_get(struct kunit *test)
{
	const struct leaf_kind *kind = test->param_value;
	struct leaf_pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);
	unsigned long guard;
	phys_addr_t phys;
	unsigned int i;

	if (kind->level == 1 && IS_ENABLED(CONFIG_KASAN_VMALLOC))
		kunit_skip(test, "the KASAN shadow of PUD blocks takes a gigabyte");
	KUNIT_ASSERT_NOT_NULL(test, pair);
	pair->kind = kind;
	pair->before = kunit_kcalloc(test, nr_entries(pair), sizeof(u64), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pair->before);
	pair->former = kunit_kcalloc(test, nr_entries(pair), sizeof(u64), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pair->former);
	phys = pair_get_page(test, pair);

	/* Four leaves, aligned to their total size: one table holds all the entries. */
	pair->area = get_vm_area(8 * kind->size, VM_MAP);
	KUNIT_ASSERT_NOT_NULL(test, pair->area);
	guard = ALIGN((unsigned long)kasan_reset_tag(pair->area->addr), 4 * kind->size);
	pair->addr = guard + kind->size;
	pair->entry = alloc_tables(kind, guard);
	KUNIT_ASSERT_NOT_NULL(test, pair->entry);
	memcpy(pair->former, pair->entry, nr_entries(pair) * sizeof(u64));

	KUNIT_ASSERT_EQ(test, pageattr_probe_init(), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, pair_put, pair), 0);
	pair_clear(pair);
	for (i = 0; i < nr_entries(pair); i++)
		pair_set(pair, i, leaf_entry(kind, phys, i % kind->entries));

	KUNIT_ASSERT_EQ(test, pageattr_probe_plant(pair->addr + pair->at), 0);
	pair_remember(pair);

	return pair;
}

/* Check all entries of the pair and its guards, except @nr leaves from @leaf on. */
static bool pair_unchanged(struct leaf_pair *pair, int leaf, int nr)
{
	unsigned int from = first_entry(pair, leaf), to = first_entry(pair, leaf + nr);

	return !memcmp(pair->before, pair->entry, from * sizeof(u64)) &&
	       !memcmp(pair->before + to, pair->entry + to,
		       (nr_entries(pair) - to) * sizeof(u64));
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

static int make_read_only(unsigned long addr, unsigned long size)
{
	return update_range_prot(addr, size, __pgprot(PTE_RDONLY), __pgprot(PTE_WRITE));
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
	struct leaf_pair *pair = pair_get(test);
	unsigned long size = pair->kind->size;
	unsigned long addr = pair->addr + pair->at;
	struct pageattr_leaf leaf;
	int i;

	expect_cpu(test, "before", addr, true, true, false);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		KUNIT_EXPECT_EQ(test, update_range_prot(pair->addr, size,
							__pgprot(steps[i].set),
							__pgprot(steps[i].clear)), 0);
		expect_cpu(test, steps[i].name, addr, true, steps[i].write,
			   steps[i].exec);
		KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 1));
		KUNIT_ASSERT_TRUE(test, pageattr_probe_leaf(addr, &leaf));
		KUNIT_EXPECT_EQ(test, leaf.start, pair->addr);
		KUNIT_EXPECT_EQ(test, leaf.size, size);
		KUNIT_EXPECT_EQ(test, leaf.cont, pair->kind->entries > 1);
	}
	KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 0));

	/* Both leaves in one call: check each entry. */
	KUNIT_EXPECT_EQ(test, make_read_only(pair->addr, 2 * size), 0);
	KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 2));
	for (i = first_entry(pair, 0); i < first_entry(pair, 2); i++)
		KUNIT_EXPECT_EQ(test, pair->entry[i],
				(pair->before[i] | PTE_RDONLY) & ~PTE_WRITE);
}

static void expect_refused(struct kunit *test, struct leaf_pair *pair,
			   unsigned long offset, unsigned long size)
{
	KUNIT_EXPECT_EQ_MSG(test, make_read_only(pair->addr + offset, size), -EINVAL,
			    "%#lx bytes at %#lx", size, offset);
	KUNIT_EXPECT_TRUE_MSG(test, pair_unchanged(pair, 0, 0),
			      "%#lx bytes at %#lx", size, offset);
}

static void pageattr_refuses_partially_covered_leaf(struct kunit *test)
{
	struct leaf_pair *pair = pair_get(test);
	unsigned long size = pair->kind->size;

	if (system_supports_bbml2_noabort())
		kunit_skip(test, "the machine supports BBML2 without aborts");
	expect_refused(test, pair, 0, PAGE_SIZE);
	expect_refused(test, pair, size - PAGE_SIZE, PAGE_SIZE);
	expect_refused(test, pair, size / 2, PAGE_SIZE);
	expect_refused(test, pair, 0, size / 2);
	expect_refused(test, pair, size / 2, size / 2);
	expect_refused(test, pair, 0, size - PAGE_SIZE);
	expect_refused(test, pair, PAGE_SIZE, size - PAGE_SIZE);
	expect_refused(test, pair, PAGE_SIZE, size);
	expect_refused(test, pair, size - PAGE_SIZE, 2 * PAGE_SIZE);
	expect_refused(test, pair, 0, size + PAGE_SIZE);
	expect_refused(test, pair, PAGE_SIZE, 2 * size - PAGE_SIZE);
}

static void pageattr_refuses_a_hole(struct kunit *test)
{
	struct leaf_pair *pair = pair_get(test);
	unsigned long size = pair->kind->size;
	unsigned int i;

	for (i = first_entry(pair, 1); i < first_entry(pair, 2); i++)
		pair_set(pair, i, 0);
	pair_remember(pair);

	expect_refused(test, pair, 0, 2 * size);
	expect_refused(test, pair, size, size);
	expect_refused(test, pair, 0, 0);

	/* Neither none, nor valid, nor present-invalid. */
	for (i = first_entry(pair, 1); i < first_entry(pair, 2); i++)
		pair_set(pair, i, BIT(12));
	pair_remember(pair);
	expect_refused(test, pair, 0, 2 * size);
}

/*
 * set_memory_*() on vmalloc memory
 */

#define NR_PAGES	8

/**
 * struct buffer - vmalloc memory and the entries that map it
 * @addr: address, without a tag
 * @area: vmalloc area
 * @mapping: entries of the pages in vmalloc space
 * @alias: entries of the pages in the linear map
 */
struct buffer {
	unsigned long addr;
	struct vm_struct *area;
	u64 mapping[NR_PAGES];
	u64 alias[NR_PAGES];
};

static unsigned long linear_address(struct page *page)
{
	return (unsigned long)kasan_reset_tag(page_address(page));
}

static unsigned long alias_of(struct buffer *buf, int i)
{
	return linear_address(buf->area->pages[i]);
}

/*
 * The PTE that would map @addr alone. A change of a neighbouring page can split the
 * leaf of @addr, and a collapse can enlarge it.
 */
static u64 raw_entry(unsigned long addr)
{
	struct pageattr_leaf leaf;
	phys_addr_t phys;
	bool found;

	/* A collapse can free a table of the linear map. */
	rcu_read_lock();
	found = pageattr_probe_leaf(addr, &leaf);
	rcu_read_unlock();
	if (!found)
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
	/* Comparisons and calls need the address without its tag. */
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

/* Check the entries in vmalloc space, except those of @nr pages from @first on. */
static bool mapping_unchanged(struct buffer *buf, int first, int nr)
{
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		if (i >= first && i < first + nr)
			continue;
		if (raw_entry(buf->addr + i * PAGE_SIZE) != buf->mapping[i])
			return false;
	}

	return true;
}

/* Check the entries in both mappings, except those of @nr pages from @first on. */
static bool buffer_unchanged(struct buffer *buf, int first, int nr)
{
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		if (i >= first && i < first + nr)
			continue;
		if (raw_entry(alias_of(buf, i)) != buf->alias[i])
			return false;
	}

	return mapping_unchanged(buf, first, nr);
}

static struct page *page_get(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_TRUE(test, kernel_page_present(page));

	return page;
}

/*
 * Whether a TLB still translates the former vmalloc address @addr to @page, which the
 * test owns. Another CPU can reuse the address at once: tell its memory by the contents.
 */
static bool stale_mapping(struct page *page, unsigned long addr)
{
	u64 written = get_random_u64(), found;
	void *former = kasan_reset_tag((void *)addr);

	if (copy_to_kernel_nofault((void *)linear_address(page), &written, sizeof(written)))
		return false;
	/* Do not read a device that another CPU maps there. */
	if (find_vm_area(former))
		return false;

	return !copy_from_kernel_nofault(&found, former, sizeof(found)) &&
	       found == written;
}

static void set_memory_changes_requested_range_only(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	unsigned long page2 = buf->addr + 2 * PAGE_SIZE;
	unsigned long page4 = buf->addr + 4 * PAGE_SIZE;

	/* The accesses fill the TLB. */
	expect_cpu(test, "before", page2, true, true, false);
	expect_cpu(test, "before", page4, true, true, false);
	KUNIT_EXPECT_EQ(test, set_memory_ro(page2, 3), 0);
	expect_cpu(test, "ro", page2, true, false, false);
	expect_cpu(test, "ro", page4, true, false, false);
	KUNIT_EXPECT_TRUE(test, mapping_unchanged(buf, 2, 3));
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
	/* The guard page belongs to the area, but maps no memory. */
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

/* Clear the PTE of one page, try to change all pages, and restore the PTE. */
static void expect_hole_refused(struct kunit *test, struct buffer *buf)
{
	unsigned long hole = buf->addr + 5 * PAGE_SIZE;
	pte_t *ptep = pte_offset_kernel(pmd_off_k(hole), hole);
	pte_t pte = __ptep_get(ptep);

	__set_pte(ptep, __pte(0));
	flush_tlb_kernel_range(hole, hole + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, NR_PAGES), -EINVAL);
	KUNIT_EXPECT_EQ(test, pte_val(__ptep_get(ptep)), 0);
	__set_pte(ptep, pte);
}

static void set_memory_refuses_a_hole(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);

	expect_hole_refused(test, buf);
	KUNIT_EXPECT_TRUE(test, mapping_unchanged(buf, 0, 0));
}

/* The area looks as if vmalloc_huge() mapped it, but lists no pages. */
static void set_memory_takes_whole_huge_leaves(struct kunit *test)
{
	struct leaf_pair *pair = pair_get(test);
	unsigned long addr = pair->addr + pair->at;
	int nr = PHYS_PFN(pair->kind->size);
	struct pageattr_leaf leaf;

	KUNIT_EXPECT_EQ(test, set_memory_x(pair->addr, nr), -EINVAL);
	pair->area->flags |= VM_ALLOC;
	expect_cpu(test, "before", addr, true, true, false);
	KUNIT_EXPECT_EQ(test, set_memory_x(pair->addr, nr), 0);
	expect_cpu(test, "x", addr, true, true, true);
	KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 1));
	KUNIT_ASSERT_TRUE(test, pageattr_probe_leaf(addr, &leaf));
	KUNIT_EXPECT_EQ(test, leaf.size, pair->kind->size);
	KUNIT_EXPECT_EQ(test, set_memory_nx(pair->addr, nr), 0);
	expect_cpu(test, "nx", addr, true, true, false);
	KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 0));

	/* PUD blocks of vmalloc space are never split. */
	if (!system_supports_bbml2_noabort() || pair->kind->level == 1) {
		KUNIT_EXPECT_EQ(test, set_memory_x(pair->addr, nr - 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, set_memory_x(pair->addr + PAGE_SIZE, nr), -EINVAL);
	}
	KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 0));
}

/*
 * set_memory_*() also removes stale translations of areas that were unmapped lazily. The
 * calls here change no entry, so no other invalidation removes the translations.
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
	KUNIT_EXPECT_FALSE(test, stale_mapping(page, addr));

	/* A TLB can drop an entry at any time: one attempt can miss a stale entry. */
	for (i = 0; i < 16; i++) {
		p = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		addr = (unsigned long)kasan_reset_tag(p);
		KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), 1);
		vunmap(p);
		KUNIT_EXPECT_EQ(test, set_memory_rw(mem, 1), 0);
		stale += stale_mapping(page, addr);
	}
	KUNIT_EXPECT_EQ(test, stale, 0);

	vfree((void *)mem);
	__free_page(page);
}

#define MAPPER_ROUNDS	20

/**
 * struct mapper - a task that makes its page read-only, and maps the page a second time
 * @addr: address of the page in a vmalloc area, without a tag
 * @page: the page
 * @cpu: CPU of the task
 * @refused: calls that failed
 * @unseen: CPUs that did not reach a mapping in use
 * @stale: CPUs that reached a former mapping after set_memory_ro()
 * @written: CPUs that stored to the page or its alias after set_memory_ro()
 * @done: completed by the task
 */
struct mapper {
	unsigned long addr;
	struct page *page;
	unsigned int cpu;
	unsigned int refused;
	unsigned int unseen;
	unsigned int stale;
	unsigned int written;
	struct completion done;
};

/**
 * struct visit - an access of all CPUs to one address
 * @addr: the address
 * @token: value that only the page of one mapper has
 * @store: store the token instead of loading it
 * @reached: CPUs that loaded or stored the token
 */
struct visit {
	unsigned long addr;
	u64 token;
	bool store;
	atomic_t reached;
};

static void visit_on_this_cpu(void *data)
{
	struct visit *visit = data;
	u64 val = visit->token;
	long ret;

	if (visit->store)
		ret = copy_to_kernel_nofault((void *)visit->addr, &val, sizeof(val));
	else
		ret = copy_from_kernel_nofault(&val, (void *)visit->addr, sizeof(val));
	if (!ret && val == visit->token)
		atomic_inc(&visit->reached);
}

static unsigned int cpus_that_reach(unsigned long addr, u64 token, bool store)
{
	struct visit visit = { .addr = addr, .token = token, .store = store };

	on_each_cpu(visit_on_this_cpu, &visit, true);

	return atomic_read(&visit.reached);
}

/* All CPUs store to the page, so that their TLBs have writable entries. Then none can. */
static void mapper_make_ro(struct mapper *mapper, u64 token)
{
	unsigned long alias = linear_address(mapper->page);

	mapper->unseen += num_online_cpus() - cpus_that_reach(mapper->addr, token, true);
	mapper->unseen += num_online_cpus() - cpus_that_reach(alias, token, true);
	mapper->refused += !!set_memory_ro(mapper->addr, 1);
	mapper->written += cpus_that_reach(mapper->addr, token, true);
	if (pageattr_probe_rodata_full())
		mapper->written += cpus_that_reach(alias, token, true);
}

/* All CPUs load from a second mapping. After its removal and set_memory_ro(), none can. */
static void mapper_map_elsewhere(struct mapper *mapper, u64 token, bool ram)
{
	unsigned long former;
	void *p;

	p = ram ? vm_map_ram(&mapper->page, 1, NUMA_NO_NODE) :
		  vmap(&mapper->page, 1, VM_MAP, PAGE_KERNEL);
	if (!p) {
		mapper->refused++;
		return;
	}
	former = (unsigned long)kasan_reset_tag(p);
	mapper->unseen += num_online_cpus() - cpus_that_reach(former, token, false);
	if (ram)
		vm_unmap_ram(p, 1);
	else
		vunmap(p);
	mapper->refused += !!set_memory_ro(mapper->addr, 1);
	/* Do not read a device that another CPU maps there. */
	if (!find_vm_area((void *)former))
		mapper->stale += cpus_that_reach(former, token, false);
}

static int mapper_run(void *data)
{
	struct mapper *mapper = data;
	u64 token = (u64)(mapper->cpu + 1) << 48;
	int i;

	for (i = 0; i < MAPPER_ROUNDS; i++, token++) {
		mapper_make_ro(mapper, token);
		mapper_map_elsewhere(mapper, token, true);
		mapper_map_elsewhere(mapper, token, false);
		mapper->refused += !!set_memory_rw(mapper->addr, 1);
	}
	complete(&mapper->done);

	return 0;
}

static void mapper_start(struct kunit *test, struct mapper *mapper)
{
	struct task_struct *task;

	reinit_completion(&mapper->done);
	task = kthread_create_on_cpu(mapper_run, mapper, mapper->cpu, "mapper/%u");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wake_up_process(task);
}

static void mapper_wait(struct kunit *test, struct mapper *mapper)
{
	wait_for_completion(&mapper->done);
	KUNIT_EXPECT_EQ(test, mapper->refused, 0);
	KUNIT_EXPECT_EQ(test, mapper->unseen, 0);
	KUNIT_EXPECT_EQ_MSG(test, mapper->stale, 0, "CPU%u", mapper->cpu);
	KUNIT_EXPECT_EQ_MSG(test, mapper->written, 0, "CPU%u", mapper->cpu);
}

/* Create and free text as the module loader does. Returns the number of areas. */
static int load_and_unload(void *data)
{
	int nr, loaded = 0;
	void *text;

	while (!kthread_should_stop()) {
		nr = 1 + loaded % NR_PAGES;
		text = execmem_alloc(EXECMEM_MODULE_TEXT, nr * PAGE_SIZE);
		if (!text || set_memory_rox((unsigned long)text, nr))
			loaded = INT_MIN;
		execmem_free(text);
		loaded++;
		cond_resched();
	}

	return loaded;
}

/*
 * set_memory_ro() ends former mappings and permissions for all CPUs. First each CPU calls it
 * alone: the invalidations of other calls could hide a missing one. Then all CPUs call it at
 * once, beside modules that come and go. A former address can map another page soon: only
 * the token of the page shows a stale translation.
 */
static void set_memory_ends_former_mappings_on_each_cpu(struct kunit *test)
{
	struct task_struct *loader;
	struct mapper *mappers;
	unsigned int cpu;
	void *mem;

	if (num_online_cpus() == 1)
		kunit_skip(test, "one CPU");
	mappers = kunit_kcalloc(test, nr_cpu_ids, sizeof(*mappers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mappers);
	for_each_online_cpu(cpu) {
		mem = vmalloc(PAGE_SIZE);
		KUNIT_ASSERT_NOT_NULL(test, mem);
		mappers[cpu].addr = (unsigned long)kasan_reset_tag(mem);
		mappers[cpu].page = vmalloc_to_page(mem);
		mappers[cpu].cpu = cpu;
		init_completion(&mappers[cpu].done);
	}

	for_each_online_cpu(cpu) {
		mapper_start(test, &mappers[cpu]);
		mapper_wait(test, &mappers[cpu]);
	}

	loader = kthread_run(load_and_unload, NULL, "loader");
	KUNIT_ASSERT_FALSE(test, IS_ERR(loader));
	for_each_online_cpu(cpu)
		mapper_start(test, &mappers[cpu]);
	for_each_online_cpu(cpu)
		mapper_wait(test, &mappers[cpu]);
	KUNIT_EXPECT_GT(test, kthread_stop(loader), 0);

	for_each_online_cpu(cpu)
		vfree((void *)mappers[cpu].addr);
}

/*
 * Validity, and pages of the linear map
 */

static void pageattr_invalid_and_valid_again(struct kunit *test)
{
	struct leaf_pair *pair = pair_get(test);
	unsigned long addr = pair->addr + pair->at;
	int nr = pair->kind->size >> PAGE_SHIFT;
	struct pageattr_leaf leaf;
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, set_memory_valid(pair->addr, nr, 0), 0);
		expect_cpu(test, "invalid", addr, false, false, false);
		KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 1));
		/* Walks still find a leaf. */
		KUNIT_ASSERT_TRUE(test, pageattr_probe_leaf(addr, &leaf));
		KUNIT_EXPECT_EQ(test, leaf.size, pair->kind->size);
		KUNIT_EXPECT_FALSE(test, leaf.valid);
		KUNIT_EXPECT_PTR_EQ(test, vmalloc_to_page((void *)addr), pair->page);
		/* A repeated call changes nothing. */
		KUNIT_EXPECT_EQ(test, set_memory_valid(pair->addr, nr, 0), 0);
		KUNIT_EXPECT_FALSE(test, pageattr_probe_at_read(addr));

		KUNIT_EXPECT_EQ(test, set_memory_valid(pair->addr, nr, 1), 0);
		expect_cpu(test, "valid", addr, true, true, false);
		KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 0));
		KUNIT_EXPECT_EQ(test, set_memory_valid(pair->addr, nr, 1), 0);
		KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 0));
	}
}

static void direct_map_removes_and_restores_a_page(struct kunit *test)
{
	struct page *page = page_get(test);
	unsigned long addr = linear_address(page);
	bool removed = can_set_direct_map();
	u64 raw = raw_entry(addr);
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), 1);
		KUNIT_EXPECT_EQ(test, set_direct_map_invalid_noflush(page), 0);
		flush_tlb_kernel_range(addr, addr + PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, kernel_page_present(page), !removed);
		KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), !removed);
		KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(page), 0);
		KUNIT_EXPECT_TRUE(test, kernel_page_present(page));
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 1);
		KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);
	}

	__free_page(page);
}

/* The TLB can hold the entry of a page that was valid and read-only. */
static void direct_map_default_makes_writable_at_once(struct kunit *test)
{
	struct page *page = page_get(test);
	unsigned long addr = linear_address(page);
	u64 raw = raw_entry(addr);

	/* update_range_prot() could not make one page of a block read-only. */
	if (!can_set_direct_map()) {
		KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(page), 0);
		KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);
		__free_page(page);
		return;
	}

	KUNIT_EXPECT_EQ(test, make_read_only(addr, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), 1);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 0);
	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(page), 0);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 1);
	KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);

	__free_page(page);
}

/**
 * struct freed_page - a page after __free_page()
 * @page: the page
 * @present: kernel_page_present() of the free page
 * @read: the free page could be read
 */
struct freed_page {
	struct page *page;
	bool present;
	int read;
};

/*
 * Free @freed->page, inspect it and allocate a page. Returns that page: if it is the same
 * page, the allocator had it all the time. PREEMPT_RT does not allow the allocator with
 * interrupts off.
 */
static struct page *free_and_allocate(struct freed_page *freed)
{
	unsigned long addr = linear_address(freed->page), flags = 0;
	struct page *next;

	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		local_irq_save(flags);
	__free_page(freed->page);
	freed->present = kernel_page_present(freed->page);
	freed->read = pageattr_probe_read(addr);
	next = alloc_page(GFP_ATOMIC);
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		local_irq_restore(flags);

	return next;
}

/* With debug_pagealloc no CPU can access a free page. */
static void debug_pagealloc_invalidates_free_pages(struct kunit *test)
{
	bool removed = debug_pagealloc_enabled();
	struct page *page = page_get(test), *next = NULL;
	unsigned long addr = linear_address(page);
	u64 raw = raw_entry(addr);
	struct freed_page freed;
	int i;

	kunit_info(test, "debug_pagealloc is %s", removed ? "on" : "off");
	debug_pagealloc_unmap_pages(page, 1);
	KUNIT_EXPECT_EQ(test, kernel_page_present(page), !removed);
	KUNIT_EXPECT_EQ(test, pageattr_probe_at_read(addr), !removed);
	KUNIT_EXPECT_EQ(test, pageattr_probe_read(addr), !removed);
	debug_pagealloc_map_pages(page, 1);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 1);
	KUNIT_EXPECT_EQ(test, raw_entry(addr), raw);

	/* Another CPU can take the page from the allocator: try again with the next one. */
	for (i = 0; i < 64; i++) {
		freed.page = page;
		raw = raw_entry(linear_address(page));
		next = free_and_allocate(&freed);
		KUNIT_ASSERT_NOT_NULL(test, next);
		KUNIT_EXPECT_TRUE(test, kernel_page_present(next));
		KUNIT_EXPECT_EQ(test, pageattr_probe_read(linear_address(next)), 1);
		if (next == page)
			break;
		page = next;
	}
	KUNIT_EXPECT_PTR_EQ_MSG(test, next, freed.page, "the allocator never returned the page");
	KUNIT_EXPECT_EQ(test, freed.present, !removed);
	KUNIT_EXPECT_EQ(test, freed.read, !removed);
	KUNIT_EXPECT_EQ(test, raw_entry(linear_address(page)), raw);
	__free_page(page);
}

/*
 * vfree() of areas that are read-only and executable
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
		/* The reference keeps the page from the allocator after vfree(). */
		pages[i] = vmalloc_to_page((void *)addr + i * PAGE_SIZE);
		get_page(pages[i]);
		alias[i] = linear_address(pages[i]);
		raw[i] = raw_entry(alias[i]);
	}

	KUNIT_EXPECT_EQ(test, set_memory_rox(addr, NR_PAGES), 0);
	/* The accesses fill the TLB with both mappings. */
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
		KUNIT_EXPECT_FALSE(test, stale_mapping(pages[i], addr + i * PAGE_SIZE));
		__free_page(pages[i]);
	}
}

/* Block-mapped or PTE-mapped, also after a remap of the linear map. */
static void text_alias_is_read_only(struct kunit *test)
{
	unsigned long addr, end = (unsigned long)lm_alias(__init_begin);

	for (addr = (unsigned long)lm_alias(_text); addr < end; addr += PAGE_SIZE) {
		KUNIT_ASSERT_TRUE_MSG(test, pageattr_probe_at_read(addr), "%lx", addr);
		KUNIT_ASSERT_FALSE_MSG(test, pageattr_probe_at_write(addr), "%lx", addr);
	}
}

/**
 * struct atomic_change - changes that are made in atomic context
 * @tasklet: makes the changes in softirq
 * @addr: vmalloc page that becomes invalid and valid again
 * @page: page outside of the linear map that is restored and removed again
 * @ret: results of the two calls for @addr
 * @direct_ret: results of the two calls for @page
 * @read_between: AT could translate @addr between the two calls
 * @present_between: @page was present between the two calls
 */
struct atomic_change {
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
	struct atomic_change *ctx = container_of(tasklet, struct atomic_change, tasklet);

	ctx->ret[0] = set_memory_valid(ctx->addr, 1, 0);
	ctx->read_between = pageattr_probe_at_read(ctx->addr);
	ctx->ret[1] = set_memory_valid(ctx->addr, 1, 1);

	ctx->direct_ret[0] = set_direct_map_default_noflush(ctx->page);
	ctx->present_between = kernel_page_present(ctx->page);
	ctx->direct_ret[1] = set_direct_map_invalid_noflush(ctx->page);
}

static void check_context(struct kunit *test, struct atomic_change *ctx, struct buffer *buf)
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

static void valid_works_in_atomic_context(struct kunit *test)
{
	/* vmalloc() maps single pages on every machine: no change needs a split. */
	struct buffer *buf = buffer_get(test);
	struct atomic_change ctx = { .addr = buf->addr };
	unsigned long flags;

	/*
	 * Hibernation restores pages that are invalid already. The neighbour stays
	 * invalid throughout: no collapse can merge the two pages between the calls.
	 */
	ctx.page = alloc_pages(GFP_KERNEL, 1);
	KUNIT_ASSERT_NOT_NULL(test, ctx.page);
	KUNIT_EXPECT_EQ(test, set_direct_map_invalid_noflush(ctx.page), 0);
	KUNIT_EXPECT_EQ(test, set_direct_map_invalid_noflush(ctx.page + 1), 0);

	local_irq_save(flags);
	change_in_context(&ctx.tasklet);
	local_irq_restore(flags);
	check_context(test, &ctx, buf);

	/* A softirq inside the lazy MMU section of this task. */
	ctx = (struct atomic_change){
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
 * Two CPUs change adjacent pages
 */

#define OWNED_PAGES	16
#define OWNER_CHANGES	100000

/**
 * struct owner - a CPU that changes some pages of a table all the time
 * @addr: address of the first page
 * @entry: PTE of the first page
 * @model: expected values of the PTEs
 * @seed: seed of the random changes
 * @refused: number of calls that failed
 * @wrong: number of PTEs that differed from @model after a change
 * @done: completed after the last change
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

/*
 * Changes take no lock. A change that stores more than the entries of its range loses
 * a store of the other CPU:
 *
 *	CPU0 (owner of PTE 15)		CPU1 (owner of PTE 16)
 *	----------------------		----------------------
 *	read PTEs 15 and 16
 *					store PTE 16
 *	store PTEs 15 and 16
 *					PTE 16 differs from the model
 */
static void neighbours_do_not_disturb_each_other(struct kunit *test)
{
	const unsigned long size = OWNED_PAGES * PAGE_SIZE;
	struct task_struct *task;
	unsigned long addr, mem;
	struct owner *owners;
	int i, j, cpu;

	if (num_online_cpus() == 1)
		kunit_skip(test, "one CPU");
	owners = kunit_kcalloc(test, 2, sizeof(*owners), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, owners);
	mem = (unsigned long)kasan_reset_tag(vmalloc(4 * size));
	KUNIT_ASSERT_NE(test, mem, 0);
	/* One table holds the PTEs of both owners. */
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
		KUNIT_EXPECT_FALSE(test, IS_ERR(task));
		if (IS_ERR(task))
			complete(&owner->done);
		else
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

/*
 * The linear alias
 */

static void alias_follows_the_range_asked_for(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	bool full = pageattr_probe_rodata_full();
	int i;

	/* The accesses fill the TLB. */
	for (i = 2; i < 5; i++)
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)), 1);
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr + 2 * PAGE_SIZE, 3), 0);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 2, 3));
	for (i = 2; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)), !full);
		KUNIT_EXPECT_EQ(test, pageattr_probe_at_write(alias_of(buf, i)), !full);
	}
	/* The alias never becomes executable. */
	KUNIT_EXPECT_EQ(test, set_memory_x(buf->addr, NR_PAGES), 0);
	KUNIT_EXPECT_EQ(test, pageattr_probe_exec(alias_of(buf, 0)), 0);
	KUNIT_EXPECT_EQ(test, set_memory_nx(buf->addr, NR_PAGES), 0);

	KUNIT_EXPECT_EQ(test, set_memory_rw(buf->addr + 2 * PAGE_SIZE, 3), 0);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, 3)), 1);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

/**
 * struct two_runs - a buffer whose area lists other pages, in two runs
 * @buf: the buffer
 * @former: pages that the area listed before
 * @pages: pages of @block, the first half ascending, the second half descending
 * @block: pages that the test allocated, adjacent in memory
 */
struct two_runs {
	struct buffer *buf;
	struct page **former;
	struct page *pages[NR_PAGES];
	struct page *block;
};

static void two_runs_get(struct kunit *test, struct two_runs *runs)
{
	struct buffer *buf = buffer_get(test);
	int i;

	runs->block = alloc_pages(GFP_KERNEL, get_order(NR_PAGES * PAGE_SIZE));
	KUNIT_ASSERT_NOT_NULL(test, runs->block);
	for (i = 0; i < NR_PAGES / 2; i++) {
		runs->pages[i] = runs->block + i;
		runs->pages[NR_PAGES / 2 + i] = runs->block + NR_PAGES - 1 - i;
	}
	runs->buf = buf;
	runs->former = buf->area->pages;
	buf->area->pages = runs->pages;
}

static void two_runs_put(struct two_runs *runs)
{
	runs->buf->area->pages = runs->former;
	__free_pages(runs->block, get_order(NR_PAGES * PAGE_SIZE));
}

static void alias_is_changed_in_runs(struct kunit *test)
{
	bool full = pageattr_probe_rodata_full();
	struct two_runs runs;
	struct buffer *buf;
	int i;

	two_runs_get(test, &runs);
	buf = runs.buf;
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, NR_PAGES), 0);
	for (i = 0; i < NR_PAGES; i++)
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)), !full);
	KUNIT_EXPECT_EQ(test, set_memory_rw(buf->addr, NR_PAGES), 0);
	for (i = 0; i < NR_PAGES; i++)
		KUNIT_EXPECT_EQ(test, pageattr_probe_write(alias_of(buf, i)), 1);
	two_runs_put(&runs);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

static void alias_errors_leave_both_alone(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	struct page **former = buf->area->pages;
	struct page *pages[NR_PAGES];
	/* Without rodata=full the alias does not change, and cannot fail. */
	int err = pageattr_probe_rodata_full() ? -EINVAL : 0;

	/* percpu areas do not list all their pages. */
	buf->area->nr_pages = 4;
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, 5), err);
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr + 4 * PAGE_SIZE, 1), err);
	KUNIT_EXPECT_EQ(test, set_memory_x(buf->addr, 5), 0);
	KUNIT_EXPECT_EQ(test, set_memory_nx(buf->addr, 5), 0);
	buf->area->nr_pages = NR_PAGES;

	/* The last page of the linear map has no memory, and no alias. */
	memcpy(pages, former, sizeof(pages));
	pages[6] = pfn_to_page(PHYS_PFN(__pa(PAGE_END - PAGE_SIZE)));
	buf->area->pages = pages;
	KUNIT_EXPECT_EQ(test, set_memory_ro(buf->addr, NR_PAGES), err);
	KUNIT_EXPECT_EQ(test, set_memory_rw(buf->addr, NR_PAGES), err);
	buf->area->pages = former;
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));

	/* A hole in the mapping leaves the alias alone. */
	expect_hole_refused(test, buf);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}

/* The area lists no pages, so set_memory_ro() cannot find the alias. */
static void alias_of_unlisted_pages_is_refused(struct kunit *test)
{
	struct leaf_pair *pair = pair_get(test);
	int nr = PHYS_PFN(pair->kind->size);

	pair->area->flags |= VM_ALLOC;
	if (pageattr_probe_rodata_full())
		KUNIT_EXPECT_EQ(test, set_memory_ro(pair->addr, nr), -EINVAL);
	KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 0));
}

#if defined(CONFIG_KASAN_SW_TAGS) || defined(CONFIG_KASAN_HW_TAGS)
static unsigned long tagged(unsigned long addr, u8 tag)
{
	return (unsigned long)__tag_set((void *)addr, tag);
}

/* The address and the area can have different tags, or none. */
static void set_memory_ignores_tags(struct kunit *test)
{
	static const u8 tags[] = { 0x00, 0x2a, 0x7f, 0xf0, 0xff };
	struct buffer *buf = buffer_get(test);
	unsigned long page2 = buf->addr + 2 * PAGE_SIZE;
	unsigned long end = buf->addr + NR_PAGES * PAGE_SIZE;
	void *former = buf->area->addr;
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
	buf->area->addr = former;

	KUNIT_EXPECT_EQ(test, set_memory_valid(tagged(page2, 0x2a), 1, 0), 0);
	KUNIT_EXPECT_FALSE(test, pageattr_probe_at_read(page2));
	KUNIT_EXPECT_EQ(test, set_memory_valid(tagged(page2, 0x7f), 1, 1), 0);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(buf, 0, 0));
}
#endif

/*
 * Read-only and executable
 */

static void set_memory_rox_equals_ro_then_x(struct kunit *test)
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

	KUNIT_EXPECT_EQ(test, set_memory_rox(buf->addr, NR_PAGES), 0);
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
 * Splits
 */

/* The next kind that is a contiguous group. */
static const void *cont_leaf_gen_params(const void *prev, char *desc)
{
	const struct leaf_kind *kind = prev;

	do {
		kind = leaf_gen_params(kind, desc);
	} while (kind && kind->entries == 1);

	return kind;
}

/*
 * The contiguous bit of one entry is enough for the TLB to hold one entry for the whole
 * group. Only the last entry has the bit here, and the first entry changes.
 */
static void pageattr_checks_whole_contiguous_group(struct kunit *test)
{
	struct leaf_pair *pair = pair_get(test);
	unsigned int first = first_entry(pair, 0), last = first_entry(pair, 1) - 1;
	unsigned long step = pair->kind->size / pair->kind->entries;
	unsigned int i;

	if (!system_supports_bbml2_noabort())
		kunit_skip(test, "the machine does not support BBML2 without aborts");
	for (i = first; i < last; i++)
		pair_set(pair, i, pair->entry[i] & ~PTE_CONT);
	pair_remember(pair);

	KUNIT_EXPECT_EQ(test, make_read_only(pair->addr, step), 0);
	KUNIT_EXPECT_EQ(test, pair->entry[first],
			(pair->before[first] | PTE_RDONLY) & ~PTE_WRITE);
	KUNIT_EXPECT_EQ(test, pair->entry[last], pair->before[last] & ~PTE_CONT);
	pair_set(pair, first, pair->before[first]);
	pair_set(pair, last, pair->before[last]);
	KUNIT_EXPECT_TRUE(test, pair_unchanged(pair, 0, 0));
}

/**
 * struct table_copy - a copy of kernel page tables, as kexec makes it
 * @test: the test, which frees the copy
 * @nr: number of pages
 * @unprotected: number of pages that were allocated while a collapse could free a table
 */
struct table_copy {
	struct kunit *test;
	unsigned int nr;
	unsigned int unprotected;
};

static void table_copy_free(void *page)
{
	free_page((unsigned long)page);
}

static void *table_copy_alloc(void *arg)
{
	struct table_copy *copy = arg;
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	copy->nr++;
	copy->unprotected += !rwsem_is_locked(&kernel_tables_rwsem);
	if (!page || kunit_add_action_or_reset(copy->test, table_copy_free, page))
		return NULL;

	return page;
}

static u64 copied_entry(pgd_t *pgd, unsigned long addr, int level)
{
	pgd_t *pgdp = pgd_offset_pgd(pgd, addr);
	pmd_t *pmdp = pmd_offset(pud_offset(p4d_offset(pgdp, addr), addr), addr);

	return level == 2 ? pmd_val(pmdp_get(pmdp)) :
			    pte_val(__ptep_get(pte_offset_kernel(pmdp, addr)));
}

/*
 * Another CPU splits a group while kexec copies the linear map: only the last entry of the
 * group has the contiguous bit. The copy must not contain a part of a group.
 */
static void kexec_copy_has_no_contiguous_group(struct kunit *test)
{
	struct table_copy copy = { .test = test };
	struct trans_pgd_info info = {
		.trans_alloc_page = table_copy_alloc,
		.trans_alloc_arg = &copy,
		.trans_may_sleep = true,
	};
	struct leaf_pair *pair = pair_get(test);
	unsigned int first = first_entry(pair, 0), last = first_entry(pair, 1) - 1, i;
	unsigned long addr = pair->addr, step = pair->kind->size / pair->kind->entries;
	pgd_t *pgd;

	if (!IS_ENABLED(CONFIG_TRANS_TABLE))
		kunit_skip(test, "the kernel has neither kexec nor hibernation");
	for (i = first; i < last; i++)
		pair_set(pair, i, pair->entry[i] & ~PTE_CONT);
	KUNIT_ASSERT_EQ(test, trans_pgd_create_copy(&info, &pgd, addr, addr + pair->kind->size), 0);
	for (i = first; i <= last; i++, addr += step)
		KUNIT_EXPECT_EQ(test, copied_entry(pgd, addr, pair->kind->level),
				pair->entry[i] & ~PTE_CONT);
	/* The root is allocated before the first table is read. */
	KUNIT_EXPECT_GT(test, copy.nr, 1);
	KUNIT_EXPECT_LE(test, copy.unprotected, 1);
}

/*
 * TLB invalidation, observed with the tracepoint pageattr_change
 */

struct addr_range {
	unsigned long start;
	unsigned long end;
};

/**
 * struct flush_log - invalidations of memory that the test owns
 * @own: ranges that the test owns, constant while the probe is registered
 * @flushed: ranges that were invalidated, in order
 * @nr: number of invalidated ranges, also those that @flushed has no room for
 */
struct flush_log {
	struct addr_range own[2];
	struct addr_range flushed[4];
	unsigned int nr;
};

/*
 * All CPUs call this probe for every change of kernel memory, also in softirq and with
 * interrupts off: KFENCE and debug_pagealloc change memory there. The probe ignores
 * ranges that the test does not own. Only the test changes the ranges that it owns, one
 * after the other, so the log needs no lock.
 */
static void log_flush(void *data, unsigned long start, unsigned long end, u64 set, u64 clear,
		      const unsigned long *bytes, bool differed, bool split, bool flush)
{
	struct flush_log *log = data;
	bool own = false;
	int i;

	for (i = 0; i < ARRAY_SIZE(log->own); i++)
		own |= start < log->own[i].end && end > log->own[i].start;
	if (!own || !flush)
		return;

	if (log->nr < ARRAY_SIZE(log->flushed))
		log->flushed[log->nr] = (struct addr_range){ start, end };
	log->nr++;
}

static void flush_log_put(void *data)
{
	unregister_trace_pageattr_change(log_flush, data);
	tracepoint_synchronize_unregister();
}

/* Log the invalidations of @range and, unless it is NULL, of @alias. */
static struct flush_log *flush_log_get(struct kunit *test, struct addr_range range,
				       const struct addr_range *alias)
{
	struct flush_log *log;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "the kernel has no tracepoints");
	log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, log);
	log->own[0] = range;
	if (alias)
		log->own[1] = *alias;
	KUNIT_ASSERT_EQ(test, register_trace_pageattr_change(log_flush, log), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, flush_log_put, log), 0);

	return log;
}

/* Number of invalidations of exactly [@start, @end) in the log. */
static unsigned int nr_flushed(const struct flush_log *log, unsigned long start,
			       unsigned long end)
{
	unsigned int i, nr = 0;

	for (i = 0; i < min(log->nr, ARRAY_SIZE(log->flushed)); i++)
		nr += log->flushed[i].start == start && log->flushed[i].end == end;

	return nr;
}

static void pageattr_flushes_once_if_needed(struct kunit *test)
{
	struct leaf_pair *pair = pair_get(test);
	unsigned long size = pair->kind->size;
	struct addr_range range = { pair->addr, pair->addr + 2 * size };
	struct flush_log *log = flush_log_get(test, range, NULL);
	int nr = size >> PAGE_SHIFT;

	KUNIT_EXPECT_EQ(test, make_read_only(pair->addr, 2 * size), 0);
	KUNIT_EXPECT_EQ(test, log->nr, 1);
	KUNIT_EXPECT_EQ(test, nr_flushed(log, range.start, range.end), 1);
	/* All leaves are read-only already. */
	KUNIT_EXPECT_EQ(test, make_read_only(pair->addr, 2 * size), 0);
	KUNIT_EXPECT_EQ(test, log->nr, 1);

	log->nr = 0;
	KUNIT_EXPECT_EQ(test, set_memory_valid(pair->addr, nr, 0), 0);
	KUNIT_EXPECT_EQ(test, log->nr, 1);
	KUNIT_EXPECT_EQ(test, set_memory_valid(pair->addr, nr, 1), 0);
	KUNIT_EXPECT_EQ(test, log->nr, 1);

	/* The second leaf was valid throughout: the TLB can hold its entry. */
	KUNIT_EXPECT_EQ(test, set_memory_valid(pair->addr, nr, 0), 0);
	log->nr = 0;
	KUNIT_EXPECT_EQ(test, update_range_prot(pair->addr, 2 * size,
						__pgprot(PTE_VALID_KERNEL | PTE_WRITE),
						__pgprot(PTE_PRESENT_INVALID | PTE_RDONLY)), 0);
	KUNIT_EXPECT_EQ(test, log->nr, 1);

	/* A call that is refused invalidates nothing. */
	log->nr = 0;
	pair_set(pair, first_entry(pair, 1), 0);
	KUNIT_EXPECT_EQ(test, make_read_only(pair->addr, 2 * size), -EINVAL);
	KUNIT_EXPECT_EQ(test, log->nr, 0);
}

/*
 * A write to a TLB entry that is still read-only would be fatal. The page can be invalid, but
 * its former entry still in the TLB.
 */
static void direct_map_default_invalidates_read_only_page(struct kunit *test)
{
	struct page *page = page_get(test);
	unsigned long addr = linear_address(page);
	struct addr_range range = { addr, addr + PAGE_SIZE };
	struct flush_log *log = flush_log_get(test, range, NULL);
	bool changes = can_set_direct_map();

	if (changes)
		KUNIT_EXPECT_EQ(test, make_read_only(addr, PAGE_SIZE), 0);
	log->nr = 0;
	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(page), 0);
	KUNIT_EXPECT_EQ(test, log->nr, changes);
	KUNIT_EXPECT_EQ(test, nr_flushed(log, range.start, range.end), changes);

	if (changes)
		KUNIT_EXPECT_EQ(test, make_read_only(addr, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, set_direct_map_invalid_noflush(page), 0);
	log->nr = 0;
	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(page), 0);
	KUNIT_EXPECT_EQ(test, log->nr, changes);
	KUNIT_EXPECT_EQ(test, pageattr_probe_write(addr), 1);

	__free_page(page);
}

static void bpf_program_put(void *program)
{
	bpf_prog_kallsyms_del(program);
	bpf_prog_free(program);
}

/* A program that returns 0, with a place for a jump at its entry. */
static struct bpf_prog *bpf_program_get(struct kunit *test)
{
	const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	struct bpf_prog *program = bpf_prog_alloc(bpf_prog_size(ARRAY_SIZE(insns)), 0);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, program);
	program->len = ARRAY_SIZE(insns);
	program->type = BPF_PROG_TYPE_SOCKET_FILTER;
	memcpy(program->insnsi, insns, sizeof(insns));
	program = bpf_prog_select_runtime(program, &err);
	KUNIT_ASSERT_EQ(test, err, 0);
	bpf_prog_kallsyms_add(program);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, bpf_program_put, program), 0);

	return program;
}

/* The target of a long jump follows the code. */
static u64 long_jump_target(const struct bpf_prog *program)
{
	return READ_ONCE(*(u64 *)((void *)program->bpf_func + program->jited_len));
}

/*
 * The target of a long jump lies in read-only, executable memory. A change of it must make no
 * page writable: it could fail to make the page read-only again.
 */
static void bpf_long_jump_needs_no_writable_page(struct kunit *test)
{
	unsigned long start, far;
	struct bpf_prog *program;
	struct flush_log *log;
	void *entry;

	if (!IS_ENABLED(CONFIG_BPF_JIT))
		kunit_skip(test, "the kernel has no BPF JIT");
	program = bpf_program_get(test);
	if (!program->jited)
		kunit_skip(test, "the BPF JIT is off");
	entry = (void *)program->bpf_func;
	start = PAGE_ALIGN_DOWN((unsigned long)entry);
	log = flush_log_get(test, (struct addr_range){ start, start + 2 * PAGE_SIZE }, NULL);
	/* Out of the range of a branch. Nothing calls the program. */
	far = (unsigned long)entry + SZ_1G;

	KUNIT_EXPECT_EQ(test, bpf_arch_text_poke(entry, BPF_MOD_CALL, NULL, (void *)far), 0);
	KUNIT_EXPECT_EQ(test, long_jump_target(program), far);
	KUNIT_EXPECT_EQ(test, bpf_arch_text_poke(entry, BPF_MOD_CALL, (void *)far, NULL), 0);
	KUNIT_EXPECT_NE(test, long_jump_target(program), far);
	KUNIT_EXPECT_EQ(test, log->nr, 0);
	KUNIT_EXPECT_FALSE(test, pageattr_probe_at_write((unsigned long)entry));
}

static void expect_runs_flushed(struct kunit *test, struct flush_log *log, bool alias)
{
	struct addr_range mapping = log->own[0], block = log->own[1];
	unsigned long middle = block.start + NR_PAGES / 2 * PAGE_SIZE;

	KUNIT_EXPECT_EQ(test, log->nr, alias ? 3 : 1);
	KUNIT_EXPECT_EQ(test, nr_flushed(log, mapping.start, mapping.end), 1);
	KUNIT_EXPECT_EQ(test, nr_flushed(log, block.start, middle), alias);
	KUNIT_EXPECT_EQ(test, nr_flushed(log, middle, block.end), alias);
	log->nr = 0;
}

static void alias_runs_are_invalidated_once(struct kunit *test)
{
	bool full = pageattr_probe_rodata_full();
	struct addr_range mapping, block;
	struct flush_log *log;
	struct two_runs runs;

	two_runs_get(test, &runs);
	mapping.start = runs.buf->addr;
	mapping.end = mapping.start + NR_PAGES * PAGE_SIZE;
	block.start = linear_address(runs.block);
	block.end = block.start + NR_PAGES * PAGE_SIZE;
	log = flush_log_get(test, mapping, &block);

	KUNIT_EXPECT_EQ(test, set_memory_ro(mapping.start, NR_PAGES), 0);
	expect_runs_flushed(test, log, full);
	KUNIT_EXPECT_EQ(test, set_memory_rw(mapping.start, NR_PAGES), 0);
	expect_runs_flushed(test, log, full);
	two_runs_put(&runs);
	KUNIT_EXPECT_TRUE(test, buffer_unchanged(runs.buf, 0, 0));
}

static void set_memory_rox_is_one_pass(struct kunit *test)
{
	struct buffer *buf = buffer_get(test);
	struct addr_range range = { buf->addr, buf->addr + NR_PAGES * PAGE_SIZE };
	/* The log has no entry for the alias. */
	struct flush_log *log = flush_log_get(test, range, NULL);

	KUNIT_EXPECT_EQ(test, set_memory_rox(buf->addr, NR_PAGES), 0);
	KUNIT_EXPECT_EQ(test, log->nr, 1);
	KUNIT_EXPECT_EQ(test, nr_flushed(log, range.start, range.end), 1);
}

static struct kunit_case pageattr_cases[] = {
	/* Leaves of any size, changed by range */
	KUNIT_CASE_PARAM(pageattr_changes_whole_leaves, leaf_gen_params),
	KUNIT_CASE_PARAM(pageattr_refuses_partially_covered_leaf, large_leaf_gen_params),
	KUNIT_CASE_PARAM(pageattr_refuses_a_hole, leaf_gen_params),
	/* set_memory_*() on vmalloc memory */
	KUNIT_CASE(set_memory_changes_requested_range_only),
	KUNIT_CASE(set_memory_refuses_bad_ranges),
	KUNIT_CASE(set_memory_refuses_a_hole),
	KUNIT_CASE_PARAM(set_memory_takes_whole_huge_leaves, large_leaf_gen_params),
	KUNIT_CASE(set_memory_ends_former_mappings),
	KUNIT_CASE(set_memory_ends_former_mappings_on_each_cpu),
	/* Validity, and pages of the linear map */
	KUNIT_CASE_PARAM(pageattr_invalid_and_valid_again, leaf_gen_params),
	KUNIT_CASE(direct_map_removes_and_restores_a_page),
	KUNIT_CASE(direct_map_default_makes_writable_at_once),
	KUNIT_CASE(debug_pagealloc_invalidates_free_pages),
	KUNIT_CASE_PARAM(vfree_leaves_the_linear_map_as_it_was, reset_gen_params),
	KUNIT_CASE(text_alias_is_read_only),
	KUNIT_CASE(valid_works_in_atomic_context),
	KUNIT_CASE(neighbours_do_not_disturb_each_other),
	/* The linear alias */
	KUNIT_CASE(alias_follows_the_range_asked_for),
	KUNIT_CASE(alias_is_changed_in_runs),
	KUNIT_CASE(alias_errors_leave_both_alone),
	KUNIT_CASE_PARAM(alias_of_unlisted_pages_is_refused, large_leaf_gen_params),
#if defined(CONFIG_KASAN_SW_TAGS) || defined(CONFIG_KASAN_HW_TAGS)
	KUNIT_CASE(set_memory_ignores_tags),
#endif
	/* Read-only and executable */
	KUNIT_CASE(set_memory_rox_equals_ro_then_x),
	/* Splits */
	KUNIT_CASE_PARAM(pageattr_checks_whole_contiguous_group, cont_leaf_gen_params),
	KUNIT_CASE_PARAM(kexec_copy_has_no_contiguous_group, cont_leaf_gen_params),
	/* TLB invalidation, observed with the tracepoint pageattr_change */
	KUNIT_CASE_PARAM(pageattr_flushes_once_if_needed, leaf_gen_params),
	KUNIT_CASE(direct_map_default_invalidates_read_only_page),
	KUNIT_CASE(bpf_long_jump_needs_no_writable_page),
	KUNIT_CASE(alias_runs_are_invalidated_once),
	KUNIT_CASE(set_memory_rox_is_one_pass),
	{}
};

static struct kunit_suite pageattr_suite = {
	.name = "arm64_pageattr",
	.test_cases = pageattr_cases,
};

kunit_test_suite(pageattr_suite);

MODULE_DESCRIPTION("KUnit tests of arm64 attribute changes on kernel memory");
MODULE_LICENSE("GPL");
