// SPDX-License-Identifier: GPL-2.0-only
/* Test of the topic nobbml3. */
#include <asm/cpufeature.h>

#include "kernel.h"

static void command_line_refuses_blocks(struct kunit *test)
{
	if (!strstr(kernel.command_line, "arm64.nobbml3"))
		kunit_skip(test, "the command line does not refuse BBML3");
	KUNIT_EXPECT_FALSE(test, linear_map_has_blocks());
	KUNIT_EXPECT_FALSE(test, system_supports_bbml3());
}

static void capability_and_blocks_agree(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, linear_map_has_blocks(), system_supports_bbml3());
}

static struct kunit_case nobbml3_cases[] = {
	KUNIT_CASE(command_line_refuses_blocks),
	KUNIT_CASE(capability_and_blocks_agree),
	{}
};

TOPIC_SUITE(nobbml3, kernel_look_up);
