// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "split_model.h"

#define ADDR_MASK	GENMASK_ULL(47, PAGE_SHIFT)

/* A range with one set of attributes and one offset from input to output address. */
struct piece {
	unsigned long start;
	unsigned long end;
	u64 attrs;
	u64 offset;
};

#define MAX_PIECES	4096

/* The translation model, sorted and with as few pieces as possible. */
static struct piece pieces[MAX_PIECES];
static unsigned int nr_pieces;

/* What the tables had last, and the layout model. */
static struct found found[MAX_FOUND], layout[MAX_FOUND];
static unsigned int nr_found, nr_layout;

/* Without count_model.c, counters are not checked. */
void __weak counts_record(void) { }
void __weak counts_check(const struct found *found, unsigned int nr) { }

void map_linear_map_rows(void)
{
	unsigned int i;

	map_leaf_rows_to(max(IS_ENABLED(CONFIG_ARM64_64K_PAGES) ? 2 : 1, tables_root_level()));
	for (i = 0; i < nr_leaves; i++) {
		leaves[i].val |= LEAF_TAGGED;
		/* No collapse makes groups in the root, so map_mem() does not either. */
		if (leaves[i].level == tables_root_level())
			leaves[i].val &= ~LEAF_CONT;
		*leaves[i].entry = leaves[i].val;
	}
	find_bounds();
	host_bbml2 = true;
}

bool next_partial_page(unsigned int *nr, unsigned long *start, unsigned long *end)
{
	for (; *nr < nr_leaves; ++*nr) {
		const struct leaf *leaf = &leaves[*nr];
		unsigned int i;

		for (i = 0; i < nr_bounds && bounds[i] != leaf->addr; i++)
			;
		if (i == nr_bounds || (leaf->level == 3 && !(leaf->val & LEAF_CONT)))
			continue;
		*start = leaf->addr + (leaf->level < 3 ? PAGE_SIZE : 0);
		*end = *start + PAGE_SIZE;
		++*nr;
		return true;
	}

	return false;
}

/* Without the address and what the level and the leaf size determine. */
static u64 attrs_of(u64 val)
{
	return val & ~(ADDR_MASK | LEAF_CONT | 2);
}

static unsigned long found_end(const struct found *f)
{
	return f->addr + LEVEL_SIZE(f->level);
}

static void list_tables(void)
{
	nr_found = tables_list(found);
}

/* Insert a piece at index @at. */
static struct piece *piece_new(unsigned int at)
{
	unsigned int i;

	if (nr_pieces == MAX_PIECES)
		test_bail("more than %d pieces", MAX_PIECES);
	for (i = nr_pieces++; i > at; i--)
		pieces[i] = pieces[i - 1];

	return &pieces[at];
}

void translation_record(void)
{
	unsigned int i;

	list_tables();
	nr_pieces = 0;
	for (i = 0; i < nr_found; i++) {
		u64 offset = (found[i].val & ADDR_MASK) - found[i].addr;
		struct piece *last = nr_pieces ? &pieces[nr_pieces - 1] : NULL;

		if (found[i].table)
			continue;
		if (last && last->end == found[i].addr && last->offset == offset &&
		    last->attrs == attrs_of(found[i].val))
			last->end = found_end(&found[i]);
		else
			*piece_new(nr_pieces) = (struct piece){
				found[i].addr, found_end(&found[i]), attrs_of(found[i].val), offset,
			};
	}
	counts_record();
}

/* Divide the piece around @addr, if any. */
static void piece_divide(unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < nr_pieces; i++) {
		if (addr > pieces[i].start && addr < pieces[i].end) {
			*piece_new(i) = pieces[i];
			pieces[i].end = addr;
			pieces[i + 1].start = addr;
			return;
		}
	}
}

static void merge_pieces(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < nr_pieces; i++) {
		struct piece *last = &pieces[nr - 1], *p = &pieces[i];

		if (nr && last->end == p->start && last->attrs == p->attrs &&
		    last->offset == p->offset)
			last->end = p->end;
		else
			pieces[nr++] = *p;
	}
	nr_pieces = nr;
}

void translation_change(unsigned long start, unsigned long end, u64 set, u64 clear)
{
	unsigned int i;

	piece_divide(start);
	piece_divide(end);
	for (i = 0; i < nr_pieces; i++) {
		if (pieces[i].start >= start && pieces[i].end <= end)
			pieces[i].attrs = (pieces[i].attrs & ~clear) | set;
	}
	merge_pieces();
}

bool translation_is_complete(unsigned long start, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < nr_pieces && start < end; i++) {
		if (pieces[i].start <= start && pieces[i].end > start)
			start = pieces[i].end;
	}

	return start >= end;
}

