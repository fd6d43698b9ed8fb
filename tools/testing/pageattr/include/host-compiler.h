/* SPDX-License-Identifier: GPL-2.0-only */
/* Annotations, warnings, and accesses that are events in the log. */
#ifndef HOST_COMPILER_H
#define HOST_COMPILER_H

#include <linux/compiler_attributes.h>

#define __force
#define __iomem
#define __ro_after_init
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

#define __HOST_PASTE(a, b)	a##b
#define HOST_PASTE(a, b)	__HOST_PASTE(a, b)
#define __UNIQUE_ID(prefix)	HOST_PASTE(prefix##_, __COUNTER__)

#define EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_GPL(sym)
#define EXPORT_SYMBOL_NS(sym, ns)
#define KUNIT_STATIC_STUB_REDIRECT(fn, args...) do { } while (0)

#define BUILD_BUG()		__builtin_trap()
#define BUILD_BUG_ON(x)		_Static_assert(!(x), #x)
#define BUILD_BUG_ON_ZERO(x)	0
#define __is_constexpr(x)	__builtin_constant_p(x)

#define FIELD_GET(mask, val)	(((val) & (mask)) >> __builtin_ctzll(mask))
#define FIELD_PREP(mask, val)	(((unsigned long long)(val) << __builtin_ctzll(mask)) & (mask))

/* A warning is an event in the log. Tests fail on warnings that they do not expect. */
void host_bug(const char *what, const char *file, int line);
void host_warn(const char *what);

#define BUG_ON(x)		({ if (x) host_bug(#x, __FILE__, __LINE__); })
#define BUG()			host_bug("BUG", __FILE__, __LINE__)
#define WARN_ON(x)		({ bool __w = !!(x); if (__w) host_warn(#x); __w; })
/* The text tells WARN_ON_ONCE() from WARN_ON(). */
#define WARN_ON_ONCE(x)		({ bool __w = !!(x); if (__w) host_warn("once: " #x); __w; })
#define VM_BUG_ON(x)		BUG_ON(x)
#define VM_WARN_ON_ONCE(x)	WARN_ON_ONCE(x)
#define VM_WARN_ONCE(x, ...)	WARN_ON_ONCE(x)

/* Accesses to page tables are events in the log, see log.h. */
unsigned long long host_cmpxchg(unsigned long long *p, unsigned long long old,
				unsigned long long new);

#define cmpxchg_relaxed(p, old, new)	((typeof(*(p)))host_cmpxchg((void *)(p), old, new))

void host_read(const void *p);
void host_store(void *p, unsigned long val);
void host_stored(void *p);

#define READ_ONCE(x)							\
({									\
	typeof(x) __r = *(const volatile typeof(x) *)&(x);		\
									\
	host_read((const void *)&(x));						\
	__r;								\
})

#define WRITE_ONCE(x, new)						\
do {									\
	union { typeof(x) val; unsigned long bits; } __w = { .bits = 0 }; \
									\
	_Static_assert(sizeof(x) <= sizeof(long), "one access");	\
	__w.val = (new);						\
	host_store((void *)&(x), __w.bits);				\
	*(volatile typeof(x) *)&(x) = __w.val;				\
	host_stored((void *)&(x));					\
} while (0)

#endif /* HOST_COMPILER_H */
