/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KERNEL_H
#define KERNEL_H

#include <asm/set_memory.h>

extern bool rodata_full;

/* The area that find_vm_area() knows. */
extern struct vm_struct *host_area;

/* Where the linear map starts on this CPU. */
extern unsigned long linear_map;

void kernel_reset(void);

#endif /* KERNEL_H */
