#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make help: what there is to type, and how long it takes on two cores.
. "$(dirname "$0")/lib.sh"

cat <<'EOF'
Linux 6.12 on arm64: permission changes on any leaf size. The lab fetches the
kernel, applies patches/, builds, boots it under QEMU and tests it.

See it, test it                                             first time   again
  make unit         the changed C, tested on this machine         4 min    3 min
  make model        all states of what must work without a lock (SPIN)
  make run          the permission changes, on a live kernel     7 min    7 s
  make test         all tests, in four boots and more           20 min   12 min
  make test-all     every profile in five boots, every patch   hours       10 s
  make bench        instructions, base and series side by side  20 min   30 s
  make shell        a shell in the guest (GDB=1: wait for gdb)   8 min   10 s

Change it
  make tree         lay build/linux: base + one commit per patch 1 min    1 s
  make export       write patches/ and the kernel files here     2 s
  make check-view   are patches, kernel files, build/linux one?  1 s
  make check        that, and whether a maintainer could take it 5 min
  make mbox         build/series.mbox for git am or b4           1 s

The lab
  make profiles     the kernels there are configurations for
  make menuconfig   make one of your own (PROFILE=custom)
  make selfcheck    plant faults; does make test see them?       2 min
  make mutate       which test finds each planted mistake?       40 min
  make clean        remove build/

Variables  PROFILE=4k-48 (see make profiles)   T=suite.case (one test)
           P='4k-39 patches' (what of test-all) BOOTS='full on' (which boots)
           LINUX_SRC=DIR (another 6.12 tree)   V=1 (all output)
EOF
