// SPDX-License-Identifier: GPL-2.0-only
/*
 * main() and the output. Arguments: a suite or a pattern for suite.case, and the seed of
 * random programs. The environment variable SEED sets the seed, too.
 */
#include "bbm.h"
#include "ktap.h"
#include "libc.h"

/* Messages printed for one case. */
#define MAX_MESSAGES	8

#define SUITE(name)	extern const struct test_suite name##_suite;
#include "suites.h"
#undef SUITE

static const struct test_suite *const suites[] = {
#define SUITE(name)	&name##_suite,
#include "suites.h"
};

static const char *filter = "*";
static unsigned long seed, random_state;
static unsigned int failures, calls;
static char context[512];

void test_context(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
}

void test_fail(const char *file, int line, const char *what, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	if (failures++ >= MAX_MESSAGES)
		return;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);

	printf("    # %s:%d: expected %s: %s\n", file, line, what, why);
	if (context[0])
		printf("    #   in %s\n", context);
	fflush(NULL);
}

bool test_failed(void)
{
	return failures;
}

void test_bail(const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);

	printf("Bail out! %s\n", why);
	exit(1);
}

void test_count(void)
{
	calls++;
}

unsigned long test_seed(void)
{
	return seed;
}

/* Xorshift is good enough here. */
unsigned long any(unsigned long n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;

	return (random_state >> 11) % n;
}

void any_start(unsigned int program)
{
	unsigned int i;

	random_state = seed * 0x9e3779b97f4a7c15UL + program + 1;
	for (i = 0; i < 8; i++)
		any(2);
}

static bool wanted(const struct test_suite *suite, const struct test_case *c)
{
	char name[128] = "";
	unsigned int n = 0;
	const char *s;

	for (s = suite->name; *s; s++)
		name[n++] = *s;
	if (!fnmatch(filter, name, 0))
		return true;
	name[n++] = '.';
	for (s = c->name; *s; s++)
		name[n++] = *s;
	name[n] = '\0';

	return !fnmatch(filter, name, 0);
}

static unsigned int nr_wanted(const struct test_suite *suite)
{
	const struct test_case *c;
	unsigned int nr = 0;

	for (c = suite->cases; c->name; c++)
		nr += wanted(suite, c);

	return nr;
}

static bool run_case(const struct test_case *c, unsigned int nr)
{
	failures = 0;
	calls = 0;
	context[0] = '\0';
	bbm_reset();

	c->run();

	if (calls)
		printf("    # %s: %u calls checked\n", c->name, calls);
	if (failures > MAX_MESSAGES)
		printf("    # ... and %u more\n", failures - MAX_MESSAGES);
	printf("    %sok %u %s\n", failures ? "not " : "", nr, c->name);
	fflush(NULL);

	return !failures;
}

static bool run_suite(const struct test_suite *suite, unsigned int nr)
{
	const struct test_case *c;
	unsigned int i = 0;
	bool ok = true;

	printf("    KTAP version 1\n");
	printf("    # Subtest: %s\n", suite->name);
	printf("    1..%u\n", nr_wanted(suite));
	for (c = suite->cases; c->name; c++) {
		if (wanted(suite, c))
			ok &= run_case(c, ++i);
	}
	printf("%sok %u %s\n", ok ? "" : "not ", nr, suite->name);

	return ok;
}

int main(int argc, char **argv)
{
	const char *given = getenv("SEED");
	unsigned int i, nr = 0;
	bool ok = true;

	if (argc > 1 && argv[1][0])
		filter = argv[1];
	if (argc > 2)
		given = argv[2];
	seed = given && given[0] ? strtoul(given, NULL, 0) : (unsigned long)time(NULL);

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		nr += !!nr_wanted(suites[i]);

	printf("KTAP version 1\n");
	printf("# SEED=%lu\n", seed);
	printf("1..%u\n", nr);
	nr = 0;
	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		if (nr_wanted(suites[i]))
			ok &= run_suite(suites[i], ++nr);
	}

	return !nr || !ok;
}
