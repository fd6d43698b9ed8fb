// SPDX-License-Identifier: GPL-2.0-only
/* Leaves that are split because a part of them changes. */
#include "area.h"
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "others.h"
#include "pages.h"

static void set_up(void)
{
	window_linear_map();
	pages_take();
	log_reset();
}

/*
 * The operations that the linear map has; none makes it executable, which the tables
 * above would not let it be.
 */
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
			const struct op *op = window_op(linear_ops[n++ % ARRAY_SIZE(linear_ops)]);

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
	pages_take();
}

/* Split into invalid ones, which can be valid again. */
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
	pages_take();
}

static void ng_mappings(void)
{
	sweep(set_up_ng);
}

/* A call that has to fail: with that error, and nothing has changed. */
static void refused(unsigned long start, unsigned long end, int want)
{
	const struct op *op = window_op(OP_RO);
	int ret;

	log_reset();
	shape_take();
	test_count();
	ret = update_range_prot(start, end - start, __pgprot(op->set), __pgprot(op->clear));
	EXPECT(ret == want, "returned %d instead of %d", ret, want);
	EXPECT(!log_count(EV_STORE), "%u stores", log_count(EV_STORE));
	/* What no CPU can split, nobody was to ask for. */
	EXPECT(log_count(EV_WARN) == !host_bbml2, "%u warnings", log_count(EV_WARN));
	pages_check();
	shape_check();
}

static void where_it_cannot_sleep(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	kernel_leaf_init();
	while (window_part(&nr, &start, &end)) {
		test_context("%016lx", start);
		host_irqs_off = true;
		refused(start, end, -EBUSY);
		host_irqs_off = false;
		host_preempt_off = true;
		refused(start, end, -EBUSY);
		host_preempt_off = false;
		host_in_task = false;
		refused(start, end, -EBUSY);
		host_in_task = true;
		host_caps_final = false;
		refused(start, end, -EBUSY);
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
	while (window_part(&nr, &start, &end)) {
		test_context("%016lx", start);
		refused(start, end, -EINVAL);
		host_caps_final = false;
		refused(start, end, -EINVAL);
		host_caps_final = true;
	}
}

/* Each allocation fails in turn; every page is as it was, and nothing is lost. */
static void no_memory(void)
{
	const struct op *op = window_op(OP_INVALID);
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
				tables_fail = fail;
				ret = update_range_prot(at[i], at[j] - at[i], __pgprot(op->set),
							__pgprot(op->clear));
				test_count();
				if (ret)
					EXPECT(ret == -ENOMEM, "returned %d", ret);
				else
					pages_change(at[i], at[j], op->set, op->clear);
				pages_check();
				most = max(most, fail);
				if (test_failed())
					return;
			}
		}
	}
	/* One for each end, and more where there are PUD leaves. */
	EXPECT(most >= 2, "only %u allocations", most);
}

static unsigned long our_page, their_page;
static unsigned int their_op;
static int their_ret;

static void they_change(void)
{
	const struct op *op = window_op(their_op);

	their_ret = update_range_prot(their_page, PAGE_SIZE, __pgprot(op->set),
				      __pgprot(op->clear));
}

/* Another CPU takes this entry of a group out of it. */
static void they_unfold(const struct leaf *leaf)
{
	enum kernel_leaf_size from = leaf->level == 3 ? LEAF_CONT_PTE : LEAF_CONT_PMD;
	u64 old = *leaf->entry;

	rcu_read_lock();
	if (cmpxchg_relaxed(leaf->entry, old, old & ~LEAF_CONT) == old && (old & LEAF_CONT))
		leaf_count_moved(leaf->addr, leaf_size(leaf), from, from - 1);
	rcu_read_unlock();
}

/* All that the other CPU had time for is half of a group, from one of its ends. */
static void they_unfold_half(void)
{
	struct leaf *leaf = model_find(our_page);
	unsigned int nr, i;

	if (!leaf || !(*leaf->entry & LEAF_CONT))
		return;
	nr = group_entries(leaf->level);
	leaf -= leaf->addr / leaf_size(leaf) % nr;
	for (i = 0; i < nr / 2; i++)
		they_unfold(&leaf[i]);
}

