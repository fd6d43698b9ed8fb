// SPDX-License-Identifier: GPL-2.0-only
/*
 * Schedules of the collapse worker and of one to four changers. Each changer owns a range
 * and calls functions for it one after the other. tlb.c checks all that CPUs can cache
 * meanwhile, bbm.c the stores and the life of the tables, and the translation model the
 * result.
 *
 * The variable SCHEDULES sets the number of random schedules.
 */
#include "bbm.h"
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "schedule.h"
#include "split_model.h"
#include "tlb.h"
#include "vmalloc_area.h"

#define MAX_STEPS	4

/* Bits that are the same in an area and in its linear alias. */
#define ALIAS_BITS	(LEAF_RDONLY | LEAF_WRITE)

enum layout { LAYOUT_PMDS, LAYOUT_GROUP, LAYOUT_PUD, NR_LAYOUTS };

/* Before the changers start, each range has been: not changed, read-only and writable again. */
enum history { UNCHANGED, RESTORED };

/**
 * struct changer - the program of one CPU; without pages it is the collapse worker
 * @first: first page of its range, counted from @base
 * @nr: number of pages
 * @area: an area of vmalloc() has the pages
 * @nr_steps: number of @steps
 * @steps: the calls, as indices into steps[], or into set_memory_ops[] with @area
 */
struct changer {
	unsigned int first;
	unsigned int nr;
	bool area;
	unsigned int nr_steps;
	unsigned int steps[MAX_STEPS];
};

/**
 * struct program - what the CPUs do
 * @layout: how the memory is mapped
 * @history: what happened before
 * @alloc_fails: if not 0, this allocation fails
 * @nr_cpus: number of CPUs
 * @cpu: their programs
 */
struct program {
	enum layout layout;
	enum history history;
	unsigned int alloc_fails;
	unsigned int nr_cpus;
	struct changer cpu[MAX_CPUS];
};

static struct program program;
static unsigned long base;

/* The variable SCHEDULES, or 0. */
static unsigned long nr_schedules(void)
{
	const char *given = getenv("SCHEDULES");

	return given ? strtoul(given, NULL, 0) : 0;
}

static int change_range(unsigned int nr, unsigned long start, unsigned long end)
{
	const struct op *op = attr_op(nr);

	return update_range_prot(start, end - start, __pgprot(op->set), __pgprot(op->clear));
}

static int ro(unsigned long start, unsigned long end)
{
	return change_range(OP_RO, start, end);
}

static int rw(unsigned long start, unsigned long end)
{
	return change_range(OP_RW, start, end);
}

static int invalid(unsigned long start, unsigned long end)
{
	return set_memory_valid(start, (end - start) / PAGE_SIZE, 0);
}

static int valid(unsigned long start, unsigned long end)
{
	return set_memory_valid(start, (end - start) / PAGE_SIZE, 1);
}

static int direct_invalid(unsigned long start, unsigned long end)
{
	struct page *page = page_at(start);
	unsigned int nr = (end - start) / PAGE_SIZE;
	int ret = nr == 1 ? set_direct_map_invalid_noflush(page) :
			    set_direct_map_valid_noflush(page, nr, false);

	if (!ret)
		flush_tlb_kernel_range(start, end);

	return ret;
}

static int direct_default(unsigned long start, unsigned long end)
{
	if (end - start == PAGE_SIZE)
		return set_direct_map_default_noflush(page_at(start));

	return change_range(OP_DEFAULT, start, end);
}

static int split(unsigned long start, unsigned long end)
{
	int ret = split_kernel_leaf_at(start) ?: split_kernel_leaf_at(end);

	collapse_kernel_leaves(start, end + PAGE_SIZE);

	return ret;
}

static int present(unsigned long start, unsigned long end)
{
	EXPECT(kernel_page_present(page_at(start)) == tlb_wants_valid(start), "%016lx", start);

	return 0;
}

/* With NR_OPS, the call changes no attribute. */
enum { STEP_RO, STEP_RW, STEP_INVALID, STEP_DEFAULT, STEP_SPLIT, STEP_OTHER, NR_STEPS = 8 };

