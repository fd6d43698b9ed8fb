/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event log: stores to the page tables, barriers and TLBIs of the code under test, in
 * program order.
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
	EV_TABLES_LOCK,
	EV_FREE,
};

/**
 * struct event - one event
 * @type: the type
 * @cpu: the CPU, see log_cpu
 * @entry: EV_READ, EV_STORE: the entry; EV_FREE: the table
 * @val: EV_STORE: the new value
 * @start: EV_TLBI: start address
 * @end: EV_TLBI: end address (exclusive); 0 is the end of the address space
 * @level: EV_TLBI: the TTL field, 0 is no hint
 * @all: EV_TLBI: covers all addresses, @start and @end are not used
 * @text: EV_TLBI: the operation; EV_WARN: the text of the warning
 */
struct event {
	enum event_type type;
	unsigned int cpu;
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

/* The CPU that runs; 0 without schedule.c. */
extern unsigned int log_cpu;

/*
 * Since log_reset(), reads of and stores to entries that were
 * @log_rcu_torn: not in the same RCU read-side critical section as the first one
 * @log_rcu_outside: in no RCU read-side critical section
 */
extern unsigned int log_rcu_torn;
extern unsigned int log_rcu_outside;

/*
 * Called around each access to an entry of a linked table, and where a CPU can wait. A
 * hook plays another CPU. Accesses of the hook are logged and do not call the hook. A
 * cmpxchg() that fails has BEFORE_STORE and no AFTER_STORE.
 */
enum access {
	AFTER_READ, BEFORE_STORE, AFTER_STORE, IN_MIGHT_SLEEP, IN_ALLOCATION, IN_GRACE_PERIOD,
};

extern void (*log_hook)(enum access access, u64 *entry);

/*
 * Called after a barrier or TLBI, and with NULL after an RCU read-side critical section:
 * schedule.c can switch to another CPU.
 */
extern void (*log_step)(const struct event *ev);

/* Call the hook where a CPU can wait. */
void log_moment(enum access access);

/*
 * Switch to another CPU, which has entered @depth RCU read-side critical sections.
 * Returns the depth of the current CPU.
 */
unsigned int log_rcu_switch(unsigned int depth);

/* Whether the current CPU is in an RCU read-side critical section. */
bool log_rcu_held(void);

/* Add an event. log_event() also passes it to the checks of bbm.c. */
struct event *log_add(enum event_type type);
void log_event(enum event_type type);

void log_reset(void);
unsigned int log_count(enum event_type type);
/* Print the last events. */
void log_print(void);

/*
 * The log, or events [@first, @end) of it, as a string: S store, D DSB ISHST, H DSB ISH,
 * I ISB, T TLBI (one letter for several in a row), U vm_unmap_aliases(), W warning,
 * G grace period, M kernel_tables_rwsem taken for writing, F table freed.
 */
const char *log_string(void);
const char *log_string_of(unsigned int first, unsigned int end);

/* Remove events [@first, @end). */
void log_delete(unsigned int first, unsigned int end);

/* With @log_reads: check that a walk has read each entry once. */
void log_check_reads(void);

/* Non-zero while the fixmap maps the root, which is read-only otherwise. */
extern unsigned int log_root_writable;

#endif /* LOG_H */
