#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/kernel-map/host.sh PROFILE: compare the output of tools/mm/kernel_map with
# /proc/meminfo of the same kernel. Prints `passed|failed kernel_map.CASE`.
. "$(dirname "$0")/../../lib.sh"

profile=$1
dir=build/test/kernel_map
mkdir -p $dir
logged $dir/build.log gcc -O2 -Wall -Wextra -Werror -o $dir/kernel_map $LINUX/tools/mm/kernel_map.c ||
	die "tools/mm/kernel_map did not build" "fix build/linux, then run the same command again"
lab/scenarios/linear-map/host.sh "$profile" full $dir/full >&2
lab/scenarios/linear-map/host.sh "$profile" bbml2 $dir/snapshots lkdtm >&2
sed -n '/^snapshot at boot/,/^snapshot module loaded/p' $dir/snapshots >$dir/boot
sed -n '/^snapshot module loaded/,/^snapshot module removed/p' $dir/snapshots >$dir/loaded

case $profile in
16k-*) page=16384 ;;
64k-*) page=65536 ;;
*) page=4096 ;;
esac
map() { $dir/kernel_map -p $page "$@"; }

# verdict NAME COMMAND...: the case passes if the command succeeds.
verdict() {
	name=$1
	shift
	if "$@" >$dir/output 2>&1; then
		say "passed kernel_map.$name [$profile]"
	else
		say "failed kernel_map.$name [$profile]: $(head -n 1 $dir/output)"
	fi
}

# sums FILE: the sum over all permissions equals /proc/meminfo for each leaf size.
sums() {
	map -r 'Linear Mapping' "$1" | awk 'NF > 4 && $(NF - 2) == "kB" { kb[$1] += $(NF - 3) }
		END { for (size in kb) print size, kb[size] }' | sort >$dir/told
	sed -n 's/^DirectMap\([0-9]*[kMG]\): *\([0-9]*\) kB/\1 \2/p' "$1" | grep -v ' 0$' |
		sed 's/k /K /' | sort >$dir/counted
	diff $dir/told $dir/counted
}

# ro FILE: print the kB of the linear map that read-only PTEs map.
ro() { map -r 'Linear Mapping' "$1" | awk '$2 == "ro" && $1 ~ /K$/ { kb += $4 } END { print kb + 0 }'; }
module() {
	map -r Modules $dir/loaded | grep -q 'ro x' && [ "$(ro $dir/loaded)" -gt "$(ro $dir/boot)" ] &&
		! map -r Modules $dir/boot | grep -q Modules
}

# The picture has one bar for each mapped range in each of its two strips.
picture() {
	map -s $dir/loaded >$dir/picture.svg
	ranges=$(grep -c '^0x.* SHD ' $dir/loaded)
	[ "$(grep -c '<rect ' $dir/picture.svg)" -eq $((2 * ranges)) ] &&
		[ "$(tail -n 1 $dir/picture.svg)" = '</svg>' ]
}

# status WANTED COMMAND...: the command exits with WANTED.
status() {
	wanted=$1 rc=0
	shift
	"$@" || rc=$?
	[ $rc -eq "$wanted" ]
}

verdict sums_of_ptes sums $dir/full
verdict sums_at_boot sums $dir/boot
verdict sums_with_a_module sums $dir/loaded
verdict a_module_is_seen module
verdict picture picture
verdict no_tables status 1 map /dev/null
verdict no_file status 1 map $dir/missing
verdict page_size status 2 $dir/kernel_map -p 5 $dir/boot
