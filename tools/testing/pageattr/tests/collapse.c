// SPDX-License-Identifier: GPL-2.0-only
/* The collapse, alone and with concurrent changes and splits of the same leaves. */
#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"
#include "log.h"
#include "other_cpu.h"
#include "split_model.h"
#include "vmalloc_area.h"

/* COLLAPSE_CHUNK, the range of a request. */
#define CHUNK	(PAGE_SIZE << 18)

static void set_up(void)
{
	map_linear_map_rows();
	/* Requests of earlier cases. */
	collapse_kernel_leaves_now();
	translation_record();
	layout_record();
	log_reset();
}

static int change(unsigned int nr, unsigned long start, unsigned long end)
{
	const struct op *op = attr_op(nr);
	int ret = update_range_prot(start, end - start, __pgprot(op->set), __pgprot(op->clear));

	if (!ret)
		translation_change(start, end, op->set, op->clear);

	return ret;
}

/* An operation that splits leaves, and one that restores the default permission. */
static const struct { unsigned int op, restore; } pairs[] = {
	{ OP_RO, OP_RW }, { OP_INVALID, OP_VALID }, { OP_INVALID, OP_DEFAULT },
	{ OP_RO, OP_DEFAULT },
};

/* Pages and leaves are the same as at set_up(). A PUD block stays split with 16K pages. */
static void check_restored(unsigned long start, unsigned long end)
{
	translation_check();
	layout_split_pud_at(start);
	layout_split_pud_at(end);
	layout_check();
}

static void round_trip(bool ng)
{
	unsigned long at[MAX_BOUNDS];
	unsigned int i, j, nr, n = 0;

	set_up();
	nr = nr_bounds;
	memcpy(at, bounds, sizeof(at));
	for (i = 1; i < nr - 1; i++) {
		for (j = i + 1; j < nr - 1; j++, n++) {
			unsigned int op = pairs[n % ARRAY_SIZE(pairs)].op;
			unsigned int restore = pairs[n % ARRAY_SIZE(pairs)].restore, k;

			set_up();
			if (ng) {
				arm64_use_ng_mappings = true;
				for (k = 0; k < nr_leaves; k++)
					*leaves[k].entry |= LEAF_NG;
				translation_record();
				layout_record();
			}
			test_context("%s and %s of %016lx-%016lx", attr_op(op)->name,
				     attr_op(restore)->name, at[i], at[j]);
			EXPECT(!change(op, at[i], at[j]), "refused");
			EXPECT(!change(restore, at[i], at[j]), "refused");
			log_reset();
			collapse_kernel_leaves_now();
			test_count();
			EXPECT(!log_count(EV_WARN), "a warning");
			check_restored(at[i], at[j]);
			if (test_failed()) {
				log_print();
				return;
			}
		}
	}
}

static void restores_leaves(void)
{
	round_trip(false);
}

static void restores_leaves_ng(void)
{
	round_trip(true);
}

/*
 * Each allocation of a change fails in turn, after other leaves were split. A collapse
 * restores them.
 */
static void failed_change(void)
{
	unsigned long at[MAX_BOUNDS];
	unsigned int i, j, nr, fail, failed = 0;
	int ret;

	set_up();
	nr = nr_bounds;
	memcpy(at, bounds, sizeof(at));
	for (i = 1; i < nr - 1; i++) {
		for (j = i + 1; j < nr - 1; j += 3) {
			for (fail = 1, ret = -ENOMEM; ret; fail++) {
				set_up();
				test_context("%016lx-%016lx, allocation %u", at[i], at[j], fail);
				test_count();
				table_alloc_fails_at = table_allocs + fail;
				ret = change(OP_RO, at[i], at[j]);
				table_alloc_fails_at = 0;
				if (!ret)
					break;
				EXPECT(ret == -ENOMEM, "returned %d", ret);
				failed++;
				collapse_kernel_leaves_now();
				translation_check();
				/* With 16K pages a PUD block stays split, if it was split. */
				if (!IS_ENABLED(CONFIG_ARM64_16K_PAGES))
					layout_check();
				if (test_failed()) {
					log_print();
					return;
				}
			}
		}
	}
	EXPECT(failed > 2, "only %u allocations", failed);
}

/*
 * The whole sequence of events, where a block replaces a table of PTEs, and where a copy
 * with a contiguous group replaces it.
 */
static void order_of_events(void)
{
	unsigned long start, end;
	unsigned int nr = 0, seen = 0;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		const struct leaf *leaf = model_find(start);
		unsigned int i, tlbis = 0;

		if (leaf->level < 2 || (leaf->level == 2 && (leaf->val & LEAF_CONT)))
			continue;
		set_up();
		test_context("%016lx", start);
		EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
		log_reset();
		collapse_kernel_leaves_now();
		test_count();
		/*
		 * Take the semaphore; set TABLE_COLLAPSING; wait; replace the table entry;
		 * invalidate leaves and walk caches; clear TLBI_PENDING; wait; free the table.
		 */
		EXPECT(!strcmp(log_string(), "MDSDIGDSDIDTHIDTHIDSDIGF"), "%s",
		       log_string());
		for (i = 0; i < log_nr; i++)
			tlbis += events[i].type == EV_TLBI && events[i].all;
		EXPECT(tlbis <= 1, "%u TLBIs for all addresses", tlbis);
		check_restored(start, end);
		seen |= BIT(leaf->level);
	}
	EXPECT(seen == (BIT(2) | BIT(3)), "levels %x", seen);
}

static void collapse_all(void)
{
	collapse_kernel_leaves(leaves[0].addr, leaf_end(&leaves[nr_leaves - 1]));
	collapse_kernel_leaves_now();
}

/*
 * First a part of the leaf, then all of it has another permission than the default. The
 * leaf stays split: several owners may have changed the parts, and restoring one part must
 * need no split.
 */
