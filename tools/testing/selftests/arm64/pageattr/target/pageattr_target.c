// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that the pageattr selftests load and remove.
 *
 * The module has whole pages of text, rodata, ro_after_init and data. The tests find
 * these pages in the kernel's page tables. The module also tries loads and stores at
 * kernel addresses for the tests. Its parameters:
 *
 *   areas   name and address of each page
 *   run     sum of the return values of one function in each text page
 *   offset  linear address of a page minus its physical address
 *   addr    address for look, in a module, a vmalloc area or the linear map
 *   look    linear alias of addr; whether a load and a store at addr succeed; whether
 *           they succeed at the alias; whether the page is free. For an address in the
 *           linear map the stores are -1: the page can have any owner, so the module
 *           does not store to it.
 *   debug_pagealloc  whether the page allocator makes free pages invalid
 */
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define NR_PAGES	3
#define NR_WORDS	(NR_PAGES * PAGE_SIZE / sizeof(u64))

/* One function in each text page: calling all of them executes from every page. */
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

	/* With ftrace the symbol of a function can follow some NOPs in the same page. */
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

/* Store the value that is already there: an unexpected success does no damage. */
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
		/* Another CPU can allocate or free the page: repeat until the count is stable. */
		do {
			free = !page_count(page);
			load = can_load(p, &val);
		} while (free != !page_count(page));

		return sysfs_emit(buf, "%#lx %d -1 %d -1 %d\n", addr, load, load, free);
	}

	page = vmalloc_to_page(p);
	if (!page)
		return -EFAULT;
	/* kernel_page_tables shows addresses without KASAN tags. */
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
