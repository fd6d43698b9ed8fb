# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# One KTAP stream from the guest's shell: plan N, then N times check.

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
# soon WANT COMMAND...: what the command says, as soon as it is that, or after 10 s
soon() {
	want=$1
	shift
	for _ in $(seq 50); do
		[ "$("$@")" != "$want" ] || break
		sleep 0.2
	done
	"$@"
}
