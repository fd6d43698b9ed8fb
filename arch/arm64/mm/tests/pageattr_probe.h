/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the page tables say about a kernel address, and what the CPU does there.
 */
#ifndef _ARM64_PAGEATTR_PROBE_H
#define _ARM64_PAGEATTR_PROBE_H

#include <linux/types.h>

/**
 * struct pageattr_leaf - the entry that maps a kernel address
 *
 * @start: first address that the leaf maps
 * @size: bytes that the leaf maps; for a contiguous leaf, the whole group
 * @raw: the entry as read, that of the address itself in a contiguous group
 * @level: as the architecture counts: 1 is PUD, 2 is PMD, 3 is PTE
 * @cont: the contiguous bit
 * @valid: the CPU may use the entry; all else is meaningful without it too
 * @write: writes are allowed when valid
 * @exec: execution at EL1 is allowed when valid
 */
struct pageattr_leaf {
	unsigned long start;
	unsigned long size;
	u64 raw;
	int level;
	bool cont;
	bool valid;
	bool write;
	bool exec;
};

bool pageattr_probe_leaf(unsigned long addr, struct pageattr_leaf *leaf);

unsigned int pageattr_probe_lift_table_pxn(unsigned long addr);
void pageattr_probe_put_table_pxn(unsigned long addr, unsigned int lifted);

bool pageattr_probe_rodata_full(void);
bool pageattr_probe_at_read(unsigned long addr);
bool pageattr_probe_at_write(unsigned long addr);

int pageattr_probe_init(void);
void pageattr_probe_exit(void);
int pageattr_probe_plant(unsigned long addr);
int pageattr_probe_read(unsigned long addr);
int pageattr_probe_write(unsigned long addr);
int pageattr_probe_exec(unsigned long addr);

#endif /* _ARM64_PAGEATTR_PROBE_H */
