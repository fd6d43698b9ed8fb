/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What splitting and collapsing use of the kernel: allocation, locks, other CPUs,
 * deferred work, counters. kernel.c, log.c and tables.c define it.
 */
#ifndef HOST_KERNEL_H
#define HOST_KERNEL_H

#include <linux/cleanup.h>
#include <linux/vm_event_item.h>
#include <asm/sparsemem.h>

/* Where a CPU can wait, others can act: see log_hook. */
void host_grace_period(void);
void host_might_sleep(void);

#define synchronize_rcu()		host_grace_period()
#define might_sleep()			host_might_sleep()
#define cond_resched()			host_might_sleep()
#define preempt_count()			(host_preempt_off || !host_in_task)
#define irqs_disabled()			host_irqs_off

extern enum system_states { SYSTEM_RUNNING, SYSTEM_SUSPEND } system_state;

extern bool host_preempt_off;
extern bool host_irqs_off;

DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())

void mmap_write_lock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);
void get_online_mems(void);
void put_online_mems(void);
void raw_spin_lock_irq(raw_spinlock_t *lock);
void raw_spin_unlock_irq(raw_spinlock_t *lock);

#define __RAW_SPIN_LOCK_UNLOCKED(name)	0

DEFINE_LOCK_GUARD_1(raw_spinlock_irq, raw_spinlock_t, raw_spin_lock_irq(_T->lock),
		    raw_spin_unlock_irq(_T->lock))
DEFINE_LOCK_GUARD_1(raw_spinlock_irqsave, raw_spinlock_t, raw_spin_lock_irq(_T->lock),
		    raw_spin_unlock_irq(_T->lock))

/* Page tables are all that is allocated here. */
#define GFP_KERNEL			1U
#define __GFP_NORETRY			2U
#define __GFP_NOWARN			4U
#define __GFP_ZERO			8U

unsigned long __get_free_page(unsigned int gfp);
bool PageReserved(const struct page *page);
void __free_page(struct page *page);
void free_reserved_page(struct page *page);

/* Tables of vmalloc's PMDs have a constructor, which can fail elsewhere. */
#define virt_to_ptdesc(table)		(table)
#define pagetable_pmd_ctor(ptdesc)	((void)(ptdesc), true)
#define pagetable_pmd_dtor(ptdesc)	((void)(ptdesc))

/* One delayed work, which runs when it is flushed. */
struct work_struct {
	int unused;
};

struct delayed_work {
	struct work_struct work;
	void (*fn)(struct work_struct *work);
	bool queued;
};

#define HZ				100
#define system_wq			0
#define system_freezable_wq		1
#define DECLARE_DELAYED_WORK(name, func) \
	struct delayed_work name = { .fn = func }

#define to_delayed_work(w)		((struct delayed_work *)(w))

extern unsigned int host_work_runs;

bool queue_delayed_work(int wq, struct delayed_work *work, unsigned long delay);
bool flush_delayed_work(struct delayed_work *work);

/* Memory that is not to be collapsed. */
extern unsigned long host_image_start, host_image_end;
extern unsigned long host_hot_start, host_hot_end;
extern unsigned long host_device_start, host_device_end;
extern char *__kfence_pool;

#define lm_alias(symbol)		host_lm_alias(#symbol)
#define KFENCE_POOL_SIZE		(64 * PAGE_SIZE)
#define PA_SECTION_SHIFT		SECTION_SIZE_BITS
/* Physical address of a section; only where it is tells whether it was hot-added. */
#define __pfn_to_section(pfn)		PFN_PHYS(pfn)
#define early_section(section)		((section) < host_hot_start || (section) >= host_hot_end)

bool memblock_is_region_memory(unsigned long base, unsigned long size);
unsigned long host_lm_alias(const char *symbol);

static inline bool is_kfence_address(const void *addr)
{
	return __kfence_pool &&
	       (unsigned long)addr - (unsigned long)__kfence_pool < KFENCE_POOL_SIZE;
}

typedef struct { long counter; } atomic_long_t;

#define ATOMIC_LONG_INIT(n)		{ (n) }
#define atomic_long_inc(v)		atomic_long_add(1, v)
#define atomic_long_dec(v)		atomic_long_sub(1, v)
#define atomic_long_add(n, v)		((void)((v)->counter += (n)))
#define atomic_long_sub(n, v)		((void)((v)->counter -= (n)))
#define atomic_long_read(v)		((v)->counter)

extern unsigned long host_vm_events[NR_VM_EVENT_ITEMS];

#define count_vm_event(item)		((void)host_vm_events[item]++)
#define count_vm_events(item, nr)	((void)(host_vm_events[item] += (nr)))

struct seq_file;

__printf(3, 4) int snprintf(char *s, size_t n, const char *format, ...);

#define seq_printf(m, ...)		((void)(m))

#endif /* HOST_KERNEL_H */
