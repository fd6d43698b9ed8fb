/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_TYPES_H
#define HOST_TYPES_H

typedef unsigned int gfp_t;
typedef signed char __s8, s8;
typedef unsigned char __u8, u8;
typedef short __s16, s16;
typedef unsigned short __u16, u16;
typedef int __s32, s32;
typedef unsigned int __u32, u32;
typedef long long __s64, s64;
typedef unsigned long long __u64, u64;
typedef u64 phys_addr_t;
typedef unsigned long pgoff_t;
typedef int spinlock_t;
typedef int raw_spinlock_t;
typedef struct { int counter; } atomic_t;

#define U64_MAX			(~0ULL)
#define INT_MAX			(~0U >> 1)
#define ULONG_MAX		(~0UL)

#define __same_type(a, b)	__builtin_types_compatible_p(typeof(a), typeof(b))
#define min(a, b)							\
	({								\
		typeof(a) __a = (a);					\
		typeof(b) __b = (b);					\
									\
		__a < __b ? __a : __b;					\
	})
#define max(a, b)							\
	({								\
		typeof(a) __a = (a);					\
		typeof(b) __b = (b);					\
									\
		__a > __b ? __a : __b;					\
	})
#define round_down(x, y)	((x) & ~((typeof(x))(y) - 1))
#define round_up(x, y)		((((x) - 1) | ((typeof(x))(y) - 1)) + 1)
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

static inline s64 sign_extend64(u64 value, int index)
{
	int shift = 63 - index;

	return (s64)(value << shift) >> shift;
}

#endif /* HOST_TYPES_H */
