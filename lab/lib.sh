# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Helpers of the lab's scripts: paths, messages, running commands, git.

set -eu
# The top of the repository: a script may lie in any folder below it.
cd "$(dirname "$0")"
until [ -f lab/lib.sh ]; do
	[ "$PWD" != / ] || { printf '%s\n' "error: $0 lies in no clone of this repository" >&2; exit 1; }
	cd ..
done

PROFILE=${PROFILE:-4k-48}
LINUX_SRC=${LINUX_SRC:-}
V=${V:-0}
# shellcheck disable=SC2034 # used by the scripts that source this file
TOP=$PWD
LINUX=build/linux
# Results of make test-all. make selfcheck uses another folder.
TEST_ALL=${TEST_ALL:-build/test-all}
# Scripts compare and parse output: make it independent of the user's language.
export LC_ALL=C

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	RED=$(printf '\033[31m') GREEN=$(printf '\033[32m') YELLOW=$(printf '\033[33m')
	PLAIN=$(printf '\033[0m')
else
	# shellcheck disable=SC2034
	RED='' GREEN='' YELLOW='' PLAIN=''
fi

# File descriptor 3 shows commands, also when their output goes to a log.
exec 3>&1

say() { printf '%s\n' "$*"; }
notice() { printf '%s\n' "${YELLOW}notice:${PLAIN} $*" >&2; }

# die MESSAGE [NEXT COMMAND]
die() {
	printf '%s\n' "${RED}error:${PLAIN} $1" >&2
	[ $# -lt 2 ] || printf '%s\n' "next:  $2" >&2
	exit 1
}

show() { printf '$ %s\n' "$*"; }

# run COMMAND...: show the command, then run it.
run() {
	show "$@"
	"$@"
}

# logged LOG COMMAND...: show the command, write its output to LOG, and print the end of
# LOG if the command fails.
logged() {
	_log=$1
	shift
	mkdir -p "$(dirname "$_log")"
	[ "$1" = kmake ] || show "$@"
	if [ "$V" = 1 ]; then
		{ "$@" 2>&1 && echo 0 >"$_log.rc" || echo $? >"$_log.rc"; } | tee "$_log"
		_rc=$(cat "$_log.rc")
		rm -f "$_log.rc"
	else
		_rc=0
		"$@" >"$_log" 2>&1 || _rc=$?
	fi
	[ "$_rc" -ne 0 ] || return 0
	tail_log "$_log"
	return "$_rc"
}

# tail_log LOG: print the last lines of a log and its path.
tail_log() {
	printf '%s\n' "---- last lines of $1" >&2
	tail -n 25 "$1" >&2
	printf '%s\n' "---- whole log: $1" >&2
}

# Lines with which the kernel reports a fault. Lines of KUnit and of the lab do not match.
# shellcheck disable=SC2034 # used by the scripts that source this file
REPORT='Kernel panic|Oops|Internal error|BUG:|kernel BUG at|WARNING:|Call trace:|Unable to handle|detected stall|UBSAN|KASAN:|KFENCE:'

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# steps N: start a list of N steps. step WHAT [NEXT]: begin the next step.
steps() {
	STEPS=$1
	STEP=0
	START=$(date +%s)
}

step() {
	STEP=$((STEP + 1))
	_spent=$(clock $(($(date +%s) - START)))
	say "[$STEP/$STEPS] $1  ($_spent elapsed${2:+, next: $2})"
}

took() { say "total time $(clock $(($(date +%s) - START)))"; }

# sum_of FILE: print the sum of a file of results. Fails if one of them has failed.
sum_of() {
	awk '{ n[$1]++ }
		END {
			print n["passed"] + 0 " passed, " n["failed"] + 0 " failed, " n["skipped"] + 0 " skipped"
			exit n["failed"] > 0
		}' "$1"
}

# need_space MB DIR: stop if the disk of DIR has less than MB free.
need_space() {
	mkdir -p "$2"
	_free=$(df -Pm "$2" | awk 'NR == 2 { print $4 }')
	[ "$_free" -ge "$1" ] ||
		die "$2 needs $1 MB of free disk space, the disk has $_free MB" \
			"free some space; 'make clean' removes build/"
}

# git without the configuration of user and machine, and with one committer: the same
# input gives the same commit ids on every machine.
git_plain() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null \
		GIT_COMMITTER_NAME='Kernel Pageattr Project' \
		GIT_COMMITTER_EMAIL='pageattr@example.org' git "$@"
}

