#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/config.sh PROFILE [OBJ]: configure build/obj/OBJ (default: PROFILE) as
# allnoconfig + configs/base.config + the profile, and assert every line of it.
. "$(dirname "$0")/../lib.sh"

profile=$1 obj=${2:-$1}
defconfig=$(profile_file "$profile")
dir=build/obj/$obj
mkdir -p "$dir"

# The last word on a symbol counts, LAB_ symbols are not the kernel's.
awk '
	/^# CONFIG_.* is not set$/ { name = $2; line[name] = $0 }
	/^CONFIG_/ { name = $0; sub(/=.*/, "", name); line[name] = $0 }
	/CONFIG_/ && !(name in at) { at[name] = ++n; names[n] = name }
	END { for (i = 1; i <= n; i++) if (names[i] !~ /^CONFIG_LAB_/) print line[names[i]] }
' configs/base.config configs/series.config "$defconfig" >"$dir/lab.config"

quiet "build/log/$profile/config.log" kmake arm64 "$obj" \
	KCONFIG_ALLCONFIG="$TOP/$dir/lab.config" allnoconfig ||
	die "the kernel could not be configured"

# kconfig drops what it cannot have without a word.
lost=$(awk '
	FNR == NR { have[$0] = 1; name = $0; sub(/=.*/, "", name); if ($0 ~ /^CONFIG_/) set[name] = 1; next }
	/^CONFIG_.*=n$/ { name = $0; sub(/=.*/, "", name); if (name in set) print; next }
	/^# CONFIG_/ { if ($2 in set) print; next }
	!($0 in have) { print }
' "$dir/.config" "$dir/lab.config")
[ -z "$lost" ] ||
	die "the kernel configuration of profile $profile lost: $(echo "$lost" | tr '\n' ' ')" \
		"give what they depend on in configs/base.config or $defconfig"
