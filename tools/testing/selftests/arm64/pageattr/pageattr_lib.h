/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers of the pageattr selftests: read the kernel's page tables from debugfs, load
 * the target module, load and run BPF programs.
 */
#ifndef PAGEATTR_LIB_H
#define PAGEATTR_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>

/* One line of kernel_page_tables: a range of leaves with equal attributes */
struct leaf {
	unsigned long start;
	unsigned long last;
	bool linear;		/* in the linear map */
	bool valid;
	bool ro;
	bool nx;
};

struct tables {
	struct leaf *leaf;
	size_t nr;
};

/*
 * PERM_FREED: a freed page of the linear map. It is writable. It is valid, but with
 * debug_pagealloc it can be invalid.
 */
enum perm { PERM_RW, PERM_RO, PERM_ROX, PERM_INVALID, PERM_FREED };

struct tables tables_read(void);
void tables_free(struct tables *t);
const char *perm_name(enum perm perm);
/* Whether all of [start, start + size) has @perm; prints the first address that has not */
bool tables_check(const struct tables *t, const char *what, unsigned long start,
		  unsigned long size, enum perm perm);
/* Read-only bytes of the linear map, valid and invalid */
unsigned long linear_ro(void);
/* Wait until linear_ro() <= @before: the kernel frees some memory from workqueues. */
bool linear_ro_restored(unsigned long before);

/* Value of @symbol in /proc/config.gz: 'y' or 'm', 0 if not set, -1 if not known */
int kernel_config(const char *symbol);
/* 1 for rodata=full, 0 for another rodata=, -1 if not known */
int rodata_full(void);
bool rodata_off(void);
/* Skip the program if none of its tests can run. */
void need_root_and_tables(void);
void need_target(void);

#define TRACEFS		"/sys/kernel/tracing"
/* Mount tracefs if necessary; returns whether it is there */
bool tracefs_mount(void);

/* Parameter look of the module, see target/pageattr_target.c */
struct look {
	unsigned long alias;
	int load, store;
	int alias_load, alias_store;
	int free;
};

/* Whether the page allocator makes free pages invalid; set by target_load() */
extern bool debug_pagealloc;

int target_load(void);
int target_unload(void);
bool target_get(const char *param, char *buf, size_t size);
bool target_look(unsigned long addr, struct look *look);

bool file_read(const char *path, char *buf, size_t size);
bool file_write(const char *path, const char *val);

int bpf_load(const struct bpf_insn *insn, size_t nr);
/* Load a program of about @nr instructions that returns bpf_sum_result(nr) */
int bpf_load_sum(size_t nr);
unsigned int bpf_sum_result(size_t nr);
bool bpf_run(int fd, unsigned int *result);
bool bpf_image(int fd, unsigned long *start, unsigned int *len);

#define INSN(_code, _dst, _imm) \
	((struct bpf_insn){ .code = (_code), .dst_reg = (_dst), .imm = (_imm) })

#endif