static void only_default_permission(void)
{
	static const unsigned int ops[] = { OP_RO, OP_INVALID };
	unsigned long start, end;
	unsigned int nr = 0, i;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		for (i = 0; i < ARRAY_SIZE(ops); i++) {
			unsigned long size;

			set_up();
			test_context("%s of %016lx", attr_op(ops[i])->name, start);
			size = layout_leaf_size(start);
			EXPECT(!change(ops[i], start, end), "refused");
			layout_record();
			collapse_all();
			test_count();
			translation_check();
			layout_check();

			EXPECT(!change(ops[i], start & ~(size - 1), (start & ~(size - 1)) + size),
			       "refused");
			layout_record();
			collapse_all();
			test_count();
			translation_check();
			layout_check();
			if (test_failed())
				return;
		}
	}
}

/* Split and restore the page at @start. The leaf around it must not grow beyond @most. */
static void stays_split(unsigned long start, unsigned long most)
{
	EXPECT(!change(OP_RO, start, start + PAGE_SIZE), "refused");
	EXPECT(!change(OP_RW, start, start + PAGE_SIZE), "refused");
	collapse_all();
	test_count();
	translation_check();
	EXPECT(layout_leaf_size(start) <= most, "%016lx is in a leaf of %lx", start,
	       layout_leaf_size(start));
}

static void kfence_pool(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		test_context("%016lx", start);
		set_up();
		/* The page is the first page of the pool, then the last one. */
		__kfence_pool = (char *)start;
		stays_split(start, PAGE_SIZE);
		set_up();
		__kfence_pool = (char *)(end - KFENCE_POOL_SIZE);
		stays_split(start, PAGE_SIZE);
	}
	/* A change of a page in the pool requests no collapse. */
	set_up();
	nr = 0;
	next_partial_page(&nr, &start, &end);
	__kfence_pool = (char *)start;
	change(OP_RO, start, end);
	change(OP_RW, start, end);
	log_reset();
	collapse_kernel_leaves_now();
	EXPECT(!log_nr, "%s", log_string());
}

static void image_alias(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		test_context("%016lx", start);
		set_up();
		host_image_start = start;
		host_image_end = end;
		stays_split(start, PAGE_SIZE);

		/* Only its read-only part stays split: init memory is freed after boot. */
		set_up();
		host_image_end = start & ~(CONT_PTE_SIZE - 1);
		host_image_start = host_image_end - PAGE_SIZE;
		EXPECT(!change(OP_RO, start, start + PAGE_SIZE), "refused");
		EXPECT(!change(OP_RW, start, start + PAGE_SIZE), "refused");
		collapse_all();
		test_count();
		translation_check();
		EXPECT(layout_leaf_size(start) >= CONT_PTE_SIZE, "%016lx is in a leaf of %lx",
		       start, layout_leaf_size(start));
	}
}

/*
 * Hot-added memory can be removed section by section: no collapse makes a leaf that is
 * larger than a section, wherever the hot-added section lies in it.
 */
static void hot_added_memory(void)
{
	unsigned long section = 1UL << SECTION_SIZE_BITS, start, end, size, at;
	unsigned int nr = 0, larger = 0, times;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		set_up();
		size = layout_leaf_size(start);
		test_context("%016lx", start);
		for (times = 0; times < 2; times++) {
			set_up();
			at = (start & ~(size - 1)) + (times ? size - section : 0);
			if (size < section)
				at = start & ~(section - 1);
			host_hot_start = at - linear_map + MEM_PHYS;
			host_hot_end = host_hot_start + section;
			larger += size > section;
			/* Outside of the hot-added section, other leaves can be collapsed. */
			stays_split(start, times ? max(size - 1, section) : section);
			/* A leaf within the section is restored. */
			if (size <= section)
				EXPECT(layout_leaf_size(start) == size, "%lx",
				       layout_leaf_size(start));
		}
	}
	EXPECT(larger || (!IS_ENABLED(CONFIG_ARM64_4K_PAGES) && tables_root_level() > 1),
	       "no leaf is larger than a section");
}

/* Memory of a device can be removed alone: no collapse makes a leaf that has other memory. */
static void device_memory(void)
{
	unsigned long start, end, size;
	unsigned int nr = 0, times;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		set_up();
		size = layout_leaf_size(start);
		test_context("%016lx", start);
		for (times = 0; times < 2; times++) {
			set_up();
			host_device_start = (start & ~(size - 1)) - linear_map + MEM_PHYS +
					    (times ? size / 2 : 0);
			host_device_end = host_device_start + size / 2;
			stays_split(start, size / 2);
		}
	}
}

/* A region of memblock begins in a leaf, as at the boundary of two nodes. */
static void memblock_regions(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		set_up();
		test_context("%016lx", start);
		host_region_start = end - linear_map + MEM_PHYS;
		EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
		collapse_all();
		test_count();
		check_restored(start, end);
	}
}

static void debug_pagealloc(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		test_context("%016lx", start);
		set_up();
		host_debug_pagealloc = true;
		stays_split(start, PAGE_SIZE);
	}
}

/*
 * While hibernation copies memory, a change requests no collapse: the image could have the
 * work without its timer, or the other way round.
 */
static void hibernation(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		test_context("%016lx", start);
		set_up();
		EXPECT(!change(OP_INVALID, start, end), "refused");
		collapse_kernel_leaves_now();
		system_state = SYSTEM_SUSPEND;
		host_irqs_off = true;
		EXPECT(!change(OP_VALID, start, end), "refused");
		host_irqs_off = false;
		system_state = SYSTEM_RUNNING;
		log_reset();
		collapse_kernel_leaves_now();
		EXPECT(!log_nr, "%s", log_string());
		/* The next change requests a collapse. */
		EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
		collapse_all();
		check_restored(start, end);
		test_count();
	}
}

/* Without memory for a new table the leaf stays split, until the next collapse. */
static void no_memory(void)
{
	unsigned long start, end;
	unsigned int nr = 0, fail;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		for (fail = 1; fail < 4; fail++) {
			set_up();
			test_context("%016lx, allocation %u", start, fail);
			EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
			table_alloc_fails_at = table_allocs + fail;
			collapse_kernel_leaves_now();
			test_count();
			translation_check();
			table_alloc_fails_at = 0;
			collapse_all();
			check_restored(start, end);
			if (test_failed())
				return;
		}
	}
}

