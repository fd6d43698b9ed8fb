// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secret memory: it holds what is written to it, its pages are not valid in
 * the linear map while it is there, and are as any other page again after.
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

/* The linear addresses of all pages that were secret */
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
		ksft_exit_skip("without rodata=full the linear map cannot be changed\n");
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

static bool holds_what_is_written(unsigned char *mem)
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

/* Appends the linear addresses of the pages behind mem. */
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
			ksft_exit_fail_msg("pagemap has no page: %#lx\n", entry[i]);
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
 * What the CPU allows, not what the tables say: nothing while the pages are secret,
 * then what it allows of any page.
 */
static bool kernel_can_load(int from, bool secret)
{
	bool ok = true, expected;
	struct look look;
	int i, tries;

	for (i = from; i < nr_linear; i++) {
		/* Whoever takes or frees a page is not done with that at once. */
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

/* An image on a disk would give it away, so there is none while it exists. */
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
		ok = holds_what_is_written(mem);
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
	ksft_test_result(holds_what_is_written(mem), "memory holds what is written\n");
	linear_add(mem);
	ksft_test_result(linear_is(0, PERM_INVALID),
			 "pages are not valid in the linear map\n");
	ksft_test_result(kernel_can_load(0, true), "CPU refuses to load from there\n");
	test_hibernation(false, "there is no hibernation meanwhile");

	munmap(mem, NR_PAGES * page_size);
	ksft_test_result(linear_is(0, PERM_FREED),
			 "pages are as any other once freed\n");
	ksft_test_result(kernel_can_load(0, false),
			 "CPU loads from there as from any other\n");
	test_hibernation(true, "there is hibernation again");

	ksft_test_result(cycles(), "%d times mapped and freed\n", NR_CYCLES);
	ksft_test_result(linear_is(0, PERM_FREED) && kernel_can_load(0, false),
			 "no page is left that is not as any other\n");
	target_unload();
	ksft_finished();
}
