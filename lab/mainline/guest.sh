# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# In the guest: run the KUnit suites of mainline/tests and, as users of the same functions,
# mainline's test_vmalloc and the load and removal of modules.
. /lab/ktap.sh

insmod /lab/mainline_kunit.ko
for f in /sys/kernel/debug/kunit/*/results; do cat "$f"; done

# insmod of test_vmalloc always ends with an error: the module does its work and goes. Left
# out: align_shift_alloc_test, which provokes reports, and long_busy_list_alloc_test, which
# takes minutes.
vmalloc() { insmod /lab/test_vmalloc.ko nr_threads=2 nr_pcpu_objects=100 test_loop_count=3 "$@" 2>/dev/null; }
count() { dmesg | grep -c "$1"; }
vmalloc run_test_mask=4027
for _ in 1 2 3 4 5 6 7 8 9 10; do vmalloc run_test_mask=0; done
plan 3
check users.test_vmalloc_runs "$(count 'Summary: vm_map_ram_test ')" 4
check users.test_vmalloc "$(count 'Summary: .* failed: 0 ')" "$(count 'Summary: ')"
# busybox loads a module twice if the first system call fails.
check users.modules_come_and_go "$(count 'All test took worker0')" 22
