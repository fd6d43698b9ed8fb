/* SPDX-License-Identifier: GPL-2.0-only */
/* Kbuild makes this one. */
#include <uapi/asm-generic/errno.h>
