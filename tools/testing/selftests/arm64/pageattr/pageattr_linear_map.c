// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block-mapped linear map: users split leaves, and the kernel collapses them again
 * after the users are gone. Counters are for all memory: the machine must be idle, so that
 * no other user takes memory for code or secrets meanwhile.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "pageattr_lib.h"

#define NR_MODULES	50
#define NR_PROGRAMS	200
#define NR_SECRETS	200
#define NR_LIVE		20
#define MAX_PAGES	40
#define MAX_SIZES	8
#define COLLAPSE_SECONDS	20
#define KMEMLEAK		"/sys/kernel/debug/kmemleak"

/* DirectMap lines of /proc/meminfo, in their order: smallest leaf first */
struct direct_map {
	char name[MAX_SIZES][16];
	unsigned long kb[MAX_SIZES];
	int nr;
};

static struct direct_map at_start;

static struct direct_map direct_map_read(void)
{
	struct direct_map map = { .nr = 0 };
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];

	if (!file)
		ksft_exit_fail_perror("/proc/meminfo");
	while (map.nr < MAX_SIZES && fgets(line, sizeof(line), file))
		if (sscanf(line, "DirectMap%15[^:]: %lu kB", map.name[map.nr],
			   &map.kb[map.nr]) == 2)
			map.nr++;
	fclose(file);
	return map;
}

static unsigned long direct_map_sum(const struct direct_map *map)
{
	unsigned long sum = 0;
	int i;

	for (i = 0; i < map->nr; i++)
		sum += map->kb[i];
	return sum;
}

static void direct_map_print(const char *when, const struct direct_map *map)
{
	char line[256];
	int i, len = 0;

	for (i = 0; i < map->nr; i++)
		len += snprintf(line + len, sizeof(line) - len, " %s %lu kB",
				map->name[i], map->kb[i]);
	ksft_print_msg("%s:%s\n", when, line);
}

static bool direct_map_equal(const struct direct_map *a, const struct direct_map *b)
{
	return a->nr == b->nr && !memcmp(a->kb, b->kb, a->nr * sizeof(a->kb[0]));
}

/*
 * Whether no size of leaf, and no smaller one, maps more memory than at the start. Less is
 * fine: another user can have freed memory that it had made read-only.
 */
static bool direct_map_restored(const struct direct_map *now)
{
	unsigned long kb = 0, kb_at_start = 0;
	int i;

	for (i = 0; i < now->nr; i++) {
		kb += now->kb[i];
		kb_at_start += at_start.kb[i];
		if (kb > kb_at_start)
			return false;
	}
	return now->nr == at_start.nr && kb == kb_at_start;
}

/* Number of splits or of collapses since boot, of all leaf sizes */
static unsigned long count(const char *what)
{
	FILE *file = fopen("/proc/vmstat", "r");
	char line[128], size[32], kind[32];
	unsigned long n, sum = 0;

	if (!file)
		ksft_exit_fail_perror("/proc/vmstat");
	while (fgets(line, sizeof(line), file)) {
		char *last;

		if (sscanf(line, "direct_map_%31s %lu", size, &n) != 2)
			continue;
		last = strrchr(size, '_');
		snprintf(kind, sizeof(kind), "%s", last ? last + 1 : size);
		if (!strcmp(kind, what))
			sum += n;
	}
	fclose(file);
	return sum;
}

/* The kernel collapses leaves about a second after their memory is freed. */
static bool wait_for_collapse(void)
{
	struct direct_map now;
	int i;

	for (i = 0; i < COLLAPSE_SECONDS * 10; i++) {
		now = direct_map_read();
		if (direct_map_restored(&now))
			return true;
		usleep(100000);
	}
	direct_map_print("expected", &at_start);
	direct_map_print("now", &now);
	return false;
}

static void collapse_enable(const char *value)
{
	static const char name[] = "/sys/module/linear_map_collapse/parameters/enable";
	FILE *file = fopen(name, "w");

	if (!file || fputs(value, file) == EOF || fclose(file))
		ksft_exit_fail_perror(name);
}

/* Without the collapse leaves stay split. Later the kernel collapses all memory. */
static bool collapse_can_be_switched_off(void)
{
	struct direct_map now;
	unsigned long before;

	collapse_enable("N");
	/* A run of the collapse worker can still go on. */
	sleep(1);
	before = count("collapses");
	if (target_load())
		ksft_exit_fail_msg("cannot load the module\n");
	target_unload();
	sleep(3);
	now = direct_map_read();
	direct_map_print("without collapse", &now);
	if (count("collapses") != before || direct_map_equal(&now, &at_start)) {
		collapse_enable("Y");
		return false;
	}
	collapse_enable("Y");
	return wait_for_collapse();
}

/* Traced splits, collapsed leaves, and changes that had to split */
struct traced {
	unsigned long splits, collapses, changes;
};

