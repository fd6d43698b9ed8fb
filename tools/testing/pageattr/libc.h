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

#endif /* LIBC_H */
