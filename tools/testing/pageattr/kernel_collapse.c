// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stand-ins for what linear_map_collapse.c calls: grace periods, locks, requests, deferred
 * work.
 */
#include "bbm.h"
#include "kernel.h"
#include "kernel_split.h"
#include "libc.h"
#include "log.h"
#include "model.h"

enum system_states system_state;
char *__kfence_pool;
unsigned long host_image_start, host_image_end;
unsigned long host_hot_start, host_hot_end;
unsigned long host_device_start, host_device_end;
unsigned long host_region_start;
unsigned int host_work_runs, host_wq_flags;
unsigned int host_xa_fails;
unsigned long jiffies = HZ, host_grace_ticks;
struct rw_semaphore kernel_tables_rwsem;

static struct delayed_work *delayed_work;

/* Calls of get_online_mems() without put_online_mems(). */
static int online_mems;

static void reset(void)
{
	if (!delayed_work) {
		host_bbml2 = true;
		host_collapse_init();
		host_bbml2 = false;
	}
	host_xa_fails = 0;
	host_grace_ticks = 0;
	system_state = SYSTEM_RUNNING;
	__kfence_pool = NULL;
	host_image_start = 0;
	host_image_end = 0;
	host_hot_start = 0;
	host_hot_end = 0;
	host_device_start = 0;
	host_device_end = 0;
	host_region_start = 0;
}

ON_KERNEL_RESET(reset);

void synchronize_rcu(void)
{
	host_might_sleep();
	if (bbm_tables_locked && !online_mems)
		host_warn("memory hot-remove can free the tables");
	jiffies += host_grace_ticks;
	log_moment(IN_GRACE_PERIOD);
	log_event(EV_GRACE);
}

void down_write(struct rw_semaphore *sem)
{
	host_might_sleep();
	if (bbm_tables_locked)
		host_warn("the semaphore is taken twice");
	if (online_mems)
		host_warn("mem_hotplug_lock is taken before the semaphore");
	bbm_tables_locked = true;
	log_event(EV_TABLES_LOCK);
}

void up_write(struct rw_semaphore *sem)
{
	if (!bbm_tables_locked)
		host_warn("the semaphore is not held");
	bbm_tables_locked = false;
}

void get_online_mems(void)
{
	host_might_sleep();
	if (online_mems++)
		host_warn("mem_hotplug_lock is taken twice");
}

void put_online_mems(void)
{
	if (online_mems-- != 1)
		host_warn("mem_hotplug_lock is not held");
}

/* memblock knows all memory but that of devices. */
int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn,
			    unsigned long *end_pfn)
{
	const unsigned long bounds[] = { host_device_start, host_device_end, host_region_start };
	unsigned long start = 0, end = ULONG_MAX, pa = PFN_PHYS(pfn);
	unsigned int i;

	if (pa >= host_device_start && pa < host_device_end)
		return -1;
	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		if (bounds[i] <= pa)
			start = max(start, bounds[i]);
		else
			end = min(end, bounds[i]);
	}
	*start_pfn = PHYS_PFN(start);
	*end_pfn = PHYS_PFN(end);

	return 0;
}

unsigned long host_lm_alias(const char *symbol)
{
	if (!strcmp(symbol, "_text"))
		return host_image_start;
	if (!strcmp(symbol, "__init_begin"))
		return host_image_end;
	/* Init memory and data follow. */
	return host_image_end + PMD_SIZE;
}

int param_set_bool(const char *val, const struct kernel_param *kp)
{
	*host_enable = *val == 'Y';

	return 0;
}

int param_get_bool(char *buf, const struct kernel_param *kp)
{
	return 0;
}

struct mem_cgroup *get_mem_cgroup_from_folio(const void *folio)
{
	static long memcg;

	return (struct mem_cgroup *)&memcg;
}

/* Only the worker calls this. Returns NULL, the worker's memory cgroup. */
struct mem_cgroup *set_active_memcg(struct mem_cgroup *memcg)
{
	task_in_no_memcg = !memcg;

	return NULL;
}

void mem_cgroup_put(struct mem_cgroup *memcg)
{
}

void *host_kvmalloc(unsigned long size)
{
	return aligned_alloc(sizeof(long), size);
}

void host_kvfree(void *ptr)
{
	free(ptr);
}

bool host_mem_range(phys_addr_t *start, phys_addr_t *end)
{
	*start = leaves[0].addr - linear_map + MEM_PHYS;
	*end = leaf_end(&leaves[nr_leaves - 1]) - linear_map + MEM_PHYS;

	return true;
}

/* Index of the slot of @index, or of the slot that follows it. */
static unsigned int xa_slot(struct xarray *xa, unsigned long index)
{
	unsigned int i;

	for (i = 0; i < xa->nr && xa->slots[i].index < index; i++)
		;

	return i;
}

void *xa_find(struct xarray *xa, unsigned long *index)
{
	unsigned int i = xa_slot(xa, *index);

	if (i == xa->nr)
		return NULL;
	*index = xa->slots[i].index;

	return xa->slots[i].value;
}

static void *xa_load(struct xarray *xa, unsigned long index)
{
	unsigned long at = index;
	void *value = xa_find(xa, &at);

	return at == index ? value : NULL;
}

int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	unsigned int i = xa_slot(xa, index);

	if (xa_load(xa, index))
		return -EBUSY;
	if (host_xa_fails && host_xa_fails--)
		return -ENOMEM;
	if (xa->nr == XA_MAX)
		host_bug("more requests than XA_MAX", __FILE__, __LINE__);
	memmove(xa->slots + i + 1, xa->slots + i, (xa->nr - i) * sizeof(xa->slots[0]));
	xa->slots[i].index = index;
	xa->slots[i].value = entry;
	xa->nr++;

	return 0;
}

void __xa_erase(struct xarray *xa, unsigned long index)
{
	unsigned int i = xa_slot(xa, index);

	if (!xa_load(xa, index))
		return;
	xa->nr--;
	memmove(xa->slots + i, xa->slots + i + 1, (xa->nr - i) * sizeof(xa->slots[0]));
}

void xa_cmpxchg_irq(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
{
	if (xa_load(xa, index) == old)
		xa->slots[xa_slot(xa, index)].value = entry;
}

static struct workqueue_struct workqueue;

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active)
{
	host_wq_flags = flags;

	return &workqueue;
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
			unsigned long delay)
{
	if (wq != &workqueue || system_state == SYSTEM_SUSPEND)
		host_warn("the work can run while hibernation copies memory");
	if (work->queued)
		return false;
	delayed_work = work;
	work->queued = true;
	work->expires = jiffies + delay;

	return true;
}

void mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
		      unsigned long delay)
{
	work->queued = false;
	queue_delayed_work(wq, work, delay);
}

bool flush_delayed_work(struct delayed_work *work)
{
	bool queued = work->queued;

	if (queued) {
		work->queued = false;
		host_work_runs++;
		task_in_no_memcg = true;
		work->fn(&work->work);
		task_in_no_memcg = false;
	}

	return queued;
}

void host_time_passes(unsigned long ticks)
{
	unsigned long end = jiffies + ticks;

	while (delayed_work->queued && delayed_work->expires <= end) {
		jiffies = max(jiffies, delayed_work->expires);
		flush_delayed_work(delayed_work);
	}
	jiffies = max(jiffies, end);
}
