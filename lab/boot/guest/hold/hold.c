// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory with known content and validity, to test hibernation and kexec.
 * /sys/module/hold/parameters/ has:
 *
 *   NAME_valid    write 1 or 0: make the region valid or invalid in the linear map. Reads
 *                 the state in the page tables, or `mixed` if pages or the CPU disagree
 *   NAME_pattern  write a number: fill every 16th page with a pattern. Reads the number,
 *                 or `damaged`
 *   regions       NAME, physical address, size, size of the leaf
 *
 * NAME is `kept` or `gone`, regions of reserve_mem= on the kernel command line, or
 * `page`, one page that the module allocates.
 */
#include <linux/gfp.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/uaccess.h>

#include "pageattr_probe.h"

#define NR_WORDS	(PAGE_SIZE / sizeof(u64))
/* Every 16th page: the image stays small, and every large leaf has the pattern. */
#define STEP		(16 * PAGE_SIZE)

struct region {
	const char *name;
	unsigned long addr;
	unsigned long size;
};

static struct region kept = { .name = "kept" };
static struct region gone = { .name = "gone" };
static struct region page = { .name = "page" };
static struct region *const regions[] = { &kept, &gone, &page };

static u64 words[NR_WORDS];

static u64 pattern_of(unsigned long nr, unsigned long i)
{
	return (nr << 48) + i * 0x9e3779b97f4a7c15UL;
}

static int pattern_set(const char *val, const struct kernel_param *kp)
{
	struct region *region = kp->arg;
	unsigned long nr, at, i;
	int ret;

	ret = kstrtoul(val, 0, &nr);
	if (ret)
		return ret;
	for (at = 0; at < region->size; at += STEP)
		for (i = 0; i < NR_WORDS; i++)
			((u64 *)(region->addr + at))[i] = pattern_of(nr, at + i);

	return 0;
}

static int pattern_get(char *buf, const struct kernel_param *kp)
{
	struct region *region = kp->arg;
	unsigned long at, i, nr = 0;

	for (at = 0; at < region->size; at += STEP) {
		if (copy_from_kernel_nofault(words, (void *)region->addr + at, PAGE_SIZE))
			return sysfs_emit(buf, "refused\n");
		if (!at)
			nr = words[0] >> 48;
		for (i = 0; i < NR_WORDS; i++)
			if (words[i] != pattern_of(nr, at + i))
				return sysfs_emit(buf, "damaged\n");
	}

	return sysfs_emit(buf, "%lu\n", nr);
}

static const struct kernel_param_ops pattern_ops = {
	.set = pattern_set,
	.get = pattern_get,
};
module_param_cb(kept_pattern, &pattern_ops, &kept, 0600);
module_param_cb(page_pattern, &pattern_ops, &page, 0600);

static int valid_set(const char *val, const struct kernel_param *kp)
{
	struct region *region = kp->arg;
	bool valid;
	int ret;

	ret = kstrtobool(val, &valid);
	if (ret)
		return ret;

	return set_memory_valid(region->addr, region->size >> PAGE_SHIFT, valid);
}

static int valid_get(char *buf, const struct kernel_param *kp)
{
	struct region *region = kp->arg;
	unsigned long addr, seen[2] = {};

	for (addr = region->addr; addr < region->addr + region->size; addr += PAGE_SIZE) {
		struct pageattr_leaf leaf;
		bool valid = pageattr_probe_leaf(addr, &leaf) && leaf.valid;

		if (pageattr_probe_read(addr) != valid)
			return sysfs_emit(buf, "mixed\n");
		seen[valid]++;
	}
	if (seen[0] && seen[1])
		return sysfs_emit(buf, "mixed\n");

	return sysfs_emit(buf, "%d\n", !!seen[1]);
}

static const struct kernel_param_ops valid_ops = {
	.set = valid_set,
	.get = valid_get,
};
module_param_cb(kept_valid, &valid_ops, &kept, 0600);
module_param_cb(gone_valid, &valid_ops, &gone, 0600);
module_param_cb(page_valid, &valid_ops, &page, 0600);

static int regions_get(char *buf, const struct kernel_param *kp)
{
	struct pageattr_leaf leaf;
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(regions); i++)
		if (pageattr_probe_leaf(regions[i]->addr, &leaf))
			len += sysfs_emit_at(buf, len, "%s %#llx %#lx %#lx\n",
					     regions[i]->name,
					     (u64)__pa(regions[i]->addr),
					     regions[i]->size, leaf.size);

	return len;
}

static const struct kernel_param_ops regions_ops = { .get = regions_get };
module_param_cb(regions, &regions_ops, NULL, 0400);

static int __init hold_init(void)
{
	phys_addr_t start, size;
	int i;

	for (i = 0; i < 2; i++) {
		if (!reserve_mem_find_by_name(regions[i]->name, &start, &size)) {
			pr_err("hold: reserve_mem= sets no %s aside\n", regions[i]->name);
			return -ENODEV;
		}
		regions[i]->addr = (unsigned long)__va(start);
		regions[i]->size = size;
	}
	page.addr = __get_free_page(GFP_KERNEL);
	page.size = PAGE_SIZE;

	return page.addr ? 0 : -ENOMEM;
}

/* No exit: the memory keeps its state until the machine is off. */
module_init(hold_init);

MODULE_DESCRIPTION("Memory with known content and validity, for hibernation and kexec");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
