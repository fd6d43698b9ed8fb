// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCG plugin that counts DSBs, TLBIs and instructions of the guest between the marks of
 * bench/probe. At each MARK_NEXT() it prints one line `DSBs TLBIs instructions` and starts
 * from 0. It counts instructions by translation block, so a few around a mark can be
 * missing. Unlike the guest's counter, it stops while the CPU waits for an interrupt.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "qemu_plugin.h"

EXPORT int qemu_plugin_version = 1;

static FILE *out;
static bool counting;
static unsigned long dsbs, tlbis;
/* Instructions since the start of the guest, at the last MARK_BEGIN(), and between marks. */
static uint64_t executed, begun, counted;

static void begin(unsigned int cpu, void *data)
{
	counting = true;
	begun = executed;
}

static void end(unsigned int cpu, void *data)
{
	counting = false;
	counted += executed - begun;
}

static void next(unsigned int cpu, void *data)
{
	fprintf(out, "%lu %lu %llu\n", dsbs, tlbis, (unsigned long long)counted);
	fflush(out);
	dsbs = tlbis = counted = 0;
}

static void dsb(unsigned int cpu, void *data)
{
	dsbs += counting;
}

static void tlbi(unsigned int cpu, void *data)
{
	tlbis += counting;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	static const struct wanted wanted[] = {
		{ MARK(100), begin },
		{ MARK(101), end },
		{ MARK(102), next },
		{ 0xfffff0ff, 0xd503309f, dsb },	/* DSB, any domain */
		{ 0xfff8f000, 0xd5088000, tlbi },	/* SYS with CRn 8 */
	};
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &executed, n);
	for (i = 0; i < n; i++)
		call_if_wanted(qemu_plugin_tb_get_insn(tb, i), wanted, ARRAY_SIZE(wanted));
}

/* The argument is out=FILE. */
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	out = fopen(argv[0] + 4, "w");
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);

	return 0;
}
