// SPDX-License-Identifier: GPL-2.0-only
/* Leaves that are put together again, also while others change and split them. */
#include "area.h"
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "others.h"
#include "pages.h"

static void set_up(void)
{
	window_linear_map();
	/* What cases before have left to do. */
	collapse_kernel_leaves_now();
	pages_take();
	shape_take();
	log_reset();
}

static int change(unsigned int nr, unsigned long start, unsigned long end)
{
	const struct op *op = window_op(nr);
	int ret = update_range_prot(start, end - start, __pgprot(op->set), __pgprot(op->clear));

	if (!ret)
		pages_change(start, end, op->set, op->clear);

	return ret;
}

/* Take something away, and what gives it back. */
static const struct { unsigned int take, give; } pairs[] = {
	{ OP_RO, OP_RW }, { OP_INVALID, OP_VALID }, { OP_INVALID, OP_DEFAULT },
	{ OP_RO, OP_DEFAULT },
};

/* Everything is as before all changes. */
static void check_restored(unsigned long start, unsigned long end)
{
	pages_check();
	shape_split_for_good(start);
	shape_split_for_good(end);
	shape_check();
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
			unsigned int take = pairs[n % ARRAY_SIZE(pairs)].take;
			unsigned int give = pairs[n % ARRAY_SIZE(pairs)].give, k;

			set_up();
			if (ng) {
				arm64_use_ng_mappings = true;
				for (k = 0; k < nr_leaves; k++)
					*leaves[k].entry |= LEAF_NG;
				pages_take();
				shape_take();
			}
			test_context("%s and %s of %016lx-%016lx", window_op(take)->name,
				     window_op(give)->name, at[i], at[j]);
			EXPECT(!change(take, at[i], at[j]), "refused");
			EXPECT(!change(give, at[i], at[j]), "refused");
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

static void as_before(void)
{
	round_trip(false);
}

static void as_before_ng(void)
{
	round_trip(true);
}

/* A block that was split, and a group in a table that stays: the whole sequence. */
static void order_of_events(void)
{
	unsigned long start, end;
	unsigned int nr = 0, seen = 0;

	set_up();
	while (window_part(&nr, &start, &end)) {
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
		/* Mark; exchange, invalidate the entries, and the walk caches; unmark; free. */
		EXPECT(!strcmp(log_string(), "DSDIGMDSDIDTHIDTHIDSDIGF"), "%s",
		       log_string());
		for (i = 0; i < log_nr; i++)
			tlbis += events[i].type == EV_TLBI && events[i].all;
		EXPECT(tlbis <= 1, "%u times all", tlbis);
		check_restored(start, end);
		seen |= BIT(leaf->level);
	}
	EXPECT(seen == (BIT(2) | BIT(3)), "levels %x", seen);
}

static void collapse_all(void)
{
	collapse_kernel_leaves(leaves[0].addr, end_of(&leaves[nr_leaves - 1]));
	collapse_kernel_leaves_now();
}

/* A part, and then all of the leaf in parts that several owners may have. */
static void only_the_default(void)
{
	static const unsigned int ops[] = { OP_RO, OP_INVALID };
	unsigned long start, end;
	unsigned int nr = 0, i;

	set_up();
	while (window_part(&nr, &start, &end)) {
		for (i = 0; i < ARRAY_SIZE(ops); i++) {
			unsigned long size;

			set_up();
			test_context("%s of %016lx", window_op(ops[i])->name, start);
			size = shape_size_at(start);
			EXPECT(!change(ops[i], start, end), "refused");
			shape_take();
			collapse_all();
			test_count();
			pages_check();
			shape_check();

			EXPECT(!change(ops[i], start & ~(size - 1), (start & ~(size - 1)) + size),
			       "refused");
			shape_take();
			collapse_all();
			test_count();
			pages_check();
			shape_check();
			if (test_failed())
				return;
		}
	}
}

/* Split at @start and given back, with something there that forbids to undo that. */
static void stays_small(unsigned long start, unsigned long most)
{
	EXPECT(!change(OP_RO, start, start + PAGE_SIZE), "refused");
	EXPECT(!change(OP_RW, start, start + PAGE_SIZE), "refused");
	collapse_all();
	test_count();
	pages_check();
	EXPECT(shape_size_at(start) <= most, "%016lx is in a leaf of %lx", start,
	       shape_size_at(start));
}

static void kfence_pool(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	while (window_part(&nr, &start, &end)) {
		test_context("%016lx", start);
		set_up();
		/* Its first, and its last page. */
		__kfence_pool = (char *)start;
		stays_small(start, PAGE_SIZE);
		set_up();
		__kfence_pool = (char *)(end - KFENCE_POOL_SIZE);
		stays_small(start, PAGE_SIZE);
	}
	/* Nothing is asked for by what is in it. */
	set_up();
	nr = 0;
	window_part(&nr, &start, &end);
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
	while (window_part(&nr, &start, &end)) {
		test_context("%016lx", start);
		set_up();
		host_image_start = start;
		host_image_end = end;
		stays_small(start, PAGE_SIZE);
	}
}

/* It may go in units of a section, wherever in the leaf that section is. */
static void hot_added_memory(void)
{
	unsigned long section = 1UL << SECTION_SIZE_BITS, start, end, size, at;
	unsigned int nr = 0, larger = 0, times;

	set_up();
	while (window_part(&nr, &start, &end)) {
		set_up();
		size = shape_size_at(start);
		test_context("%016lx", start);
		for (times = 0; times < 2; times++) {
			set_up();
			at = (start & ~(size - 1)) + (times ? size - section : 0);
			if (size < section)
				at = start & ~(section - 1);
			host_hot_start = at - linear_map + MEM_PHYS;
			host_hot_end = host_hot_start + section;
			larger += size > section;
			/* The leaf is not made again; the part that is hot is of sections. */
			stays_small(start, times ? max(size - 1, section) : section);
			/* Up to a section it may be put together. */
			if (size <= section)
				EXPECT(shape_size_at(start) == size, "%lx", shape_size_at(start));
		}
	}
	EXPECT(larger || (!IS_ENABLED(CONFIG_ARM64_4K_PAGES) && tables_root_level() > 1),
	       "no leaf is larger than a section");
}

/* It goes as it was added, which the leaf that it was part of may not have been. */
static void device_memory(void)
{
	unsigned long start, end, size;
	unsigned int nr = 0, times;

	set_up();
	while (window_part(&nr, &start, &end)) {
		set_up();
		size = shape_size_at(start);
		test_context("%016lx", start);
		for (times = 0; times < 2; times++) {
			set_up();
			host_device_start = (start & ~(size - 1)) - linear_map + MEM_PHYS +
					    (times ? size / 2 : 0);
			host_device_end = host_device_start + size / 2;
			stays_small(start, size / 2);
		}
	}
}

static void debug_pagealloc(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	while (window_part(&nr, &start, &end)) {
		test_context("%016lx", start);
		set_up();
		host_debug_pagealloc = true;
		stays_small(start, PAGE_SIZE);
	}
}

/* Pages come and go while memory is hibernated, and what was split then stays so. */
static void hibernation(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	while (window_part(&nr, &start, &end)) {
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
		/* The next one who asks is heard. */
		EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
		collapse_all();
		check_restored(start, end);
		test_count();
	}
}

/* A new table is not to be had: all stays, and goes the next time. */
static void no_memory(void)
{
	unsigned long start, end;
	unsigned int nr = 0, fail;

	set_up();
	while (window_part(&nr, &start, &end)) {
		for (fail = 1; fail < 4; fail++) {
			set_up();
			test_context("%016lx, allocation %u", start, fail);
			EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
			tables_fail = tables_tries + fail;
			collapse_kernel_leaves_now();
			test_count();
			pages_check();
			tables_fail = 0;
			collapse_all();
			check_restored(start, end);
			if (test_failed())
				return;
		}
	}
}

/* More tables than one batch has, of which each is put together. */
static void many_tables(void)
{
	unsigned int nr = 100, i;
	unsigned long start, at;

	model_reset();
	host_bbml2 = true;
	start = linear_map + FAR_OFF;
	for (i = 0; i < nr; i++)
		model_map(start + i * LEVEL_SIZE(2), 2,
			  model_leaf(2, start + i * LEVEL_SIZE(2) - linear_map + MEM_PHYS) |
			  LEAF_TAGGED);
	collapse_all();
	pages_take();
	shape_take();
	host_has_tlb_range = true;
	/* All but each third, so that nothing is next to each other for long. */
	for (i = 0; i < nr; i++) {
		if (i % 3 == 2)
			continue;
		at = start + i * LEVEL_SIZE(2) + PAGE_SIZE;
		EXPECT(!change(OP_RO, at, at + PAGE_SIZE), "refused");
	}
	for (i = 0; i < nr; i++) {
		at = start + i * LEVEL_SIZE(2) + PAGE_SIZE;
		EXPECT(!change(OP_RW, at, at + PAGE_SIZE), "refused");
	}
	log_reset();
	collapse_kernel_leaves_now();
	test_count();
	pages_check();
	shape_check();
	host_has_tlb_range = false;
}

/* What is far apart is asked for as one, and looked at in parts: others get their turn. */
static void in_parts(void)
{
	unsigned long start, at[2];
	unsigned int i, runs;

	model_reset();
	host_bbml2 = true;
	start = linear_map + FAR_OFF;
	at[0] = start;
	at[1] = start + 600 * LEVEL_SIZE(2);
	for (i = 0; i < 2; i++)
		model_map(at[i], 2, model_leaf(2, at[i] - linear_map + MEM_PHYS) | LEAF_TAGGED);
	collapse_all();
	pages_take();
	shape_take();
	for (i = 0; i < 2; i++) {
		EXPECT(!change(OP_RO, at[i] + PAGE_SIZE, at[i] + 2 * PAGE_SIZE), "refused");
		EXPECT(!change(OP_RW, at[i] + PAGE_SIZE, at[i] + 2 * PAGE_SIZE), "refused");
	}
	runs = host_work_runs;
	collapse_kernel_leaves_now();
	test_count();
	runs = host_work_runs - runs;
	EXPECT(runs >= 2 && runs <= 3, "%u runs", runs);
	pages_check();
	shape_check();
}

/* Another CPU's change, or split, of a page of a leaf that is being put together. */
static unsigned long our_page, their_page;
static unsigned int their_op;
static int their_ret;

static void they_change(void)
{
	const struct op *op = window_op(their_op);

	their_ret = update_range_prot(their_page, PAGE_SIZE, __pgprot(op->set),
				      __pgprot(op->clear));
}

static void they_split(void)
{
	their_ret = split_kernel_leaf_mapping(their_page, their_page + PAGE_SIZE);
}

/* It has changed: nothing is lost, also not later, and all can be given back. */
static void check_change_won(void (*theirs)(void))
{
	const struct op *op = window_op(their_op);

	test_count();
	EXPECT(!their_ret, "returned %d", their_ret);
	EXPECT(!log_count(EV_WARN), "a warning");
	if (theirs == they_change)
		pages_change(their_page, their_page + PAGE_SIZE, op->set, op->clear);
	pages_check();
	collapse_all();
	pages_check();
	if (theirs == they_change)
		EXPECT(!change(OP_DEFAULT, their_page, their_page + PAGE_SIZE), "refused");
	collapse_all();
	check_restored(our_page, their_page);
}

/* Our page was split, and given back; then what is left is put together. */
static void split_and_give_back(void)
{
	set_up();
	EXPECT(!change(OP_RO, our_page, our_page + PAGE_SIZE), "refused");
	EXPECT(!change(OP_RW, our_page, our_page + PAGE_SIZE), "refused");
	log_reset();
	their_ret = -1;
}

/* The whole of the change, at each moment of the collapse. */
static void collapse_disturbed(void (*theirs)(void), unsigned int op)
{
	unsigned int nr = 0, at;
	unsigned long end;

	their_op = op;
	set_up();
	while (window_part(&nr, &our_page, &end)) {
		for (at = 0;; at++) {
			split_and_give_back();
			/* The same page, and its neighbour. */
			their_page = at % 2 ? our_page : end;
			test_context("%016lx and %016lx, moment %u", our_page, their_page, at);
			others_act(theirs, at);
			collapse_kernel_leaves_now();
			if (!others_done())
				break;
			check_change_won(theirs);
			if (test_failed()) {
				log_print();
				return;
			}
		}
		EXPECT(at > 5, "only %u moments", at);
	}
}

static void beside_a_change(void)
{
	collapse_disturbed(they_change, OP_RO);
	collapse_disturbed(they_change, OP_INVALID);
}

static void they_change_in_softirq(void)
{
	host_in_task = false;
	they_change();
	host_in_task = true;
}

/* A page of its pool, which has a table in common with what is put together. */
static void beside_kfence(void)
{
	const unsigned long far = max(CONT_PTE_SIZE, KFENCE_POOL_SIZE);
	unsigned int nr = 0, at, met = 0;
	unsigned long end, leaf;

	their_op = OP_INVALID;
	set_up();
	while (window_part(&nr, &our_page, &end)) {
		set_up();
		leaf = our_page & ~(shape_size_at(our_page) - 1);
		their_page = (our_page & ~(CONT_PTE_SIZE - 1)) + far;
		if (their_page + KFENCE_POOL_SIZE > leaf + shape_size_at(our_page))
			continue;
		for (at = 0;; at++) {
			split_and_give_back();
			__kfence_pool = (char *)their_page;
			EXPECT(!split_kernel_leaf_mapping(their_page, their_page + PAGE_SIZE),
			       "not split");
			log_reset();
			test_context("%016lx and %016lx, moment %u", our_page, their_page, at);
			others_act(they_change_in_softirq, at);
			collapse_kernel_leaves_now();
			if (!others_done())
				break;
			__kfence_pool = NULL;
			met++;
			check_change_won(they_change);
			if (test_failed()) {
				log_print();
				return;
			}
		}
	}
	EXPECT(met > 20, "only %u moments", met);
}

static void beside_a_split(void)
{
	collapse_disturbed(they_split, OP_RO);
}

/* The collapse, up to where it has to wait, at each moment of the change. */
static void change_disturbed(void (*theirs)(void), unsigned int op)
{
	unsigned int nr = 0, at;
	unsigned long end;

	their_op = op;
	set_up();
	while (window_part(&nr, &our_page, &end)) {
		for (at = 0;; at++) {
			split_and_give_back();
			their_page = at % 2 ? our_page : end;
			test_context("%016lx and %016lx, moment %u", our_page, their_page, at);
			if (!others_between(theirs, at, collapse_kernel_leaves_now))
				break;
			check_change_won(theirs);
			if (test_failed()) {
				log_print();
				return;
			}
		}
		EXPECT(at > 2, "only %u moments", at);
	}
}

static void within_a_change(void)
{
	change_disturbed(they_change, OP_RO);
	change_disturbed(they_change, OP_INVALID);
}

static void within_a_split(void)
{
	change_disturbed(they_split, OP_RO);
}

/* Every other page of the leaf is of an area; more of them than a call keeps what it saw of. */
static unsigned int area_order[40];
static unsigned int nr_area;
static unsigned long area_linear;
static int our_ret;

static void we_protect_the_area(void)
{
	our_ret = set_memory_ro(area_start, nr_area);
}

static void area_changed(unsigned int nr)
{
	const struct op *op = window_op(nr);
	unsigned int i;

	pages_change(area_start, area_start + nr_area * PAGE_SIZE, op->set, op->clear);
	for (i = 0; i < nr_area; i++) {
		unsigned long page = area_linear + area_order[i] * PAGE_SIZE;

		pages_change(page, page + PAGE_SIZE, op->set, op->clear);
	}
}

/* Our page was split, and given back, in a leaf that the area's pages are of. */
static void area_set_up(bool small)
{
	unsigned int i;

	nr_area = small ? 4 : ARRAY_SIZE(area_order);
	for (i = 0; i < nr_area; i++)
		area_order[i] = 2 * i;
	set_up();
	area_linear = small ? ALIGN_DOWN(our_page, CONT_PTE_SIZE) : our_page;
	area_make(area_linear, area_order, nr_area);
	pages_take();
	shape_take();
	EXPECT(!change(OP_RO, our_page, our_page + PAGE_SIZE), "refused");
	EXPECT(!change(OP_RW, our_page, our_page + PAGE_SIZE), "refused");
	log_reset();
}

/* As within_a_change(), of a change that has an alias: that is in the leaf. */
static void within_a_change_with_alias(void)
{
	unsigned int nr = 0, at;
	unsigned long end;

	set_up();
	while (window_part(&nr, &our_page, &end)) {
		bool small = model_find(our_page)->level == 3;

		for (at = 0;; at += at < ARRAY_SIZE(area_order) ? 1 : 13) {
			area_set_up(small);
			test_context("%016lx, moment %u", our_page, at);
			if (!others_between(we_protect_the_area, at, collapse_kernel_leaves_now))
				break;
			test_count();
			EXPECT(!our_ret, "returned %d", our_ret);
			EXPECT(!log_count(EV_WARN), "a warning");
			area_changed(OP_RO);
			pages_check();
			/* What was asked for meanwhile puts nothing together that differs. */
			collapse_kernel_leaves_now();
			pages_check();
			EXPECT(!set_memory_rw(area_start, nr_area), "refused");
			area_changed(OP_RW);
			collapse_kernel_leaves_now();
			check_restored(our_page, our_page);
			if (test_failed()) {
				log_print();
				return;
			}
		}
		EXPECT(at > 2, "only %u moments", at);
		set_up();
	}
}

/* What is put together is counted, and traced. */
static void counted(void)
{
	unsigned long start, end;
	unsigned int nr = 0, i;

	set_up();
	while (window_part(&nr, &start, &end)) {
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

/* Neither vmalloc, nor a CPU that cannot, nor a change of nothing. */
static void not_asked_for(void)
{
	unsigned long start, end;
	unsigned int nr = 0;

	set_up();
	window_part(&nr, &start, &end);
	EXPECT(!change(OP_RO, start, end) && !change(OP_RW, start, end), "refused");
	collapse_kernel_leaves_now();
	log_reset();
	EXPECT(!change(OP_RW, start, end), "refused");
	collapse_kernel_leaves_now();
	EXPECT(!log_nr, "%s", log_string());
	collapse_kernel_leaves(VMALLOC_START, VMALLOC_START + LEVEL_SIZE(2));
	collapse_kernel_leaves_now();
	EXPECT(!log_nr, "%s", log_string());

	EXPECT(!change(OP_RO, start, end), "refused");
	collapse_kernel_leaves_now();
	host_bbml2 = false;
	EXPECT(!change(OP_RW, start, end), "refused");
	log_reset();
	collapse_all();
	EXPECT(!log_nr, "%s", log_string());
	test_count();
}

static const struct test_case cases[] = {
	{ "as_before", as_before },
	{ "as_before_ng", as_before_ng },
	{ "order_of_events", order_of_events },
	{ "only_the_default", only_the_default },
	{ "kfence_pool", kfence_pool },
	{ "image_alias", image_alias },
	{ "hot_added_memory", hot_added_memory },
	{ "device_memory", device_memory },
	{ "debug_pagealloc", debug_pagealloc },
	{ "hibernation", hibernation },
	{ "no_memory", no_memory },
	{ "many_tables", many_tables },
	{ "in_parts", in_parts },
	{ "beside_a_change", beside_a_change },
	{ "beside_kfence", beside_kfence },
	{ "beside_a_split", beside_a_split },
	{ "within_a_change", within_a_change },
	{ "within_a_change_with_alias", within_a_change_with_alias },
	{ "within_a_split", within_a_split },
	{ "counted", counted },
	{ "not_asked_for", not_asked_for },
	{ }
};

const struct test_suite collapse_suite = { "collapse", cases };
