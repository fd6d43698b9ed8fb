// SPDX-License-Identifier: GPL-2.0-only
/* Changes that cover a leaf partially and so split it. */
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "other_cpu.h"
#include "split_model.h"
#include "vmalloc_area.h"

static void set_up(void)
{
	map_linear_map_rows();
	translation_record();
	log_reset();
}

/* The operations of the linear map. Its table entries have PXNTable: no leaf is executable. */
static const unsigned int linear_ops[] = { OP_RO, OP_INVALID, OP_RW, OP_DEFAULT, OP_RO };

static void sweep(void (*prepare)(void))
{
	unsigned long at[MAX_BOUNDS];
	unsigned int i, j, nr, n = 0;

	prepare();
	nr = nr_bounds;
	memcpy(at, bounds, sizeof(at));
	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr; j++) {
			const struct op *op = attr_op(linear_ops[n++ % ARRAY_SIZE(linear_ops)]);

			prepare();
			test_context("%s of %016lx-%016lx", op->name, at[i], at[j]);
			checked_change(op, at[i], at[j]);
			if (test_failed())
				return;
		}
	}
}

static void every_pair_of_bounds(void)
{
	sweep(set_up);
}

static void set_up_invalid(void)
{
	unsigned int i;

	set_up();
	for (i = 0; i < nr_leaves; i++) {
		leaves[i].val = (leaves[i].val & ~LEAF_VALID) | LEAF_NG;
		*leaves[i].entry = leaves[i].val;
	}
	translation_record();
}

/* An invalid leaf is split into invalid leaves, which can become valid again. */
static void invalid_leaves(void)
{
	sweep(set_up_invalid);
}

static void set_up_ng(void)
{
	unsigned int i;

	set_up();
	arm64_use_ng_mappings = true;
	for (i = 0; i < nr_leaves; i++) {
		leaves[i].val |= LEAF_NG;
		*leaves[i].entry = leaves[i].val;
	}
	translation_record();
}

static void ng_mappings(void)
{
	sweep(set_up_ng);
}

/* The call must return @want and change nothing. */
static void expect_refused(unsigned long start, unsigned long end, int want)
{
	const struct op *op = attr_op(OP_RO);
	int ret;

	log_reset();
	layout_record();
	test_count();
	ret = update_range_prot(start, end - start, __pgprot(op->set), __pgprot(op->clear));
	EXPECT(ret == want, "returned %d instead of %d", ret, want);
	EXPECT(!log_count(EV_STORE), "%u stores", log_count(EV_STORE));
	/* Without BBML2, a partially covered leaf in the linear map is a bug of the caller. */
	EXPECT(log_count(EV_WARN) == !host_bbml2, "%u warnings", log_count(EV_WARN));
	translation_check();
	layout_check();
}

static void in_atomic_context(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	kernel_leaf_init();
	while (next_partial_page(&nr, &start, &end)) {
		test_context("%016lx", start);
		host_irqs_off = true;
		expect_refused(start, end, -EBUSY);
		host_irqs_off = false;
		host_preempt_off = true;
		expect_refused(start, end, -EBUSY);
		host_preempt_off = false;
		host_in_task = false;
		expect_refused(start, end, -EBUSY);
		host_in_task = true;
		host_caps_final = false;
		expect_refused(start, end, -EBUSY);
		host_caps_final = true;
	}
}

static void without_the_capability(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	host_bbml2 = false;
	kernel_leaf_init();
	while (next_partial_page(&nr, &start, &end)) {
		test_context("%016lx", start);
		expect_refused(start, end, -EINVAL);
		host_caps_final = false;
		expect_refused(start, end, -EINVAL);
		host_caps_final = true;
	}
}

