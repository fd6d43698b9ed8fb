/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wraps the kernel's asm/memory.h: a test sets TCR_EL1, and page tables lie in memory of
 * the process, see host_va(). A struct page is an address without memory: the code under
 * test reads no field of it.
 */
#ifndef HOST_ASM_MEMORY_H
#define HOST_ASM_MEMORY_H

#define HOST_MEM_MAP		((struct page *)(1UL << 44))

#define page_to_pfn(page)	((unsigned long)((page) - HOST_MEM_MAP) + ARCH_PFN_OFFSET)
#define pfn_to_page(pfn)	(HOST_MEM_MAP + ((pfn) - ARCH_PFN_OFFSET))
#define __phys_to_pfn(phys)	PHYS_PFN(phys)
#define __pfn_to_phys(pfn)	PFN_PHYS(pfn)

extern char _text[];

#define read_tcr	arm64_read_tcr
#include_next <asm/memory.h>
#undef read_tcr
#define read_tcr()	host_tcr

void *host_va(phys_addr_t phys);
phys_addr_t host_pa(unsigned long addr);

#undef __va
#define __va(x)		host_va(x)
#undef __pa
#define __pa(x)		host_pa((unsigned long)(x))
#undef virt_to_page
#define virt_to_page(x)	pfn_to_page(PHYS_PFN(__pa(x)))

/* If set, adjacent pages have different tags. */
extern bool host_page_tags;

#define host_page_tag(page)	\
	(host_page_tags ? (page_to_pfn(page) & 0xf) << 56 : 0)
#undef page_to_virt
#define page_to_virt(page)	\
	((void *)((unsigned long)__va(PFN_PHYS(page_to_pfn(page))) ^ host_page_tag(page)))

#endif /* HOST_ASM_MEMORY_H */
