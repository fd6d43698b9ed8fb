/* SPDX-License-Identifier: GPL-2.0-only */
/* Measured windows of the bench, in the kernel (bench/probe/) and in user space (bench/user/). */
#ifndef BENCH_MARKS_H
#define BENCH_MARKS_H

/* Marks for bench/plugin. An unallocated hint is a NOP. */
#define MARK_BEGIN()	asm volatile("hint #100" ::: "memory")
#define MARK_END()	asm volatile("hint #101" ::: "memory")
#define MARK_NEXT()	asm volatile("hint #102" ::: "memory")

#endif /* BENCH_MARKS_H */
