// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "pages.h"

#define ADDR_MASK	GENMASK_ULL(47, PAGE_SHIFT)
#define MARK		COLLAPSE_MARKS

/* Neighbours that are mapped alike: where to is a fixed distance. */
struct piece {
	unsigned long start;
	unsigned long end;
	u64 attrs;
	u64 distance;
};

#define MAX_PIECES	4096

static struct piece pieces[MAX_PIECES];
static unsigned int nr_pieces;

/* What was seen last, and what leaves shall be seen. */
static struct seen seen[MAX_SEEN], shape[MAX_SEEN];
static unsigned int nr_seen, nr_shape;

/* What leaf_count_read() had more than there was. */
static unsigned long miscounted[NR_LEAF_SIZES];

static u64 attrs_of(u64 val)
{
	return val & ~(ADDR_MASK | LEAF_CONT | 2);
}

static unsigned long seen_end(const struct seen *s)
{
	return s->addr + LEVEL_SIZE(s->level);
}

static void see(void)
{
	nr_seen = tables_see(seen);
}

static void count_by_walk(unsigned long bytes[NR_LEAF_SIZES])
{
	rcu_read_lock();
	leaf_count_walk(linear_map, PAGE_END, bytes);
	rcu_read_unlock();
}

static struct piece *piece_new(unsigned int at)
{
	unsigned int i;

	if (nr_pieces == MAX_PIECES) {
		printf("Bail out! more than %d pieces\n", MAX_PIECES);
		exit(1);
	}
	for (i = nr_pieces++; i > at; i--)
		pieces[i] = pieces[i - 1];

	return &pieces[at];
}

void pages_take(void)
{
	unsigned long counted[NR_LEAF_SIZES];
	unsigned int i;

	see();
	nr_pieces = 0;
	for (i = 0; i < nr_seen; i++) {
		u64 distance = (seen[i].val & ADDR_MASK) - seen[i].addr;
		struct piece *last = nr_pieces ? &pieces[nr_pieces - 1] : NULL;

		if (seen[i].table)
			continue;
		if (last && last->end == seen[i].addr && last->distance == distance &&
		    last->attrs == attrs_of(seen[i].val))
			last->end = seen_end(&seen[i]);
		else
			*piece_new(nr_pieces) = (struct piece){
				seen[i].addr, seen_end(&seen[i]), attrs_of(seen[i].val), distance,
			};
	}

	leaf_count_read(counted);
	count_by_walk(miscounted);
	for (i = 0; i < NR_LEAF_SIZES; i++)
		miscounted[i] = counted[i] - miscounted[i];
}

/* Let a piece begin at @addr, if one is there. */
static void piece_cut(unsigned long addr)
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

/* As few as can be: neighbours may have become alike. */
static void pieces_join(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < nr_pieces; i++) {
		struct piece *last = &pieces[nr - 1], *p = &pieces[i];

		if (nr && last->end == p->start && last->attrs == p->attrs &&
		    last->distance == p->distance)
			last->end = p->end;
		else
			pieces[nr++] = *p;
	}
	nr_pieces = nr;
}

void pages_change(unsigned long start, unsigned long end, u64 set, u64 clear)
{
	unsigned int i;

	piece_cut(start);
	piece_cut(end);
	for (i = 0; i < nr_pieces; i++) {
		if (pieces[i].start >= start && pieces[i].end <= end)
			pieces[i].attrs = (pieces[i].attrs & ~clear) | set;
	}
	pieces_join();
}

bool pages_whole(unsigned long start, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < nr_pieces && start < end; i++) {
		if (pieces[i].start <= start && pieces[i].end > start)
			start = pieces[i].end;
	}

	return start >= end;
}

static bool any_piece(unsigned long start, unsigned long end, u64 set, u64 clear, u64 bits)
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

bool pages_differ(unsigned long start, unsigned long end, u64 set, u64 clear)
{
	return any_piece(start, end, set, clear, 0);
}

bool pages_any_valid(unsigned long start, unsigned long end, u64 set, u64 clear)
{
	return any_piece(start, end, set, clear, LEAF_VALID);
}

