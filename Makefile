# SPDX-License-Identifier: GPL-2.0-only
# Each target runs one script. `make help` lists the targets.

export PROFILE ?= 4k-48
export LINUX_SRC T V GDB P B FLAVOUR TESTS

.NOTPARALLEL:
.PHONY: help run shell unit model test test-all selfcheck mutate bench bench-check gain debian \
	tree export check check-view mbox mainline mainline-bench profiles menuconfig clean packages

help:			; @lab/help.sh
packages:		; @lab/build/packages.sh

run: packages		; @lab/demo/run.sh
shell: packages		; @lab/boot/shell.sh
unit: packages		; @lab/tests/unit.sh
model: packages		; @lab/tests/model.sh
test: packages		; @lab/tests/test.sh
test-all: packages	; @lab/tests/test-all.sh
selfcheck: packages	; @lab/selfcheck/selfcheck.sh
mutate: packages	; @lab/mutation/mutate.sh
bench: packages		; @bench/bench.sh
bench-check: packages	; @bench/bench.sh --check
gain: packages		; @bench/tlb/gain.sh
debian: packages	; @lab/build/debian.sh

tree: packages		; @lab/series/tree.sh
export:			; @lab/series/export.sh
check-view: packages	; @lab/series/check-view.sh
mbox:			; @lab/series/mbox.sh
check: packages		; @lab/lint/check.sh

mainline: packages	; @lab/mainline/mainline.sh
mainline-bench: packages ; @lab/mainline/bench.sh

profiles:		; @lab/build/profiles.sh
menuconfig: packages	; @lab/build/menuconfig.sh
clean:			; @lab/build/clean.sh