/* Each allocation fails in turn. Every page keeps translation and permissions. */
static void no_memory(void)
{
	const struct op *op = attr_op(OP_INVALID);
	unsigned long at[MAX_BOUNDS];
	unsigned int i, j, nr, fail, most = 0;
	int ret;

	set_up();
	nr = nr_bounds;
	memcpy(at, bounds, sizeof(at));
	for (i = 1; i < nr - 1; i++) {
		for (j = i + 1; j < nr - 1; j += 3) {
			for (fail = 1, ret = -ENOMEM; ret; fail++) {
				set_up();
				test_context("%016lx-%016lx, allocation %u", at[i], at[j], fail);
				table_alloc_fails_at = fail;
				ret = update_range_prot(at[i], at[j] - at[i], __pgprot(op->set),
							__pgprot(op->clear));
				test_count();
				if (ret)
					EXPECT(ret == -ENOMEM, "returned %d", ret);
				else
					translation_change(at[i], at[j], op->set, op->clear);
				translation_check();
				most = max(most, fail);
				if (test_failed())
					return;
			}
		}
	}
	/* One table for each end, and two where a PUD block is split. */
	EXPECT(most >= 2, "only %u allocations", most);
}

static unsigned long our_page, their_page;
static unsigned int their_op;
static int their_ret;

static void they_change(void)
{
	const struct op *op = attr_op(their_op);

	their_ret = update_range_prot(their_page, PAGE_SIZE, __pgprot(op->set),
				      __pgprot(op->clear));
}

/* Another CPU clears the contiguous bit of one entry. */
static void they_split_entry(const struct leaf *leaf)
{
	enum kernel_leaf_size from = leaf->level == 3 ? LEAF_CONT_PTE : LEAF_CONT_PMD;
	u64 old = *leaf->entry;

	rcu_read_lock();
	if (cmpxchg_relaxed(leaf->entry, old, old & ~LEAF_CONT) == old && (old & LEAF_CONT))
		leaf_count_moved(leaf->addr, leaf_size(leaf), from, from - 1);
	rcu_read_unlock();
}

/* Another CPU has split the first half of a contiguous group so far. */
static void they_split_half_group(void)
{
	struct leaf *leaf = model_find(our_page);
	unsigned int nr, i;

	if (!leaf || !(*leaf->entry & LEAF_CONT))
		return;
	nr = group_entries(leaf->level);
	leaf -= leaf->addr / leaf_size(leaf) % nr;
	for (i = 0; i < nr / 2; i++)
		they_split_entry(&leaf[i]);
}

/*
 * Change one page of each kind of leaf. At each access of the change, another CPU runs
 * @theirs to its end.
 */
static void with_concurrent(void (*theirs)(void), bool change)
{
	const struct op *op = attr_op(OP_RO);
	unsigned int nr = 0, at;
	int ret;

	set_up();
	while (next_partial_page(&nr, &our_page, &their_page)) {
		for (at = 0;; at += OTHER_CPU_STEP) {
			set_up();
			their_ret = 0;
			other_cpu_act_at(theirs, at);
			ret = update_range_prot(our_page, PAGE_SIZE, __pgprot(op->set),
						__pgprot(op->clear));
			if (!other_cpu_acted())
				break;
			test_count();
			test_context("%016lx and %016lx, access %u", our_page, their_page, at);
			EXPECT(!ret && !their_ret, "returned %d and %d", ret, their_ret);
			translation_change(our_page, our_page + PAGE_SIZE, op->set, op->clear);
			if (change)
				translation_change(their_page, their_page + PAGE_SIZE,
						   attr_op(their_op)->set,
						   attr_op(their_op)->clear);
			/* The change must have split the rest of the group too. */
			translation_check();
			if (test_failed())
				return;
		}
		EXPECT(at > 3, "only %u accesses", at);
	}
}

/*
 * Two owners change pages of one leaf, for example:
 *
 * CPU0 (our change)               CPU1 (their change)
 * --------------------------      -------------------------------
 * fill a new table
 *                                 split the leaf, change a PTE
 * cmpxchg() fails: keep the
 *   table of CPU1
 * change a PTE in this table
 */
static void two_owners(void)
{
	their_op = OP_INVALID;
	with_concurrent(they_change, true);
	their_op = OP_RO;
	with_concurrent(they_change, true);
}

static void half_of_a_group(void)
{
	unsigned long end;
	unsigned int nr = 0;

	/*
	 * The other CPU acts before the call. The entry of our page has no contiguous bit any
	 * more, but the group is still contiguous: the call must ask all entries.
	 */
	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		if (!(model_find(our_page)->val & LEAF_CONT))
			continue;
		set_up();
		they_split_half_group();
		test_context("%016lx", our_page);
		log_reset();
		EXPECT(!update_range_prot(our_page, PAGE_SIZE, __pgprot(LEAF_RDONLY),
					  __pgprot(LEAF_WRITE)), "refused");
		translation_change(our_page, our_page + PAGE_SIZE, LEAF_RDONLY, LEAF_WRITE);
		test_count();
		translation_check();
	}
	with_concurrent(they_split_half_group, false);
}

