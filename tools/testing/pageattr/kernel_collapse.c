// SPDX-License-Identifier: GPL-2.0-only
/* Stand-ins for what linear_map_collapse.c calls: grace periods, locks, deferred work. */
#include "bbm.h"
#include "kernel.h"
#include "libc.h"
#include "log.h"

enum system_states system_state;
char *__kfence_pool;
unsigned long host_image_start, host_image_end;
unsigned long host_hot_start, host_hot_end;
unsigned long host_device_start, host_device_end;
unsigned int host_work_runs;

/* Calls of get_online_mems() without put_online_mems(). */
static int online_mems;

static void reset(void)
{
	system_state = SYSTEM_RUNNING;
	__kfence_pool = NULL;
	host_image_start = 0;
	host_image_end = 0;
	host_hot_start = 0;
	host_hot_end = 0;
	host_device_start = 0;
	host_device_end = 0;
}

ON_KERNEL_RESET(reset);

void synchronize_rcu(void)
{
	host_might_sleep();
	log_moment(IN_GRACE_PERIOD);
	log_event(EV_GRACE);
}

void mmap_write_lock(struct mm_struct *mm)
{
	host_might_sleep();
	if (mm != &init_mm || bbm_mmap_locked)
		host_warn("not init_mm's mmap lock, or taken twice");
	if (!online_mems)
		host_warn("memory hot-remove can free the tables");
	bbm_mmap_locked = true;
	log_moment(IN_MMAP_LOCK);
	log_event(EV_MMAP_LOCK);
}

void mmap_write_unlock(struct mm_struct *mm)
{
	if (!bbm_mmap_locked)
		host_warn("the mmap lock is not held");
	bbm_mmap_locked = false;
}

static void lock(int *held)
{
	if ((*held)++)
		host_warn("a lock is taken twice");
}

static void unlock(int *held)
{
	if ((*held)-- != 1)
		host_warn("a lock is not held");
}

void raw_spin_lock_irq(raw_spinlock_t *held)
{
	lock(held);
}

void raw_spin_unlock_irq(raw_spinlock_t *held)
{
	unlock(held);
}

void get_online_mems(void)
{
	host_might_sleep();
	lock(&online_mems);
}

void put_online_mems(void)
{
	unlock(&online_mems);
}

/* memblock knows all memory but that of devices. */
bool memblock_is_region_memory(unsigned long base, unsigned long size)
{
	return base >= host_device_end || base + size <= host_device_start;
}

unsigned long host_lm_alias(const char *symbol)
{
	return strcmp(symbol, "_end") ? host_image_start : host_image_end;
}

bool queue_delayed_work(int wq, struct delayed_work *work, unsigned long delay)
{
	bool queued = work->queued;

	if (wq != system_freezable_wq || system_state == SYSTEM_SUSPEND)
		host_warn("the work can run while hibernation copies memory");
	work->queued = true;

	return !queued;
}

bool flush_delayed_work(struct delayed_work *work)
{
	bool queued = work->queued;

	if (queued) {
		work->queued = false;
		host_work_runs++;
		work->fn(&work->work);
	}

	return queued;
}
