/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included into arch/arm64/kernel/cpufeature.c only. With lab.other_cpu on the kernel
 * command line, CPU 1 has a MIDR that no list has. QEMU gives all CPUs of a machine the
 * same MIDR.
 */
#ifdef __KERNEL__
#include <linux/init.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/cputype.h>

static inline u32 lab_read_cpuid_id(void)
{
	if (smp_processor_id() == 1 && strstr(saved_command_line, "lab.other_cpu"))
		return MIDR_CPU_MODEL(0, 0xfff);

	return read_cpuid_id();
}

#define read_cpuid_id	lab_read_cpuid_id
#endif
