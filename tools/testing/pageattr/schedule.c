// SPDX-License-Identifier: GPL-2.0-only
#include "kernel.h"
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "schedule.h"
#include "tlb.h"

#define STACK_SIZE	0x20000

/* More moments than any schedule needs. */
#define MAX_MOMENTS	200000

/*
 * setcontext() enters a new stack, _longjmp() goes back to a stack. The address sanitizer is
 * told of each switch. The last one is the caller of schedule_run().
 */
static struct cpu {
	void *stack;
	size_t stack_size;
	void *fake_stack;
	struct host_ucontext start;
	struct host_jmp_buf resume;
	struct task_struct task;
	unsigned int rcu_depth;
	bool started;
	bool awaited;
	bool waits;
	bool done;
} cpus[MAX_CPUS + 1];
static struct cpu *const caller = &cpus[MAX_CPUS];

static struct schedule schedule;
static unsigned int nr_cpus, moments;
static void (*cpu_work)(void);
static bool printed;

static bool any_awaited(void)
{
	unsigned int i;

	for (i = 0; i < nr_cpus; i++) {
		if (cpus[i].awaited)
			return true;
	}

	return false;
}

/* A CPU that can go on instead of the current one; the caller if there is none. */
static struct cpu *next_cpu(void)
{
	struct cpu *next[MAX_CPUS];
	unsigned int nr = 0, i;

	for (i = 1; i < nr_cpus; i++) {
		struct cpu *cpu = &cpus[(log_cpu + i) % nr_cpus];

		if (!cpu->done && !(cpu->waits && any_awaited()))
			next[nr++] = cpu;
	}
	if (!nr)
		return caller;

	return next[schedule.any ? schedule.any(nr) : 0];
}

static void switch_to(struct cpu *from, struct cpu *to)
{
	unsigned int i, others = 0;

	from->rcu_depth = log_rcu_switch(0);
	for (i = 0; i < nr_cpus; i++)
		others = max(others, &cpus[i] == to ? 0 : cpus[i].rcu_depth);
	log_rcu_switch(others);
	log_rcu_switch(to->rcu_depth);
	log_cpu = to == caller ? 0 : to - cpus;
	host_current = &to->task;
	__sanitizer_start_switch_fiber(from->done ? NULL : &from->fake_stack, to->stack,
				       to->stack_size);
	if (!_setjmp(&from->resume)) {
		if (to->started)
			_longjmp(&to->resume, 1);
		to->started = true;
		setcontext(&to->start);
	}
	__sanitizer_finish_switch_fiber(from->fake_stack, NULL, NULL);
}

static bool preempts(void)
{
	unsigned int now = moments++, i;

	if (now == MAX_MOMENTS)
		test_bail("the schedule does not end");
	/* After a failure, finish without more preemptions. */
	if (printed)
		return false;
	if (schedule.period && !schedule.any(schedule.period))
		return true;
	for (i = 0; i < schedule.nr; i++) {
		if (schedule.at[i] == now)
			return true;
	}

	return false;
}

static void moment(bool store)
{
	struct cpu *next;

	if (test_failed() && !printed) {
		printed = true;
		log_print();
	}
	if (schedule.stores && !store)
		return;
	if (preempts()) {
		next = next_cpu();
		if (next != caller)
			switch_to(&cpus[log_cpu], next);
	}
}

/* Wait for each CPU that is now in an RCU read-side critical section. */
static void grace_period(void)
{
	struct cpu *me = &cpus[log_cpu], *cpu;

	for (cpu = cpus; cpu < cpus + nr_cpus; cpu++)
		cpu->awaited = cpu != me && cpu->rcu_depth;
	me->waits = true;
	while (any_awaited())
		switch_to(me, next_cpu());
	me->waits = false;
}

/* Entries above the leaves of the linear map do not change. */
static bool can_change(const u64 *entry)
{
	int top = max(IS_ENABLED(CONFIG_ARM64_4K_PAGES) ? 1 : 2, tables_root_level());

	return tables_of(entry)->level >= top && tlb_follows(entry);
}

static void on_access(enum access access, u64 *entry)
{
	/* A CPU that goes on meanwhile calls the hook, too. */
	log_hook = on_access;
	if (access == IN_GRACE_PERIOD)
		grace_period();
	else if (access != BEFORE_STORE && (!entry || can_change(entry)))
		moment(access == AFTER_STORE);
}

static void on_step(const struct event *ev)
{
	if (!log_rcu_held())
		cpus[log_cpu].awaited = false;
	if (!ev || ev->type != EV_TLBI || tlb_names(ev))
		moment(false);
}

static void run(void)
{
	struct cpu *me = &cpus[log_cpu];

	__sanitizer_finish_switch_fiber(NULL, caller->stack ? NULL : &caller->stack,
					caller->stack ? NULL : &caller->stack_size);
	cpu_work();
	me->done = true;
	switch_to(me, next_cpu());
}

static void prepare(struct cpu *cpu)
{
	if (!cpu->stack) {
		cpu->stack_size = STACK_SIZE;
		cpu->stack = aligned_alloc(PAGE_SIZE, STACK_SIZE);
	}
	cpu->task = (struct task_struct){ .thread = { 0 } };
	cpu->started = false;
	cpu->done = false;
	getcontext(&cpu->start);
	cpu->start.stack.sp = cpu->stack;
	cpu->start.stack.size = STACK_SIZE;
	makecontext(&cpu->start, run, 0);
}

unsigned int schedule_run(const struct schedule *s, void (*work)(void), unsigned int nr)
{
	struct task_struct *task = host_current;
	unsigned int i;

	schedule = *s;
	nr_cpus = nr;
	cpu_work = work;
	moments = 0;
	printed = false;
	for (i = 0; i < nr; i++)
		prepare(&cpus[i]);
	caller->started = true;
	log_hook = on_access;
	log_step = on_step;
	switch_to(caller, &cpus[schedule.first]);
	log_hook = NULL;
	log_step = NULL;
	host_current = task;

	return moments;
}
