// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes for kernel page permissions: the leaf that maps an address, the
 * translation that the CPU makes of it, and a real access.
 *
 * The three see different things. The leaf is what is in memory, AT walks the
 * tables anew, and a real access can still hit an old entry in the TLB.
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
 * @leaf: filled in when there is one
 *
 * Takes no lock: the caller keeps the tables of @addr from being freed. Each
 * entry is read once. Anything that is neither zero nor a table is a leaf, so
 * entries that are present but not valid are found as well.
 *
 * Return: false if nothing maps @addr.
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
	/* With a folded PMD this is the PMD's own entry, looked at below. */
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
 * The table entries on the way to the leaf of a mapped @addr, top first. A folded
 * level is the entry of the level above it, and is left out.
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
 * pageattr_probe_lift_table_pxn - let the leaf alone decide about execution
 * @addr: kernel address that is mapped
 *
 * The tables of the linear map forbid execution of all that is below them,
 * whatever a leaf says. Takes that away in the tables above one leaf; the other
 * leaves below them still forbid it themselves. Nobody else may change these
 * tables meanwhile.
 *
 * Return: what pageattr_probe_put_table_pxn() needs to put it back.
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
 * @lifted: what pageattr_probe_lift_table_pxn() returned
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
 * pageattr_probe_rodata_full - is the linear map kept in step?
 *
 * Return: whether this boot has rodata=full.
 */
bool pageattr_probe_rodata_full(void)
{
	return rodata_full;
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_rodata_full);

/* Nothing may come between the translation and the reading of its result. */
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
 * pageattr_probe_at_read - does the CPU translate @addr for a read?
 * @addr: kernel address
 *
 * Works in any context. Never shows an old TLB entry.
 *
 * Return: whether a read would be allowed.
 */
bool pageattr_probe_at_read(unsigned long addr)
{
	return at_allowed("s1e1r", addr);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_at_read);

/**
 * pageattr_probe_at_write - does the CPU translate @addr for a write?
 * @addr: kernel address
 *
 * Works in any context. Never shows an old TLB entry.
 *
 * Return: whether a write would be allowed.
 */
bool pageattr_probe_at_write(unsigned long addr)
{
	return at_allowed("s1e1w", addr);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_at_write);

/* BTI C, for the sake of guarded pages; RET. */
static const __le32 landing_pad[] = {
	cpu_to_le32(0xd503245f),
	cpu_to_le32(0xd65f03c0),
};

/**
 * pageattr_probe_plant - put a function into memory that the caller owns
 * @addr: word-aligned kernel address, writable at the time
 *
 * pageattr_probe_exec() calls it, pageattr_probe_write() writes it again.
 * Not for use with interrupts off.
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
 * pageattr_probe_read - really read a byte
 * @addr: kernel address
 *
 * Return: 1 if the CPU allowed it, 0 if it refused.
 */
int pageattr_probe_read(unsigned long addr)
{
	u8 byte;

	return !copy_from_kernel_nofault(&byte, (void *)addr, sizeof(byte));
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_read);

/**
 * pageattr_probe_write - really write a byte
 * @addr: kernel address; the caller owns what is there
 *
 * Writes the first byte of what pageattr_probe_plant() puts there.
 *
 * Return: 1 if the CPU allowed it, 0 if it refused.
 */
int pageattr_probe_write(unsigned long addr)
{
	return !copy_to_kernel_nofault((void *)addr, landing_pad, 1);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_write);

/*
 * A refused execution is fatal at EL1, and there is no exception table for it.
 * So a kprobe on the way to the oops gives up the call instead: the probed
 * address was called, its return address is in LR, and X0 tells the caller.
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
	/* LR does not point to a landing pad. */
	aborted->pstate &= ~PSR_BTYPE_MASK;

	/* The probed function returns at once. */
	instruction_pointer_set(probed, probed->regs[30]);
	return 1;
}

static struct kprobe exec_kprobe;

/**
 * pageattr_probe_init - make ready for pageattr_probe_exec()
 *
 * Every successful call needs one of pageattr_probe_exit(). May sleep.
 *
 * Return: 0, or the error of the kprobe that catches a refused execution.
 */
int pageattr_probe_init(void)
{
	int ret = 0;

	mutex_lock(&exec_lock);
	if (!exec_users) {
		/* Registration leaves state in it that must not be reused. */
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
 */
void pageattr_probe_exit(void)
{
	mutex_lock(&exec_lock);
	if (!--exec_users)
		unregister_kprobe(&exec_kprobe);
	mutex_unlock(&exec_lock);
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_exit);

/* X0 comes back as it went in, unless exec_refused() clears it. */
static noinline unsigned long call_landing_pad(unsigned long addr)
{
	register unsigned long allowed asm("x0") = 1;

	asm volatile("blr %1" : "+r" (allowed) : "r" (addr) : "x30", "memory");

	return allowed;
}

/**
 * pageattr_probe_exec - really call a function
 * @addr: where pageattr_probe_plant() put one
 *
 * Between pageattr_probe_init() and pageattr_probe_exit(). May sleep.
 *
 * Return: 1 if the CPU allowed it, 0 if it refused, -EINVAL if something else
 * can be read at @addr, -EPERM without pageattr_probe_init().
 */
int pageattr_probe_exec(unsigned long addr)
{
	__le32 found[ARRAY_SIZE(landing_pad)];
	int ret;

	/* What cannot be read cannot be executed: that is no danger. */
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
	/* Go to the oops, thus to the kprobe, without a look at mappings. */
	pagefault_disable();
	ret = call_landing_pad(addr);
	pagefault_enable();
	WRITE_ONCE(exec_task, NULL);
out:
	mutex_unlock(&exec_lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(pageattr_probe_exec);