/*
 * Another CPU has split all of a group but one entry, each entry in turn. The call must
 * clear the last contiguous bit before it changes an entry.
 */
static void last_of_a_group(void)
{
	unsigned long end;
	unsigned int nr = 0, group, i, k;

	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		struct leaf *leaf = model_find(our_page);

		if (!(leaf->val & LEAF_CONT))
			continue;
		group = group_entries(leaf->level);
		leaf -= leaf->addr / leaf_size(leaf) % group;
		for (k = 0; k < group; k++) {
			unsigned long page = leaf[(k + group / 2) % group].addr;

			set_up();
			for (i = 0; i < group; i++) {
				if (i != k)
					they_split_entry(&leaf[i]);
			}
			test_context("%016lx, entry %u of its group is contiguous", page, k);
			EXPECT(!update_range_prot(page, PAGE_SIZE, __pgprot(LEAF_RDONLY),
						  __pgprot(LEAF_WRITE)), "refused");
			translation_change(page, page + PAGE_SIZE, LEAF_RDONLY, LEAF_WRITE);
			test_count();
			translation_check();
			if (test_failed())
				return;
		}
	}
}

/* Whether a table of PTEs maps the memory after a block. */
static bool before_a_table(const struct leaf *leaf)
{
	return leaf->level < 3 && leaf + 1 < leaves + nr_leaves &&
	       leaf[1].addr == leaf->addr + leaf_size(leaf) && leaf[1].level == 3;
}

/*
 * The range starts in a block that has the new attributes already, and ends in a table of
 * PTEs that change. So the call needs no split. Another owner splits the block:
 *
 * CPU0 (change of the range)      CPU1 (change of another page)
 * --------------------------      -------------------------------
 * check pass: block unchanged
 *                                 split the block
 *                                 change a page outside of the range
 * apply pass: finds PTEs, stores
 *   none of them
 */
static void head_split_by_another_owner(void)
{
	const struct op *op = attr_op(OP_RW);
	unsigned int nr, at, found = 0;

	set_up();
	their_op = OP_RO;
	for (nr = 0; nr < nr_leaves; nr++) {
		if (!before_a_table(&leaves[nr]))
			continue;
		found++;
		for (at = 0;; at += OTHER_CPU_STEP) {
			unsigned long start, end;
			unsigned int i;
			int ret;

			set_up();
			/* Six pages of the block are within the range. */
			start = leaves[nr + 1].addr - 6 * PAGE_SIZE;
			end = leaves[nr + 1].addr + CONT_PTE_SIZE;
			their_page = start - PAGE_SIZE;
			for (i = nr + 1; leaves[i].addr < end; i++)
				*leaves[i].entry = (leaves[i].val & ~LEAF_WRITE) | LEAF_RDONLY;
			translation_record();
			log_reset();
			their_ret = 0;
			test_context("%016lx-%016lx, access %u", start, end, at);
			other_cpu_act_at(they_change, at);
			ret = update_range_prot(start, end - start, __pgprot(op->set),
						__pgprot(op->clear));
			if (!other_cpu_acted())
				break;
			test_count();
			EXPECT(!ret && !their_ret, "returned %d and %d", ret, their_ret);
			translation_change(start, end, op->set, op->clear);
			translation_change(their_page, start, LEAF_RDONLY, LEAF_WRITE);
			translation_check();
			if (test_failed())
				return;
		}
		EXPECT(at > 3, "only %u accesses", at);
	}
	EXPECT(found, "no block before a table");
}

/* Pages of an area: more runs than pageattr.c keeps. */
#define NR	40

static unsigned int order[NR];

/*
 * Map an area by PTEs or by a block, and its alias by larger leaves. Returns the address of
 * the alias.
 */
