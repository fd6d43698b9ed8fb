// SPDX-License-Identifier: GPL-2.0-only
#include "bbm.h"
#include "kernel.h"
#include "kernel_split.h"
#include "libc.h"
#include "log.h"
#include "tables.h"
#include "tlb.h"

bool host_bbml2;
bool host_caps_final;
unsigned int host_caps_final_at;
unsigned int host_preempt_depth;
bool host_preempt_off;
bool host_irqs_off;

unsigned int tables_allocated, table_allocs, table_alloc_fails_at, tables_charged;
bool task_in_no_memcg;

static void reset(void)
{
	host_bbml2 = false;
	host_caps_final = true;
	host_caps_final_at = 0;
	host_preempt_depth = 0;
	host_preempt_off = false;
	host_irqs_off = false;
	tables_allocated = 0;
	table_allocs = 0;
	table_alloc_fails_at = 0;
	tables_charged = 0;
	task_in_no_memcg = false;
}

ON_KERNEL_RESET(reset);

/* The kernel patches the result in stop_machine(), which waits for preempt_enable(). */
bool system_capabilities_finalized(void)
{
	bool final = host_caps_final;

	if (host_caps_final_at && !preempt_count() && !--host_caps_final_at)
		host_caps_final = true;

	return final;
}

void preempt_disable(void)
{
	host_preempt_depth++;
}

void preempt_enable(void)
{
	if (!host_preempt_depth--)
		host_warn("preempt_enable() without preempt_disable()");
}

void host_might_sleep(void)
{
	if (log_rcu_held() || preempt_count() || host_irqs_off)
		host_warn("sleeps in atomic context");
}

/* split_kernel_leaf_at() calls this outside of its RCU read-side critical section. */
void might_sleep(void)
{
	host_might_sleep();
	log_moment(IN_MIGHT_SLEEP);
}

bool cmpxchg_swapper_pgd(pgd_t *pgdp, pgd_t old, pgd_t new)
{
	u64 found;

	log_root_writable++;
	found = cmpxchg_relaxed(&pgd_val(*pgdp), pgd_val(old), pgd_val(new));
	log_root_writable--;
	if (found != pgd_val(old))
		return false;
	dsb(ishst);
	isb();

	return true;
}

/* Without __GFP_ZERO the page has arbitrary content. */
unsigned long __get_free_page(unsigned int gfp)
{
	struct table *table;
	unsigned int i;

	host_might_sleep();
	log_moment(IN_ALLOCATION);
	if (++table_allocs == table_alloc_fails_at)
		return 0;

	table = tables_new();
	for (i = 0; i < PER_TABLE; i++)
		table->mem[i] = gfp & __GFP_ZERO ? 0 : 0x00bad00000000704 + i;
	memcpy(table->published, table->mem, PAGE_SIZE);
	table->state = TABLE_PRIVATE;
	table->early = false;
	tables_allocated++;
	tables_charged += (gfp & __GFP_ACCOUNT) && !task_in_no_memcg;

	return (unsigned long)table->mem;
}

static struct table *table_of_page(const struct page *page)
{
	return tables_by_phys(PFN_PHYS(page_to_pfn(page)));
}

bool PageReserved(const struct page *page)
{
	return table_of_page(page)->early;
}

static void table_free(struct page *page, bool early)
{
	struct table *table = table_of_page(page);

	if (table->early != early)
		host_warn("a table is freed to the wrong allocator");
	if (!early)
		tables_allocated--;
	bbm_free(table);
	tlb_free(table);
	log_add(EV_FREE)->entry = table->mem;
	table->state = TABLE_FREED;
	memset(table->mem, 0x5a, PAGE_SIZE);
}

void __free_page(struct page *page)
{
	table_free(page, false);
}

void free_reserved_page(struct page *page)
{
	table_free(page, true);
}
