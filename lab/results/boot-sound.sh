#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/boot-sound.sh DIR: look at the logs of one boot; print the reason and exit 1
# when the boot is not sound, whatever its tests said.
. "$(dirname "$0")/../lib.sh"

dir=$1
console=$dir/console.log

bad() {
	say "${RED}$dir: $1${PLAIN}" >&2
	[ ! -s "$console" ] || tail_log "$console"
	exit 1
}

report=$(grep -aE -m 1 "$REPORT" "$console" 2>/dev/null || true)
[ -s "$console" ] || bad "the console log is empty"
[ "$(cat "$dir/qemu.status" 2>/dev/null)" != 124 ] || bad "hang: the boot did not end within its time limit"
[ -z "$report" ] || bad "the kernel reported: $report"
[ "$(cat "$dir/qemu.status")" = 0 ] || bad "QEMU ended with status $(cat "$dir/qemu.status"): $(cat "$dir/qemu.log")"
grep -qaF 'lab: end' "$dir/results.log" 2>/dev/null || bad "the guest did not get to its end"
! grep -qa 'Kernel command line:.* kpti=on' "$console" ||
	grep -qaF 'detected: Kernel page table isolation (KPTI)' "$console" || bad "kpti=on had no effect"
