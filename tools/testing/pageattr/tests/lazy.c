// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lazy MMU mode alone, and with an interrupt, a fault or another task at every access.
 * The tests compare whole sequences of events: see log_string().
 */
#include "ktap.h"
#include "leaf_rows.h"
#include "libc.h"
#include "log.h"

static unsigned long start;

/* Four PTEs for the task; after a gap, one PTE for the handler or the other task. */
#define NR	4
#define OTHER	(start + 8 * PAGE_SIZE)

static void set_up(void)
{
	unsigned int i;

	model_reset();
	start = linear_map + 4 * LEVEL_SIZE(top_leaf_level());
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

/* A store of the rest of the kernel. The log wants it in an RCU read-side critical section. */
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
	EXPECT(!current->thread.lazy_mmu_pending, "barriers pending");
	log_reset();
}

static void plain(void)
{
	set_up();

	/* Outside of lazy MMU mode, each store issues its barriers. */
	store(0);
	store(1);
	expect_log("SDISDI");

	/* In a lazy MMU section, the end issues one pair for all stores. */
	arch_enter_lazy_mmu_mode();
	store(0);
	store(1);
	store(2);
	arch_leave_lazy_mmu_mode();
	expect_log("SSSDI");

	/* The same is true for entries of a root other than swapper_pg_dir. */
	store_pgd(0);
	expect_log("SDI");
	arch_enter_lazy_mmu_mode();
	store_pgd(0);
	store_pgd(1);
	arch_leave_lazy_mmu_mode();
	expect_log("SSDI");

	/* No store: no barriers. */
	arch_enter_lazy_mmu_mode();
	arch_leave_lazy_mmu_mode();
	expect_log("");

	/*
	 * No barriers for invalid entries and entries of user space. The break-before-make
	 * checker allows the latter only in the place of a none entry.
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

	/* Outside of lazy MMU mode nothing is pending. */
	arch_flush_lazy_mmu_mode();
	expect_log("");
}

/* The end of a nested lazy MMU section issues the pending barriers. */
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

/* Within a lazy MMU section of the caller, a call leaves no barriers pending. */
static void in_lazy_mmu_section_of_caller(void)
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
		EXPECT(!current->thread.lazy_mmu_pending, "barriers pending for the caller");
		arch_leave_lazy_mmu_mode();
		expect_log(want);
	}
}

