// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "libc.h"
#include "model.h"
#include "tlb.h"

#define ADDR_MASK	GENMASK_ULL(47, PAGE_SHIFT)

/* A followed page: output address less input address, attributes before and after a change. */
static struct page_state {
	unsigned long addr;
	u64 offset;
	u64 old;
	u64 new;
} pages[32];
static unsigned int nr_pages;

/*
 * A cached leaf, or with @table a cached table entry. A walk in progress is a cached table
 * entry, too: the DSB after a TLBI waits for the walk. @seen is the last time at which a
 * walk could have cached it again.
 */
static struct cached {
	unsigned long addr;
	unsigned long size;
	int level;
	struct table *table;
	u64 offset;
	u64 attrs;
	unsigned int seen;
} cached[1024];
static unsigned int nr_cached, now;

/* Tables, visible stores or the set have changed, or a TLBI was issued. */
static bool changed;

/*
 * A store that a walk may not see yet: the CPU has issued no DSB, and no other CPU has
 * read the new value. A value that another CPU has read is visible to all.
 */
static struct unseen {
	u64 *entry;
	u64 old;
	unsigned int cpu;
} unseen[1024];
static unsigned int nr_unseen;

/* A TLBI that takes effect at any time up to the DSB ISH of its CPU. */
static struct tlbi {
	struct event ev;
	unsigned int cpu;
	unsigned int at;
} tlbis[1024];
static unsigned int nr_tlbis;

void tlb_reset(void)
{
	nr_pages = 0;
	nr_cached = 0;
	nr_unseen = 0;
	nr_tlbis = 0;
	now = 0;
}

static u64 attrs_of(u64 val)
{
	return val & ~(ADDR_MASK | LEAF_CONT | TABLE_MARKS | 2);
}

static bool covers(unsigned long addr, unsigned long size, unsigned long at)
{
	return at - addr < size;
}

static void check_cached(const struct cached *c)
{
	const struct page_state *p;

	for (p = pages; p < pages + nr_pages; p++) {
		if (c->table || !covers(c->addr, c->size, p->addr))
			continue;
		EXPECT(c->offset == p->offset, "a TLB maps %016lx to %llx", p->addr,
		       p->addr + c->offset);
		EXPECT(c->attrs == p->old || c->attrs == p->new,
		       "a TLB has %016lx in an entry of size %lx with %llx instead of %llx",
		       p->addr, c->size, c->attrs, p->new);
	}
}

static void cache(struct cached new)
{
	struct cached *c;

	new.seen = now;
	for (c = cached; c < cached + nr_cached; c++) {
		if (c->addr == new.addr && c->size == new.size && c->table == new.table &&
		    c->attrs == new.attrs && c->offset == new.offset) {
			c->seen = now;
			return;
		}
	}
	if (nr_cached == ARRAY_SIZE(cached))
		test_bail("more than %zu cached entries", ARRAY_SIZE(cached));
	cached[nr_cached++] = new;
	check_cached(&new);
}

/*
 * A CPU can cache the value @val of entry @i. For a leaf with the contiguous bit, it can
 * cache one entry for the whole group. If not @own, only this entry is for a followed page.
 */
static void cache_value(const struct table *table, unsigned int i, u64 val, bool own)
{
	unsigned long size = LEVEL_SIZE(table->level), addr = table->addr + i * size;
	struct table *below = tables_linked_by(val, table->level);
	struct cached c = { addr, size, table->level, below };

	if (!below && !(val & LEAF_VALID))
		return;
	if (!below) {
		c.attrs = attrs_of(val);
		c.offset = (val & ADDR_MASK) - addr;
	}
	if (own)
		cache(c);
	if (!below && (val & LEAF_CONT) && group_entries(table->level) > 1) {
		c.size = size * group_entries(table->level);
		c.addr = addr & ~(c.size - 1);
		cache(c);
	}
}

/* Walks of the followed pages that go on at @table. */
static void cache_from(const struct table *table)
{
	unsigned long size = LEVEL_SIZE(table->level);
	unsigned int nr = group_entries(table->level), i, k;
	const struct page_state *p;
	const struct unseen *u;

	for (p = pages; p < pages + nr_pages; p++) {
		const u64 *group;

		if (!covers(table->addr, table_end(table) - table->addr, p->addr))
			continue;
		i = (p->addr - table->addr) / size;
		cache_value(table, i, table->mem[i], true);
		i -= i % nr;
		group = table->mem + i;
		for (k = 0; k < nr; k++) {
			/* Adjacent entries of a group often have the same attributes. */
			if (!k || group[k] != group[k - 1] + size)
				cache_value(table, i + k, group[k], false);
		}
		for (u = unseen; u < unseen + nr_unseen; u++) {
			if (u->entry >= group && u->entry < group + nr)
				cache_value(table, u->entry - table->mem, u->old,
					    tables_addr(u->entry) == (p->addr & ~(size - 1)));
		}
	}
}

/* Cache all that a walk can see now, from the root or from a cached table entry. */
static void cache_all(void)
{
	unsigned int i;

	if (!changed)
		return;
	changed = false;
	now++;
	cache_from(tables_nth(0));
	for (i = 0; i < nr_cached; i++) {
		if (cached[i].table)
			cache_from(cached[i].table);
	}
}

void tlb_follow(unsigned long addr)
{
	struct page_state *p;
	int level = tables_root_level();
	u64 *entry;

	for (p = pages; p < pages + nr_pages; p++) {
		if (p->addr == addr)
			return;
	}
	if (nr_pages++ == ARRAY_SIZE(pages))
		test_bail("more than %zu pages", ARRAY_SIZE(pages));
	while (tables_is_table(entry = tables_entry(addr, level)))
		level++;
	p->addr = addr;
	p->offset = (*entry & ADDR_MASK) - tables_addr(entry);
	p->old = attrs_of(*entry);
	p->new = p->old;
	changed = true;
}

