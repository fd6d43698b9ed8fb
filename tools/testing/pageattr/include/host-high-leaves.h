/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leaves at PGD and P4D level, for the callbacks of these levels. No arm64 kernel has
 * leaves there.
 */
#ifndef HOST_HIGH_LEAVES_H
#define HOST_HIGH_LEAVES_H

#if CONFIG_PGTABLE_LEVELS > 4
#define pgd_leaf(pgd)	(pgtable_l5_enabled() && pte_present(pgd_pte(pgd)) && \
			 !(pgd_val(pgd) & PGD_TABLE_BIT))
#endif

#define p4d_leaf(p4d)	(pte_present(p4d_pte(p4d)) && !(p4d_val(p4d) & P4D_TABLE_BIT))

#endif /* HOST_HIGH_LEAVES_H */