/* Whether a page of the range changes and has all of @bits. */
static bool any_change(unsigned long start, unsigned long end, u64 set, u64 clear, u64 bits)
{
	unsigned int i;

	for (i = 0; i < nr_pieces; i++) {
		const u64 attrs = pieces[i].attrs;

		if (pieces[i].start < end && start < pieces[i].end &&
		    ((attrs & ~clear) | set) != attrs && (attrs & bits) == bits)
			return true;
	}

	return false;
}

bool translation_differs(unsigned long start, unsigned long end, u64 set, u64 clear)
{
	return any_change(start, end, set, clear, 0);
}

bool translation_must_flush(unsigned long start, unsigned long end, u64 set, u64 clear)
{
	return any_change(start, end, set, clear, LEAF_VALID) ||
	       ((clear & LEAF_RDONLY) && any_change(start, end, set, clear, LEAF_RDONLY));
}

/* A leaf has the type and the alignment of its level. A contiguous group is complete. */
static void check_leaf(unsigned int i)
{
	const struct found *f = &found[i];
	unsigned long size = LEVEL_SIZE(f->level);
	unsigned int nr = group_entries(f->level), first, k;

	EXPECT(!!(f->val & 2) == (f->level == 3), "type of %016lx: %016llx", f->addr, f->val);
	EXPECT(!((f->val & ADDR_MASK) & (size - 1)), "output address of %016lx: %016llx", f->addr,
	       f->val);
	if (!(f->val & LEAF_CONT))
		return;

	first = i - f->addr / size % nr;
	for (k = 0; k < nr; k++) {
		const struct found *other = &found[first + k];

		if (!EXPECT(first + k < nr_found && other->level == f->level &&
			    other->val - f->val == other->addr - f->addr,
			    "%016lx: %016llx in a group with %016lx: %016llx", f->addr, f->val,
			    other->addr, other->val))
			return;
	}
}

static void check_tables(void)
{
	unsigned int i, reached = 0, linked = 0;
	struct table *table;

	for (i = 0; i < nr_found; i++) {
		if (!found[i].table)
			continue;
		reached++;
		EXPECT(!(found[i].val & TABLE_MARKS), "the table of %016lx still has a mark",
		       found[i].addr);
	}
	for (i = 0; (table = tables_nth(i)); i++) {
		linked += table->state == TABLE_LINKED;
		EXPECT(table->state == TABLE_LINKED || table->state == TABLE_FREED,
		       "table %u is neither linked nor freed", i);
	}
	/* No entry points to the root. */
	EXPECT(reached + 1 == linked, "%u tables are linked, a walk reaches %u", linked,
	       reached + 1);
}

void translation_check(void)
{
	unsigned int i, p = 0;
	unsigned long pos = nr_pieces ? pieces[0].start : 0;

	list_tables();
	check_tables();
	counts_check(found, nr_found);
	for (i = 0; i < nr_found && !test_failed(); i++) {
		const struct found *f = &found[i];

		if (f->table)
			continue;
		check_leaf(i);
		EXPECT(p < nr_pieces && f->addr == pos && found_end(f) <= pieces[p].end,
		       "a leaf at %016lx instead of %016lx", f->addr, pos);
		EXPECT(attrs_of(f->val) == pieces[p].attrs, "bits %llx instead of %llx at %016lx",
		       attrs_of(f->val), pieces[p].attrs, f->addr);
		EXPECT((f->val & ADDR_MASK) - f->addr == pieces[p].offset,
		       "%016lx is mapped to %llx", f->addr, f->val & ADDR_MASK);
		pos = found_end(f);
		if (pos == pieces[p].end && ++p < nr_pieces)
			pos = pieces[p].start;
	}
	EXPECT(test_failed() || p == nr_pieces, "%016lx is not mapped", pos);
}

void layout_record(void)
{
	list_tables();
	memcpy(layout, found, nr_found * sizeof(*found));
	nr_layout = nr_found;
}

/* Replace leaf @i of the layout by a table of leaves, which get the bits @more. */
static void layout_replace(unsigned int i, u64 more)
{
	struct found old = layout[i];
	unsigned int k;

	if (nr_layout + PER_TABLE > MAX_FOUND)
		test_bail("more than %u entries", MAX_FOUND);
	for (k = nr_layout; --k > i;)
		layout[k + PER_TABLE] = layout[k];
	nr_layout += PER_TABLE;

	layout[i].table = true;
	layout[i].val = 3 | TABLE_UXN;
	if (old.addr >= linear_map && old.addr < PAGE_END)
		layout[i].val |= TABLE_PXN;
	for (k = 0; k < PER_TABLE; k++)
		layout[i + 1 + k] = (struct found){
			.addr = old.addr + k * LEVEL_SIZE(old.level + 1),
			.level = old.level + 1,
			.val = (old.val + k * LEVEL_SIZE(old.level + 1)) | more |
			       (old.level == 2 ? 2 : 0),
		};
}