/* At each moment of our change of one page, in each kind of leaf. */
static void beside(void (*theirs)(void), bool change)
{
	const struct op *op = window_op(OP_RO);
	unsigned int nr = 0, at;
	int ret;

	set_up();
	while (window_part(&nr, &our_page, &their_page)) {
		for (at = 0;; at++) {
			set_up();
			their_ret = 0;
			others_act(theirs, at);
			ret = update_range_prot(our_page, PAGE_SIZE, __pgprot(op->set),
						__pgprot(op->clear));
			if (!others_done())
				break;
			test_count();
			test_context("%016lx and %016lx, moment %u", our_page, their_page, at);
			EXPECT(!ret && !their_ret, "returned %d and %d", ret, their_ret);
			pages_change(our_page, our_page + PAGE_SIZE, op->set, op->clear);
			if (change)
				pages_change(their_page, their_page + PAGE_SIZE,
					     window_op(their_op)->set, window_op(their_op)->clear);
			/* Half a group unfolded is not well formed until we do the rest. */
			pages_check();
			if (test_failed())
				return;
		}
		EXPECT(at > 3, "only %u moments", at);
	}
}

static void two_owners(void)
{
	their_op = OP_INVALID;
	beside(they_change, true);
	their_op = OP_RO;
	beside(they_change, true);
}

static void half_of_a_group(void)
{
	unsigned long end;
	unsigned int nr = 0;

	/* Before our call: whoever looks at his own entry only would change it now. */
	set_up();
	while (window_part(&nr, &our_page, &end)) {
		if (!(model_find(our_page)->val & LEAF_CONT))
			continue;
		set_up();
		they_unfold_half();
		test_context("%016lx", our_page);
		log_reset();
		EXPECT(!update_range_prot(our_page, PAGE_SIZE, __pgprot(LEAF_RDONLY),
					  __pgprot(LEAF_WRITE)), "refused");
		pages_change(our_page, our_page + PAGE_SIZE, LEAF_RDONLY, LEAF_WRITE);
		test_count();
		pages_check();
	}
	beside(they_unfold_half, false);
}

/* Of a group, one entry still says contiguous, whichever: all of it is split before ours. */
static void last_of_a_group(void)
{
	unsigned long end;
	unsigned int nr = 0, group, i, k;

	set_up();
	while (window_part(&nr, &our_page, &end)) {
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
					they_unfold(&leaf[i]);
			}
			test_context("%016lx, of whose group entry %u is left", page, k);
			EXPECT(!update_range_prot(page, PAGE_SIZE, __pgprot(LEAF_RDONLY),
						  __pgprot(LEAF_WRITE)), "refused");
			pages_change(page, page + PAGE_SIZE, LEAF_RDONLY, LEAF_WRITE);
			test_count();
			pages_check();
			if (test_failed())
				return;
		}
	}
}

/* A leaf that ends where one begins in the next table, with PTEs. */
static bool before_a_table(const struct leaf *leaf)
{
	return leaf->level < 3 && leaf + 1 < leaves + nr_leaves &&
	       leaf[1].addr == leaf->addr + leaf_size(leaf) && leaf[1].level == 3;
}

/*
 * The last pages of a block are as they shall be, so it stays; the PTEs behind it
 * are not. Then another owner, of another page of the block, splits it.
 */
static void head_that_others_split(void)
{
	const struct op *op = window_op(OP_RW);
	unsigned int nr, at, found = 0;

	set_up();
	their_op = OP_RO;
	for (nr = 0; nr < nr_leaves; nr++) {
		if (!before_a_table(&leaves[nr]))
			continue;
		found++;
		for (at = 0;; at++) {
			unsigned long start, end;
			unsigned int i;
			int ret;

			set_up();
			/* More than the stores of neighbours are made in a row. */
			start = leaves[nr + 1].addr - 6 * PAGE_SIZE;
			end = leaves[nr + 1].addr + CONT_PTE_SIZE;
			their_page = start - PAGE_SIZE;
			for (i = nr + 1; leaves[i].addr < end; i++)
				*leaves[i].entry = (leaves[i].val & ~LEAF_WRITE) | LEAF_RDONLY;
			pages_take();
			log_reset();
			their_ret = 0;
			test_context("%016lx-%016lx, moment %u", start, end, at);
			others_act(they_change, at);
			ret = update_range_prot(start, end - start, __pgprot(op->set),
						__pgprot(op->clear));
			if (!others_done())
				break;
			test_count();
			EXPECT(!ret && !their_ret, "returned %d and %d", ret, their_ret);
			pages_change(start, end, op->set, op->clear);
			pages_change(their_page, start, LEAF_RDONLY, LEAF_WRITE);
			pages_check();
			if (test_failed())
				return;
		}
		EXPECT(at > 3, "only %u moments", at);
	}
	EXPECT(found, "no such leaf");
}

