/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU. Barriers and TLBIs are events in the log; a test selects the features. */
#ifndef HOST_CPU_H
#define HOST_CPU_H

void host_dsb(const char *domain);
void host_isb(void);
void host_tlbi(const char *op, u64 operand);

#define dsb(domain)		host_dsb(#domain)
#define isb()			host_isb()

/* Replace the two macros of asm/tlbflush.h that hold the TLBI instruction. */
#define __TLBI_0(op, arg)	host_tlbi(#op, 0)
#define __TLBI_1(op, arg)	host_tlbi(#op, arg)

extern u64 host_tcr;
extern bool host_has_va52;
extern bool host_has_bti;
extern bool host_has_tlb_range;
extern bool host_has_ttl;

enum {
	ARM64_ALWAYS_BOOT,
	ARM64_HAS_VA52,
	ARM64_HAS_ARMv8_4_TTL,
	ARM64_WORKAROUND_REPEAT_TLBI,
};

static inline bool host_has_cap(int cap)
{
	switch (cap) {
	case ARM64_ALWAYS_BOOT:
		return true;
	case ARM64_HAS_VA52:
		return host_has_va52;
	case ARM64_HAS_ARMv8_4_TTL:
		return host_has_ttl;
	default:
		return false;
	}
}

#define alternative_has_cap_likely(cap)		host_has_cap(cap)
#define alternative_has_cap_unlikely(cap)	host_has_cap(cap)

#define system_supports_bti_kernel()	host_has_bti
#define system_supports_tlb_range()	host_has_tlb_range
#define system_supports_mte()		false
#define system_supports_poe()		false
#define cpu_has_hw_af()			true
#define arm64_kernel_unmapped_at_el0()	arm64_use_ng_mappings
#define kvm_lpa2_is_enabled()		false
#define read_sysreg_s(reg)		0ULL
#define por_elx_allows_read(por, pkey)	((void)(por), true)
#define por_elx_allows_write(por, pkey)	((void)(por), true)
#define por_elx_allows_exec(por, pkey)	((void)(por), true)

#endif /* HOST_CPU_H */
