// SPDX-License-Identifier: GPL-2.0-only
#include "kernel.h"
#include "libc.h"
#include "log.h"

s64 memstart_addr;
/* For a harness without pageattr.c. */
bool rodata_full __weak;
bool arm64_use_ng_mappings;
struct mm_struct init_mm = { .pgd = swapper_pg_dir };

#ifdef CONFIG_HOST_NO_VA52
bool host_has_va52;
#else
bool host_has_va52 = true;
#endif
/* TCR_EL1: T1SZ, and DS if the kernel uses LPA2. */
u64 host_tcr;
bool host_has_bti;
bool host_has_tlb_range;
bool host_has_ttl;
bool host_debug_pagealloc;
bool host_page_tags;
bool kfence_early_init = true;

static struct task_struct first_task;
struct task_struct *host_current = &first_task;
bool host_in_task = true;

unsigned long linear_map;

static void (*reset_fns[8])(void);
static unsigned int nr_reset_fns;

void kernel_on_reset(void (*reset)(void))
{
	if (nr_reset_fns == ARRAY_SIZE(reset_fns))
		host_bug("too many reset functions", __FILE__, __LINE__);
	reset_fns[nr_reset_fns++] = reset;
}

void kernel_reset(void)
{
	unsigned long bits = VA_BITS;
	unsigned int i;

	if (VA_BITS == 52 && !host_has_va52)
		bits = VA_BITS_MIN;
	host_tcr = (64 - bits) << 16;
	if (IS_ENABLED(CONFIG_ARM64_LPA2) && host_has_va52)
		host_tcr |= TCR_DS;

	/* Like arm64_memblock_init(): PAGE_OFFSET is fixed, memory moves up. */
	linear_map = -(1UL << bits);
	memstart_addr = MEM_PHYS - (linear_map - PAGE_OFFSET);

	arm64_use_ng_mappings = false;
	rodata_full = true;
	host_has_bti = false;
	host_debug_pagealloc = false;
	host_page_tags = false;
	first_task = (struct task_struct){ .thread = { 0 } };
	host_current = &first_task;
	host_in_task = true;

	for (i = 0; i < nr_reset_fns; i++)
		reset_fns[i]();
}

struct page *page_at(unsigned long linear)
{
	return pfn_to_page((linear - PAGE_OFFSET + PHYS_OFFSET) >> PAGE_SHIFT);
}

/*
 * The kernel maps its root read-only and writes to it through the fixmap. clear_fixmap()
 * has the barriers.
 */
void set_swapper_pgd(pgd_t *pgdp, pgd_t pgd)
{
	log_root_writable++;
	WRITE_ONCE(*pgdp, pgd);
	log_root_writable--;
	dsb(ishst);
	isb();
}

/* Walks must not clear bad entries of kernel tables. */
#ifndef pgd_clear_bad
void pgd_clear_bad(pgd_t *pgdp)
{
	host_bug("a walk clears a PGD entry", __FILE__, __LINE__);
}
#endif

#ifndef p4d_clear_bad
void p4d_clear_bad(p4d_t *p4dp)
{
	host_bug("a walk clears a P4D entry", __FILE__, __LINE__);
}
#endif

/* User space only. The linker cannot drop these: walks of the kernel share the function. */
pte_t *pte_offset_map(pmd_t *pmdp, unsigned long addr)
{
	return NULL;
}

pte_t *pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmdp, unsigned long addr,
			   spinlock_t **ptl)
{
	return NULL;
}

void pte_unmap_unlock(pte_t *ptep, spinlock_t *ptl)
{
}
