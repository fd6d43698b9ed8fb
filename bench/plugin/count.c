// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCG plugin that counts what the guest executes between the marks of bench/probe/marks.h.
 * At each MARK_NEXT() it prints one line for all windows since the last:
 *
 *   instructions DSBs TLBIs RCU interrupts preemption
 *
 * The first three are those of the window in the middle when they are sorted: a call can free
 * pages of its predecessors. The other three are the longest stretches of all windows, in
 * instructions: in an RCU read-side critical section, with interrupts masked, and with
 * preemption disabled. The entry code of an exception, where the CPU masks interrupts, does
 * not count. The section of a task that is preempted includes the other task.
 *
 *   out=FILE  the lines go to FILE
 *   map=FILE  System.map of a kernel with PREEMPT_RCU: the plugin watches functions. Only with
 *             DEBUG_PREEMPT a kernel has those that disable preemption: otherwise `-`.
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
/* Instructions since the start of the guest, and at the last MARK_BEGIN(). */
static uint64_t executed, begun;

static struct window {
	uint64_t instructions;
	unsigned long dsbs, tlbis;
} windows[65];
/* Index of the current window. */
static size_t nr;

/* Nested critical sections of one kind. */
struct section {
	unsigned int depth;
	uint64_t start, longest;
};

static struct section rcu, masked, preemption;

static void enter(unsigned int cpu, void *section)
{
	struct section *s = section;

	if (!s->depth++)
		s->start = executed;
}

static void leave(unsigned int cpu, void *section)
{
	struct section *s = section;

	if (s->depth && !--s->depth && counting && executed - s->start > s->longest)
		s->longest = executed - s->start;
}

static void mask(unsigned int cpu, void *data)
{
	enter(cpu, &masked);
}

/* MSR DAIF ends the MSR DAIFSET of local_irq_save(), which can be nested. */
static void restore(unsigned int cpu, void *data)
{
	leave(cpu, &masked);
}

/* MSR DAIFCLR and ERET end all. */
static void unmask(unsigned int cpu, void *data)
{
	if (masked.depth)
		masked.depth = 1;
	leave(cpu, &masked);
}

static struct {
	const char *name;
	exec_cb cb;
	struct section *section;
	uint64_t addr;
} functions[] = {
	{ "__rcu_read_lock", enter, &rcu },
	{ "__rcu_read_unlock", leave, &rcu },
	{ "preempt_count_add", enter, &preemption },
	{ "preempt_count_sub", leave, &preemption },
};

static void begin(unsigned int cpu, void *data)
{
	counting = true;
	begun = executed;
	/* The caller is in no section. A switch of tasks can have changed the depth. */
	rcu.depth = masked.depth = preemption.depth = 0;
}

static void end(unsigned int cpu, void *data)
{
	counting = false;
	windows[nr++].instructions = executed - begun;
	if (nr == ARRAY_SIZE(windows))
		abort();
}

static int compare(const void *a, const void *b)
{
	const struct window *x = a, *y = b;

	return x->instructions < y->instructions ? -1 : x->instructions > y->instructions;
}

static void next(unsigned int cpu, void *data)
{
	const struct window *w = &windows[nr / 2];

	qsort(windows, nr, sizeof(*windows), compare);
	fprintf(out, "%llu %lu %lu %llu %llu ", (unsigned long long)w->instructions, w->dsbs,
		w->tlbis, (unsigned long long)rcu.longest, (unsigned long long)masked.longest);
	if (functions[2].addr)
		fprintf(out, "%llu\n", (unsigned long long)preemption.longest);
	else
		fputs("-\n", out);
	fflush(out);
	memset(windows, 0, sizeof(windows));
	nr = rcu.longest = masked.longest = preemption.longest = 0;
}

static void dsb(unsigned int cpu, void *data)
{
	windows[nr].dsbs += counting;
}

static void tlbi(unsigned int cpu, void *data)
{
	windows[nr].tlbis += counting;
}

static void call_if_function(struct qemu_plugin_insn *insn)
{
	uint64_t addr = qemu_plugin_insn_vaddr(insn);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (addr == functions[i].addr)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, functions[i].cb, 0,
							       functions[i].section);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	static const struct wanted wanted[] = {
		{ MARK(100), begin },
		{ MARK(101), end },
		{ MARK(102), next },
		{ 0xfffff0ff, 0xd503309f, dsb },	/* DSB, any domain */
		{ 0xfff8f000, 0xd5088000, tlbi },	/* SYS with CRn 8 */
		{ 0xfffff2ff, 0xd50342df, mask },	/* MSR DAIFSET with I */
		{ 0xfffff2ff, 0xd50342ff, unmask },	/* MSR DAIFCLR with I */
		{ 0xffffffe0, 0xd51b4220, restore },	/* MSR DAIF */
		{ ~0U, 0xd69f03e0, unmask },		/* ERET */
	};
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &executed, 1);
		call_if_wanted(insn, wanted, ARRAY_SIZE(wanted));
		call_if_function(insn);
	}
}

/* Fails if the kernel lacks the functions of RCU. */
static bool read_map(const char *name)
{
	size_t i;
	FILE *map = fopen(name, "r");
	unsigned long long addr;
	char symbol[256];

	if (!map)
		return false;
	while (fscanf(map, "%llx %*c %255s", &addr, symbol) == 2) {
		for (i = 0; i < ARRAY_SIZE(functions); i++) {
			if (!strcmp(symbol, functions[i].name))
				functions[i].addr = addr;
		}
	}
	fclose(map);

	return functions[0].addr && functions[1].addr;
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
