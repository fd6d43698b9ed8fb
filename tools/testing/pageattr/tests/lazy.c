// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lazy MMU mode, alone and disturbed at every access: by an interrupt, by a fault,
 * by another task. What is asserted are whole sequences, see log_string().
 */
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "window.h"

static unsigned long start;

/* Four PTEs to change, and behind a gap one for whoever disturbs. */
#define NR	4
#define OTHER	(start + 8 * PAGE_SIZE)

static void set_up(void)
{
	unsigned int i;

	model_reset();
	start = linear_map + 4 * LEVEL_SIZE(window_top_level());
	for (i = 0; i < 9; i++) {
		if (i < NR || i == 8)
			model_map(start + i * PAGE_SIZE, 3,
				  model_leaf(3, SZ_1G + i * PAGE_SIZE));
	}
	tables_copy();
	log_reset();
}

static pte_t *pte_at(unsigned int i)
{
	return (pte_t *)tables_entry(start + i * PAGE_SIZE, 3);
}

/* A store as others of the kernel make it, under RCU only for the log. */
static void store(unsigned int i)
{
	rcu_read_lock();
	__set_pte(pte_at(i), *pte_at(i));
	rcu_read_unlock();
}

static void store_pgd(unsigned int i)
{
	rcu_read_lock();
	set_pgd((pgd_t *)pte_at(i), __pgd(pte_val(*pte_at(i))));
	rcu_read_unlock();
}

static void expect_log(const char *want)
{
	test_count();
	EXPECT(!strcmp(log_string(), want), "%s and not %s", log_string(), want);
	EXPECT(!current->thread.lazy_mmu_depth, "depth %u left", current->thread.lazy_mmu_depth);
	EXPECT(!current->thread.lazy_mmu_pending, "barriers left");
	log_reset();
}

static void plain(void)
{
	set_up();

	/* Without the mode, each store has its barriers. */
	store(0);
	store(1);
	expect_log("SDISDI");

	/* With it, all of them have one pair. */
	arch_enter_lazy_mmu_mode();
	store(0);
	store(1);
	store(2);
	arch_leave_lazy_mmu_mode();
	expect_log("SSSDI");

	/* The same for entries of a root, which is not the one in use. */
	store_pgd(0);
	expect_log("SDI");
	arch_enter_lazy_mmu_mode();
	store_pgd(0);
	store_pgd(1);
	arch_leave_lazy_mmu_mode();
	expect_log("SSDI");

	/* None for nothing. */
	arch_enter_lazy_mmu_mode();
	arch_leave_lazy_mmu_mode();
	expect_log("");

	/*
	 * None for what no TLB can have: an invalid entry, and one of user space. Nothing
	 * may be in the place of the latter, or it would be another page than it was.
	 */
	*(u64 *)pte_at(1) = 0;
	arch_enter_lazy_mmu_mode();
	rcu_read_lock();
	__set_pte(pte_at(0), __pte(0));
	__set_pte(pte_at(1), __pte(pgprot_val(PAGE_SHARED)));
	rcu_read_unlock();
	arch_leave_lazy_mmu_mode();
	expect_log("SS");
}

static void flushed(void)
{
	set_up();

	arch_enter_lazy_mmu_mode();
	store(0);
	arch_flush_lazy_mmu_mode();
	arch_flush_lazy_mmu_mode();
	store(1);
	arch_leave_lazy_mmu_mode();
	expect_log("SDISDI");

	/* Outside of the mode there is nothing to flush. */
	arch_flush_lazy_mmu_mode();
	expect_log("");
}

/* The end of a nested section is an end: what it stored is in effect. */
static void nested(void)
{
	set_up();

	arch_enter_lazy_mmu_mode();
	store(0);
	arch_enter_lazy_mmu_mode();
	store(1);
	arch_leave_lazy_mmu_mode();
	store(2);
	store(3);
	arch_leave_lazy_mmu_mode();
	expect_log("SSDISSDI");

	arch_enter_lazy_mmu_mode();
	arch_enter_lazy_mmu_mode();
	arch_leave_lazy_mmu_mode();
	store(0);
	store(1);
	arch_leave_lazy_mmu_mode();
	expect_log("SSDI");
}

