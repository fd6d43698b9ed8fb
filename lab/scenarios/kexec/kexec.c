// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec load ADDRESS...: a few instructions, to be copied to each physical ADDRESS
 * kexec unload:          or not
 * kexec crash load ADDRESS..., crash unload: the same, for when the kernel crashes
 * kexec go:              hand the machine over to those at the first one
 *
 * They run with the MMU off, say on the console that they do, and switch the
 * machine off.
 *
 * A target that is not valid in the linear map is copied to by way of the copy of
 * it that kexec makes for that moment. Nothing is said if that faults.
 */
#include <errno.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_SEGMENTS	4

/*
 * QEMU virt: the PL011 console at 0x9000000, PSCI by HVC. All segments are the
 * same: the code asks each one whether it is there, by way of the list behind it.
 */
extern const char payload_start[], payload_end[];
extern uint64_t payload_list[MAX_SEGMENTS + 1];

asm(".pushsection .data\n"
    ".globl payload_start, payload_end, payload_list\n"
    ".balign 8\n"
    "payload_start:\n"
    "	mov	x5, #0x09000000\n"
    "	adr	x6, payload_list\n"
    "1:	ldr	x1, [x6], #8\n"
    "	cbz	x1, 2f\n"
    "	ldr	w2, [x1]\n"
    "	adr	x3, payload_start\n"
    "	ldr	w3, [x3]\n"
    "	cmp	w2, w3\n"
    "	b.eq	1b\n"
    "	adr	x0, 6f\n"
    "	b	3f\n"
    "2:	adr	x0, 5f\n"
    "3:	ldrb	w1, [x0], #1\n"
    "	cbz	w1, 4f\n"
    "	str	w1, [x5]\n"
    "	b	3b\n"
    "4:	mov	w0, #0x0008\n"
    "	movk	w0, #0x8400, lsl #16\n"
    "	hvc	#0\n"
    "	b	.\n"
    "5:	.asciz	\"lab: kexec arrived\\n\"\n"
    "6:	.asciz	\"lab: kexec arrived, a segment did not\\n\"\n"
    "	.balign 8\n"
    "payload_list:\n"
    "	.skip	5 * 8\n"
    "payload_end:\n"
    ".popsection\n");

static void die(const char *what)
{
	fprintf(stderr, "kexec: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void load(int nr, char **addr, unsigned long flags)
{
	struct kexec_segment segment[MAX_SEGMENTS];
	int i;

	for (i = 0; i < nr; i++) {
		payload_list[i] = strtoull(addr[i], NULL, 0);
		segment[i] = (struct kexec_segment) {
			.buf = payload_start,
			.bufsz = payload_end - payload_start,
			.mem = (void *)payload_list[i],
			.memsz = getpagesize(),
		};
	}
	if (syscall(__NR_kexec_load, payload_list[0], nr, segment, flags))
		die("load");
}

int main(int argc, char **argv)
{
	unsigned long flags = KEXEC_ARCH_AARCH64;
	const char *what;

	if (argc > 2 && !strcmp(argv[1], "crash")) {
		flags |= KEXEC_ON_CRASH;
		argc--, argv++;
	}
	what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "load") && argc > 2 && argc <= 2 + MAX_SEGMENTS) {
		load(argc - 2, argv + 2, flags);
	} else if (!strcmp(what, "unload")) {
		if (syscall(__NR_kexec_load, 0, 0, NULL, flags))
			die("unload");
	} else if (!strcmp(what, "go")) {
		syscall(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			LINUX_REBOOT_CMD_KEXEC, NULL);
		die("go");
	} else {
		fprintf(stderr, "usage: kexec [crash] load ADDRESS... | [crash] unload | go\n");
		return 2;
	}
	return 0;
}
