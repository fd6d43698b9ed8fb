// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "model.h"

struct leaf leaves[MAX_LEAVES];
unsigned int nr_leaves;

void model_reset(void)
{
	kernel_reset();
	tables_reset();
	nr_leaves = 0;
}

u64 model_leaf(int level, phys_addr_t phys)
{
	u64 val = pgprot_val(PAGE_KERNEL) | (phys & GENMASK_ULL(47, PAGE_SHIFT));

	return level == 3 ? val : val & ~2UL;
}

/* Index of the leaf that maps @addr, else of the next leaf. */
static unsigned int leaf_index(unsigned long addr)
{
	unsigned int low = 0, high = nr_leaves;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (leaves[mid].addr + (leaf_size(&leaves[mid]) - 1) < addr)
			low = mid + 1;
		else
			high = mid;
	}

	return low;
}

struct leaf *model_find(unsigned long addr)
{
	unsigned int i = leaf_index(addr);

	return i < nr_leaves && leaves[i].addr <= addr ? &leaves[i] : NULL;
}

void model_map(unsigned long addr, int level, u64 val)
{
	u64 *entry = tables_entry(addr, level);
	unsigned int i = leaf_index(addr), j;

	if (i == nr_leaves || leaves[i].addr != addr) {
		if (nr_leaves == MAX_LEAVES)
			test_bail("more than %d leaves", MAX_LEAVES);
		for (j = nr_leaves++; j > i; j--)
			leaves[j] = leaves[j - 1];
	}
	leaves[i] = (struct leaf){ addr, level, entry, val };
	*entry = val;
}

void model_unmap(unsigned long addr)
{
	unsigned int i = leaf_index(addr);

	*leaves[i].entry = 0;
	for (nr_leaves--; i < nr_leaves; i++)
		leaves[i] = leaves[i + 1];
}

bool leaf_present(const struct leaf *leaf)
{
	return leaf->val & (LEAF_VALID | LEAF_NG);
}

static bool in_linear_map(unsigned long addr)
{
	return addr >= linear_map && addr < PAGE_END;
}

static unsigned long group_size(int level)
{
	if (level == 3)
		return LEVEL_SIZE(3) << CONFIG_ARM64_CONT_PTE_SHIFT;
	if (level == 2)
		return LEVEL_SIZE(2) << CONFIG_ARM64_CONT_PMD_SHIFT;

	return 0;
}

/* Whether [@start, @end) covers the contiguous group of @leaf in part. */
static bool group_partially_covered(const struct leaf *leaf, unsigned long start, unsigned long end)
{
	unsigned long size = group_size(leaf->level), first;

	if (!size || !(leaf->val & LEAF_CONT))
		return false;
	first = leaf->addr & ~(size - 1);

	return first < start || first + (size - 1) > end - 1;
}

void plan_reset(struct plan *plan)
{
	plan->ret = 0;
	plan->may_warn = false;
	plan->must_warn = false;
	plan->noflush = false;
	plan->nr = 0;
}

void plan_range(struct plan *plan, unsigned long start, unsigned long end, u64 set, u64 clear)
{
	struct planned_range *range = &plan->range[plan->nr++];
	bool partial = false, hole = start >= end;
	unsigned long pos = start;
	unsigned int i;

	*range = (struct planned_range){ start, end, set, clear };

	for (i = leaf_index(start); !hole && pos != end; i++) {
		const struct leaf *leaf = &leaves[i];
		unsigned long next;
		u64 val;

		if (i == nr_leaves || leaf->addr > pos || !leaf_present(leaf)) {
			hole = true;
			break;
		}
		next = leaf->addr + leaf_size(leaf);
		if (leaf->addr < start || next - 1 > end - 1 ||
		    group_partially_covered(leaf, start, end))
			partial = true;

		val = (leaf->val & ~clear) | set;
		if (val != leaf->val) {
			range->stores++;
			range->root_stores += leaf->level == tables_root_level();
			range->valid_stores += val & LEAF_VALID;
			/* A TLB can hold a read-only leaf that is invalid: noflush. */
			range->flush |= (leaf->val & LEAF_VALID) ||
					(leaf->val & clear & LEAF_RDONLY);
		}
		pos = next - 1 > end - 1 ? end : next;
	}

	if (partial || hole) {
		if (!plan->ret && partial && in_linear_map(start)) {
			plan->may_warn = true;
			plan->must_warn = !hole;
		}
		plan->ret = -EINVAL;
	}
}

