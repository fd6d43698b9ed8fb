// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "other_cpu.h"
#include "tables.h"

/* Accesses to adjacent entries: the first ones are moments, and 16 of a whole table. */
#define FIRST_ACCESSES	8
#define EVERY_ACCESS	(PER_TABLE / 16)

static void (*action)(void);
static unsigned int wanted, moments, run;
static u64 *last_entry;
static bool acted;

static bool is_moment(enum access access, u64 *entry)
{
	bool next = entry && (entry == last_entry || entry == last_entry + 1);

	last_entry = entry;
	run = next ? run + 1 : 0;

	return (run < FIRST_ACCESSES || run % EVERY_ACCESS == 0) && moments++ == wanted;
}

static void on_access(enum access access, u64 *entry)
{
	unsigned int depth;

	if (!is_moment(access, entry))
		return;
	acted = true;
	depth = log_rcu_switch(0);
	action();
	log_rcu_switch(depth);
}

void other_cpu_act_at(void (*act)(void), unsigned int at)
{
	action = act;
	wanted = at;
	moments = 0;
	run = 0;
	last_entry = NULL;
	acted = false;
	log_hook = on_access;
}

bool other_cpu_acted(void)
{
	log_hook = NULL;

	return acted;
}

/*
 * Each CPU is a thread, and one thread runs at a time. CPU0 is the caller, CPU1 the thread
 * made here. CPU1 returns control when it waits for CPU0 or ends.
 */
static sem_t cpu0_turn, cpu1_turn;
static pthread_t cpu1;
static void (*cpu1_work)(void);
static bool on_cpu1, cpu1_waits;

static void *run_cpu1(void *arg)
{
	sem_wait(&cpu1_turn);
	cpu1_work();
	cpu1_work = NULL;
	sem_post(&cpu0_turn);

	return NULL;
}

static void switch_to_cpu1(void)
{
	unsigned int depth = log_rcu_switch(0);

	on_cpu1 = true;
	sem_post(&cpu1_turn);
	sem_wait(&cpu0_turn);
	on_cpu1 = false;
	log_rcu_switch(depth);
}

/* A grace period on CPU1 waits for the RCU read-side critical section of CPU0. */
static void wait_on_cpu1(enum access access, u64 *entry)
{
	if (!on_cpu1 || access != IN_GRACE_PERIOD || cpu1_waits)
		return;
	cpu1_waits = true;
	sem_post(&cpu0_turn);
	sem_wait(&cpu1_turn);
}

static void start_cpu1(void)
{
	log_hook = wait_on_cpu1;
	switch_to_cpu1();
	log_hook = NULL;
}

bool other_cpu_collapse_at(void (*change)(void), unsigned int at, void (*collapse)(void))
{
	bool reached;

	cpu1_work = collapse;
	cpu1_waits = false;
	sem_init(&cpu0_turn, 0, 0);
	sem_init(&cpu1_turn, 0, 0);
	pthread_create(&cpu1, NULL, run_cpu1, NULL);
	other_cpu_act_at(start_cpu1, at);
	change();
	reached = other_cpu_acted();
	if (cpu1_work)
		switch_to_cpu1();
	pthread_join(cpu1, NULL);
	log_hook = NULL;

	return reached;
}
