// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure paths of user memory that use lazy MMU mode or walk page tables with
 * mm/pagewalk.c. Prints rows in the format of bench/probe, each of one call. With QEMU's
 * -icount shift=0 a nanosecond of the counter is one instruction.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE	(64UL << 20)

static uint64_t instructions(void)
{
	uint64_t ticks, hz;

	asm volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r"(ticks), "=r"(hz));

	return ticks * (1000000000 / hz);
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

#define row(name, call) do {						\
	uint64_t start = instructions();				\
									\
	must((call) == 0, name);					\
	printf("bench\t" name "\t%ld\t%llu\n", SIZE / sysconf(_SC_PAGESIZE),	\
	       (unsigned long long)(instructions() - start));		\
} while (0)

static char *mem;

static int touch(void)
{
	long page = sysconf(_SC_PAGESIZE);
	unsigned long at;

	for (at = 0; at < SIZE; at += page)
		mem[at] = 1;

	return 0;
}

static int fork_and_wait(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(0);

	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

static int what_is_in_memory(void)
{
	static unsigned char there[SIZE / 4096];

	return mincore(mem, SIZE, there);
}

static int read_pagemap(void)
{
	static uint64_t entries[SIZE / 4096];
	unsigned long page = sysconf(_SC_PAGESIZE);
	ssize_t size = SIZE / page * sizeof(*entries);
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (fd < 0 || pread(fd, entries, size, (unsigned long)mem / page * sizeof(*entries)) != size)
		return -1;

	return close(fd);
}

int main(void)
{
	/* Let the kernel finish deferred work of the boot. */
	sleep(5);
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(mem != MAP_FAILED, "mmap");
	/* PTEs only. */
	must(!madvise(mem, SIZE, MADV_NOHUGEPAGE), "madvise");
	row("first touch", touch());
	row("mprotect read-only", mprotect(mem, SIZE, PROT_READ));
	row("mprotect writable", mprotect(mem, SIZE, PROT_READ | PROT_WRITE));
	row("mincore", what_is_in_memory());
	row("/proc/self/pagemap", read_pagemap());
	row("fork, exit, wait", fork_and_wait());
	row("munmap", munmap(mem, SIZE));

	return 0;
}
