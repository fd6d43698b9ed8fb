// SPDX-License-Identifier: GPL-2.0-only
/* Stand-ins for counters and tracepoints. */
#include "kernel.h"
#include "libc.h"

bool host_tracing;
unsigned int host_traced;
unsigned long host_vm_events[NR_VM_EVENT_ITEMS];

static void reset(void)
{
	host_tracing = false;
	host_traced = 0;
	memset(host_vm_events, 0, sizeof(host_vm_events));
}

ON_KERNEL_RESET(reset);

void host_trace(const char *name)
{
	host_traced++;
}
