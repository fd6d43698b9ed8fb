// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCG plugin that counts the page walks of six models of a TLB. The models see every
 * data access and every fetched page of the guest's only CPU, and the leaf sizes that the
 * guest's ptdump printed. docs/gain.md describes the method and its limits.
 *
 *   map=FILE  the guest's console. HINT #100 reads the row's name and the last map from
 *             it, clears the models and starts to count.
 *   out=FILE  HINT #101 writes a line for each model, see end().
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../plugin/qemu_plugin.h"

EXPORT int qemu_plugin_version = 1;

#define PAGE		12
#define IS_KERNEL(va)	((va) >> 63)

/* Kinds of access: data in the linear map, other kernel data, user data, instructions. */
enum kind { LINEAR, KERNEL, USER, FETCH, NKINDS };

/* The leaves of the kernel's map, in ascending order. */
static struct leaf {
	uint64_t start, end;
	enum kind kind;
	unsigned int shift;
} leaves[16384];
static size_t nleaves;
static uint64_t linear_end;

/* The leaf of recently used pages. */
static struct {
	uint64_t page;
	enum kind kind;
	unsigned int shift;
} recent[4096];

/*
 * log2 of the sizes that a TLB entry can map. A larger leaf takes several entries.
 * Cortex-A76 TRM (100798), A5.2: the L1 TLBs have 48 entries, fully associative; the L2
 * TLB has 1280 entries in 5 ways.
 */
#define L1_ENTRIES	48
#define NL2		2
#define MAX_L2		2048
enum level { L1_DATA, L1_FETCH, L2, NLEVELS };
static const unsigned char sizes[NLEVELS][8] = {
	[L1_DATA] = { 29, 21, 16, 14, 12 },
	[L1_FETCH] = { 25, 21, 16, 14, 12 },
	[L2] = { 30, 29, 25, 21, 16, 14, 12 },
};

/* The size of the entry for a leaf, by level and log2 of the size of the leaf. */
static unsigned char fitting[NLEVELS][31];

static const struct {
	unsigned int sets, ways;
} l2[NL2] = {
	{ 256, 5 },
	{ 256, 8 },
};

/*
 * Three models of the L1 TLBs, each with two models of the L2 TLB behind it. Tags of a set
 * are sorted by last use.
 */
static struct tlb {
	const char *name;
	unsigned int least, most;	/* log2 of the bytes that an entry maps */
	uint64_t l1[2][L1_ENTRIES], l2[NL2][MAX_L2];
	uint64_t l1_misses[NKINDS], walks[NL2][NKINDS];
} tlbs[] = {
	{ "4K-1G", PAGE, 30 },
	/* Hardware page aggregation: four neighbouring PTEs share an entry. */
	{ "16K-1G", PAGE + 2, 30 },
	/* As in a guest whose host maps memory with 2 MiB blocks. */
	{ "4K-2M", PAGE, 21 },
};

static FILE *out;
static const char *map_name;
static char row[32];
static bool counting;
static uint64_t instructions[2], accesses[NKINDS], unmapped, fetched;

static void die(const char *why)
{
	fprintf(stderr, "TLB model: %s\n", why);
	exit(1);
}

/* Parse a line of ptdump, without kind. Fails if it is no valid leaf. */
static bool parse_leaf(const char *line, struct leaf *leaf)
{
	unsigned long long start, end;
	char level[8], flags[128];

	if (sscanf(line, "0x%llx-0x%llx %*s %7s %127[^\n]", &start, &end, level, flags) != 4)
		return false;
	/* F: without PTE_VALID */
	if (!strncmp(flags, "F ", 2))
		return false;
	leaf->start = start;
	leaf->end = end;
	leaf->shift = !strcmp(level, "PUD") ? 30 : !strcmp(level, "PMD") ? 21 : PAGE;
	if (strstr(flags, " CON "))
		leaf->shift += 4;

	return true;
}

