/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included into arch/arm64/mm/pageattr.c only. With lab.other_cpu on the kernel command
 * line, threads change guard pages of KFENCE's pool until the capabilities are final. Each
 * change waits between its check pass and its store: the remap of the linear map comes in
 * between, unless the change has preemption off. A change is lost if the page is not as the
 * change has left it.
 */
#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/cpufeature.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/set_memory.h>

#define LAB_THREADS	4
#define LAB_NAME	"lab_stores"

static atomic_t lab_changes, lab_lost;

static inline void lab_enter_lazy_mmu_mode(void)
{
	if (!system_capabilities_finalized() && strstarts(current->comm, LAB_NAME))
		udelay(300);
	arch_enter_lazy_mmu_mode();
}

#define arch_enter_lazy_mmu_mode	lab_enter_lazy_mmu_mode

static void lab_store(unsigned long addr, bool valid)
{
	int ret = set_memory_valid(addr, 1, valid);

	if (ret || kernel_page_present(virt_to_page((void *)addr)) != valid)
		atomic_inc(&lab_lost);
	atomic_inc(&lab_changes);
}

static int lab_stores(void *addr)
{
	while (!system_capabilities_finalized()) {
		lab_store((unsigned long)addr, true);
		lab_store((unsigned long)addr, false);
		cond_resched();
	}

	return 0;
}

static int __init lab_stores_start(void)
{
	int i;

	if (!strstr(saved_command_line, "lab.other_cpu"))
		return 0;
	/* Each second page is a guard page, which is invalid. */
	for (i = 0; i < LAB_THREADS; i++)
		kthread_run(lab_stores, __kfence_pool + (2 * i + 1) * PAGE_SIZE, LAB_NAME);

	return 0;
}
early_initcall(lab_stores_start);

static int __init lab_stores_report(void)
{
	pr_info("lab: changes during the boot of the CPUs: %d, lost: %d\n",
		atomic_read(&lab_changes), atomic_read(&lab_lost));

	return 0;
}
late_initcall(lab_stores_report);
#endif
