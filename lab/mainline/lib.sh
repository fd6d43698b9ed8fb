# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Helpers of the scripts for the topics for mainline. Source after lab/lib.sh.
#
# build/mainline has mainline's kernel: the tag base, and for each topic the branch topic/NAME.
# refs/lab/NAME is the commit of the branch that equals mainline/NAME.

# shellcheck disable=SC2034 # used by the scripts that source this file
KSRC=build/mainline
export KSRC

mgit() { git_plain -C "$KSRC" "$@"; }

# Print the names of the topics in order.
topics() { sed -n 's/^\([a-z][^ ]*\).*/\1/p' mainline/topics; }

# below TOPIC: print the topic that TOPIC is based on, if any.
below() { sed -n "s/^$1 //p" mainline/topics; }

# root_of TOPIC: print the commit that TOPIC is based on.
root_of() {
	_below=$(below "$1")
	if [ -n "$_below" ]; then echo "refs/heads/topic/$_below"; else echo refs/tags/base; fi
}

topic_files() { find "mainline/$1" -name '[0-9]*.patch' | sort; }

# topic_hash TOPIC: print a hash over its patches, those below it included.
topic_hash() {
	{
		[ -z "$(below "$1")" ] || topic_hash "$(below "$1")"
		topic_files "$1" | xargs -r sha256sum
	} | sha256sum | cut -d' ' -f1
}

# asked_topics: print the topics of T, all without T.
asked_topics() {
	[ -n "${T:-}" ] || { topics && return; }
	topics | grep -qxF "$T" || die "there is no topic $T" "one of: $(topics | tr '\n' ' ')"
	echo "$T"
}
