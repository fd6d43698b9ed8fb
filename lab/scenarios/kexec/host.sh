#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/kexec/host.sh PROFILE BOOT kexec|crash: boot a guest that leaves its
# kernel. With kexec it loads and unloads an image many times, and jumps into it; the
# segments lie in valid and in invalid memory of the linear map. With crash it does the
# same with a crash kernel, and crashes. Prints `passed|failed NAME`.
. "$(dirname "$0")/../../lib.sh"

profile=$1 boot=$2 do=$3
dir=build/log/$profile/$boot-$do
where="[$profile $boot]"

case $do in
# With rodata=on and 4K pages both regions are groups of contiguous PMDs.
kexec) args='reserve_mem=32M:32M:kept reserve_mem=32M:32M:gone' ;;
crash) args='crashkernel=64M' ;;
*) die "there is no test named $do" "kexec or crash" ;;
esac
test=$([ "$boot" = bbml2 ] && echo large || echo pages)
APPEND="kunit.enable=0 $args lab.test=$test${APPEND:+ $APPEND}" \
	MEM=512 lab/boot/boot.sh "$profile" "$boot" "$do" >&2 || :

# The boot is sound apart from the one panic that the test asks for.
judged=$dir
if [ "$do" = crash ]; then
	judged=$dir/quiet
	mkdir -p "$judged"
	cp "$dir"/*.log "$dir/qemu.status" "$judged/"
	sed '/Kernel panic - not syncing: sysrq triggered crash/,/Starting crashdump kernel/d' \
		"$dir/console.log" >"$judged/console.log" || :
fi
lab/results/ktap-results.sh "$judged" "$do" "$where" 1
# The loaded image prints this line. A guest that died on the way may print nothing.
if tr -d '\r' <"$dir/console.log" | grep -qax 'lab: kexec arrived'; then
	say "passed $do.arrived $where"
else
	say "failed $do.arrived $where"
fi
