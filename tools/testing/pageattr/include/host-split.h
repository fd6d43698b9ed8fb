/* SPDX-License-Identifier: GPL-2.0-only */
/* What splitting leaves uses: allocation of tables, the CPU's support. */
#ifndef HOST_SPLIT_H
#define HOST_SPLIT_H

#define __LINUX_GFP_H

/*
 * BBML2 without aborts: the boot CPU has it when all CPUs have it. Capabilities that are not
 * final become final right after the query number @host_caps_final_at with preemption on,
 * counted from 1; 0 is never.
 */
extern bool host_bbml2;
extern bool host_caps_final;
extern unsigned int host_caps_final_at;

bool system_capabilities_finalized(void);

#define system_supports_bbml2_noabort()	(host_caps_final && host_bbml2)
#define cpu_supports_bbml2_noabort()	host_bbml2

/* Atomic context, as a test sets it. Sleeping there is a warning. */
extern bool host_preempt_off;
extern bool host_irqs_off;

void host_might_sleep(void);
void might_sleep(void);

/* Calls of preempt_disable() without preempt_enable(). */
extern unsigned int host_preempt_depth;

void preempt_disable(void);
void preempt_enable(void);

#define preempt_count()			(host_preempt_depth || host_preempt_off || !host_in_task)
#define irqs_disabled()			host_irqs_off

/* In vmalloc_to_page(), which the tests call for any kernel address. */
#define VIRTUAL_BUG_ON(x)		((void)0)

/* The code under test allocates page tables only. */
#define GFP_KERNEL			1U
#define __GFP_NORETRY			2U
#define __GFP_NOWARN			4U
#define __GFP_ZERO			8U
#define __GFP_ACCOUNT			16U
#define GFP_KERNEL_ACCOUNT		(GFP_KERNEL | __GFP_ACCOUNT)

unsigned long __get_free_page(unsigned int gfp);
bool PageReserved(const struct page *page);
void __free_page(struct page *page);
void free_reserved_page(struct page *page);

typedef struct { long counter; } atomic_long_t;

#define ATOMIC_LONG_INIT(n)		{ (n) }
#define atomic_long_inc(v)		atomic_long_add(1, v)
#define atomic_long_dec(v)		atomic_long_sub(1, v)
#define atomic_long_add(n, v)		((void)((v)->counter += (n)))
#define atomic_long_sub(n, v)		((void)((v)->counter -= (n)))
#define atomic_long_read(v)		((v)->counter)

#endif /* HOST_SPLIT_H */
