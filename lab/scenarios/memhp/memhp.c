// SPDX-License-Identifier: GPL-2.0-only
/*
 * Add memory to a running kernel and remove it, as hardware with memory slots does.
 * /sys/module/memhp/parameters/ has:
 *
 *   add      write "OFFSET SIZE", in bytes from start: add memory
 *   remove   write "OFFSET SIZE": remove memory. Its memory blocks must be offline
 *   fail     write a number n: the n-th page allocation of the next add fails. Reads 0 after
 *            this failure
 *   at       offset of a page, for the next two
 *   valid    write 0 or 1: make the page invalid or valid in the linear map
 *   leaf     size in bytes of the leaf that maps the page, or `none`
 *
 * start= is a load-time parameter. The machine must have the memory, and mem= on the kernel
 * command line must exclude it.
 */
#include <linux/kprobes.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/set_memory.h>

#include "pageattr_probe.h"

static unsigned long start;
module_param(start, ulong, 0400);

static unsigned long at;
module_param(at, ulong, 0600);

static unsigned long fail;
module_param(fail, ulong, 0600);

/* The task that adds memory now. */
static struct task_struct *adder;

static int alloc_pages_called(struct kprobe *p, struct pt_regs *regs)
{
	if (current != READ_ONCE(adder) || !in_task() || !fail || --fail)
		return 0;

	/* Return NULL without executing the function. */
	regs->regs[0] = 0;
	instruction_pointer_set(regs, regs->regs[30]);
	return 1;
}

static struct kprobe alloc_pages_probe = {
	.symbol_name = "__alloc_pages_noprof",
	.pre_handler = alloc_pages_called,
};

static int range_get(const char *val, unsigned long *offset, unsigned long *size)
{
	return sscanf(val, "%lu %lu", offset, size) == 2 ? 0 : -EINVAL;
}

static int add_set(const char *val, const struct kernel_param *kp)
{
	unsigned long offset, size;
	int ret;

	ret = range_get(val, &offset, &size);
	if (ret)
		return ret;

	WRITE_ONCE(adder, current);
	ret = add_memory(0, start + offset, size, MHP_NONE);
	WRITE_ONCE(adder, NULL);

	return ret;
}

static const struct kernel_param_ops add_ops = { .set = add_set };
module_param_cb(add, &add_ops, NULL, 0200);

/* With rodata=full, make a block invalid first: hot-remove must not take it for a table. */
static int remove_set(const char *val, const struct kernel_param *kp)
{
	unsigned long offset, size, addr;
	int ret;

	ret = range_get(val, &offset, &size);
	if (ret)
		return ret;

	addr = (unsigned long)__va(start + offset);
	if (!pageattr_probe_rodata_full())
		return remove_memory(start + offset, size);
	ret = set_memory_valid(addr, PMD_SIZE / PAGE_SIZE, 0);
	if (ret)
		return ret;
	ret = remove_memory(start + offset, size);
	if (ret)
		set_memory_valid(addr, PMD_SIZE / PAGE_SIZE, 1);

	return ret;
}

static const struct kernel_param_ops remove_ops = { .set = remove_set };
module_param_cb(remove, &remove_ops, NULL, 0200);

static int valid_set(const char *val, const struct kernel_param *kp)
{
	bool valid;
	int ret;

	ret = kstrtobool(val, &valid);
	if (ret)
		return ret;

	return set_memory_valid((unsigned long)__va(start + at), 1, valid);
}

static const struct kernel_param_ops valid_ops = { .set = valid_set };
module_param_cb(valid, &valid_ops, NULL, 0200);

static int leaf_get(char *buf, const struct kernel_param *kp)
{
	struct pageattr_leaf leaf;
	bool found;

	/* A collapse can free a table. */
	rcu_read_lock();
	found = pageattr_probe_leaf((unsigned long)__va(start + at), &leaf);
	rcu_read_unlock();

	return found ? sysfs_emit(buf, "%lu\n", leaf.size) : sysfs_emit(buf, "none\n");
}

static const struct kernel_param_ops leaf_ops = { .get = leaf_get };
module_param_cb(leaf, &leaf_ops, NULL, 0400);

static int __init memhp_init(void)
{
	return start ? register_kprobe(&alloc_pages_probe) : -EINVAL;
}

/* No exit: the module cannot be unloaded while its memory is in use. */
module_init(memhp_init);

MODULE_DESCRIPTION("Memory hotplug without the hardware for it");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
