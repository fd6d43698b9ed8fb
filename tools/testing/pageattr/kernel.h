/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KERNEL_H
#define KERNEL_H

#include <asm/set_memory.h>

#include "../../../arch/arm64/mm/linear_map.h"

extern bool rodata_full;

/* The area that find_vm_area() knows. */
extern struct vm_struct *host_area;

/* Where the linear map starts on this CPU, and the memory that it maps there. */
extern unsigned long linear_map;
#define MEM_PHYS	BIT(36)

/* How often a tracepoint was met, while they are on. */
extern unsigned int host_traced;
extern bool host_tracing;

/* Whether memory hotplug stays away. */
extern int online_mems;

void kernel_reset(void);

#endif /* KERNEL_H */