static unsigned long area_set_up(bool block, int alias_level, u64 alias_cont)
{
	unsigned long linear, size = LEVEL_SIZE(alias_level), group = 1;
	unsigned int i;

	model_reset();
	host_bbml2 = true;
	linear = linear_map + FAR_OFF;
	for (i = 0; i < NR; i++)
		order[i] = block ? i : i * 2;
	area_make(linear, order, NR);
	if (block) {
		for (i = 0; i < NR; i++)
			model_unmap(area_start + i * PAGE_SIZE);
		*tables_entry(area_start, 2) = 0;
		model_reset();
		host_bbml2 = true;
		host_area = &area;
		model_map(area_start, 2, model_leaf(2, linear - linear_map + MEM_PHYS));
	}
	if (alias_cont)
		group = group_entries(alias_level);
	if (alias_level == 3)
		group = max(group, 128UL);
	for (i = 0; i < group; i++)
		model_map(linear + i * size, alias_level,
			  model_leaf(alias_level, linear + i * size - linear_map + MEM_PHYS) |
			  LEAF_TAGGED | alias_cont);
	translation_record();
	log_reset();

	return linear;
}

/* Apply @o to the model: to @nr pages of the area from @first on, and to their alias. */
static void area_changed(const struct set_memory_op *o, unsigned long linear, unsigned int first,
			 unsigned int nr)
{
	const struct op *op = attr_op(o->op);
	unsigned long start = area_start + first * PAGE_SIZE;
	unsigned int i;

	translation_change(start, start + nr * PAGE_SIZE, op->set, op->clear);
	for (i = first; o->alias && i < first + nr; i++) {
		unsigned long page = linear + order[i] * PAGE_SIZE;

		translation_change(page, page + PAGE_SIZE, op->set & (LEAF_RDONLY | LEAF_WRITE),
				   op->clear & (LEAF_RDONLY | LEAF_WRITE));
	}
}

static void vmalloc_ranges(bool block, int alias_level, u64 alias_cont)
{
	unsigned int first, nr, n = 0;

	for (first = 0; first < NR; first += 5) {
		for (nr = 1; nr <= NR - first; nr += 7) {
			const struct set_memory_op *o = &set_memory_ops[n++ % 5];
			unsigned long linear = area_set_up(block, alias_level, alias_cont);
			unsigned long start = area_start + first * PAGE_SIZE;
			int ret;

			test_context("set_memory_%s() of %u pages from %u on, alias of level %d%s",
				     o->name, nr, first, alias_level, alias_cont ? " cont" : "");
			ret = o->fn(start, nr);
			test_count();
			EXPECT(!ret, "returned %d", ret);
			EXPECT(!log_count(EV_WARN), "a warning");
			EXPECT(!log_rcu_outside, "%u accesses outside of RCU", log_rcu_outside);
			area_changed(o, linear, first, nr);
			translation_check();
			if (test_failed())
				return;
		}
	}
}

/* Each allocation fails in turn, those for the mapping and for all runs of the alias. */
static void no_memory_for_the_alias(void)
{
	const struct set_memory_op *o = &set_memory_ops[0];
	unsigned int fail, block;

	for (block = 0; block < 2; block++) {
		int ret = -ENOMEM;

		for (fail = 1; ret; fail++) {
			unsigned long linear = area_set_up(block, 2, LEAF_CONT);

			test_context("allocation %u, block %u", fail, block);
			table_alloc_fails_at = fail;
			ret = o->fn(area_start + PAGE_SIZE, NR - 2);
			test_count();
			EXPECT(!ret || ret == -ENOMEM, "returned %d", ret);
			EXPECT(!log_rcu_outside, "%u accesses outside of RCU", log_rcu_outside);
			if (!ret)
				area_changed(o, linear, 1, NR - 2);
			translation_check();
			if (test_failed())
				return;
		}
		EXPECT(fail > 2, "only %u allocations", fail);
	}
}

/*
 * Change an area whose pages alternate with pages of another owner, in the same leaves of
 * the linear map. At each access of the change, another CPU runs @theirs to its end.
 */
