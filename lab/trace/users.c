// SPDX-License-Identifier: GPL-2.0-only
/*
 * First process of the lab's trace kernel: makes each user of the page walks that
 * a small guest has do its work, on areas with pages, holes, huge pages and files,
 * and prints as KTAP whether the base's walks and ours were the same for it, and
 * whether ptdump prints the same map with both.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define MB		(1UL << 20)
#define DEBUGFS		"/sys/kernel/debug/"
#define TABLES		DEBUGFS "kernel_page_tables"

/* The operations of each user, and at how many calls of callbacks at least. */
static const struct {
	const char *ops;
	unsigned long calls;
} users[] = {
	{ "ptdump_ops", 10000 },
	{ "like_vmemmap_remap_ops", 16 },
	{ "like_pageattr_ops", 1000 },
	{ "mincore_walk_ops", 8 },
	{ "pagemap_ops", 8 },
	{ "smaps_walk_ops", 8 },
	{ "clear_refs_walk_ops", 8 },
	{ "mlock_walk_ops", 8 },
	{ "cold_walk_ops", 8 },
	{ "madvise_free_walk_ops", 2 },
	{ "swapin_walk_ops", 4 },
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

/* All of a file into @buf, with a zero behind. */
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

static char *area(unsigned long size, int flags, int fd)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void use(char *p, unsigned long size, char *buf)
{
	unsigned long i, page = getpagesize();
	int fd;

	if (!p)
		return;
	/* Runs of pages with holes between. */
	for (i = 0; i < size; i += page)
		if (i / page % 7 < 5)
			p[i] = 1;
	memset(buf, 0, size / page);
	mincore(p, size, (unsigned char *)buf);
	fd = open("/proc/self/pagemap", O_RDONLY);
	i = pread(fd, buf, size / page * 8, (unsigned long)p / page * 8);
	close(fd);
	mlock(p + page, size / 2);
	munlock(p + page, size / 2);
	madvise(p, size / 2, MADV_COLD);
	madvise(p, size / 4, MADV_FREE);
	madvise(p, size, MADV_WILLNEED);
	mprotect(p + page, size / 2, PROT_NONE);
	mprotect(p + page, size / 2, PROT_READ | PROT_WRITE);
	madvise(p + page, size / 2, MADV_PAGEOUT);
}

static void use_all(char *buf, long size)
{
	int fd = open("/tmp/file", O_RDWR | O_CREAT, 0600);
	char *p;

	ftruncate(fd, 8 * MB);
	use(area(8 * MB, MAP_PRIVATE | MAP_ANONYMOUS, -1), 8 * MB, buf);
	use(area(8 * MB, MAP_SHARED, fd), 8 * MB, buf);
	use(area(8 * MB, MAP_PRIVATE, fd), 8 * MB, buf);
	p = area(8 * MB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	madvise(p, 8 * MB, MADV_HUGEPAGE);
	use(p, 8 * MB, buf);
	put("/proc/sys/vm/nr_hugepages", "8");
	p = area(8 * MB, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	if (!p)
		fprintf(out, "# no huge pages\n");
	use(p, 8 * MB, buf);
	get("/proc/self/smaps", buf, size);
	get("/proc/self/smaps_rollup", buf, size);
	put("/proc/self/clear_refs", "1");
	put("/proc/self/clear_refs", "4");
	if (p)
		munmap(p, 8 * MB);
	put("/proc/sys/vm/nr_hugepages", "0");
}

/* The kernel's map, read with both walks; others may change it in between. */
static void compare_maps(char *with_base, char *with_ours, long size)
{
	long n = 0, m = 0;
	int try;

	for (try = 0; try < 10; try++) {
		put("/sys/module/lab_trace/parameters/base", "1");
		n = get(TABLES, with_base, size);
		put("/sys/module/lab_trace/parameters/base", "0");
		m = get(TABLES, with_ours, size);
		if (n > 0 && n == m && !memcmp(with_base, with_ours, n))
			break;
	}
	fprintf(out, "# the kernel's map has %ld bytes\n", m);
	ok(try < 10 && n > 1000, "ptdump prints the same map", "the two outputs differ");
}

static void judge(char *list, long size)
{
	unsigned long walks, calls, differ;
	char name[64], why[128], *at;
	int seen[NR_USERS] = {};
	unsigned int i;

	if (get(DEBUGFS "lab_trace", list, size) <= 0)
		ok(0, "the list of users", "it cannot be read");
	for (at = strtok(list, "\n"); at; at = strtok(NULL, "\n")) {
		if (sscanf(at, "%63s %lu %lu %lu", name, &walks, &calls, &differ) != 4)
			continue;
		/* a number is added to a name that is local to a function */
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
			ok(0, users[i].ops, "it made no walk worth the name");
}

int main(void)
{
	long size = 8 * MB;
	char *one = malloc(size), *two = malloc(size), *results;
	size_t length;
	int hvc;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	out = open_memstream(&results, &length);
	memset(one, 1, size);
	memset(two, 1, size);
	use_all(one, size);
	compare_maps(one, two, size);
	judge(one, size);
	fclose(out);
	hvc = open("/dev/hvc0", O_WRONLY);
	dprintf(hvc, "KTAP version 1\n1..%d\n%slab: end\n", nr, results);
	sync();
	reboot(RB_POWER_OFF);

	return 0;
}
