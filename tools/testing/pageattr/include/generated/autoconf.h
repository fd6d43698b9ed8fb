/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel configuration. The Makefile defines CONFIG_PAGE_SHIFT and
 * CONFIG_ARM64_VA_BITS; the other options follow from them as in arch/arm64/Kconfig.
 */
#define CONFIG_64BIT			1
#define CONFIG_MMU			1
#define CONFIG_ARM64			1
#define CONFIG_KUNIT			1
/* For tags in addresses. Unlike software tags, it does not move the linear map. */
#define CONFIG_KASAN_HW_TAGS		1
#define CONFIG_DEBUG_PAGEALLOC		1
#define CONFIG_KFENCE			1

#if CONFIG_PAGE_SHIFT == 12
#define CONFIG_ARM64_4K_PAGES		1
#define CONFIG_ARM64_CONT_PTE_SHIFT	4
#define CONFIG_ARM64_CONT_PMD_SHIFT	4
#elif CONFIG_PAGE_SHIFT == 14
#define CONFIG_ARM64_16K_PAGES		1
#define CONFIG_ARM64_CONT_PTE_SHIFT	7
#define CONFIG_ARM64_CONT_PMD_SHIFT	5
#elif CONFIG_PAGE_SHIFT == 16
#define CONFIG_ARM64_64K_PAGES		1
#define CONFIG_ARM64_CONT_PTE_SHIFT	5
#define CONFIG_ARM64_CONT_PMD_SHIFT	5
#endif

#define CONFIG_PGTABLE_LEVELS \
	((CONFIG_ARM64_VA_BITS - 4) / (CONFIG_PAGE_SHIFT - 3))

#if CONFIG_ARM64_VA_BITS == 52
#define CONFIG_ARM64_VA_BITS_52		1
#define CONFIG_ARM64_PA_BITS		52
#define CONFIG_ARM64_PA_BITS_52		1
#if CONFIG_PAGE_SHIFT != 16
#define CONFIG_ARM64_LPA2		1
#endif
#else
#define CONFIG_ARM64_PA_BITS		48
#endif
