/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several CPUs, each with its stack. One runs at a time. It can be preempted at each
 * moment: an access to an entry that a followed page uses, a barrier, a TLBI that names a
 * followed page, the end of an RCU read-side critical section, and where it waits. Other
 * accesses commute with all that the other CPUs do. A grace period ends when each CPU has
 * left the RCU read-side critical section in which it was.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#define MAX_CPUS	5

/**
 * struct schedule - when a CPU is preempted
 * @first: the CPU that starts
 * @at: the moments with a preemption, ascending
 * @nr: number of @at
 * @period: if not 0, there is a preemption at one of @period moments, at random
 * @stores: count only the moments after a store
 * @any: returns a random number below n, to select the next CPU; if NULL, this is the next
 */
struct schedule {
	unsigned int first;
	unsigned int at[4];
	unsigned int nr;
	unsigned int period;
	bool stores;
	unsigned long (*any)(unsigned long n);
};

/* Run @work on each CPU until all are done. Returns the number of moments. */
unsigned int schedule_run(const struct schedule *schedule, void (*work)(void),
			  unsigned int nr_cpus);

#endif /* SCHEDULE_H */
