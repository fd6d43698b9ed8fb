// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_map - show the leaf sizes and permissions of kernel memory on arm64
 *
 * kernel_map reads /sys/kernel/debug/kernel_page_tables. Each line there is a range with
 * equal attributes. For each region of the address space, kernel_map prints the amount of
 * memory for each leaf size and permission, and a strip that shows where the leaves are.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TABLES		"/sys/kernel/debug/kernel_page_tables"
#define CELLS		64	/* characters of a strip */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Smallest leaf first: a cell of a strip shows the smallest leaf in it. */
enum leaf { PTE, CONT_PTE, PMD, CONT_PMD, PUD, NR_LEAVES };
static const char leaf_cell[] = ".:-=#";
static const char * const leaf_colour[] = {
	"#c0392b", "#e67e22", "#f1c40f", "#7fb37f", "#2e7d32"
};

/* Most unusual permission first: a cell of a strip shows the first permission in it. */
enum perm { RW_X, INVALID, RO_X, RO, RW, NR_PERMS };
static const char perm_cell[] = "!0xro";
static const char * const perm_name[] = { "RW x", "invalid", "ro x", "ro NX", "RW NX" };
static const char * const perm_colour[] = {
	"#ff00ff", "#222222", "#8e44ad", "#2980b9", "#d5d8dc"
};

struct range {
	unsigned long long start, end;
	enum leaf leaf;
	enum perm perm;
};

static char region[64];
static struct range *ranges;
static size_t nr_ranges;
static unsigned long long leaf_size[NR_LEAVES];
static bool svg;
static const char *wanted;
/* Body of the SVG picture. Its header needs the height, so it is printed last. */
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

	/* Largest leaf first. */
	for (leaf = NR_LEAVES - 1; leaf >= 0; leaf--) {
		for (perm = NR_PERMS - 1; perm >= 0; perm--) {
			unsigned long long bytes = 0;

			for (i = 0; i < nr_ranges; i++)
				if ((int)ranges[i].leaf == leaf && (int)ranges[i].perm == perm)
					bytes += ranges[i].end - ranges[i].start;
			if (bytes)
				printf("  %6s  %-7s %14llu kB %6.2f %%\n",
				       size_name(leaf_size[leaf]), perm_name[perm],
				       bytes >> 10, 100.0 * bytes / sum);
		}
	}
}

/* Print a strip. Each cell shows the lowest enum value that occurs in it. */
static void cells(const char *what, const char *letters, bool perms)
{
	unsigned long long first = ranges[0].start, last = ranges[nr_ranges - 1].end;
	double cell = (double)(last - first) / CELLS;
	char line[CELLS + 1];
	size_t i;
	int c;

	for (c = 0; c < CELLS; c++) {
		unsigned long long from = first + c * cell, to = first + (c + 1) * cell;
		int kind = -1;

		for (i = 0; i < nr_ranges; i++) {
			int k = perms ? (int)ranges[i].perm : (int)ranges[i].leaf;

			if (ranges[i].start < to && ranges[i].end > from && (kind < 0 || k < kind))
				kind = k;
		}
		line[c] = kind < 0 ? ' ' : letters[kind];
	}
	line[CELLS] = '\0';
	printf("  %-6s |%s|\n", what, line);
}

static void strip(const char *what, bool perms)
{
	unsigned long long first = ranges[0].start, last = ranges[nr_ranges - 1].end;
	double scale = 960.0 / (last - first);
	size_t i;

	fprintf(picture, "<text x=\"4\" y=\"%d\">%s</text>\n", svg_y + 14, what);
	for (i = 0; i < nr_ranges; i++) {
		double width = (ranges[i].end - ranges[i].start) * scale;

		fprintf(picture,
			"<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"18\" fill=\"%s\">",
			100 + (ranges[i].start - first) * scale, svg_y, width < 0.5 ? 0.5 : width,
			perms ? perm_colour[ranges[i].perm] : leaf_colour[ranges[i].leaf]);
		fprintf(picture, "<title>%llx-%llx %s %s</title></rect>\n", ranges[i].start,
			ranges[i].end, size_name(leaf_size[ranges[i].leaf]),
			perm_name[ranges[i].perm]);
	}
	svg_y += 22;
}

static void region_show(void)
{
	unsigned long long sum = 0;
	size_t i;

	for (i = 0; i < nr_ranges; i++)
		sum += ranges[i].end - ranges[i].start;
	if (sum && svg) {
		fprintf(picture, "<text x=\"4\" y=\"%d\" font-weight=\"bold\">", svg_y + 16);
		fprintf(picture, "%s, %llx-%llx, %llu kB mapped</text>\n", region, ranges[0].start,
			ranges[nr_ranges - 1].end, sum >> 10);
		svg_y += 24;
		strip("leaf size", false);
		strip("permission", true);
		svg_y += 10;
	} else if (sum) {
		printf("%s, %llx-%llx, %llu kB mapped\n", region, ranges[0].start,
		       ranges[nr_ranges - 1].end, sum >> 10);
		table(sum);
		cells("leaf", leaf_cell, false);
		cells("perm", perm_cell, true);
		printf("\n");
	}
	nr_ranges = 0;
}

static void add(unsigned long long start, unsigned long long end, enum leaf leaf, enum perm perm)
{
	if (!(nr_ranges & (nr_ranges + 1))) {
		ranges = realloc(ranges, (2 * nr_ranges + 1) * sizeof(*ranges));
		if (!ranges)
			die("realloc");
	}
	ranges[nr_ranges++] = (struct range){ start, end, leaf, perm };
}

/*
 * Parse a line 0xSTART-0xEND SIZE LEVEL [ATTRIBUTES]. A line without attributes is a hole.
 * Returns whether the line is a range.
 */
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

/*
 * Parse a line ---[ NAME start ]---, ---[ NAME end ]--- or ---[ NAME ]---. It ends the current
 * region. Returns whether the line is a marker.
 */
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
		"Show the leaf sizes and permissions of kernel memory on arm64.\n"
		"  -s            draw a picture in SVG instead of text\n"
		"  -r REGION     show only regions whose name contains REGION\n"
		"  -p PAGE_SIZE  page size in bytes of the kernel that wrote FILE\n"
		"                (default: page size of the running kernel)\n"
		"FILE defaults to " TABLES ", - is standard input.\n");
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
		die("open_memstream");
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
		fprintf(stderr, "kernel_map: %s: no page tables%s%s\n", path,
			wanted ? " of a region named " : "", wanted ?: "");
		return 1;
	}
	if (svg) {
		picture_end(&body, &len);
		return 0;
	}
	printf("leaf: smallest leaf of each cell, in the order");
	for (i = 0; i < NR_LEAVES; i++)
		printf("  %c %s", leaf_cell[i], size_name(leaf_size[i]));
	printf("\nperm: first permission of each cell, in the order");
	for (i = 0; i < NR_PERMS; i++)
		printf("  %c %s", perm_cell[i], perm_name[i]);
	printf("\n");

	return 0;
}
