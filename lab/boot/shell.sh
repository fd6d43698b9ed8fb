#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make shell: boot the guest with a shell. GDB=1 waits for gdb to attach.
. "$(dirname "$0")/../lib.sh"

lab/series/check-view.sh --run
lab/build/build.sh "$PROFILE"
exec lab/boot/boot.sh "$PROFILE" full shell
