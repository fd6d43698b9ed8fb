// SPDX-License-Identifier: GPL-2.0-only
/*
 * Add memory to a running kernel and remove it, as hardware with memory slots does.
 * /sys/module/memhp/parameters/ has:
 *
 *   present   bytes of [start, start + size) that are present, from its start. Writing a
 *             larger number adds memory, a smaller one removes memory. Memory blocks to be
 *             removed must be offline.
 *   secret    write an offset in bytes: make the page there invalid in the linear map;
 *             -1: make that page valid again
 *   leaf      size in bytes of the leaf that maps the page at the offset
 *
 * start= and size= are load-time parameters. The machine must have the memory, and mem=
 * on the kernel command line must exclude it.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>

#include "pageattr_probe.h"

static unsigned long start, size;
module_param(start, ulong, 0400);
module_param(size, ulong, 0400);

static unsigned long present;
static long secret = -1;

/*
 * Remove all memory. With rodata=full, make a block invalid before: hot-remove must not
 * take it for a table.
 */
static int take_out(void)
{
	unsigned long addr = (unsigned long)__va(start);
	int ret;

	if (!pageattr_probe_rodata_full())
		return remove_memory(start, present);
	ret = set_memory_valid(addr, PMD_SIZE / PAGE_SIZE, 0);
	if (ret)
		return ret;
	ret = remove_memory(start, present);
	if (ret)
		set_memory_valid(addr, PMD_SIZE / PAGE_SIZE, 1);

	return ret;
}

static int present_set(const char *val, const struct kernel_param *kp)
{
	unsigned long wanted;
	int ret;

	ret = kstrtoul(val, 0, &wanted);
	if (ret || wanted == present)
		return ret;
	if (wanted > size)
		return -EINVAL;

	if (wanted > present)
		ret = add_memory(0, start + present, wanted - present, MHP_NONE);
	else if (wanted)
		ret = remove_memory(start + wanted, present - wanted);
	else
		ret = take_out();
	if (!ret)
		present = wanted;

	return ret;
}

static const struct kernel_param_ops present_ops = {
	.set = present_set,
	.get = param_get_ulong,
};
module_param_cb(present, &present_ops, &present, 0600);

static int secret_set(const char *val, const struct kernel_param *kp)
{
	long offset, at;
	int ret;

	ret = kstrtol(val, 0, &offset);
	if (ret)
		return ret;
	if (offset >= (long)present)
		return -ENXIO;

	at = offset < 0 ? secret : offset;
	if (at < 0)
		return -ENXIO;
	ret = set_memory_valid((unsigned long)__va(start + at), 1, offset < 0);
	if (!ret)
		secret = at;

	return ret;
}

static const struct kernel_param_ops secret_ops = {
	.set = secret_set,
	.get = param_get_long,
};
module_param_cb(secret, &secret_ops, &secret, 0600);

static int leaf_get(char *buf, const struct kernel_param *kp)
{
	struct pageattr_leaf leaf;
	unsigned long addr = (unsigned long)__va(start + max(secret, 0L));

	if (!present || !pageattr_probe_leaf(addr, &leaf))
		return sysfs_emit(buf, "none\n");

	return sysfs_emit(buf, "%lu\n", leaf.size);
}

static const struct kernel_param_ops leaf_ops = { .get = leaf_get };
module_param_cb(leaf, &leaf_ops, NULL, 0400);

static int __init memhp_init(void)
{
	return size ? 0 : -EINVAL;
}

/* No exit: the module cannot be unloaded while its memory is in use. */
module_init(memhp_init);

MODULE_DESCRIPTION("Memory hotplug without the hardware for it");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
