// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCG plugin that counts DSBs, TLBIs and instructions of the guest between the marks of
 * bench/probe. At each MARK_NEXT() it prints one line `DSBs TLBIs instructions` and starts
 * from 0. It counts instructions by translation block, so a few around a mark can be
 * missing. Unlike the guest's counter, it stops while the CPU waits for an interrupt.
 *
 * Debian's QEMU supports plugins, but lacks their header: declare the used part of
 * version 1 of the interface here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void (*tb_cb)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*exec_cb)(unsigned int cpu, void *data);

extern void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, tb_cb cb);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
							size_t i);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
/* @flags 0: the callback reads no registers. */
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_cb cb,
						   int flags, void *data);
/* @op 0: add @imm to *@ptr. */
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
						     void *ptr, uint64_t imm);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

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
	static const struct {
		uint32_t mask, bits;
		exec_cb cb;
	} wanted[] = {
		{ ~0U, 0xd503201f | 100 << 5, begin },	/* HINT #100 */
		{ ~0U, 0xd503201f | 101 << 5, end },
		{ ~0U, 0xd503201f | 102 << 5, next },
		{ 0xfffff0ff, 0xd503309f, dsb },	/* DSB, any domain */
		{ 0xfff8f000, 0xd5088000, tlbi },	/* SYS with CRn 8 */
	};
	size_t i, j, n = qemu_plugin_tb_n_insns(tb);

	qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &executed, n);
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint32_t code;

		memcpy(&code, qemu_plugin_insn_data(insn), sizeof(code));
		for (j = 0; j < sizeof(wanted) / sizeof(wanted[0]); j++) {
			if ((code & wanted[j].mask) == wanted[j].bits)
				qemu_plugin_register_vcpu_insn_exec_cb(insn, wanted[j].cb, 0,
								       NULL);
		}
	}
}

/* The argument is out=FILE. */
__attribute__((visibility("default")))
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	out = fopen(argv[0] + 4, "w");
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);

	return 0;
}