static const struct step {
	const char *name;
	int (*fn)(unsigned long start, unsigned long end);
	unsigned int op;
} steps[NR_STEPS] = {
	[STEP_RO] = { "ro", ro, OP_RO },
	[STEP_RW] = { "rw", rw, OP_RW },
	[STEP_INVALID] = { "set_memory_valid(0)", invalid, OP_INVALID },
	[STEP_DEFAULT] = { "default", direct_default, OP_DEFAULT },
	[STEP_SPLIT] = { "split", split, NR_OPS },
	[STEP_OTHER] = { "set_memory_valid(1)", valid, OP_VALID },
	{ "set_direct_map_*(invalid)", direct_invalid, OP_INVALID },
	{ "kernel_page_present()", present, NR_OPS },
};

static const char *step_name(const struct changer *c, unsigned int i)
{
	return c->area ? set_memory_ops[c->steps[i]].name : steps[c->steps[i]].name;
}

static unsigned long start_of(const struct changer *c)
{
	return base + c->first * PAGE_SIZE;
}

static unsigned long end_of(const struct changer *c)
{
	return start_of(c) + c->nr * PAGE_SIZE;
}

static void end_step(int ret, unsigned long start, unsigned long end, u64 set, u64 clear)
{
	tlb_changed(start, end, ret);
	if (!ret)
		translation_change(start, end, set, clear);
}

static void do_step(const struct changer *c, unsigned int i)
{
	unsigned int step = c->steps[i], nr = c->area ? set_memory_ops[step].op : steps[step].op;
	unsigned long start = start_of(c), end = end_of(c), size = end - start;
	struct op op = { .name = "none" };
	int ret;

	if (nr < NR_OPS)
		op = *attr_op(nr);
	if (c->area) {
		tlb_change(area_start, area_start + size, op.set, op.clear);
		tlb_change(start, end, op.set & ALIAS_BITS, op.clear & ALIAS_BITS);
		ret = set_memory_ops[step].fn(area_start, c->nr);
		end_step(ret, area_start, area_start + size, op.set, op.clear);
		end_step(ret, start, end, op.set & ALIAS_BITS, op.clear & ALIAS_BITS);
	} else {
		tlb_change(start, end, op.set, op.clear);
		ret = steps[step].fn(start, end);
		end_step(ret, start, end, op.set, op.clear);
	}
	EXPECT(!ret || (ret == -ENOMEM && program.alloc_fails), "%s returned %d", step_name(c, i),
	       ret);
	/* The next change of a group may be one of a part. */
	bbm_reset();
	test_count();
}

static void work(void)
{
	const struct changer *c = &program.cpu[log_cpu];
	unsigned int i;

	for (i = 0; i < c->nr_steps; i++)
		do_step(c, i);
	/* The collapse worker: changers make requests meanwhile. */
	for (i = 0; !c->nr && i < 3; i++) {
		collapse_kernel_leaves_now();
		log_moment(IN_MIGHT_SLEEP);
	}
}

static void map_layout(void)
{
	int level = program.layout == LAYOUT_PUD ? 1 : 2;
	unsigned int nr = 2, i;
	u64 more = LEAF_TAGGED;

	if (program.layout == LAYOUT_PUD)
		nr = 1;
	if (program.layout == LAYOUT_GROUP) {
		nr = group_entries(2);
		more |= LEAF_CONT;
	}
	model_reset();
	host_bbml2 = true;
	base = linear_map + FAR_OFF;
	for (i = 0; i < nr; i++) {
		unsigned long addr = base + i * LEVEL_SIZE(level);

		model_map(addr, level, model_leaf(level, addr - linear_map + MEM_PHYS) | more);
	}
	/* Requests of earlier programs. */
	collapse_kernel_leaves_now();
}

/* Map an area whose pages are those of the changer's range, in descending order. */
static void map_area(const struct changer *c)
{
	unsigned int order[MAX_AREA_PAGES], i;

	for (i = 0; i < c->nr; i++)
		order[i] = c->nr - 1 - i;
	area_make(start_of(c), order, c->nr);
}