static void area_with_concurrent(void (*theirs)(void), bool change, int alias_level,
				 u64 alias_cont)
{
	const struct set_memory_op *o = &set_memory_ops[0];
	unsigned int at;

	/* Each access of the first runs, then every seventh: the runs are alike. */
	for (at = 0;; at += at < NR ? 1 : 7) {
		unsigned long linear = area_set_up(false, alias_level, alias_cont);
		int ret;

		our_page = linear + order[at % NR] * PAGE_SIZE;
		their_page = our_page + PAGE_SIZE;
		their_ret = 0;
		test_context("alias of level %d%s, %016lx, access %u", alias_level,
			     alias_cont ? " cont" : "", their_page, at);
		other_cpu_act_at(theirs, at);
		ret = o->fn(area_start, NR);
		if (!other_cpu_acted())
			break;
		test_count();
		EXPECT(!ret && !their_ret, "returned %d and %d", ret, their_ret);
		EXPECT(!log_count(EV_WARN), "a warning");
		area_changed(o, linear, 0, NR);
		if (change)
			translation_change(their_page, their_page + PAGE_SIZE,
					   attr_op(their_op)->set, attr_op(their_op)->clear);
		translation_check();
		if (test_failed())
			return;
	}
	EXPECT(at > NR, "only %u accesses", at);
}

static void area_with_all_concurrent(int alias_level, u64 alias_cont)
{
	their_op = OP_INVALID;
	area_with_concurrent(they_change, true, alias_level, alias_cont);
	their_op = OP_RO;
	area_with_concurrent(they_change, true, alias_level, alias_cont);
	if (alias_cont)
		area_with_concurrent(they_split_half_group, false, alias_level, alias_cont);
}

static void alias_with_concurrent_owner(void)
{
	area_with_all_concurrent(3, 0);
	area_with_all_concurrent(3, LEAF_CONT);
	area_with_all_concurrent(2, 0);
	if (tables_root_level() < 2)
		area_with_all_concurrent(2, LEAF_CONT);
}

/* The mapping needs a split, and the alias has a hole: the call must not split. */
static void hole_in_the_alias(void)
{
	unsigned long linear, i;
	int ret;

	for (i = 0; i < NR; i++)
		order[i] = i;
	model_reset();
	linear = linear_map + FAR_OFF;
	area_make(linear, order, NR);
	model_reset();
	host_bbml2 = true;
	host_area = &area;
	model_map(area_start, 2, model_leaf(2, MEM_PHYS + (linear - linear_map)));
	for (i = 0; i < NR - 1; i++)
		model_map(linear + i * PAGE_SIZE, 3,
			  model_leaf(3, MEM_PHYS + (linear - linear_map) + i * PAGE_SIZE));
	translation_record();
	layout_record();
	log_reset();
	ret = set_memory_ro(area_start, NR);
	test_count();
	EXPECT(ret == -EINVAL, "returned %d", ret);
	EXPECT(!log_count(EV_STORE), "%u stores", log_count(EV_STORE));
	translation_check();
	layout_check();
}

static void scattered_alias_in_blocks(void)
{
	vmalloc_ranges(false, 3, LEAF_CONT);
	vmalloc_ranges(false, 2, 0);
	/* map_mem() makes no contiguous groups in the root. */
	if (tables_root_level() < 2)
		vmalloc_ranges(false, 2, LEAF_CONT);
	if (!IS_ENABLED(CONFIG_ARM64_64K_PAGES) && tables_root_level() <= 1)
		vmalloc_ranges(false, 1, 0);
}

static void partially_covered_vmalloc_block(void)
{
	vmalloc_ranges(true, 2, 0);
	vmalloc_ranges(true, 3, 0);
}

/* A PUD block of vmalloc is not split: the call must not split the block before it either. */
static void partially_covered_vmalloc_pud(void)
{
	unsigned long pud = ALIGN(VMALLOC_START, LEVEL_SIZE(1)) + LEVEL_SIZE(1);

	/* There are no PUD blocks with 64K pages. */
	if (IS_ENABLED(CONFIG_ARM64_64K_PAGES) || tables_root_level() > 1)
		return;
	model_reset();
	host_bbml2 = true;
	model_map(pud - LEVEL_SIZE(2), 2, model_leaf(2, MEM_PHYS));
	model_map(pud, 1, model_leaf(1, ALIGN(MEM_PHYS, LEVEL_SIZE(1))));
	translation_record();
	expect_refused(pud, pud + PAGE_SIZE, -EINVAL);
	expect_refused(pud - PAGE_SIZE, pud + PAGE_SIZE, -EINVAL);
}