/* What a call changes in a section of its caller's is in effect when it returns. */
static void in_a_section_of_the_caller(void)
{
	static const unsigned int pages[] = { 1, NR };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		const char *want = pages[i] == 1 ? "SDTHISDI" : "SSSSDTHISSSSDI";

		set_up();
		test_context("%u pages", pages[i]);
		arch_enter_lazy_mmu_mode();
		EXPECT(!set_memory_valid(start, pages[i], 0), "refused");
		EXPECT(!set_memory_valid(start, pages[i], 1), "refused");
		EXPECT(!strcmp(log_string(), want), "%s and not %s", log_string(), want);
		EXPECT(!current->thread.lazy_mmu_pending, "barriers left to the caller");
		arch_leave_lazy_mmu_mode();
		expect_log(want);
	}
}

/* All levels have the mode. */
static void every_level(void)
{
	int level;

	for (level = window_top_level(); level <= 3; level++) {
		unsigned int stores = 0, i;
		unsigned long addr;

		if (level == tables_root_level())
			continue;
		window_stairs();
		tables_copy();
		for (i = 0; leaves[i].level != level; i++)
			;
		addr = leaves[i].addr;
		test_context("level %d", level);
		checked_range(addr, addr + 2 * LEVEL_SIZE(level), LEAF_RDONLY, 0);
		for (i = 0; i < log_nr; i++)
			stores += events[i].type == EV_STORE;
		EXPECT(stores == 2, "%u stores", stores);
		EXPECT(!strcmp(log_string(), "SSDIDTHI"), "%s", log_string());
	}
}

/* A change of all four, undisturbed and then disturbed at each of its accesses. */
static unsigned int at, accesses;
static void (*disturb)(void);
/* The events of the disturbance, and whether stores were made before it. */
static unsigned int first, behind;

static void disturb_once(enum access access, u64 *entry)
{
	if (accesses++ != at)
		return;
	first = log_nr;
	disturb();
	behind = log_nr;
}

/* The disturber's own change: one PTE, with an invalidation. */
static void change_other(void)
{
	EXPECT(!update_range_prot(OTHER, PAGE_SIZE, __pgprot(LEAF_RDONLY), __pgprot(0)),
	       "refused");
}

#define OTHER_EVENTS	"SDIDTHI"

/* A section of its own counts for nothing, and leaves the one of the task as it is. */
static void in_handler(void)
{
	host_in_task = false;
	arch_enter_lazy_mmu_mode();
	store(8);
	arch_leave_lazy_mmu_mode();
	change_other();
	host_in_task = true;
}

/* KFENCE, when memory is freed in softirq; what is invalid needs no barriers of its own. */
static void in_kfence(void)
{
	host_in_task = false;
	EXPECT(!set_memory_valid(OTHER, 1, 0) && !set_memory_valid(OTHER, 1, 1), "refused");
	host_in_task = true;
}

#define KFENCE_EVENTS	"SDTHISDI"

/* As el1_abort() handles it; what the handler stores is in effect at once. */
static void in_fault(void)
{
	unsigned int depth = lazy_mmu_suspend();

	EXPECT(!current->thread.lazy_mmu_depth && !current->thread.lazy_mmu_pending,
	       "not suspended");
	store(8);
	change_other();
	lazy_mmu_resume(depth);
}

static void in_other_task(void)
{
	static struct task_struct other;
	struct task_struct *task = current;

	host_current = &other;
	change_other();
	EXPECT(!other.thread.lazy_mmu_depth && !other.thread.lazy_mmu_pending, "not left");
	host_current = task;
}

static void read_only(void)
{
	EXPECT(!update_range_prot(start, NR * PAGE_SIZE, __pgprot(LEAF_RDONLY), __pgprot(0)),
	       "refused");
}

static void take_validity(void)
{
	EXPECT(!set_memory_valid(start, NR, 0), "refused");
}

