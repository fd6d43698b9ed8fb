// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only in the lab's trace kernel: wrappers with the names of the walks of mm/pagewalk.c.
 * A wrapper first walks the same tables with the base's walk (base_*) and with the series'
 * walk (series_*), both with callbacks that only record. All calls must be equal. Then it
 * makes the user's walk with series_*, or with base_* while the parameter `base` is set.
 */

/* Only a driver of another architecture selects it. Its walks are included below. */
#define CONFIG_MAPPING_DIRTY_HELPERS 1

#include <linux/bitmap.h>
#include <linux/debugfs.h>
#include <linux/file.h>
#include <linux/hugetlb.h>
#include <linux/kasan.h>
#include <linux/memblock.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagewalk.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>

#define DECLARE(walks) \
	int walks##_walk_page_range(struct mm_struct *mm, unsigned long start, \
			unsigned long end, const struct mm_walk_ops *ops, void *private); \
	int walks##_walk_kernel_page_table_range(unsigned long start, unsigned long end, \
			const struct mm_walk_ops *ops, pgd_t *pgd, void *private); \
	int walks##_walk_page_range_debug(struct mm_struct *mm, unsigned long start, \
			unsigned long end, const struct mm_walk_ops *ops, pgd_t *pgd, \
			void *private); \
	int walks##_walk_page_range_vma(struct vm_area_struct *vma, unsigned long start, \
			unsigned long end, const struct mm_walk_ops *ops, void *private); \
	int walks##_walk_page_vma(struct vm_area_struct *vma, const struct mm_walk_ops *ops, \
			void *private); \
	int walks##_walk_page_mapping(struct address_space *mapping, pgoff_t first_index, \
			pgoff_t nr, const struct mm_walk_ops *ops, void *private)

DECLARE(base);
DECLARE(series);
int walk_page_range_debug(struct mm_struct *mm, unsigned long start, unsigned long end,
			  const struct mm_walk_ops *ops, pgd_t *pgd, void *private);

static bool base;
module_param(base, bool, 0600);
/* Off for a test with entries that the base erases. */
static bool comparing = true;
module_param_named(compare, comparing, bool, 0600);

enum what { PGD, P4D, PUD, PMD, PTE, HOLE, HUGETLB, TEST, PRE, POST, RETURN };

/* One call of a callback, with walk->action on entry. */
struct call {
	unsigned long addr, next;
	void *entry, *vma;
	long detail;
	enum what what;
	enum page_walk_action action;
};

/* A sum over all calls, and the first calls, to show where two walks differ. */
struct tape {
	unsigned long nr, sum;
	struct call calls[16384];
};

static struct tape tapes[2];
static DEFINE_MUTEX(tapes_lock);

/* A walk under rcu_read_lock(), as that of LRU_GEN, cannot wait: skip the comparison. */
static bool lock_tapes(void)
{
	if (rcu_preempt_depth())
		return mutex_trylock(&tapes_lock);
	mutex_lock(&tapes_lock);

	return true;
}

static struct user {
	const struct mm_walk_ops *ops;
	unsigned long walks, calls, differ;
} users[64];

static int record(struct mm_walk *walk, enum what what, void *entry,
		  unsigned long addr, unsigned long next, long detail)
{
	struct tape *t = walk->private;
	struct call c = {
		.addr = addr, .next = next, .entry = entry, .vma = walk->vma,
		.detail = detail, .what = what, .action = walk->action,
	};

	if (t->nr < ARRAY_SIZE(t->calls))
		t->calls[t->nr] = c;
	t->nr++;
	t->sum = t->sum * 31 + what;
	t->sum = t->sum * 31 + addr;
	t->sum = t->sum * 31 + next;
	t->sum = t->sum * 31 + (unsigned long)entry;
	t->sum = t->sum * 31 + (unsigned long)walk->vma;
	t->sum = t->sum * 31 + (unsigned long)walk->mm;
	t->sum = t->sum * 31 + (unsigned long)walk->pgd;
	t->sum = t->sum * 31 + detail;
	t->sum = t->sum * 31 + walk->action * 2 + walk->no_vma;

	return 0;
}

