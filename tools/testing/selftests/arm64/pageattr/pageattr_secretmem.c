// SPDX-License-Identifier: GPL-2.0-only
/*
 * memfd_secret(): check that secret memory keeps the data written to it, that its pages are
 * invalid in the linear map, and that they have the default permissions again after it is
 * freed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest.h"
#include "pageattr_lib.h"

#define NR_PAGES	8
#define NR_CYCLES	50
#define ENABLE		"/sys/module/secretmem/parameters/enable"
#define HIBERNATION	"/sys/power/disk"
#define PAGEMAP_PRESENT	0x8000000000000000ULL
#define PAGEMAP_PFN	0x007fffffffffffffULL

/* Linear addresses of all pages that are or were secret */
static unsigned long linear[(NR_CYCLES + 1) * NR_PAGES];
static int nr_linear;
static unsigned long page_size;
static unsigned long offset;

static int memfd_secret(void)
{
	return syscall(__NR_memfd_secret, 0);
}

static void need_secretmem(void)
{
	char enabled[16];
	int fd, err;

	fd = memfd_secret();
	if (fd >= 0) {
		close(fd);
		return;
	}
	err = errno;
	if (!file_read(ENABLE, enabled, sizeof(enabled)))
		ksft_exit_skip("needs CONFIG_SECRETMEM\n");
	if (enabled[0] == 'N')
		ksft_exit_skip("secretmem.enable is off\n");
	if (!rodata_full())
		ksft_exit_skip("without rodata=full, pages cannot leave the linear map\n");
	errno = err;
	ksft_exit_fail_perror("memfd_secret");
}

static unsigned char *secret_map(void)
{
	unsigned char *mem;
	int fd;

	fd = memfd_secret();
	if (fd < 0 || ftruncate(fd, NR_PAGES * page_size))
		ksft_exit_fail_perror("memfd_secret");
	mem = mmap(NULL, NR_PAGES * page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		ksft_exit_fail_perror("mmap");
	close(fd);
	return mem;
}

static unsigned char pattern(size_t i)
{
	return i * 7 + i / page_size + 1;
}

static bool keeps_data(unsigned char *mem)
{
	size_t i;

	for (i = 0; i < NR_PAGES * page_size; i++)
		mem[i] = pattern(i);
	for (i = 0; i < NR_PAGES * page_size; i++) {
		if (mem[i] != pattern(i)) {
			ksft_print_msg("byte %zu is %#x, expected %#x\n", i, mem[i],
				       pattern(i));
			return false;
		}
	}
	return true;
}

/* Append the linear addresses of the pages of @mem to linear[]. */
static void linear_add(const unsigned char *mem)
{
	uint64_t entry[NR_PAGES];
	int i, fd;

	fd = open("/proc/self/pagemap", O_RDONLY);
	if (fd < 0 || pread(fd, entry, sizeof(entry), (uintptr_t)mem / page_size *
			    sizeof(entry[0])) != sizeof(entry))
		ksft_exit_fail_perror("/proc/self/pagemap");
	close(fd);
	for (i = 0; i < NR_PAGES; i++) {
		if (!(entry[i] & PAGEMAP_PRESENT) || !(entry[i] & PAGEMAP_PFN))
			ksft_exit_fail_msg("/proc/self/pagemap: no page: %#lx\n", entry[i]);
		linear[nr_linear++] = (entry[i] & PAGEMAP_PFN) * page_size + offset;
	}
}

static bool linear_is(int from, enum perm perm)
{
	struct tables t = tables_read();
	bool ok = true;
	int i;

	for (i = from; i < nr_linear; i++)
		ok &= tables_check(&t, "linear", linear[i], page_size, perm);
	tables_free(&t);
	return ok;
}

/*
 * Whether loads from the linear map fail for secret pages, and succeed for other pages. With
 * debug_pagealloc they also fail for free pages.
 */
static bool kernel_can_load(int from, bool secret)
{
	bool ok = true, expected;
	struct look look;
	int i, tries;

	for (i = from; i < nr_linear; i++) {
		/* The page count and the validity of a page do not change at the same time. */
		for (tries = secret ? 1 : 10; tries; tries--) {
			if (!target_look(linear[i], &look))
				ksft_exit_fail_perror("look");
			expected = !secret && !(look.free && debug_pagealloc);
			if (look.load == expected)
				break;
			usleep(1000);
		}
		if (!tries) {
			ksft_print_msg("linear %#lx: load %d, free %d\n", linear[i],
				       look.load, look.free);
			ok = false;
		}
	}
	return ok;
}

/* The kernel disables hibernation while secret memory exists: the image would contain it. */
static void test_hibernation(bool possible, const char *name)
{
	char buf[128];

	if (!file_read(HIBERNATION, buf, sizeof(buf)))
		ksft_test_result_skip("%s: needs CONFIG_HIBERNATION\n", name);
	else
		ksft_test_result(possible == !strstr(buf, "[disabled]"), "%s\n", name);
}

static bool cycles(void)
{
	unsigned char *mem;
	bool ok = true;
	int i, from;

	for (i = 0; i < NR_CYCLES && ok; i++) {
		mem = secret_map();
		from = nr_linear;
		ok = keeps_data(mem);
		linear_add(mem);
		ok &= kernel_can_load(from, true);
		munmap(mem, NR_PAGES * page_size);
	}
	return ok;
}

int main(void)
{
	unsigned char *mem;
	char buf[64];
	int err;

	ksft_print_header();
	need_root_and_tables();
	need_secretmem();
	need_target();
	if (access("/proc/self/pagemap", F_OK))
		ksft_exit_skip("needs CONFIG_PROC_PAGE_MONITOR\n");
	ksft_set_plan(9);

	page_size = getpagesize();
	err = target_load();
	if (err)
		ksft_exit_fail_msg("cannot load the module: %s\n", strerror(-err));
	if (!target_get("offset", buf, sizeof(buf)))
		ksft_exit_fail_perror("offset");
	offset = strtoul(buf, NULL, 16);

	mem = secret_map();
	ksft_test_result(keeps_data(mem), "memory keeps the written data\n");
	linear_add(mem);
	ksft_test_result(linear_is(0, PERM_INVALID),
			 "pages are invalid in the linear map\n");
	ksft_test_result(kernel_can_load(0, true), "CPU refuses loads from the linear map\n");
	test_hibernation(false, "hibernation is disabled with secret memory");

	munmap(mem, NR_PAGES * page_size);
	ksft_test_result(linear_is(0, PERM_FREED),
			 "freed pages have the default permissions\n");
	ksft_test_result(kernel_can_load(0, false),
			 "CPU accesses freed pages like other pages\n");
	test_hibernation(true, "hibernation is enabled without secret memory");

	ksft_test_result(cycles(), "%d secret mappings created and freed\n", NR_CYCLES);
	ksft_test_result(linear_is(0, PERM_FREED) && kernel_can_load(0, false),
			 "all pages have the default permissions\n");
	target_unload();
	ksft_finished();
}