bool tlb_follows(const u64 *entry)
{
	const struct table *table = tables_of(entry);
	unsigned long size = LEVEL_SIZE(table->level) * group_entries(table->level);
	const struct page_state *p;

	for (p = pages; p < pages + nr_pages; p++) {
		if (covers(tables_addr(entry) & ~(size - 1), size, p->addr))
			return true;
	}

	return false;
}

static bool overlap(const struct event *tlbi, unsigned long addr, unsigned long size)
{
	return tlbi->all || (tlbi->start <= addr + (size - 1) && addr <= tlbi->end - 1);
}

bool tlb_names(const struct event *tlbi)
{
	const struct page_state *p;

	for (p = pages; p < pages + nr_pages; p++) {
		if (overlap(tlbi, p->addr, PAGE_SIZE))
			return true;
	}

	return false;
}

static bool is_last_level(const struct event *tlbi)
{
	return !strcmp(tlbi->text, "vaale1is") || !strcmp(tlbi->text, "rvaale1is");
}

/* Arm ARM, "TLB maintenance instructions": VAALE and RVAALE do not remove table entries. */
static bool removes(const struct event *tlbi, const struct cached *c)
{
	if (!overlap(tlbi, c->addr, c->size))
		return false;
	if (c->table)
		return !is_last_level(tlbi);

	return !tlbi->level || (int)tlbi->level == c->level;
}

void tlb_change(unsigned long start, unsigned long end, u64 set, u64 clear)
{
	struct page_state *p;

	for (p = pages; p < pages + nr_pages; p++) {
		if (covers(start, end - start, p->addr))
			p->new = (p->old & ~clear) | set;
	}
}

void tlb_check(void)
{
	unsigned int i;

	cache_all();
	for (i = 0; i < nr_cached; i++)
		check_cached(&cached[i]);
}

void tlb_changed(unsigned long start, unsigned long end, bool failed)
{
	struct page_state *p;

	for (p = pages; p < pages + nr_pages; p++) {
		if (!covers(start, end - start, p->addr))
			continue;
		if (failed)
			p->new = p->old;
		p->old = p->new;
	}
	tlb_check();
}

bool tlb_wants_valid(unsigned long addr)
{
	const struct page_state *p;

	for (p = pages; p < pages + nr_pages; p++) {
		if (p->addr == addr)
			return p->new & LEAF_VALID;
	}
	test_bail("%016lx is not followed", addr);
}

/* Walks see the stores to @entry, or to any entry if it is NULL, by log_cpu or by @others. */
static void make_visible(const u64 *entry, bool others)
{
	unsigned int i, nr = 0;

	for (i = 0; i < nr_unseen; i++) {
		bool mine = unseen[i].cpu == log_cpu;

		if ((entry && unseen[i].entry != entry) || mine == others)
			unseen[nr++] = unseen[i];
	}
	changed |= nr != nr_unseen;
	nr_unseen = nr;
}

void tlb_read(const u64 *entry)
{
	if (!nr_unseen || !tlb_follows(entry))
		return;
	cache_all();
	make_visible(entry, true);
}

void tlb_before_store(const u64 *entry)
{
	if (nr_pages && tlb_follows(entry))
		cache_all();
}

void tlb_after_store(u64 *entry, u64 old)
{
	if (!nr_pages || !tlb_follows(entry))
		return;
	if (nr_unseen == ARRAY_SIZE(unseen))
		test_bail("more than %zu stores without a DSB", ARRAY_SIZE(unseen));
	changed = true;
	unseen[nr_unseen++] = (struct unseen){ entry, old, log_cpu };
}

/* The TLBIs of log_cpu are complete. A walk can have cached an entry again after a TLBI. */
static void complete_tlbis(void)
{
	unsigned int i, k, nr = 0;

	for (i = 0; i < nr_tlbis; i++) {
		const struct tlbi *t = &tlbis[i];
		unsigned int left = 0;

		if (t->cpu != log_cpu) {
			tlbis[nr++] = *t;
			continue;
		}
		for (k = 0; k < nr_cached; k++) {
			if (cached[k].seen > t->at || !removes(&t->ev, &cached[k]))
				cached[left++] = cached[k];
		}
		nr_cached = left;
		changed = true;
	}
	nr_tlbis = nr;
}

void tlb_event(const struct event *ev)
{
	if (!nr_pages)
		return;
	switch (ev->type) {
	case EV_TLBI:
		if (is_last_level(ev) && !tlb_names(ev))
			break;
		if (nr_tlbis == ARRAY_SIZE(tlbis))
			test_bail("more than %zu TLBIs without a DSB", ARRAY_SIZE(tlbis));
		cache_all();
		changed = true;
		tlbis[nr_tlbis++] = (struct tlbi){ *ev, log_cpu, now };
		break;
	case EV_DSB_ISH:
	case EV_DSB_ISHST:
		cache_all();
		make_visible(NULL, false);
		if (ev->type == EV_DSB_ISH)
			complete_tlbis();
		break;
	default:
		break;
	}
}

void tlb_free(const struct table *table)
{
	unsigned int i, left = 0;

	if (!nr_pages)
		return;
	cache_all();
	for (i = 0; i < nr_cached; i++) {
		if (EXPECT(cached[i].table != table,
			   "a walk cache leads to the freed table of %016lx", table->addr))
			cached[left++] = cached[i];
	}
	nr_cached = left;
}
