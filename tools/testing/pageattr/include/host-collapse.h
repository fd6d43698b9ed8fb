/* SPDX-License-Identifier: GPL-2.0-only */
/* What collapsing leaves uses: grace periods, locks, deferred work, kinds of memory. */
#ifndef HOST_COLLAPSE_H
#define HOST_COLLAPSE_H

#define _LINUX_KFENCE_H
#define _LINUX_MEMBLOCK_H
#define _LINUX_MMAP_LOCK_H
#define _LINUX_WORKQUEUE_H
#define __ASM_SECTIONS_H
#define __LINUX_MEMORY_HOTPLUG_H

#include <asm/sparsemem.h>

/* Other CPUs can act while the worker waits here, see log_hook. */
void synchronize_rcu(void);
void mmap_write_lock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);
void get_online_mems(void);
void put_online_mems(void);
void raw_spin_lock_irq(raw_spinlock_t *lock);
void raw_spin_unlock_irq(raw_spinlock_t *lock);

#define cond_resched()			host_might_sleep()
#define __RAW_SPIN_LOCK_UNLOCKED(name)	0

DEFINE_LOCK_GUARD_1(raw_spinlock_irq, raw_spinlock_t, raw_spin_lock_irq(_T->lock),
		    raw_spin_unlock_irq(_T->lock))
DEFINE_LOCK_GUARD_1(raw_spinlock_irqsave, raw_spinlock_t, raw_spin_lock_irq(_T->lock),
		    raw_spin_unlock_irq(_T->lock))

/* One delayed work. It runs in flush_delayed_work(). */
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
#define delayed_work_pending(w)		((w)->queued)

extern unsigned int host_work_runs;

bool queue_delayed_work(int wq, struct delayed_work *work, unsigned long delay);
bool flush_delayed_work(struct delayed_work *work);

extern enum system_states { SYSTEM_RUNNING, SYSTEM_SUSPEND } system_state;

/* Memory that must not be collapsed: kernel image, hot-added memory, devices, KFENCE. */
extern unsigned long host_image_start, host_image_end;
extern unsigned long host_hot_start, host_hot_end;
extern unsigned long host_device_start, host_device_end;
extern char *__kfence_pool;

#define lm_alias(symbol)		host_lm_alias(#symbol)
#define KFENCE_POOL_SIZE		(64 * PAGE_SIZE)
#define PA_SECTION_SHIFT		SECTION_SIZE_BITS
/* Stands for the section by its physical address. */
#define __pfn_to_section(pfn)		PFN_PHYS(pfn)
#define early_section(section)		((section) < host_hot_start || (section) >= host_hot_end)

bool memblock_is_region_memory(unsigned long base, unsigned long size);
unsigned long host_lm_alias(const char *symbol);

static inline bool is_kfence_address(const void *addr)
{
	return __kfence_pool &&
	       (unsigned long)addr - (unsigned long)__kfence_pool < KFENCE_POOL_SIZE;
}

#endif /* HOST_COLLAPSE_H */
