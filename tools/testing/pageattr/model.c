// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"
#include "libc.h"
#include "log.h"
#include "model.h"

struct leaf leaves[MAX_LEAVES];
unsigned int nr_leaves;

/* Scratch: leaves that a TLBI covered. */
static bool hit[MAX_LEAVES];

void model_reset(void)
{
	kernel_reset();
	tables_reset();
	nr_leaves = 0;
}

/* A leaf as the kernel maps memory: valid, writable, not executable. */
u64 model_leaf(int level, phys_addr_t phys)
{
	u64 val = pgprot_val(PAGE_KERNEL) | (phys & GENMASK_ULL(47, PAGE_SHIFT));

	return level == 3 ? val : val & ~2UL;
}

/* The first leaf that ends behind @addr. */
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
		if (nr_leaves == MAX_LEAVES) {
			printf("Bail out! more than %d leaves\n", MAX_LEAVES);
			exit(1);
		}
		for (j = nr_leaves++; j > i; j--)
			leaves[j] = leaves[j - 1];
	}
	leaves[i] = (struct leaf){ addr, level, entry, val };
	*entry = val;
}

/* The entry becomes none: a hole. */
void model_unmap(unsigned long addr)
{
	unsigned int i = leaf_index(addr);

	*leaves[i].entry = 0;
	for (nr_leaves--; i < nr_leaves; i++)
		leaves[i] = leaves[i + 1];
}

/* Valid or present-invalid; all else is nothing that could be changed. */
bool leaf_present(const struct leaf *leaf)
{
	return leaf->val & (LEAF_VALID | LEAF_NG);
}

static bool in_linear_map(unsigned long addr)
{
	return addr >= linear_map && addr < PAGE_END;
}

/* The aligned group that a contiguous leaf shares with its neighbours. */
static unsigned long group_size(int level)
{
	if (level == 3)
		return LEVEL_SIZE(3) << CONFIG_ARM64_CONT_PTE_SHIFT;
	if (level == 2)
		return LEVEL_SIZE(2) << CONFIG_ARM64_CONT_PMD_SHIFT;

	return 0;
}

static bool group_cut(const struct leaf *leaf, unsigned long start, unsigned long end)
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
	struct run *run = &plan->run[plan->nr++];
	bool cut = false, hole = start >= end;
	unsigned long pos = start;
	unsigned int i;

	*run = (struct run){ start, end, set, clear };

	for (i = leaf_index(start); !hole && pos != end; i++) {
		const struct leaf *leaf = &leaves[i];
		unsigned long leaf_end;
		u64 val;

		if (i == nr_leaves || leaf->addr > pos || !leaf_present(leaf)) {
			hole = true;
			break;
		}
		leaf_end = leaf->addr + leaf_size(leaf);
		if (leaf->addr < start || leaf_end - 1 > end - 1 || group_cut(leaf, start, end))
			cut = true;

		val = (leaf->val & ~clear) | set;
		if (val != leaf->val) {
			run->stores++;
			run->root_stores += leaf->level == tables_root_level();
			run->valid_stores += val & LEAF_VALID;
			run->flush |= leaf->val & LEAF_VALID;
		}
		pos = leaf_end - 1 > end - 1 ? end : leaf_end;
	}

	if (cut || hole) {
		if (!plan->ret && cut && in_linear_map(start)) {
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
		const struct run *run = &plan->run[r];

		for (i = leaf_index(run->start);
		     i < nr_leaves && leaves[i].addr <= run->end - 1; i++) {
			leaves[i].val = (leaves[i].val & ~run->clear) | run->set;
			tables_copy_set(leaves[i].entry, leaves[i].val);
		}
	}
}

static struct run *plan_run(struct plan *plan, unsigned long addr)
{
	unsigned int r;

	for (r = 0; r < plan->nr; r++) {
		if (addr >= plan->run[r].start && addr <= plan->run[r].end - 1)
			return &plan->run[r];
	}

	return NULL;
}

