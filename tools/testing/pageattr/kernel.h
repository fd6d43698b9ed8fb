/* SPDX-License-Identifier: GPL-2.0-only */
/* Stand-ins for the kernel functions and variables that the code under test uses. */
#ifndef KERNEL_H
#define KERNEL_H

#include <asm/set_memory.h>

extern bool rodata_full;

/* The start of the linear map on this CPU, and the physical address that it maps there. */
extern unsigned long linear_map;
#define MEM_PHYS	BIT(36)

/* The page at a linear address. */
struct page *page_at(unsigned long linear);

/* Set all switches to those of a kernel that has just booted with rodata=full. */
void kernel_reset(void);

/* Let kernel_reset() call @reset, too: for the switches of a feature. */
#define ON_KERNEL_RESET(reset)						\
	static void __attribute__((constructor)) register_##reset(void)	\
	{								\
		kernel_on_reset(reset);					\
	}
void kernel_on_reset(void (*reset)(void));

#endif /* KERNEL_H */
