/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's, but with TCR_EL1 as a test sets it, and with page tables that lie
 * in the process: see host_va(). A struct page is an address and no memory, as
 * nobody looks into one.
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

/* With tags, that of a page is another than its neighbours'. */
extern bool host_page_tags;

#define host_page_tag(page)	\
	(host_page_tags ? (page_to_pfn(page) & 0xf) << 56 : 0)
#undef page_to_virt
#define page_to_virt(page)	\
	((void *)((unsigned long)__va(PFN_PHYS(page_to_pfn(page))) ^ host_page_tag(page)))

#endif /* HOST_ASM_MEMORY_H */
