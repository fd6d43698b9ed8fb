// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change the permissions of one leaf of each size, test after each change which
 * accesses the CPU allows, and report tab-separated rows in
 * /sys/kernel/debug/pageattr_demo/report.
 *
 * With rodata=full the linear map is PTE-mapped: the rows show single pages,
 * changed with the kernel's set_memory_*(). With rodata=on the linear map has
 * every larger leaf.
 */
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_buf.h>
#include <linux/set_memory.h>
#include <linux/vmalloc.h>

#include "pageattr_probe.h"

#define REPORT_SIZE	SZ_64K
#define MAX_ENTRIES	128

/* In the order of the rows: each operation starts with the result of the previous one. */
enum operation { OP_RO, OP_RW, OP_X, OP_NX, OP_INVALID, OP_VALID, NR_OPS };

static const char * const op_names[NR_OPS] = {
	"ro", "rw", "x", "nx", "invalid", "valid",
};

struct kind {
	const char *name;
	int level;
	bool cont;
};

enum { PTE, CONT_PTE, PMD, CONT_PMD, PUD };

static const struct kind kinds[] = {
	[PTE]		= { "PTE",	3, false },
	[CONT_PTE]	= { "CONT PTE",	3, true },
	[PMD]		= { "PMD",	2, false },
	[CONT_PMD]	= { "CONT PMD",	2, true },
	[PUD]		= { "PUD",	1, false },
};

/* State of the tables: the leaf, the entries beside it, and both as a drawing. */
struct snapshot {
	struct pageattr_leaf leaf;
	u64 below;
	u64 above;
	bool uniform;
	char map[MAX_ENTRIES + 5];
};

/* One mapping of the memory under test. */
struct view {
	const struct kind *kind;
	const char *where;
	unsigned long start;
	unsigned long size;
	int (*change)(unsigned long start, unsigned long size, enum operation op);
	/* Expected permissions after the operations so far. */
	bool valid;
	bool write;
	bool exec;
	/* The entry before it became invalid. */
	u64 valid_raw;
	struct snapshot before;
};

static struct seq_buf report;
static struct dentry *report_dir;
static struct debugfs_blob_wrapper report_blob;

static int change_linear(unsigned long start, unsigned long size,
			 enum operation op)
{
	pgprot_t rdonly = __pgprot(PTE_RDONLY), write = __pgprot(PTE_WRITE);
	pgprot_t pxn = __pgprot(PTE_PXN), gp = __pgprot(PTE_MAYBE_GP);

	switch (op) {
	case OP_RO:
		return update_range_prot(start, size, rdonly, write);
	case OP_RW:
		return update_range_prot(start, size, write, rdonly);
	case OP_X:
		return update_range_prot(start, size, gp, pxn);
	case OP_NX:
		return update_range_prot(start, size, pxn, gp);
	case OP_INVALID:
		return set_memory_valid(start, size >> PAGE_SHIFT, 0);
	case OP_VALID:
		return set_memory_valid(start, size >> PAGE_SHIFT, 1);
	default:
		return -EINVAL;
	}
}

static int change_vmalloc(unsigned long start, unsigned long size,
			  enum operation op)
{
	int numpages = size >> PAGE_SHIFT;

	switch (op) {
	case OP_RO:
		return set_memory_ro(start, numpages);
	case OP_RW:
		return set_memory_rw(start, numpages);
	case OP_X:
		return set_memory_x(start, numpages);
	case OP_NX:
		return set_memory_nx(start, numpages);
	default:
		return -EINVAL;
	}
}

static char draw(const struct pageattr_leaf *leaf)
{
	if (!leaf->valid)
		return '-';
	if (leaf->exec)
		return leaf->write ? 'W' : 'R';
	return leaf->write ? 'w' : 'r';
}

/* Returns the entry at an address beside the leaf, 0 if there is none. */
static u64 beside(unsigned long addr, char *drawn)
{
	struct pageattr_leaf leaf;

	if (!pageattr_probe_leaf(addr, &leaf)) {
		*drawn = '.';
		return 0;
	}
	*drawn = draw(&leaf);
	return leaf.raw;
}

static unsigned long entry_size(const struct kind *kind, unsigned long size)
{
	if (!kind->cont)
		return size;
	return kind->level == 3 ? PAGE_SIZE : PMD_SIZE;
}