/* Map @nr PMD blocks from @at on, each @step bytes behind the last one. */
static void map_blocks(unsigned long at, unsigned int nr, unsigned long step)
{
	unsigned int i;

	model_reset();
	host_bbml2 = true;
	for (i = 0; i < nr; i++, at += step)
		model_map(at, 2, model_leaf(2, at - linear_map + MEM_PHYS) | LEAF_TAGGED);
	collapse_all();
	host_time_passes(10 * HZ);
	translation_record();
	layout_record();
	log_reset();
}

/* Split the block at @at and restore the permission. This requests a collapse. */
static void split_block(unsigned long at)
{
	EXPECT(!change(OP_RO, at + PAGE_SIZE, at + 2 * PAGE_SIZE), "refused");
	EXPECT(!change(OP_RW, at + PAGE_SIZE, at + 2 * PAGE_SIZE), "refused");
	test_count();
}

static bool is_split(unsigned long at)
{
	return tables_is_table(tables_entry(at, 2));
}

/* The tables of a chunk share two grace periods. */
static void many_tables(void)
{
	unsigned long start = linear_map + FAR_OFF;
	unsigned int nr = 100, i;

	map_blocks(start, nr, LEVEL_SIZE(2));
	host_has_tlb_range = true;
	/* Leave out each third block, so that no long row of tables is adjacent. */
	for (i = 0; i < nr; i++)
		if (i % 3 != 2)
			split_block(start + i * LEVEL_SIZE(2));
	log_reset();
	collapse_kernel_leaves_now();
	translation_check();
	layout_check();
	host_has_tlb_range = false;
}

/* Requests that are far apart: the worker reads nothing in between. */
static void distant_requests(void)
{
	unsigned long start = linear_map + FAR_OFF, far = 4 * CHUNK;
	unsigned int runs;

	map_blocks(start, 2, far);
	split_block(start);
	split_block(start + far);
	runs = host_work_runs;
	host_time_passes(HZ);
	EXPECT(host_work_runs - runs == 3, "%u runs", host_work_runs - runs);
	translation_check();
	layout_check();
}

/* The worker reads nothing behind the linear map. */
static void end_of_the_linear_map(void)
{
	unsigned long end = PAGE_END;
	unsigned int runs;

	map_blocks(end - LEVEL_SIZE(2), 1, 0);
	EXPECT(!change(OP_RO, end - PAGE_SIZE, end), "refused");
	EXPECT(!change(OP_RW, end - PAGE_SIZE, end), "refused");
	test_count();
	runs = host_work_runs;
	host_time_passes(HZ);
	EXPECT(host_work_runs - runs == 2, "%u runs", host_work_runs - runs);
	translation_check();
	/* With 52 bits, the page has no physical address: the table cannot collapse. */
	if (MEM_PHYS + (end - linear_map) < BIT(48))
		layout_check();
}

/* A request waits for its delay, also while the worker handles other requests. */
static void request_is_due_after_delay(void)
{
	unsigned long start = linear_map + FAR_OFF;

	map_blocks(start, 2, CHUNK);
	split_block(start);
	host_time_passes(HZ / 2);
	split_block(start + CHUNK);
	host_time_passes(HZ / 2 - 1);
	EXPECT(is_split(start), "collapsed before it is due");
	host_time_passes(1);
	EXPECT(!is_split(start), "not collapsed when it is due");
	EXPECT(is_split(start + CHUNK), "collapsed before it is due");
	host_time_passes(HZ);
	EXPECT(!is_split(start + CHUNK), "not collapsed");
	layout_check();
}

/*
 * Requests for low memory come all the time, more than the worker can handle. A request for
 * high memory gets its turn.
 */
static void requests_in_turn(void)
{
	unsigned long start = linear_map + FAR_OFF;
	unsigned int i, low;

	map_blocks(start, 4, CHUNK);
	split_block(start + 3 * CHUNK);
	host_grace_ticks = HZ / 4;
	for (i = 0; i < 20 && is_split(start + 3 * CHUNK); i++) {
		for (low = 0; low < 3; low++)
			if (!is_split(start + low * CHUNK))
				split_block(start + low * CHUNK);
		host_time_passes(i ? 1 : HZ);
	}
	EXPECT(i < 20, "not collapsed");
}

/* Isolated CPUs have no collapse, and hibernation freezes the worker. */
static void workqueue(void)
{
	EXPECT(host_wq_flags == (WQ_UNBOUND | WQ_FREEZABLE), "flags %x", host_wq_flags);
	test_count();
}

/* Memory for a request is missing: the worker requests all memory. */
static void request_without_memory(void)
{
	unsigned long start = linear_map + FAR_OFF;
	unsigned int fails;

	for (fails = 1; fails <= 3; fails++) {
		map_blocks(start, 2, CHUNK);
		host_xa_fails = fails;
		split_block(start);
		split_block(start + CHUNK);
		host_time_passes(fails * 2 * HZ);
		EXPECT(!host_xa_fails, "%u calls left", host_xa_fails);
		translation_check();
		layout_check();
	}
}

/* linear_map_collapse.enable: no collapse until all memory is requested later. */
static void switched_off(void)
{
	unsigned long start = linear_map + FAR_OFF;
	unsigned int runs;

	map_blocks(start, 2, CHUNK);
	split_block(start);
	host_enable_ops->set("N", NULL);
	host_time_passes(10 * HZ);
	runs = host_work_runs;
	split_block(start + CHUNK);
	host_time_passes(10 * HZ);
	EXPECT(host_work_runs == runs, "%u runs of the worker", host_work_runs - runs);
	EXPECT(is_split(start) && is_split(start + CHUNK), "collapsed");
	host_enable_ops->set("Y", NULL);
	host_time_passes(10 * HZ);
	translation_check();
	layout_check();
}

