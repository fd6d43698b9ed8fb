#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the linear map is made of, moment by moment: after boot, and with
# lab.module=NAME when that module is loaded, when it is removed, and when the map
# is as it was. Each moment is a line `moment WHAT` and what the kernel says then.

option() { sed -n "s/\(.* \)*$1=\([^ ]*\).*/\2/p" /proc/cmdline; }

# In hundredths of a second.
now() {
	read -r up _ </proc/uptime
	echo $((${up%.*} * 100 + 1${up#*.} - 100))
}

leaves() { grep '^DirectMap' /proc/meminfo; }
counts() { leaves && grep '^direct_map_' /proc/vmstat; }

# Taken again when something was split or put back meanwhile.
moment() {
	while
		counts=$(counts)
		map=$(sed -n '/Linear Mapping start/,/Linear Mapping end/p
			/Modules start/,/Modules end/p' /sys/kernel/debug/kernel_page_tables)
		[ "$counts" != "$(counts)" ]
	do :; done
	printf '%s\n' "moment $1" "$counts" "$map"
}

# Until nothing was put together for two seconds: loading gives pages back, too.
settle() {
	start=$(now)
	last=$start
	was=
	while t=$(now) && [ $((t - last)) -lt 200 ] && [ $((t - start)) -lt 3000 ]; do
		is=$(leaves)
		[ "$is" = "$was" ] || last=$t
		was=$is
		sleep 0.1
	done
}

boot=$(leaves)
moment 'at boot'
module=$(option lab.module)
[ -n "$module" ] || exit 0

insmod "/lab/$module.ko" || exit 1
settle
moment 'module loaded'
rmmod "$module" || exit 1
start=$(now)
moment 'module removed'
while t=$(($(now) - start)) && [ "$(leaves)" != "$boot" ] && [ $t -lt 3000 ]; do
	sleep 0.1
done
moment "$(printf '%d.%d s later' $((t / 100)) $((t / 10 % 10)))"
