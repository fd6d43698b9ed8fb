/* SPDX-License-Identifier: GPL-2.0-only */
/* Empty: linux/tracepoint.h here defines the whole tracepoint. */
