# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Print one KTAP stream: call plan N, then check N times.

plan() {
	NR=0
	echo "KTAP version 1"
	echo "1..$1"
}

# check NAME GOT WANTED
check() {
	NR=$((NR + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $NR $1"
	else
		echo "# got \"$2\", expected \"$3\""
		echo "not ok $NR $1"
	fi
}

option() { sed -n "s/\(.* \)*$1=\([^ ]*\).*/\2/p" /proc/cmdline; }
# soon WANT COMMAND...: wait at most 10 s until the command prints WANT, print its output
soon() {
	want=$1
	shift
	for _ in $(seq 50); do
		[ "$("$@")" != "$want" ] || break
		sleep 0.2
	done
	"$@"
}
