#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# checkpatch --strict on each patch. Left out, because the series answers them
# as a whole: FILE_PATH_CHANGES (its MAINTAINERS entry covers the new files),
# UNKNOWN_COMMIT_ID (the base is a tarball, without mainline's commits) and
# AVOID_BUG (BUG_ON()s of the base, whose conditions change). So is what it says of the
# form that all tracepoints have, of names in programs of the tests on the host, and of
# declarations in a header whose others are like that.
. "$(dirname "$0")/../lib.sh"

# checkpatch calls spdxcheck.py, which wants Debian's python3-ply: another python3
# before Debian's in PATH does not have it.
export PATH="/usr/bin:$PATH"

# Stand-ins for the kernel's own macros and types look like those do: what checkpatch
# says of that in the headers for the host is left out.
stand_ins='EXPORT_SYMBOL|MACRO_ARG_(UNUSED|REUSE)|NEW_TYPEDEFS|VOLATILE|AVOID_BUG|CAMELCASE|UNCOMMENTED_DEFINITION'
out=build/checkpatch.out
rc=0
for p in $(patch_files); do
	said=0
	(
		cd $LINUX
		perl scripts/checkpatch.pl --strict --quiet --show-types --color=never \
			--ignore FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID,AVOID_BUG "$TOP/$p"
	) >$out 2>&1 || said=1
	[ $said -eq 1 ] || continue
	# It did not even run, or has something to say that is not of the stand-ins.
	grep -qE '^(ERROR|WARNING|CHECK):' $out || { cat $out && rc=1; }
	awk -v RS= -v ORS='\n\n' -v stand_ins="^[A-Z]+:($stand_ins):" '
		$0 ~ stand_ins && /FILE: tools\/testing\/pageattr\/include\// { next }
		/^CHECK:(OPEN_ENDED_LINE|PARENTHESIS_ALIGNMENT):/ && /FILE: [^:]*\/trace\.h:/ { next }
		/^CHECK:AVOID_EXTERNS:/ && /FILE: arch\/arm64\/include\/asm\/mmu\.h:/ { next }
		/^WARNING:(EMBEDDED_FUNCTION_NAME|NEW_TYPEDEFS):/ && /FILE: tools\/testing\/pageattr\// { next }
		/^(ERROR|WARNING|CHECK):/ { print; bad = 1 }
		END { exit bad }' $out || { say "$p" && rc=1; }
done
rm -f $out
exit $rc