/* A leaf has the bits that its level asks for, and so has its contiguous group. */
static void check_leaf(unsigned int i)
{
	const struct seen *s = &seen[i];
	unsigned long size = LEVEL_SIZE(s->level);
	unsigned int nr = group_entries(s->level), first, k;

	EXPECT(!!(s->val & 2) == (s->level == 3), "type of %016lx: %016llx", s->addr, s->val);
	EXPECT(!((s->val & ADDR_MASK) & (size - 1)), "%016lx: %016llx", s->addr, s->val);
	if (!(s->val & LEAF_CONT))
		return;

	first = i - s->addr / size % nr;
	for (k = 0; k < nr; k++) {
		const struct seen *other = &seen[first + k];

		if (!EXPECT(first + k < nr_seen && other->level == s->level &&
			    other->val - s->val == other->addr - s->addr,
			    "%016lx: %016llx in a group with %016lx: %016llx", s->addr, s->val,
			    other->addr, other->val))
			return;
	}
}

static void check_counts(void)
{
	unsigned long counted[NR_LEAF_SIZES], walked[NR_LEAF_SIZES], own[NR_LEAF_SIZES] = { };
	unsigned int i;

	for (i = 0; i < nr_seen; i++) {
		const struct seen *s = &seen[i];

		if (!s->table && s->level > 0 && s->addr >= linear_map && s->addr < PAGE_END)
			own[(3 - s->level) * 2 + !!(s->val & LEAF_CONT)] += LEVEL_SIZE(s->level);
	}
	leaf_count_read(counted);
	count_by_walk(walked);
	for (i = 0; i < NR_LEAF_SIZES; i++) {
		EXPECT(walked[i] == own[i], "size %u: %lx walked, and %lx there", i, walked[i],
		       own[i]);
		EXPECT(counted[i] - miscounted[i] == own[i], "size %u: %lx counted, and %lx there",
		       i, counted[i] - miscounted[i], own[i]);
	}
}

static void check_tables(void)
{
	unsigned int i, found = 0, linked = 0;
	struct table *table;

	for (i = 0; i < nr_seen; i++) {
		if (!seen[i].table)
			continue;
		found++;
		EXPECT(!(seen[i].val & MARK), "the mark of %016lx is left", seen[i].addr);
	}
	for (i = 0; (table = tables_nth(i)); i++) {
		linked += table->state == TABLE_LINKED;
		EXPECT(table->state == TABLE_LINKED || table->state == TABLE_FREED,
		       "table %u was neither linked nor freed", i);
	}
	/* The root has no descriptor. */
	EXPECT(found + 1 == linked, "%u tables are linked, %u are found", linked, found + 1);
}

void pages_check(void)
{
	unsigned int i, p = 0;
	unsigned long pos = nr_pieces ? pieces[0].start : 0;

	see();
	check_tables();
	check_counts();
	for (i = 0; i < nr_seen && !test_failed(); i++) {
		const struct seen *s = &seen[i];

		if (s->table)
			continue;
		check_leaf(i);
		EXPECT(p < nr_pieces && s->addr == pos && seen_end(s) <= pieces[p].end,
		       "a leaf at %016lx, not %016lx", s->addr, pos);
		EXPECT(attrs_of(s->val) == pieces[p].attrs, "bits %llx instead of %llx at %016lx",
		       attrs_of(s->val), pieces[p].attrs, s->addr);
		EXPECT((s->val & ADDR_MASK) - s->addr == pieces[p].distance, "%lx: %llx", s->addr,
		       s->val & ADDR_MASK);
		pos = seen_end(s);
		if (pos == pieces[p].end && ++p < nr_pieces)
			pos = pieces[p].start;
	}
	EXPECT(test_failed() || p == nr_pieces, "nothing at %016lx", pos);
}

void shape_take(void)
{
	see();
	memcpy(shape, seen, nr_seen * sizeof(*seen));
	nr_shape = nr_seen;
}

/* Replace shape[@i] by a table, and @nr entries of the leaf that it was. */
static void shape_replace(unsigned int i, u64 more)
{
	struct seen old = shape[i];
	unsigned int k;

	if (nr_shape + PER_TABLE > MAX_SEEN) {
		printf("Bail out! more than %u entries\n", MAX_SEEN);
		exit(1);
	}
	for (k = nr_shape; --k > i;)
		shape[k + PER_TABLE] = shape[k];
	nr_shape += PER_TABLE;

	shape[i].table = true;
	shape[i].val = 3 | TABLE_UXN;
	if (old.addr >= linear_map && old.addr < PAGE_END)
		shape[i].val |= TABLE_PXN;
	for (k = 0; k < PER_TABLE; k++)
		shape[i + 1 + k] = (struct seen){
			.addr = old.addr + k * LEVEL_SIZE(old.level + 1),
			.level = old.level + 1,
			.val = (old.val + k * LEVEL_SIZE(old.level + 1)) | more |
			       (old.level == 2 ? 2 : 0),
		};
}

