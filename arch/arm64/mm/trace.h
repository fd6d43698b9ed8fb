/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pageattr

#if !defined(_ARM64_MM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _ARM64_MM_TRACE_H

#include <linux/tracepoint.h>

#include "linear_map.h"

TRACE_DEFINE_ENUM(LEAF_PTE);
TRACE_DEFINE_ENUM(LEAF_CONT_PTE);
TRACE_DEFINE_ENUM(LEAF_PMD);
TRACE_DEFINE_ENUM(LEAF_CONT_PMD);
TRACE_DEFINE_ENUM(LEAF_PUD);

#define show_leaf_size(size)					\
	__print_symbolic(size,					\
			 { LEAF_PTE,		"pte" },	\
			 { LEAF_CONT_PTE,	"cont_pte" },	\
			 { LEAF_PMD,		"pmd" },	\
			 { LEAF_CONT_PMD,	"cont_pmd" },	\
			 { LEAF_PUD,		"pud" })

/**
 * pageattr_change - a check pass accepted a change of kernel page attributes
 * @start: start address of the range, in bytes
 * @end: end address (exclusive)
 * @set: bits to set in each leaf
 * @clear: bits to clear in each leaf, before @set
 * @bytes: bytes of the range that leaves of each size map
 * @differed: at least one leaf changes
 * @split: the call has split leaves for this change
 * @flush: at least one valid leaf changes: the TLBs are invalidated
 */
TRACE_EVENT(pageattr_change,

	TP_PROTO(unsigned long start, unsigned long end, u64 set, u64 clear,
		 const unsigned long *bytes, bool differed, bool split, bool flush),

	TP_ARGS(start, end, set, clear, bytes, differed, split, flush),

	TP_STRUCT__entry(
		__field(unsigned long,	start)
		__field(unsigned long,	end)
		__field(u64,		set)
		__field(u64,		clear)
		__array(unsigned long,	bytes,	NR_LEAF_SIZES)
		__field(bool,		differed)
		__field(bool,		split)
		__field(bool,		flush)
	),

	TP_fast_assign(
		__entry->start		= start;
		__entry->end		= end;
		__entry->set		= set;
		__entry->clear		= clear;
		memcpy(__entry->bytes, bytes, sizeof(__entry->bytes));
		__entry->differed	= differed;
		__entry->split		= split;
		__entry->flush		= flush;
	),

	TP_printk("%lx-%lx set=%llx clear=%llx kB: pte=%lu cont_pte=%lu pmd=%lu cont_pmd=%lu pud=%lu differed=%d split=%d flush=%d",
		  __entry->start, __entry->end, __entry->set, __entry->clear,
		  __entry->bytes[LEAF_PTE] >> 10, __entry->bytes[LEAF_CONT_PTE] >> 10,
		  __entry->bytes[LEAF_PMD] >> 10, __entry->bytes[LEAF_CONT_PMD] >> 10,
		  __entry->bytes[LEAF_PUD] >> 10,
		  __entry->differed, __entry->split, __entry->flush)
);

/**
 * kernel_leaf_split - a leaf of a kernel mapping was split
 * @addr: an address in the leaf, in bytes
 * @from: former size of the leaf
 */
TRACE_EVENT(kernel_leaf_split,

	TP_PROTO(unsigned long addr, enum kernel_leaf_size from),

	TP_ARGS(addr, from),

	TP_STRUCT__entry(
		__field(unsigned long,	addr)
		__field(int,		from)
	),

	TP_fast_assign(
		__entry->addr	= addr;
		__entry->from	= from;
	),

	TP_printk("%lx from=%s", __entry->addr, show_leaf_size(__entry->from))
);

/**
 * kernel_leaf_collapse - a table of the linear map was collapsed
 * @addr: first address that the table maps, in bytes
 * @to: size of the new leaves
 * @nr: number of new leaves
 */
TRACE_EVENT(kernel_leaf_collapse,

	TP_PROTO(unsigned long addr, enum kernel_leaf_size to, unsigned int nr),

	TP_ARGS(addr, to, nr),

	TP_STRUCT__entry(
		__field(unsigned long,	addr)
		__field(int,		to)
		__field(unsigned int,	nr)
	),

	TP_fast_assign(
		__entry->addr	= addr;
		__entry->to	= to;
		__entry->nr	= nr;
	),

	TP_printk("%lx to=%s nr=%u", __entry->addr, show_leaf_size(__entry->to),
		  __entry->nr)
);

#endif /* _ARM64_MM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
