/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks of each store to the tables and of the life of each table, in all test cases: the
 * rules of break-before-make (Arm ARM, "TLB maintenance requirements"), and when a table
 * can be linked, changed and freed. A violation fails the case. Without bbm.c these
 * functions do nothing.
 */
#ifndef BBM_H
#define BBM_H

#include "log.h"
#include "tables.h"

/* A test case begins. */
void bbm_reset(void);

/* *@entry is about to be read or stored to. */
void bbm_access(const u64 *entry);

/* *@entry is about to become @new; it was @old and has been replaced. */
void bbm_before_store(u64 *entry, u64 new);
void bbm_after_store(u64 *entry, u64 old);

void bbm_event(const struct event *ev);
void bbm_free(struct table *table);

/* No CPU is in an RCU read-side critical section: all changes are complete. */
void bbm_settle(void);

/* Set while kernel_tables_rwsem is held for writing. */
extern bool bbm_tables_locked;

/* With @bbm_planted, violations do not fail the case: a test reads the number and the last. */
extern bool bbm_planted;
extern unsigned int bbm_found;
extern const char *bbm_last;

#endif /* BBM_H */
