// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCG plugin that counts what the guest executes between the marks of bench/probe/marks.h.
 * At each MARK_NEXT() it prints one line and starts from 0:
 *
 *   calls instructions DSBs TLBIs RCU
 *
 * RCU is the longest stretch of a window in an RCU read-side critical section, in instructions.
 *
 *   out=FILE  the lines go to FILE
 *   map=FILE  System.map of a kernel with PREEMPT_RCU: the plugin watches two functions
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

EXPORT int qemu_plugin_version = 1;

static FILE *out;
/* The first window starts with the guest. */
static bool counting = true;
static unsigned long calls, dsbs, tlbis;
/* Instructions since the start of the guest, at the last MARK_BEGIN(), and between marks. */
static uint64_t executed, begun, counted;

/* The RCU read-side critical section. */
static struct {
	unsigned int depth;
	uint64_t start, longest;
} rcu;

static void rcu_lock(unsigned int cpu, void *data)
{
	if (!rcu.depth++)
		rcu.start = executed;
}

static void rcu_unlock(unsigned int cpu, void *data)
{
	if (!rcu.depth || --rcu.depth || !counting)
		return;
	/* Only what lies in the window counts. */
	if (rcu.start < begun)
		rcu.start = begun;
	if (executed - rcu.start > rcu.longest)
		rcu.longest = executed - rcu.start;
}

static struct {
	const char *name;
	exec_cb cb;
	uint64_t addr;
} functions[] = {
	{ "__rcu_read_lock", rcu_lock },
	{ "__rcu_read_unlock", rcu_unlock },
};

static void begin(unsigned int cpu, void *data)
{
	counting = true;
	begun = executed;
	calls++;
}

static void end(unsigned int cpu, void *data)
{
	counting = false;
	counted += executed - begun;
}

static void next(unsigned int cpu, void *data)
{
	fprintf(out, "%lu %llu %lu %lu %llu\n", calls, (unsigned long long)counted, dsbs, tlbis,
		(unsigned long long)rcu.longest);
	fflush(out);
	calls = dsbs = tlbis = counted = 0;
	rcu.longest = 0;
}

static void dsb(unsigned int cpu, void *data)
{
	dsbs += counting;
}

static void tlbi(unsigned int cpu, void *data)
{
	tlbis += counting;
}

static void call_if_function(struct qemu_plugin_insn *insn)
{
	uint64_t addr = qemu_plugin_insn_vaddr(insn);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (addr == functions[i].addr)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, functions[i].cb, 0, NULL);
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

	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &executed, 1);
		call_if_wanted(insn, wanted, ARRAY_SIZE(wanted));
		call_if_function(insn);
	}
}

/* Fails if the kernel lacks a function. */
static bool read_map(const char *name)
{
	size_t i, found = 0;
	FILE *map = fopen(name, "r");
	unsigned long long addr;
	char symbol[256];

	if (!map)
		return false;
	while (fscanf(map, "%llx %*c %255s", &addr, symbol) == 2) {
		for (i = 0; i < ARRAY_SIZE(functions); i++) {
			if (strcmp(symbol, functions[i].name))
				continue;
			functions[i].addr = addr;
			found++;
		}
	}
	fclose(map);

	return found == ARRAY_SIZE(functions);
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4)) {
			out = fopen(argv[i] + 4, "w");
		} else if (!strncmp(argv[i], "map=", 4)) {
			if (!read_map(argv[i] + 4)) {
				fputs("count.so: System.map lacks a function of PREEMPT_RCU\n", stderr);
				return -1;
			}
		}
	}
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);

	return 0;
}
