/* SPDX-License-Identifier: GPL-2.0-only */
/* Kbuild makes this one: types are in host-types.h. */
