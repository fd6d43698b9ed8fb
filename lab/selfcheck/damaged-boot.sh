#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Stands in for lab/boot/boot.sh in `make selfcheck`: the recorded logs of a sound
# boot, its console damaged by the awk program in DAMAGE.
. "$(dirname "$0")/../lib.sh"

dir=build/log/$1/$2
show "awk '$DAMAGE' build/selfcheck/console.log >$dir/console.log"
cp build/selfcheck/* "$dir/"
awk "$DAMAGE" build/selfcheck/console.log >"$dir/console.log"
