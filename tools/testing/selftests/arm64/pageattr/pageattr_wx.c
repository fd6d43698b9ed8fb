// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check that no kernel memory is both writable and executable (W+X): at boot, from the log of
 * DEBUG_WX; with a module and a BPF program loaded; and after both are removed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "pageattr_lib.h"

#define CHECK	"/sys/kernel/debug/check_wx_pages"

/* Result of the boot-time check, from the kernel log: KSFT_PASS, KSFT_FAIL or KSFT_SKIP */
static int boot_result(void)
{
	char record[8192];
	ssize_t len;
	bool start = false;
	int fd;

	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (fd < 0) {
		ksft_perror("/dev/kmsg");
		return KSFT_FAIL;
	}
	while ((len = read(fd, record, sizeof(record) - 1)) > 0 ||
	       (len < 0 && errno == EPIPE)) {
		if (len < 0)
			continue;
		record[len] = '\0';
		start |= !!strstr(record, ";Booting Linux");
		if (!strstr(record, "Checked W+X mappings: "))
			continue;
		close(fd);
		return strstr(record, "passed") ? KSFT_PASS : KSFT_FAIL;
	}
	close(fd);

	if (!start || kernel_config("DEBUG_WX") == 0)
		return KSFT_SKIP;
	ksft_print_msg("the kernel log has no result of the W+X check\n");
	return KSFT_FAIL;
}

static bool check_passes(void)
{
	char buf[32];

	if (!file_read(CHECK, buf, sizeof(buf))) {
		ksft_perror(CHECK);
		return false;
	}
	return !strcmp(buf, "SUCCESS\n");
}

int main(void)
{
	int result, err, fd;

	ksft_print_header();
	need_root_and_tables();
	need_target();
	if (rodata_off())
		ksft_exit_skip("with rodata=off, no kernel memory is protected\n");
	ksft_set_plan(3);

	result = boot_result();
	if (result == KSFT_SKIP)
		ksft_test_result_skip("at boot: no check, or its log message was overwritten\n");
	else
		ksft_test_result(result == KSFT_PASS, "nothing is W+X at boot\n");

	if (access(CHECK, F_OK)) {
		ksft_test_result_skip("with a module: this kernel has no check_wx_pages\n");
		ksft_test_result_skip("after removal: this kernel has no check_wx_pages\n");
		ksft_finished();
	}

	err = target_load();
	fd = bpf_load_sum(16);
	if (err || fd < 0)
		ksft_print_msg("module: %d, BPF program: %d\n", err, fd);
	ksft_test_result(!err && fd >= 0 && check_passes(),
			 "nothing is W+X with a module and a BPF program\n");
	close(fd);
	err = target_unload();
	ksft_test_result(!err && check_passes(), "nothing is W+X after both are removed\n");
	ksft_finished();
}