/* The caller's memory cgroup pays for each table: a user can ask for many splits. */
static void tables_are_charged(void)
{
	unsigned long start, end;
	unsigned int nr = 0, tables = 0;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		set_up();
		test_context("%016lx", start);
		test_count();
		checked_change(attr_op(OP_INVALID), start, end);
		EXPECT(tables_charged == table_allocs, "%u of %u tables are charged",
		       tables_charged, table_allocs);
		tables += table_allocs;
	}
	EXPECT(tables, "no split");
}

#include <vmalloc_to_page.h>

static void they_split(void)
{
	EXPECT(!split_kernel_leaf_at(our_page + PAGE_SIZE), "refused");
}

/*
 * A reader that owns a page, but not the leaf that maps it:
 *
 * CPU0 (vmalloc_to_page)          CPU1 (owner of the next page)
 * --------------------------      -------------------------------
 * read the block
 *                                 replace the block by a table
 * use the block that was read
 */
static void vmalloc_to_page_during_split(void)
{
	unsigned int nr = 0, at;
	unsigned long end;

	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		set_up();
		test_context("%016lx", our_page);
		log_reads = true;
		vmalloc_to_page((void *)our_page);
		log_check_reads();
		EXPECT(log_nr && events[log_nr - 1].entry == model_find(our_page)->entry,
		       "no single read of the leaf");
		log_reads = false;
		for (at = 0;; at++) {
			struct page *page;

			set_up();
			test_context("%016lx, access %u", our_page, at);
			other_cpu_act_at(they_split, at);
			page = vmalloc_to_page((void *)our_page);
			EXPECT(page == page_at(our_page), "not the page of this address");
			if (!other_cpu_acted())
				break;
			test_count();
		}
		EXPECT(at, "no access");
	}
}

/* Each split is counted once and traced once. */
static void counted(void)
{
	unsigned long start, end;
	unsigned int nr = 0, i;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		unsigned int splits = 0;
		const struct leaf *leaf;

		set_up();
		host_tracing = true;
		leaf = model_find(start);
		checked_change(attr_op(OP_RO), start, end);
		for (i = DIRECT_MAP_CONT_PTE_SPLIT; i <= DIRECT_MAP_PUD_SPLIT; i++)
			splits += host_vm_events[i];
		test_context("%016lx", start);
		/* One split for each size, from that of the leaf down to a group of PTEs. */
		EXPECT(splits == (3 - leaf->level) * 2 + !!(leaf->val & LEAF_CONT), "%u", splits);
		EXPECT(host_traced == splits + 1, "%u tracepoints", host_traced);
	}
}

static void to_ptes(void)
{
	unsigned long start, end;
	unsigned int nr = 0, pages, i;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		for (pages = 1; pages <= 3; pages += 2) {
			set_up();
			layout_record();
			test_context("%u pages from %016lx on", pages, start);
			EXPECT(!split_kernel_range_to_ptes(start, start + pages * PAGE_SIZE),
			       "refused");
			for (i = 0; i <= pages; i++)
				layout_split_at(start + i * PAGE_SIZE);
			test_count();
			translation_check();
			layout_check();
		}
	}
}

static unsigned int preemptible_accesses;

static void count_preemptible(enum access access, u64 *entry)
{
	preemptible_accesses += entry && !preempt_count();
}

/* Change a page, and back. Returns the number of accesses with preemption on. */
static unsigned int change_twice(unsigned long page)
{
	preemptible_accesses = 0;
	log_hook = count_preemptible;
	EXPECT(!set_memory_valid(page, 1, 0), "refused");
	EXPECT(!set_memory_valid(page, 1, 1), "refused");
	log_hook = NULL;
	EXPECT(!host_preempt_depth && !log_count(EV_WARN), "preemption is off %u times",
	       host_preempt_depth);

	return preemptible_accesses;
}

/*
 * remap_linear_map() copies the tables in stop_machine(), before the capabilities are final.
 * It must not preempt a change. The capabilities become final after each query in turn.
 */