static struct traced trace_read(void)
{
	struct traced t = { 0 };
	FILE *file = fopen(TRACEFS "/trace", "r");
	char line[512], *nr;

	if (!file)
		ksft_exit_fail_perror(TRACEFS "/trace");
	while (fgets(line, sizeof(line), file)) {
		t.splits += !!strstr(line, " kernel_leaf_split: ");
		nr = strstr(line, " nr=");
		if (nr && strstr(line, " kernel_leaf_collapse: "))
			t.collapses += strtoul(nr + 4, NULL, 0);
		t.changes += strstr(line, " pageattr_change: ") &&
			     strstr(line, " differed=1 split=1 flush=1");
	}
	fclose(file);
	return t;
}

/* Load and remove a module: the tracepoints must agree with /proc/vmstat. */
static bool tracepoints_agree(void)
{
	unsigned long splits, collapses;
	struct traced t;
	FILE *file;
	int i;

	/* Retry: another split can fall between reading the counters and the trace. */
	for (i = 0; i < 3; i++) {
		file = fopen(TRACEFS "/trace", "w");
		if (!file)
			ksft_exit_fail_perror(TRACEFS "/trace");
		fclose(file);
		splits = count("splits");
		collapses = count("collapses");
		if (!file_write(TRACEFS "/events/pageattr/enable", "1") || target_load())
			return false;
		if (target_unload() || !wait_for_collapse() ||
		    !file_write(TRACEFS "/events/pageattr/enable", "0"))
			return false;
		splits = count("splits") - splits;
		collapses = count("collapses") - collapses;
		t = trace_read();
		ksft_print_msg("%lu splits, %lu traced; %lu collapses, %lu traced; %lu changes\n",
			       splits, t.splits, collapses, t.collapses, t.changes);
		if (t.splits && t.splits == splits && t.collapses == collapses && t.changes)
			return true;
	}
	return false;
}

static bool dump_tables(void)
{
	struct tables t = tables_read();

	tables_free(&t);
	return true;
}

static bool scan_for_leaks(void)
{
	return file_write(KMEMLEAK, "scan");
}

