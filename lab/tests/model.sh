#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make model: let SPIN search all states of the models in tools/testing/pageattr/model. It
# must also find each fault that -DFAULT_NAME plants in a model. T=NAME selects one model.
# The last line is `N passed, N failed, 0 skipped`.
# lab/tests/model.sh --record prints only the results, a line `passed|failed NAME` each.
. "$(dirname "$0")/../lib.sh"

record=
[ "${1:-}" != --record ] || record=1
models=$TOP/$LINUX/tools/testing/pageattr/model
out=build/model
results=$TOP/$out/results
T=${T:-}

# With --record, stdout has only the results.
[ -z "$record" ] || exec 4>&1 1>&2 3>&2
START=$(date +%s)

[ -n "$record" ] || lab/series/check-view.sh --run
mkdir -p $out
: >"$results"

# search DIR MODEL [FAULT]: search all states and write the output to DIR/log. A search
# that reaches its limit of time or memory prints no number of errors.
search() (
	rm -rf "$1"
	mkdir -p "$1"
	cd "$1"
	# SPIN then prints names without a path.
	cp "$models/$2.pml" .
	{
		spin -a ${3:+-D"$3"} "$2.pml" &&
			gcc -O1 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=256 -DMEMLIM=2048 -o pan pan.c &&
			timeout 900 ./pan -m1000000
	} >log 2>&1
)

# verdict NAME DIR yes|no: pass if the search was complete, and found an error (yes) or none.
verdict() {
	states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$2/log")
	seconds=$(sed -n 's/^pan: elapsed time \([0-9.]*\) seconds/\1/p' "$2/log")
	found=$(sed -n 's/^State-vector.* errors: \([0-9]*\)$/\1/p' "$2/log")
	why=$(sed -n 's/^pan:1: \(.*\) (at depth [0-9]*)$/\1/p' "$2/log" | cut -c1-60)
	result=failed
	case $3-${found:-none} in
	no-0) grep -qE 'Search not completed|max search depth' "$2/log" || result=passed ;;
	yes-1) case $why in 'assertion violated'* | 'invalid end state'*) result=passed ;; esac ;;
	esac
	echo "$result model.$1" >>"$results"
	printf '  %-6s  %-38s %8s states %6s s  %s\n' $result "$1" "${states:-no}" "${seconds:--}" "$why"
	[ $result = passed ] || tail_log "$2/log"
}

for file in "$models"/*.pml; do
	name=$(basename "$file" .pml)
	[ -z "$T" ] || [ "$T" = "$name" ] || continue
	dir=$TOP/$out/$name
	search "$dir" "$name" || :
	verdict "$name" "$dir" no
	faults=$(grep -o '^#ifn*def FAULT_[A-Z_]*' "$file" | sed 's/.* //' | sort -u)
	[ -n "$faults" ] || echo "failed model.$name: the model has no FAULT_ to plant" >>"$results"
	for fault in $faults; do
		search "$dir.$fault" "$name" "$fault" || :
		verdict "$name.$fault" "$dir.$fault" yes
	done
done
[ -s "$results" ] || die "there is no model '$T'" "ls $models"

if [ -n "$record" ]; then
	cat "$results" >&4
	sum_of "$results" >/dev/null
else
	took
	sum_of "$results"
fi
