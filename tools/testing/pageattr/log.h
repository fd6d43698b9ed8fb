/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event log: what the code under test did to the page tables, to the TLB and
 * to the order of both, as it happened.
 */
#ifndef LOG_H
#define LOG_H

enum event_type {
	EV_READ,	/* of a page table entry; only while log_reads is set */
	EV_STORE,
	EV_DSB_ISHST,
	EV_DSB_ISH,
	EV_ISB,
	EV_TLBI,
	EV_UNMAP_ALIASES,
	EV_WARN,
	EV_GRACE,
	EV_MMAP_LOCK,
	EV_FREE,
};

/**
 * struct event - one event
 * @type: which
 * @entry: the page table entry that was read or stored to; the table that was freed
 * @val: what was stored to it
 * @start: first address that a TLBI covers
 * @end: first address behind, 0 if it covers all
 * @level: the level hint of a TLBI as in its TTL field, 0 if it has none
 * @all: a TLBI that covers all addresses
 * @text: TLBI operation, or text of a warning
 */
struct event {
	enum event_type type;
	u64 *entry;
	u64 val;
	unsigned long start;
	unsigned long end;
	unsigned int level;
	bool all;
	const char *text;
};

#define LOG_MAX		0x20000U

extern struct event events[LOG_MAX];
extern unsigned int log_nr;
extern bool log_reads;

/*
 * Table reads and stores that were not in the RCU read section in which the first
 * read since log_reset() was made, and those that were in none.
 */
extern unsigned int log_rcu_torn;
extern unsigned int log_rcu_outside;

/*
 * Called for each access to an entry that others can see, after a read, before and
 * after a store, and where a CPU waits. Other CPUs can act there. Accesses of the hook
 * itself are logged, but do not call it. A compare and exchange that does not find
 * what it expects has no AFTER_STORE.
 */
enum access {
	AFTER_READ, BEFORE_STORE, AFTER_STORE, IN_ALLOCATION, IN_GRACE_PERIOD, IN_MMAP_LOCK,
};
extern void (*log_hook)(enum access access, u64 *entry);
void log_moment(enum access access);

/* Another CPU goes on, which is that deep in read sections; returns how deep this one is. */
unsigned int log_rcu_switch(unsigned int depth);
void log_free(u64 *table);

/* Whether init_mm's mmap lock is held for writing. */
bool log_mmap_locked(void);

void log_reset(void);
unsigned int log_count(enum event_type type);
void log_print(void);

/*
 * The log as a string, for small tests: S store, D DSB ISHST, H DSB ISH, I ISB,
 * T TLBI (any number of them in a row), U vm_unmap_aliases(), W warning, G grace
 * period, M init_mm's mmap lock for writing, F a table is freed.
 */
const char *log_string(void);
const char *log_string_of(unsigned int first, unsigned int behind);

/* Forget some events. */
void log_cut(unsigned int first, unsigned int behind);

/* With @log_reads, after one visit of each entry: none was read more often than need be. */
void log_check_reads(void);

/* The root is read-only in a kernel, but for the fixmap: who stores there now. */
extern unsigned int log_root_writable;

#endif /* LOG_H */
