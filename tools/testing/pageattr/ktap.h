/* SPDX-License-Identifier: GPL-2.0-only */
/* Test suites and their output in KTAP. */
#ifndef KTAP_H
#define KTAP_H

struct test_case {
	const char *name;
	void (*run)(void);
};

/* tests/NAME.c defines NAME_suite, and the Makefile has NAME in SUITES. */
struct test_suite {
	const char *name;
	const struct test_case *cases;	/* ends with an entry without a name */
};

/* Check a condition. If it is false, fail the case and print the message and the context. */
#define EXPECT(cond, fmt, ...)							\
	({									\
		bool __ok = !!(cond);						\
										\
		if (!__ok)							\
			test_fail(__FILE_NAME__, __LINE__, #cond, fmt, ##__VA_ARGS__); \
		__ok;								\
	})

__printf(4, 5)
void test_fail(const char *file, int line, const char *what, const char *fmt, ...);
bool test_failed(void);

/* Describe the current step of a sweep, for messages. Valid until the next call. */
__printf(1, 2) void test_context(const char *fmt, ...);

/* Count a checked call of the code under test, for the output. */
void test_count(void);

unsigned long test_seed(void);

/* A random number below @n. The sequence depends on the seed and on @program. */
void any_start(unsigned int program);
unsigned long any(unsigned long n);

/* A limit of the harness is exceeded: end the program. */
__printf(1, 2) __noreturn void test_bail(const char *fmt, ...);

#endif /* KTAP_H */
