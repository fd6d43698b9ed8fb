// SPDX-License-Identifier: GPL-2.0-only
/* The rest of the kernel, as far as the code under test calls it. */
#include "kernel.h"
#include "libc.h"
#include "log.h"

s64 memstart_addr;
bool arm64_use_ng_mappings;
struct mm_struct init_mm = { .pgd = swapper_pg_dir };

#ifdef CONFIG_HOST_NO_VA52
bool host_has_va52;
#else
bool host_has_va52 = true;
#endif
/* T1SZ, and DS where LPA2 is in use. */
u64 host_tcr;
bool host_has_bti;
bool host_has_tlb_range;
bool host_has_ttl;
bool host_debug_pagealloc;
bool host_page_tags;
bool host_bbml2;
bool host_caps_final;
bool host_preempt_off;
bool host_irqs_off;
enum system_states system_state;
bool host_tracing;
unsigned int host_traced;
unsigned long host_vm_events[NR_VM_EVENT_ITEMS];
bool kfence_early_init = true;

char *__kfence_pool;
unsigned long host_image_start, host_image_end;
unsigned long host_hot_start, host_hot_end;
unsigned long host_device_start, host_device_end;

static struct task_struct first_task;
struct task_struct *host_current = &first_task;
bool host_in_task = true;

struct vm_struct *host_area;

unsigned long linear_map;

/* All switches as a kernel has them that was just booted with rodata=full. */
void kernel_reset(void)
{
	unsigned long bits = VA_BITS;

	if (VA_BITS == 52 && !host_has_va52)
		bits = VA_BITS_MIN;
	host_tcr = (64 - bits) << 16;
	if (IS_ENABLED(CONFIG_ARM64_LPA2) && host_has_va52)
		host_tcr |= TCR_DS;

	/* As in arm64_memblock_init(): PAGE_OFFSET stays, memory moves up. */
	linear_map = -(1UL << bits);
	memstart_addr = MEM_PHYS - (linear_map - PAGE_OFFSET);

	arm64_use_ng_mappings = false;
	rodata_full = true;
	host_has_bti = false;
	host_debug_pagealloc = false;
	host_page_tags = false;
	host_bbml2 = false;
	host_caps_final = true;
	host_preempt_off = false;
	host_irqs_off = false;
	system_state = SYSTEM_RUNNING;
	host_tracing = false;
	host_traced = 0;
	memset(host_vm_events, 0, sizeof(host_vm_events));
	__kfence_pool = NULL;
	host_image_start = 0;
	host_image_end = 0;
	host_hot_start = 0;
	host_hot_end = 0;
	host_device_start = 0;
	host_device_end = 0;
	first_task = (struct task_struct){ .thread = { 0 } };
	host_current = &first_task;
	host_in_task = true;
	host_area = NULL;
}

/* As the kernel's: @addr without its tag, or else nothing is found. */
struct vm_struct *find_vm_area(const void *addr)
{
	unsigned long start;

	if (!host_area)
		return NULL;
	start = (unsigned long)kasan_reset_tag(host_area->addr);
	addr = kasan_reset_tag(addr);
	if ((unsigned long)addr - start >= host_area->size)
		return NULL;

	return host_area;
}

/*
 * The root is read-only in a kernel, and written by the fixmap, whose removal has
 * the barriers that make the store visible.
 */
void set_swapper_pgd(pgd_t *pgdp, pgd_t pgd)
{
	log_root_writable++;
	WRITE_ONCE(*pgdp, pgd);
	log_root_writable--;
	dsb(ishst);
	isb();
}

bool cmpxchg_swapper_pgd(pgd_t *pgdp, pgd_t old, pgd_t new)
{
	u64 seen;

	log_root_writable++;
	seen = cmpxchg_relaxed(&pgd_val(*pgdp), pgd_val(old), pgd_val(new));
	log_root_writable--;
	if (seen != pgd_val(old))
		return false;
	dsb(ishst);
	isb();

	return true;
}

void host_trace(const char *name)
{
	host_traced++;
}

unsigned long host_lm_alias(const char *symbol)
{
	return strcmp(symbol, "_end") ? host_image_start : host_image_end;
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

/* All that is not of a device, of which it does not know. */
bool memblock_is_region_memory(unsigned long base, unsigned long size)
{
	return base >= host_device_end || base + size <= host_device_start;
}

/* Memory hotplug stays away meanwhile. */
int online_mems;

void get_online_mems(void)
{
	host_might_sleep();
	lock(&online_mems);
}

void put_online_mems(void)
{
	unlock(&online_mems);
}

unsigned int host_work_runs;

bool queue_delayed_work(int wq, struct delayed_work *work, unsigned long delay)
{
	bool queued = work->queued;

	if (wq != system_freezable_wq || system_state == SYSTEM_SUSPEND)
		host_warn("work that goes on while memory is hibernated");
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

/* Of walks that erase what they do not know: nobody here may. */
#ifndef pgd_clear_bad
void pgd_clear_bad(pgd_t *pgdp)
{
	host_bug("a walk erases a PGD", __FILE__, __LINE__);
}
#endif

#ifndef p4d_clear_bad
void p4d_clear_bad(p4d_t *p4dp)
{
	host_bug("a walk erases a P4D", __FILE__, __LINE__);
}
#endif

/* Of walks of user space, which the linker cannot know to be none of these. */
pte_t *pte_offset_map(pmd_t *pmdp, unsigned long addr)
{
	return NULL;
}

pte_t *pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmdp, unsigned long addr,
			   spinlock_t **ptl)
{
	return NULL;
}

void pte_unmap_unlock(pte_t *ptep, spinlock_t *ptl)
{
}
