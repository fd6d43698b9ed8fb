// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module with five pages of code, three of constants and three of data, and no work.
 * bench/tlb/work.c loads it a hundred times, under the names gain_000 to gain_099.
 */
#include <linux/module.h>

asm(".pushsection .text\n"
	".skip 0x4800\n"
	".popsection");

static const char constants[0x2800] = { 1 };
static char data[0x2800] = { 1 };

static int __init start(void)
{
	/* Keep both arrays. */
	OPTIMIZER_HIDE_VAR(data[0]);
	return READ_ONCE(constants[0]) - 1;
}

static void __exit stop(void)
{
}

module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Pages with changed permissions for make gain");