/* Read the last map on the console and the name of the row that follows. */
static void read_map(void)
{
	bool in_map = false, linear = false, whole = false;
	FILE *f = fopen(map_name, "r");
	char line[512];

	if (!f)
		die("there is no console");
	while (fgets(line, sizeof(line), f)) {
		struct leaf leaf;

		line[strcspn(line, "\r\n")] = 0;
		if (!strcmp(line, "gain: map")) {
			in_map = true;
			nleaves = 0;
		} else if (!strcmp(line, "gain: end of map")) {
			in_map = false;
			whole = true;
		} else if (sscanf(line, "gain: row %31s", row) == 1) {
			whole = false;
		} else if (strstr(line, "---[ Linear Mapping")) {
			linear = strstr(line, "start");
		} else if (in_map && parse_leaf(line, &leaf)) {
			leaf.kind = linear ? LINEAR : KERNEL;
			if (linear)
				linear_end = leaf.end;
			if (nleaves == ARRAY_SIZE(leaves))
				die("the map has too many leaves");
			leaves[nleaves++] = leaf;
		}
	}
	fclose(f);
	if (!whole || !nleaves || !linear_end)
		die("the console has no whole map");
	memset(recent, 0, sizeof(recent));
}

static int compare(const void *key, const void *element)
{
	const uint64_t *va = key;
	const struct leaf *leaf = element;

	return *va < leaf->start ? -1 : *va >= leaf->end;
}

/* Find the leaf of @va in @recent; search the map if another page is there. */
static unsigned int find_leaf(uint64_t va)
{
	uint64_t page = va >> PAGE;
	unsigned int slot = page % ARRAY_SIZE(recent);
	struct leaf *leaf;

	if (recent[slot].page == page)
		return slot;
	leaf = bsearch(&va, leaves, nleaves, sizeof(leaves[0]), compare);
	recent[slot].page = page;
	/* vmalloc() mapped it after ptdump. The linear map has no new leaves. */
	recent[slot].shift = leaf ? leaf->shift : PAGE;
	recent[slot].kind = leaf ? leaf->kind : KERNEL;
	if (!leaf && va < linear_end)
		unmapped++;

	return slot;
}

/*
 * A tag is the first address of an entry. For user memory it has the page frame too: it
 * tells address spaces apart, as ASIDs do.
 */
static uint64_t tag_of(uint64_t va, unsigned int shift, uint64_t frame)
{
	if (IS_KERNEL(va))
		return va >> shift << shift;

	return va >> PAGE | frame << 36;
}

static void fit_sizes(void)
{
	unsigned int level, shift, i;

	for (level = 0; level < NLEVELS; level++) {
		for (shift = PAGE; shift < sizeof(fitting[0]); shift++) {
			for (i = 0; sizes[level][i] > shift; i++)
				;
			fitting[level][shift] = sizes[level][i];
		}
	}
}

/* Look for @tag, and make it the most recently used one in place of the oldest. */
static bool hit(uint64_t *set, unsigned int ways, uint64_t tag)
{
	unsigned int i;
	bool found;

	if (set[0] == tag)
		return true;
	for (i = 1; i < ways - 1 && set[i] != tag; i++)
		;
	found = set[i] == tag;
	memmove(set + 1, set, i * sizeof(*set));
	set[0] = tag;

	return found;
}

static void look_up(uint64_t va, unsigned int shift, enum kind kind, uint64_t frame)
{
	enum level l1 = kind == FETCH ? L1_FETCH : L1_DATA;
	struct tlb *t;

	accesses[kind]++;
	for (t = tlbs; t < tlbs + ARRAY_SIZE(tlbs); t++) {
		unsigned int i, entry = shift, size;
		uint64_t tag;

		if (kind == LINEAR && entry < t->least)
			entry = t->least;
		if (entry > t->most)
			entry = t->most;
		if (hit(t->l1[l1], L1_ENTRIES, tag_of(va, fitting[l1][entry], frame)))
			continue;
		t->l1_misses[kind]++;
		size = fitting[L2][entry];
		tag = tag_of(va, size, frame);
		for (i = 0; i < NL2; i++) {
			uint64_t set = (va >> size) % l2[i].sets;

			if (!hit(t->l2[i] + set * l2[i].ways, l2[i].ways, tag))
				t->walks[i][kind]++;
		}
	}
}

static void access_data(uint32_t info, uint64_t va)
{
	if (IS_KERNEL(va)) {
		unsigned int slot = find_leaf(va);

		look_up(va, recent[slot].shift, recent[slot].kind, 0);
	} else {
		struct qemu_plugin_hwaddr *hwaddr = qemu_plugin_get_hwaddr(info, va);

		look_up(va, PAGE, USER, hwaddr ? qemu_plugin_hwaddr_phys_addr(hwaddr) >> PAGE : 1);
	}
}

