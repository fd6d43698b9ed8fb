// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kprobes and the function tracer patch the text of a module while permissions change: the
 * test loads and removes the module, and another process loads and frees BPF programs.
 * Check that each hit is counted, and that the text and the pages of kprobe slots stay
 * read-only and executable. A kprobe slot holds the instruction that a kprobe replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "pageattr_lib.h"

#define NR_FUNCTIONS	3
#define NR_RUNS		5
#define NR_CYCLES	12
#define MIN_PROGRAMS	NR_CYCLES
/* Expected value of run, see pageattr_module.c */
#define RUN_RESULT	"21\n"
#define MAX_SLOT_PAGES	8

static unsigned long page_size;
static int full;
static unsigned long text[NR_FUNCTIONS];

static bool trace_write(const char *file, int flags, const char *val)
{
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), TRACEFS "/%s", file);
	fd = open(path, O_WRONLY | flags);
	if (fd < 0)
		return false;
	len = write(fd, val, strlen(val));
	close(fd);
	return len == (ssize_t)strlen(val);
}

static FILE *trace_open(const char *file)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), TRACEFS "/%s", file);
	f = fopen(path, "r");
	if (!f)
		ksft_exit_fail_perror(path);
	return f;
}

static void need_tracing(void)
{
	char tracers[256];

	if (!tracefs_mount())
		ksft_exit_skip("needs CONFIG_TRACING\n");
	if (access(TRACEFS "/kprobe_events", F_OK))
		ksft_exit_skip("needs CONFIG_KPROBE_EVENTS\n");
	if (!file_read(TRACEFS "/available_tracers", tracers, sizeof(tracers)) ||
	    !strstr(tracers, "function"))
		ksft_exit_skip("needs CONFIG_FUNCTION_TRACER\n");
	if (access(TRACEFS "/set_ftrace_filter", F_OK))
		ksft_exit_skip("needs CONFIG_DYNAMIC_FTRACE\n");
}

static void text_read(void)
{
	char buf[4096], *line, *save;
	unsigned long addr;
	int nr = 0;

	if (!target_get("areas", buf, sizeof(buf)))
		ksft_exit_fail_perror("areas");
	for (line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "text %lx", &addr) == 1 && nr < NR_FUNCTIONS)
			text[nr++] = addr;
	if (nr != NR_FUNCTIONS)
		ksft_exit_fail_msg("the module has %d pages of text\n", nr);
}

/*
 * Probe the addition in each function: the CPU has to execute this instruction in a slot.
 * The addition is behind the NOPs that ftrace patches. Its offset depends on the compiler.
 */
static bool probe_add(int nr)
{
	char event[128];
	int offset;

	for (offset = 8; offset <= 16; offset += 4) {
		snprintf(event, sizeof(event),
			 "p:pageattr_test/text_%d pageattr_target:text_%d+%d\n", nr, nr, offset);
		if (trace_write("kprobe_events", O_APPEND, event))
			return true;
	}
	ksft_perror("kprobe_events");
	return false;
}

static bool probes_on(void)
{
	int i;

	for (i = 0; i < NR_FUNCTIONS; i++)
		if (!probe_add(i))
			return false;
	return trace_write("events/pageattr_test/enable", 0, "1");
}

static bool probes_off(void)
{
	return trace_write("events/pageattr_test/enable", 0, "0") &&
	       trace_write("kprobe_events", O_TRUNC, "\n");
}

static bool tracer_on(void)
{
	return trace_write("set_ftrace_filter", O_TRUNC, "text_*:mod:pageattr_target\n") &&
	       trace_write("current_tracer", 0, "function") &&
	       trace_write("trace", O_TRUNC, "\n") &&
	       trace_write("tracing_on", 0, "1");
}

static bool tracer_off(void)
{
	return trace_write("current_tracer", 0, "nop") &&
	       trace_write("set_ftrace_filter", O_TRUNC, "\n");
}

static bool text_runs(void)
{
	char buf[64];
	int i;

	for (i = 0; i < NR_RUNS; i++)
		if (!target_get("run", buf, sizeof(buf)) || strcmp(buf, RUN_RESULT))
			return false;
	return true;
}

