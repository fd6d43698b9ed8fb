/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints are calls that a test can count, and on or off as it says. */
#ifndef HOST_LINUX_TRACEPOINT_H
#define HOST_LINUX_TRACEPOINT_H

extern bool host_tracing;
void host_trace(const char *name);

#define TRACE_DEFINE_ENUM(name)
#define TP_PROTO(args...)	args
#define TRACE_EVENT(name, proto, more...)				\
	static inline bool trace_##name##_enabled(void)			\
	{								\
		return host_tracing;					\
	}								\
	static inline void trace_##name(proto)				\
	{								\
		if (host_tracing)					\
			host_trace(#name);				\
	}

#endif /* HOST_LINUX_TRACEPOINT_H */
