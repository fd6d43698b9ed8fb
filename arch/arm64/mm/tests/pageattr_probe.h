/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Probes of a kernel address: the leaf in the page tables, and accesses by the CPU.
 */
#ifndef _ARM64_PAGEATTR_PROBE_H
#define _ARM64_PAGEATTR_PROBE_H

#include <linux/types.h>

/**
 * struct pageattr_leaf - the entry that maps a kernel address
 *
 * @start: start address of the leaf, or of the contiguous group
 * @size: size of the leaf, or of the contiguous group, in bytes
 * @raw: value of the entry that maps the address
 * @level: level in the architecture's count: 1 is PUD, 2 is PMD, 3 is PTE
 * @cont: the contiguous bit is set
 * @valid: the entry is valid; the other members are set for an invalid entry too
 * @write: the entry allows writes once it is valid
 * @exec: the entry allows execution at EL1 once it is valid
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
