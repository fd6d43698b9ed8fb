// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load BPF programs of less than a page and of several pages. Check that the image of the
 * JIT computes the right value, is read-only and executable, and that its linear alias
 * is read-only with rodata=full. After the programs are freed, check that the aliases are
 * writable again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest.h"
#include "pageattr_lib.h"

#define SMALL		16
#define NR_CYCLES	300
#define NR_LIVE		4
#define KALLSYMS_SYSCTL	"/proc/sys/net/core/bpf_jit_kallsyms"
#define MAX_ALIASES	8

static unsigned long alias[2 * MAX_ALIASES];
static int nr_aliases;
static unsigned long page_size;
static int full;

static bool computes(int fd, size_t nr)
{
	unsigned int got;

	if (!bpf_run(fd, &got)) {
		ksft_perror("BPF_PROG_TEST_RUN");
		return false;
	}
	if (got != bpf_sum_result(nr))
		ksft_print_msg("%zu instructions give %#x, expected %#x\n", nr, got,
			       bpf_sum_result(nr));
	return got == bpf_sum_result(nr);
}

/* Check the aliases of the pages of [start, start + len), and record them in alias[]. */
static bool alias_follows(const struct tables *t, unsigned long start,
			  unsigned int len, bool *cpu_ok)
{
	unsigned long addr = start & -page_size;
	struct look look;
	bool ok = true;
	int i;

	for (i = 0; addr < start + len && i < MAX_ALIASES; i++, addr += page_size) {
		if (!target_look(addr, &look))
			ksft_exit_fail_perror("look");
		alias[nr_aliases++] = look.alias;
		if (full >= 0)
			ok &= tables_check(t, "alias", look.alias, page_size,
					   full ? PERM_RO : PERM_RW);
		if (look.store || (full >= 0 && look.alias_store == full)) {
			ksft_print_msg("image %#lx: store %d, alias: store %d\n",
				       addr, look.store, look.alias_store);
			*cpu_ok = false;
		}
	}
	return ok;
}

static void test_image(const char *name, size_t nr, bool size_ok(unsigned int len))
{
	bool cpu_ok = true;
	unsigned long start;
	unsigned int len;
	struct tables t;
	bool ok;
	int fd;

	fd = bpf_load_sum(nr);
	if (fd < 0)
		ksft_exit_fail_perror("BPF_PROG_LOAD");
	if (!bpf_image(fd, &start, &len))
		ksft_exit_fail_msg("%s: no JIT image\n", name);
	ksft_print_msg("%s: %u bytes at %#lx\n", name, len, start);

	ksft_test_result(computes(fd, nr), "%s computes the right value\n", name);
	t = tables_read();
	ksft_test_result(size_ok(len) && tables_check(&t, "image", start, len, PERM_ROX),
			 "%s is read-only and executable\n", name);
	ok = alias_follows(&t, start, len, &cpu_ok);
	if (full < 0)
		ksft_test_result_skip("alias of %s: rodata= is unknown without /proc/config.gz\n",
				      name);
	else
		ksft_test_result(ok, "alias of %s follows rodata=\n", name);
	ksft_test_result(cpu_ok, "CPU refuses stores to %s\n", name);
	tables_free(&t);
	close(fd);
}

static bool below_a_page(unsigned int len)
{
	return len < page_size;
}

static bool several_pages(unsigned int len)
{
	return len > 2 * page_size;
}

/* Whether /proc/kallsyms lists a program at the address of its image */
static bool in_kallsyms(void)
{
	unsigned long start, sym;
	char line[512], name[64];
	bool found = false;
	unsigned int len;
	FILE *f;
	int fd;

	fd = bpf_load_sum(SMALL);
	f = fopen("/proc/kallsyms", "r");
	if (fd < 0 || !f || !bpf_image(fd, &start, &len)) {
		ksft_perror("kallsyms");
		return false;
	}
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%lx %*c %63s", &sym, name) == 2 &&
			sym == start && !strncmp(name, "bpf_prog_", 9);
	fclose(f);
	close(fd);
	return found;
}

/* A socket filter returns the number of bytes to keep of each packet. */
static bool socket_is_filtered(void)
{
	const int keep[] = { 5, 0 };
	int i, fd, sk[2];
	char buf[16];
	bool ok = true;

	for (i = 0; i < 2; i++) {
		const struct bpf_insn insn[] = {
			INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, keep[i]),
			INSN(BPF_JMP | BPF_EXIT, 0, 0),
		};
		ssize_t len;

		fd = bpf_load(insn, 2);
		if (fd < 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, sk) ||
		    setsockopt(sk[0], SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd))) {
			ksft_perror("socket filter");
			return false;
		}
		close(fd);
		len = write(sk[1], "0123456789", 10);
		len = recv(sk[0], buf, sizeof(buf), MSG_DONTWAIT);
		if (keep[i] ? len != keep[i] : len != -1 || errno != EAGAIN) {
			ksft_print_msg("filter returns %d, received %zd\n", keep[i], len);
			ok = false;
		}
		close(sk[0]);
		close(sk[1]);
	}
	return ok;
}

static bool cycles(void)
{
	int i, slot, fd[NR_LIVE];
	bool ok = true;

	for (i = 0; i < NR_CYCLES + NR_LIVE; i++) {
		slot = i % NR_LIVE;
		if (i >= NR_LIVE)
			close(fd[slot]);
		if (i >= NR_CYCLES || !ok) {
			fd[slot] = -1;
			continue;
		}
		fd[slot] = bpf_load_sum(SMALL + i);
		if (fd[slot] < 0) {
			ksft_perror("BPF_PROG_LOAD");
			ok = false;
		} else if (!computes(fd[slot], SMALL + i)) {
			ok = false;
		}
	}
	return ok;
}

static bool aliases_are_default(void)
{
	struct tables t = tables_read();
	bool ok = nr_aliases;
	int i;

	for (i = 0; i < nr_aliases; i++)
		ok &= tables_check(&t, "alias", alias[i], page_size, PERM_FREED);
	tables_free(&t);
	return ok;
}

int main(void)
{
	unsigned long ro_before;
	char old[16];
	int err;

	ksft_print_header();
	need_root_and_tables();
	need_target();
	if (kernel_config("BPF_JIT") == 0)
		ksft_exit_skip("needs CONFIG_BPF_JIT\n");
	ksft_set_plan(13);

	page_size = getpagesize();
	full = rodata_full();

	err = target_load();
	if (err)
		ksft_exit_fail_msg("cannot load the module: %s\n", strerror(-err));
	ro_before = linear_ro();

	test_image("small program", SMALL, below_a_page);
	test_image("large program", page_size / 2, several_pages);

	if (!file_read(KALLSYMS_SYSCTL, old, sizeof(old)) ||
	    !file_write(KALLSYMS_SYSCTL, "1"))
		ksft_exit_fail_perror(KALLSYMS_SYSCTL);
	ksft_test_result(in_kallsyms(), "program is in kallsyms\n");
	file_write(KALLSYMS_SYSCTL, old);

	ksft_test_result(socket_is_filtered(), "socket is filtered\n");
	ksft_test_result(cycles(), "%d programs loaded, run and freed\n", NR_CYCLES);
	ksft_test_result(linear_ro_restored(ro_before),
			 "no read-only page is left in the linear map\n");
	ksft_test_result(aliases_are_default(),
			 "aliases are writable after the programs are freed\n");
	target_unload();
	ksft_finished();
}