/* Entries of every level but the root queue their barriers. */
static void every_level(void)
{
	int level;

	for (level = top_leaf_level(); level <= 3; level++) {
		unsigned int stores = 0, i;
		unsigned long addr;

		if (level == tables_root_level())
			continue;
		map_leaf_rows();
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

/* Access @at of the change calls interrupt(), whose events are [@first, @behind). */
static unsigned int at, accesses;
static void (*interrupt)(void);
static unsigned int first, behind;

static void interrupt_once(enum access access, u64 *entry)
{
	if (accesses++ != at)
		return;
	first = log_nr;
	interrupt();
	behind = log_nr;
}

/* The handler or the other task changes one PTE and invalidates. */
static void change_other(void)
{
	EXPECT(!update_range_prot(OTHER, PAGE_SIZE, __pgprot(LEAF_RDONLY), __pgprot(0)),
	       "refused");
}

#define OTHER_EVENTS	"SDIDTHI"

/*
 * task                            interrupt handler
 * --------------------------      -------------------------------
 * enter lazy MMU mode
 * store, queue the barriers
 *                                 enter lazy MMU mode: no effect
 *                                 store, issue the barriers
 *                                 leave lazy MMU mode: no effect
 * leave lazy MMU mode:
 *   issue the barriers
 */
static void in_handler(void)
{
	host_in_task = false;
	arch_enter_lazy_mmu_mode();
	store(8);
	arch_leave_lazy_mmu_mode();
	change_other();
	host_in_task = true;
}

/* KFENCE makes a page invalid and valid in softirq. The invalid PTE needs no barriers. */
static void in_kfence(void)
{
	host_in_task = false;
	EXPECT(!set_memory_valid(OTHER, 1, 0) && !set_memory_valid(OTHER, 1, 1), "refused");
	host_in_task = true;
}

#define KFENCE_EVENTS	"SDTHISDI"

/*
 * Suspend and resume lazy MMU mode like el1_abort(). Suspending issues the pending barriers,
 * the stores of the handler issue their barriers at once.
 */
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
	EXPECT(!other.thread.lazy_mmu_depth && !other.thread.lazy_mmu_pending,
	       "the other task is in lazy MMU mode");
	host_current = task;
}

static void read_only(void)
{
	EXPECT(!update_range_prot(start, NR * PAGE_SIZE, __pgprot(LEAF_RDONLY), __pgprot(0)),
	       "refused");
}

static void make_invalid(void)
{
	EXPECT(!set_memory_valid(start, NR, 0), "refused");
}

/* Nested lazy MMU sections. */
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
 * Run @by at each access of @change. The events of @by are @theirs, those of @change are
 * the same as without @by. in_fault() issues the pending barriers of @change first.
 */
static void interrupt_each_access(void (*change)(void), void (*by)(void), const char *theirs)
{
	char alone[256];
	unsigned int own, i;

	set_up();
	change();
	memcpy(alone, log_string(), sizeof(alone));

	interrupt = by;
	for (at = 0;; at++) {
		set_up();
		accesses = 0;
		log_hook = interrupt_once;
		change();
		log_hook = NULL;
		if (accesses <= at)
			break;
		test_count();
		test_context("access %u", at);

		EXPECT(!current->thread.lazy_mmu_depth, "depth %u left",
		       current->thread.lazy_mmu_depth);
		EXPECT(!current->thread.lazy_mmu_pending, "barriers pending");

		for (i = own = 0; i < first; i++)
			own += events[i].type == EV_STORE;
		EXPECT(ends_with(log_string_of(first, behind), theirs), "%s and not %s",
		       log_string_of(first, behind), theirs);
		if (by == in_fault)
			EXPECT(!own || !strcmp(log_string_of(first, first + 2), "DI"),
			       "%u stores without barriers", own);
		else
			EXPECT(!strcmp(log_string_of(first, behind), theirs), "%s and not %s",
			       log_string_of(first, behind), theirs);
		log_delete(first, behind);
		EXPECT(!strcmp(log_string(), alone), "%s and not %s", log_string(), alone);
	}
	EXPECT(at >= NR, "only %u accesses", at);
}

static void interrupted(void)
{
	interrupt_each_access(read_only, in_handler, "SDI" OTHER_EVENTS);
	interrupt_each_access(make_invalid, in_handler, "SDI" OTHER_EVENTS);
	interrupt_each_access(two_sections, in_handler, "SDI" OTHER_EVENTS);
	interrupt_each_access(read_only, in_kfence, KFENCE_EVENTS);
	interrupt_each_access(make_invalid, in_kfence, KFENCE_EVENTS);
	interrupt_each_access(two_sections, in_kfence, KFENCE_EVENTS);
}

static void faulting(void)
{
	interrupt_each_access(read_only, in_fault, "SDI" OTHER_EVENTS);
	interrupt_each_access(make_invalid, in_fault, "SDI" OTHER_EVENTS);
	interrupt_each_access(two_sections, in_fault, "SDI" OTHER_EVENTS);

	/* Outside of lazy MMU mode, nothing is suspended. */
	set_up();
	EXPECT(!lazy_mmu_suspend(), "suspended");
	expect_log("");
	lazy_mmu_resume(0);
	store(0);
	expect_log("SDI");

	/* lazy_mmu_resume() restores the depth. */
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
	interrupt_each_access(read_only, in_other_task, OTHER_EVENTS);
	interrupt_each_access(make_invalid, in_other_task, OTHER_EVENTS);
	interrupt_each_access(two_sections, in_other_task, OTHER_EVENTS);
}

static const struct test_case cases[] = {
	{ "plain", plain },
	{ "flushed", flushed },
	{ "nested", nested },
	{ "in_lazy_mmu_section_of_caller", in_lazy_mmu_section_of_caller },
	{ "every_level", every_level },
	{ "interrupted", interrupted },
	{ "faulting", faulting },
	{ "preempted", preempted },
	{ }
};

const struct test_suite lazy_suite = { "lazy", cases };
