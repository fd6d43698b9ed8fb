#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/build/config.sh PROFILE [OBJ]: configure build/obj/OBJ (default: PROFILE) with
# allnoconfig, configs/base.config, the fragments FRAGMENT (default: configs/series.config),
# configs/debian.config if the profile has LAB_DEBIAN, and the profile. Fails if kconfig
# loses a line.
. "$(dirname "$0")/../lib.sh"

profile=$1 obj=${2:-$1}
defconfig=$(profile_file "$profile")
debian=
[ -z "$(lab_option "$profile" DEBIAN)" ] || debian=configs/debian.config
dir=build/obj/$obj
mkdir -p "$dir"

# The last line for a symbol counts. LAB_ symbols are the lab's.
# shellcheck disable=SC2086 # lists
awk '
	/^# CONFIG_.* is not set$/ { name = $2; line[name] = $0 }
	/^CONFIG_/ { name = $0; sub(/=.*/, "", name); line[name] = $0 }
	/CONFIG_/ && !(name in at) { at[name] = ++n; names[n] = name }
	END { for (i = 1; i <= n; i++) if (names[i] !~ /^CONFIG_LAB_/) print line[names[i]] }
' configs/base.config ${FRAGMENT:-configs/series.config} $debian "$defconfig" >"$dir/lab.config"

quiet "build/log/$profile/config.log" kmake arm64 "$obj" \
	KCONFIG_ALLCONFIG="$TOP/$dir/lab.config" allnoconfig ||
	die "kconfig failed for profile $profile" "read the log above"

# kconfig drops symbols with unmet dependencies and exits with 0.
lost=$(awk '
	FNR == NR { have[$0] = 1; name = $0; sub(/=.*/, "", name); if ($0 ~ /^CONFIG_/) set[name] = 1; next }
	/^CONFIG_.*=n$/ { name = $0; sub(/=.*/, "", name); if (name in set) print; next }
	/^# CONFIG_/ { if ($2 in set) print; next }
	!($0 in have) { print }
' "$dir/.config" "$dir/lab.config")
[ -z "$lost" ] ||
	die "the kernel configuration of profile $profile lost: $(echo "$lost" | tr '\n' ' ')" \
		"add their dependencies to configs/base.config, $debian or $defconfig"