/* More than a call keeps what it saw of. */
#define NR	40

static unsigned int order[NR];

/* An area of pages, or of a block, whose alias lies in larger leaves. Returns where. */
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
	pages_take();
	log_reset();

	return linear;
}

/* Both mappings of @nr pages from @first on are what @o makes of them. */
static void area_changed(const struct set_memory_op *o, unsigned long linear, unsigned int first,
			 unsigned int nr)
{
	const struct op *op = window_op(o->op);
	unsigned long start = area_start + first * PAGE_SIZE;
	unsigned int i;

	pages_change(start, start + nr * PAGE_SIZE, op->set, op->clear);
	for (i = first; o->alias && i < first + nr; i++)
		pages_change(linear + order[i] * PAGE_SIZE, linear + (order[i] + 1) * PAGE_SIZE,
			     op->set & (LEAF_RDONLY | LEAF_WRITE),
			     op->clear & (LEAF_RDONLY | LEAF_WRITE));
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
			pages_check();
			if (test_failed())
				return;
		}
	}
}

/* Each allocation fails in turn, of the mapping and of all runs of the alias. */
static void no_memory_for_the_alias(void)
{
	const struct set_memory_op *o = &set_memory_ops[0];
	unsigned int fail, block;

	for (block = 0; block < 2; block++) {
		int ret = -ENOMEM;

		for (fail = 1; ret; fail++) {
			unsigned long linear = area_set_up(block, 2, LEAF_CONT);

			test_context("allocation %u, block %u", fail, block);
			tables_fail = fail;
			ret = o->fn(area_start + PAGE_SIZE, NR - 2);
			test_count();
			EXPECT(!ret || ret == -ENOMEM, "returned %d", ret);
			EXPECT(!log_rcu_outside, "%u accesses outside of RCU", log_rcu_outside);
			if (!ret)
				area_changed(o, linear, 1, NR - 2);
			pages_check();
			if (test_failed())
				return;
		}
		EXPECT(fail > 2, "only %u allocations", fail);
	}
}

/*
 * At each moment of a change of an area, another owner's page changes, which lies between
 * two of the area in the linear map, in a leaf of the same.
 */
static void area_beside(void (*theirs)(void), bool change, int alias_level, u64 alias_cont)
{
	const struct set_memory_op *o = &set_memory_ops[0];
	unsigned int at;

	/* All of the first ones, and then some: the runs are alike. */
	for (at = 0;; at += at < NR ? 1 : 7) {
		unsigned long linear = area_set_up(false, alias_level, alias_cont);
		int ret;

		our_page = linear + order[at % NR] * PAGE_SIZE;
		their_page = our_page + PAGE_SIZE;
		their_ret = 0;
		test_context("alias of level %d%s, %016lx, moment %u", alias_level,
			     alias_cont ? " cont" : "", their_page, at);
		others_act(theirs, at);
		ret = o->fn(area_start, NR);
		if (!others_done())
			break;
		test_count();
		EXPECT(!ret && !their_ret, "returned %d and %d", ret, their_ret);
		EXPECT(!log_count(EV_WARN), "a warning");
		area_changed(o, linear, 0, NR);
		if (change)
			pages_change(their_page, their_page + PAGE_SIZE, window_op(their_op)->set,
				     window_op(their_op)->clear);
		pages_check();
		if (test_failed())
			return;
	}
	EXPECT(at > NR, "only %u moments", at);
}

static void area_beside_all(int alias_level, u64 alias_cont)
{
	their_op = OP_INVALID;
	area_beside(they_change, true, alias_level, alias_cont);
	their_op = OP_RO;
	area_beside(they_change, true, alias_level, alias_cont);
	if (alias_cont)
		area_beside(they_unfold_half, false, alias_level, alias_cont);
}

static void alias_beside_another_owner(void)
{
	area_beside_all(3, 0);
	area_beside_all(3, LEAF_CONT);
	area_beside_all(2, 0);
	if (tables_root_level() < 2)
		area_beside_all(2, LEAF_CONT);
}