static void plan_apply(const struct plan *plan)
{
	unsigned int r, i;

	for (r = 0; r < plan->nr; r++) {
		const struct planned_range *range = &plan->range[r];

		for (i = leaf_index(range->start);
		     i < nr_leaves && leaves[i].addr <= range->end - 1; i++) {
			leaves[i].val = (leaves[i].val & ~range->clear) | range->set;
			tables_copy_set(leaves[i].entry, leaves[i].val);
		}
	}
}

/* Each planned store is made once, with the planned value. No other store is made. */
static void check_stores(struct plan *plan)
{
	unsigned int i, stores = 0, planned = 0;

	for (i = 0; i < plan->nr; i++)
		planned += plan->range[i].stores;

	for (i = 0; i < log_nr; i++) {
		const struct event *ev = &events[i];
		struct leaf *leaf;

		if (ev->type != EV_STORE)
			continue;
		stores++;
		leaf = model_find(tables_addr(ev->entry));
		if (!EXPECT(leaf && leaf->entry == ev->entry, "store of %016llx to %016lx",
			    ev->val, tables_addr(ev->entry)))
			continue;
		EXPECT(ev->val == leaf->val, "store to %016lx of %016llx instead of %016llx",
		       leaf->addr, ev->val, leaf->val);
	}
	EXPECT(stores == planned, "%u stores instead of %u", stores, planned);
}

/*
 * A store that makes a leaf valid needs DSB ISHST, ISB later. One pair serves all ranges of
 * the call. Each store through the fixmap has a pair of barriers besides. The barriers
 * around TLBIs are not counted here.
 */
static void check_barriers(struct plan *plan)
{
	unsigned int i, pairs = 0, least = 0, most = 0, root = 0;
	bool pending = false;

	for (i = 0; i < plan->nr; i++) {
		const struct planned_range *range = &plan->range[i];

		root += range->root_stores;
		least |= range->valid_stores > range->root_stores;
		most |= range->stores > range->root_stores;
	}
	least += root;
	most += root;

	for (i = 0; i < log_nr; i++) {
		if (events[i].type == EV_STORE && (events[i].val & LEAF_VALID))
			pending = true;
		if (events[i].type == EV_DSB_ISHST && i + 1 < log_nr &&
		    events[i + 1].type == EV_ISB) {
			pairs++;
			pending = false;
		}
	}

	EXPECT(pairs >= least && pairs <= most, "%u pairs of barriers, not %u to %u", pairs, least,
	       most);
	EXPECT(!pending, "no DSB ISHST, ISB after the last store");
}

/* Several ranges may share DSB ISHST before, and DSB ISH, ISB after their TLBIs. */
static void check_flush_barriers(unsigned int first, unsigned int last)
{
	unsigned int i;

	for (i = first; i > 0 && events[i - 1].type == EV_TLBI; i--)
		;
	EXPECT(i > 0 && events[i - 1].type == EV_DSB_ISHST, "no DSB ISHST before TLBI");
	for (i = last + 1; i < log_nr && events[i].type != EV_DSB_ISH; i++)
		;
	EXPECT(i + 1 < log_nr && events[i + 1].type == EV_ISB, "no DSB ISH, ISB after TLBI");
}

/*
 * TLBIs from event @first on cover @range, in ascending order, and nothing else. With LPA2, range
 * operations start at a multiple of 64K: the TLBIs may begin there, and end one page later.
 */
static unsigned int check_flush_range(const struct planned_range *range, unsigned int first)
{
	unsigned long pos = range->start, last = range->end - 1;
	bool rounded = lpa2_is_enabled() && host_has_tlb_range && pos % SZ_64K &&
		       pos <= last - PAGE_SIZE;
	unsigned int i = first;

	if (rounded) {
		pos -= pos % SZ_64K;
		last += PAGE_SIZE;
	}
	do {
		const struct event *ev = &events[i];

		if (!EXPECT(i < log_nr && ev->type == EV_TLBI && !ev->all && ev->start == pos &&
			    ev->end - 1 <= last, "TLBI of %016lx-%016lx, not of %016lx-%016lx",
			    ev->start, ev->end, pos, last + 1))
			break;
		EXPECT(!ev->level, "TLBI with level %u", ev->level);
		pos = ev->end;
		i++;
	} while (pos - 1 < range->end - 1);

	return i;
}

