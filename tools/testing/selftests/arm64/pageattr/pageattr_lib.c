// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest.h"
#include "pageattr_lib.h"

#define DEBUGFS		"/sys/kernel/debug"
#define TABLES		DEBUGFS "/kernel_page_tables"
#define TARGET		"pageattr_target"

bool debug_pagealloc;

static bool has_word(const char *line, const char *word)
{
	size_t len = strlen(word);
	const char *p = line;

	while ((p = strstr(p, word))) {
		if (p[-1] == ' ' && (p[len] == ' ' || p[len] == '\n'))
			return true;
		p += len;
	}
	return false;
}

struct tables tables_read(void)
{
	struct tables t = {};
	unsigned long start, end;
	bool linear = false;
	char line[256];
	FILE *f;

	f = fopen(TABLES, "r");
	if (!f)
		ksft_exit_fail_perror(TABLES);

	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "---[", 4)) {
			linear = strstr(line, "Linear Mapping start");
			continue;
		}
		if (sscanf(line, "%lx-%lx", &start, &end) != 2)
			ksft_exit_fail_msg("%s: cannot read \"%s\"\n", TABLES, line);
		/* In an invalid entry the nG bit means present-invalid. */
		if (has_word(line, "F") && has_word(line, "NG"))
			ksft_exit_fail_msg("%s: invalid entry with NG: %s", TABLES, line);
		/* A hole has no attributes. */
		if (!has_word(line, "ro") && !has_word(line, "RW"))
			continue;

		if (!(t.nr & (t.nr - 1))) {
			t.leaf = realloc(t.leaf, (t.nr ? 2 * t.nr : 1) * sizeof(*t.leaf));
			if (!t.leaf)
				ksft_exit_fail_perror("realloc");
		}
		t.leaf[t.nr++] = (struct leaf) {
			.start = start,
			.last = end - 1,
			.linear = linear,
			.valid = !has_word(line, "F"),
			.ro = has_word(line, "ro"),
			.nx = has_word(line, "NX"),
		};
	}
	fclose(f);
	return t;
}

void tables_free(struct tables *t)
{
	free(t->leaf);
	*t = (struct tables) {};
}

static const struct leaf *tables_find(const struct tables *t, unsigned long addr)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (t->leaf[i].start <= addr && addr <= t->leaf[i].last)
			return &t->leaf[i];
	return NULL;
}

const char *perm_name(enum perm perm)
{
	static const char * const name[] = {
		[PERM_RW] = "writable",
		[PERM_RO] = "read-only",
		[PERM_ROX] = "read-only and executable",
		[PERM_INVALID] = "invalid",
		[PERM_FREED] = "writable, maybe invalid with debug_pagealloc",
	};

	return name[perm];
}

static bool leaf_is(const struct leaf *leaf, enum perm perm)
{
	switch (perm) {
	case PERM_RW:
		return leaf->valid && !leaf->ro && leaf->nx;
	case PERM_RO:
		return leaf->valid && leaf->ro && leaf->nx;
	case PERM_ROX:
		return leaf->valid && leaf->ro && !leaf->nx;
	case PERM_INVALID:
		return !leaf->valid;
	case PERM_FREED:
		return !leaf->ro && leaf->nx && (leaf->valid || debug_pagealloc);
	}
	return false;
}

bool tables_check(const struct tables *t, const char *what, unsigned long start,
		  unsigned long size, enum perm perm)
{
	unsigned long addr = start, last = start + size - 1;
	const struct leaf *leaf;

	for (;;) {
		leaf = tables_find(t, addr);
		if (!leaf) {
			ksft_print_msg("%s %#lx: no mapping, expected %s\n",
				       what, addr, perm_name(perm));
			return false;
		}
		if (!leaf_is(leaf, perm)) {
			ksft_print_msg("%s %#lx:%s %s %s, expected %s\n", what, addr,
				       leaf->valid ? "" : " invalid",
				       leaf->ro ? "ro" : "RW",
				       leaf->nx ? "NX" : "x", perm_name(perm));
			return false;
		}
		if (leaf->last >= last)
			return true;
		addr = leaf->last + 1;
	}
}

unsigned long linear_ro(void)
{
	struct tables t = tables_read();
	unsigned long bytes = 0;
	size_t i;

	for (i = 0; i < t.nr; i++)
		if (t.leaf[i].linear && t.leaf[i].ro)
			bytes += t.leaf[i].last - t.leaf[i].start + 1;
	tables_free(&t);
	return bytes;
}

bool linear_ro_restored(unsigned long before)
{
	unsigned long now;
	int i;

	for (i = 0; i < 20; i++) {
		now = linear_ro();
		if (now <= before)
			return true;
		usleep(100000);
	}
	ksft_print_msg("linear map: %lu kB are read-only, expected %lu kB\n",
		       now >> 10, before >> 10);
	return false;
}

bool file_read(const char *path, char *buf, size_t size)
{
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	len = read(fd, buf, size - 1);
	close(fd);
	if (len < 0)
		return false;
	buf[len] = '\0';
	return true;
}

bool file_write(const char *path, const char *val)
{
	ssize_t len;
	int fd;

	fd = open(path, O_WRONLY);
	if (fd < 0)
		return false;
	len = write(fd, val, strlen(val));
	close(fd);
	return len == (ssize_t)strlen(val);
}

