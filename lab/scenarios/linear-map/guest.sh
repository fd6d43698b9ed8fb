#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: print snapshots of the linear map's leaves: after boot, and with
# lab.module=NAME after loading the module, after removing it, and after the collapse.
# A snapshot is a line `snapshot WHAT`, counters of the kernel and its page tables.

option() { sed -n "s/\(.* \)*$1=\([^ ]*\).*/\2/p" /proc/cmdline; }

# Print the uptime in hundredths of a second.
now() {
	read -r up _ </proc/uptime
	echo $((${up%.*} * 100 + 1${up#*.} - 100))
}

leaves() { grep '^DirectMap' /proc/meminfo; }
counts() { leaves && grep '^direct_map_' /proc/vmstat; }

# snapshot WHAT: print a snapshot. Retry if a split or a collapse came in between.
snapshot() {
	while
		counts=$(counts)
		map=$(sed -n '/Linear Mapping start/,/Linear Mapping end/p
			/Modules start/,/Modules end/p' /sys/kernel/debug/kernel_page_tables)
		[ "$counts" != "$(counts)" ]
	do :; done
	printf '%s\n' "snapshot $1" "$counts" "$map"
}

# Wait until no leaf changed for two seconds. Loading a module frees its init pages later.
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
snapshot 'at boot'
module=$(option lab.module)
[ -n "$module" ] || exit 0

insmod "/lab/$module.ko" || exit 1
settle
snapshot 'module loaded'
rmmod "$module" || exit 1
start=$(now)
snapshot 'module removed'
while t=$(($(now) - start)) && [ "$(leaves)" != "$boot" ] && [ $t -lt 3000 ]; do
	sleep 0.1
done
snapshot "$(printf '%d.%d s later' $((t / 100)) $((t / 10 % 10)))"
