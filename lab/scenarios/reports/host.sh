#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lab/scenarios/reports/host.sh PROFILE BOOT lkdtm|kfence|kfence-late|wx: boot a guest
# whose tests provoke kernel reports. LKDTM makes forbidden accesses; KFENCE's suite makes
# memory errors; with kfence-late the guest turns KFENCE on, and its pool comes from the
# page allocator; wx (../wx/) makes pages that DEBUG_WX must find. Prints
# `passed|failed|skipped NAME`. A test fails if its reports differ from
# lab/results/expected-reports; any other report fails too.
. "$(dirname "$0")/../../lib.sh"

profile=$1 boot=$2 do=$3
tests_of=${do%-late}
dir=build/log/${OBJ:-$profile}/$boot-$do
where="[$profile $boot${do#"$tests_of"}]"

tests=$(awk -v boot="$tests_of" '$1 == boot { print $2 }' lab/results/expected-reports | uniq | paste -sd,)
case $do in
lkdtm) append="kunit.enable=0 lab.test=$tests" ;;
kfence) append='kunit.filter_glob=kfence kfence.sample_interval=10' ;;
kfence-late) append='kunit.filter_glob=kfence kfence.sample_interval=0' ;;
wx)
	append='kunit.enable=0'
	[ "$boot" != kpti ] || append="$append lab.test=ng"
	;;
esac
APPEND="$append${APPEND:+ $APPEND}" MEM=512 lab/boot/boot.sh "$profile" "$boot" "$do" >&2 || :

# Check the rest of the log here, and the reports below.
mkdir -p "$dir/quiet"
cp "$dir"/*.log "$dir/qemu.status" "$dir/quiet/"
grep -avE "$REPORT" "$dir/console.log" >"$dir/quiet/console.log" || :
if lab/results/boot-sound.sh "$dir/quiet"; then say "passed $tests_of.boot $where"; else say "failed $tests_of.boot $where"; fi

awk -v boot="$tests_of" -v report="$REPORT" -v where="$where" -f lab/scenarios/reports/reports.awk \
	lab/results/expected-reports "$dir/console.log"

case $tests_of in
lkdtm) exit 0 ;;
kfence) prefix= ;;
*) prefix=$tests_of. ;;
esac

sed '/^lab: end/d' "$dir/results.log" >"$dir/suite"
lab/results/ktap-parse.sh "$dir/suite" "$prefix" | while read -r status name; do
	case $status in
	PASSED) say "passed $name $where" ;;
	SKIPPED)
		if reason=$(skips_of "$profile" "$tests_of" | skip_reason "$name"); then
			say "skipped $name $where: $reason"
		else
			say "failed $name $where: skipped, but lab/results/expected-skips does not list it"
		fi
		;;
	*) say "failed $name $where" ;;
	esac
done