/* The first and the last page of each range, and the pages before and after. */
static void follow(const struct changer *c)
{
	if (c->first)
		tlb_follow(start_of(c) - PAGE_SIZE);
	tlb_follow(start_of(c));
	tlb_follow(end_of(c) - PAGE_SIZE);
	if (end_of(c) < base + 2 * LEVEL_SIZE(2))
		tlb_follow(end_of(c));
	if (c->area)
		tlb_follow(area_start);
}

static void set_up(void)
{
	const struct changer *c;

	tlb_reset();
	map_layout();
	for (c = program.cpu; c < program.cpu + program.nr_cpus; c++) {
		if (c->area)
			map_area(c);
	}
	layout_record();
	for (c = program.cpu; c < program.cpu + program.nr_cpus; c++) {
		if (!c->nr || program.history != RESTORED)
			continue;
		EXPECT(!ro(start_of(c), end_of(c)) && !rw(start_of(c), end_of(c)), "refused");
	}
	translation_record();
	for (c = program.cpu; c < program.cpu + program.nr_cpus; c++) {
		if (c->nr)
			follow(c);
	}
	log_reset();
	bbm_reset();
	if (program.alloc_fails)
		table_alloc_fails_at = table_allocs + program.alloc_fails;
}

/* Each range has the default attributes in the end: nothing stays split. */
static bool restores(void)
{
	const struct changer *c;

	for (c = program.cpu; c < program.cpu + program.nr_cpus; c++) {
		unsigned int last = c->nr ? c->steps[c->nr_steps - 1] : STEP_DEFAULT;

		if (c->area ? set_memory_ops[last].op != OP_RW : steps[last].op != OP_DEFAULT)
			return false;
	}

	return !program.alloc_fails;
}

static void describe(const struct schedule *schedule)
{
	const struct changer *c;
	unsigned int i;

	printf("    #   layout %u, %s, start with CPU%u, preemptions %s", program.layout,
	       program.history == RESTORED ? "split and restored" : "not changed", schedule->first,
	       schedule->stores ? "after stores" : "at");
	for (i = 0; i < schedule->nr; i++)
		printf(" %u", schedule->at[i]);
	printf(schedule->period ? " and random, 1 of %u\n" : "\n", schedule->period);
	for (c = program.cpu; c < program.cpu + program.nr_cpus; c++) {
		printf("    #   CPU%d:", (int)(c - program.cpu));
		for (i = 0; i < c->nr_steps; i++)
			printf(" %s", step_name(c, i));
		printf(c->nr ? " of page %u, %u pages%s\n" : " collapse\n", c->first, c->nr,
		       c->area ? " (area)" : "");
	}
}

/* Run the program with one schedule. Returns the number of moments. */
static unsigned int run(const struct schedule *schedule)
{
	unsigned int moments;

	set_up();
	moments = schedule_run(schedule, work, program.nr_cpus);
	table_alloc_fails_at = 0;
	collapse_kernel_leaves_now();
	tlb_check();
	translation_check();
	if (restores())
		layout_check();
	EXPECT(!log_count(EV_WARN), "a warning");
	if (test_failed())
		describe(schedule);
	tlb_reset();

	return moments;
}

static bool layout_exists(enum layout layout)
{
	if (layout == LAYOUT_PUD)
		return IS_ENABLED(CONFIG_ARM64_4K_PAGES);

	return layout != LAYOUT_GROUP || tables_root_level() < 2;
}

/*
 * The next preemption. With larger tables a run has more moments and takes longer: unless
 * SCHEDULES is set, try only about @most of them, which depend on the seed.
 */
static unsigned int next_preemption(unsigned int at, unsigned int moments, unsigned int most)
{
	unsigned int step = 1;

	if (PER_TABLE > 512 && !nr_schedules())
		step += moments / most;

	return at + 1 + any(2 * step - 1);
}