/* Check the TLBIs of one range, beginning with event @first. Returns the next event. */
static unsigned int check_one_flush(const struct planned_range *range, unsigned int first)
{
	unsigned int next = first + 1, i, stores = 0;

	if (events[first].all)
		EXPECT(range->end - range->start > PTRS_PER_PTE * PAGE_SIZE,
		       "TLBI of all addresses for %016lx-%016lx", range->start, range->end);
	else
		next = check_flush_range(range, first);
	check_flush_barriers(first, next - 1);

	for (i = first; i < log_nr; i++) {
		if (events[i].type == EV_STORE) {
			unsigned long addr = tables_addr(events[i].entry);

			stores += addr >= range->start && addr <= range->end - 1;
		}
	}
	EXPECT(!stores, "%u stores to %016lx-%016lx after its TLBI", stores, range->start,
	       range->end);

	return max(next, first + 1);
}

/* Number of ranges that are invalidated exactly. */
#define FLUSH_RANGES	32

/*
 * The ranges of the plan that must be invalidated. The last of many is for all further ranges and
 * the memory between them.
 */
static unsigned int flush_ranges(const struct plan *plan, struct planned_range *ranges)
{
	unsigned int i, nr = 0;

	for (i = 0; i < plan->nr && !plan->noflush; i++) {
		const struct planned_range *range = &plan->range[i];

		if (!range->flush)
			continue;
		if (nr < FLUSH_RANGES) {
			ranges[nr++] = *range;
			continue;
		}
		ranges[nr - 1].start = min(ranges[nr - 1].start, range->start);
		ranges[nr - 1].end = max(ranges[nr - 1].end, range->end);
	}

	return nr;
}

/* The call invalidates the ranges in the order of the plan, each once, and nothing else. */
static void check_flushes(struct plan *plan)
{
	struct planned_range ranges[FLUSH_RANGES];
	unsigned int nr = flush_ranges(plan, ranges), done = 0, i = 0;

	while (i < log_nr) {
		if (events[i].type != EV_TLBI) {
			i++;
			continue;
		}
		if (!EXPECT(done < nr, "TLBI of %016lx, which needs none", events[i].start))
			return;
		i = check_one_flush(&ranges[done++], i);
	}
	EXPECT(done == nr, "no TLBI of %u ranges", nr - done);
}

void check_call(struct plan *plan, int ret)
{
	unsigned int warnings = log_count(EV_WARN);
	bool was_fine = !test_failed();
	const u64 *differs;
	u64 want;

	test_count();
	EXPECT(ret == plan->ret, "returned %d instead of %d", ret, plan->ret);
	EXPECT(warnings <= plan->may_warn, "%u warnings", warnings);
	EXPECT(warnings >= plan->must_warn, "no warning");
	for (unsigned int i = 0; i < log_nr; i++) {
		if (events[i].type == EV_WARN)
			EXPECT(!strncmp(events[i].text, "once: ", 6), "warns on each call: %s",
			       events[i].text);
	}
	EXPECT(!log_rcu_torn, "%u accesses outside the RCU read-side critical section",
	       log_rcu_torn);

	if (plan->ret)
		plan->nr = 0;
	plan_apply(plan);
	check_stores(plan);
	check_barriers(plan);
	check_flushes(plan);

	differs = tables_differ(&want);
	EXPECT(!differs, "entry of %016lx is %016llx instead of %016llx", tables_addr(differs),
	       *differs, want);
	if (was_fine && test_failed())
		log_print();
	/* Report a difference once: continue with the tables as they are. */
	if (differs) {
		unsigned int i;

		for (i = 0; i < nr_leaves; i++)
			leaves[i].val = *leaves[i].entry;
		tables_copy();
	}
}

int checked_range(unsigned long start, unsigned long end, u64 set, u64 clear)
{
	static struct plan plan;
	int ret;

	plan_reset(&plan);
	plan_range(&plan, start, end, set, clear);
	log_reset();
	ret = update_range_prot(start, end - start, __pgprot(set), __pgprot(clear));
	check_call(&plan, ret);

	return ret;
}