/* Each store is one that was planned, of the value that was planned, once. */
static void check_stores(struct plan *plan)
{
	unsigned int i, stores = 0, planned = 0;

	for (i = 0; i < plan->nr; i++)
		planned += plan->run[i].stores;

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

/* So many runs of an alias share their barriers; the mapping is with the last ones. */
#define ALIAS_RUNS	32

/*
 * The barriers of the stores: one DSB ISHST, ISB for one range, or for a number of
 * those of an alias, behind the last store, and one more for each store that went
 * through the fixmap. Those of an invalidation are not counted here.
 */
static void check_barriers(struct plan *plan)
{
	unsigned int i, pairs = 0, least = 0, most = 0, root = 0;
	bool owed = false;

	for (i = 0; i < plan->nr; i++) {
		const struct run *run = &plan->run[i];

		root += run->root_stores;
		least |= run->valid_stores > run->root_stores;
		most |= run->stores > run->root_stores;
	}
	if (most && plan->nr > 1)
		most = (plan->nr - 1 + ALIAS_RUNS - 1) / ALIAS_RUNS;
	least += root;
	most += root;

	for (i = 0; i < log_nr; i++) {
		if (events[i].type == EV_STORE && (events[i].val & LEAF_VALID))
			owed = true;
		if (events[i].type == EV_DSB_ISHST && i + 1 < log_nr &&
		    events[i + 1].type == EV_ISB) {
			pairs++;
			owed = false;
		}
	}

	EXPECT(pairs >= least && pairs <= most, "%u pairs of barriers, not %u to %u", pairs, least,
	       most);
	EXPECT(!owed, "no DSB ISHST, ISB behind the last store");
}

/* Whether TLBI @i is of the same run as the one before it. */
static bool same_flush(struct plan *plan, unsigned int i)
{
	return events[i].type == EV_TLBI && !events[i].all && !events[i - 1].all &&
	       plan_run(plan, events[i].start) == plan_run(plan, events[i - 1].start);
}

/*
 * The TLBIs of one run from @first on; returns how many. Their DSB ISHST, and DSB ISH
 * and ISB, may be those of several runs.
 */
static unsigned int check_one_flush(struct plan *plan, unsigned int first)
{
	unsigned int last = first, i, n, stores;
	struct run *run;

	while (last + 1 < log_nr && same_flush(plan, last + 1))
		last++;
	n = last - first + 1;

	for (i = first; i > 0 && events[i - 1].type == EV_TLBI; i--)
		;
	EXPECT(i > 0 && events[i - 1].type == EV_DSB_ISHST, "no DSB ISHST before TLBI");
	for (i = last + 1; i < log_nr && events[i].type != EV_DSB_ISH; i++)
		;
	EXPECT(i + 1 < log_nr && events[i + 1].type == EV_ISB, "no DSB ISH, ISB behind TLBI");

	if (events[first].all) {
		/* Whose it is: the next one that still waits. */
		for (i = 0; i < plan->nr && !plan->run[i].flush; i++)
			;
		run = i < plan->nr ? &plan->run[i] : NULL;
		if (EXPECT(run, "all is invalidated for nothing"))
			EXPECT(run->end - run->start > PTRS_PER_PTE * PAGE_SIZE,
			       "all is invalidated for %016lx-%016lx", run->start, run->end);
	} else {
		run = plan_run(plan, events[first].start);
		if (!EXPECT(run, "TLBI of %016lx, which is outside", events[first].start))
			return n;
		EXPECT(run->flush, "%016lx-%016lx is invalidated, and need not or was", run->start,
		       run->end);

		memset(hit, 0, nr_leaves * sizeof(*hit));
		for (i = first; i <= last; i++) {
			const struct event *ev = &events[i];
			unsigned int j;

			EXPECT(ev->start >= run->start && ev->end - 1 <= run->end - 1,
			       "TLBI of %016lx-%016lx, outside of %016lx-%016lx", ev->start,
			       ev->end, run->start, run->end);
			EXPECT(!ev->level, "TLBI with level %u", ev->level);
			for (j = leaf_index(ev->start);
			     j < nr_leaves && leaves[j].addr <= ev->end - 1; j++)
				hit[j] = true;
		}
		for (i = leaf_index(run->start);
		     i < nr_leaves && leaves[i].addr <= run->end - 1; i++)
			EXPECT(hit[i], "no TLBI of %016lx", leaves[i].addr);
	}
	if (!run)
		return n;

	run->flush = false;
	for (i = last, stores = 0; i < log_nr; i++) {
		if (events[i].type == EV_STORE) {
			unsigned long addr = tables_addr(events[i].entry);

			stores += addr >= run->start && addr <= run->end - 1;
		}
	}
	EXPECT(!stores, "%u stores to %016lx-%016lx behind its invalidation", stores, run->start,
	       run->end);

	return n;
}

static void check_flushes(struct plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr; i++)
		plan->run[i].flush &= !plan->noflush;

	for (i = 0; i < log_nr; i++) {
		if (events[i].type == EV_TLBI)
			i += check_one_flush(plan, i) - 1;
	}

	for (i = 0; i < plan->nr; i++)
		EXPECT(!plan->run[i].flush, "no invalidation of %016lx-%016lx", plan->run[i].start,
		       plan->run[i].end);
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
			EXPECT(!strncmp(events[i].text, "once: ", 6), "warns each time: %s",
			       events[i].text);
	}
	EXPECT(!log_rcu_torn, "%u accesses outside of the RCU read section", log_rcu_torn);

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
	/* One failure is enough: go on from what is there. */
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
