// SPDX-License-Identifier: GPL-2.0-only
#include "bbm.h"
#include "kernel.h"
#include "ktap.h"
#include "libc.h"
#include "model.h"

/* Of a leaf: what may change while it is valid and in use. */
#define AP_USER		BIT(6)
#define ACCESSED	BIT(10)
#define UXN		BIT(54)
#define SOFTWARE	GENMASK_ULL(58, 55)
#define LIVE_BITS	(LEAF_PXN | UXN | LEAF_WRITE | LEAF_GP | LEAF_RDONLY | AP_USER | \
			 ACCESSED | SOFTWARE)
/* Normal, and the same with tags: MAIR's first two, which may change for each other. */
#define ATTR_TAGGED	BIT(2)
#define ATTR_OTHER	(BIT(3) | BIT(4))
/* Of a table: ignored by hardware; and what holds for all below. */
#define TABLE_IGNORED	GENMASK_ULL(58, 51)
#define TABLE_ALL_BELOW	GENMASK_ULL(63, 59)
#define ADDR_MASK	GENMASK_ULL(47, PAGE_SHIFT)

bool bbm_planted;
unsigned int bbm_found;
const char *bbm_last;

/* Parts of contiguous groups that were changed, whose rest has to follow. */
static struct group {
	u64 *first;
	unsigned int nr;
	u64 set;
	u64 clear;
} groups[4096];
static unsigned int nr_groups;

void bbm_reset(void)
{
	nr_groups = 0;
	bbm_planted = false;
	bbm_found = 0;
	bbm_last = "";
}

static void violation(const char *what, const u64 *entry, u64 old, u64 new)
{
	bbm_found++;
	bbm_last = what;
	if (!bbm_planted)
		EXPECT(!"a violation", "%s: %016lx, %016llx to %016llx", what, tables_addr(entry),
		       old, new);
}

static bool is_leaf(u64 val, int level)
{
	return (val & (LEAF_VALID | LEAF_NG)) && !tables_linked_by(val, level);
}

/* The entry that a table in the place of the leaf @val of @level has at @i. */
static u64 part_of(u64 val, int level, unsigned int i)
{
	if (!is_leaf(val, level))
		return val;
	if (level + 1 == 3)
		val |= 2;

	return val + i * LEVEL_SIZE(level + 1);
}

/*
 * Whether two entries, of the same place, translate each address alike; @above are
 * the bits of the tables above that hold for all below.
 */
static bool same(u64 a, u64 above_a, u64 b, u64 above_b, int level)
{
	const struct table *table_a = tables_linked_by(a, level);
	const struct table *table_b = tables_linked_by(b, level);
	unsigned int i;

	if (!table_a && !table_b) {
		if (is_leaf(a, level) && (above_a & TABLE_PXN))
			a |= LEAF_PXN;
		if (is_leaf(b, level) && (above_b & TABLE_PXN))
			b |= LEAF_PXN;
		return !((a ^ b) & ~(LEAF_CONT | COLLAPSE_MARKS));
	}

	if (table_a)
		above_a |= a & TABLE_ALL_BELOW;
	if (table_b)
		above_b |= b & TABLE_ALL_BELOW;
	if (table_a == table_b)
		return above_a == above_b;
	for (i = 0; i < PER_TABLE; i++) {
		if (!same(table_a ? table_a->mem[i] : part_of(a, level, i), above_a,
			  table_b ? table_b->mem[i] : part_of(b, level, i), above_b, level + 1))
			return false;
	}

	return true;
}

/*
 * What was mapped by a table that is no longer linked can come back by a walk cache, or
 * by entries of it in a TLB, until these are invalidated, all levels of them: whatever
 * changes there before would not last.
 */
static void check_stale(u64 *entry, unsigned long addr, unsigned long size, u64 old, u64 new)
{
	const struct table *table;
	unsigned int i;

	for (i = 0; (table = tables_nth(i)); i++) {
		if (table->state == TABLE_UNLINKED && !table->unlinked.flushed &&
		    addr <= table_end(table) - 1 && table->addr <= addr + (size - 1))
			violation("a change where a former table may still be cached", entry,
				  old, new);
	}
}

static void check_linked(struct table *table, u64 *entry, u64 old, u64 new)
{
	if (table->state == TABLE_FREED)
		violation("links a table that was freed", entry, old, new);
	if (table->state == TABLE_PRIVATE && memcmp(table->mem, table->published, PAGE_SIZE))
		violation("links a table before the DSB behind its last store", entry, old, new);
}

static void check_group(struct table *table, u64 *entry, u64 old, u64 new)
{
	unsigned int nr = group_entries(table->level), i;
	u64 *first = table->mem + (entry - table->mem) / nr * nr;
	const u64 bits = LIVE_BITS | LEAF_VALID | LEAF_NG;
	struct group *group;
	bool cont = false;

	if (nr == 1 || !((old ^ new) & bits))
		return;
	for (i = 0; i < nr; i++)
		cont |= is_leaf(first[i], table->level) && (first[i] & LEAF_CONT);
	if (!cont)
		return;

	for (group = groups; group < groups + nr_groups && group->first != first; group++)
		;
	if (group == groups + ARRAY_SIZE(groups)) {
		printf("Bail out! more than %zu groups in one call\n", ARRAY_SIZE(groups));
		exit(1);
	}
	if (group == groups + nr_groups) {
		nr_groups++;
		*group = (struct group){ first, nr };
	}
	group->set |= new & ~old & bits;
	group->clear |= old & ~new & bits;
}

