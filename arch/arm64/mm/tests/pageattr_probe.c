// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes of kernel page permissions: the leaf that maps an address, the CPU's
 * translation with AT, and a real access.
 *
 * The leaf shows the page tables in memory. AT shows the result of a new walk by the
 * CPU. Only a real access finds a stale TLB entry.
 */
#include <linux/cacheflush.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mmu_context.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <kunit/visibility.h>

#include <asm/esr.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include <asm/tlbflush.h>

#include "pageattr_probe.h"

static bool fill_leaf(struct pageattr_leaf *leaf, unsigned long addr, u64 raw,
		      int level, unsigned long size)
{
	leaf->start = ALIGN_DOWN(addr, size);
	leaf->size = size;
	leaf->raw = raw;
	leaf->level = level;
	leaf->cont = raw & PTE_CONT;
	leaf->valid = raw & PTE_VALID;
	leaf->write = !(raw & PTE_RDONLY);
	leaf->exec = !(raw & PTE_PXN);

	return true;
}

/**
 * pageattr_probe_leaf - find the entry that maps a kernel address
 * @addr: kernel address
 * @leaf: filled in if an entry maps @addr
 *
 * Read each entry once. Every entry that is neither none nor a table entry is a leaf,
 * also an invalid one.
 *
 * Context: Any. Takes no lock: the caller must ensure that the tables of @addr are not
 * freed. For the linear map, an RCU read-side critical section ensures that.
 *
 * Return: false if no entry maps @addr.
 */
bool pageattr_probe_leaf(unsigned long addr, struct pageattr_leaf *leaf)
{
	pgd_t *pgdp, pgd;
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;
	u64 raw;

	pgdp = pgd_offset_k(addr);
	pgd = READ_ONCE(*pgdp);
	if (pgd_none(pgd))
		return false;

	p4dp = p4d_offset_lockless(pgdp, pgd, addr);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d))
		return false;

	pudp = pud_offset_lockless(p4dp, p4d, addr);
	pud = READ_ONCE(*pudp);
	if (pud_none(pud))
		return false;
	raw = pud_val(pud);
	/* With a folded PMD level this entry is the PMD: the code below handles it. */
	if (!mm_pmd_folded(&init_mm) &&
	    (raw & PUD_TYPE_MASK) != PUD_TYPE_TABLE)
		return fill_leaf(leaf, addr, raw, 1, PUD_SIZE);

	pmdp = pmd_offset_lockless(pudp, pud, addr);
	pmd = READ_ONCE(*pmdp);
	if (pmd_none(pmd))
		return false;
	raw = pmd_val(pmd);
	if ((raw & PMD_TYPE_MASK) != PMD_TYPE_TABLE)
		return fill_leaf(leaf, addr, raw, 2,
				 raw & PTE_CONT ? CONT_PMD_SIZE : PMD_SIZE);

	raw = pte_val(__ptep_get(pte_offset_kernel(&pmd, addr)));
	if (!raw)
		return false;

	return fill_leaf(leaf, addr, raw, 3,
			 raw & PTE_CONT ? CONT_PTE_SIZE : PAGE_SIZE);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_leaf);

/*
 * Find the table entries above the leaf of a mapped @addr, from the root down. A folded
 * level has the same entry as the level above: list the entry once.
 */
static int tables_above(unsigned long addr, u64 *tables[4])
{
	pgd_t *pgdp = pgd_offset_k(addr);
	p4d_t *p4dp = p4d_offset(pgdp, addr);
	pud_t *pudp = pud_offset(p4dp, addr);
	u64 *steps[4] = { (u64 *)pgdp, (u64 *)p4dp, (u64 *)pudp };
	int i, n = 0;

	if ((READ_ONCE(*steps[2]) & PUD_TYPE_MASK) == PUD_TYPE_TABLE)
		steps[3] = (u64 *)pmd_offset(pudp, addr);

	for (i = 0; i < ARRAY_SIZE(steps) && steps[i]; i++) {
		if ((READ_ONCE(*steps[i]) & PMD_TYPE_MASK) != PMD_TYPE_TABLE)
			break;
		if (!n || steps[i] != tables[n - 1])
			tables[n++] = steps[i];
	}
	return n;
}

static void set_table(u64 *entry, u64 val)
{
	if (in_swapper_pgdir(entry))
		set_swapper_pgd((pgd_t *)entry, __pgd(val));
	else
		WRITE_ONCE(*entry, val);
}

