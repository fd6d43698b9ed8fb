#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replaces lab/boot/boot.sh in `make selfcheck`: copies the logs of a sound boot and damages
# the console log with the awk program in DAMAGE.
. "$(dirname "$0")/../lib.sh"

dir=build/log/$1/$2
show "awk '$DAMAGE' build/selfcheck/console.log >$dir/console.log"
cp build/selfcheck/* "$dir/"
awk "$DAMAGE" build/selfcheck/console.log >"$dir/console.log"
