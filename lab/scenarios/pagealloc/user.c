// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change user memory in lazy MMU sections of the kernel: touch 512 MiB, change the
 * protection page by page, fork children that read all of it and write a part, unmap it.
 * The kernel allocates pages inside of these sections. Exits with 0 if all contents are right.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE		(512UL << 20)
#define STEPS		4096
#define NR_FORKS	4

static char *mem;
static unsigned long page, nr_pages;

static uint64_t *word(unsigned long i)
{
	return (uint64_t *)(mem + i * page);
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int right(void)
{
	unsigned long i;

	for (i = 0; i < nr_pages; i++)
		if (*word(i) != i + 1)
			return 0;

	return 1;
}

static void protect_in_steps(int prot)
{
	unsigned long i;

	for (i = 0; i < STEPS; i++)
		must(!mprotect(word(i), page, prot), "mprotect");
}

static void fork_and_wait(void)
{
	pid_t pid = fork();
	unsigned long i;
	int status;

	must(pid >= 0, "fork");
	if (!pid) {
		if (!right())
			_exit(1);
		for (i = 0; i < nr_pages; i += 16)
			*word(i) = 0;
		_exit(0);
	}
	must(waitpid(pid, &status, 0) == pid && !status, "child");
}

int main(void)
{
	unsigned long i;

	page = sysconf(_SC_PAGESIZE);
	nr_pages = SIZE / page;
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(mem != MAP_FAILED, "mmap");
	/* PTEs only. */
	must(!madvise(mem, SIZE, MADV_NOHUGEPAGE), "madvise");
	for (i = 0; i < nr_pages; i++)
		*word(i) = i + 1;
	protect_in_steps(PROT_READ);
	protect_in_steps(PROT_READ | PROT_WRITE);
	for (i = 0; i < NR_FORKS; i++)
		fork_and_wait();
	must(right(), "contents");
	must(!munmap(mem, SIZE), "munmap");

	return 0;
}