static void take_snapshot(const struct view *v, struct snapshot *s)
{
	unsigned long step = entry_size(v->kind, v->size);
	struct pageattr_leaf leaf;
	unsigned long addr;
	char *p = s->map;

	memset(s, 0, sizeof(*s));
	s->uniform = true;
	s->below = beside(v->start - 1, p++);
	*p++ = '|';
	for (addr = v->start; addr < v->start + v->size; addr += step) {
		if (!pageattr_probe_leaf(addr, &leaf)) {
			s->uniform = false;
			*p++ = '.';
			continue;
		}
		if (addr == v->start)
			s->leaf = leaf;
		/* The entries of a contiguous group differ in their address only. */
		if ((leaf.raw ^ s->leaf.raw) & ~PHYS_MASK ||
		    (leaf.raw ^ s->leaf.raw) & (PAGE_SIZE - 1))
			s->uniform = false;
		*p++ = draw(&leaf);
	}
	*p++ = '|';
	s->above = beside(v->start + v->size, p++);
}

/* Returns the first page of a leaf, one in its middle, or the last. */
static unsigned long point(const struct view *v, int i)
{
	if (i == 2)
		return v->start + v->size - PAGE_SIZE;
	return v->start + (i ? round_down(v->size / 2, PAGE_SIZE) : 0);
}

static char judge(int allowed, char letter)
{
	if (allowed < 0)
		return '!';
	return allowed ? letter : '-';
}

/* Test accesses at every point. '?': the points disagree. */
static void ask_cpu(const struct view *v, char *seen, char *at)
{
	int i, j;

	for (i = 0; i < 3; i++) {
		unsigned long addr = point(v, i);
		char s[] = {
			judge(pageattr_probe_read(addr), 'R'),
			judge(pageattr_probe_write(addr), 'W'),
			judge(pageattr_probe_exec(addr), 'X'),
		};
		char a[] = {
			judge(pageattr_probe_at_read(addr), 'R'),
			judge(pageattr_probe_at_write(addr), 'W'),
		};

		for (j = 0; j < ARRAY_SIZE(s); j++)
			seen[j] = i && seen[j] != s[j] ? '?' : s[j];
		for (j = 0; j < ARRAY_SIZE(a); j++)
			at[j] = i && at[j] != a[j] ? '?' : a[j];
	}
}

/* Update the expected permissions from the operation alone. */
static void expect(struct view *v, enum operation op)
{
	switch (op) {
	case OP_RO:
	case OP_RW:
		v->write = op == OP_RW;
		break;
	case OP_X:
	case OP_NX:
		v->exec = op == OP_X;
		break;
	default:
		v->valid = op == OP_VALID;
		break;
	}
}

static const char *decode(const struct pageattr_leaf *leaf, char *buf, size_t n)
{
	scnprintf(buf, n, "%s %s %s", leaf->valid ? "valid" : "invalid",
		  leaf->write ? "RW" : "RO", leaf->exec ? "X" : "NX");
	return buf;
}

static void start_row(const struct kind *kind, unsigned long size,
		      const char *where, enum operation op)
{
	seq_buf_printf(&report, "%luK\t%s\t%s\t", PAGE_SIZE / SZ_1K,
		       pageattr_probe_rodata_full() ? "full" : "on",
		       kind->name);
	if (size)
		seq_buf_printf(&report, "%lu", size);
	else
		seq_buf_puts(&report, "-");
	seq_buf_printf(&report, "\t%s\t%s", where, op_names[op]);
}

/* Print rows for a leaf size that the machine lacks. @verdict says why. */
static void empty_rows(const struct kind *kind, const char *verdict)
{
	enum operation op;

	for (op = 0; op < NR_OPS; op++) {
		start_row(kind, 0, "linear map", op);
		seq_buf_printf(&report,
			       "\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t%s\n",
			       verdict);
	}
}

static void print_snapshot(const struct snapshot *s)
{
	char perms[24];

	seq_buf_printf(&report, "\t%d%s\t%016llx\t%s\t%s", s->leaf.level,
		       s->leaf.cont ? " cont" : "", s->leaf.raw,
		       decode(&s->leaf, perms, sizeof(perms)), s->map);
}

static void row(struct view *v, enum operation op, int err)
{
	const struct snapshot *before = &v->before;
	struct snapshot after;
	char expected[4] = "---", seen[4] = "", at[3] = "";
	const char *verdict = "ok";

	take_snapshot(v, &after);
	ask_cpu(v, seen, at);

	expect(v, op);
	if (v->valid) {
		expected[0] = 'R';
		if (v->write)
			expected[1] = 'W';
		if (v->exec)
			expected[2] = 'X';
	}
	if (op == OP_INVALID)
		v->valid_raw = before->leaf.raw;

	if (err)
		verdict = "wrong: the change returned an error";
	else if (memcmp(seen, expected, 3))
		verdict = "wrong: the CPU allows other accesses";
	else if (memcmp(at, expected, 2))
		verdict = "wrong: AT reports other permissions";
	else if (after.leaf.start != v->start || after.leaf.size != v->size ||
		 after.leaf.level != v->kind->level ||
		 after.leaf.cont != v->kind->cont)
		verdict = "wrong: the leaf changed its size";
	else if (after.leaf.raw == before->leaf.raw)
		verdict = "wrong: the entry did not change";
	else if (!after.uniform)
		verdict = "wrong: entries of the group differ";
	else if (after.below != before->below || after.above != before->above)
		verdict = "wrong: a neighbour changed";
	else if (op == OP_VALID && after.leaf.raw != v->valid_raw)
		verdict = "wrong: not restored bit for bit";

	start_row(v->kind, v->size, v->where, op);
	seq_buf_printf(&report, "\t%016lx", v->start);
	print_snapshot(before);
	print_snapshot(&after);
	seq_buf_printf(&report, "\t%s\t%s\t%s\t%s\n", expected, seen, at,
		       verdict);
}

