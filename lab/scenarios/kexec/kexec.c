// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec load ADDRESS...: load an image with one segment of code at each physical ADDRESS
 * kexec unload:          unload the image
 * kexec repeat N ADDRESS...: load and unload the image N times
 * kexec crash load ADDRESS..., crash unload: the same for a crash kernel
 * kexec go:              jump to the first segment
 *
 * The code runs with the MMU off, prints a line to the console and powers off.
 *
 * The kernel copies a segment through a temporary copy of the linear map, in which an
 * invalid target is valid. A fault there hangs the machine without a message.
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
 * QEMU virt has a PL011 console at 0x9000000 and PSCI by HVC. All segments are equal. The
 * code of the first one checks each segment in the list behind it.
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

static void unload(unsigned long flags)
{
	if (syscall(__NR_kexec_load, 0, 0, NULL, flags))
		die("unload");
}

int main(int argc, char **argv)
{
	unsigned long flags = KEXEC_ARCH_AARCH64;
	const char *what;
	long nr;

	if (argc > 2 && !strcmp(argv[1], "crash")) {
		flags |= KEXEC_ON_CRASH;
		argc--, argv++;
	}
	what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "load") && argc > 2 && argc <= 2 + MAX_SEGMENTS) {
		load(argc - 2, argv + 2, flags);
	} else if (!strcmp(what, "unload")) {
		unload(flags);
	} else if (!strcmp(what, "repeat") && argc > 3 && argc <= 3 + MAX_SEGMENTS) {
		for (nr = atol(argv[2]); nr > 0; nr--) {
			load(argc - 3, argv + 3, flags);
			unload(flags);
		}
	} else if (!strcmp(what, "go")) {
		syscall(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			LINUX_REBOOT_CMD_KEXEC, NULL);
		die("go");
	} else {
		fprintf(stderr, "usage: kexec [crash] load ADDRESS... | [crash] unload | repeat N ADDRESS... | go\n");
		return 2;
	}
	return 0;
}
