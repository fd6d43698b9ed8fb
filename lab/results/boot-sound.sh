#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/results/boot-sound.sh DIR: check that the boot with its logs in DIR ended without
# report, hang or error, apart from the results of its tests. If not, print the reason and
# exit 1.
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
[ "$(cat "$dir/qemu.status" 2>/dev/null)" != 124 ] || bad "hang: the boot exceeded its time limit"
[ -z "$report" ] || bad "the kernel reported: $report"
[ "$(cat "$dir/qemu.status")" = 0 ] || bad "QEMU exited with status $(cat "$dir/qemu.status"): $(cat "$dir/qemu.log")"
grep -qaF 'lab: end' "$dir/results.log" 2>/dev/null || bad "the guest stopped before its last line, 'lab: end'"
[ ! -f "$dir/machine.log" ] || while read -r line; do
	grep -qaF "$line" "$console" || bad "the kernel does not say '$line', although the machine asks for it"
done <"$dir/machine.log"