/* Change @v. The change must also reach @alias, if there is one. */
static void operate(struct view *v, struct view *alias, enum operation op)
{
	char seen[3], at[2];
	int err;

	take_snapshot(v, &v->before);
	if (alias)
		take_snapshot(alias, &alias->before);

	/* Load the old entries into the TLB: the change has to invalidate them. */
	ask_cpu(v, seen, at);
	if (alias)
		ask_cpu(alias, seen, at);

	err = v->change(v->start, v->size, op);

	row(v, op, err);
	if (alias)
		row(alias, op, err);
}

static int plant(const struct view *v)
{
	int i, err = 0;

	for (i = 0; i < 3 && !err; i++)
		err = pageattr_probe_plant(point(v, i));
	return err;
}

static struct view new_view(const struct kind *kind, const char *where,
			    unsigned long start, unsigned long size)
{
	return (struct view) {
		.kind = kind,
		.where = where,
		.start = start,
		.size = size,
		.change = change_linear,
		.valid = true,
		.write = true,
	};
}

/* Change the middle one of three pages: the module owns both neighbours. */
static int show_vmalloc(void)
{
	void *mem = vmalloc(3 * PAGE_SIZE);
	struct view v, alias;
	int err;

	if (!mem)
		return -ENOMEM;

	v = new_view(&kinds[PTE], "vmalloc", (unsigned long)mem + PAGE_SIZE,
		     PAGE_SIZE);
	v.change = change_vmalloc;
	alias = new_view(&kinds[PTE], "linear alias",
			 (unsigned long)page_address(vmalloc_to_page(mem + PAGE_SIZE)),
			 PAGE_SIZE);

	err = plant(&v);
	if (!err) {
		operate(&v, &alias, OP_RO);
		operate(&v, &alias, OP_RW);
		operate(&v, NULL, OP_X);
		operate(&v, NULL, OP_NX);
	}
	vfree(mem);
	return err;
}

static int show_page(void)
{
	unsigned long mem = __get_free_pages(GFP_KERNEL, 2);
	struct view v;
	int err;

	if (!mem)
		return -ENOMEM;

	v = new_view(&kinds[PTE], "linear map", mem + PAGE_SIZE, PAGE_SIZE);
	err = plant(&v);
	if (!err) {
		operate(&v, NULL, OP_INVALID);
		operate(&v, NULL, OP_VALID);
	}
	free_pages(mem, 2);
	return err;
}

static bool is_kind(const struct pageattr_leaf *leaf, const struct kind *kind)
{
	return leaf->level == kind->level && leaf->cont == kind->cont;
}

static bool all_free(unsigned long start, unsigned long size)
{
	unsigned long pfn = PHYS_PFN(__pa(start));
	unsigned long end = pfn + PHYS_PFN(size);

	for (; pfn < end; pfn++) {
		if (!pfn_valid(pfn) || page_count(pfn_to_page(pfn)))
			return false;
	}
	return true;
}

static unsigned long kind_size(const struct kind *kind)
{
	if (kind->level == 1)
		return PUD_SIZE;
	if (kind->level == 2)
		return kind->cont ? CONT_PMD_SIZE : PMD_SIZE;
	return kind->cont ? CONT_PTE_SIZE : PAGE_SIZE;
}

/*
 * Some page sizes have no PUD leaves. A leaf must be aligned in physical and in
 * linear addresses: their distance must be a multiple of its size. It is not for
 * contiguous PMDs of 16 GiB with 64K pages.
 */
static bool can_exist(const struct kind *kind)
{
	return (kind->level > 1 || pud_sect_supported()) &&
	       IS_ALIGNED(PAGE_OFFSET - memstart_addr, kind_size(kind));
}

static bool reserved_leaf(const struct kind *kind, struct pageattr_leaf *leaf)
{
	phys_addr_t base, size;

	return reserve_mem_find_by_name("pageattr", &base, &size) &&
	       pageattr_probe_leaf((unsigned long)__va(base), leaf) &&
	       is_kind(leaf, kind) && __pa(leaf->start) == base &&
	       leaf->size <= size;
}