/* A scan that gains nothing reads one entry of each contiguous group. */
static void scan_without_gain(void)
{
	unsigned long start = linear_map + FAR_OFF;
	unsigned int reads = 0, i;

	map_blocks(start, 1, LEVEL_SIZE(2));
	EXPECT(!change(OP_RO, start, start + PAGE_SIZE), "refused");
	collapse_all();
	translation_record();
	layout_record();
	log_reset();
	log_reads = true;
	collapse_all();
	log_reads = false;
	for (i = 0; i < log_nr; i++)
		reads += events[i].type == EV_READ && tables_of(events[i].entry)->level == 3;
	EXPECT(!log_count(EV_STORE), "%s", log_string());
	EXPECT(reads && reads <= 2 * PER_TABLE / group_entries(3), "%u reads", reads);
	layout_check();
	test_count();
}

/* The memory cgroup that pays for a table also pays for the copy with a contiguous group. */
static void copies_are_charged(void)
{
	unsigned long start = linear_map + FAR_OFF, other = start + CONT_PTE_SIZE;

	map_blocks(start, 1, LEVEL_SIZE(2));
	EXPECT(!change(OP_RO, start, start + PAGE_SIZE), "refused");
	EXPECT(!change(OP_RO, other, other + PAGE_SIZE), "refused");
	EXPECT(!change(OP_RW, other, other + PAGE_SIZE), "refused");
	EXPECT(tables_charged == 1, "%u tables are charged", tables_charged);
	collapse_kernel_leaves_now();
	EXPECT(table_allocs == 2, "%u tables", table_allocs);
	EXPECT(tables_charged == 2, "%u tables are charged", tables_charged);
	test_count();
}

/* Split the leaves around both ends of a range. */
static int split_ends(unsigned long start, unsigned long end)
{
	return split_kernel_leaf_at(start) ?: split_kernel_leaf_at(end);
}

/*
 * A change or a split that finds a mark of a collapse clears it before any other store. For
 * TLBI_PENDING it first invalidates the range of the entry, and the walk caches. Otherwise
 * a stale walk cache can refill the TLB after the invalidation of the change:
 *
 * CPU0 (change)                   CPU1 (collapse)             CPU2 (any access)
 * --------------------------      -----------------------     ---------------------
 *                                                             cache the table entry
 *                                 replace the table entry,
 *                                   set TLBI_PENDING
 * change the new leaf, TLBI
 *                                                             fill the TLB from the
 *                                                               former table
 */
static void expect_mark_cleared(const u64 *entry, unsigned long addr, int level, u64 mark)
{
	const char *want = mark == TLBI_PENDING ? "DTHIDTHIDSDI" : "DSDI";
	unsigned long size = LEVEL_SIZE(level), pos = addr & ~(size - 1);
	unsigned int i, nr = 0;

	for (i = 0; i < log_nr && events[i].type != EV_STORE; i++) {
		if (events[i].type != EV_TLBI)
			continue;
		if (!strcmp(events[i].text, "vaae1is"))
			nr++;
		else if (events[i].all)
			pos += size;
		else if (EXPECT(events[i].start == pos, "TLBI of %016lx, not %016lx",
				events[i].start, pos))
			pos = events[i].end;
	}
	EXPECT(i < log_nr && events[i].entry == entry && !(events[i].val & COLLAPSE_MARKS),
	       "the first store is to %016lx", tables_addr(events[i].entry));
	/* Two more events: DSB and ISB after the store. */
	EXPECT(!strcmp(log_string_of(0, min(i + 3, log_nr)), want), "%s and not %s",
	       log_string_of(0, min(i + 3, log_nr)), want);
	EXPECT(!(*entry & COLLAPSE_MARKS), "the mark is left");
	EXPECT(nr == (mark == TLBI_PENDING), "%u TLBIs of walk caches", nr);
	EXPECT(pos == (addr & ~(size - 1)) + (nr ? size : 0), "TLBIs up to %016lx", pos);
}

/*
 * A split, a change that must split the leaf, a change of a PTE outside of a group, and the
 * reset of such a PTE by vfree().
 */
enum clearing { BY_SPLIT, BY_CHANGE_OF_LEAF, BY_CHANGE_OF_PTE, BY_RESET };

static void reset_page(unsigned long addr)
{
	const struct op *op = attr_op(OP_RW);

	area_pages[0] = page_at(addr);
	area = (struct vm_struct){ .pages = area_pages, .nr_pages = 1 };
	arch_vm_reset_perms(&area);
	translation_change(addr, addr + PAGE_SIZE, op->set, op->clear);
	EXPECT(events[0].type == EV_UNMAP_ALIASES, "no vm_unmap_aliases()");
	log_delete(0, 1);
}

static void clear_mark(enum clearing by, unsigned long start, unsigned long end, int level,
		       u64 mark)
{
	u64 *entry;

	set_up();
	if (by >= BY_CHANGE_OF_PTE)
		EXPECT(!change(OP_RO, start, end), "refused");
	if (by == BY_CHANGE_OF_PTE)
		EXPECT(!change(OP_RW, start, end), "refused");
	entry = tables_entry(start, level);
	*entry |= mark;
	test_context("way %d, %016lx, mark %llx at level %d", by, start, mark, level);
	test_count();
	log_reset();
	if (by == BY_SPLIT)
		EXPECT(!split_ends(start, end), "not split");
	else if (by == BY_RESET)
		reset_page(start);
	else
		EXPECT(!change(OP_RO, start, end), "refused");
	expect_mark_cleared(entry, start, level, mark);
	translation_check();
	if (by != BY_SPLIT)
		EXPECT(!change(OP_RW, start, end), "refused");
	collapse_all();
	check_restored(start, end);
}

/* The descriptor of a table can have either mark, that of a block TLBI_PENDING. */
static void clears_marks(enum clearing by)
{
	unsigned long start, end;
	unsigned int nr = 0, marks = 0;
	int level;

	set_up();
	while (next_partial_page(&nr, &start, &end) && !test_failed()) {
		const struct leaf leaf = *model_find(start);

		/* A collapse replaces tables of PMDs and of PTEs. */
		for (level = max(1, tables_root_level()); level <= 2; level++) {
			bool table = by >= BY_CHANGE_OF_PTE || level < leaf.level;

			if (table)
				clear_mark(by, start, end, level, TABLE_COLLAPSING);
			if (table || (level == leaf.level && !(leaf.val & LEAF_CONT)))
				clear_mark(by, start, end, level, TLBI_PENDING);
			marks += table;
		}
	}
	EXPECT(marks, "no marks");
}

