/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the topics share: functions of the kernel that are not exported,
 * counters of their calls, failing allocations, and questions to the CPU and the tables.
 */
#ifndef MAINLINE_KERNEL_H
#define MAINLINE_KERNEL_H

#include <kunit/test.h>
#include <linux/kprobes.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/vmalloc.h>

/* The functions of the kernel, by name. NULL if the kernel has none of that name. */
struct kernel_functions {
	int (*set_memory_ro)(unsigned long addr, int numpages);
	int (*set_memory_rw)(unsigned long addr, int numpages);
	int (*set_memory_x)(unsigned long addr, int numpages);
	int (*set_memory_rox)(unsigned long addr, int numpages);
	int (*set_memory_valid)(unsigned long addr, int numpages, int enable);
	int (*set_direct_map_invalid_noflush)(struct page *page);
	int (*set_direct_map_default_noflush)(struct page *page);
	void (*set_swapper_pgd)(pgd_t *pgdp, pgd_t pgd);
	void *(*alloc_insn_page)(void);
	void (*execmem_free)(void *ptr);
	struct vm_struct *(*find_vm_area)(const void *addr);
	void (*vm_unmap_aliases)(void);
	int (*copy_to_kernel_nofault)(void *dst, const void *src, size_t size);
	int (*walk_memory_blocks)(unsigned long start, unsigned long size, void *arg,
				  int (*func)(struct memory_block *block, void *arg));
	int (*device_online)(struct device *dev);
	int (*walk)(unsigned long start, unsigned long end, const struct mm_walk_ops *ops,
		    pgd_t *pgd, void *private);
	char *command_line;
	struct mm_struct *init_mm;
	atomic_long_t *vmap_lazy_nr;
};

extern struct kernel_functions kernel;

int kernel_look_up(struct kunit_suite *suite);

/* The suite of a topic: its cases are in NAME_cases[]. */
#define TOPIC_SUITE(topic, init)					\
	static struct kunit_suite topic##_suite = {			\
		.name = #topic,						\
		.suite_init = init,					\
		.test_cases = topic##_cases,				\
	};								\
	kunit_test_suite(topic##_suite)

/* Calls of a function by the task that runs the test, from count_calls() on. */
struct call_counter {
	struct kprobe kp;
	struct task_struct *task;
	unsigned int calls;
};

struct call_counter *count_calls(struct kunit *test, const char *function);

/* While @on, page allocations of the task that runs the test fail. */
void fail_allocations(struct kunit *test, bool on);

/* True if the CPUs can split: part of the linear map is in blocks then. */
bool linear_map_has_blocks(void);

/* Allocate memory that the linear map maps by a block, if it has blocks. */
struct page *alloc_in_block(unsigned int order);

/* The size of the leaf that maps @addr, and its descriptor. 0 for a hole. */
unsigned long leaf_at(unsigned long addr, u64 *descriptor);

/* Does the CPU allow the access, as its AT instruction says? Walks the tables. */
bool cpu_can_read(unsigned long addr);
bool cpu_can_write(unsigned long addr);

/* Does a load or a store by this CPU succeed? Uses TLB entries, stale ones as well. */
bool load_works(unsigned long addr);
bool store_works(unsigned long addr);

/* Pages that stay with the test until it ends, also if vfree() frees their area. */
struct page **hold_pages(struct kunit *test, void *area, unsigned int nr);

/* The number of runs of adjacent pages. */
unsigned int runs_of(struct page **pages, unsigned int nr);

/*
 * Map @nr blocks of memory of 1 << @order pages as an area that set_memory_*() accepts.
 * Each block is a run: they lie in descending order. vfree() frees the area.
 */
void *vmap_blocks(struct kunit *test, unsigned int order, unsigned int nr);

#endif /* MAINLINE_KERNEL_H */