/* Allocate pages until some come from a leaf of this size. Free the others. */
static bool small_leaf(const struct kind *kind, struct pageattr_leaf *leaf)
{
	unsigned int order = get_order(kind_size(kind));
	unsigned long tries = totalram_pages() >> (order + 1);
	struct page *page, *next;
	bool found = false;
	LIST_HEAD(others);

	while (!found && tries--) {
		/* Leaves of this size exist beside the kernel image, in its init memory. */
		page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_NOWARN,
				   order);
		if (!page)
			break;
		found = pageattr_probe_leaf((unsigned long)page_address(page),
					    leaf) && is_kind(leaf, kind);
		if (found)
			split_page(page, order);
		else
			list_add(&page->lru, &others);
	}

	list_for_each_entry_safe(page, next, &others, lru)
		__free_pages(page, order);
	return found;
}

/* Search the linear map for a leaf of this size with free pages only. */
static bool large_leaf(const struct kind *kind, struct pageattr_leaf *leaf)
{
	unsigned long addr = PAGE_OFFSET;
	unsigned long pfn;

	while (addr < (unsigned long)high_memory) {
		if (!pageattr_probe_leaf(addr, leaf)) {
			addr = ALIGN_DOWN(addr, PMD_SIZE) + PMD_SIZE;
			continue;
		}
		addr = leaf->start + leaf->size;
		pfn = PHYS_PFN(__pa(leaf->start));
		if (is_kind(leaf, kind) && all_free(leaf->start, leaf->size) &&
		    !alloc_contig_range(pfn, pfn + PHYS_PFN(leaf->size),
					MIGRATE_MOVABLE, GFP_KERNEL))
			return true;
	}
	return false;
}

static int show_block(const struct kind *kind)
{
	struct pageattr_leaf leaf, now;
	unsigned int lifted;
	bool reserved;
	struct view v;
	enum operation op;
	int err;

	if (!can_exist(kind)) {
		empty_rows(kind, "n/a");
		return 0;
	}

	/* The module must own all memory of the leaf. */
	reserved = reserved_leaf(kind, &leaf);
	if (!reserved && !(kind->level == 3 ? small_leaf(kind, &leaf) :
					      large_leaf(kind, &leaf))) {
		empty_rows(kind, "wrong: no free leaf of this size");
		return 0;
	}

	v = new_view(kind, "linear map", leaf.start, leaf.size);
	err = plant(&v);
	/* The tables above the linear map's leaves have PXNTable set. */
	lifted = pageattr_probe_lift_table_pxn(leaf.start);
	for (op = 0; op < NR_OPS && !err; op++)
		operate(&v, NULL, op);
	pageattr_probe_put_table_pxn(leaf.start, lifted);

	/* Do not free memory with changed permissions. */
	if (!reserved && pageattr_probe_leaf(leaf.start, &now) &&
	    now.raw == leaf.raw)
		free_contig_range(PHYS_PFN(__pa(leaf.start)),
				  PHYS_PFN(leaf.size));
	return err;
}

static int show_all(void)
{
	int err, i;

	seq_buf_puts(&report,
		     "page\tboot\tleaf\tsize\twhere\top\taddress\t"
		     "level before\tentry before\tperms before\tmap before\t"
		     "level after\tentry after\tperms after\tmap after\t"
		     "expected\tseen\tAT\tverdict\n");

	if (pageattr_probe_rodata_full()) {
		err = show_vmalloc();
		return err ?: show_page();
	}

	/* Largest first: allocating large ranges drains the per-CPU lists of small ones. */
	for (i = PUD; i >= CONT_PTE; i--) {
		err = show_block(&kinds[i]);
		if (err)
			return err;
	}
	return 0;
}

static int __init pageattr_demo_init(void)
{
	char *buf = kvzalloc(REPORT_SIZE, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	seq_buf_init(&report, buf, REPORT_SIZE);

	err = pageattr_probe_init();
	if (err)
		goto free;
	err = show_all();
	pageattr_probe_exit();
	if (!err && seq_buf_has_overflowed(&report))
		err = -ENOSPC;
	if (err)
		goto free;

	report_blob.data = buf;
	report_blob.size = seq_buf_used(&report);
	report_dir = debugfs_create_dir("pageattr_demo", NULL);
	debugfs_create_blob("report", 0400, report_dir, &report_blob);
	return 0;
free:
	kvfree(buf);
	return err;
}

static void __exit pageattr_demo_exit(void)
{
	debugfs_remove_recursive(report_dir);
	kvfree(report_blob.data);
}

module_init(pageattr_demo_init);
module_exit(pageattr_demo_exit);

MODULE_DESCRIPTION("Change permissions of leaves of every size and test them on the CPU");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