kgit() { git_plain -C "$LINUX" "$@"; }

# skips_of PROFILE BOOT: print its lines of lab/results/expected-skips as `PATTERN REASON`.
skips_of() {
	grep -v '^#' lab/results/expected-skips | while read -r _name _p _b _reason; do
		# shellcheck disable=SC2254 # the words are patterns
		case $1 in $_p) case $2 in $_b) echo "$_name $_reason" ;; esac ;; esac
	done
}

# skip_reason NAME: print the reason for NAME in the output of skips_of on stdin; fail if
# there is none.
skip_reason() {
	while read -r _pattern _reason; do
		# shellcheck disable=SC2254
		case $1 in $_pattern) echo "$_reason" && return ;; esac
	done
	return 1
}

# series_at COMMIT: check out COMMIT in build/series, a worktree of build/linux.
series_at() {
	if [ ! -d build/series ]; then
		kgit worktree prune
		kgit worktree add -q --detach "$TOP/build/series" base
	fi
	git_plain -C build/series checkout -q --detach "$1"
}

# Print the names of the patches in order.
patch_files() { find patches -name '[0-9]*.patch' 2>/dev/null | sort; }

# Print one hash over names and contents of all patches.
patches_hash() {
	{ patch_files | while read -r _p; do sha256sum "$_p"; done; } |
		sha256sum | cut -d' ' -f1
}

# write_if_changed FILE: write stdin to FILE. An unchanged file keeps its time.
write_if_changed() {
	mkdir -p "$(dirname "$1")"
	cat >"$1.new"
	if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

# List the folders of the lab's kernel modules: those with a Kbuild.
module_dirs() { find lab -name Kbuild -exec dirname {} + | sort; }

# List the programs of the guest that the lab compiles.
programs() { ls lab/scenarios/kexec/kexec.c lab/scenarios/pagealloc/user.c; }

# cross_of ARCH: print the prefix of the cross compiler for ARCH.
host_arch() { uname -m; }

cross_of() {
	case "$1-$(host_arch)" in
	arm64-aarch64 | x86_64-x86_64 | i386-x86_64) ;;
	arm64-*) echo aarch64-linux-gnu- ;;
	x86_64-* | i386-*) echo x86_64-linux-gnu- ;;
	arm-*) echo arm-linux-gnueabihf- ;;
	riscv-*) echo riscv64-linux-gnu- ;;
	s390-*) echo s390x-linux-gnu- ;;
	esac
}

# kmake ARCH OBJ ARGS...: run the kernel's make in KSRC (default: build/linux), with
# output in build/obj/OBJ.
kmake() {
	_arch=$1 _obj=$2
	shift 2
	_cross=$(cross_of "$_arch")
	_cc=${_cross}gcc
	if command -v ccache >/dev/null; then _cc="ccache $_cc"; fi
	mkdir -p "build/obj/$_obj"
	# With fixed time, user and host, and without git suffix, an unchanged kernel is
	# byte-identical, and ccache hits.
	export KBUILD_BUILD_TIMESTAMP='2024-11-17 00:00:00 UTC'
	export KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab LOCALVERSION=
	# ccache hits for clones in other directories.
	export CCACHE_BASEDIR="$TOP"
	set -- make -C "${KSRC:-$LINUX}" O="../obj/$_obj" ARCH="$_arch" \
		CROSS_COMPILE="$_cross" CC="$_cc" "$@"
	show "$@" | sed 's/CC=\([^ ]* [^ ]*\)/CC="\1"/' >&3
	"$@"
}

# quiet LOG COMMAND...: as logged, without showing the command.
quiet() {
	_qlog=$1
	shift
	mkdir -p "$(dirname "$_qlog")"
	"$@" >"$_qlog" 2>&1 3>/dev/null || { _rc=$?; tail_log "$_qlog"; return $_rc; }
}

# profile_file PROFILE: print the path of its defconfig. `make menuconfig` writes that of
# the profile custom.
profile_file() {
	_f=configs/${1}_defconfig
	[ "$1" != custom ] || _f=build/custom_defconfig
	[ -f "$_f" ] || die "there is no profile $1" "make profiles lists them; make menuconfig creates custom"
	echo "$_f"
}

# lab_option PROFILE NAME: print the value of CONFIG_LAB_NAME in a profile.
lab_option() {
	sed -n "s/^CONFIG_LAB_$2=\"*\([^\"]*\)\"*\$/\1/p" "$(profile_file "$1")"
}
