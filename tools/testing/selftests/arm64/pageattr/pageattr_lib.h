/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pageattr selftests share: the kernel's page tables as debugfs shows
 * them, the module they load, and BPF programs.
 */
#ifndef PAGEATTR_LIB_H
#define PAGEATTR_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>

/* One line of debugfs' kernel_page_tables: leaves of equal attributes */
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
 * PERM_FREED is what a page of the linear map has that was given back: writable,
 * and valid unless debug_pagealloc took it out.
 */
enum perm { PERM_RW, PERM_RO, PERM_ROX, PERM_INVALID, PERM_FREED };

struct tables tables_read(void);
void tables_free(struct tables *t);
const char *perm_name(enum perm perm);
/* Are all of [start, start + size) mapped as perm says? Tells where not. */
bool tables_check(const struct tables *t, const char *what, unsigned long start,
		  unsigned long size, enum perm perm);
/* Bytes of the linear map that are read-only, valid or not */
unsigned long linear_ro(void);
/* Waits for linear_ro() to be no more than before: some of it is freed late. */
bool linear_ro_is_back(unsigned long before);

/* A value of /proc/config.gz: 'y', or 0 for not set, or -1 for not known */
int kernel_config(const char *symbol);
/* 1 for rodata=full, 0 for less, -1 for not known */
int rodata_full(void);
bool rodata_off(void);
/* Skips the whole program where not even one of its tests can run. */
void need_root_and_tables(void);
void need_target(void);

#define TRACEFS		"/sys/kernel/tracing"
/* Whether there is one, which may have to be mounted first */
bool tracefs_mount(void);

/* What the module tells about an address: see target/pageattr_target.c */
struct look {
	unsigned long alias;
	int load, store;
	int alias_load, alias_store;
	int free;
};

/* Whether free pages are taken out of the linear map, known from target_load() on */
extern bool debug_pagealloc;

int target_load(void);
int target_unload(void);
bool target_get(const char *param, char *buf, size_t size);
bool target_look(unsigned long addr, struct look *look);

bool file_read(const char *path, char *buf, size_t size);
bool file_write(const char *path, const char *val);

int bpf_load(const struct bpf_insn *insn, size_t nr);
/* A program that computes bpf_sum_result(nr) in about nr instructions */
int bpf_load_sum(size_t nr);
unsigned int bpf_sum_result(size_t nr);
bool bpf_run(int fd, unsigned int *result);
bool bpf_image(int fd, unsigned long *start, unsigned int *len);

#define INSN(_code, _dst, _imm) \
	((struct bpf_insn){ .code = (_code), .dst_reg = (_dst), .imm = (_imm) })

#endif