static void change_clears_marks(void)
{
	clears_marks(BY_CHANGE_OF_LEAF);
	clears_marks(BY_CHANGE_OF_PTE);
}

static void reset_clears_marks(void)
{
	clears_marks(BY_RESET);
}

static void split_clears_marks(void)
{
	clears_marks(BY_SPLIT);
}

/* Collapses mark @marked_entry again after each store to it, @marks_left times. */
static u64 *marked_entry;
static unsigned int marks_left;

static void mark_again(enum access access, u64 *entry)
{
	if (access != AFTER_STORE || entry != marked_entry || !marks_left)
		return;
	marks_left--;
	*entry |= TABLE_COLLAPSING;
}

/*
 * The walk gives up with -EAGAIN if it finds a mark at each of its visits. A change then
 * walks again: -EAGAIN must not leave it.
 */
static void change_never_returns_eagain(void)
{
	unsigned long start, end;
	unsigned int nr = 0;
	int level;

	set_up();
	while (next_partial_page(&nr, &start, &end) && !test_failed()) {
		for (level = max(1, tables_root_level()); level <= 2; level++) {
			set_up();
			marked_entry = tables_entry(start, level);
			if (!tables_is_table(marked_entry))
				break;
			test_context("%016lx, marks at level %d", start, level);
			test_count();
			*marked_entry |= TABLE_COLLAPSING;
			marks_left = 100;
			log_hook = mark_again;
			EXPECT(!change(OP_RO, start, end), "refused");
			log_hook = NULL;
			EXPECT(!marks_left, "%u marks left", marks_left);
			translation_check();
			EXPECT(!change(OP_RW, start, end), "refused");
			collapse_all();
			check_restored(start, end);
		}
	}
}

/* kernel_page_present() and the walk that counts leaves use marked tables and store nothing. */
static void readers_ignore_marks(void)
{
	unsigned long start, end, before[NR_LEAF_SIZES], after[NR_LEAF_SIZES];
	unsigned int nr = 0, i;
	int level;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		for (level = max(1, tables_root_level()); level <= 2; level++) {
			u64 *entry = tables_entry(start, level);

			if (!tables_is_table(entry))
				break;
			test_context("%016lx, mark at level %d", start, level);
			test_count();
			log_reset();
			rcu_read_lock();
			leaf_count_walk(linear_map, PAGE_END, before);
			*entry |= TABLE_COLLAPSING;
			leaf_count_walk(linear_map, PAGE_END, after);
			rcu_read_unlock();
			for (i = 0; i < NR_LEAF_SIZES; i++)
				EXPECT(before[i] == after[i], "size %u: %lx and not %lx", i,
				       after[i], before[i]);
			EXPECT(kernel_page_present(page_at(start)), "not present");
			EXPECT(!log_nr, "%s", log_string());
			EXPECT(*entry & TABLE_COLLAPSING, "the mark is cleared");
			*entry &= ~TABLE_COLLAPSING;
		}
	}
}

/* Another CPU changes or splits @their_page. The collapse restores the leaf of @our_page. */
static unsigned long our_page, their_page, their_size;
static unsigned int their_op;
static int their_ret;

static void they_change(void)
{
	const struct op *op = attr_op(their_op);

	their_ret = update_range_prot(their_page, their_size, __pgprot(op->set),
				      __pgprot(op->clear));
}

static void they_split(void)
{
	their_ret = split_ends(their_page, their_page + their_size);
}

/*
 * The concurrent change is in effect, and no later collapse undoes it. After the default
 * permission is restored, a collapse restores the leaf.
 */
static void check_change_won(void (*theirs)(void))
{
	const struct op *op = attr_op(their_op);

	test_count();
	EXPECT(!their_ret, "returned %d", their_ret);
	EXPECT(!log_count(EV_WARN), "a warning");
	if (theirs == they_change)
		translation_change(their_page, their_page + their_size, op->set, op->clear);
	translation_check();
	collapse_all();
	translation_check();
	if (theirs == they_change)
		EXPECT(!change(OP_DEFAULT, their_page, their_page + their_size), "refused");
	collapse_all();
	check_restored(our_page, their_page);
}

/* Split and restore @our_page. This requests a collapse, which the caller runs. */
static void split_and_restore(void)
{
	set_up();
	EXPECT(!change(OP_RO, our_page, our_page + PAGE_SIZE), "refused");
	EXPECT(!change(OP_RW, our_page, our_page + PAGE_SIZE), "refused");
	log_reset();
	their_size = PAGE_SIZE;
	their_ret = -1;
}

/* A page in another contiguous group of the leaf of @our_page, or the next page. */
static unsigned long page_of_another_group(void)
{
	unsigned long page = ALIGN_DOWN(our_page, CONT_PTE_SIZE) + CONT_PTE_SIZE + PAGE_SIZE;
	const struct leaf *leaf = model_find(our_page);

	return page < leaf_end(leaf) ? page : our_page + PAGE_SIZE;
}

/*
 * At each access of the collapse, another CPU runs @theirs to its end, for example:
 *
 * CPU0 (change)                   CPU1 (collapse worker)
 * --------------------------      -------------------------------
 *                                 set TABLE_COLLAPSING
 * rcu_read_lock()
 * see the mark, clear it
 * store the PTE
 * rcu_read_unlock()
 *                                 synchronize_rcu()
 *                                 cmpxchg() fails: give up
 */
