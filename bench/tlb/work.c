// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's program of make gain.
 *   work ROW DIVISOR   prepare a row, then do its work between HINT #100 and HINT #101,
 *                      which bench/tlb/model.c counts. DIVISOR makes each size smaller.
 *   work age           give 100 modules, 50 BPF programs and 64 secret pages other
 *                      permissions, and go on in the background to keep them
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MIB	(1L << 20)
#define PAGE	4096L
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static long divisor;
static char buffer[128 << 10] __attribute__((aligned(65536)));

static long must(long result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(1);
}

/* xorshift: the same numbers in each run */
static unsigned long below(unsigned long n)
{
	static uint64_t x = 0x9e3779b97f4a7c15;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;

	return x % n;
}

/* ---- reads and writes of a file in the page cache */

static int file;

static long file_size(void)
{
	return 1024 * MIB / divisor;
}

static void prepare_file(void)
{
	long at;

	file = must(open("/tmp/file", O_RDWR | O_CREAT, 0600), "open");
	for (at = must(lseek(file, 0, SEEK_END), "lseek"); at < file_size(); at += sizeof(buffer))
		must(write(file, buffer, sizeof(buffer)) - (long)sizeof(buffer), "write");
}

static long random_page(void)
{
	return below(file_size() / PAGE) * PAGE;
}

static void read_in_order(void)
{
	long at;

	for (at = 0; at < file_size() / 2; at += sizeof(buffer))
		must(pread(file, buffer, sizeof(buffer), at) - (long)sizeof(buffer), "pread");
}

static void read_at_random(void)
{
	long i;

	for (i = 0; i < 100000 / divisor; i++)
		must(pread(file, buffer, PAGE, random_page()) - PAGE, "pread");
}

static void copy_at_random(void)
{
	long i;

	for (i = 0; i < 100000 / divisor; i++) {
		must(pread(file, buffer, PAGE, random_page()) - PAGE, "pread");
		must(pwrite(file, buffer, PAGE, random_page()) - PAGE, "pwrite");
	}
}

/* ---- processes, pipes and sockets */

static void fork_and_exec(void)
{
	long i;

	for (i = 0; i < 200 / divisor; i++) {
		pid_t pid = must(fork(), "fork");
		int status;

		if (!pid) {
			execl("/bin/busybox", "true", NULL);
			_exit(1);
		}
		must(waitpid(pid, &status, 0), "waitpid");
		must(-status, "true");
	}
}

#define CHUNK	(64L << 10)

/* Transfer CHUNK bytes, which can take several calls. */
static void transfer(int fd, bool write_it)
{
	long n, done;

	for (done = 0; done < CHUNK; done += n) {
		if (write_it)
			n = must(write(fd, buffer + done, CHUNK - done), "write");
		else
			n = must(read(fd, buffer + done, CHUNK - done), "read");
		must(n - 1, "end of file");
	}
}

static long rounds(void)
{
	return 2000 / divisor;
}

/* The parent's two ends; the child sends back each chunk that it gets. */
static int down, up;

static void start_child(int child_in, int child_out)
{
	long i;

	if (must(fork(), "fork"))
		return;
	for (i = 0; i < rounds(); i++) {
		transfer(child_in, false);
		transfer(child_out, true);
	}
	_exit(0);
}

static void prepare_pipes(void)
{
	int to[2], from[2];

	must(pipe(to), "pipe");
	must(pipe(from), "pipe");
	down = to[1];
	up = from[0];
	start_child(to[0], from[1]);
}

static void prepare_socket(void)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	down = pair[0];
	up = pair[0];
	start_child(pair[1], pair[1]);
}

static void echo(void)
{
	long i;

	for (i = 0; i < rounds(); i++) {
		transfer(down, true);
		transfer(up, false);
	}
}

static int (*pairs)[2];

static long npairs(void)
{
	return 2000;
}

/* A server with many clients. */
static void prepare_pairs(void)
{
	struct rlimit files = { 2 * npairs() + 16, 2 * npairs() + 16 };
	long i;

	must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
	pairs = calloc(npairs(), sizeof(*pairs));
	must(pairs ? 0 : -1, "calloc");
	for (i = 0; i < npairs(); i++)
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), "socketpair");
}

static void use_pairs_at_random(void)
{
	long i;

	for (i = 0; i < 50000 / divisor; i++) {
		int *pair = pairs[below(npairs())];

		must(write(pair[0], buffer, 256) - 256, "write");
		must(read(pair[1], buffer, 256) - 256, "read");
	}
}

/* ---- a tree of empty files: inodes and directory entries */

#define FILES	100L	/* in a directory */

static char top[32];
static long visited;

static void make_tree(const char *name, bool shuffled)
{
	long i, nfiles = 50000 / divisor;
	long *order = malloc(nfiles * sizeof(*order));
	char path[64];

	must(order ? 0 : -1, "malloc");
	snprintf(top, sizeof(top), "/tmp/%s", name);
	must(mkdir(top, 0700), top);
	for (i = 0; i < nfiles / FILES; i++) {
		snprintf(path, sizeof(path), "%s/%ld", top, i);
		must(mkdir(path, 0700), path);
	}
	for (i = 0; i < nfiles; i++) {
		long other = shuffled ? (long)below(i + 1) : i;

		order[i] = order[other];
		order[other] = i;
	}
	for (i = 0; i < nfiles; i++) {
		snprintf(path, sizeof(path), "%s/%ld/%ld", top, order[i] / FILES, order[i] % FILES);
		must(mknod(path, S_IFREG | 0600, 0), path);
	}
	free(order);
}

