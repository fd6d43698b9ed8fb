/* SPDX-License-Identifier: GPL-2.0-only */
/* One vmalloc area, its linear alias, and the expected effects of set_memory_*(). */
#ifndef VMALLOC_AREA_H
#define VMALLOC_AREA_H

#include "model.h"

#define MAX_AREA_PAGES	512

extern struct vm_struct area;
extern struct page *area_pages[MAX_AREA_PAGES];
extern unsigned long area_start;

/* The area that find_vm_area() finds, or NULL. */
extern struct vm_struct *host_area;

/*
 * Make the area from @nr pages and map it with PTEs. Page i of the area is page @order[i]
 * of the linear map from address @linear on. The test maps the alias.
 */
void area_make(unsigned long linear, const unsigned int *order, unsigned int nr);

/* Map the alias with PTEs. */
void area_map_alias(void);

typedef int (*set_memory_fn)(unsigned long addr, int numpages);

extern const struct set_memory_op {
	const char *name;
	set_memory_fn fn;
	unsigned int op;	/* for attr_op() */
	bool alias;		/* also changes the alias */
} set_memory_ops[5];

/* Plan, call and check one of set_memory_*(). @addr may have a tag. */
int checked_set_memory(const struct set_memory_op *op, unsigned long addr, int numpages);

#endif /* VMALLOC_AREA_H */
