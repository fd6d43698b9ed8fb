// SPDX-License-Identifier: GPL-2.0-only
#include "bbm.h"
#include "ktap.h"
#include "libc.h"
#include "model.h"

/* Bits of a valid leaf that may change in place. */
#define AP_USER		BIT(6)
#define ACCESSED	BIT(10)
#define UXN		BIT(54)
#define SOFTWARE	GENMASK_ULL(58, 55)
#define LIVE_BITS	(LEAF_PXN | UXN | LEAF_WRITE | LEAF_GP | LEAF_RDONLY | AP_USER | \
			 ACCESSED | SOFTWARE)
/* AttrIndx of normal memory is 0, with tags 1: one may replace the other in place. */
#define ATTR_TAGGED	BIT(2)
#define ATTR_OTHER	(BIT(3) | BIT(4))
/* Bits of a table entry: ignored by hardware; attributes of all leaves below. */
#define TABLE_IGNORED	GENMASK_ULL(58, 51)
#define TABLE_ALL_BELOW	GENMASK_ULL(63, 59)
#define ADDR_MASK	GENMASK_ULL(47, PAGE_SHIFT)

bool bbm_tables_locked;
bool bbm_planted;
unsigned int bbm_found;
const char *bbm_last;

/* Contiguous groups with changed entries: all entries must change until bbm_settle(). */
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

/* Entry @i of a table that replaces the leaf @val at @level. */
static u64 part_of(u64 val, int level, unsigned int i)
{
	if (!is_leaf(val, level))
		return val;
	if (level + 1 == 3)
		val |= 2;

	return val + i * LEVEL_SIZE(level + 1);
}

/*
 * Whether entries @a and @b translate each address of the slot alike. @above_a and
 * @above_b are the TABLE_ALL_BELOW bits of the tables above.
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
		return !((a ^ b) & ~(LEAF_CONT | TABLE_MARKS));
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
 * After a table was unlinked, a CPU can fill its TLB from a walk-cache entry that points
 * to the table, until the table's range is invalidated at all levels. A change of the range
 * before that is not safe: the CPU may still use the old value.
 */
static void check_stale(u64 *entry, unsigned long addr, unsigned long size, u64 old, u64 new)
{
	const struct table *table;
	unsigned int i;

	for (i = 0; (table = tables_nth(i)); i++) {
		if (table->state == TABLE_UNLINKED && !table->unlinked.flushed &&
		    addr <= table_end(table) - 1 && table->addr <= addr + (size - 1))
			violation("a change while walk caches may have a replaced table", entry,
				  old, new);
	}
}

static void check_linked(struct table *table, u64 *entry, u64 old, u64 new)
{
	if (table->state == TABLE_FREED)
		violation("links a freed table", entry, old, new);
	if (table->state == TABLE_PRIVATE && memcmp(table->mem, table->published, PAGE_SIZE))
		violation("links a table without a DSB after its last store", entry, old, new);
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
	if (group == groups + ARRAY_SIZE(groups))
		test_bail("more than %zu contiguous groups in one call", ARRAY_SIZE(groups));
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
			violation("a contiguous group is changed in part", group.first + i, val,
				  (val & ~group.clear) | group.set);
			break;
		}
	}
}

static void check_leaf(struct table *table, u64 *entry, u64 old, u64 new)
{
	u64 bits = old ^ new;

	check_group(table, entry, old, new);
	/* Only changes in place are restricted. */
	if (!new || !(old & LEAF_VALID))
		return;
	if (!(new & LEAF_VALID))
		bits &= ~(LEAF_VALID | LEAF_NG);
	if (!((old | new) & ATTR_OTHER))
		bits &= ~ATTR_TAGGED;
	if (host_bbml2)
		bits &= ~(LEAF_CONT | TABLE_MARKS);
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
		violation("a store to a table that is not linked any more", entry, old, new);
	if (table->state != TABLE_LINKED || old == new)
		return;

	addr = tables_addr(entry);
	if ((old ^ new) & ~TABLE_MARKS)
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
			violation("a table entry changes a bit that hardware uses", entry,
				  old, new);
		return;
	}
	/* A new table where nothing is mapped. */
	if (!old)
		return;
	if (!host_bbml2)
		violation("a leaf size changes without BBML2", entry, old, new);
	if (!same(old, 0, new, 0, level))
		violation("a split or collapse changes the translation", entry, old, new);
}

/* Track the tables that the store has linked or unlinked. */
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
		/* Readers that hold kernel_tables_rwsem are not in the table now. */
		from->unlinked.locked = bbm_tables_locked;
		from->unlinked.flushed_to = from->addr;
	}
}

void bbm_access(const u64 *entry)
{
	if (tables_of(entry)->state == TABLE_FREED)
		violation("an access to a freed table", entry, 0, 0);
}

void bbm_free(struct table *table)
{
	if (table->state == TABLE_FREED)
		violation("a table is freed twice", table->mem, 0, 0);
	if (table->state == TABLE_LINKED || tables_reachable(table))
		violation("a linked table is freed", table->mem, 0, 0);
	if (table->state != TABLE_UNLINKED)
		return;
	if (!table->unlinked.flushed)
		violation("a table is freed before the TLBI of its range", table->mem, 0, 0);
	else if (!table->unlinked.grace)
		violation("a table is freed before a grace period", table->mem, 0, 0);
	else if (!table->unlinked.quiet && !table->unlinked.locked)
		violation("a table is freed while readers with the semaphore may use it",
			  table->mem, 0, 0);
}

/* Progress of an unlinked table: each step counts only after the previous ones. */
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
	case EV_TABLES_LOCK:
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