/* Whether each probe was hit in each run and missed none */
static bool probes_counted(void)
{
	unsigned long hits, misses;
	char line[256];
	bool ok = true;
	int nr, seen = 0;
	FILE *f;

	f = trace_open("kprobe_profile");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " text_%d %lu %lu", &nr, &hits, &misses) != 3)
			continue;
		seen++;
		if (hits == NR_RUNS && !misses)
			continue;
		ksft_print_msg("text_%d: %lu hits, %lu misses, expected %d hits\n", nr,
			       hits, misses, NR_RUNS);
		ok = false;
	}
	fclose(f);
	return ok && seen == NR_FUNCTIONS;
}

/* Whether each function was traced in each run */
static bool tracer_counted(void)
{
	int i, nr, count[NR_FUNCTIONS] = {};
	char line[256], *entry;
	bool ok = true;
	FILE *f;

	f = trace_open("trace");
	while (fgets(line, sizeof(line), f)) {
		entry = strstr(line, ": text_");
		if (line[0] != '#' && entry && strstr(entry, " <-") &&
		    sscanf(entry, ": text_%d", &nr) == 1 && nr >= 0 && nr < NR_FUNCTIONS)
			count[nr]++;
	}
	fclose(f);
	for (i = 0; i < NR_FUNCTIONS; i++) {
		if (count[i] == NR_RUNS)
			continue;
		ksft_print_msg("text_%d: traced %d times, expected %d\n", i, count[i],
			       NR_RUNS);
		ok = false;
	}
	return ok;
}

/* Whether the page tables show read-only and executable pages, and aliases as rodata= says */
static bool tables_show_rox(const char *what, const unsigned long *addr, int nr)
{
	struct tables t = tables_read();
	struct look look;
	bool ok = true;
	int i;

	for (i = 0; i < nr; i++) {
		if (!target_look(addr[i], &look))
			ksft_exit_fail_perror("look");
		ok &= tables_check(&t, what, addr[i], page_size, PERM_ROX);
		if (full >= 0)
			ok &= tables_check(&t, "alias", look.alias, page_size,
					   full ? PERM_RO : PERM_RW);
	}
	tables_free(&t);
	return ok;
}

/*
 * Whether the CPU allows loads from the pages and refuses stores to them. It must refuse stores
 * to their aliases with rodata=full, and allow them otherwise.
 */
static bool cpu_refuses_stores(const char *what, const unsigned long *addr, int nr)
{
	struct look look;
	bool ok = true;
	int i;

	for (i = 0; i < nr; i++) {
		if (!target_look(addr[i], &look))
			ksft_exit_fail_perror("look");
		if (look.load && !look.store && (full < 0 || look.alias_store == !full))
			continue;
		ksft_print_msg("%s %#lx: load %d store %d, alias: store %d\n", what,
			       addr[i], look.load, look.store, look.alias_store);
		ok = false;
	}
	return ok;
}

/* Find the pages of kprobe slots; returns their number. */
static int slot_pages(unsigned long *addr)
{
	char line[512], name[64];
	unsigned long sym;
	int nr = 0;
	FILE *f;

	f = fopen("/proc/kallsyms", "r");
	if (!f)
		ksft_exit_fail_perror("/proc/kallsyms");
	while (fgets(line, sizeof(line), f) && nr < MAX_SLOT_PAGES)
		if (sscanf(line, "%lx %*c %63s", &sym, name) == 2 && sym &&
		    !strcmp(name, "kprobe_insn_page"))
			addr[nr++] = sym;
	fclose(f);
	return nr;
}

static void target_get_ready(void)
{
	int err = target_load();

	if (err)
		ksft_exit_fail_msg("cannot load the module: %s\n", strerror(-err));
	text_read();
}

