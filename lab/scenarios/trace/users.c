// SPDX-License-Identifier: GPL-2.0-only
/*
 * First process of the lab's trace kernel. Makes each user of the page walks work on areas
 * with pages, holes, huge pages and files. Prints KTAP: a case for each user, which passes
 * if the walks of base and series were equal, and one for the map of ptdump. A kernel with
 * KASAN only has the case for the map.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB		(1UL << 20)
#define DEBUGFS		"/sys/kernel/debug/"
#define TABLES		DEBUGFS "kernel_page_tables"
#define KSM		"/sys/kernel/mm/ksm/"
#define DAMON		"/sys/kernel/mm/damon/admin/kdamonds/"
#define CGROUP		"/sys/fs/cgroup/"

/* Interfaces that the C library's headers may lack. */
#define SCAN		_IOWR('f', 16, struct scan)
#define SCAN_PRESENT	(1 << 3)
#define SCAN_SWAPPED	(1 << 4)
struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t inverted, mask, anyof_mask, return_mask;
};

#define HMM_READ	_IOWR('H', 0, struct hmm)
#define HMM_TO_DEV	_IOWR('H', 2, struct hmm)
#define HMM_TO_SYS	_IOWR('H', 3, struct hmm)
#define HMM_SNAPSHOT	_IOWR('H', 4, struct hmm)
struct hmm {
	uint64_t addr, ptr, npages, cpages, faults;
};

#define BIND		2
#define STRICT_AND_MOVE	3

/* Header of a swap area. Its signature is at the end of the page. */
struct swap_header {
	char boot[1024];
	uint32_t version, last_page;
};

/* The operations of each user, and the least number of callbacks to expect. */
static const struct {
	const char *ops;
	unsigned long calls;
} users[] = {
	{ "ptdump_ops", 10000 },
	{ "like_vmemmap_remap_ops", 16 },
	{ "like_loongarch_pageattr_ops", 1000 },
	{ "like_riscv_pageattr_ops", 1000 },
	{ "like_nocache_walk_ops", 1000 },
	{ "like_prot_none_walk_ops", 1000 },
	{ "like_enable_skey_walk_ops", 1000 },
	{ "like_reset_cmma_walk_ops", 1000 },
	{ "like_gather_pages_ops", 1000 },
	{ "like_find_zeropage_ops", 1000 },
	{ "like_thp_split_walk_ops", 16 },
	{ "like_subpage_walk_ops", 16 },
	{ "mincore_walk_ops", 8 },
	{ "pagemap_ops", 8 },
	{ "pagemap_scan_ops", 8 },
	{ "smaps_walk_ops", 8 },
	{ "smaps_shmem_walk_ops", 4 },
	{ "show_numa_ops", 8 },
	{ "clear_refs_walk_ops", 8 },
	{ "mlock_walk_ops", 8 },
	{ "cold_walk_ops", 8 },
	{ "madvise_free_walk_ops", 2 },
	{ "swapin_walk_ops", 4 },
	{ "queue_pages_lock_vma_walk_ops", 8 },
	{ "queue_pages_walk_ops", 8 },
	{ "ksm_next_page_ops", 50 },
	{ "damon_mkold_ops", 50 },
	{ "damon_young_ops", 50 },
	{ "mm_walk_ops", 50 },
	{ "precharge_walk_ops", 8 },
	{ "charge_walk_ops", 8 },
	{ "hwpoison_walk_ops", 8 },
	{ "hmm_walk_ops", 50 },
	{ "migrate_vma_walk_ops", 8 },
	{ "wp_walk_ops", 100 },
	{ "clean_walk_ops", 100 },
};

#define NR_USERS	(sizeof(users) / sizeof(users[0]))

static FILE *out;
static int nr;

static void ok(int good, const char *name, const char *why)
{
	fprintf(out, "%sok %d %s\n", good ? "" : "not ", ++nr, name);
	if (!good)
		fprintf(out, "# %s: %s\n", name, why);
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(out, "# cannot write %s to %s\n", text, file);
	close(fd);
}

/* Fail if a user did not do its work: the other cases only show that it walked. */
static void expect(int done, const char *what)
{
	if (!done)
		ok(0, what, "the user did not do it");
}

