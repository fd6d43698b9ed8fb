/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel around the code under test. gcc includes this file before all others.
 *
 * Page tables and TLB maintenance come from the kernel's headers. Headers that need more
 * of a kernel than the harness has are kept out: this file defines their guards, and the
 * host-*.h files declare what the code under test uses of them.
 */
#ifndef HOST_H
#define HOST_H

#define _KUNIT_STATIC_STUB_H
#define LINUX_MM_DEBUG_H
#define _LINUX_ATOMIC_H
#define _LINUX_BITFIELD_H
#define _LINUX_BITOPS_H
#define _LINUX_BUG_H
#define _LINUX_BUILD_BUG_H
#define _LINUX_HIGHMEM_H
#define _LINUX_HUGETLB_H
#define _LINUX_KASAN_H
#define _LINUX_KERNEL_H
#define _LINUX_MMZONE_H
#define _LINUX_MMU_CONTEXT_H
#define _LINUX_MMU_NOTIFIER_H
#define _LINUX_MM_H
#define _LINUX_MM_TYPES_H
#define _LINUX_SCHED_H
#define _LINUX_SWAPOPS_H
#define _LINUX_SWAP_H
#define _LINUX_TYPES_H
#define _LINUX_VMALLOC_H
#define __LINUX_COMPILER_H
#define __LINUX_OVERFLOW_H
#define __LINUX_PAGE_TABLE_CHECK_H
#define __LINUX_PREEMPT_H
#define __LINUX_RCUPDATE_H
#define __LINUX_SPINLOCK_H
#define __MM_INTERNAL_H

#define _ARCH_ARM64_ASM_BUG_H
#define _ASM_ARM64_FIXMAP_H
#define _ASM_ARM64_POR_H
#define __ASM_BOOT_H
#define __ASM_CMPXCHG_H
#define __ASM_CPUFEATURE_H
#define __ASM_CPUTYPE_H
#define __ASM_MEMORY_MODEL_H
#define __ASM_MEM_ENCRYPT_H
#define __ASM_MMU_H
#define __ASM_MTE_H
#define __ASM_PGALLOC_H
#define __ASM_PROCFNS_H
#define __ASM_SYSREG_H

#include <linux/kconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "host-compiler.h"
#include "host-types.h"
#include "host-cpu.h"
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/pfn.h>
#include <asm/memory.h>
#include <asm/pgtable-types.h>
#include "host-mm.h"
#include "host-user.h"
#ifdef CONFIG_HOST_HIGH_LEAVES
#include "host-high-leaves.h"
#endif
#include <linux/pgtable.h>

/* Features that the early patches do not have; each includes what it needs of the above. */
#include "host-split.h"
#include "host-collapse.h"
#include "host-count.h"

#endif /* HOST_H */
