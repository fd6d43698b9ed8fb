/* SPDX-License-Identifier: GPL-2.0-only */
/* What counters and tracepoints use. */
#ifndef HOST_COUNT_H
#define HOST_COUNT_H

#define _LINUX_PROC_FS_H
#define _LINUX_SEQ_FILE_H
#define _LINUX_VMSTAT_H

#include <linux/vm_event_item.h>

extern unsigned long host_vm_events[NR_VM_EVENT_ITEMS];

#define count_vm_event(item)		((void)host_vm_events[item]++)
#define count_vm_events(item, nr)	((void)(host_vm_events[item] += (nr)))

/* Tracepoints are on while @host_tracing is set; @host_traced counts them. */
extern bool host_tracing;
extern unsigned int host_traced;

struct seq_file;

__printf(3, 4) int snprintf(char *s, size_t n, const char *format, ...);

#define seq_printf(m, ...)		((void)(m))

#endif /* HOST_COUNT_H */