/**
 * pageattr_probe_lift_table_pxn - let only the leaf decide about execution
 * @addr: mapped kernel address
 *
 * The table entries of the linear map set PXNTable, which forbids execution below them.
 * Clear PXNTable in each table entry above the leaf of @addr. The other leaves below
 * these table entries still have PXN. The caller must prevent other changes to the table
 * entries until pageattr_probe_put_table_pxn().
 *
 * Return: the levels that changed, for pageattr_probe_put_table_pxn().
 */
unsigned int pageattr_probe_lift_table_pxn(unsigned long addr)
{
	unsigned int lifted = 0;
	u64 *tables[4];
	int i, n;

	n = tables_above(addr, tables);
	for (i = 0; i < n; i++) {
		u64 val = READ_ONCE(*tables[i]);

		if (val & PMD_TABLE_PXN) {
			set_table(tables[i], val & ~PMD_TABLE_PXN);
			lifted |= BIT(i);
		}
	}
	flush_tlb_all();

	return lifted;
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_lift_table_pxn);

/**
 * pageattr_probe_put_table_pxn - undo pageattr_probe_lift_table_pxn()
 * @addr: the same address, mapped by a leaf of the same size
 * @lifted: return value of pageattr_probe_lift_table_pxn()
 */
void pageattr_probe_put_table_pxn(unsigned long addr, unsigned int lifted)
{
	u64 *tables[4];
	int i, n;

	n = tables_above(addr, tables);
	for (i = 0; i < n; i++) {
		if (lifted & BIT(i))
			set_table(tables[i], READ_ONCE(*tables[i]) | PMD_TABLE_PXN);
	}
	flush_tlb_all();
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_put_table_pxn);

/**
 * pageattr_probe_rodata_full - whether set_memory_*() changes the linear alias
 *
 * Return: true with rodata=full.
 */
bool pageattr_probe_rodata_full(void)
{
	return rodata_full;
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_rodata_full);

/* An interrupt between AT and the read of PAR_EL1 could overwrite the result. */
#define at_allowed(insn, addr)						\
({									\
	unsigned long __flags;						\
	u64 __par;							\
									\
	local_irq_save(__flags);					\
	asm volatile("at " insn ", %0" :: "r" (addr) : "memory");	\
	isb();								\
	__par = read_sysreg_par();					\
	local_irq_restore(__flags);					\
	!(__par & SYS_PAR_EL1_F);					\
})

/**
 * pageattr_probe_at_read - translate an address for a read with AT
 * @addr: kernel address
 *
 * AT does not find stale TLB entries.
 *
 * Context: Any.
 *
 * Return: true if the page tables allow a read.
 */
bool pageattr_probe_at_read(unsigned long addr)
{
	return at_allowed("s1e1r", addr);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_at_read);

/**
 * pageattr_probe_at_write - translate an address for a write with AT
 * @addr: kernel address
 *
 * AT does not find stale TLB entries.
 *
 * Context: Any.
 *
 * Return: true if the page tables allow a write.
 */
bool pageattr_probe_at_write(unsigned long addr)
{
	return at_allowed("s1e1w", addr);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_at_write);

/* BTI C, as the page can be guarded; RET. */
static const __le32 landing_pad[] = {
	cpu_to_le32(0xd503245f),
	cpu_to_le32(0xd65f03c0),
};

/**
 * pageattr_probe_plant - write a function to memory that the caller owns
 * @addr: kernel address, word-aligned and writable
 *
 * pageattr_probe_exec() calls the function. pageattr_probe_write() writes the first
 * byte of the function again.
 *
 * Context: Interrupts on.
 *
 * Return: 0, or -EFAULT if @addr cannot be written.
 */
int pageattr_probe_plant(unsigned long addr)
{
	int ret;

	ret = copy_to_kernel_nofault((void *)addr, landing_pad,
				     sizeof(landing_pad));
	if (ret)
		return ret;

	flush_icache_range(addr, addr + sizeof(landing_pad));
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_plant);

/**
 * pageattr_probe_read - read a byte
 * @addr: kernel address
 *
 * Return: 1 if the CPU allowed the read, 0 if the read faulted.
 */
int pageattr_probe_read(unsigned long addr)
{
	u8 byte;

	return !copy_from_kernel_nofault(&byte, (void *)addr, sizeof(byte));
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_read);

