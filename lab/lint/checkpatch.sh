#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run checkpatch --strict on each patch. Ignored: FILE_PATH_CHANGES (the series'
# MAINTAINERS entry covers new files), UNKNOWN_COMMIT_ID (the base is a tarball without
# mainline's commits), AVOID_BUG (BUG_ON()s of the base with changed conditions), the
# established form of tracepoints, names in the host harness, and declarations in a header
# that has others of the same form.
. "$(dirname "$0")/../lib.sh"

# checkpatch calls spdxcheck.py, which needs python3-ply and so Debian's python3.
export PATH="/usr/bin:$PATH"

# Headers of the host harness replace macros and types of the kernel and have the form of
# the originals.
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
	# Without a message of this form, checkpatch did not run.
	grep -qE '^(ERROR|WARNING|CHECK):' $out || { cat $out && rc=1; }
	awk -v RS= -v ORS='\n\n' -v stand_ins="^[A-Z]+:($stand_ins):" '
		$0 ~ stand_ins && /FILE: tools\/testing\/pageattr\/include\// { next }
		/^CHECK:(OPEN_ENDED_LINE|PARENTHESIS_ALIGNMENT):/ && /FILE: [^:]*\/trace\.h:/ { next }
		/^(WARNING:TRAILING_SEMICOLON|ERROR:COMPLEX_MACRO):/ && /FILE: tools\/testing\/pageattr\/ktap\.c:/ { next }
		/^(WARNING:TRAILING_SEMICOLON|ERROR:COMPLEX_MACRO):/ && /FILE: tools\/testing\/pageattr\/ktap\.c:/ { next }
		/^CHECK:AVOID_EXTERNS:/ && /FILE: arch\/arm64\/include\/asm\/mmu\.h:/ { next }
		/^WARNING:(EMBEDDED_FUNCTION_NAME|NEW_TYPEDEFS):/ && /FILE: tools\/testing\/pageattr\// { next }
		/^(ERROR|WARNING|CHECK):/ { print; bad = 1 }
		END { exit bad }' $out || { say "$p" && rc=1; }
done
rm -f $out
exit $rc