/* Read a whole file to @buf and end it with a zero. */
static long get(const char *file, char *buf, long size)
{
	int fd = open(file, O_RDONLY);
	long n, len = 0;

	if (fd < 0)
		return -1;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	buf[len] = 0;

	return len;
}

static long number(const char *file)
{
	char text[32];

	return get(file, text, sizeof(text)) > 0 ? atol(text) : -1;
}

static char *area(unsigned long size, int flags, int fd)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static char *file_area(const char *file, unsigned long size, int flags, int *fd)
{
	*fd = open(file, O_RDWR | O_CREAT, 0600);
	ftruncate(*fd, size);

	return area(size, flags, *fd);
}

static void swap_on(const char *disk)
{
	unsigned long page = getpagesize();
	struct swap_header *header = calloc(1, page);
	int fd = open(disk, O_RDWR);

	header->version = 1;
	header->last_page = lseek(fd, 0, SEEK_END) / page - 1;
	memcpy((char *)header + page - 10, "SWAPSPACE2", 10);
	pwrite(fd, header, page, 0);
	close(fd);
	expect(!swapon(disk, 0), "swapon");
	free(header);
}

static void use(char *p, unsigned long size, char *buf)
{
	unsigned long i, page = getpagesize(), node = 1;
	struct scan scan = {
		.size = sizeof(scan), .start = (unsigned long)p, .end = (unsigned long)p + size,
		.return_mask = SCAN_PRESENT | SCAN_SWAPPED,
		.vec = (unsigned long)buf, .vec_len = 1000,
	};
	int fd;

	if (!p)
		return;
	/* Pages with holes in between. */
	for (i = 0; i < size; i += page)
		if (i / page % 7 < 5)
			p[i] = 1;
	memset(buf, 0, size / page);
	mincore(p, size, (unsigned char *)buf);
	fd = open("/proc/self/pagemap", O_RDONLY);
	i = pread(fd, buf, size / page * 8, (unsigned long)p / page * 8);
	expect(ioctl(fd, SCAN, &scan) > 0, "PAGEMAP_SCAN");
	close(fd);
	expect(!syscall(SYS_mbind, p, size, BIND, &node, 8, STRICT_AND_MOVE), "mbind");
	mlock(p + page, size / 2);
	munlock(p + page, size / 2);
	madvise(p, size / 2, MADV_COLD);
	madvise(p, size / 4, MADV_FREE);
	mprotect(p + page, size / 2, PROT_NONE);
	mprotect(p + page, size / 2, PROT_READ | PROT_WRITE);
	madvise(p + page, size / 2, MADV_PAGEOUT);
	madvise(p, size, MADV_WILLNEED);
}

/* Swap out a part of a private file mapping: only then smaps asks for holes. */
static void swap_out_file(void)
{
	unsigned long i, size = 8 * MB;
	char *shared, *private;
	int fd;

	shared = file_area("/tmp/swapped", size, MAP_SHARED, &fd);
	private = area(size, MAP_PRIVATE, fd);
	memset(shared, 1, size);
	madvise(shared, size, MADV_PAGEOUT);
	for (i = 0; i < size / 2; i += 4 * getpagesize())
		private[i] = 2;
	munmap(shared, size);
	close(fd);
}

/* The test driver simulates a device with page tables and memory. */
static void use_hmm(char *huge, unsigned long huge_size, char *buf)
{
	unsigned long page = getpagesize(), size = MB;
	struct hmm areas[] = {
		{ .addr = (unsigned long)huge, .npages = huge_size / page },
		{ .addr = (unsigned long)area(8 * MB, MAP_PRIVATE | MAP_ANONYMOUS, -1),
		  .npages = 8 * MB / page },
	};
	char *p = (char *)areas[1].addr;
	int i, fd = open("/dev/hmm_dmirror0", O_RDWR);

	memset(p, 5, size);
	for (i = 0; i < 2; i++) {
		areas[i].ptr = (unsigned long)buf;
		expect(!areas[i].addr || !ioctl(fd, HMM_SNAPSHOT, &areas[i]), "HMM snapshot");
	}
	areas[1].npages = size / page;
	expect(!ioctl(fd, HMM_READ, &areas[1]) && buf[size - 1] == 5, "HMM read");
	memset(buf, 0, size);
	expect(!ioctl(fd, HMM_TO_DEV, &areas[1]) && buf[size - 1] == 5, "migration to a device");
	expect(!ioctl(fd, HMM_SNAPSHOT, &areas[1]), "HMM snapshot of a device's memory");
	/* Reading migrates the first page back, the ioctl the others. */
	expect(p[0] == 5, "migration by a fault");
	expect(!ioctl(fd, HMM_TO_SYS, &areas[1]) && p[size - 1] == 5, "migration from a device");
	munmap(p, 8 * MB);
	close(fd);
}

