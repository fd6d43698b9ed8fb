// SPDX-License-Identifier: GPL-2.0-only
/*
 * Count the pages that debug_pagealloc makes valid inside a lazy MMU section of the task.
 * The section uses the page before it ends: no barrier may be pending when
 * __kernel_map_pages() returns. /sys/module/lazy/parameters/ has:
 *
 *   pages    number of calls inside a section
 *   pending  number of calls that left barriers pending or changed the depth of the section
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>

static atomic_t pages, pending;

static int count_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops count_ops = { .get = count_get };
module_param_cb(pages, &count_ops, &pages, 0400);
module_param_cb(pending, &count_ops, &pending, 0400);

/* Probed: __kernel_map_pages(struct page *page, int numpages, int enable) */
static int map_pages_called(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	unsigned int depth = current->thread.lazy_mmu_depth;

	if (!in_task() || !depth || !(int)regs_get_kernel_argument(regs, 2))
		return 1;
	*(unsigned int *)ri->data = depth;

	return 0;
}

static int map_pages_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	unsigned int depth = *(unsigned int *)ri->data;

	atomic_inc(&pages);
	if (current->thread.lazy_mmu_pending || current->thread.lazy_mmu_depth != depth)
		atomic_inc(&pending);

	return 0;
}

static struct kretprobe map_pages_probe = {
	.kp.symbol_name	= "__kernel_map_pages",
	.entry_handler	= map_pages_called,
	.handler	= map_pages_returned,
	.data_size	= sizeof(unsigned int),
};

static int __init lazy_init(void)
{
	return register_kretprobe(&map_pages_probe);
}
module_init(lazy_init);

static void __exit lazy_exit(void)
{
	unregister_kretprobe(&map_pages_probe);
}
module_exit(lazy_exit);

MODULE_DESCRIPTION("Count pages that become valid inside a lazy MMU section");
MODULE_LICENSE("GPL");
