#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make test-all: boot every profile with rodata=full, on and off, with KPTI, on CPUs that
# support BBML2 without aborts, and in the boots of its LAB_BOOTS (row: profile); run the
# unit tests, models, separate boots, and kexec with 52-bit addresses (row own); test the
# generic walk on other architectures and against the base (row walk); build and boot every
# patch (row patches). Prints a grid and writes report.tsv and report.html to
# build/test-all/. The last line is
# `N passed, N failed, N skipped`.
#
# A passed cell is kept with a key over its inputs. The next run repeats only cells that
# changed, failed or did not run.
# From the environment: P, the rows to run; BOOTS, the boots of a profile.
. "$(dirname "$0")/../lib.sh"

out=$TEST_ALL
# The default profile comes first: it shows common failures soonest.
P=${P:-4k-48 $(find configs -name '*_defconfig' | sed 's|.*/||; s/_defconfig$//' | grep -vx 4k-48 | sort) own walk patches}
unset T
mkdir -p "$out/results" "$out/log"

lab/series/check-view.sh --run
# An object tree takes 0.3 to 0.9 GB.
need_space 10000 build

# Inputs of all cells: the scripts that produce results, QEMU, the caller's options.
common=$(
	cat lab/boot/boot.sh lab/boot/nomap.sh lab/boot/srat.sh lab/results/boot-sound.sh lab/results/boot-results.sh \
		lab/results/ktap-parse.sh lab/results/kselftest-split.sh lab/results/expected-skips \
		lab/results/missing-suites.sh lab/tests/cell-profile.sh lab/tests/cell-patch.sh
	qemu-system-aarch64 --version
	echo "${APPEND:-} ${MEM:-} ${LIMIT:-}"
)
key() { { echo "$common"; echo "$*"; } | sha256sum | cut -d' ' -f1; }

# Write the cells of the grid in order: row, column, key.
for p in $P; do
	if [ "$p" = patches ]; then
		state=$(lab/build/state.sh --lab "$PROFILE"; cat lab/tests/unit.sh lab/results/script-results.sh)
		n=0
		for c in $(kgit rev-list --reverse base..HEAD); do
			n=$((n + 1))
			# The tree, not the commit: a new message changes no code.
			say "patches $(printf %04d $n) $(key "$state" "$(kgit rev-parse "$c^{tree}")")"
		done
	elif [ "$p" = own ]; then
		state=$(lab/build/state.sh "$PROFILE"; find lab -type f ! -path "lab/lint/*" ! -path "lab/mutation/*" | sort | xargs cat)
		for b in unit model boots kexec-52; do say "own $b $(key "$state" "$b")"; done
	elif [ "$p" = walk ]; then
		state=$(lab/build/state.sh "$PROFILE"; cat lab/scenarios/walk/* lab/scenarios/trace/* lab/tests/cell-walk.sh configs/walk*.config configs/trace*.config)
		for b in riscv s390 i386 arm small trace trace-kasan; do say "walk $b $(key "$state" "$b")"; done
	else
		state=$(lab/build/state.sh "$p")
		for b in ${BOOTS:-full on off kpti bbml2 $(lab_option "$p" BOOTS)}; do say "$p $b $(key "$state" "$p" "$b")"; done
	fi
done >"$out/cells"

# A result file has a line `KEY SECONDS`, then lines as of lab/results/boot-results.sh.
is_kept() {
	[ -f "$1" ] && [ "$(sed -n '1s/ .*//p' "$1")" = "$2" ] && ! grep -q '^failed ' "$1"
}

while read -r row column k; do
	is_kept "$out/results/$row.$column" "$k" || echo "$row $column $k"
done <"$out/cells" | awk 'NR > 1 { print last, $1, $2 } { last = $0 }
	END { if (NR) print last, "the grid" }' >"$out/todo"

steps "$(wc -l <"$out/todo")"
while read -r row column k next <&4; do
	step "$row $column" "$next"
	log=$out/log/$row.$column
	rm -rf "$log"
	case $row in
	patches) set -- lab/tests/cell-patch.sh "$column" ;;
	own | walk) set -- lab/tests/cell-"$row".sh "$column" ;;
	*) set -- lab/tests/cell-profile.sh "$row" "$column" ;;
	esac
	began=$(date +%s)
	"$@" "$log" >"$out/new" 3>&1 || echo "failed $1 [$row $column]: the script exited with an error" >>"$out/new"
	{ echo "$k $(($(date +%s) - began))"; cat "$out/new"; } >"$log.result"
	mv "$log.result" "$out/results/$row.$column"
	sed -n "s/^failed/  ${RED}failed${PLAIN} /p" "$out/new"
	say "  $(grep -c '^passed ' "$out/new" || :) passed"
done 4<"$out/todo"

took
lab/results/grid.sh
