// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that the pageattr selftests load and remove.
 *
 * It has whole pages of text, rodata, ro_after_init and data for the tests to
 * find in the kernel's page tables, and it tries what the CPU allows at an
 * address, which user space cannot.
 *
 *   areas   each page of each area: its name and address
 *   run     the sum of what one function in each page of the text returns
 *   offset  what to add to a physical address to get its linear address
 *   addr    the address to look at: a module, vmalloc or linear one
 *   look    its linear alias, whether a load and a store work at the address,
 *           whether they work at the alias, and whether the page is free; an
 *           address in the linear map may have any owner: no store is tried (-1)
 *   debug_pagealloc  whether free pages are taken out of the linear map
 */
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define NR_PAGES	3
#define NR_WORDS	(NR_PAGES * PAGE_SIZE / sizeof(u64))

/* One function for each page, so that all pages of the text get to run. */
#define TEXT_PAGE(nr)							\
static noinline __aligned(PAGE_SIZE) int text_##nr(int x)		\
{									\
	return 3 * x + (nr);						\
}

TEXT_PAGE(0)
TEXT_PAGE(1)
TEXT_PAGE(2)

static int (*const text[NR_PAGES])(int x) = { text_0, text_1, text_2 };

static const u64 rodata[NR_WORDS] __aligned(PAGE_SIZE) = { 1 };
static u64 after_init[NR_WORDS] __aligned(PAGE_SIZE) __ro_after_init = { 2 };
static u64 data[NR_WORDS] __aligned(PAGE_SIZE) = { 3 };

static int areas_get(char *buf, const struct kernel_param *kp)
{
	const struct {
		const char *name;
		const u64 *start;
	} area[] = {
		{ "rodata", rodata },
		{ "ro_after_init", after_init },
		{ "data", data },
	};
	int i, page, len = 0;

	/* A function's symbol can lie behind the NOPs that ftrace patches. */
	for (page = 0; page < NR_PAGES; page++)
		len += sysfs_emit_at(buf, len, "text %#lx\n",
				     (unsigned long)text[page] & PAGE_MASK);
	for (i = 0; i < ARRAY_SIZE(area); i++)
		for (page = 0; page < NR_PAGES; page++)
			len += sysfs_emit_at(buf, len, "%s %#lx\n", area[i].name,
					     (unsigned long)area[i].start +
					     page * PAGE_SIZE);
	return len;
}

static const struct kernel_param_ops areas_ops = { .get = areas_get };
module_param_cb(areas, &areas_ops, NULL, 0400);

static int run_get(char *buf, const struct kernel_param *kp)
{
	int (*function)(int x);
	int i, sum = 0;

	for (i = 0; i < NR_PAGES; i++) {
		function = READ_ONCE(text[i]);
		sum += function(i + 1);
	}

	return sysfs_emit(buf, "%d\n", sum);
}

static const struct kernel_param_ops run_ops = { .get = run_get };
module_param_cb(run, &run_ops, NULL, 0400);

static int offset_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%#lx\n",
			  (unsigned long)(PAGE_OFFSET - PHYS_OFFSET));
}

static const struct kernel_param_ops offset_ops = { .get = offset_get };
module_param_cb(offset, &offset_ops, NULL, 0400);

static unsigned long addr;
module_param(addr, ulong, 0600);

static bool can_load(u64 *p, u64 *val)
{
	return !copy_from_kernel_nofault(val, p, sizeof(*val));
}

/* Stores what is there already: a store that should fail does no harm. */
static bool can_store(u64 *p)
{
	bool done = false;
	u64 val;

	if (!can_load(p, &val))
		return false;

	pagefault_disable();
	__put_kernel_nofault(p, &val, u64, out);
	done = true;
out:
	pagefault_enable();
	return done;
}

static int look_get(char *buf, const struct kernel_param *kp)
{
	u64 *p = (u64 *)ALIGN_DOWN(addr, sizeof(u64)), *alias;
	struct page *page;
	int load, free;
	u64 val;

	if (__is_lm_address((unsigned long)p)) {
		page = virt_to_page(p);
		/* It may be free, or get an owner, at any time. */
		do {
			free = !page_count(page);
			load = can_load(p, &val);
		} while (free != !page_count(page));

		return sysfs_emit(buf, "%#lx %d -1 %d -1 %d\n", addr, load, load, free);
	}

	page = vmalloc_to_page(p);
	if (!page)
		return -EFAULT;
	/* The tables have no tags. */
	alias = kasan_reset_tag(page_address(page)) + offset_in_page(p);

	return sysfs_emit(buf, "%#lx %d %d %d %d 0\n", (unsigned long)alias,
			  can_load(p, &val), can_store(p),
			  can_load(alias, &val), can_store(alias));
}

static const struct kernel_param_ops look_ops = { .get = look_get };
module_param_cb(look, &look_ops, NULL, 0400);

static int debug_pagealloc_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", debug_pagealloc_enabled());
}

static const struct kernel_param_ops debug_pagealloc_ops = {
	.get = debug_pagealloc_get
};
module_param_cb(debug_pagealloc, &debug_pagealloc_ops, NULL, 0400);

static int __init pageattr_target_init(void)
{
	return 0;
}
module_init(pageattr_target_init);

static void __exit pageattr_target_exit(void)
{
}
module_exit(pageattr_target_exit);

MODULE_DESCRIPTION("Target of the arm64 pageattr selftests");
MODULE_LICENSE("GPL");
