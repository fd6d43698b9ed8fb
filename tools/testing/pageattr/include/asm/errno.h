/* SPDX-License-Identifier: GPL-2.0-only */
/* Kbuild generates this header. */
#include <uapi/asm-generic/errno.h>
