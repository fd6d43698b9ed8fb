# SPDX-License-Identifier: GPL-2.0-only
# The front door: each target is one script in lab/. `make help` lists them.

export PROFILE ?= 4k-48
export LINUX_SRC T V GDB P

.NOTPARALLEL:
.PHONY: help run shell unit model test test-all mutate bench tree export check check-view mbox profiles menuconfig selfcheck clean packages

help:
	@lab/help.sh
packages:
	@lab/packages.sh
run shell unit model test test-all tree check check-view menuconfig selfcheck bench mutate: packages
	@lab/$@.sh
mbox export profiles clean:
	@lab/$@.sh
