/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of changing translation tables that are in use (Arm ARM, "TLB maintenance
 * requirements", break-before-make), and those of tables that come and go. They are
 * applied to each store and each event of every case; what breaks one fails the case.
 */
#ifndef BBM_H
#define BBM_H

#include "log.h"
#include "tables.h"

/* @entry, in the tables, is about to become @new; and it has, in @table. */
void bbm_before_store(u64 *entry, u64 new);
void bbm_after_store(u64 *entry, u64 old);
void bbm_access(const u64 *entry);
void bbm_free(struct table *table);
void bbm_event(const struct event *ev);

/* No RCU read section is open: what was begun in one is complete. */
void bbm_settle(void);
void bbm_reset(void);

/* For cases that break the rules on purpose: count what is found, and do not fail. */
extern bool bbm_planted;
extern unsigned int bbm_found;
extern const char *bbm_last;

#endif /* BBM_H */
