# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Common ground of the lab's scripts: paths, messages, running commands, git.

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
# shellcheck disable=SC2034 # for the scripts that read this file
TOP=$PWD
LINUX=build/linux
# what make test-all keeps; make selfcheck has one of its own
TEST_ALL=${TEST_ALL:-build/test-all}
# Output that is compared or parsed must not depend on the user's language.
export LC_ALL=C

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	RED=$(printf '\033[31m') GREEN=$(printf '\033[32m') YELLOW=$(printf '\033[33m')
	PLAIN=$(printf '\033[0m')
else
	# shellcheck disable=SC2034
	RED='' GREEN='' YELLOW='' PLAIN=''
fi

# Commands are shown on 3, also when their output goes into a log.
exec 3>&1

say() { printf '%s\n' "$*"; }
notice() { printf '%s\n' "${YELLOW}notice:${PLAIN} $*" >&2; }

# die MESSAGE [NEXT THING TO TYPE]
die() {
	printf '%s\n' "${RED}error:${PLAIN} $1" >&2
	[ $# -lt 2 ] || printf '%s\n' "next:  $2" >&2
	exit 1
}

show() { printf '$ %s\n' "$*"; }

# run COMMAND...: show it, then run it.
run() {
	show "$@"
	"$@"
}

# logged LOG COMMAND...: show it, keep its output in LOG, and show the end of
# that when it fails.
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

# tail_log LOG: the last lines of a log, and where all of it is.
tail_log() {
	printf '%s\n' "---- last lines of $1" >&2
	tail -n 25 "$1" >&2
	printf '%s\n' "---- whole log: $1" >&2
}

# A report is what the kernel marks as one; KUnit's and our own lines are not.
# shellcheck disable=SC2034 # for the scripts that read this file
REPORT='Kernel panic|Oops|Internal error|BUG:|kernel BUG at|WARNING:|Call trace:|Unable to handle|detected stall|UBSAN|KASAN:|KFENCE:'

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# steps N: start a list of N steps; step WHAT [NEXT]: say where we are.
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

# need_space MB DIR: stop before the disk is full, not after.
need_space() {
	mkdir -p "$2"
	_free=$(df -Pm "$2" | awk 'NR == 2 { print $4 }')
	[ "$_free" -ge "$1" ] ||
		die "$2 needs $1 MB of free disk space, there are $_free MB" \
			"free some, or 'make clean' to remove what the lab has built"
}

# git with the user's and the machine's configuration out of the way, and one
# fixed committer: the same input gives the same commit ids everywhere.
git_plain() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null \
		GIT_COMMITTER_NAME='Kernel Pageattr Project' \
		GIT_COMMITTER_EMAIL='pageattr@example.org' git "$@"
}

kgit() { git_plain -C "$LINUX" "$@"; }

# skips_of PROFILE BOOT: what lab/results/expected-skips lists for it, `PATTERN REASON` each.
skips_of() {
	grep -v '^#' lab/results/expected-skips | while read -r _name _p _b _reason; do
		# shellcheck disable=SC2254 # the patterns are the point
		case $1 in $_p) case $2 in $_b) echo "$_name $_reason" ;; esac ;; esac
	done
}

# skip_reason NAME: the reason for it in lines of skips_of on stdin; fails if none.
skip_reason() {
	while read -r _pattern _reason; do
		# shellcheck disable=SC2254
		case $1 in $_pattern) echo "$_reason" && return ;; esac
	done
	return 1
}

# series_at COMMIT: check COMMIT out in build/series, a worktree of build/linux.
series_at() {
	if [ ! -d build/series ]; then
		kgit worktree prune
		kgit worktree add -q --detach "$TOP/build/series" base
	fi
	git_plain -C build/series checkout -q --detach "$1"
}

# The patches, in order; empty when there are none yet.
patch_files() { find patches -name '[0-9]*.patch' 2>/dev/null | sort; }

# One hash over names and contents of all patches.
patches_hash() {
	{ patch_files | while read -r _p; do sha256sum "$_p"; done; } |
		sha256sum | cut -d' ' -f1
}

# Write stdin to FILE only when that changes it, so that its time stays.
write_if_changed() {
	mkdir -p "$(dirname "$1")"
	cat >"$1.new"
	if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

# The folders of kernel modules: a Kbuild and C files, beside the scripts that use them.
module_dirs() { find lab -name Kbuild -exec dirname {} + | sort; }

# Compiler and make arguments for an arm64 kernel on this machine.
host_arch() { uname -m; }

cross_of() {
	case "$1-$(host_arch)" in
	arm64-aarch64 | x86_64-x86_64 | i386-x86_64) ;;
	arm64-*) echo aarch64-linux-gnu- ;;
	x86_64-* | i386-*) echo x86_64-linux-gnu- ;;
	riscv-*) echo riscv64-linux-gnu- ;;
	s390-*) echo s390x-linux-gnu- ;;
	esac
}

# kmake ARCH OBJ ARGS...: the kernel's make, with output in build/obj/OBJ; the
# source tree is KSRC, build/linux if unset.
kmake() {
	_arch=$1 _obj=$2
	shift 2
	_cross=$(cross_of "$_arch")
	_cc=${_cross}gcc
	if command -v ccache >/dev/null; then _cc="ccache $_cc"; fi
	mkdir -p "build/obj/$_obj"
	# A fixed time, user and host (and no git suffix) keep an unchanged kernel
	# byte-identical, and ccache useful.
	export KBUILD_BUILD_TIMESTAMP='2024-11-17 00:00:00 UTC'
	export KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab LOCALVERSION=
	# A clone at another place finds what this one compiled.
	export CCACHE_BASEDIR="$TOP"
	set -- make -C "${KSRC:-$LINUX}" O="../obj/$_obj" ARCH="$_arch" \
		CROSS_COMPILE="$_cross" CC="$_cc" "$@"
	show "$@" | sed 's/CC=\([^ ]* [^ ]*\)/CC="\1"/' >&3
	"$@"
}

# quiet LOG COMMAND...: like logged, for what is over in seconds: not shown.
quiet() {
	_qlog=$1
	shift
	mkdir -p "$(dirname "$_qlog")"
	"$@" >"$_qlog" 2>&1 3>/dev/null || { _rc=$?; tail_log "$_qlog"; return $_rc; }
}

# The defconfig of a profile; custom is what `make menuconfig` wrote.
profile_file() {
	_f=configs/${1}_defconfig
	[ "$1" != custom ] || _f=build/custom_defconfig
	[ -f "$_f" ] || die "there is no profile $1" "make profiles, or 'make menuconfig' for custom"
	echo "$_f"
}

# lab_option PROFILE NAME: the value of CONFIG_LAB_NAME in a profile.
lab_option() {
	sed -n "s/^CONFIG_LAB_$2=\"*\([^\"]*\)\"*\$/\1/p" "$(profile_file "$1")"
}
