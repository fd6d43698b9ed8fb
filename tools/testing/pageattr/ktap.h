/* SPDX-License-Identifier: GPL-2.0-only */
/* Suites of test cases and what they report, as KTAP. */
#ifndef KTAP_H
#define KTAP_H

struct test_case {
	const char *name;
	void (*run)(void);
};

struct test_suite {
	const char *name;
	const struct test_case *cases;	/* the last one has no name */
};

extern const struct test_suite walk_suite;
extern const struct test_suite range_suite;
extern const struct test_suite flush_suite;
extern const struct test_suite direct_map_suite;
extern const struct test_suite vmalloc_suite;
extern const struct test_suite lazy_suite;
extern const struct test_suite bbm_suite;
extern const struct test_suite split_suite;
extern const struct test_suite collapse_suite;
extern const struct test_suite random_suite;

/* Fails the case, and says what was expected and the current context. */
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

/* What the sweep is at, for the message of a failure; kept until the next one. */
__printf(1, 2) void test_context(const char *fmt, ...);

/* A checked call of the code under test, for the count in the output. */
void test_count(void);

unsigned long test_seed(void);

#endif /* KTAP_H */
