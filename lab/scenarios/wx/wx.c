// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two pages of vmalloc space for DEBUG_WX. The first is writable, the second lacks UXN.
 * /sys/module/wx/parameters/ has:
 *
 *   wx          write 1 or 0: make the first page executable or not
 *   wx_valid    write 1 or 0: make the first page valid or invalid
 *   user_valid  write 1 or 0: make the second page valid or invalid
 *   addr        the addresses of both pages
 */
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/vmalloc.h>

static struct page *page;
static unsigned long wx_addr, user_addr;

static int wx_set(const char *val, const struct kernel_param *kp)
{
	bool wx;
	int ret;

	ret = kstrtobool(val, &wx);
	if (ret)
		return ret;

	return wx ? set_memory_x(wx_addr, 1) : set_memory_nx(wx_addr, 1);
}

static const struct kernel_param_ops wx_ops = { .set = wx_set };
module_param_cb(wx, &wx_ops, NULL, 0200);

static int valid_set(const char *val, const struct kernel_param *kp)
{
	unsigned long *addr = kp->arg;
	bool valid;
	int ret;

	ret = kstrtobool(val, &valid);
	if (ret)
		return ret;

	return set_memory_valid(*addr, 1, valid);
}

static const struct kernel_param_ops valid_ops = { .set = valid_set };
module_param_cb(wx_valid, &valid_ops, &wx_addr, 0200);
module_param_cb(user_valid, &valid_ops, &user_addr, 0200);

static int addr_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%#lx %#lx\n", wx_addr, user_addr);
}

static const struct kernel_param_ops addr_ops = { .get = addr_get };
module_param_cb(addr, &addr_ops, NULL, 0400);

static void wx_free(void)
{
	vunmap((void *)user_addr);
	if (page)
		__free_page(page);
	vfree((void *)wx_addr);
}

static int __init wx_init(void)
{
	int ret = -ENOMEM;

	wx_addr = (unsigned long)vmalloc(PAGE_SIZE);
	page = alloc_page(GFP_KERNEL);
	if (!wx_addr || !page)
		goto err;
	user_addr = (unsigned long)vmap(&page, 1, VM_MAP,
					__pgprot(pgprot_val(PAGE_KERNEL) & ~PTE_UXN));
	if (!user_addr)
		goto err;
	/* The guest's script makes the page valid later. */
	ret = set_memory_valid(user_addr, 1, 0);
	if (ret)
		goto err;

	return 0;

err:
	wx_free();
	return ret;
}

static void __exit wx_exit(void)
{
	wx_free();
}

module_init(wx_init);
module_exit(wx_exit);

MODULE_DESCRIPTION("Pages for a test of DEBUG_WX");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