static void during_each_step_of_collapse(void (*theirs)(void), unsigned int op)
{
	unsigned int nr = 0, at;
	unsigned long end;

	their_op = op;
	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		for (at = 0;; at += OTHER_CPU_STEP) {
			split_and_restore();
			/* The same page, and its neighbour. */
			their_page = at % 2 ? our_page : end;
			test_context("%016lx and %016lx, access %u", our_page, their_page, at);
			other_cpu_act_at(theirs, at);
			collapse_kernel_leaves_now();
			if (!other_cpu_acted())
				break;
			check_change_won(theirs);
			if (test_failed()) {
				log_print();
				return;
			}
		}
		EXPECT(at > 5, "only %u accesses", at);
	}
}

static void change_during_collapse(void)
{
	during_each_step_of_collapse(they_change, OP_RO);
	during_each_step_of_collapse(they_change, OP_INVALID);
}

static void they_change_in_softirq(void)
{
	host_in_task = false;
	they_change();
	host_in_task = true;
}

/* KFENCE changes a page of its pool, which has a table in common with @our_page. */
static void kfence_during_collapse(void)
{
	const unsigned long far = max(CONT_PTE_SIZE, KFENCE_POOL_SIZE);
	unsigned int nr = 0, at, total = 0;
	unsigned long end, leaf;

	their_op = OP_INVALID;
	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		set_up();
		leaf = our_page & ~(layout_leaf_size(our_page) - 1);
		their_page = (our_page & ~(CONT_PTE_SIZE - 1)) + far;
		if (their_page + KFENCE_POOL_SIZE > leaf + layout_leaf_size(our_page))
			continue;
		for (at = 0;; at += OTHER_CPU_STEP) {
			split_and_restore();
			__kfence_pool = (char *)their_page;
			EXPECT(!split_ends(their_page, their_page + PAGE_SIZE),
			       "not split");
			log_reset();
			test_context("%016lx and %016lx, access %u", our_page, their_page, at);
			other_cpu_act_at(they_change_in_softirq, at);
			collapse_kernel_leaves_now();
			if (!other_cpu_acted())
				break;
			__kfence_pool = NULL;
			total++;
			check_change_won(they_change);
			if (test_failed()) {
				log_print();
				return;
			}
		}
	}
	EXPECT(total > 20, "only %u accesses", total);
}

static void split_during_collapse(void)
{
	during_each_step_of_collapse(they_split, OP_RO);
}

/*
 * At each access of @theirs, another CPU runs the collapse until it waits for the RCU
 * read-side critical section of @theirs:
 *
 * CPU0 (change)                   CPU1 (collapse worker)
 * --------------------------      -------------------------------
 * rcu_read_lock()
 * read the table entry
 *                                 set TABLE_COLLAPSING
 *                                 synchronize_rcu()
 * store the PTE                     ...
 * rcu_read_unlock()                 ...
 *                                 check the PTEs: one differs, give up
 */
static void during_each_step_of(void (*theirs)(void), unsigned int op)
{
	unsigned int nr = 0, at;
	unsigned long end;

	their_op = op;
	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		for (at = 0;; at += OTHER_CPU_STEP) {
			split_and_restore();
			their_page = at % 2 ? our_page : end;
			/* The change gives the last page its default permission. */
			if (op == OP_RW) {
				their_page = page_of_another_group();
				EXPECT(!change(OP_RO, their_page, their_page + PAGE_SIZE),
				       "refused");
				log_reset();
			}
			test_context("%016lx and %016lx, access %u", our_page, their_page, at);
			if (!other_cpu_collapse_at(theirs, at, collapse_kernel_leaves_now))
				break;
			check_change_won(theirs);
			if (test_failed()) {
				log_print();
				return;
			}
		}
		EXPECT(at > 2, "only %u accesses", at);
	}
}

static void collapse_during_change(void)
{
	during_each_step_of(they_change, OP_RO);
	during_each_step_of(they_change, OP_INVALID);
	during_each_step_of(they_change, OP_RW);
}

static bool collapsed;

static void collapse_once(enum access access, u64 *entry)
{
	if (access != IN_MIGHT_SLEEP || collapsed)
		return;
	collapsed = true;
	collapse_kernel_leaves_now();
}

/*
 * The change finds a table in its check pass, and leaves the RCU read-side critical section
 * to split a group in this table:
 *
 * CPU0 (change)                   CPU1 (collapse worker)
 * --------------------------      -------------------------------
 * rcu_read_lock()
 * check pass: find table A
 * rcu_read_unlock()
 *                                 replace and free table A
 * split the leaf
 * rcu_read_lock()
 * must not use table A
 */
static void collapse_before_split(void)
{
	unsigned int nr = 0, replaced = 0;
	unsigned long end;

	their_op = OP_RO;
	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		split_and_restore();
		their_page = page_of_another_group();
		test_context("%016lx and %016lx", our_page, their_page);
		collapsed = false;
		log_hook = collapse_once;
		they_change();
		log_hook = NULL;
		replaced += log_count(EV_FREE);
		check_change_won(they_change);
		if (test_failed()) {
			log_print();
			return;
		}
	}
	EXPECT(replaced, "no table was replaced");
}

static void collapse_during_split(void)
{
	during_each_step_of(they_split, OP_RO);
}

/*
 * Two threads play two CPUs: one runs the collapse, the other a change or a split. The
 * change pauses at access @pause while the collapse goes on to its next grace period:
 *
 * CPU0 (change)                   CPU1 (collapse worker)
 * --------------------------      -------------------------------
 *                                 set TABLE_COLLAPSING
 *                                 synchronize_rcu()
 * rcu_read_lock()
 * read the table entry: marked
 *                                 replace the table entry
 *                                 invalidate, clear TLBI_PENDING
 *                                 synchronize_rcu()
 * read the table entry again:       ...
 *   no mark                         ...
 * must not use the former table     ...
 * rcu_read_unlock()                 ...
 *                                 free the former table
 *
 * The change starts at step @start of the collapse. If @early, it starts between the two
 * passes of the collapse, and waits in an allocation until @start.
 */
static struct {
	sem_t change_turn;
	sem_t collapse_turn;
	void (*change)(void);
	bool early;
	unsigned int start;
	unsigned int pause;
	unsigned int steps;
	unsigned int accesses;
	unsigned int stores;
	const u64 *last;
	unsigned int waits;
	unsigned int rcu_depth;
	bool started;
	bool allocates;
	bool paused;
	bool ended;
} race;