static void access_memory(unsigned int cpu, uint32_t info, uint64_t va, void *data)
{
	uint64_t last = va + (1ULL << qemu_plugin_mem_size_shift(info)) - 1;

	if (!counting)
		return;
	access_data(info, va);
	if (va >> PAGE != last >> PAGE)
		access_data(info, last);
}

struct block {
	uint64_t va, frame, instructions;
};

static void execute(unsigned int cpu, void *data)
{
	const struct block *b = data;
	uint64_t tag = tag_of(b->va, PAGE, b->frame);

	if (!counting)
		return;
	instructions[IS_KERNEL(b->va)] += b->instructions;
	/* The page of the last block is the most recently used one already. */
	if (tag == fetched)
		return;
	fetched = tag;
	look_up(b->va, IS_KERNEL(b->va) ? recent[find_leaf(b->va)].shift : PAGE, FETCH, b->frame);
}

static void drop(uint64_t *tags, size_t n, bool all)
{
	while (n--)
		if (all || !IS_KERNEL(tags[n]))
			tags[n] = 0;
}

/* Invalidate all entries, or those of user memory. */
static void invalidate(bool all)
{
	struct tlb *t;

	fetched = 0;
	for (t = tlbs; t < tlbs + ARRAY_SIZE(tlbs); t++) {
		drop(t->l1[0], 2 * L1_ENTRIES, all);
		drop(t->l2[0], NL2 * MAX_L2, all);
	}
}

static void tlbi_all(unsigned int cpu, void *data)
{
	if (counting)
		invalidate(true);
}

static void tlbi_asid(unsigned int cpu, void *data)
{
	if (counting)
		invalidate(false);
}

static void begin(unsigned int cpu, void *data)
{
	struct tlb *t;

	read_map();
	invalidate(true);
	for (t = tlbs; t < tlbs + ARRAY_SIZE(tlbs); t++) {
		memset(t->l1_misses, 0, sizeof(t->l1_misses));
		memset(t->walks, 0, sizeof(t->walks));
	}
	memset(instructions, 0, sizeof(instructions));
	memset(accesses, 0, sizeof(accesses));
	unmapped = 0;
	counting = true;
}

static void end(unsigned int cpu, void *data)
{
	struct tlb *t;
	unsigned int i, kind;

	if (!counting)
		return;
	counting = false;
	if (unmapped)
		die("an access to the linear map has no leaf in the map");
	for (i = 0; i < NL2; i++) {
		for (t = tlbs; t < tlbs + ARRAY_SIZE(tlbs); t++) {
			fprintf(out, "%s\t%u\t%s\t%llu\t%llu\t%llu\t%llu", row,
				l2[i].sets * l2[i].ways, t->name,
				(unsigned long long)instructions[1],
				(unsigned long long)instructions[0],
				(unsigned long long)accesses[LINEAR],
				(unsigned long long)t->l1_misses[LINEAR]);
			for (kind = 0; kind < NKINDS; kind++)
				fprintf(out, "\t%llu", (unsigned long long)t->walks[i][kind]);
			fputc('\n', out);
		}
	}
	fflush(out);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	/*
	 * TLBIs by address are not modelled: user entries have the frame, and the linear map
	 * does not change in a row.
	 */
	static const struct wanted wanted[] = {
		{ MARK(100), begin },
		{ MARK(101), end },
		{ 0xfffff9ff, 0xd508811f, tlbi_all },		/* TLBI VMALLE1, VMALLE1IS, OS */
		{ 0xfffff9e0, 0xd5088140, tlbi_asid },		/* TLBI ASIDE1, ASIDE1IS, OS */
	};
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, 0);
	struct block *b = malloc(sizeof(*b));

	if (!b)
		die("no memory");
	b->va = qemu_plugin_insn_vaddr(insn);
	/* No physical address is known here; bit 26 keeps these frames apart from others. */
	b->frame = ((uintptr_t)qemu_plugin_insn_haddr(insn) >> PAGE) % (1 << 26) | 1 << 26;
	b->instructions = n;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, execute, 0, b);
	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		qemu_plugin_register_vcpu_mem_cb(insn, access_memory, 0, 3, NULL);
		call_if_wanted(insn, wanted, ARRAY_SIZE(wanted));
	}
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strncmp(argv[i], "map=", 4))
			map_name = strdup(argv[i] + 4);
	}
	if (!out || !map_name)
		return -1;
	fit_sizes();
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);

	return 0;
}