void bbm_settle(void)
{
	unsigned int i;

	while (nr_groups) {
		struct group group = groups[--nr_groups];

		for (i = 0; i < group.nr; i++) {
			u64 val = group.first[i];

			if ((val & group.set) == group.set && !(val & group.clear))
				continue;
			violation("a part of a contiguous group was changed", group.first + i, val,
				  (val & ~group.clear) | group.set);
			break;
		}
	}
}

static void check_leaf(struct table *table, u64 *entry, u64 old, u64 new)
{
	u64 bits = old ^ new;

	check_group(table, entry, old, new);
	/* Nothing is there any more, or nothing was. */
	if (!new || !(old & LEAF_VALID))
		return;
	if (!(new & LEAF_VALID))
		bits &= ~(LEAF_VALID | LEAF_NG);
	if (!((old | new) & ATTR_OTHER))
		bits &= ~ATTR_TAGGED;
	if (host_bbml2)
		bits &= ~(LEAF_CONT | COLLAPSE_MARKS);
	if (bits & ~LIVE_BITS)
		violation("a valid leaf changes more than its permissions", entry, old, new);
}

void bbm_before_store(u64 *entry, u64 new)
{
	struct table *table = tables_of(entry), *from, *to;
	int level = table->level;
	unsigned long addr;
	u64 old = *entry;

	if (table->state == TABLE_UNLINKED)
		violation("a store into a table that is no longer linked", entry, old, new);
	if (table->state != TABLE_LINKED || old == new)
		return;

	addr = tables_addr(entry);
	if ((old ^ new) & ~COLLAPSE_MARKS)
		check_stale(entry, addr, LEVEL_SIZE(level), old, new);
	from = tables_linked_by(old, level);
	to = tables_linked_by(new, level);
	if (to && to != from)
		check_linked(to, entry, old, new);
	if (!from && !to) {
		check_leaf(table, entry, old, new);
		return;
	}
	if (from == to) {
		if ((old ^ new) & ~TABLE_IGNORED)
			violation("a table descriptor changes in what it means", entry, old, new);
		return;
	}
	/* A table in the place of nothing. */
	if (!old)
		return;
	if (!host_bbml2)
		violation("a size changes, on a CPU that cannot", entry, old, new);
	if (!same(old, 0, new, 0, level))
		violation("a size changes, and more than that", entry, old, new);
}

/* Take note of what the store, which has been made, did to tables. */
void bbm_after_store(u64 *entry, u64 old)
{
	struct table *table = tables_of(entry), *from, *to;

	if (table->state != TABLE_LINKED)
		return;

	from = tables_linked_by(old, table->level);
	to = tables_linked_by(*entry, table->level);
	if (from == to)
		return;
	if (to) {
		to->state = TABLE_LINKED;
		to->addr = tables_addr(entry);
		to->level = table->level + 1;
	}
	if (from) {
		from->state = TABLE_UNLINKED;
		memset(&from->unlinked, 0, sizeof(from->unlinked));
		/* Whoever reads tables under that lock is not there now. */
		from->unlinked.locked = log_mmap_locked();
		from->unlinked.flushed_to = from->addr;
	}
}

void bbm_access(const u64 *entry)
{
	if (tables_of(entry)->state == TABLE_FREED)
		violation("access to a table that was freed", entry, 0, 0);
}

void bbm_free(struct table *table)
{
	if (table->state == TABLE_FREED)
		violation("a table is freed twice", table->mem, 0, 0);
	if (table->state == TABLE_LINKED || tables_reachable(table))
		violation("a table is freed that is linked", table->mem, 0, 0);
	if (table->state != TABLE_UNLINKED)
		return;
	if (!table->unlinked.flushed)
		violation("a table is freed before its entries are invalidated", table->mem, 0, 0);
	else if (!table->unlinked.grace)
		violation("a table is freed before a grace period", table->mem, 0, 0);
	else if (!table->unlinked.quiet && !table->unlinked.locked)
		violation("a table is freed before those under the mmap lock are past it",
			  table->mem, 0, 0);
}

/* What the event means for a table that was unlinked; the order is that of the fields. */
static void event_unlinked(struct table *table, const struct event *ev)
{
	unsigned long end = table_end(table);

	switch (ev->type) {
	case EV_DSB_ISHST:
		table->unlinked.visible = true;
		break;
	case EV_TLBI:
		if (!table->unlinked.visible)
			break;
		if (ev->all || (ev->start <= table->unlinked.flushed_to &&
				ev->end - 1 >= table->unlinked.flushed_to))
			table->unlinked.flushed_to = ev->all ? end : ev->end;
		if (ev->all || (!strcmp(ev->text, "vaae1is") &&
				ev->start - table->addr < end - table->addr))
			table->unlinked.flushed_walks = true;
		break;
	case EV_DSB_ISH:
		if (table->unlinked.flushed_walks && table->unlinked.flushed_to - 1 >= end - 1)
			table->unlinked.flushed = true;
		break;
	case EV_GRACE:
		table->unlinked.grace = table->unlinked.flushed;
		break;
	case EV_MMAP_LOCK:
		table->unlinked.quiet = table->unlinked.grace;
		break;
	default:
		break;
	}
}

void bbm_event(const struct event *ev)
{
	struct table *table;
	unsigned int i;

	for (i = 0; (table = tables_nth(i)); i++) {
		if (table->state == TABLE_UNLINKED)
			event_unlinked(table, ev);
		if (table->state == TABLE_PRIVATE && ev->type == EV_DSB_ISHST)
			memcpy(table->published, table->mem, PAGE_SIZE);
	}
}