/* As after unpacking an archive. */
static void prepare_tree(void)
{
	make_tree("tree", false);
}

/* As after a long time of use. */
static void prepare_shuffled(void)
{
	make_tree("shuffled", true);
}

static void visit(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[320];
	struct stat st;

	must(dir ? 0 : -1, path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		must(lstat(name, &st), name);
		if (S_ISDIR(st.st_mode))
			visit(name);
		else
			visited++;
	}
	closedir(dir);
}

static void walk_tree(void)
{
	visit(top);
	must(visited - 50000 / divisor, "visited");
}

/* ---- the age of the map */

static char module[1 << 20];
static long module_size;

/* Load the module under the name gain_NNN. */
static void load_module(int nr)
{
	char name[9], *at = module;

	snprintf(name, sizeof(name), "gain_%03d", nr);
	while ((at = memmem(at, module + module_size - at, "gain_", 5))) {
		memcpy(at, name, 8);
		at += 8;
	}
	must(syscall(SYS_init_module, module, module_size, ""), name);
}

/* Load a socket filter of up to 200 instructions, and keep its file descriptor. */
static void load_bpf(int nr)
{
	struct bpf_insn insns[200];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.license = (uintptr_t)"GPL",
	};
	unsigned int i, n = 4 * (nr + 1);

	for (i = 0; i < n; i++)
		insns[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = i };
	insns[n - 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	attr.insn_cnt = n;
	must(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)), "bpf");
}

static char *map_secret(long size)
{
	int fd = must(syscall(SYS_memfd_secret, 0), "memfd_secret");
	char *secret;

	must(ftruncate(fd, size), "ftruncate");
	secret = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(secret == MAP_FAILED ? -1 : 0, "mmap");

	return secret;
}

/* Fill a pipe of 1 MiB. Its pages are unmovable, as those of modules are. */
static void fill_pipe(int pipe_fds[2])
{
	long n;

	must(pipe(pipe_fds), "pipe");
	must(fcntl(pipe_fds[1], F_SETPIPE_SZ, MIB), "F_SETPIPE_SZ");
	for (n = 0; n < MIB; n += sizeof(buffer))
		must(write(pipe_fds[1], buffer, sizeof(buffer)) - (long)sizeof(buffer), "write");
}

/*
 * Without other allocations in between, all changed pages would come from a few blocks.
 * Therefore 4 MiB of unmovable memory is allocated after each change, and freed at the end.
 */
static void make_old(void)
{
	static int pipes[100][4][2];
	char *secret;
	int fd, i, k;

	fd = must(open("/gain_000.ko", O_RDONLY), "gain_000.ko");
	module_size = must(read(fd, module, sizeof(module)), "gain_000.ko");
	secret = map_secret(64 * PAGE);
	for (i = 0; i < 100; i++) {
		load_module(i);
		if (i < 50)
			load_bpf(i);
		if (i < 64)
			secret[i * PAGE] = 1;
		for (k = 0; k < 4; k++)
			fill_pipe(pipes[i][k]);
	}
	for (i = 0; i < 100; i++) {
		for (k = 0; k < 4; k++) {
			must(close(pipes[i][k][0]), "close");
			must(close(pipes[i][k][1]), "close");
		}
	}
}

static void age(void)
{
	int ready[2];
	char c;

	must(pipe(ready), "pipe");
	if (!must(fork(), "fork")) {
		make_old();
		must(write(ready[1], "", 1), "write");
		pause();
	}
	/* The read ends without a byte if the child fails. */
	close(ready[1]);
	must(read(ready[0], &c, 1) - 1, "the map did not age");
}

static const struct {
	const char *name;
	void (*prepare)(void);
	void (*work)(void);
} rows[] = {
	{ "seqread", prepare_file, read_in_order },
	{ "randread", prepare_file, read_at_random },
	{ "randcopy", prepare_file, copy_at_random },
	{ "sockets", prepare_pairs, use_pairs_at_random },
	{ "tree", prepare_tree, walk_tree },
	{ "shuffled", prepare_shuffled, walk_tree },
	{ "fork", NULL, fork_and_exec },
	{ "pipe", prepare_pipes, echo },
	{ "unix", prepare_socket, echo },
};

int main(int argc, char **argv)
{
	size_t i;

	/* Map the buffer before a row counts. */
	memset(buffer, 1, sizeof(buffer));
	if (argc == 2 && !strcmp(argv[1], "age")) {
		age();
		return 0;
	}
	if (argc != 3)
		return 2;
	divisor = atol(argv[2]);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].name, argv[1]))
			continue;
		if (rows[i].prepare)
			rows[i].prepare();
		/* The plugin reads the map from the console. */
		tcdrain(STDOUT_FILENO);
		asm volatile("hint #100" ::: "memory");
		rows[i].work();
		asm volatile("hint #101" ::: "memory");
		return 0;
	}

	return 2;
}
