// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "others.h"
#include "tables.h"

/* Of accesses to neighbours in a row: the first ones, and so many of a table. */
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

void others_act(void (*act)(void), unsigned int at)
{
	action = act;
	wanted = at;
	moments = 0;
	run = 0;
	last_entry = NULL;
	acted = false;
	log_hook = on_access;
}

bool others_done(void)
{
	log_hook = NULL;

	return acted;
}

/*
 * Two CPUs, each a thread, of which one runs. This one is the change; the other is
 * given its turn, and gives it back when it has to wait for us, or ends.
 */
static sem_t our_turn, their_turn;
static pthread_t them;
static void (*their_work)(void);
static bool are_them, waits;

static void *their_thread(void *arg)
{
	sem_wait(&their_turn);
	their_work();
	their_work = NULL;
	sem_post(&our_turn);

	return NULL;
}

static void let_them(void)
{
	unsigned int depth = log_rcu_switch(0);

	are_them = true;
	sem_post(&their_turn);
	sem_wait(&our_turn);
	are_them = false;
	log_rcu_switch(depth);
}

/* In a grace period of theirs: ours is a section that it has to wait for. */
static void they_wait(enum access access, u64 *entry)
{
	if (!are_them || access != IN_GRACE_PERIOD || waits)
		return;
	waits = true;
	sem_post(&our_turn);
	sem_wait(&their_turn);
}

static void start_them(void)
{
	log_hook = they_wait;
	let_them();
	log_hook = NULL;
}

bool others_between(void (*change)(void), unsigned int at, void (*collapse)(void))
{
	bool had;

	their_work = collapse;
	waits = false;
	sem_init(&our_turn, 0, 0);
	sem_init(&their_turn, 0, 0);
	pthread_create(&them, NULL, their_thread, NULL);
	others_act(start_them, at);
	change();
	had = others_done();
	if (their_work)
		let_them();
	pthread_join(them, NULL);
	log_hook = NULL;

	return had;
}
