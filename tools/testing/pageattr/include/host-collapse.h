/* SPDX-License-Identifier: GPL-2.0-only */
/* What collapsing leaves uses: grace periods, locks, deferred work, kinds of memory. */
#ifndef HOST_COLLAPSE_H
#define HOST_COLLAPSE_H

#define _LINUX_INIT_H
#define _LINUX_JIFFIES_H
#define _LINUX_KFENCE_H
#define _LINUX_MEMBLOCK_H
#define _LINUX_MEMCONTROL_H
#define _LINUX_MODULE_PARAMS_H
#define _LINUX_PGALLOC_H
#define _LINUX_RWSEM_H
#define _LINUX_SCHED_MM_H
#define _LINUX_SLAB_H
#define _LINUX_WORKQUEUE_H
#define _LINUX_XARRAY_H
#define __ASM_SECTIONS_H
#define __LINUX_MEMORY_HOTPLUG_H

#include <asm/sparsemem.h>

/* Other CPUs can act while the worker waits here, see log_hook. */
void synchronize_rcu(void);
void get_online_mems(void);
void put_online_mems(void);

#define cond_resched()			host_might_sleep()
#define GFP_NOWAIT			0U
/* One CPU runs at a time. */
#define smp_mb()			do { } while (0)
#define xchg(ptr, val)						\
	({							\
		typeof(*(ptr)) __old = *(ptr);			\
								\
		*(ptr) = (val);					\
		__old;						\
	})
#define kvmalloc(size, gfp)		host_kvmalloc(size)
#define kvfree(ptr)			host_kvfree(ptr)
#define core_initcall(fn)		int host_##fn(void) { return fn(); }
#define module_param_cb(name, ops, arg, perm) \
	const struct kernel_param_ops *const host_##name##_ops = ops; \
	bool *const host_##name = arg
#define MODULE_PARM_DESC(name, text)

struct rw_semaphore {
	int unused;
};

extern struct rw_semaphore kernel_tables_rwsem;

struct kernel_param;

struct kernel_param_ops {
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buf, const struct kernel_param *kp);
};

extern const struct kernel_param_ops *const host_enable_ops;
extern bool *const host_enable;

int param_set_bool(const char *val, const struct kernel_param *kp);
int param_get_bool(char *buf, const struct kernel_param *kp);

/* One memory cgroup, which pays for all tables; the worker belongs to none. */
struct mem_cgroup;

#define virt_to_folio(addr)		((const void *)(addr))

struct mem_cgroup *get_mem_cgroup_from_folio(const void *folio);
struct mem_cgroup *set_active_memcg(struct mem_cgroup *memcg);
void mem_cgroup_put(struct mem_cgroup *memcg);

void *host_kvmalloc(unsigned long size);
void host_kvfree(void *ptr);
int host_collapse_init(void);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
DEFINE_GUARD(rwsem_write, struct rw_semaphore *, down_write(_T), up_write(_T))

/* Time passes where a test lets it, and for host_grace_ticks in each grace period. */
#define HZ				100
#define time_before(a, b)		((long)((a) - (b)) < 0)

extern unsigned long jiffies, host_grace_ticks;

/* An XArray of values, sorted by index. Its lock is not modelled. */
#define XA_MAX				256
#define XA_FLAGS_LOCK_IRQ		0

struct xarray {
	struct {
		unsigned long index;
		void *value;
	} slots[XA_MAX];
	unsigned int nr;
};

#define DEFINE_XARRAY_FLAGS(name, flags)	struct xarray name
#define xa_mk_value(value)		((void *)((value) << 1 | 1))
#define xa_to_value(entry)		((unsigned long)(entry) >> 1)
#define xa_empty(xa)			(!(xa)->nr)
#define xa_lock_irqsave(xa, flags)	((flags) = 0)
#define xa_unlock_irqrestore(xa, flags)	((void)(flags))
#define xa_lock_irq(xa)			do { } while (0)
#define xa_unlock_irq(xa)		do { } while (0)
#define xa_for_each_start(xa, index, entry, start) \
	for (index = start; ((entry) = xa_find(xa, &index)); index++)
#define xa_for_each(xa, index, entry)	xa_for_each_start(xa, index, entry, 0)

void *xa_find(struct xarray *xa, unsigned long *index);
int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void __xa_erase(struct xarray *xa, unsigned long index);
void xa_cmpxchg_irq(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp);

/* Number of calls of __xa_insert() that find no memory. */
extern unsigned int host_xa_fails;

/* One delayed work. It runs in flush_delayed_work() and host_time_passes(). */
struct work_struct {
	int unused;
};

struct delayed_work {
	struct work_struct work;
	void (*fn)(struct work_struct *work);
	bool queued;
	unsigned long expires;
};

struct workqueue_struct {
	int unused;
};

#define WQ_UNBOUND			1
#define WQ_FREEZABLE			2
#define DECLARE_DELAYED_WORK(name, func) \
	struct delayed_work name = { .fn = func }

#define to_delayed_work(w)		((struct delayed_work *)(w))

extern unsigned int host_work_runs, host_wq_flags;

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
			unsigned long delay);
void mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
		      unsigned long delay);
bool flush_delayed_work(struct delayed_work *work);
void host_time_passes(unsigned long ticks);

extern enum system_states { SYSTEM_RUNNING, SYSTEM_SUSPEND } system_state;

/* Memory that must not be collapsed: kernel image, hot-added memory, devices, KFENCE. */
extern unsigned long host_image_start, host_image_end;
extern unsigned long host_hot_start, host_hot_end;
extern unsigned long host_device_start, host_device_end;
/* Where a region of memblock begins in the middle of memory. */
extern unsigned long host_region_start;
extern char *__kfence_pool;

#define lm_alias(symbol)		host_lm_alias(#symbol)
#define KFENCE_POOL_SIZE		(64 * PAGE_SIZE)
#define PA_SECTION_SHIFT		SECTION_SIZE_BITS
/* Stands for the section by its physical address. */
#define __pfn_to_section(pfn)		PFN_PHYS(pfn)
#define early_section(section)		((section) < host_hot_start || (section) >= host_hot_end)

int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn,
			    unsigned long *end_pfn);

/* One region: the memory that the tests map. */
#define for_each_mem_range(i, p_start, p_end) \
	for (i = 0; i < 1 && host_mem_range(p_start, p_end); i++)

bool host_mem_range(phys_addr_t *start, phys_addr_t *end);
unsigned long host_lm_alias(const char *symbol);

static inline bool is_kfence_address(const void *addr)
{
	return __kfence_pool &&
	       (unsigned long)addr - (unsigned long)__kfence_pool < KFENCE_POOL_SIZE;
}

#endif /* HOST_COLLAPSE_H */
