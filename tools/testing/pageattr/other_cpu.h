/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another CPU. A call of the code under test has numbered moments: accesses to entries and
 * points where it waits, see log_hook. The other CPU acts once, at one moment. A sweep
 * repeats the call with the next number until the call has no such moment.
 */
#ifndef OTHER_CPU_H
#define OTHER_CPU_H

/*
 * Distance of the moments that a sweep tries. With larger tables a call has the same steps
 * and takes longer.
 */
#define OTHER_CPU_STEP	(PER_TABLE > 512 ? 5 : 1)

/* Call @act at moment @at of the next call. */
void other_cpu_act_at(void (*act)(void), unsigned int at);

/* Stop. Returns whether the moment was reached. */
bool other_cpu_acted(void);

/*
 * Run @change and @collapse on two CPUs, and return whether @change had moment @at:
 *
 *	CPU0				CPU1
 *	----				----
 *	@change, up to moment @at
 *					@collapse, up to its first grace period
 *	the rest of @change
 *					the rest of @collapse
 */
bool other_cpu_collapse_at(void (*change)(void), unsigned int at, void (*collapse)(void));

#endif /* OTHER_CPU_H */
