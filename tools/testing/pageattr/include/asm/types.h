/* SPDX-License-Identifier: GPL-2.0-only */
/* Kbuild generates this header. Empty: the types are in host-types.h. */