/* Fork a process that calls @reader during splits and collapses, and counts the calls. */
static pid_t start_reader(bool (*reader)(void), unsigned long *calls)
{
	pid_t pid = fork();

	if (pid < 0)
		ksft_exit_fail_perror("fork");
	if (pid)
		return pid;

	/* Exit with the test. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (reader()) {
		++*calls;
		usleep(10000);
	}
	exit(1);
}

/* Returns whether the reader was still running. */
static bool stop_reader(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

/* kmemleak reports memory that is older than five seconds after the second scan. */
static bool find_leaks(void)
{
	sleep(6);
	return scan_for_leaks() && scan_for_leaks();
}

static bool no_leaks(void)
{
	char leaks[4096];

	if (!find_leaks() || !file_read(KMEMLEAK, leaks, sizeof(leaks)))
		return false;
	if (*leaks)
		ksft_print_msg("%s\n", leaks);
	return !*leaks;
}

static bool modules(void)
{
	int i;

	for (i = 0; i < NR_MODULES; i++)
		if (target_load() || target_unload())
			return false;
	return true;
}

static bool programs(void)
{
	int i, slot, fd[NR_LIVE];
	unsigned int result;
	bool ok = true;
	size_t nr;

	for (i = 0; i < NR_PROGRAMS + NR_LIVE; i++) {
		slot = i % NR_LIVE;
		if (i >= NR_LIVE && fd[slot] >= 0)
			close(fd[slot]);
		fd[slot] = -1;
		if (i >= NR_PROGRAMS)
			continue;
		nr = 10 + rand() % 3000;
		fd[slot] = bpf_load_sum(nr);
		if (fd[slot] < 0)
			ksft_perror("BPF_PROG_LOAD");
		ok &= fd[slot] >= 0 && bpf_run(fd[slot], &result) &&
		      result == bpf_sum_result(nr);
	}
	return ok;
}

static bool secrets(void)
{
	/* Secret pages count as locked memory. */
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	size_t page_size = getpagesize(), size[NR_LIVE];
	char *mem[NR_LIVE] = { NULL };
	int i, slot, fd;
	bool ok = true;
	size_t at;

	if (setrlimit(RLIMIT_MEMLOCK, &unlimited)) {
		ksft_perror("setrlimit");
		return false;
	}
	for (i = 0; i < NR_SECRETS + NR_LIVE; i++) {
		slot = i % NR_LIVE;
		if (mem[slot]) {
			for (at = 0; at < size[slot]; at += page_size)
				ok &= mem[slot][at] == (char)(at / page_size + 1);
			munmap(mem[slot], size[slot]);
			mem[slot] = NULL;
		}
		if (i >= NR_SECRETS)
			continue;
		fd = syscall(__NR_memfd_secret, 0);
		size[slot] = (1 + rand() % MAX_PAGES) * page_size;
		if (fd < 0 || ftruncate(fd, size[slot])) {
			ksft_perror("memfd_secret");
			return false;
		}
		mem[slot] = mmap(NULL, size[slot], PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
		if (mem[slot] == MAP_FAILED) {
			mem[slot] = NULL;
			ok = false;
			continue;
		}
		for (at = 0; at < size[slot]; at += page_size)
			mem[slot][at] = at / page_size + 1;
	}
	return ok;
}

static unsigned long linear_kb(void)
{
	struct tables t = tables_read();
	unsigned long kb = 0;
	size_t i;

	for (i = 0; i < t.nr; i++)
		if (t.leaf[i].linear)
			kb += (t.leaf[i].last - t.leaf[i].start + 1) / 1024;
	tables_free(&t);
	return kb;
}

int main(void)
{
	unsigned long splits, collapses, ro;
	unsigned long *dumps, *scans;
	struct direct_map now;
	unsigned int seed = time(NULL);
	char *env = getenv("SEED");
	bool kmemleak;
	pid_t reader, scanner = 0;

	ksft_print_header();
	need_root_and_tables();
	need_target();
	at_start = direct_map_read();
	if (at_start.nr < 2)
		ksft_exit_skip("/proc/meminfo has no DirectMap lines\n");
	if (!kernel_config("VM_EVENT_COUNTERS"))
		ksft_exit_skip("needs CONFIG_VM_EVENT_COUNTERS\n");
	if (!rodata_full())
		ksft_exit_skip("without rodata=full, modules do not change the linear map\n");
	if (at_start.kb[0] > direct_map_sum(&at_start) / 2)
		ksft_exit_skip("the linear map is mapped at page granularity\n");
	/* Without CONFIG_DEBUG_KMEMLEAK there is no file. */
	kmemleak = !access(KMEMLEAK, F_OK);
	ksft_set_plan(kmemleak ? 13 : 11);

	if (env)
		seed = strtoul(env, NULL, 0);
	srand(seed);
	ksft_print_msg("SEED=%u\n", seed);

	/* Let collapses of earlier users finish. */
	sleep(3);
	at_start = direct_map_read();
	direct_map_print("at the start", &at_start);
	ksft_test_result(linear_kb() == direct_map_sum(&at_start),
			 "meminfo agrees with the page tables\n");

	splits = count("splits");
	collapses = count("collapses");
	ro = linear_ro();
	if (target_load())
		ksft_exit_fail_msg("cannot load the module\n");
	now = direct_map_read();
	direct_map_print("with a module", &now);
	ksft_test_result(count("splits") > splits && !direct_map_equal(&now, &at_start) &&
			 direct_map_sum(&now) == direct_map_sum(&at_start),
			 "a module splits leaves\n");
	target_unload();
	ksft_test_result(wait_for_collapse() && linear_ro_restored(ro) &&
			 count("collapses") > collapses,
			 "leaves collapse after the module is removed\n");
	ksft_test_result(collapse_can_be_switched_off(), "the collapse can be switched off\n");
	if (tracefs_mount())
		ksft_test_result(tracepoints_agree(), "tracepoints agree with the counters\n");
	else
		ksft_test_result_skip("needs CONFIG_TRACING\n");

	dumps = mmap(NULL, 2 * sizeof(*dumps), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (dumps == MAP_FAILED)
		ksft_exit_fail_perror("mmap");
	scans = dumps + 1;
	if (kmemleak) {
		/* Forget the leaks of others. */
		find_leaks();
		file_write(KMEMLEAK, "clear");
		scanner = start_reader(scan_for_leaks, scans);
	}
	reader = start_reader(dump_tables, dumps);
	ksft_test_result(modules(), "%d modules loaded and unloaded\n", NR_MODULES);
	ksft_test_result(programs(), "%d BPF programs loaded, run and freed\n", NR_PROGRAMS);
	ksft_test_result(secrets(), "%d secret mappings written and read\n", NR_SECRETS);
	ksft_test_result(wait_for_collapse(), "leaves collapse after all users are gone\n");
	ksft_test_result(stop_reader(reader) && *dumps, "page tables were dumped concurrently\n");
	if (kmemleak) {
		ksft_test_result(stop_reader(scanner) && *scans,
				 "kmemleak scanned memory concurrently\n");
		ksft_test_result(no_leaks(), "kmemleak finds no leak\n");
	}
	ksft_test_result(linear_kb() == direct_map_sum(&at_start) && linear_ro_restored(ro),
			 "linear map has its initial size and permissions\n");
	ksft_print_msg("%lu splits, %lu collapses, %lu dumps, %lu scans\n",
		       count("splits") - splits, count("collapses") - collapses, *dumps, *scans);
	ksft_finished();
}