/* Two sections, one in the other, as zapping and huge pages have them. */
static void two_sections(void)
{
	arch_enter_lazy_mmu_mode();
	store(0);
	store(1);
	arch_enter_lazy_mmu_mode();
	store(2);
	arch_leave_lazy_mmu_mode();
	store(3);
	arch_leave_lazy_mmu_mode();
}

static bool ends_with(const char *s, const char *end)
{
	unsigned int n = 0, m = 0;

	while (s[n])
		n++;
	while (end[m])
		m++;

	return n >= m && !strcmp(s + n - m, end);
}

/*
 * Our own events are the same as without the disturbance, and its events are
 * @theirs. A fault has the barriers of our stores before it, see in_fault().
 */
static void disturbed(void (*change)(void), void (*by)(void), const char *theirs)
{
	char alone[256];
	unsigned int own, i;

	set_up();
	change();
	memcpy(alone, log_string(), sizeof(alone));

	disturb = by;
	for (at = 0;; at++) {
		set_up();
		accesses = 0;
		log_hook = disturb_once;
		change();
		log_hook = NULL;
		if (accesses <= at)
			break;
		test_count();
		test_context("access %u", at);

		EXPECT(!current->thread.lazy_mmu_depth, "depth %u left",
		       current->thread.lazy_mmu_depth);
		EXPECT(!current->thread.lazy_mmu_pending, "barriers left");

		for (i = own = 0; i < first; i++)
			own += events[i].type == EV_STORE;
		EXPECT(ends_with(log_string_of(first, behind), theirs), "%s and not %s",
		       log_string_of(first, behind), theirs);
		if (by == in_fault)
			EXPECT(!own || !strcmp(log_string_of(first, first + 2), "DI"),
			       "%u stores are not in effect", own);
		else
			EXPECT(!strcmp(log_string_of(first, behind), theirs), "%s and not %s",
			       log_string_of(first, behind), theirs);
		log_cut(first, behind);
		EXPECT(!strcmp(log_string(), alone), "%s and not %s", log_string(), alone);
	}
	EXPECT(at >= NR, "only %u accesses", at);
}

static void interrupted(void)
{
	disturbed(read_only, in_handler, "SDI" OTHER_EVENTS);
	disturbed(take_validity, in_handler, "SDI" OTHER_EVENTS);
	disturbed(two_sections, in_handler, "SDI" OTHER_EVENTS);
	disturbed(read_only, in_kfence, KFENCE_EVENTS);
	disturbed(take_validity, in_kfence, KFENCE_EVENTS);
	disturbed(two_sections, in_kfence, KFENCE_EVENTS);
}

static void faulting(void)
{
	disturbed(read_only, in_fault, "SDI" OTHER_EVENTS);
	disturbed(take_validity, in_fault, "SDI" OTHER_EVENTS);
	disturbed(two_sections, in_fault, "SDI" OTHER_EVENTS);

	/* Outside of the mode there is nothing to suspend. */
	set_up();
	EXPECT(!lazy_mmu_suspend(), "suspended");
	expect_log("");
	lazy_mmu_resume(0);
	store(0);
	expect_log("SDI");

	/* It returns to the depth that it left. */
	arch_enter_lazy_mmu_mode();
	arch_enter_lazy_mmu_mode();
	store(0);
	in_fault();
	EXPECT(current->thread.lazy_mmu_depth == 2, "depth %u", current->thread.lazy_mmu_depth);
	store(1);
	arch_leave_lazy_mmu_mode();
	arch_leave_lazy_mmu_mode();
	expect_log("SDISDISDIDTHISDI");
}

static void preempted(void)
{
	disturbed(read_only, in_other_task, OTHER_EVENTS);
	disturbed(take_validity, in_other_task, OTHER_EVENTS);
	disturbed(two_sections, in_other_task, OTHER_EVENTS);
}

static const struct test_case cases[] = {
	{ "plain", plain },
	{ "flushed", flushed },
	{ "nested", nested },
	{ "in_a_section_of_the_caller", in_a_section_of_the_caller },
	{ "every_level", every_level },
	{ "interrupted", interrupted },
	{ "faulting", faulting },
	{ "preempted", preempted },
	{ }
};

const struct test_suite lazy_suite = { "lazy", cases };
