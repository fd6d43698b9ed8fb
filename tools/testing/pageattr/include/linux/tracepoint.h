/* SPDX-License-Identifier: GPL-2.0-only */
/* A tracepoint is a call that a test counts. */
#ifndef HOST_LINUX_TRACEPOINT_H
#define HOST_LINUX_TRACEPOINT_H

void host_trace(const char *name);

#define TRACE_DEFINE_ENUM(name)
#define EXPORT_TRACEPOINT_SYMBOL_GPL(name)
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