static void use_ksm(void)
{
	unsigned long size = 2 * MB;
	char *p = area(size, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int i;

	memset(p, 7, size);
	madvise(p, size, MADV_MERGEABLE);
	put(KSM "pages_to_scan", "1000");
	put(KSM "sleep_millisecs", "10");
	put(KSM "run", "1");
	for (i = 0; i < 200 && number(KSM "pages_sharing") < 10; i++)
		usleep(50000);
	expect(i < 200, "merging of pages");
	/* 2: unmerge all pages and stop. */
	put(KSM "run", "2");
	munmap(p, size);
}

static void use_damon(void)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	put(DAMON "nr_kdamonds", "1");
	put(DAMON "0/contexts/nr_contexts", "1");
	put(DAMON "0/contexts/0/operations", "vaddr");
	put(DAMON "0/contexts/0/targets/nr_targets", "1");
	put(DAMON "0/contexts/0/targets/0/pid_target", pid);
	put(DAMON "0/state", "on");
	sleep(1);
	put(DAMON "0/state", "off");
}

/* Writing the number of the youngest generation creates the next one. */
static void use_lru_gen(void)
{
	int seq, done = 0, fd = open(DEBUGFS "lru_gen", O_WRONLY);

	for (seq = 0; seq < 16; seq++)
		done += dprintf(fd, "+ 1 0 %d 200 1", seq) > 0;
	close(fd);
	expect(done == 16, "aging");
}

/* Move this process with all its pages to another group. */
static void use_memcg(void)
{
	expect(!mount("cgroup", CGROUP, "cgroup", 0, "memory"), "cgroups of version 1");
	mkdir(CGROUP "other", 0700);
	put(CGROUP "other/memory.move_charge_at_immigrate", "3");
	put(CGROUP "other/cgroup.procs", "0");
	expect(number(CGROUP "other/memory.usage_in_bytes") > (long)MB, "moving of charges");
	put(CGROUP "cgroup.procs", "0");
}

/*
 * The kernel cannot unmap a page of a driver. At the second error it walks the process to
 * find the address for SIGBUS.
 */
static void use_hwpoison(void)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		int fd = open("/dev/hmm_dmirror0", O_RDWR);
		char *p = area(getpagesize(), MAP_SHARED, fd);

		madvise(p, getpagesize(), MADV_HWPOISON);
		madvise(p, getpagesize(), MADV_HWPOISON);
		_exit(0);
	}
	waitpid(child, &status, 0);
	expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS, "an error of memory");
}

/* Let lab_trace walk this process and one of its files. */
static void use_others(void)
{
	char number[16];
	int fd;

	memset(file_area("/tmp/dirty", 4 * MB, MAP_SHARED, &fd), 1, 4 * MB);
	snprintf(number, sizeof(number), "%d", fd);
	fd = open(DEBUGFS "lab_trace_others", O_WRONLY);
	expect(write(fd, number, strlen(number)) > 0, "protecting and cleaning of a file's pages");
	close(fd);
}

