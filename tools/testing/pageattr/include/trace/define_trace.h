/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing more is made of a tracepoint here, see linux/tracepoint.h. */