/* Run the program with each schedule that has one preemption. */
static void preempt_once(void)
{
	struct schedule schedule = { .nr = 1 };
	unsigned int *at = schedule.at, moments;

	for (schedule.first = 0; schedule.first < program.nr_cpus; schedule.first++) {
		at[0] = 0;
		do {
			test_context("SEED=%lu, preemption %u", test_seed(), at[0]);
			moments = run(&schedule);
			at[0] = next_preemption(at[0], moments, 20);
		} while (at[0] < moments && !test_failed());
	}
}

/* Run the program with each schedule that has two preemptions after stores. */
static void preempt_twice(void)
{
	struct schedule schedule = { .nr = 2, .stores = true };
	unsigned int *at = schedule.at, moments;

	for (schedule.first = 0; schedule.first < program.nr_cpus; schedule.first++) {
		at[0] = 0;
		do {
			at[1] = at[0] + 1;
			do {
				test_context("SEED=%lu, preemptions %u and %u", test_seed(), at[0],
					     at[1]);
				moments = run(&schedule);
				at[1] = next_preemption(at[1], moments, 4);
			} while (at[1] < moments && !test_failed());
			at[0] = next_preemption(at[0], moments, 4);
		} while (at[0] < moments && !test_failed());
	}
}

static void preempt_each(const struct changer *cpu, unsigned int nr_cpus, enum history history,
			 void (*preempt)(void))
{
	unsigned int layout, i;

	for (layout = 0; layout < NR_LAYOUTS; layout++) {
		program = (struct program){
			.layout = layout,
			.history = history,
			.nr_cpus = nr_cpus,
		};
		for (i = 0; i < nr_cpus; i++)
			program.cpu[i] = cpu[i];
		if (layout_exists(layout) && !test_failed())
			preempt();
	}
}

/* The worker and one changer: of a page, of a group, of a PMD. */
static void worker_and_changer(void)
{
	const unsigned int cont = group_entries(3);
	struct changer cpu[2] = { };
	const struct changer changers[] = {
		{ .first = 1, .nr = 1, .nr_steps = 1, .steps = { STEP_RO } },
		{ .first = 1, .nr = 1, .nr_steps = 2, .steps = { STEP_INVALID, STEP_DEFAULT } },
		{ .first = 1, .nr = 1, .nr_steps = 1, .steps = { STEP_SPLIT } },
		{ .first = cont, .nr = cont, .nr_steps = 1, .steps = { STEP_RO } },
		{ .first = 0, .nr = PER_TABLE, .nr_steps = 1, .steps = { STEP_INVALID } },
	};
	unsigned int i;

	any_start(0);
	for (i = 0; i < ARRAY_SIZE(changers); i++) {
		cpu[1] = changers[i];
		preempt_each(cpu, 2, RESTORED, preempt_once);
	}
}

/* Two changers split one leaf, or one changes a group of it. */
static void two_changers(void)
{
	const unsigned int cont = group_entries(3);
	struct changer cpu[2] = { { .first = 1, .nr = 1, .nr_steps = 1, .steps = { STEP_RO } } };
	const struct changer others[] = {
		{ .first = 2, .nr = 1, .nr_steps = 1, .steps = { STEP_RO } },
		{ .first = cont - 1, .nr = 2, .nr_steps = 1, .steps = { STEP_INVALID } },
		{ .first = cont, .nr = cont, .nr_steps = 1, .steps = { STEP_RO } },
	};
	unsigned int i;

	any_start(1);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		cpu[1] = others[i];
		preempt_each(cpu, 2, UNCHANGED, preempt_once);
	}
}

/* All three meet the same marks. */
static void worker_and_two_changers(void)
{
	const struct changer cpu[3] = {
		{ .nr = 0 },
		{ .first = 1, .nr = 1, .nr_steps = 1, .steps = { STEP_RO } },
		{ .first = PER_TABLE / 2, .nr = 1, .nr_steps = 1, .steps = { STEP_INVALID } },
	};

	any_start(2);
	preempt_each(cpu, 3, RESTORED, preempt_twice);
}