/* Index of the leaf that maps @addr, or nr_layout. */
static unsigned int layout_find(unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < nr_layout; i++) {
		if (!layout[i].table && addr >= layout[i].addr && addr < found_end(&layout[i]))
			break;
	}

	return i;
}

void layout_split_at(unsigned long addr)
{
	unsigned int i, k;

	while ((i = layout_find(addr)) < nr_layout) {
		unsigned long size = LEVEL_SIZE(layout[i].level);
		unsigned int nr = group_entries(layout[i].level);

		if ((layout[i].val & LEAF_CONT) && addr % (nr * size)) {
			i -= layout[i].addr / size % nr;
			for (k = 0; k < nr; k++)
				layout[i + k].val &= ~LEAF_CONT;
		} else if (addr % size) {
			layout_replace(i, LEAF_CONT);
		} else {
			break;
		}
	}
}

void layout_split_pud_at(unsigned long addr)
{
	unsigned int i = layout_find(addr);

	if (i < nr_layout && !IS_ENABLED(CONFIG_ARM64_4K_PAGES) && layout[i].level == 1 &&
	    addr != layout[i].addr)
		layout_replace(i, LEAF_CONT);
}

unsigned long layout_leaf_size(unsigned long addr)
{
	unsigned int i;

	list_tables();
	for (i = 0; i < nr_found; i++) {
		if (!found[i].table && addr >= found[i].addr && addr < found_end(&found[i]))
			return LEVEL_SIZE(found[i].level) *
			       (found[i].val & LEAF_CONT ? group_entries(found[i].level) : 1);
	}

	return 0;
}

/* Of leaves, address, level and contiguous bit; translation_check() compares the rest. */
void layout_check(void)
{
	unsigned int i;

	list_tables();
	for (i = 0; i < nr_found && i < nr_layout; i++) {
		const struct found *a = &found[i], *b = &layout[i];

		if (a->addr != b->addr || a->level != b->level || a->table != b->table)
			break;
		if (a->table ? a->val != b->val : (a->val ^ b->val) & LEAF_CONT)
			break;
	}
	EXPECT(nr_found == nr_layout && i == nr_found,
	       "entry %u is %016lx, level %d, %llx instead of %016lx, level %d, %llx", i,
	       found[i].addr, found[i].level, found[i].val, layout[i].addr, layout[i].level,
	       layout[i].val);
}

/* TLBIs after the last store cover the range, and nothing else. @wanted: there are some. */
static void check_flush(unsigned long start, unsigned long end, bool wanted)
{
	unsigned long pos = start;
	unsigned int i, last = 0;

	for (i = 0; i < log_nr; i++) {
		if (events[i].type == EV_STORE)
			last = i;
	}
	for (i = 0; i < log_nr; i++) {
		const struct event *ev = &events[i];

		if (ev->type != EV_TLBI)
			continue;
		EXPECT(!ev->level, "TLBI with level %u", ev->level);
		if (i < last || !strcmp(ev->text, "vaae1is"))
			continue;
		if (ev->all)
			pos = end;
		else if (EXPECT(ev->start == pos, "TLBI of %016lx, not %016lx", ev->start, pos))
			pos = ev->end;
	}
	EXPECT(pos == (wanted ? end : start), "TLBIs end at %lx, range %016lx-%016lx", pos, start,
	       end);
}

void checked_change(const struct op *op, unsigned long start, unsigned long end)
{
	bool fine = start < end && translation_is_complete(start, end);
	bool at_start = fine && translation_differs(start, start + PAGE_SIZE, op->set, op->clear);
	bool at_end = fine && translation_differs(end - PAGE_SIZE, end, op->set, op->clear);
	bool flush = fine && translation_must_flush(start, end, op->set, op->clear);
	bool was_fine = !test_failed();
	int ret;

	layout_record();
	log_reset();
	ret = update_range_prot(start, end - start, __pgprot(op->set), __pgprot(op->clear));
	test_count();
	EXPECT(ret == (fine ? 0 : -EINVAL), "returned %d", ret);
	EXPECT(!log_count(EV_WARN), "a warning");
	EXPECT(!log_rcu_outside, "%u accesses outside RCU read-side critical sections",
	       log_rcu_outside);
	if (fine) {
		translation_change(start, end, op->set, op->clear);
		if (at_start)
			layout_split_at(start);
		if (at_end)
			layout_split_at(end);
	}
	translation_check();
	layout_check();
	if (fine)
		check_flush(start, end, flush);
	if (was_fine && test_failed())
		log_print();
}