int kernel_config(const char *symbol)
{
	size_t len = strlen(symbol);
	char line[256];
	bool any = false;
	int val = 0;
	FILE *f;

	f = popen("zcat /proc/config.gz 2>/dev/null", "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		any = true;
		if (!strncmp(line, "CONFIG_", 7) && !strncmp(line + 7, symbol, len) &&
		    line[7 + len] == '=')
			val = line[7 + len + 1];
	}
	pclose(f);
	return any ? val : -1;
}

/* Value of the last rodata= on the command line, or "" */
static const char *rodata_option(void)
{
	static char val[16];
	char cmdline[4096], *word, *save;

	val[0] = '\0';
	if (!file_read("/proc/cmdline", cmdline, sizeof(cmdline)))
		return val;
	for (word = strtok_r(cmdline, "\n ", &save); word;
	     word = strtok_r(NULL, "\n ", &save))
		sscanf(word, "rodata=%15s", val);
	return val;
}

bool rodata_off(void)
{
	return !strcmp(rodata_option(), "off");
}

int rodata_full(void)
{
	const char *val = rodata_option();
	int c;

	if (*val)
		return !strcmp(val, "full");

	c = kernel_config("RODATA_FULL_DEFAULT_ENABLED");
	return c < 0 ? -1 : c == 'y';
}

void need_root_and_tables(void)
{
	if (geteuid())
		ksft_exit_skip("needs root\n");
	if (access(DEBUGFS, F_OK))
		ksft_exit_skip("needs CONFIG_DEBUG_FS\n");
	if (access(TABLES, F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	if (access(TABLES, F_OK))
		ksft_exit_skip("needs CONFIG_PTDUMP_DEBUGFS\n");
}

bool tracefs_mount(void)
{
	if (access(TRACEFS "/trace", F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	return !access(TRACEFS "/trace", F_OK);
}

void need_target(void)
{
	if (access("/proc/modules", F_OK))
		ksft_exit_skip("needs CONFIG_MODULES\n");
	if (access(TARGET ".ko", F_OK))
		ksft_exit_skip("needs " TARGET ".ko: build with KDIR=KERNEL_BUILD\n");
}

int target_load(void)
{
	char buf[16];
	int fd, ret;

	fd = open(TARGET ".ko", O_RDONLY);
	if (fd < 0)
		return -errno;
	ret = syscall(__NR_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	if (ret)
		return ret;
	if (!target_get("debug_pagealloc", buf, sizeof(buf)))
		ksft_exit_fail_perror("debug_pagealloc");
	debug_pagealloc = buf[0] == '1';
	return 0;
}

int target_unload(void)
{
	return syscall(__NR_delete_module, TARGET, O_NONBLOCK) ? -errno : 0;
}

bool target_get(const char *param, char *buf, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/" TARGET "/parameters/%s", param);
	return file_read(path, buf, size);
}

bool target_look(unsigned long addr, struct look *look)
{
	char buf[128];

	snprintf(buf, sizeof(buf), "%#lx", addr);
	return file_write("/sys/module/" TARGET "/parameters/addr", buf) &&
	       target_get("look", buf, sizeof(buf)) &&
	       sscanf(buf, "%lx %d %d %d %d %d", &look->alias, &look->load,
		      &look->store, &look->alias_load, &look->alias_store,
		      &look->free) == 6;
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

int bpf_load(const struct bpf_insn *insn, size_t nr)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insn,
		.insn_cnt = nr,
		.license = (uintptr_t)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static int sum_imm(size_t i)
{
	return 0x12345678 + 0x01010101 * i;
}

int bpf_load_sum(size_t nr)
{
	struct bpf_insn *insn;
	size_t i;
	int fd;

	insn = calloc(nr + 2, sizeof(*insn));
	if (!insn)
		return -1;
	insn[0] = INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 1);
	for (i = 0; i < nr; i++)
		insn[i + 1] = INSN(BPF_ALU | BPF_K | (i & 1 ? BPF_XOR : BPF_ADD),
				   BPF_REG_0, sum_imm(i));
	insn[nr + 1] = INSN(BPF_JMP | BPF_EXIT, 0, 0);

	fd = bpf_load(insn, nr + 2);
	free(insn);
	return fd;
}

unsigned int bpf_sum_result(size_t nr)
{
	unsigned int sum = 1;
	size_t i;

	for (i = 0; i < nr; i++)
		sum = i & 1 ? sum ^ sum_imm(i) : sum + sum_imm(i);
	return sum;
}

bool bpf_run(int fd, unsigned int *result)
{
	char packet[64] = {};
	union bpf_attr attr = {
		.test.prog_fd = fd,
		.test.data_in = (uintptr_t)packet,
		.test.data_size_in = sizeof(packet),
	};

	if (bpf(BPF_PROG_TEST_RUN, &attr))
		return false;
	*result = attr.test.retval;
	return true;
}

bool bpf_image(int fd, unsigned long *start, unsigned int *len)
{
	uint64_t ksym = 0;
	struct bpf_prog_info info = {
		.nr_jited_ksyms = 1,
		.jited_ksyms = (uintptr_t)&ksym,
	};
	union bpf_attr attr = {
		.info.bpf_fd = fd,
		.info.info_len = sizeof(info),
		.info.info = (uintptr_t)&info,
	};

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) || !ksym || !info.jited_prog_len)
		return false;
	*start = ksym;
	*len = info.jited_prog_len;
	return true;
}