/* A range at the start, at the end or around the boundary of two PMDs. */
static void random_range(struct changer *c)
{
	const unsigned int cont = group_entries(3), pmd = PER_TABLE;
	const unsigned int places[] = { 0, 1, 2, cont - 1, cont, 2 * cont, pmd - 2, pmd - 1, pmd };

	switch (any(pmd > 512 ? 24 : 6)) {
	case 0:
		c->first = any(2) * pmd;
		c->nr = pmd;
		break;
	case 1:
	case 2:
		c->first = any(2) * pmd + any(3) * cont;
		c->nr = (1 + any(2)) * cont;
		break;
	default:
		c->first = places[any(ARRAY_SIZE(places))];
		c->nr = 1 + any(3);
		break;
	}
}

static bool overlaps(const struct changer *a)
{
	const struct changer *b;

	for (b = program.cpu; b < a; b++) {
		if (a->first < b->first + b->nr && b->first < a->first + a->nr)
			return true;
	}

	return false;
}

static void random_changer(struct changer *c, bool may_have_area, bool restore)
{
	unsigned int i;

	c->area = may_have_area && c->nr <= MAX_AREA_PAGES && !any(3);
	c->nr_steps = 1 + any(MAX_STEPS);
	for (i = 0; i < c->nr_steps; i++)
		c->steps[i] = any(c->area ? ARRAY_SIZE(set_memory_ops) : NR_STEPS);
	if (!restore)
		return;
	if (!c->area)
		c->steps[c->nr_steps - 1] = STEP_DEFAULT;
	for (i = 0; c->area && set_memory_ops[i].op != OP_RW; i++)
		c->steps[c->nr_steps - 1] = i + 1;
}

static void random_program(void)
{
	bool restore = any(2);
	unsigned int i, tries;

	do {
		program = (struct program){
			.layout = any(NR_LAYOUTS),
			.history = any(2),
			.alloc_fails = any(8) ? 0 : 1 + any(4),
			.nr_cpus = 2 + any(MAX_CPUS - 1),
		};
	} while (!layout_exists(program.layout));
	/* CPU0 is the worker, or a changer. */
	for (i = any(8) ? 1 : 0; i < program.nr_cpus; i++) {
		struct changer *c = &program.cpu[i];

		for (tries = 0; tries < 20; tries++) {
			random_range(c);
			if (!overlaps(c))
				break;
		}
		/* All memory belongs to the other CPUs: leave this CPU out. */
		if (tries == 20)
			program.nr_cpus = i;
		else
			random_changer(c, i == 1, restore);
	}
}

/* Few preemptions anywhere, or many. @moments: the most of a run so far. */
static void random_schedule(struct schedule *schedule, unsigned int moments)
{
	unsigned int i;

	*schedule = (struct schedule){ .first = any(program.nr_cpus), .any = any };
	if (!any(4)) {
		schedule->stores = any(2);
		schedule->period = 2U << any(schedule->stores ? 3 : 7);
		return;
	}
	schedule->nr = 1 + any(ARRAY_SIZE(schedule->at));
	for (i = 0; i < schedule->nr; i++)
		schedule->at[i] = any(moments);
}

#define SCHEDULES_OF_PROGRAM	10

static void random_programs(void)
{
	unsigned long nr = nr_schedules() ?: PER_TABLE > 512 ? 200 : 2000, i;
	unsigned int moments = 1;
	struct schedule schedule;

	for (i = 0; i < nr && !test_failed(); i++) {
		any_start(i);
		if (i % SCHEDULES_OF_PROGRAM == 0) {
			random_program();
			moments = 1;
		}
		random_schedule(&schedule, moments);
		test_context("SEED=%lu, schedule %lu", test_seed(), i);
		moments = max(moments, run(&schedule));
	}
}

static const struct test_case cases[] = {
	{ "worker_and_changer", worker_and_changer },
	{ "two_changers", two_changers },
	{ "worker_and_two_changers", worker_and_two_changers },
	{ "random_programs", random_programs },
	{ }
};

const struct test_suite schedules_suite = { "schedules", cases };
