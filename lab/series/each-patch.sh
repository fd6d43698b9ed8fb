#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build each patch with W=1 and sparse: the .c files that it touches; for a header,
# arch/arm64/mm/ and three files of mm/. A patch fails if it adds a warning to those of
# its parent. A patch without kernel code (documentation, tools) passes.
# Prints `passed|failed NAME`. Results are kept by commit, so that a run builds only
# changed patches. A profile other than the default builds all patches as one change:
# its configuration is the only source of further warnings.
. "$(dirname "$0")/../lib.sh"

KSRC=build/series
export KSRC
keep=build/each-patch
obj=build/obj/series
mkdir -p $keep

# before COMMIT: the commit to compare warnings with.
before() { if [ "$PROFILE" = 4k-48 ]; then echo "$1~1"; else echo base; fi; }

# objects COMMIT: the objects to build for a patch, one a line.
objects() {
	kgit diff --name-only --no-renames --diff-filter=d "$(before "$1")" "$1" | while read -r f; do
		case $f in
		tools/* | Documentation/* | arch/[!a]* | arch/a[!r]* | arch/arm/* | arch/arc/*) ;;
		arch/arm64/*.c | mm/*.c | lib/*.c | kernel/*.c | drivers/*.c) echo "${f%.c}.o" ;;
		*.h) echo "arch/arm64/mm/ mm/pagewalk.o mm/vmalloc.o mm/memory.o" | tr ' ' '\n' ;;
		esac
	done | sort -u | awk '
		# kbuild accepts a directory or single files in it, not both.
		$0 == "arch/arm64/mm/" { whole = 1 }
		{ o[++n] = $0 }
		END { for (i = 1; i <= n; i++) if (!whole || o[i] !~ /^arch.arm64.mm.+/ || o[i] ~ /\/$/) print o[i] }'
}

# warnings LOG: the messages of gcc and sparse, without line numbers.
warnings() {
	grep -E '(warning|error):' "$1" | sed -E 's/:[0-9]+(:[0-9]+)?:/:/; s|^(\.\./)*series/||; s|^.*/build/series/||' | sort -u || :
}

# compile LOG OBJECT...: rebuild those objects whose source exists.
compile() {
	_log=$1
	shift
	_have=
	for _o in "$@"; do
		case $_o in
		*/) [ ! -d "$obj/$_o" ] || find "$obj/$_o" -name '*.o' -delete ;;
		*)
			[ -f "$KSRC/${_o%.o}.c" ] || continue
			rm -f "$obj/$_o"
			;;
		esac
		_have="$_have $_o"
	done
	[ -n "$_have" ] || { : >"$_log" && return; }
	# shellcheck disable=SC2086 # a list
	kmake arm64 series -j"$(nproc)" W=1 C=1 CHECK=sparse $_have >"$_log" 2>&1 3>/dev/null
}

# A result depends on these and on the commit.
tools=$({ cat lab/series/each-patch.sh configs/*.config "$(profile_file "$PROFILE")"; "$(cross_of arm64)gcc" --version; sparse --version; } | sha256sum | cut -c1-16)
result_of() { echo "$keep/$PROFILE-$tools-$1"; }

commits=$(kgit rev-list --reverse base..HEAD)
[ "$PROFILE" = 4k-48 ] || commits=$(kgit rev-parse HEAD)
todo=
for c in $commits; do [ -f "$(result_of "$c")" ] || todo="$todo $c"; done

if [ -n "$todo" ]; then
	rm -f $keep/*.log
	at='' old=$(kgit rev-parse base)
	for c in $commits; do
		kernel=$(kgit diff --name-only "$(before "$c")" "$c" | grep -v '^tools/\|^Documentation/\|^MAINTAINERS$' || :)
		all=$(objects "$c")
		subject="all patches [$PROFILE]"
		[ "$PROFILE" != 4k-48 ] || subject=$(kgit log -1 --format=%s "$c")
		[ ! -f "$(result_of "$c")" ] || { [ -z "$kernel" ] || old=$c; continue; }
		if [ -z "$kernel" ]; then
			echo "passed patch: $subject" | tee "$(result_of "$c")"
			continue
		fi
		for id in $old $c; do
			log=$keep/$id.log want=$all
			# An earlier round may have built this commit: build only what it left out.
			[ "$id" = "$c" ] || [ ! -f "$log" ] || { want=$(printf '%s\n' "$want" | grep -vxF "$(objects "$id")" || :); log=$keep/$id.more.log; }
			if [ "$at" != "$id" ]; then
				series_at "$id"
				# Build generated files first: their warnings belong to no patch.
				if [ -z "$at" ] || kgit diff --name-only "$at" "$id" | grep -qv '\.c$\|^tools/\|^Documentation/'; then
					mkdir -p $obj
					cp "build/obj/$PROFILE/.config" $obj/.config
					quiet $keep/prepare.txt kmake arm64 series -j"$(nproc)" W=1 C=1 CHECK=sparse olddefconfig prepare
				fi
				at=$id
			fi
			# shellcheck disable=SC2086 # a list of objects
			compile "$log" $want || [ "$id" != "$c" ] || touch "$keep/$id.broken"
		done
		cat "$keep/$old".*log >$keep/before.txt
		warnings $keep/before.txt >$keep/before.warn
		warnings "$keep/$c.log" >$keep/after.warn
		comm -13 $keep/before.warn $keep/after.warn >$keep/new.warn
		old=$c
		if [ -f "$keep/$c.broken" ]; then
			tail_log "$keep/$c.log"
			rm "$keep/$c.broken"
			say "failed patch: does not build: $subject"
		elif [ -s $keep/new.warn ]; then
			sed 's/^/    /' $keep/new.warn >&2
			say "failed patch: adds the warnings above: $subject"
		else
			echo "passed patch: $subject" >"$(result_of "$c")"
			say "passed patch: $subject"
		fi
	done
fi
for c in $commits; do
	case " $todo " in *" $c "*) ;; *) cat "$(result_of "$c")" ;; esac
done
