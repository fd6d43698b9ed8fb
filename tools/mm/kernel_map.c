// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_map - what the kernel's own memory is mapped by, as a table and a picture
 *
 * Reads /sys/kernel/debug/kernel_page_tables of arm64, where each line is a range with
 * the same attributes. For each region of the address space it shows how much is mapped
 * by leaves of which size, with which permissions, and where.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TABLES		"/sys/kernel/debug/kernel_page_tables"
#define CELLS		64
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Small ones first: a picture shows the smallest of a cell. */
enum leaf { PTE, CONT_PTE, PMD, CONT_PMD, PUD, NR_LEAVES };
static const char leaf_cell[] = ".:-=#";
static const char * const leaf_colour[] = {
	"#c0392b", "#e67e22", "#f1c40f", "#7fb37f", "#2e7d32"
};

/* What deserves a look first: a picture shows the first of a cell. */
enum perm { RW_X, INVALID, RO_X, RO, RW, NR_PERMS };
static const char perm_cell[] = "!0xro";
static const char * const perm_name[] = { "RW x", "invalid", "ro x", "ro NX", "RW NX" };
static const char * const perm_colour[] = {
	"#ff00ff", "#222222", "#8e44ad", "#2980b9", "#d5d8dc"
};

struct run {
	unsigned long long start, end;
	enum leaf leaf;
	enum perm perm;
};

static char region[64];
static struct run *runs;
static size_t nr_runs;
static unsigned long long leaf_size[NR_LEAVES];
static bool svg;
static const char *wanted;
/* The picture is written when its height is known. */
static FILE *picture;
static int svg_y;