static void test_once(void)
{
	unsigned long slot[MAX_SLOT_PAGES];
	bool traced, probed;
	int nr;

	target_get_ready();
	traced = tracer_on();
	probed = probes_on();
	if (!traced || !probed)
		ksft_print_msg("tracer on: %d, probes on: %d\n", traced, probed);

	ksft_test_result(text_runs(), "probed and traced code computes the right value\n");
	ksft_test_result(probed && probes_counted(), "each probe is hit in each run\n");
	ksft_test_result(traced && tracer_counted(), "each function is traced in each run\n");
	ksft_test_result(tables_show_rox("text", text, NR_FUNCTIONS) &&
			 cpu_refuses_stores("text", text, NR_FUNCTIONS),
			 "patched text is read-only and executable\n");

	nr = slot_pages(slot);
	ksft_print_msg("%d pages of kprobe slots\n", nr);
	ksft_test_result(nr && tables_show_rox("slots", slot, nr) &&
			 cpu_refuses_stores("slots", slot, nr),
			 "pages of kprobe slots are read-only and executable\n");

	ksft_test_result(probes_off() && tracer_off(), "probes and tracer can be removed\n");
	ksft_test_result(text_runs() && cpu_refuses_stores("text", text, NR_FUNCTIONS),
			 "text runs and is read-only without probes and tracer\n");
	target_unload();
}

static bool told_to_stop(void)
{
	sigset_t pending;

	return !sigpending(&pending) && sigismember(&pending, SIGTERM);
}

/* Load, run and free BPF programs until SIGTERM; returns their number or -1. */
static int churn(int ready)
{
	unsigned int result;
	sigset_t term;
	int nr, fd;

	/* Keep the signal pending: told_to_stop() checks it between two programs. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);

	for (nr = 0; !told_to_stop(); nr++) {
		size_t size = 16 + nr % 700;

		fd = bpf_load_sum(size);
		if (fd < 0 || !bpf_run(fd, &result) || result != bpf_sum_result(size))
			return -1;
		close(fd);
		if (!nr && write(ready, "", 1) != 1)
			return -1;
	}
	return nr;
}

static pid_t churn_start(int *from)
{
	int fds[2], nr;
	char byte;
	pid_t pid;

	fflush(stdout);
	if (pipe(fds))
		ksft_exit_fail_perror("pipe");
	pid = fork();
	if (pid < 0)
		ksft_exit_fail_perror("fork");
	if (!pid) {
		nr = churn(fds[1]);
		_exit(write(fds[1], &nr, sizeof(nr)) != sizeof(nr));
	}
	close(fds[1]);
	*from = fds[0];
	if (read(*from, &byte, 1) != 1)
		ksft_exit_fail_msg("no BPF program can be loaded\n");
	return pid;
}

static int churn_stop(pid_t pid, int from)
{
	int nr = -1;

	kill(pid, SIGTERM);
	if (read(from, &nr, sizeof(nr)) != sizeof(nr))
		nr = -1;
	close(from);
	waitpid(pid, NULL, 0);
	return nr;
}

static bool cycle(int i)
{
	bool ok;

	target_get_ready();
	/* Alternate the order: each of the two patches text that the other has patched. */
	ok = i & 1 ? tracer_on() && probes_on() : probes_on() && tracer_on();
	ok = ok && text_runs() && probes_counted() && tracer_counted() &&
	     cpu_refuses_stores("text", text, NR_FUNCTIONS);
	ok &= probes_off();
	ok &= tracer_off();
	ok &= text_runs();
	ok &= !target_unload();
	return ok;
}

static bool cycles(void)
{
	bool ok = true;
	int i;

	for (i = 0; i < NR_CYCLES && ok; i++) {
		ok = cycle(i);
		if (!ok)
			ksft_print_msg("cycle %d failed\n", i);
	}
	return ok;
}

int main(void)
{
	unsigned long ro_before;
	int from, nr;
	pid_t pid;
	bool ok;

	ksft_print_header();
	need_root_and_tables();
	need_target();
	need_tracing();
	if (rodata_off() || kernel_config("STRICT_MODULE_RWX") == 0)
		ksft_exit_skip("this kernel does not protect modules\n");
	ksft_set_plan(10);

	page_size = getpagesize();
	full = rodata_full();

	test_once();
	/* Count from here: the kernel keeps one page of slots for the next probe. */
	ro_before = linear_ro();

	pid = churn_start(&from);
	ok = cycles();
	nr = churn_stop(pid, from);
	ksft_test_result(ok, "%d modules loaded, probed, traced and removed\n", NR_CYCLES);
	ksft_print_msg("%d concurrent BPF programs\n", nr);
	ksft_test_result(nr >= MIN_PROGRAMS, "concurrent BPF programs compute the right value\n");
	ksft_test_result(linear_ro_restored(ro_before),
			 "no read-only page is left in the linear map\n");
	ksft_finished();
}