/* The mapping would have to be split, and the alias has a hole: neither is touched. */
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
	pages_take();
	shape_take();
	log_reset();
	ret = set_memory_ro(area_start, NR);
	test_count();
	EXPECT(ret == -EINVAL, "returned %d", ret);
	EXPECT(!log_count(EV_STORE), "%u stores", log_count(EV_STORE));
	pages_check();
	shape_check();
}

static void scattered_alias_in_blocks(void)
{
	vmalloc_ranges(false, 3, LEAF_CONT);
	vmalloc_ranges(false, 2, 0);
	/* map_mem() makes none in the root. */
	if (tables_root_level() < 2)
		vmalloc_ranges(false, 2, LEAF_CONT);
	if (!IS_ENABLED(CONFIG_ARM64_64K_PAGES) && tables_root_level() <= 1)
		vmalloc_ranges(false, 1, 0);
}

static void part_of_a_huge_vmalloc_leaf(void)
{
	vmalloc_ranges(true, 2, 0);
	vmalloc_ranges(true, 3, 0);
}

/* Nothing is split for it, before it or in it. */
static void part_of_a_vmalloc_pud(void)
{
	unsigned long pud = ALIGN(VMALLOC_START, LEVEL_SIZE(1)) + LEVEL_SIZE(1);

	/* With 64K pages there are none. */
	if (IS_ENABLED(CONFIG_ARM64_64K_PAGES) || tables_root_level() > 1)
		return;
	model_reset();
	host_bbml2 = true;
	model_map(pud - LEVEL_SIZE(2), 2, model_leaf(2, MEM_PHYS));
	model_map(pud, 1, model_leaf(1, ALIGN(MEM_PHYS, LEVEL_SIZE(1))));
	pages_take();
	refused(pud, pud + PAGE_SIZE, -EINVAL);
	refused(pud - PAGE_SIZE, pud + PAGE_SIZE, -EINVAL);
}

/* Every kind of split is counted and traced, once. */
static void counted(void)
{
	unsigned long start, end;
	unsigned int nr = 0, i;

	set_up();
	while (window_part(&nr, &start, &end)) {
		unsigned int splits = 0;
		const struct leaf *leaf;

		set_up();
		host_tracing = true;
		leaf = model_find(start);
		checked_change(window_op(OP_RO), start, end);
		for (i = DIRECT_MAP_CONT_PTE_SPLIT; i <= DIRECT_MAP_PUD_SPLIT; i++)
			splits += host_vm_events[i];
		test_context("%016lx", start);
		/* Itself, and each size on the way down to a page. */
		EXPECT(splits == (3 - leaf->level) * 2 + !!(leaf->val & LEAF_CONT), "%u", splits);
		EXPECT(host_traced == splits + 1, "%u tracepoints", host_traced);
	}
}

static void to_pages(void)
{
	unsigned long start, end;
	unsigned int nr = 0, i;

	set_up();
	while (window_part(&nr, &start, &end)) {
		set_up();
		shape_take();
		test_context("%016lx", start);
		EXPECT(!split_kernel_range_to_pages(start, start + 3 * PAGE_SIZE), "refused");
		for (i = 0; i < 4; i++)
			shape_cut(start + i * PAGE_SIZE);
		test_count();
		pages_check();
		shape_check();
	}
}

static const struct test_case cases[] = {
	{ "every_pair_of_bounds", every_pair_of_bounds },
	{ "invalid_leaves", invalid_leaves },
	{ "ng_mappings", ng_mappings },
	{ "where_it_cannot_sleep", where_it_cannot_sleep },
	{ "without_the_capability", without_the_capability },
	{ "no_memory", no_memory },
	{ "two_owners", two_owners },
	{ "half_of_a_group", half_of_a_group },
	{ "last_of_a_group", last_of_a_group },
	{ "head_that_others_split", head_that_others_split },
	{ "scattered_alias_in_blocks", scattered_alias_in_blocks },
	{ "part_of_a_huge_vmalloc_leaf", part_of_a_huge_vmalloc_leaf },
	{ "part_of_a_vmalloc_pud", part_of_a_vmalloc_pud },
	{ "no_memory_for_the_alias", no_memory_for_the_alias },
	{ "alias_beside_another_owner", alias_beside_another_owner },
	{ "hole_in_the_alias", hole_in_the_alias },
	{ "counted", counted },
	{ "to_pages", to_pages },
	{ }
};

const struct test_suite split_suite = { "split", cases };
