#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make help: list the targets and their times on two cores.
. "$(dirname "$0")/lib.sh"

cat <<'EOT'
Linux 6.12 on arm64: permission changes of kernel memory on any leaf size. The lab
downloads the kernel, applies patches/, builds it, boots it under QEMU and tests it.

Run and test                                                first time   again
  make run          show permission changes on a live kernel     7 min    7 s
  make unit         test the changed C on this machine           4 min    3 min
  make model        search all states of the SPIN models         2 min   40 s
  make test         all tests of one profile                    20 min   12 min
  make test-all     all profiles in five boots or more, patches  hours   10 s
  make bench        count instructions of 6.12, mainline and series 60 min  15 min
                    (B='part of a row'); bench-check compares with bench/results/
  make gain         count page walks by TLB models, 4K map       12 min    4 min
                    against block map (T='row ...', B='state ...')
  make debian       Debian packages of the kernel                hours
  make shell        boot the guest with a shell (GDB=1: gdb)     8 min   10 s

Change the series
  make tree         create build/linux: base, one commit a patch 1 min    1 s
  make export       write patches/ and the view from build/linux 2 s
  make check-view   compare patches/, view and build/linux       1 s
  make check        checkpatch, sparse, kernel-doc, texts ...    5 min
  make mbox         write build/series.mbox for git am or b4     1 s

Mainline
  make mainline     build, boot and test the topics (T=topic)   40 min   10 s
  make mainline-bench  count instructions, mainline and topics  10 min    5 min

Change the lab
  make profiles     list the kernel configurations
  make menuconfig   create a configuration (PROFILE=custom)
  make selfcheck    plant faults: make test and check must fail  2 min
  make mutate       plant mutants: a test must kill each        40 min
  make packages     install the Debian packages of the lab
  make clean        remove build/

Variables  PROFILE=4k-48 (see make profiles)   T=suite.case (one test)
           P='4k-39 patches' (rows of test-all) BOOTS='full on' (boots of a profile)
           LINUX_SRC=DIR (another 6.12 tree)   V=1 (all output)
           FLAVOUR=cloud-arm64 (of make debian: also arm64, arm64-16k, rt-arm64)
           TESTS=1 (of make debian: with KUnit and the suites of the series)
EOT
