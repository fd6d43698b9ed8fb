#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# apt-get and apt-cache with a private state in build/apt: the machine's sources, plus the
# arm64 architecture. Changes nothing on the machine and needs no root. With SUITE=NAME, that
# suite of the machine's mirror instead, with its state in build/apt-NAME.
#   lab/build/apt.sh versions PACKAGE        list versions in the archive, newest first
#   lab/build/apt.sh fetch PACKAGE[:ARCH]=VERSION DIR
#   lab/build/apt.sh update                  refresh the lists
. "$(dirname "$0")/../lib.sh"

SUITE=${SUITE:-}
apt=build/apt${SUITE:+-$SUITE}
conf=$apt/apt.conf

# Print the address of the archive that the machine's release comes from.
mirror() {
	_release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# shellcheck disable=SC2016 # apt-get expands them
	apt-get indextargets --format '$(CREATED_BY) $(RELEASE) $(COMPONENT) $(SITE)' |
		awk -v release="$_release" '$1 == "Packages" && $2 == release && $3 == "main" { print $4; exit }'
}

# The suite as the only source.
suite_source() {
	_mirror=$(mirror)
	[ -n "$_mirror" ] ||
		die "apt-get indextargets names no mirror of this machine's release" "check the apt sources"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $_mirror $SUITE main" \
		>"$apt/sources.list"
	cat <<-EOF
		Dir::Etc::SourceList "$TOP/$apt/sources.list";
		Dir::Etc::SourceParts "/dev/null";
	EOF
}

setup() {
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	: >>"$apt/status"
	cat >"$conf" <<-EOF
		Dir::State "$TOP/$apt";
		Dir::State::lists "$TOP/$apt/lists";
		Dir::State::status "$TOP/$apt/status";
		Dir::Cache "$TOP/$apt/cache";
		APT::Architectures { "$(dpkg --print-architecture)"; "arm64"; };
		APT::Get::List-Cleanup "false";
		Acquire::Languages "none";
		# The user _apt may have no access to build/.
		APT::Sandbox::User "$(id -un)";
	EOF
	[ -z "$SUITE" ] || suite_source >>"$conf"
	export APT_CONFIG="$TOP/$conf"
}

update() {
	logged build/log/apt-update.log apt-get update ||
		notice "apt-get did not refresh all package lists; using the old ones"
	touch "$apt/updated"
}

setup
# Refresh the lists once a day.
[ -n "$(find "$apt/updated" -mmin -1440 2>/dev/null)" ] || update >&2

case "$1" in
update) update ;;
versions) apt-cache madison "$2" | awk -F'|' '{ gsub(/ /, "", $2); print $2 }' | awk '!seen[$0]++' ;;
fetch)
	mkdir -p "$3" build/log
	cd "$3"
	V=0
	show apt-get download "$2"
	apt-get download "$2" >"$TOP/build/log/apt-download.log" 2>&1 ||
		{ tail_log "$TOP/build/log/apt-download.log"; exit 1; }
	;;
*) die "lab/build/apt.sh has no command $1" "versions, fetch or update" ;;
esac