static void use_all(char *buf, long size)
{
	unsigned long from = 2, to = 1;
	char *p;
	int fd;

	swap_on("/dev/ram0");
	use(area(8 * MB, MAP_PRIVATE | MAP_ANONYMOUS, -1), 8 * MB, buf);
	use(file_area("/tmp/file", 8 * MB, MAP_SHARED, &fd), 8 * MB, buf);
	use(area(8 * MB, MAP_PRIVATE, fd), 8 * MB, buf);
	p = area(8 * MB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	madvise(p, 8 * MB, MADV_HUGEPAGE);
	use(p, 8 * MB, buf);
	put("/proc/sys/vm/nr_hugepages", "8");
	p = area(8 * MB, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	if (!p)
		fprintf(out, "# no huge pages\n");
	use(p, 8 * MB, buf);
	use_hmm(p, 8 * MB, buf);
	swap_out_file();
	get("/proc/self/smaps", buf, size);
	get("/proc/self/smaps_rollup", buf, size);
	get("/proc/self/numa_maps", buf, size);
	/* The node has no memory: the kernel only searches for pages. */
	expect(!syscall(SYS_migrate_pages, 0, 8, &from, &to), "migrate_pages");
	put("/proc/self/clear_refs", "1");
	put("/proc/self/clear_refs", "4");
	use_ksm();
	use_damon();
	use_lru_gen();
	use_memcg();
	use_hwpoison();
	use_others();
	if (p)
		munmap(p, 8 * MB);
	put("/proc/sys/vm/nr_hugepages", "0");
}

/* Read the kernel's map with both walks. Other CPUs can change it in between: retry. */
static void compare_maps(char *with_base, char *with_series, long size)
{
	long n = 0, m = 0;
	int try;

	for (try = 0; try < 10; try++) {
		put("/sys/module/lab_trace/parameters/base", "1");
		n = get(TABLES, with_base, size);
		put("/sys/module/lab_trace/parameters/base", "0");
		m = get(TABLES, with_series, size);
		if (n > 0 && n == m && !memcmp(with_base, with_series, n))
			break;
	}
	fprintf(out, "# the kernel's map has %ld bytes\n", m);
	ok(try < 10 && n > 1000, "ptdump prints the same map", "the two outputs differ");
}

/* A kernel with KASAN only compares the map: ptdump skips tables of its shadow. */
static int judge_shadow(void)
{
	long entries = number("/sys/module/lab_trace/parameters/shadow");

	if (entries < 0)
		return 0;
	fprintf(out, "# P4D entries of the shadow that ptdump skips: %ld\n", entries);
	ok(entries > 1, "ptdump skips tables at P4D", "the shadow has no table to skip");

	return 1;
}

static void judge(char *list, long size)
{
	unsigned long walks, calls, differ;
	char name[64], why[128], *at;
	int seen[NR_USERS] = {};
	unsigned int i;

	if (get(DEBUGFS "lab_trace", list, size) <= 0)
		ok(0, "the list of users", "reading it failed");
	for (at = strtok(list, "\n"); at; at = strtok(NULL, "\n")) {
		if (sscanf(at, "%63s %lu %lu %lu", name, &walks, &calls, &differ) != 4)
			continue;
		/* Names local to a function end with a number. */
		name[strcspn(name, ".")] = 0;
		snprintf(why, sizeof(why), "%lu walks, %lu calls, %lu differ", walks, calls, differ);
		fprintf(out, "# %s: %s\n", name, why);
		for (i = 0; i < NR_USERS; i++)
			if (!strcmp(name, users[i].ops) && calls >= users[i].calls)
				seen[i] = 1;
		ok(!differ, name, why);
	}
	for (i = 0; i < NR_USERS; i++)
		if (!seen[i])
			ok(0, users[i].ops, "the user made too few calls");
}

int main(void)
{
	long size = 8 * MB;
	char *one = malloc(size), *two = malloc(size), *results;
	size_t length;
	int hvc, map_alone;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	out = open_memstream(&results, &length);
	memset(one, 1, size);
	memset(two, 1, size);
	map_alone = judge_shadow();
	if (!map_alone)
		use_all(one, size);
	compare_maps(one, two, size);
	if (!map_alone)
		judge(one, size);
	fclose(out);
	hvc = open("/dev/hvc0", O_WRONLY);
	dprintf(hvc, "KTAP version 1\n1..%d\n%slab: end\n", nr, results);
	sync();
	reboot(RB_POWER_OFF);

	return 0;
}