/* A walk without VMAs must not descend from a leaf: set ACTION_CONTINUE, as ptdump does. */
#define RECORD_ENTRY(level, what)						\
static int record_##level(level##_t *p, unsigned long addr, unsigned long next,	\
			  struct mm_walk *walk)					\
{										\
	record(walk, what, p, addr, next, 0);					\
	if (walk->no_vma && level##_leaf(*p))					\
		walk->action = ACTION_CONTINUE;					\
	return 0;								\
}
RECORD_ENTRY(pgd, PGD)
RECORD_ENTRY(p4d, P4D)
RECORD_ENTRY(pud, PUD)
RECORD_ENTRY(pmd, PMD)

static int record_pte(pte_t *p, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return record(walk, PTE, p, addr, next, 0);
}

static int record_hole(unsigned long addr, unsigned long next, int depth, struct mm_walk *walk)
{
	return record(walk, HOLE, NULL, addr, next, depth);
}

static int record_hugetlb(pte_t *p, unsigned long hmask, unsigned long addr,
			  unsigned long next, struct mm_walk *walk)
{
	return record(walk, HUGETLB, p, addr, next, hmask);
}

static int record_test(unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return record(walk, TEST, NULL, addr, next, 0);
}

static int record_pre(unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return record(walk, PRE, NULL, addr, next, 0);
}

static void record_post(struct mm_walk *walk)
{
	record(walk, POST, NULL, 0, 0, 0);
}

static struct mm_walk_ops recording(const struct mm_walk_ops *ops)
{
	return (struct mm_walk_ops) {
		.pgd_entry = ops->pgd_entry ? record_pgd : NULL,
		.p4d_entry = ops->p4d_entry ? record_p4d : NULL,
		.pud_entry = ops->pud_entry ? record_pud : NULL,
		.pmd_entry = ops->pmd_entry ? record_pmd : NULL,
		.pte_entry = ops->pte_entry ? record_pte : NULL,
		.pte_hole = ops->pte_hole ? record_hole : NULL,
		.hugetlb_entry = ops->hugetlb_entry ? record_hugetlb : NULL,
		.test_walk = ops->test_walk ? record_test : NULL,
		.pre_vma = ops->pre_vma ? record_pre : NULL,
		.post_vma = ops->post_vma ? record_post : NULL,
		.walk_lock = ops->walk_lock,
	};
}

static void show_difference(const struct mm_walk_ops *ops)
{
	unsigned long i, n = min3(tapes[0].nr, tapes[1].nr, ARRAY_SIZE(tapes[0].calls));
	const struct call *c;
	int t;

	for (i = 0; i < n; i++)
		if (memcmp(&tapes[0].calls[i], &tapes[1].calls[i], sizeof(*c)))
			break;
	pr_info("lab_trace: %ps: %lu and %lu calls, differ from call %lu on\n",
		ops, tapes[0].nr, tapes[1].nr, i);
	for (t = 0; t < 2 && i < n; t++) {
		c = &tapes[t].calls[i];
		pr_info("lab_trace: %s: callback %d, %#lx-%#lx, entry %px, detail %ld, action %d\n",
			t ? "series" : "base", c->what, c->addr, c->next, c->entry,
			c->detail, c->action);
	}
}

static struct user *user_of(const struct mm_walk_ops *ops)
{
	struct user *u;

	for (u = users; u < users + ARRAY_SIZE(users) - 1; u++)
		if (u->ops == ops || !u->ops)
			break;
	u->ops = ops;