static void not_preempted_before_final(void)
{
	unsigned int i, at;

	for (i = 0, set_up(); i < nr_leaves; i++) {
		unsigned long page = leaves[i].addr;

		if (leaves[i].level != 3 || (leaves[i].val & LEAF_CONT))
			continue;
		for (at = 0; at < 6; at++) {
			unsigned int preemptible;

			set_up();
			host_caps_final = false;
			host_caps_final_at = at;
			test_context("%016lx, final after query %u", page, at);
			test_count();
			preemptible = change_twice(page);
			EXPECT(at || !preemptible, "%u accesses with preemption on", preemptible);
		}
		set_up();
		EXPECT(change_twice(page), "preemption is off with final capabilities");
	}
}

/* Two blocks, of which one is read-only already. Returns the address between them. */
static unsigned long two_blocks(unsigned int read_only)
{
	unsigned long linear = linear_map + FAR_OFF, addr;
	const struct op *ro = attr_op(OP_RO);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		u64 leaf;

		addr = linear + i * LEVEL_SIZE(2);
		leaf = model_leaf(2, MEM_PHYS + (addr - linear_map));
		model_map(addr, 2, i == read_only ? (leaf & ~ro->clear) | ro->set : leaf);
	}

	return addr;
}

/* A range crosses into two blocks: only the block that changes is split. */
static void one_end_changes(void)
{
	const struct op *ro = attr_op(OP_RO);
	unsigned int read_only;

	for (read_only = 0; read_only < 2; read_only++) {
		unsigned long mid, start, end;

		model_reset();
		host_bbml2 = true;
		mid = two_blocks(read_only);
		start = mid - PAGE_SIZE;
		end = mid + PAGE_SIZE;
		translation_record();
		layout_record();
		test_context("block %u is read-only", read_only);
		test_count();
		EXPECT(!update_range_prot(start, end - start, __pgprot(ro->set),
					  __pgprot(ro->clear)), "refused");
		translation_change(start, end, ro->set, ro->clear);
		layout_split_at(read_only ? start : end);
		translation_check();
		layout_check();
	}
}

/* The first run of an alias needs a split, the second does not. */
static void one_run_changes(void)
{
	const unsigned int pages[] = { PTRS_PER_PTE + 5, 5 };
	const struct op *ro = attr_op(OP_RO);
	unsigned long linear, addr;

	model_reset();
	host_bbml2 = true;
	linear = linear_map + FAR_OFF;
	area_make(linear, pages, ARRAY_SIZE(pages));
	two_blocks(0);
	translation_record();
	layout_record();
	test_count();
	EXPECT(!set_memory_ro(area_start, ARRAY_SIZE(pages)), "refused");
	addr = linear + pages[0] * PAGE_SIZE;
	translation_change(area_start, area_start + 2 * PAGE_SIZE, ro->set, ro->clear);
	translation_change(addr, addr + PAGE_SIZE, ro->set, ro->clear);
	layout_split_at(addr);
	layout_split_at(addr + PAGE_SIZE);
	translation_check();
	layout_check();
}

static const struct test_case cases[] = {
	{ "every_pair_of_bounds", every_pair_of_bounds },
	{ "invalid_leaves", invalid_leaves },
	{ "ng_mappings", ng_mappings },
	{ "in_atomic_context", in_atomic_context },
	{ "not_preempted_before_final", not_preempted_before_final },
	{ "without_the_capability", without_the_capability },
	{ "no_memory", no_memory },
	{ "two_owners", two_owners },
	{ "half_of_a_group", half_of_a_group },
	{ "last_of_a_group", last_of_a_group },
	{ "head_split_by_another_owner", head_split_by_another_owner },
	{ "scattered_alias_in_blocks", scattered_alias_in_blocks },
	{ "partially_covered_vmalloc_block", partially_covered_vmalloc_block },
	{ "partially_covered_vmalloc_pud", partially_covered_vmalloc_pud },
	{ "no_memory_for_the_alias", no_memory_for_the_alias },
	{ "alias_with_concurrent_owner", alias_with_concurrent_owner },
	{ "hole_in_the_alias", hole_in_the_alias },
	{ "tables_are_charged", tables_are_charged },
	{ "vmalloc_to_page_during_split", vmalloc_to_page_during_split },
	{ "one_end_changes", one_end_changes },
	{ "one_run_changes", one_run_changes },
	{ "counted", counted },
	{ "to_ptes", to_ptes },
	{ }
};

const struct test_suite split_suite = { "split", cases };