static void die(const char *what)
{
	fprintf(stderr, "kernel_map: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool leaf_sizes(unsigned long page)
{
	static const struct { unsigned long page, cont_ptes, cont_pmds; } known[] = {
		{ 4096, 16, 16 }, { 16384, 128, 32 }, { 65536, 32, 32 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (known[i].page != page)
			continue;
		leaf_size[PTE] = page;
		leaf_size[CONT_PTE] = page * known[i].cont_ptes;
		leaf_size[PMD] = page * (page / 8);
		leaf_size[CONT_PMD] = leaf_size[PMD] * known[i].cont_pmds;
		leaf_size[PUD] = leaf_size[PMD] * (page / 8);
		return true;
	}

	return false;
}

static const char *size_name(unsigned long long size)
{
	static const char units[] = "KMGTP";
	static char name[16];
	int unit = 0;

	for (size >>= 10; size >= 1024; size >>= 10)
		unit++;
	snprintf(name, sizeof(name), "%llu%c", size, units[unit]);

	return name;
}

static void table(unsigned long long sum)
{
	int leaf, perm;
	size_t i;

	/* Large ones first, as one reads them. */
	for (leaf = NR_LEAVES - 1; leaf >= 0; leaf--) {
		for (perm = NR_PERMS - 1; perm >= 0; perm--) {
			unsigned long long bytes = 0;

			for (i = 0; i < nr_runs; i++)
				if ((int)runs[i].leaf == leaf && (int)runs[i].perm == perm)
					bytes += runs[i].end - runs[i].start;
			if (bytes)
				printf("  %6s  %-7s %14llu kB %6.2f %%\n",
				       size_name(leaf_size[leaf]), perm_name[perm],
				       bytes >> 10, 100.0 * bytes / sum);
		}
	}
}

/* One line of cells: of each the first kind, in the order of the enum, that is in it. */
static void cells(const char *what, const char *letters, bool perms)
{
	unsigned long long first = runs[0].start, last = runs[nr_runs - 1].end;
	double cell = (double)(last - first) / CELLS;
	char line[CELLS + 1];
	size_t i;
	int c;

	for (c = 0; c < CELLS; c++) {
		unsigned long long from = first + c * cell, to = first + (c + 1) * cell;
		int kind = -1;

		for (i = 0; i < nr_runs; i++) {
			int k = perms ? (int)runs[i].perm : (int)runs[i].leaf;

			if (runs[i].start < to && runs[i].end > from && (kind < 0 || k < kind))
				kind = k;
		}
		line[c] = kind < 0 ? ' ' : letters[kind];
	}
	line[CELLS] = '\0';
	printf("  %-6s |%s|\n", what, line);
}

static void strip(const char *what, bool perms)
{
	unsigned long long first = runs[0].start, last = runs[nr_runs - 1].end;
	double scale = 960.0 / (last - first);
	size_t i;

	fprintf(picture, "<text x=\"4\" y=\"%d\">%s</text>\n", svg_y + 14, what);
	for (i = 0; i < nr_runs; i++) {
		double width = (runs[i].end - runs[i].start) * scale;

		fprintf(picture,
			"<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"18\" fill=\"%s\">",
			100 + (runs[i].start - first) * scale, svg_y, width < 0.5 ? 0.5 : width,
			perms ? perm_colour[runs[i].perm] : leaf_colour[runs[i].leaf]);
		fprintf(picture, "<title>%llx-%llx %s %s</title></rect>\n", runs[i].start,
			runs[i].end, size_name(leaf_size[runs[i].leaf]), perm_name[runs[i].perm]);
	}
	svg_y += 22;
}

static void region_show(void)
{
	unsigned long long sum = 0;
	size_t i;

	for (i = 0; i < nr_runs; i++)
		sum += runs[i].end - runs[i].start;
	if (sum && svg) {
		fprintf(picture, "<text x=\"4\" y=\"%d\" font-weight=\"bold\">", svg_y + 16);
		fprintf(picture, "%s, %llx-%llx, %llu kB mapped</text>\n", region, runs[0].start,
			runs[nr_runs - 1].end, sum >> 10);
		svg_y += 24;
		strip("leaf size", false);
		strip("permission", true);
		svg_y += 10;
	} else if (sum) {
		printf("%s, %llx-%llx, %llu kB mapped\n", region, runs[0].start,
		       runs[nr_runs - 1].end, sum >> 10);
		table(sum);
		cells("leaf", leaf_cell, false);
		cells("perm", perm_cell, true);
		printf("\n");
	}
	nr_runs = 0;
}

static void add(unsigned long long start, unsigned long long end, enum leaf leaf, enum perm perm)
{
	if (!(nr_runs & (nr_runs + 1))) {
		runs = realloc(runs, (2 * nr_runs + 1) * sizeof(*runs));
		if (!runs)
			die("runs");
	}
	runs[nr_runs++] = (struct run){ start, end, leaf, perm };
}

/* 0xSTART-0xEND SIZE LEVEL, and attributes unless nothing is mapped. */
static bool line_range(char *line)
{
	bool ro = false, x = false, cont = false, invalid = false, any = false;
	unsigned long long start, end;
	char level[8], *word, *rest;
	int used;

	if (sscanf(line, "0x%llx-0x%llx %*s %7s%n", &start, &end, level, &used) != 3 ||
	    start >= end)
		return false;
	for (word = strtok_r(line + used, "\n ", &rest); word;
	     word = strtok_r(NULL, "\n ", &rest)) {
		any = true;
		ro |= !strcmp(word, "ro");
		x |= !strcmp(word, "x");
		cont |= !strcmp(word, "CON");
		invalid |= !strcmp(word, "F");
	}
	if (!any)
		return true;

	add(start, end,
	    !strcmp(level, "PTE") ? (cont ? CONT_PTE : PTE) :
	    !strcmp(level, "PMD") ? (cont ? CONT_PMD : PMD) : PUD,
	    invalid ? INVALID : x ? (ro ? RO_X : RW_X) : ro ? RO : RW);

	return true;
}

/* ---[ NAME start ]---, ---[ NAME end ]--- or ---[ NAME ]--- */
static bool line_marker(const char *line)
{
	char name[sizeof(region)] = "", *end;

	if (sscanf(line, "---[ %63[^]] ]---", name) != 1)
		return false;
	end = name + strlen(name);
	while (end > name && end[-1] == ' ')
		*--end = '\0';
	if (end - name > 6 && !strcmp(end - 6, " start"))
		end[-6] = '\0';
	region_show();
	memcpy(region, name, sizeof(region));

	return true;
}

static void picture_end(char **body, size_t *len)
{
	size_t i;

	for (i = 0; i < NR_LEAVES; i++)
		fprintf(picture, "<text x=\"%zu\" y=\"%d\" fill=\"%s\">%s</text>\n", 100 + i * 60,
			svg_y + 16, leaf_colour[i], size_name(leaf_size[i]));
	for (i = 0; i < NR_PERMS; i++)
		fprintf(picture, "<text x=\"%zu\" y=\"%d\" fill=\"%s\">%s</text>\n", 500 + i * 80,
			svg_y + 16, perm_colour[i], perm_name[i]);
	fclose(picture);
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1080\" height=\"%d\"",
	       svg_y + 24);
	printf(" font-family=\"sans-serif\" font-size=\"13\">\n%.*s</svg>\n", (int)*len, *body);
	free(*body);
}

static void help(void)
{
	fprintf(stderr,
		"usage: kernel_map [-s] [-r REGION] [-p PAGE_SIZE] [FILE]\n"
		"  -s  a picture in SVG instead of text\n"
		"  -r  only regions whose name has REGION\n"
		"  -p  page size in bytes of the kernel that FILE is of, if not this one's\n"
		"FILE is " TABLES " if it is not given, - for the standard input\n");
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned long page = sysconf(_SC_PAGESIZE), nr = 0;
	const char *path = TABLES;
	FILE *file = stdin;
	char line[256], *body = NULL;
	size_t len = 0;
	int opt, i;

	while ((opt = getopt(argc, argv, "sr:p:")) != -1) {
		if (opt == 's')
			svg = true;
		else if (opt == 'r')
			wanted = optarg;
		else if (opt == 'p')
			page = strtoul(optarg, NULL, 0);
		else
			help();
	}
	if (argc > optind + 1 || !leaf_sizes(page))
		help();
	if (argc > optind)
		path = argv[optind];
	if (strcmp(path, "-"))
		file = fopen(path, "r");
	if (!file)
		die(path);

	if (svg)
		picture = open_memstream(&body, &len);
	if (svg && !picture)
		die("memory");
	while (fgets(line, sizeof(line), file)) {
		if (line_marker(line))
			continue;
		if (!wanted || strstr(region, wanted))
			nr += line_range(line);
	}
	if (ferror(file))
		die(path);
	region_show();
	if (!nr) {
		fprintf(stderr, "kernel_map: %s: no tables%s%s\n", path,
			wanted ? " of a region with " : "", wanted ?: "");
		return 1;
	}
	if (svg) {
		picture_end(&body, &len);
		return 0;
	}
	printf("leaf: the smallest of each part, from");
	for (i = 0; i < NR_LEAVES; i++)
		printf("  %c %s", leaf_cell[i], size_name(leaf_size[i]));
	printf("\nperm: the first of each part, from");
	for (i = 0; i < NR_PERMS; i++)
		printf("  %c %s", perm_cell[i], perm_name[i]);
	printf("\n");

	return 0;
}
