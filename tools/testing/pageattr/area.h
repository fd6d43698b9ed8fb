/* SPDX-License-Identifier: GPL-2.0-only */
/* A vmalloc area, its alias in the linear map, and what set_memory_*() does there. */
#ifndef AREA_H
#define AREA_H

#include "model.h"

#define MAX_AREA_PAGES	512

extern struct vm_struct area;
extern struct page *area_pages[MAX_AREA_PAGES];
extern unsigned long area_start;

struct page *page_at(unsigned long linear);

/*
 * Make the area, of @nr pages whose places in the linear map @order gives, as page
 * numbers from @linear on, and map it with PTEs. The alias is for the test to map.
 */
void area_make(unsigned long linear, const unsigned int *order, unsigned int nr);

/* The pages of the alias, one PTE each. */
void area_map_alias(void);

typedef int (*set_memory_fn)(unsigned long addr, int numpages);

extern const struct set_memory_op {
	const char *name;
	set_memory_fn fn;
	unsigned int op;	/* as for window_op() */
	bool alias;		/* that the linear map has to follow */
} set_memory_ops[5];

/* Plan, call and check; @addr may have a tag. */
int checked_set_memory(const struct set_memory_op *op, unsigned long addr, int numpages);

#endif /* AREA_H */
