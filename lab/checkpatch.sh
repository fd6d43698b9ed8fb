#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# checkpatch --strict on each patch. Left out, because the series answers them
# as a whole: FILE_PATH_CHANGES (its MAINTAINERS entry covers the new files),
# UNKNOWN_COMMIT_ID (the base is a tarball, without mainline's commits) and
# AVOID_BUG (BUG_ON()s of the base, whose conditions change).
. "$(dirname "$0")/lib.sh"

# checkpatch calls spdxcheck.py, which wants Debian's python3-ply: another python3
# before Debian's in PATH does not have it.
export PATH="/usr/bin:$PATH"
rc=0
for p in $(patch_files); do
	(cd $LINUX && perl scripts/checkpatch.pl --strict --quiet --show-types --color=never \
		--ignore FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID,AVOID_BUG "$TOP/$p") || rc=1
done
exit $rc
