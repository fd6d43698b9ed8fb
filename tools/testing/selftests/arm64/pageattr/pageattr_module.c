// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load and remove a module. While it is loaded, check the permissions of its text,
 * rodata and data and of their linear aliases, both in the page tables and with loads and
 * stores. After its removal, check that the aliases are writable and that no page of the
 * linear map stays read-only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "pageattr_lib.h"

#define MAX_PAGES	32
#define NR_CYCLES	50
/* Expected value of run: the sum of 3 * x + nr with x = nr + 1, for nr = 0, 1, 2 */
#define RUN_RESULT	"21\n"

struct area_page {
	char area[16];
	unsigned long addr;
	unsigned long alias;
};

static struct area_page page[MAX_PAGES];
static int nr_pages;
static unsigned long page_size;
static int full;

static void areas_read(void)
{
	char buf[4096], *line, *save;
	struct look look;

	if (!target_get("areas", buf, sizeof(buf)))
		ksft_exit_fail_perror("areas");
	nr_pages = 0;
	for (line = strtok_r(buf, "\n", &save); line && nr_pages < MAX_PAGES;
	     line = strtok_r(NULL, "\n", &save)) {
		struct area_page *p = &page[nr_pages++];

		if (sscanf(line, "%15s %lx", p->area, &p->addr) != 2)
			ksft_exit_fail_msg("areas: cannot read \"%s\"\n", line);
		if (!target_look(p->addr, &look))
			ksft_exit_fail_perror("look");
		p->alias = look.alias;
	}
}

/* Whether the pages of @area are in @section, at the address that sysfs shows */
static bool in_section(const char *section, const char *area)
{
	unsigned long start;
	char path[128], buf[64];
	int i;

	snprintf(path, sizeof(path), "/sys/module/pageattr_target/sections/%s", section);
	if (!file_read(path, buf, sizeof(buf))) {
		ksft_perror(path);
		return false;
	}
	start = strtoul(buf, NULL, 16);
	for (i = 0; i < nr_pages; i++) {
		if (strcmp(page[i].area, area))
			continue;
		if (page[i].addr < start || page[i].addr >= start + MAX_PAGES * page_size) {
			ksft_print_msg("%s %#lx is not in %s at %#lx\n", area,
				       page[i].addr, section, start);
			return false;
		}
	}
	return true;
}

static bool area_is(const struct tables *t, const char *area, enum perm perm)
{
	bool ok = true;
	int i, nr = 0;

	for (i = 0; i < nr_pages; i++) {
		if (strcmp(page[i].area, area))
			continue;
		nr++;
		ok &= tables_check(t, area, page[i].addr, page_size, perm);
	}
	return ok && nr;
}

static bool aliases_are(const struct tables *t, bool data, enum perm perm)
{
	bool ok = true;
	int i;

	for (i = 0; i < nr_pages; i++)
		if (data == !strcmp(page[i].area, "data"))
			ok &= tables_check(t, "alias", page[i].alias, page_size, perm);
	return ok;
}

/* Whether loads and stores succeed exactly where the permissions allow them */
static bool cpu_agrees(void)
{
	bool ok = true;
	int i;

	for (i = 0; i < nr_pages; i++) {
		bool data = !strcmp(page[i].area, "data");
		struct look look;

		if (!target_look(page[i].addr, &look))
			ksft_exit_fail_perror("look");
		if (look.load && look.alias_load && look.store == data &&
		    (full < 0 || look.alias_store == (data || !full)))
			continue;
		ksft_print_msg("%s %#lx: load %d store %d, alias: load %d store %d\n",
			       page[i].area, page[i].addr, look.load, look.store,
			       look.alias_load, look.alias_store);
		ok = false;
	}
	return ok;
}

static bool code_runs(void)
{
	char buf[64];

	return target_get("run", buf, sizeof(buf)) && !strcmp(buf, RUN_RESULT);
}

static bool cycles(void)
{
	int i, err;

	for (i = 0; i < NR_CYCLES; i++) {
		err = target_load();
		if (err) {
			ksft_print_msg("load %d: %s\n", i, strerror(-err));
			return false;
		}
		areas_read();
		if (!code_runs() || !cpu_agrees()) {
			ksft_print_msg("load %d: wrong result or permission\n", i);
			target_unload();
			return false;
		}
		err = target_unload();
		if (err) {
			ksft_print_msg("removal %d: %s\n", i, strerror(-err));
			return false;
		}
	}
	return true;
}

int main(void)
{
	unsigned long ro_before;
	struct tables t;
	int err;

	ksft_print_header();
	need_root_and_tables();
	need_target();
	if (rodata_off() || kernel_config("STRICT_MODULE_RWX") == 0)
		ksft_exit_skip("this kernel does not protect modules\n");
	ksft_set_plan(12);

	page_size = getpagesize();
	full = rodata_full();
	ro_before = linear_ro();

	err = target_load();
	if (err)
		ksft_exit_fail_msg("cannot load the module: %s\n", strerror(-err));
	areas_read();
	t = tables_read();

	ksft_test_result(area_is(&t, "text", PERM_ROX) && in_section(".text", "text"),
			 "text is read-only and executable\n");
	ksft_test_result(area_is(&t, "rodata", PERM_RO) && in_section(".rodata", "rodata"),
			 "rodata is read-only\n");
	ksft_test_result(area_is(&t, "ro_after_init", PERM_RO),
			 "ro_after_init is read-only\n");
	ksft_test_result(area_is(&t, "data", PERM_RW) && in_section(".data", "data"),
			 "data is writable\n");
	if (full < 0)
		ksft_test_result_skip("alias: rodata= is unknown without /proc/config.gz\n");
	else
		ksft_test_result(aliases_are(&t, false, full ? PERM_RO : PERM_RW),
				 "alias of read-only memory follows rodata=\n");
	ksft_test_result(aliases_are(&t, true, PERM_RW), "alias of data is writable\n");
	tables_free(&t);

	ksft_test_result(code_runs(), "code in each page of text runs\n");
	ksft_test_result(cpu_agrees(), "CPU accesses agree with the page tables\n");

	err = target_unload();
	ksft_test_result(!err, "module can be removed\n");
	t = tables_read();
	ksft_test_result(aliases_are(&t, false, PERM_FREED) &&
			 aliases_are(&t, true, PERM_FREED),
			 "aliases are writable after the removal\n");
	tables_free(&t);

	ksft_test_result(cycles(), "%d loads and removals\n", NR_CYCLES);
	ksft_test_result(linear_ro_restored(ro_before),
			 "no read-only page is left in the linear map\n");
	ksft_finished();
}
