/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of the C library. Its headers conflict with the kernel headers. */
#ifndef LIBC_H
#define LIBC_H

#include <stdarg.h>

__printf(1, 2) int printf(const char *format, ...);
int vsnprintf(char *s, size_t n, const char *format, va_list ap);
char *getenv(const char *name);
unsigned long strtoul(const char *s, char **end, int base);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int fnmatch(const char *pattern, const char *s, int flags);
int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *aligned_alloc(size_t align, size_t n);
void free(void *p);
void abort(void);
void exit(int status);
int fflush(void *stream);
long time(long *t);

typedef unsigned long pthread_t;
typedef struct { long opaque[4]; } sem_t;

int pthread_create(pthread_t *thread, const void *attr, void *(*start)(void *), void *arg);
int pthread_join(pthread_t thread, void **ret);
int sem_init(sem_t *sem, int shared, unsigned int value);
int sem_wait(sem_t *sem);
int sem_post(sem_t *sem);

/* Contexts: the start of the C library's ucontext_t, and room for the rest. */
struct host_ucontext {
	unsigned long flags;
	void *link;
	struct {
		void *sp;
		int flags;
		size_t size;
	} stack;
	long opaque[1024] __aligned(16);
};

struct host_jmp_buf {
	long opaque[64];
};

int getcontext(struct host_ucontext *context);
int setcontext(const struct host_ucontext *context);
void makecontext(struct host_ucontext *context, void (*fn)(void), int nr_args, ...);
int _setjmp(struct host_jmp_buf *env) __attribute__((returns_twice));
__noreturn void _longjmp(struct host_jmp_buf *env, int val);

/* Address sanitizer, sanitizer/common_interface_defs.h */
void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack, void **bottom, size_t *size);

#endif /* LIBC_H */
