#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: the kernel allocates pages inside of lazy MMU sections of user.c, and
# debug_pagealloc makes each one valid.
# shellcheck source=lab/boot/guest/ktap.sh
. /lab/ktap.sh

plan 3
insmod /lab/lazy.ko
/lab/user
check "user memory keeps its contents" $? 0
pages=$(cat /sys/module/lazy/parameters/pages)
echo "# $pages pages became valid in a lazy MMU section"
check "pages became valid in a lazy MMU section" $((pages > 0)) 1
check "each was in effect at once" "$(cat /sys/module/lazy/parameters/pending)" 0