static void *race_thread(void *arg)
{
	sem_wait(&race.change_turn);
	race.change();
	race.ended = true;
	sem_post(&race.collapse_turn);

	return NULL;
}

/*
 * The change can pause at its first store to a PTE and at each access above the PTEs, except
 * for the neighbour of the last entry.
 */
static void race_change_hook(enum access access, u64 *entry)
{
	bool stop = false;

	if (race.early && !race.allocates) {
		race.allocates = access == IN_ALLOCATION;
		stop = race.allocates;
	} else if (entry && entry != race.last + 1 && entry != race.last - 1 &&
		   (tables_of(entry)->level < 3 ||
		    (access == BEFORE_STORE && !race.stores++))) {
		stop = race.accesses++ == race.pause;
		race.paused |= stop;
	}
	race.last = entry;
	if (!stop)
		return;
	sem_post(&race.collapse_turn);
	sem_wait(&race.change_turn);
}

/* Let the change go on until it pauses or ends. */
static void race_change(void)
{
	static struct task_struct other;
	struct task_struct *task = current;
	unsigned int depth = log_rcu_switch(race.rcu_depth);

	host_current = &other;
	log_hook = race_change_hook;
	sem_post(&race.change_turn);
	sem_wait(&race.collapse_turn);
	log_hook = NULL;
	host_current = task;
	race.rcu_depth = log_rcu_switch(depth);
}

/* The steps of a pass: it checks a marked table, has set TLBI_PENDING, has cleared it. */
static void race_collapse_hook(enum access access, u64 *entry)
{
	bool grace = access == IN_GRACE_PERIOD, start = false;

	race.waits += grace;
	if (race.ended)
		return;
	if (race.early && !race.started)
		start = grace && race.waits == 2;
	else if (race.waits % 2 && (access == IN_MIGHT_SLEEP || access == AFTER_STORE))
		start = race.steps++ == race.start;
	race.started |= start;
	if (start || (grace && race.paused))
		race_change();
}

/* Returns whether the collapse and the change have these steps. */
static bool race_run(unsigned int start, unsigned int pause)
{
	pthread_t thread;

	race.start = start;
	race.pause = pause;
	race.steps = 0;
	race.accesses = 0;
	race.stores = 0;
	race.last = NULL;
	race.waits = 0;
	race.rcu_depth = 0;
	race.started = false;
	race.allocates = false;
	race.paused = false;
	race.ended = false;
	sem_init(&race.change_turn, 0, 0);
	sem_init(&race.collapse_turn, 0, 0);
	pthread_create(&thread, NULL, race_thread, NULL);
	log_hook = race_collapse_hook;
	collapse_kernel_leaves_now();
	log_hook = NULL;
	while (!race.ended)
		race_change();
	pthread_join(thread, NULL);

	return race.steps > start && race.paused;
}

/* Change or split the PTE-mapped page next to @our_page, or the whole PMD around it. */
enum race_kind { RACE_PAGE, RACE_PMD, RACE_EARLY };

static bool race_set_up(enum race_kind kind, void (*theirs)(void), unsigned long end)
{
	split_and_restore();
	race.change = theirs;
	race.early = kind == RACE_EARLY;
	their_page = end;
	if (kind == RACE_PAGE)
		return true;
	their_page &= ~(LEVEL_SIZE(2) - 1);
	if (kind == RACE_EARLY)
		their_page += 2 * CONT_PTE_SIZE + PAGE_SIZE;
	else
		their_size = LEVEL_SIZE(2);

	return model_find(our_page)->level <= 2;
}

static void replaced_during(enum race_kind kind, void (*theirs)(void))
{
	unsigned int nr = 0, start, pause, replaced = 0, seen = 0;
	unsigned long end;

	their_op = OP_RO;
	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		const struct leaf *leaf = model_find(our_page);
		unsigned int size = BIT(leaf->level * 2 + !!(leaf->val & LEAF_CONT));

		/* Each leaf size once. */
		if (seen & size)
			continue;
		seen |= size;
		for (start = 0, pause = 1; pause; start++) {
			for (pause = 0; race_set_up(kind, theirs, end); pause++) {
				test_context("%016lx, kind %d, step %u, access %u", our_page,
					     kind, start, pause);
				if (!race_run(start, pause))
					break;
				replaced += log_count(EV_FREE);
				check_change_won(theirs);
				if (test_failed()) {
					log_print();
					return;
				}
			}
		}
	}
	EXPECT(replaced > 20, "only %u tables replaced", replaced);
}

static void table_replaced_during_change(void)
{
	replaced_during(RACE_PAGE, they_change);
	replaced_during(RACE_PMD, they_change);
}

static void table_replaced_during_split(void)
{
	replaced_during(RACE_PAGE, they_split);
	/* Only 4K and 16K pages with three levels or more have tables of PMDs to replace. */
	if (CONFIG_PGTABLE_LEVELS > 2)
		replaced_during(RACE_EARLY, they_split);
}

/* Every other page of the leaf belongs to an area: more runs than one batch has. */
static unsigned int area_order[40];
static unsigned int nr_area;
static unsigned long area_linear;
static int our_ret;

static void protect_area(void)
{
	our_ret = set_memory_ro(area_start, nr_area);
}

static void area_changed(unsigned int nr)
{
	const struct op *op = attr_op(nr);
	unsigned int i;

	translation_change(area_start, area_start + nr_area * PAGE_SIZE, op->set, op->clear);
	for (i = 0; i < nr_area; i++) {
		unsigned long page = area_linear + area_order[i] * PAGE_SIZE;

		translation_change(page, page + PAGE_SIZE, op->set, op->clear);
	}
}

