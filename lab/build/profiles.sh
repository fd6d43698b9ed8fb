#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make profiles: print the name and the first comment of each profile.
. "$(dirname "$0")/../lib.sh"

for f in configs/*_defconfig build/custom_defconfig; do
	[ -f "$f" ] || continue
	p=${f##*/}
	printf '%-10s %s\n' "${p%_defconfig}" "$(sed -n '/SPDX/d; s/^# //p; /^[^#]/q' "$f" | head -n 1)"
done
