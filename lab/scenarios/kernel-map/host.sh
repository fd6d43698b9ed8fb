#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/kernel-map/host.sh PROFILE: does tools/mm/kernel_map say of a kernel's tables what
# /proc/meminfo says? Prints `passed|failed kernel_map.CASE`.
. "$(dirname "$0")/../../lib.sh"

profile=$1
dir=build/test/kernel_map
mkdir -p $dir
logged $dir/build.log gcc -O2 -Wall -Wextra -Werror -o $dir/kernel_map $LINUX/tools/mm/kernel_map.c ||
	die "tools/mm/kernel_map did not build" "mend build/linux, then the same again"
lab/scenarios/linear-map/host.sh "$profile" bbml2 $dir/moments lkdtm >&2
sed -n '/^moment at boot/,/^moment module loaded/p' $dir/moments >$dir/boot
sed -n '/^moment module loaded/,/^moment module removed/p' $dir/moments >$dir/loaded

case $profile in
16k-*) page=16384 ;;
64k-*) page=65536 ;;
*) page=4096 ;;
esac
map() { $dir/kernel_map -p $page "$@"; }

# verdict NAME COMMAND...: passed if the command succeeds
verdict() {
	name=$1
	shift
	if "$@" >$dir/output 2>&1; then
		say "passed kernel_map.$name [$profile]"
	else
		say "failed kernel_map.$name [$profile]: $(head -n 1 $dir/output)"
	fi
}

# Each line of leaves, summed over permissions, is that of /proc/meminfo.
sums() {
	map -r 'Linear Mapping' "$1" | awk 'NF > 4 && $(NF - 2) == "kB" { kb[$1] += $(NF - 3) }
		END { for (size in kb) print size, kb[size] }' | sort >$dir/told
	sed -n 's/^DirectMap\([0-9]*[kMG]\): *\([0-9]*\) kB/\1 \2/p' "$1" | grep -v ' 0$' |
		sed 's/k /K /' | sort >$dir/counted
	diff $dir/told $dir/counted
}

# kB of the linear map that is read-only, in pages
ro() { map -r 'Linear Mapping' "$1" | awk '$2 == "ro" && $1 ~ /K$/ { kb += $4 } END { print kb + 0 }'; }
module() {
	map -r Modules $dir/loaded | grep -q 'ro x' && [ "$(ro $dir/loaded)" -gt "$(ro $dir/boot)" ] &&
		! map -r Modules $dir/boot | grep -q Modules
}

# A bar for each range that is mapped, in both of its strips.
picture() {
	map -s $dir/loaded >$dir/picture.svg
	ranges=$(grep -c '^0x.* SHD ' $dir/loaded)
	[ "$(grep -c '<rect ' $dir/picture.svg)" -eq $((2 * ranges)) ] &&
		[ "$(tail -n 1 $dir/picture.svg)" = '</svg>' ]
}

# status WANTED ARGUMENT...
status() {
	wanted=$1 rc=0
	shift
	"$@" || rc=$?
	[ $rc -eq "$wanted" ]
}

verdict sums_at_boot sums $dir/boot
verdict sums_with_a_module sums $dir/loaded
verdict a_module_is_seen module
verdict picture picture
verdict no_tables status 1 map /dev/null
verdict no_file status 1 map $dir/missing
verdict page_size status 2 $dir/kernel_map -p 5 $dir/boot
