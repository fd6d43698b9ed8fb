/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User space parts of the page table headers and of mm/pagewalk.c. The harness calls none
 * of these functions, so most have no definition: the linker drops their callers.
 */
#ifndef HOST_USER_H
#define HOST_USER_H

#define TASK_SIZE		(_AC(1, UL) << VA_BITS)
#define VM_PFNMAP		0x400
#define USER_ASID_FLAG		1UL
#define ASID(mm)		0UL
#define __init
#define FIX_PTE			0
#define FIX_PMD			0
#define FIX_PUD			0
#define FIX_P4D			0
#define FIX_PGD			0

typedef struct page *pgtable_t;
typedef unsigned long cydp_t;
#define CYDP_CLEAR_YOUNG	1
#define CYDP_CLEAR_DIRTY	2
typedef struct { unsigned long val; } swp_entry_t;

/* For sparse only. */
#define __bitwise

struct address_space {
	int i_mmap;
	int i_mmap_rwsem;
};

struct vm_area_struct {
	struct mm_struct *vm_mm;
	unsigned long vm_start, vm_end, vm_flags, vm_pgoff;
};

struct arch_tlbflush_unmap_batch;
struct folio;
struct vm_fault;

unsigned long set_fixmap_offset(int idx, phys_addr_t phys);
void clear_fixmap(int idx);
void mmu_notifier_arch_invalidate_secondary_tlbs(struct mm_struct *mm,
						 unsigned long start, unsigned long end);
void page_table_check_pte_clear(struct mm_struct *mm, pte_t pte);
void page_table_check_pmd_clear(struct mm_struct *mm, pmd_t pmd);
void page_table_check_pud_clear(struct mm_struct *mm, pud_t pud);
void page_table_check_ptes_set(struct mm_struct *mm, pte_t *ptep, pte_t pte, unsigned int nr);
void page_table_check_pmd_set(struct mm_struct *mm, pmd_t *pmdp, pmd_t pmd);
void page_table_check_pud_set(struct mm_struct *mm, pud_t *pudp, pud_t pud);
void mte_sync_tags(pte_t pte, unsigned int nr);
void *memset(void *s, int c, size_t n);

#define mm_tlb_flush_pending(mm)	false
#define atomic_read(v)			((v)->counter)
#define xchg_relaxed(p, new)		({ (void)(p); (new); })
#define pr_err(...)			host_warn("bad entry")

/* mm/pagewalk.c */
#define lockdep_assert_held(lock)	((void)(lock))
#define mmap_assert_locked(mm)		((void)(mm))
#define mmap_assert_write_locked(mm)	((void)(mm))
#define is_vm_hugetlb_page(vma)		((void)(vma), false)
#define split_huge_pmd(vma, pmd, addr)	((void)(vma), (void)(pmd))
#define split_huge_pud(vma, pud, addr)	((void)(vma), (void)(pud))
#define vma_pages(vma)			(((vma)->vm_end - (vma)->vm_start) >> PAGE_SHIFT)
#define vma_interval_tree_foreach(vma, root, start, last) \
	for (vma = find_vma(NULL, 0); vma; vma = find_vma(NULL, vma->vm_end))
#define pud_special(pud)		false
#define nth_page(page, n)		((page) + (n))

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
pte_t *pte_offset_map(pmd_t *pmdp, unsigned long addr);
pte_t *pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmdp, unsigned long addr,
			   spinlock_t **ptl);
void pte_unmap_unlock(pte_t *ptep, spinlock_t *ptl);
spinlock_t *pmd_lock(struct mm_struct *mm, pmd_t *pmdp);
spinlock_t *pud_lock(struct mm_struct *mm, pud_t *pudp);
void spin_unlock(spinlock_t *ptl);
void vma_pgtable_walk_begin(struct vm_area_struct *vma);
void vma_pgtable_walk_end(struct vm_area_struct *vma);
struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long addr, pte_t pte);
struct page *vm_normal_page_pmd(struct vm_area_struct *vma, unsigned long addr, pmd_t pmd);
bool is_huge_zero_pmd(pmd_t pmd);
bool is_pmd_migration_entry(pmd_t pmd);
bool is_migration_entry(swp_entry_t entry);
swp_entry_t pmd_to_swp_entry(pmd_t pmd);
swp_entry_t pte_to_swp_entry(pte_t pte);
struct page *pfn_swap_entry_to_page(swp_entry_t entry);
struct folio *page_folio(struct page *page);

#endif /* HOST_USER_H */
