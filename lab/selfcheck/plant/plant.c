// SPDX-License-Identifier: GPL-2.0-only
/* WARN on purpose: `make selfcheck` loads this module to see that make test fails. */
#include <linux/module.h>

static int __init plant_init(void)
{
	WARN(1, "planted by the lab\n");
	return 0;
}

static void __exit plant_exit(void)
{
}

module_init(plant_init);
module_exit(plant_exit);

MODULE_DESCRIPTION("A WARN on purpose, for the lab's selfcheck");
MODULE_LICENSE("GPL");
