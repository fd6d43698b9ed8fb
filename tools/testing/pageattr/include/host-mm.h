/* SPDX-License-Identifier: GPL-2.0-only */
/* What the code under test uses of memory management and of the scheduler. */
#ifndef HOST_MM_H
#define HOST_MM_H

/* The fields for lazy MMU mode in asm/processor.h. */
struct thread_struct {
	unsigned int lazy_mmu_depth;
	bool lazy_mmu_pending;
};

struct mm_struct {
	pgd_t *pgd;
	atomic_t mm_users;
};

struct task_struct {
	struct thread_struct thread;
	struct mm_struct *active_mm;
};

extern struct mm_struct init_mm;
extern struct task_struct *host_current;
extern bool host_in_task;

#define current			host_current
#define in_task()		host_in_task

/* log.c checks that accesses to the tables are in an RCU read-side critical section. */
void rcu_read_lock(void);
void rcu_read_unlock(void);

DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())

struct page {
	int unused;
};

#define VM_ALLOC		0x02
#define VM_NO_GUARD		0x40

struct vm_struct {
	void *addr;
	unsigned long size;
	unsigned long flags;
	struct page **pages;
	unsigned int nr_pages;
};

static inline unsigned long get_vm_area_size(const struct vm_struct *area)
{
	return area->flags & VM_NO_GUARD ? area->size : area->size - PAGE_SIZE;
}

struct vm_struct *find_vm_area(const void *addr);
void vm_unmap_aliases(void);

extern bool host_debug_pagealloc;

#define debug_pagealloc_enabled()	host_debug_pagealloc
#define kasan_reset_tag(addr)	((void *)__tag_reset((unsigned long)(addr)))
#define PAGE_ALIGNED(addr)	IS_ALIGNED((unsigned long)(addr), PAGE_SIZE)

#endif /* HOST_MM_H */