/* Split and restore @our_page, in a leaf that also maps the pages of the area. */
static void area_set_up(bool small)
{
	unsigned int i;

	nr_area = small ? 4 : ARRAY_SIZE(area_order);
	for (i = 0; i < nr_area; i++)
		area_order[i] = 2 * i;
	set_up();
	area_linear = small ? ALIGN_DOWN(our_page, CONT_PTE_SIZE) : our_page;
	area_make(area_linear, area_order, nr_area);
	translation_record();
	layout_record();
	EXPECT(!change(OP_RO, our_page, our_page + PAGE_SIZE), "refused");
	EXPECT(!change(OP_RW, our_page, our_page + PAGE_SIZE), "refused");
	log_reset();
}

/* Like collapse_during_change(), for a change whose alias lies in the leaf of @our_page. */
static void collapse_during_change_with_alias(void)
{
	unsigned int nr = 0, at;
	unsigned long end;

	set_up();
	while (next_partial_page(&nr, &our_page, &end)) {
		bool small = model_find(our_page)->level == 3;

		for (at = 0;; at += at < ARRAY_SIZE(area_order) ? 1 : 13) {
			area_set_up(small);
			test_context("%016lx, access %u", our_page, at);
			if (!other_cpu_collapse_at(protect_area, at, collapse_kernel_leaves_now))
				break;
			test_count();
			EXPECT(!our_ret, "returned %d", our_ret);
			EXPECT(!log_count(EV_WARN), "a warning");
			area_changed(OP_RO);
			translation_check();
			/* A collapse that was requested meanwhile finds pages that differ. */
			collapse_kernel_leaves_now();
			translation_check();
			EXPECT(!set_memory_rw(area_start, nr_area), "refused");
			area_changed(OP_RW);
			collapse_kernel_leaves_now();
			check_restored(our_page, our_page);
			if (test_failed()) {
				log_print();
				return;
			}
		}
		EXPECT(at > 2, "only %u accesses", at);
		set_up();
	}
}

/* Each collapse is counted and traced. */
static void counted(void)
{
	unsigned long start, end;
	unsigned int nr = 0, i;

	set_up();
	while (next_partial_page(&nr, &start, &end)) {
		unsigned int splits = 0, collapses = 0;

		set_up();
		test_context("%016lx", start);
		EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
		host_tracing = true;
		collapse_kernel_leaves_now();
		test_count();
		for (i = 0; i < 4; i++) {
			splits += host_vm_events[DIRECT_MAP_CONT_PTE_SPLIT + i];
			collapses += host_vm_events[DIRECT_MAP_CONT_PTE_COLLAPSE + i];
		}
		EXPECT(collapses && collapses <= splits, "%u splits and %u collapses", splits,
		       collapses);
		EXPECT(host_traced && host_traced <= collapses, "%u tracepoints", host_traced);
	}
}

/* No collapse after a call that changes nothing or is refused, in vmalloc, or without BBML2. */
static void not_requested(void)
{
	unsigned long start, end;
	unsigned int nr = 0, runs;

	set_up();
	next_partial_page(&nr, &start, &end);
	EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
	collapse_kernel_leaves_now();
	log_reset();
	runs = host_work_runs;
	EXPECT(!change(OP_RW, start, end), "refused");
	collapse_kernel_leaves_now();
	host_irqs_off = true;
	EXPECT(change(OP_RO, start, end) == -EBUSY, "not refused");
	host_irqs_off = false;
	collapse_kernel_leaves_now();
	collapse_kernel_leaves(VMALLOC_START, VMALLOC_START + LEVEL_SIZE(2));
	collapse_kernel_leaves_now();
	EXPECT(!log_nr, "%s", log_string());
	EXPECT(host_work_runs == runs, "%u runs of the worker", host_work_runs - runs);

	EXPECT(!change(OP_RO, start, end), "refused");
	collapse_kernel_leaves_now();
	host_bbml2 = false;
	EXPECT(!change(OP_RW, start, end), "refused");
	log_reset();
	runs = host_work_runs;
	collapse_all();
	EXPECT(!log_nr, "%s", log_string());
	EXPECT(host_work_runs == runs, "%u runs of the worker", host_work_runs - runs);
	test_count();
}

static const struct test_case cases[] = {
	{ "restores_leaves", restores_leaves },
	{ "restores_leaves_ng", restores_leaves_ng },
	{ "restores_leaves_of_a_failed_change", failed_change },
	{ "order_of_events", order_of_events },
	{ "only_default_permission", only_default_permission },
	{ "kfence_pool", kfence_pool },
	{ "image_alias", image_alias },
	{ "hot_added_memory", hot_added_memory },
	{ "device_memory", device_memory },
	{ "memblock_regions", memblock_regions },
	{ "debug_pagealloc", debug_pagealloc },
	{ "hibernation", hibernation },
	{ "no_memory", no_memory },
	{ "many_tables", many_tables },
	{ "distant_requests", distant_requests },
	{ "end_of_the_linear_map", end_of_the_linear_map },
	{ "request_is_due_after_delay", request_is_due_after_delay },
	{ "requests_in_turn", requests_in_turn },
	{ "workqueue", workqueue },
	{ "request_without_memory", request_without_memory },
	{ "switched_off", switched_off },
	{ "copies_are_charged", copies_are_charged },
	{ "scan_without_gain", scan_without_gain },
	{ "change_clears_marks", change_clears_marks },
	{ "reset_clears_marks", reset_clears_marks },
	{ "split_clears_marks", split_clears_marks },
	{ "change_never_returns_eagain", change_never_returns_eagain },
	{ "readers_ignore_marks", readers_ignore_marks },
	{ "change_during_collapse", change_during_collapse },
	{ "kfence_during_collapse", kfence_during_collapse },
	{ "split_during_collapse", split_during_collapse },
	{ "collapse_during_change", collapse_during_change },
	{ "collapse_during_change_with_alias", collapse_during_change_with_alias },
	{ "collapse_before_split", collapse_before_split },
	{ "collapse_during_split", collapse_during_split },
	{ "table_replaced_during_change", table_replaced_during_change },
	{ "table_replaced_during_split", table_replaced_during_split },
	{ "counted", counted },
	{ "not_requested", not_requested },
	{ }
};

const struct test_suite collapse_suite = { "collapse", cases };