/**
 * pageattr_probe_write - write a byte
 * @addr: kernel address of memory that the caller owns
 *
 * Write the first byte of the function of pageattr_probe_plant().
 *
 * Return: 1 if the CPU allowed the write, 0 if the write faulted.
 */
int pageattr_probe_write(unsigned long addr)
{
	return !copy_to_kernel_nofault((void *)addr, landing_pad, 1);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_write);

/*
 * An instruction abort at EL1 is fatal, and no exception table covers it. Therefore a
 * kprobe on __do_kernel_fault() ends the call instead of the oops: it continues at LR,
 * the return address of the call, with 0 in X0 for the caller.
 */
static DEFINE_MUTEX(exec_lock);
static struct task_struct *exec_task;
static unsigned long exec_addr;
static unsigned int exec_users;

/* Probed: __do_kernel_fault(unsigned long, unsigned long, struct pt_regs *) */
static int exec_refused(struct kprobe *p, struct pt_regs *probed)
{
	unsigned long esr = regs_get_kernel_argument(probed, 1);
	struct pt_regs *aborted;

	if (current != READ_ONCE(exec_task) ||
	    ESR_ELx_EC(esr) != ESR_ELx_EC_IABT_CUR)
		return 0;

	aborted = (struct pt_regs *)regs_get_kernel_argument(probed, 2);
	if (aborted->pc != exec_addr)
		return 0;

	aborted->regs[0] = 0;
	aborted->pc = aborted->regs[30];
	/* LR points behind the BLR, not to a landing pad. */
	aborted->pstate &= ~PSR_BTYPE_MASK;

	/* Return from __do_kernel_fault() without executing it. */
	instruction_pointer_set(probed, probed->regs[30]);
	return 1;
}

static struct kprobe exec_kprobe;

/**
 * pageattr_probe_init - prepare for pageattr_probe_exec()
 *
 * Each successful call needs one call of pageattr_probe_exit().
 *
 * Context: May sleep.
 *
 * Return: 0, or the error of register_kprobe().
 */
int pageattr_probe_init(void)
{
	int ret = 0;

	mutex_lock(&exec_lock);
	if (!exec_users) {
		/* A former registration set .addr, which excludes .symbol_name. */
		exec_kprobe = (struct kprobe) {
			.symbol_name = "__do_kernel_fault",
			.pre_handler = exec_refused,
		};
		ret = register_kprobe(&exec_kprobe);
	}
	if (!ret)
		exec_users++;
	mutex_unlock(&exec_lock);

	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_init);

/**
 * pageattr_probe_exit - undo pageattr_probe_init()
 *
 * Context: May sleep.
 */
void pageattr_probe_exit(void)
{
	mutex_lock(&exec_lock);
	if (!--exec_users)
		unregister_kprobe(&exec_kprobe);
	mutex_unlock(&exec_lock);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_exit);

/* The called function preserves X0. exec_refused() clears it. */
static noinline unsigned long call_landing_pad(unsigned long addr)
{
	register unsigned long allowed asm("x0") = 1;

	asm volatile("blr %1" : "+r" (allowed) : "r" (addr) : "x30", "memory");

	return allowed;
}

/**
 * pageattr_probe_exec - call the function of pageattr_probe_plant()
 * @addr: address of the function
 *
 * Context: May sleep. Between pageattr_probe_init() and pageattr_probe_exit().
 *
 * Return: 1 if the CPU allowed the call, 0 if the call faulted, -EINVAL if @addr has
 * other contents, -EPERM without pageattr_probe_init().
 */
int pageattr_probe_exec(unsigned long addr)
{
	__le32 found[ARRAY_SIZE(landing_pad)];
	int ret;

	/* Call an unreadable address too: the CPU cannot execute it. */
	if (!copy_from_kernel_nofault(found, (void *)addr, sizeof(found)) &&
	    memcmp(found, landing_pad, sizeof(found)))
		return -EINVAL;

	mutex_lock(&exec_lock);
	if (!exec_users) {
		ret = -EPERM;
		goto out;
	}

	exec_addr = addr;
	WRITE_ONCE(exec_task, current);
	/* do_page_fault() then calls __do_kernel_fault() without a search for a VMA. */
	pagefault_disable();
	ret = call_landing_pad(addr);
	pagefault_enable();
	WRITE_ONCE(exec_task, NULL);
out:
	mutex_unlock(&exec_lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_exec);