	return u;
}

/*
 * Make both walks with recording callbacks. Other CPUs can change the tables between the
 * two: retry.
 */
#define compare(walk, ops_, ...)						\
({										\
	const struct mm_walk_ops rec = recording(ops_);				\
	struct user *u;								\
	int try = 0, ret[2];							\
										\
	if (lock_tapes()) {							\
		u = user_of(ops_);						\
		u->walks++;							\
		for (; comparing && try < 5; try++) {				\
			tapes[0].nr = tapes[0].sum = tapes[1].nr = tapes[1].sum = 0;	\
			ret[0] = base_##walk(__VA_ARGS__, &tapes[0]);		\
			ret[1] = series_##walk(__VA_ARGS__, &tapes[1]);		\
			if (tapes[0].nr == tapes[1].nr &&			\
			    tapes[0].sum == tapes[1].sum && ret[0] == ret[1])	\
				break;						\
		}								\
		u->calls += tapes[1].nr;					\
		if (try == 5) {							\
			u->differ++;						\
			show_difference(ops_);					\
		}								\
		mutex_unlock(&tapes_lock);					\
	}									\
})

int walk_page_range(struct mm_struct *mm, unsigned long start, unsigned long end,
		    const struct mm_walk_ops *ops, void *private)
{
	compare(walk_page_range, ops, mm, start, end, &rec);

	return (base ? base_walk_page_range : series_walk_page_range)(mm, start, end, ops, private);
}

int walk_kernel_page_table_range(unsigned long start, unsigned long end,
				 const struct mm_walk_ops *ops, pgd_t *pgd, void *private)
{
	compare(walk_kernel_page_table_range, ops, start, end, &rec, pgd);

	return (base ? base_walk_kernel_page_table_range :
		series_walk_kernel_page_table_range)(start, end, ops, pgd, private);
}

int walk_page_range_debug(struct mm_struct *mm, unsigned long start, unsigned long end,
			  const struct mm_walk_ops *ops, pgd_t *pgd, void *private)
{
	compare(walk_page_range_debug, ops, mm, start, end, &rec, pgd);

	return (base ? base_walk_page_range_debug :
		series_walk_page_range_debug)(mm, start, end, ops, pgd, private);
}

int walk_page_range_vma(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			const struct mm_walk_ops *ops, void *private)
{
	compare(walk_page_range_vma, ops, vma, start, end, &rec);

	return (base ? base_walk_page_range_vma :
		series_walk_page_range_vma)(vma, start, end, ops, private);
}

int walk_page_vma(struct vm_area_struct *vma, const struct mm_walk_ops *ops, void *private)
{
	compare(walk_page_vma, ops, vma, &rec);

	return (base ? base_walk_page_vma : series_walk_page_vma)(vma, ops, private);
}

int walk_page_mapping(struct address_space *mapping, pgoff_t first_index, pgoff_t nr,
		      const struct mm_walk_ops *ops, void *private)
{
	compare(walk_page_mapping, ops, mapping, first_index, nr, &rec);

	return (base ? base_walk_page_mapping :
		series_walk_page_mapping)(mapping, first_index, nr, ops, private);
}

#if defined(CONFIG_KASAN_GENERIC) || defined(CONFIG_KASAN_SW_TAGS)
/* The number of P4D entries where ptdump sets walk->action. */
static int shadow_get(char *buf, const struct kernel_param *kp)
{
	unsigned long addr, nr = 0;

	for (addr = KASAN_SHADOW_START; addr < KASAN_SHADOW_END; addr += P4D_SIZE)
		nr += !pgd_none(*pgd_offset_k(addr)) &&
		      p4d_page(*p4d_offset(pgd_offset_k(addr), addr)) ==
		      virt_to_page(lm_alias(kasan_early_shadow_pud));

	return sysfs_emit(buf, "%lu\n", nr);
}

static const struct kernel_param_ops shadow_ops = { .get = shadow_get };
module_param_cb(shadow, &shadow_ops, NULL, 0400);
#endif

static int users_show(struct seq_file *m, void *v)
{
	const struct user *u;

	for (u = users; u->ops; u++)
		seq_printf(m, "%ps %lu %lu %lu\n", u->ops, u->walks, u->calls, u->differ);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(users);

/* wp_walk_ops and clean_walk_ops, the only users of walk_page_mapping(). */
#include "mapping_dirty_helpers.c"

static int use_mapping(struct address_space *mapping, pgoff_t nr)
{
	unsigned long *dirty = bitmap_zalloc(nr, GFP_KERNEL);
	unsigned long protected, cleaned;
	pgoff_t first = 0, last = 0;

	if (!dirty)
		return -ENOMEM;
	protected = wp_shared_mapping_range(mapping, 0, nr);
	cleaned = clean_record_shared_mapping_range(mapping, 0, nr, 0, dirty, &first, &last);
	bitmap_free(dirty);

	return protected && cleaned ? 0 : -ENODATA;
}

/*
 * Stand-ins for users of other architectures, with the same set of callbacks: first users
 * that walk kernel tables, then users that walk a process.
 */
static const struct mm_walk_ops like_vmemmap_remap_ops = {
	.pmd_entry = record_pmd,
	.pte_entry = record_pte,
};

static const struct mm_walk_ops like_loongarch_pageattr_ops = {
	.pgd_entry = record_pgd,
	.p4d_entry = record_p4d,
	.pud_entry = record_pud,
	.pmd_entry = record_pmd,
	.pte_entry = record_pte,
	.pte_hole = record_hole,
};

static const struct mm_walk_ops like_riscv_pageattr_ops = {
	.p4d_entry = record_p4d,
	.pud_entry = record_pud,
	.pmd_entry = record_pmd,
	.pte_entry = record_pte,
	.pte_hole = record_hole,
};

/* set_nocache_walk_ops and clear_nocache_walk_ops */
static const struct mm_walk_ops like_nocache_walk_ops = {
	.pte_entry = record_pte,
};

static const struct mm_walk_ops like_prot_none_walk_ops = {
	.pte_entry = record_pte,
	.hugetlb_entry = record_hugetlb,
	.test_walk = record_test,
	.walk_lock = PGWALK_WRLOCK,
};

static const struct mm_walk_ops like_enable_skey_walk_ops = {
	.hugetlb_entry = record_hugetlb,
	.pte_entry = record_pte,
	.pmd_entry = record_pmd,
	.walk_lock = PGWALK_WRLOCK,
};

static const struct mm_walk_ops like_reset_cmma_walk_ops = {
	.pte_entry = record_pte,
	.walk_lock = PGWALK_WRLOCK,
};

static const struct mm_walk_ops like_gather_pages_ops = {
	.pte_entry = record_pte,
	.walk_lock = PGWALK_RDLOCK,
};

static const struct mm_walk_ops like_find_zeropage_ops = {
	.pte_entry = record_pte,
	.walk_lock = PGWALK_WRLOCK,
};

static const struct mm_walk_ops like_thp_split_walk_ops = {
	.pmd_entry = record_pmd,
	.walk_lock = PGWALK_WRLOCK_VERIFY,
};

static const struct mm_walk_ops like_subpage_walk_ops = {
	.pmd_entry = record_pmd,
	.walk_lock = PGWALK_WRLOCK_VERIFY,
};

/* The stand-ins record here in their last walk. */
static struct tape spare;

static void like_others_on_kernel(void)
{
	unsigned long start = (unsigned long)__va(memblock_start_of_DRAM());
	unsigned long end = (unsigned long)__va(memblock_end_of_DRAM());
	static const struct mm_walk_ops *const all[] = {
		&like_loongarch_pageattr_ops, &like_riscv_pageattr_ops, &like_nocache_walk_ops,
	};
	int i;

	mmap_write_lock(&init_mm);
	walk_kernel_page_table_range((unsigned long)virt_to_page(start),
				     (unsigned long)(virt_to_page(end - 1) + 1),
				     &like_vmemmap_remap_ops, NULL, &spare);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		walk_kernel_page_table_range(start, end, all[i], NULL, &spare);
		walk_kernel_page_table_range(VMALLOC_START, VMALLOC_END, all[i], NULL, &spare);
	}
	mmap_write_unlock(&init_mm);
}

static void like_others_on(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	/* First the users that do not split huge pages. */
	for_each_vma(vmi, vma) {
		vma_start_write(vma);
		walk_page_vma(vma, &like_thp_split_walk_ops, &spare);
		walk_page_vma(vma, &like_subpage_walk_ops, &spare);
	}
	walk_page_range(mm, 0, TASK_SIZE, &like_prot_none_walk_ops, &spare);
	walk_page_range(mm, 0, TASK_SIZE, &like_enable_skey_walk_ops, &spare);
	walk_page_range(mm, 0, TASK_SIZE, &like_reset_cmma_walk_ops, &spare);
	walk_page_range(mm, 0, TASK_SIZE, &like_gather_pages_ops, &spare);
	vma_iter_init(&vmi, mm, 0);
	for_each_vma(vmi, vma)
		walk_page_range_vma(vma, vma->vm_start, vma->vm_end, &like_find_zeropage_ops,
				    &spare);
	mmap_write_unlock(mm);
}

/* Walk the writing process. It writes the descriptor of an open and mapped file. */
static int others_set(void *data, u64 fd)
{
	struct file *file = fget(fd);
	int ret;

	if (!file)
		return -EBADF;
	ret = use_mapping(file->f_mapping, i_size_read(file_inode(file)) >> PAGE_SHIFT);
	fput(file);
	like_others_on(current->mm);

	return ret;
}
DEFINE_DEBUGFS_ATTRIBUTE(others_fops, NULL, others_set, "%llu\n");

static int __init lab_trace_init(void)
{
	like_others_on_kernel();
	debugfs_create_file("lab_trace", 0400, NULL, NULL, &users_fops);
	debugfs_create_file_unsafe("lab_trace_others", 0200, NULL, NULL, &others_fops);

	return 0;
}
late_initcall(lab_trace_init);
