/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debian's QEMU supports plugins, but lacks their header: the part of version 1 of the
 * interface that the plugins of the bench use.
 */
#ifndef BENCH_QEMU_PLUGIN_H
#define BENCH_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;

typedef void (*tb_cb)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*exec_cb)(unsigned int cpu, void *data);
typedef void (*mem_cb)(unsigned int cpu, uint32_t info, uint64_t va, void *data);

extern void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, tb_cb cb);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
							size_t i);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
extern void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
/* @flags 0: the callback reads no registers. @rw 3: loads and stores. */
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_cb cb,
						   int flags, void *data);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, exec_cb cb,
						 int flags, void *data);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, mem_cb cb,
					     int flags, int rw, void *data);
/* @op 0: add @imm to *@ptr. */
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op,
						       void *ptr, uint64_t imm);
extern struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info, uint64_t va);
extern uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *hwaddr);
extern unsigned int qemu_plugin_mem_size_shift(uint32_t info);

#define EXPORT		__attribute__((visibility("default")))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Instructions with @bits under @mask, and the function to call when the guest executes one. */
struct wanted {
	uint32_t mask, bits;
	exec_cb cb;
};

/* The marks of a measured window. */
#define MARK(nr)	~0U, 0xd503201f | (nr) << 5	/* HINT #nr */

static inline void call_if_wanted(struct qemu_plugin_insn *insn, const struct wanted *wanted,
				  size_t nr)
{
	uint32_t code;
	size_t i;

	memcpy(&code, qemu_plugin_insn_data(insn), sizeof(code));
	for (i = 0; i < nr; i++)
		if ((code & wanted[i].mask) == wanted[i].bits)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, wanted[i].cb, 0, NULL);
}

#endif /* BENCH_QEMU_PLUGIN_H */
