// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's first process of make bench. Ends the window of the boot, loads bench/probe,
 * which measures functions of the kernel, and then measures system calls: users of
 * permission changes, and paths of user memory that use lazy MMU mode or walk page tables
 * with mm/pagewalk.c. A row is a window of the plugin, and a line `bench ROW PAGES STATE`
 * on the console. Windows start after a tick: the next tick lies in a long window only.
 *
 * The arguments are parameters of the probe. With brief, limit or growth the probe alone
 * measures. A + in only= is a space.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../probe/marks.h"

/* Windows of a warm row are this many calls. */
#define CALLS	16
#define SIZE	(64UL << 20)
/* The kernel has HZ=250, and ticks at multiples of its period. */
#define TICK_NSEC	(1000000000 / 250)

static const char *only = "";
static char *mem;
static int nr_secret, secret_fd, prog_fd;
static char *secret;

static void report(const char *name, long pages, const char *state)
{
	printf("bench\t%s\t%ld\t%s\n", name, pages, state);
	fflush(stdout);
	/* No interrupt of the console in the next window. */
	tcdrain(STDOUT_FILENO);
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	report(what, 0, "failed");
	reboot(RB_POWER_OFF);
}

/* Sleep until shortly after the next tick but one: by then, a stopped tick runs again. */
static void wait_for_tick(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += 2 * TICK_NSEC - t.tv_nsec % TICK_NSEC + TICK_NSEC / 16;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int window(int (*call)(void))
{
	int ret;

	MARK_BEGIN();
	ret = call();
	MARK_END();

	return ret;
}

/* Measure calls of @change. An optional @undo runs after each call, unmeasured. */
static void measure(const char *name, long pages, const char *state, int calls,
		    int (*change)(void), int (*undo)(void))
{
	int i, ret = 0;

	for (i = 0; i < calls && !ret; i++) {
		wait_for_tick();
		ret = window(change);
		if (!ret && undo)
			ret = undo();
	}
	MARK_NEXT();
	report(name, pages, ret ? "failed" : state);
}

static void row(const char *name, long pages, int (*change)(void), int (*undo)(void))
{
	if (!strstr(name, only))
		return;
	measure(name, pages, "first", 1, change, undo);
	measure(name, pages, "warm", CALLS, change, undo);
}

static int read_file(const char *name)
{
	static char text[65536];
	int fd = open(name, O_RDONLY);
	ssize_t n = 1;

	while (fd >= 0 && n > 0)
		n = read(fd, text, sizeof(text));

	return fd < 0 || n < 0 || close(fd);
}

static int read_meminfo(void)
{
	return read_file("/proc/meminfo");
}

static int read_vmstat(void)
{
	return read_file("/proc/vmstat");
}

static int load(const char *name, const char *args)
{
	int fd = open(name, O_RDONLY);

	return fd < 0 || syscall(SYS_finit_module, fd, args, 0) || close(fd);
}

static int load_module(void)
{
	return load("/gain_000.ko", "");
}

static int unload_module(void)
{
	return syscall(SYS_delete_module, "gain_000", 0);
}

static int load_program(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (unsigned long)insns,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
	};

	prog_fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	return prog_fd < 0;
}

/* The kernel frees a program in a work item, after a grace period. */
static int unload_program(void)
{
	return close(prog_fd) || sleep(1);
}

static int open_secret(void)
{
	size_t size = nr_secret * sysconf(_SC_PAGESIZE);

	secret_fd = syscall(447 /* memfd_secret */, 0);
	if (secret_fd < 0 || ftruncate(secret_fd, size))
		return -1;
	secret = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, secret_fd, 0);

	return secret == MAP_FAILED;
}

static int touch_secret(void)
{
	int i;

	for (i = 0; i < nr_secret; i++)
		secret[i * sysconf(_SC_PAGESIZE)] = 1;

	return 0;
}

static int close_secret(void)
{
	return munmap(secret, nr_secret * sysconf(_SC_PAGESIZE)) || close(secret_fd);
}

static int renew_secret(void)
{
	return close_secret() || open_secret();
}

static int fill_secret(void)
{
	return open_secret() || touch_secret();
}

static void secret_rows(int nr)
{
	nr_secret = nr;
	must(!open_secret(), "memfd_secret");
	row("secretmem, touch", nr, touch_secret, renew_secret);
	must(!touch_secret(), "memfd_secret");
	row("secretmem, close", nr, close_secret, fill_secret);
	must(!close_secret(), "memfd_secret");
}

static int touch(void)
{
	long page = sysconf(_SC_PAGESIZE);
	unsigned long at;

	for (at = 0; at < SIZE; at += page)
		mem[at] = 1;

	return 0;
}

static int make_read_only(void)
{
	return mprotect(mem, SIZE, PROT_READ);
}

static int make_writable(void)
{
	return mprotect(mem, SIZE, PROT_READ | PROT_WRITE);
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
	static unsigned long entries[SIZE / 4096];
	unsigned long page = sysconf(_SC_PAGESIZE);
	ssize_t size = SIZE / page * sizeof(*entries);
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (fd < 0 || pread(fd, entries, size, (unsigned long)mem / page * sizeof(*entries)) != size)
		return -1;

	return close(fd);
}

static int unmap(void)
{
	return munmap(mem, SIZE);
}

/*
 * One call each: the rows need each other. They are longer than a tick. No sleep comes between:
 * the kernel's deferred work would run in a window.
 */
static void user_memory_rows(void)
{
	static const struct {
		const char *name;
		int (*call)(void);
	} rows[] = {
		{ "user: first touch", touch },
		{ "user: mprotect read-only", make_read_only },
		{ "user: mprotect writable", make_writable },
		{ "user: mincore", what_is_in_memory },
		{ "user: /proc/self/pagemap", read_pagemap },
		{ "user: fork, exit, wait", fork_and_wait },
		{ "user: munmap", unmap },
	};
	long pages = SIZE / sysconf(_SC_PAGESIZE);
	int failed;
	size_t i;

	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(mem != MAP_FAILED, "mmap");
	/* PTEs only. */
	must(!madvise(mem, SIZE, MADV_NOHUGEPAGE), "madvise");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		failed = window(rows[i].call);
		MARK_NEXT();
		report(rows[i].name, pages, failed ? "failed" : "first");
	}
}

int main(int argc, char **argv)
{
	char args[256] = "", *at;
	bool whole = true;
	int i;

	MARK_END();
	MARK_NEXT();
	report("boot to user space", 0, "first");
	for (i = 1; i < argc; i++) {
		for (at = argv[i]; *at; at++)
			*at = *at == '+' ? ' ' : *at;
		if (!strncmp(argv[i], "only=", 5))
			only = argv[i] + 5;
		else
			whole = false;
		snprintf(args + strlen(args), sizeof(args) - strlen(args), "\"%s\" ", argv[i]);
	}
	mount("proc", "/proc", "proc", 0, NULL);
	/* Let the kernel finish deferred work of the boot. */
	sleep(5);
	must(!load("/pageattr_bench.ko", args), "load the probe");
	if (whole) {
		row("module load", 1, load_module, unload_module);
		must(!load_module(), "load a module");
		row("module unload", 1, unload_module, load_module);
		/* Its pack has room for the next ones. */
		must(!load_program(), "load a BPF program");
		row("BPF program load", 1, load_program, unload_program);
		secret_rows(1);
		secret_rows(512);
		row("read /proc/meminfo", 0, read_meminfo, NULL);
		row("read /proc/vmstat", 0, read_vmstat, NULL);
		if (!*only)
			user_memory_rows();
	}
	reboot(RB_POWER_OFF);

	return 1;
}