static unsigned int shape_find(unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < nr_shape; i++) {
		if (!shape[i].table && addr >= shape[i].addr && addr < seen_end(&shape[i]))
			break;
	}

	return i;
}

void shape_cut(unsigned long addr)
{
	unsigned int i, k;

	while ((i = shape_find(addr)) < nr_shape) {
		unsigned long size = LEVEL_SIZE(shape[i].level);
		unsigned int nr = group_entries(shape[i].level);

		if ((shape[i].val & LEAF_CONT) && addr % (nr * size)) {
			i -= shape[i].addr / size % nr;
			for (k = 0; k < nr; k++)
				shape[i + k].val &= ~LEAF_CONT;
		} else if (addr % size) {
			shape_replace(i, LEAF_CONT);
		} else {
			break;
		}
	}
}

/* A PUD leaf, where the linear map has none and so does not get one again. */
void shape_split_for_good(unsigned long addr)
{
	unsigned int i = shape_find(addr);

	if (i < nr_shape && !IS_ENABLED(CONFIG_ARM64_4K_PAGES) && shape[i].level == 1 &&
	    addr != shape[i].addr)
		shape_replace(i, LEAF_CONT);
}

unsigned long shape_size_at(unsigned long addr)
{
	unsigned int i;

	see();
	for (i = 0; i < nr_seen; i++) {
		if (!seen[i].table && addr >= seen[i].addr && addr < seen_end(&seen[i]))
			return LEVEL_SIZE(seen[i].level) *
			       (seen[i].val & LEAF_CONT ? group_entries(seen[i].level) : 1);
	}

	return 0;
}

/* By address, level and contiguous bit; attributes are the pages'. */
void shape_check(void)
{
	unsigned int i;

	see();
	for (i = 0; i < nr_seen && i < nr_shape; i++) {
		if (seen[i].addr != shape[i].addr || seen[i].level != shape[i].level ||
		    ((seen[i].val ^ shape[i].val) & LEAF_CONT) || seen[i].table != shape[i].table)
			break;
		if (seen[i].table && seen[i].val != shape[i].val)
			break;
	}
	EXPECT(nr_seen == nr_shape && i == nr_seen,
	       "entry %u is of %016lx, level %d, %llx, and not %016lx, level %d, %llx", i,
	       seen[i].addr, seen[i].level, seen[i].val, shape[i].addr, shape[i].level,
	       shape[i].val);
}

/* Whether TLBIs behind the last store cover all of it, and nothing but entries of it. */
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
	EXPECT(pos == (wanted ? end : start), "invalidated up to %lx of %016lx-%016lx", pos, start,
	       end);
}

void checked_change(const struct op *op, unsigned long start, unsigned long end)
{
	bool fine = start < end && pages_whole(start, end);
	bool first = fine && pages_differ(start, start + PAGE_SIZE, op->set, op->clear);
	bool last = fine && pages_differ(end - PAGE_SIZE, end, op->set, op->clear);
	bool flush = fine && pages_any_valid(start, end, op->set, op->clear);
	bool was_fine = !test_failed();
	int ret;

	shape_take();
	log_reset();
	ret = update_range_prot(start, end - start, __pgprot(op->set), __pgprot(op->clear));
	test_count();
	EXPECT(ret == (fine ? 0 : -EINVAL), "returned %d", ret);
	EXPECT(!log_count(EV_WARN), "a warning");
	EXPECT(!log_rcu_outside, "%u accesses outside of RCU", log_rcu_outside);
	if (fine) {
		pages_change(start, end, op->set, op->clear);
		if (first)
			shape_cut(start);
		if (last)
			shape_cut(end);
	}
	pages_check();
	shape_check();
	if (fine)
		check_flush(start, end, flush);
	if (was_fine && test_failed())
		log_print();
}
