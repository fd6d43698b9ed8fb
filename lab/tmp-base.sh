#!/bin/sh
. "$(dirname "$0")/lib.sh"
out=build/bench
src=build/series obj=bench-$PROFILE
series_at base
mkdir -p "build/obj/$obj"
grep -vFf configs/series.config "build/obj/$PROFILE/.config" | write_if_changed "build/obj/$obj/lab.config"
cp "build/obj/$obj/lab.config" "build/obj/$obj/.config"
export KSRC=$src
quiet $out/base-config.log kmake arm64 "$obj" olddefconfig
logged $out/base-build.log kmake arm64 "$obj" -j"$(nproc)" Image modules
date
